//! The profile along the line, and the largest values of it.

use super::{
    ShapeInput, ShapeOptions,
    canal::Canal,
    chords::{Chord, Course, Pieces, longest, planes_of},
    line::Line,
    position::Position,
    result::{Displacement, Extent, Largest, LineSource, Place, Section, Shape, Step},
    sections::{STEP_MM, Sections},
    thickness::{Thickest, thickest},
};

/// Fields that need a line, ...
pub(super) const ALONG_THE_LINE: [&str; 2] = ["extent", "profile"];
/// ... those that need to know front from back and left from right too, ...
pub(super) const SIDES: [&str; 4] = ["thickness_ap", "thickness_lr", "sectors", "position"];
/// ... and those that need the canal; all but the first and the last need the sides as well.
pub(super) const IN_THE_CANAL: [&str; 5] =
    ["occupancy_area", "occupancy_ap", "occupancy_midline", "displacement", "outside_canal"];

const UNORIENTED: &str = "the masks do not tell left from right";
const NO_CANAL: &str = "no canal mask was given";
const NO_CORD_LINE: &str = "the cord mask gives no centre line";

/// Below this a displacement has no direction.
const MIN_DISPLACEMENT_MM: f64 = 0.1;
/// What makes one value larger than another.
const LARGER: f64 = 1e-6;

/// One step with the place of its greatest thickness.
struct Measure {
    step: Step,
    ap: Option<Thickest>,
    lr: Option<Thickest>,
}

/// Everything measured along a line.
pub(super) struct Measured<'a> {
    line: &'a Line,
    hematoma: Sections,
    measures: Vec<Measure>,
    outside_canal: Option<f64>,
}

impl<'a> Measured<'a> {
    pub(super) fn of(
        input: &ShapeInput<'_>,
        line: &'a Line,
        source: LineSource,
        options: &ShapeOptions,
    ) -> Self {
        let half = options.half_slab();
        let hematoma = Sections::of(line, input.hematoma);
        let range = hematoma.range();
        let planes = planes_of(range.start - half, range.end + half);
        let through = |course| Pieces::of(line, input.hematoma, &planes, course).chords(&planes);
        let (sagittal, lateral) =
            rayon::join(|| through(Course::Sagittal), || longest(through(Course::Lateral)));
        let cord = input.cord.filter(|_| source == LineSource::Cord);
        let canal = input
            .canal
            .map(|canal| Canal::of(line, canal, (input.hematoma, &sagittal), cord, range.clone(), half));
        let along = Along {
            line,
            hematoma: &hematoma,
            ap: longest(sagittal.clone()),
            lr: lateral,
            sagittal,
            canal: canal.as_ref(),
            half,
        };
        let measures = range.map(|step| along.measure(step, input.oriented)).collect();
        Self { line, measures, outside_canal: canal.map(|canal| canal.outside), hematoma }
    }

    /// Fills in what was measured, and why the rest was not.
    pub(super) fn fill(self, shape: &mut Shape, input: &ShapeInput<'_>, options: &ShapeOptions) {
        shape.extent = Some(reach(self.line, self.hematoma.reach()));
        if input.oriented {
            shape.thickness_ap = self.largest_thickness(|m| m.ap.as_ref(), Course::Sagittal);
            shape.section = shape.thickness_ap.map(|thickest| section(self.line, &thickest.place));
            shape.thickness_lr = self.largest_thickness(|m| m.lr.as_ref(), Course::Lateral);
            shape.sectors = self.hematoma.whole().sectors.shares();
            shape.position = shape.sectors.map(|sectors| Position::of(&sectors, options));
        }
        shape.occupancy_area = self.largest(|step| step.occupancy_area);
        shape.occupancy_ap = self.largest(|step| step.occupancy_ap);
        shape.occupancy_midline = self.largest(|step| step.occupancy_midline);
        shape.displacement = self.displacement();
        shape.outside_canal = self.outside_canal;
        shape.profile = self.measures.into_iter().map(|measure| measure.step).collect();
        explain(shape, input);
    }

    /// The largest of a column; of equal ones the lowest on the line.
    fn largest(&self, column: impl Fn(&Step) -> Option<f64>) -> Option<Largest> {
        let values = self.measures.iter().filter_map(|m| Some((column(&m.step)?, m.step.place)));
        largest_of(values).map(|(value, place)| Largest { value, place })
    }

    fn largest_thickness(
        &self,
        column: impl Fn(&Measure) -> Option<&Thickest>,
        course: Course,
    ) -> Option<Largest> {
        let values = self.measures.iter().filter_map(|m| {
            let found = column(m)?;
            Some((found.mm, (m.step.place.along_mm, found)))
        });
        let (value, (along_mm, found)) = largest_of(values)?;
        let (right, anterior) = match course {
            Course::Sagittal => (found.beside_mm, found.middle_mm),
            Course::Lateral => (found.middle_mm, found.beside_mm),
        };
        let world_mm = self.line.at(along_mm).point(right, anterior);
        Some(Largest { value, place: Place { along_mm, world_mm } })
    }

    fn displacement(&self) -> Option<Displacement> {
        let values = self.measures.iter().filter(|m| m.step.area_mm2 > 0.0).filter_map(|m| {
            let [right, anterior] = m.step.displacement_mm?;
            Some((libm::hypot(right, anterior), ([right, anterior], m.step.place)))
        });
        let (mm, (way, place)) = largest_of(values)?;
        let direction = (mm >= MIN_DISPLACEMENT_MM).then(|| Position::towards(way));
        Some(Displacement { mm, right_mm: way[0], anterior_mm: way[1], direction, place })
    }
}

/// What a step is measured with.
struct Along<'a> {
    line: &'a Line,
    hematoma: &'a Sections,
    /// All stretches of the sagittal lines in the hematoma, ...
    sagittal: Vec<Chord>,
    /// ... the longest of each, ...
    ap: Vec<Chord>,
    /// ... and of each lateral line.
    lr: Vec<Chord>,
    canal: Option<&'a Canal>,
    half: i64,
}

impl Along<'_> {
    fn measure(&self, step: i64, oriented: bool) -> Measure {
        let here = self.hematoma.at(step);
        let along_mm = (step as f64 + 0.5) * STEP_MM;
        let place = Place { along_mm, world_mm: self.line.at(along_mm).center };
        let blood = here.volume_mm3 > 0.0 && oriented;
        let of = |longest| if blood { thickest(longest, step, self.half) } else { None };
        let (ap, lr) = (of(&self.ap), of(&self.lr));
        let canal = self.canal;
        let sided = canal.filter(|_| oriented);
        let step = Step {
            place,
            area_mm2: here.volume_mm3 / STEP_MM,
            ap_mm: ap.as_ref().map(|found| found.mm),
            lr_mm: lr.as_ref().map(|found| found.mm),
            sectors: if oriented { here.sectors.shares() } else { None },
            canal_mm2: canal.and_then(|canal| canal.area_mm2(step)),
            occupancy_area: canal.and_then(|canal| canal.occupancy_area(&self.sagittal, step)),
            occupancy_ap: sided.zip(ap.as_ref()).and_then(|(canal, found)| canal.occupancy_ap(found, step)),
            occupancy_midline: sided.and_then(|canal| canal.occupancy_midline(&self.ap, step)),
            displacement_mm: sided.and_then(|canal| canal.displacement(step)),
        };
        Measure { step, ap, lr }
    }
}

/// The plane across the line at a place.
fn section(line: &Line, thickest: &Place) -> Section {
    let frame = line.at(thickest.along_mm);
    Section {
        center_mm: frame.center,
        up: frame.up,
        right: frame.right,
        anterior: frame.anterior,
        thickest_mm: thickest.world_mm,
    }
}

fn largest_of<T>(values: impl Iterator<Item = (f64, T)>) -> Option<(f64, T)> {
    values.fold(None, |best, next| match best {
        Some(best) if next.0 <= best.0 + LARGER => Some(best),
        _ => Some(next),
    })
}

/// The extent along a line, and how much of it the line's mask does not cover.
fn reach(line: &Line, (low, high): (f64, f64)) -> Extent {
    let place = |along_mm: f64| Place { along_mm, world_mm: line.at(along_mm).center };
    let covered = (high.min(line.extent.1) - low.max(line.extent.0)).max(0.0);
    Extent { length_mm: high - low, lower: place(low), upper: place(high), beyond_mm: high - low - covered }
}

fn explain(shape: &mut Shape, input: &ShapeInput<'_>) {
    if !input.oriented {
        shape.explain(&SIDES, UNORIENTED);
    }
    let missing = |shape: &Shape| {
        [
            shape.occupancy_area.is_none(),
            shape.occupancy_ap.is_none(),
            shape.occupancy_midline.is_none(),
            shape.displacement.is_none(),
            shape.outside_canal.is_none(),
        ]
    };
    for (field, missing) in IN_THE_CANAL.into_iter().zip(missing(shape)) {
        let reason = match (input.canal, field, shape.line) {
            _ if !missing => continue,
            (None, ..) => NO_CANAL,
            (_, "occupancy_ap" | "occupancy_midline" | "displacement", _) if !input.oriented => UNORIENTED,
            (_, "displacement", Some(LineSource::Canal)) => NO_CORD_LINE,
            (_, "displacement", _) => "the canal and cord masks do not both reach the hematoma's height",
            _ => "the canal mask does not reach the hematoma's height",
        };
        shape.explain(&[field], reason);
    }
    explain_profile(shape, input);
}

/// Whether a step misses a column.
type IsMissing = fn(&Step) -> bool;

/// One reason for each column of the profile that misses a value.
fn explain_profile(shape: &mut Shape, input: &ShapeInput<'_>) {
    let sided = |reason| if input.oriented { reason } else { UNORIENTED };
    let in_canal = |reason| if input.canal.is_some() { reason } else { NO_CANAL };
    let blood = sided("no hematoma at some steps");
    let canal = in_canal("outside the canal mask at some steps");
    let both = in_canal(sided("no hematoma, or outside the canal mask, at some steps"));
    let cord = match shape.line {
        Some(LineSource::Canal) => in_canal(sided(NO_CORD_LINE)),
        _ => in_canal(sided("outside the canal or the cord mask at some steps")),
    };
    let columns: [(&'static str, IsMissing, &str); 8] = [
        ("profile.ap_mm", |step| step.ap_mm.is_none(), blood),
        ("profile.lr_mm", |step| step.lr_mm.is_none(), blood),
        ("profile.sectors", |step| step.sectors.is_none(), blood),
        ("profile.canal_mm2", |step| step.canal_mm2.is_none(), canal),
        ("profile.occupancy_area", |step| step.occupancy_area.is_none(), canal),
        ("profile.occupancy_ap", |step| step.occupancy_ap.is_none(), both),
        ("profile.occupancy_midline", |step| step.occupancy_midline.is_none(), in_canal(sided(canal))),
        ("profile.displacement_mm", |step| step.displacement_mm.is_none(), cord),
    ];
    for (field, is_missing, reason) in columns {
        if shape.profile.iter().any(is_missing) {
            shape.explain(&[field], reason);
        }
    }
}

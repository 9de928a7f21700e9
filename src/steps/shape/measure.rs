//! The profile along the line, and its largest values.

use hemastage_image::roi::Roi;

use super::{
    ShapeInput, ShapeOptions,
    canal::Canal,
    chords::{Chord, Direction, MaskRows, SPACING_MM, longest, planes_of},
    line::Line,
    outside::Outside,
    position::Position,
    result::{Displacement, Extent, Largest, LineSource, Place, Section, Shape, Step},
    sections::Sections,
    thickness::{Thickest, thickest},
};
use crate::kernel::frame::STEP_MM;

/// Fields that need a line, ...
pub(super) const ALONG_THE_LINE: [&str; 2] = ["extent", "profile"];
/// ... those that also need the masks' orientation, ...
pub(super) const SIDES: [&str; 4] = ["thickness_ap", "thickness_lr", "sectors", "position"];
/// ... and those that need the canal; all but the first and the last also need the orientation.
pub(super) const IN_THE_CANAL: [&str; 5] =
    ["occupancy_area", "occupancy_ap", "occupancy_midline", "displacement", "outside_canal"];

const UNORIENTED: &str = "the masks do not tell left from right";
const NO_CANAL: &str = "no canal mask was given";
const NO_CORD_LINE: &str = "the cord mask gives no center line";

/// A displacement has a direction from here on.
const MIN_DISPLACEMENT_MM: f64 = 0.1;
/// One value is larger than another by more than this.
const TIE: f64 = 1e-6;

/// One step with its thickest places.
struct Measure {
    step: Step,
    ap: Option<Thickest>,
    transverse: Option<Thickest>,
}

/// All measures along a line.
pub(super) struct Measured<'a> {
    line: &'a Line,
    hematoma: Sections,
    measures: Vec<Measure>,
    outside: Option<Outside>,
}

impl<'a> Measured<'a> {
    /// Thickness and occupancy are those of `blood`, all else that of the whole hematoma.
    pub(super) fn of(
        input: &ShapeInput<'_>,
        blood: &Roi,
        line: &'a Line,
        source: LineSource,
        options: &ShapeOptions,
    ) -> Self {
        let half = options.half_slab();
        let hematoma = Sections::of(line, input.hematoma);
        let range = hematoma.range();
        let planes = planes_of(range.start - half, range.end + half);
        let chords = |direction| MaskRows::of(line, blood, &planes, direction).chords(&planes);
        let (all_ap, transverse) =
            rayon::join(|| chords(Direction::Anteroposterior), || longest(chords(Direction::Transverse)));
        let cord = input.cord.filter(|_| source == LineSource::Cord);
        let canal = input.canal.map(|canal| Canal::of(line, canal, &all_ap, cord, range.clone(), half));
        let outside = input.canal.map(|canal| Outside::of(input.hematoma, canal, input.cord));
        let source = StepInput {
            line,
            hematoma: &hematoma,
            ap: longest(all_ap.clone()),
            transverse,
            all_ap,
            canal: canal.as_ref(),
            is_elsewhere: outside.as_ref().is_some_and(Outside::is_elsewhere),
            half,
        };
        let measures = range.map(|step| source.measure(step, input.oriented)).collect();
        Self { line, hematoma, measures, outside }
    }

    /// Fills in the values, and the reasons for those that could not be measured.
    pub(super) fn fill(self, shape: &mut Shape, input: &ShapeInput<'_>, options: &ShapeOptions) {
        shape.extent = Some(extent(self.line, self.hematoma.ends()));
        if input.oriented {
            shape.thickness_ap = self.largest_thickness(|m| m.ap.as_ref(), Direction::Anteroposterior);
            shape.section = shape.thickness_ap.map(|thickest| section(self.line, &thickest.place));
            shape.thickness_lr = self.largest_thickness(|m| m.transverse.as_ref(), Direction::Transverse);
            shape.sectors = self.hematoma.whole().sectors.shares();
            shape.position = shape.sectors.map(|sectors| Position::of_shares(&sectors, options));
        }
        shape.occupancy_area = self.largest(|step| step.occupancy_area);
        shape.occupancy_ap = self.largest(|step| step.occupancy_ap);
        shape.occupancy_midline = self.largest(|step| step.occupancy_midline);
        shape.displacement = self.displacement();
        let elsewhere = self.outside.filter(Outside::is_elsewhere).map(|outside| elsewhere(&outside));
        shape.outside_canal = self.outside.map(|outside| outside.of_canal);
        shape.profile = self.measures.into_iter().map(|measure| measure.step).collect();
        explain(shape, input, elsewhere.as_deref());
    }

    /// The largest of a column; of equal ones the lowest on the line.
    fn largest(&self, column: impl Fn(&Step) -> Option<f64>) -> Option<Largest> {
        let values = self.measures.iter().filter_map(|m| Some((column(&m.step)?, m.step.place)));
        largest_of(values).map(|(value, place)| Largest { value, place })
    }

    fn largest_thickness(
        &self,
        column: impl Fn(&Measure) -> Option<&Thickest>,
        direction: Direction,
    ) -> Option<Largest> {
        let values = self.measures.iter().filter_map(|m| {
            let thickest = column(m)?;
            Some((thickest.mm, (m.step.place.along_mm, thickest)))
        });
        let (value, (along_mm, thickest)) = largest_of(values)?;
        let (right, anterior) = match direction {
            Direction::Anteroposterior => (thickest.across_mm, thickest.along_mm),
            Direction::Transverse => (thickest.along_mm, thickest.across_mm),
        };
        let world_mm = self.line.at(along_mm).point(right, anterior);
        Some(Largest { value, place: Place { along_mm, world_mm } })
    }

    fn displacement(&self) -> Option<Displacement> {
        let values = self.measures.iter().filter(|m| m.step.area_mm2 > 0.0).filter_map(|m| {
            let [right, anterior] = m.step.displacement_mm?;
            Some((libm::hypot(right, anterior), ([right, anterior], m.step.place)))
        });
        let (mm, (vector, place)) = largest_of(values)?;
        let direction = (mm >= MIN_DISPLACEMENT_MM).then(|| Position::towards(vector));
        Some(Displacement { mm, right_mm: vector[0], anterior_mm: vector[1], direction, place })
    }
}

/// The input to the measures of a step.
struct StepInput<'a> {
    line: &'a Line,
    hematoma: &'a Sections,
    /// All anteroposterior chords of the hematoma, ...
    all_ap: Vec<Chord>,
    /// ... the longest of each line, ...
    ap: Vec<Chord>,
    /// ... and the longest of each transverse line.
    transverse: Vec<Chord>,
    canal: Option<&'a Canal>,
    /// Whether the hematoma does not lie in it.
    is_elsewhere: bool,
    half: i64,
}

impl StepInput<'_> {
    fn measure(&self, step: i64, oriented: bool) -> Measure {
        let here = self.hematoma.at(step);
        let along_mm = (step as f64 + 0.5) * STEP_MM;
        let place = Place { along_mm, world_mm: self.line.at(along_mm).center };
        let has_thickness = here.volume_mm3 > 0.0 && oriented;
        let of = |longest| if has_thickness { thickest(longest, step, self.half) } else { None };
        let (ap, transverse) = (of(&self.ap), of(&self.transverse));
        let canal = self.canal;
        let around = canal.filter(|_| !self.is_elsewhere);
        let oriented_canal = around.filter(|_| oriented);
        let step = Step {
            place,
            area_mm2: here.volume_mm3 / STEP_MM,
            ap_mm: ap.as_ref().map(|thickest| thickest.mm),
            lr_mm: transverse.as_ref().map(|thickest| thickest.mm),
            sectors: if oriented { here.sectors.shares() } else { None },
            canal_mm2: canal.and_then(|canal| canal.area_mm2(step)),
            occupancy_area: around.and_then(|canal| canal.occupancy_area(&self.all_ap, step)),
            occupancy_ap: oriented_canal
                .zip(ap.as_ref())
                .and_then(|(canal, thickest)| canal.occupancy_ap(thickest, step)),
            occupancy_midline: oriented_canal.and_then(|canal| canal.occupancy_midline(step)),
            displacement_mm: oriented_canal.and_then(|canal| canal.displacement(step)),
        };
        Measure { step, ap, transverse }
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

/// The largest value; of equal ones the first.
fn largest_of<T>(values: impl Iterator<Item = (f64, T)>) -> Option<(f64, T)> {
    values.fold(None, |best, next| match best {
        Some(best) if next.0 <= best.0 + TIE => Some(best),
        _ => Some(next),
    })
}

/// The extent along a line, and how much of it lies beyond the ends of the line's mask.
fn extent(line: &Line, (low, high): (f64, f64)) -> Extent {
    let place = |along_mm: f64| Place { along_mm, world_mm: line.at(along_mm).center };
    let covered = (high.min(line.extent.1) - low.max(line.extent.0)).max(0.0);
    Extent { length_mm: high - low, lower: place(low), upper: place(high), beyond_mm: high - low - covered }
}

/// Why nothing is measured in a canal in which the hematoma does not lie.
fn elsewhere(outside: &Outside) -> String {
    format!("{:.0} % of the hematoma lies outside the canal and the cord", 100.0 * outside.share())
}

fn explain(shape: &mut Shape, input: &ShapeInput<'_>, elsewhere: Option<&str>) {
    let too_thin = format!("the hematoma lies between the lines that measure it, {SPACING_MM} mm apart");
    let is_too_thin = input.oriented && shape.thickness_ap.is_none();
    if !input.oriented {
        shape.explain(&SIDES, UNORIENTED);
    }
    if is_too_thin {
        shape.explain(&["thickness_ap"], &too_thin);
    }
    if input.oriented && shape.thickness_lr.is_none() {
        shape.explain(&["thickness_lr"], &too_thin);
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
            _ if elsewhere.is_some() => elsewhere.unwrap_or_default(),
            (_, "occupancy_ap" | "occupancy_midline" | "displacement", _) if !input.oriented => UNORIENTED,
            (_, "occupancy_ap" | "occupancy_midline", _) if is_too_thin => &too_thin,
            (_, "displacement", Some(LineSource::Canal)) => NO_CORD_LINE,
            (_, "displacement", _) => "the canal and cord masks do not both reach the hematoma's height",
            _ => "the canal mask does not reach the hematoma's height",
        };
        shape.explain(&[field], reason);
    }
    explain_profile(shape, input, elsewhere);
}

/// Whether a step has no value in a column.
type IsMissing = fn(&Step) -> bool;

/// One reason for each column of the profile with missing values.
fn explain_profile(shape: &mut Shape, input: &ShapeInput<'_>, elsewhere: Option<&str>) {
    let if_oriented = |reason| if input.oriented { reason } else { UNORIENTED };
    let in_canal = |reason| if input.canal.is_some() { reason } else { NO_CANAL };
    let hematoma = if_oriented("no hematoma at some steps");
    let canal = in_canal("outside the canal mask at some steps");
    let both = in_canal(if_oriented("no hematoma, or outside the canal mask, at some steps"));
    let cord = match shape.line {
        Some(LineSource::Canal) => in_canal(if_oriented(NO_CORD_LINE)),
        _ => in_canal(if_oriented("outside the canal or the cord mask at some steps")),
    };
    let or_elsewhere = |reason| elsewhere.unwrap_or(reason);
    let midline = in_canal(if_oriented(canal));
    let columns: [(&'static str, IsMissing, &str); 8] = [
        ("profile.ap_mm", |step| step.ap_mm.is_none(), hematoma),
        ("profile.lr_mm", |step| step.lr_mm.is_none(), hematoma),
        ("profile.sectors", |step| step.sectors.is_none(), hematoma),
        ("profile.canal_mm2", |step| step.canal_mm2.is_none(), canal),
        ("profile.occupancy_area", |step| step.occupancy_area.is_none(), or_elsewhere(canal)),
        ("profile.occupancy_ap", |step| step.occupancy_ap.is_none(), or_elsewhere(both)),
        ("profile.occupancy_midline", |step| step.occupancy_midline.is_none(), or_elsewhere(midline)),
        ("profile.displacement_mm", |step| step.displacement_mm.is_none(), or_elsewhere(cord)),
    ];
    for (field, is_missing, reason) in columns {
        if shape.profile.iter().any(is_missing) {
            shape.explain(&[field], reason);
        }
    }
}

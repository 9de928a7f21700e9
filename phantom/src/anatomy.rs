//! Tissue, vertebra, disc and canal at a point of the world.

use super::clot::{Clot, Part};
use super::curve::{CanalPoint, Curve};
use super::levels::upper_border_mm;
use super::sections::{Ellipse, Section, Sections};
use super::signal::Tissue;

/// One point of the phantom. Two points that compare equal look alike in every image and mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Point {
    pub(super) tissue: Tissue,
    /// Label of the vertebra, 0 for none.
    pub(super) vertebra: u8,
    /// Label of the disc, 0 for none.
    pub(super) disc: u8,
    /// Inside the bony canal between C1 and S1.
    pub(super) canal: bool,
    /// In the marked part of a collection.
    pub(super) marked: bool,
}

impl Point {
    fn of(tissue: Tissue) -> Self {
        Self { tissue, ..Self::default() }
    }

    fn bone(tissue: Tissue, vertebra: u8) -> Self {
        Self { tissue, vertebra, ..Self::default() }
    }
}

/// The whole phantom as a function of RAS millimeters.
#[derive(Debug)]
pub(super) struct Anatomy {
    pub(super) curve: Curve,
    pub(super) sections: Sections,
    pub(super) clots: Vec<Clot>,
    /// The part of each collection that an image shows apart from the rest of it.
    pub(super) marked: Option<Part>,
}

impl Anatomy {
    /// The anatomy at a point, RAS mm.
    pub(super) fn at(&self, world: [f64; 3]) -> Point {
        let p = self.curve.at_height(world);
        let section = self.sections.at(p.s);
        let [behind, front, side] = section.skin;
        let depth = if p.v < 0.0 { behind } else { front };
        let (x, y) = (p.u / side, p.v / depth);
        let skin = x * x + y * y;
        if skin > 1.0 {
            return Point::of(Tissue::Air);
        }
        let under = 1.0 - section.skin_fat / depth.min(side);
        if skin > under * under {
            return Point::of(Tissue::Fat);
        }
        self.inside(self.curve.locate(world))
    }

    fn inside(&self, p: CanalPoint) -> Point {
        let section = self.sections.at(p.s);
        if section.canal.square(p.u, p.v) < 1.0 {
            return self.in_canal(p, section);
        }
        if p.s < -4.0 {
            return skull(p, section);
        }
        self.posterior(p, section)
            .or_else(|| upper_neck(p, section))
            .or_else(|| column(p, section))
            .unwrap_or_else(|| Point::of(soft(p, section)))
    }

    fn in_canal(&self, p: CanalPoint, section: &Section) -> Point {
        let spinal = p.s >= 0.0 && p.s < upper_border_mm(25);
        let blood = || self.clots.iter().find_map(|clot| Some((clot, clot.stage_at(p, section)?)));
        let mut marked = false;
        let tissue = if section.cord.square(p.u, p.v) < 1.0 {
            if p.s < 0.0 { Tissue::Brain } else { Tissue::Cord }
        } else if let Some((clot, stage)) = blood() {
            marked = self.marked.is_some_and(|part| clot.is_in(part, p, section));
            Tissue::blood(stage).unwrap_or(Tissue::Hyperacute)
        } else {
            canal_content(p, section)
        };
        Point { tissue, canal: spinal, marked, ..Point::default() }
    }

    /// Lamina, pedicle, spinous and transverse process, with the ligaments between them.
    fn posterior(&self, p: CanalPoint, section: &Section) -> Option<Point> {
        let behind = -(p.v - section.canal.v);
        let side = p.u.abs();
        if side > 48.0 || !(-14.0..60.0).contains(&behind) {
            return None;
        }
        // a process grows from the height it has at the canal, sloping down backwards
        let origin = self.sections.at(p.s - section.spinous_slope * (behind - section.canal.b).max(0.0));
        if origin.vertebra == 0 || p.s < 0.0 {
            return None;
        }
        let (f, vertebra) = (origin.fraction, origin.vertebra);
        let ring = Ellipse { b: section.canal.b + 6.0, ..section.canal.grown(5.0) };
        let behind_wall = behind - section.canal.b;
        let spinous = side < 3.0 && behind_wall > 2.0 && behind_wall < origin.spinous;
        if spinous {
            let half = 0.27 - 0.06 * behind_wall / origin.spinous;
            let depth = (half - (f - 0.66).abs()).min(0.06 * (origin.spinous - behind_wall));
            return Some(match depth {
                d if d > 0.05 && side < 2.4 => Point::bone(Tissue::Marrow, vertebra),
                d if d > 0.0 => Point::bone(Tissue::Fibrous, vertebra),
                _ if side < 0.8 && behind_wall > 0.8 * origin.spinous => Point::of(Tissue::Fibrous),
                _ => Point::of(Tissue::Fat),
            });
        }
        if behind > -1.0 && ring.square(p.u, p.v) < 1.0 {
            let lamina = 0.30 - (f - 0.62).abs();
            return Some(match lamina {
                d if d > 0.06 && section.canal.grown(1.0).square(p.u, p.v) > 1.0 => {
                    Point::bone(Tissue::Marrow, vertebra)
                }
                d if d > 0.0 => Point::bone(Tissue::Fibrous, vertebra),
                _ => Point::of(Tissue::Fibrous),
            });
        }
        let pedicle = side > section.canal.a && side < section.canal.a + 7.0 && behind <= 1.0;
        let forward = behind > -(section.canal.b + 4.0);
        if pedicle && forward {
            return Some(match 0.19 - (f - 0.38).abs() {
                d if d > 0.04 => Point::bone(Tissue::Marrow, vertebra),
                d if d > 0.0 => Point::bone(Tissue::Fibrous, vertebra),
                _ => Point::of(Tissue::Fat),
            });
        }
        let transverse = side > section.canal.a && side < section.canal.a + origin.transverse;
        if transverse && (0.0..9.0).contains(&behind) && (f - 0.4).abs() < 0.16 {
            let marrow = (f - 0.4).abs() < 0.11 && (1.0..8.0).contains(&behind);
            return Some(Point::bone(if marrow { Tissue::Marrow } else { Tissue::Fibrous }, vertebra));
        }
        None
    }
}

/// Dura, fluid with nerve roots below the cord, and epidural fat.
fn canal_content(p: CanalPoint, section: &Section) -> Tissue {
    let dura = section.dura.square(p.u, p.v);
    if dura >= 1.0 {
        return if p.s < -2.0 { Tissue::Fibrous } else { Tissue::Fat };
    }
    if dura > 0.91 {
        return Tissue::Fibrous;
    }
    if p.s < -14.0 {
        let size = (-p.s - 14.0).min(30.0);
        let cerebellum = Ellipse {
            v: section.canal.v - 0.35 * section.canal.b,
            a: 0.85 * section.canal.a,
            b: 0.5 * section.canal.b * (size / 30.0).sqrt(),
        };
        if cerebellum.square(p.u, p.v) < 1.0 {
            return Tissue::Brain;
        }
    }
    if section.cord.a < 4.0 && p.s > 0.0 && p.s < upper_border_mm(25) {
        // the roots of the cauda equina lie behind, each about 1.5 mm thick
        let (row, column) = ((p.v + 5.2) / 2.2, (p.u + 5.5) / 2.2);
        let spread = 4.5 - 0.012 * (p.s - upper_border_mm(20)).max(0.0);
        if p.u.abs() < spread && p.v > -5.2 && p.v < -0.8 {
            let (dr, dc) = (row.fract() - 0.5, column.fract() - 0.5);
            if dr * dr + dc * dc < 0.11 {
                return Tissue::Brain;
            }
        }
    }
    Tissue::Csf
}

/// Anterior arch and lateral masses of C1, and the dens of C2 behind the arch.
fn upper_neck(p: CanalPoint, section: &Section) -> Option<Point> {
    let c2 = upper_border_mm(1);
    if p.s >= c2 + 7.0 {
        return None;
    }
    let front = section.canal.v + section.canal.b;
    let dens = Ellipse { v: front + 7.5, a: 5.5, b: 5.0 };
    let dens_square = dens.square(p.u, p.v);
    if p.s > 1.0 && dens_square < 1.0 {
        let shell = dens_square > 0.75 || p.s < 2.0;
        let disc = if (p.s - c2).abs() < 1.5 { 2 } else { 0 };
        let tissue = if shell { Tissue::Fibrous } else { Tissue::Marrow };
        return Some(Point { disc, ..Point::bone(tissue, 2) });
    }
    if p.s >= c2 {
        return None;
    }
    let arch = Ellipse { v: front + 16.5, a: 15.0, b: 3.5 }.square(p.u, p.v);
    if arch < 1.0 && (p.s - 7.0).abs() < 5.0 {
        let shell = arch > 0.5 || (p.s - 7.0).abs() > 4.0;
        return Some(Point::bone(if shell { Tissue::Fibrous } else { Tissue::Marrow }, 1));
    }
    let mass = Ellipse { v: section.canal.v + 8.0, a: 7.0, b: 8.0 }.square(p.u.abs() - 20.0, p.v);
    if mass < 1.0 && (p.s - 7.0).abs() < 6.0 {
        return Some(Point::bone(if mass > 0.75 { Tissue::Fibrous } else { Tissue::Marrow }, 1));
    }
    let above = p.v > front && p.v < front + 13.0 && p.u.abs() < 9.0;
    above.then(|| Point::of(Tissue::Fibrous))
}

/// Vertebral bodies, discs, the sacrum below S1 and the ligaments along them.
fn column(p: CanalPoint, section: &Section) -> Option<Point> {
    let (x, y) = ((p.u / section.body.a).abs(), ((p.v - section.body.v) / section.body.b).abs());
    // fuller than an ellipse: a body is flat behind
    let rho = x * x * x + y * y * y;
    if p.s < upper_border_mm(1) || rho > 1.25 {
        return None;
    }
    if rho >= 1.0 {
        return (p.u.abs() < 8.0).then(|| Point::of(Tissue::Fibrous));
    }
    if section.vertebra == 0 {
        let segment = ((p.s - upper_border_mm(25)) / 24.0).fract();
        let shell = rho > 0.85 || segment < 0.08;
        return Some(Point::of(if shell { Tissue::Fibrous } else { Tissue::Marrow }));
    }
    let depth = section.disc_distance - section.disc_half * (0.8 + 0.3 * (1.0 - rho));
    if section.disc_half > 0.0 && depth < 0.0 {
        let nucleus = rho < 0.45 && depth < -0.25 * section.disc_half;
        let tissue = if nucleus { Tissue::Disc } else { Tissue::Fibrous };
        return Some(Point { disc: section.disc, ..Point::of(tissue) });
    }
    let plate = section.disc_half > 0.0 && depth < 0.8;
    let tissue = if plate || rho > 0.88 { Tissue::Fibrous } else { Tissue::Marrow };
    Some(Point::bone(tissue, section.vertebra))
}

/// Clivus and occipital bone around the posterior fossa, soft tissue of the head outside.
fn skull(p: CanalPoint, section: &Section) -> Point {
    let bone = section.canal.grown(8.0).square(p.u, p.v) < 1.0;
    let inner =
        section.canal.grown(2.0).square(p.u, p.v) < 1.0 || section.canal.grown(6.0).square(p.u, p.v) > 1.0;
    let pharynx = p.u.abs() < 12.0 && p.v > 32.0 && p.v < 44.0;
    Point::of(match (bone, inner) {
        (true, true) => Tissue::Fibrous,
        (true, false) => Tissue::Marrow,
        _ if pharynx => Tissue::Air,
        _ => Tissue::Muscle,
    })
}

/// Muscle, fat between muscles, airway, large vessels and lung.
fn soft(p: CanalPoint, section: &Section) -> Tissue {
    let front = section.body.v + section.body.b;
    let (c1, t5, t11) = (0.0, upper_border_mm(11), upper_border_mm(17));
    if p.v > front {
        let airway = Ellipse { v: front + 14.0, a: 9.0, b: 7.0 };
        if p.s > c1 && p.s < t5 && airway.square(p.u, p.v) < 1.0 {
            return Tissue::Air;
        }
        let aorta = Ellipse { v: front + 13.0, a: 10.0, b: 10.0 };
        if p.s > t5 && p.s < upper_border_mm(23) && aorta.square(p.u + 12.0, p.v) < 1.0 {
            return Tissue::Air;
        }
        if (4.0..30.0).contains(&(p.v - front)) && p.u.abs() < 28.0 && p.s > upper_border_mm(8) {
            return Tissue::Fat;
        }
    }
    let lung = Ellipse { v: 45.0, a: 48.0, b: 78.0 };
    if p.s > upper_border_mm(7) && p.s < t11 && lung.square(p.u.abs() - 82.0, p.v) < 1.0 {
        return Tissue::Lung;
    }
    if p.v < section.canal.v - section.canal.b && fat_plane(p, section) {
        return Tissue::Fat;
    }
    Tissue::Muscle
}

/// Thin layers of fat between the muscles behind the spine.
fn fat_plane(p: CanalPoint, section: &Section) -> bool {
    let behind = section.canal.v - section.canal.b - p.v;
    let midline = p.u.abs() < 1.2;
    let layer = behind - 0.35 * p.u.abs();
    midline || (layer - 12.0).abs() < 0.7 || (layer - 26.0).abs() < 0.9
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty() -> Anatomy {
        Anatomy { curve: Curve::new(18.0, 3.0), sections: Sections::new(), clots: Vec::new(), marked: None }
    }

    #[test]
    fn every_vertebra_is_met_at_its_own_height() {
        let anatomy = empty();
        for level in 1..25 {
            let s = 0.5 * (upper_border_mm(level) + upper_border_mm(level + 1));
            let section = anatomy.sections.at(s);
            let p = CanalPoint { u: 0.0, v: section.body.v, s };
            assert_eq!(anatomy.inside(p).vertebra, level as u8 + 1);
            assert_eq!(anatomy.inside(p).tissue, Tissue::Marrow);
            if level > 1 {
                let disc = anatomy.inside(CanalPoint { s: upper_border_mm(level), ..p });
                assert_eq!((disc.disc, disc.vertebra, disc.tissue), (level as u8 + 1, 0, Tissue::Disc));
            }
        }
    }

    #[test]
    fn the_center_line_is_cord_down_to_the_conus_and_fluid_below() {
        let anatomy = empty();
        for level in 0..25 {
            let s = upper_border_mm(level) + 6.0;
            let point = anatomy.at(anatomy.curve.center(s));
            assert!(point.canal);
            assert_eq!(point.tissue == Tissue::Cord, level < 20, "{level}: {point:?}");
        }
        assert_eq!(anatomy.at([0.0, -200.0, 0.0]), Point::of(Tissue::Air));
    }
}

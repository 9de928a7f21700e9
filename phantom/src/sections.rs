//! Cross-sections of the spine along the canal, tabulated over vertebral height.

use super::levels::{DISC_MM, HEIGHT_MM, level_at, upper_border_mm};

/// An ellipse around the canal, axes to the right and forward.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ellipse {
    /// Center in front of the canal's center line, mm.
    pub(super) v: f64,
    /// Half width, mm.
    pub(super) a: f64,
    /// Half depth, mm.
    pub(super) b: f64,
}

impl Ellipse {
    /// Squared radius relative to the border: below 1 inside.
    pub(super) fn square(&self, u: f64, v: f64) -> f64 {
        if self.a <= 0.0 || self.b <= 0.0 {
            return f64::INFINITY;
        }
        let (x, y) = (u / self.a, (v - self.v) / self.b);
        x * x + y * y
    }

    /// The ellipse with both half axes longer by a margin; an empty one stays empty.
    pub(super) fn grown(&self, mm: f64) -> Self {
        if self.a <= 0.0 { *self } else { Self { v: self.v, a: self.a + mm, b: self.b + mm } }
    }
}

/// Sizes at one position along the canal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Section {
    /// Label of the vertebra at this height; 0 above C1 and below S1.
    pub(super) vertebra: u8,
    /// Position in the vertebra: 0 at its upper border, 1 at its lower.
    pub(super) fraction: f64,
    /// Distance to the nearer disc's middle, mm, and that disc's label and half thickness.
    pub(super) disc_distance: f64,
    pub(super) disc: u8,
    pub(super) disc_half: f64,
    pub(super) cord: Ellipse,
    pub(super) dura: Ellipse,
    pub(super) canal: Ellipse,
    pub(super) body: Ellipse,
    /// How far the spinous process reaches behind the canal, and how far down per mm backwards.
    pub(super) spinous: f64,
    pub(super) spinous_slope: f64,
    /// Reach of the transverse process to each side, mm.
    pub(super) transverse: f64,
    /// Distance of the skin behind, in front and to the sides, and thickness of the fat below it.
    pub(super) skin: [f64; 3],
    pub(super) skin_fat: f64,
}

/// A quantity over vertebral height: (levels below the upper border of C1, value), straight between.
type Knots<'a> = &'a [(f64, f64)];

fn at(knots: Knots<'_>, t: f64) -> f64 {
    let n = knots.partition_point(|&(x, _)| x <= t);
    match (n.checked_sub(1).map(|p| knots[p]), knots.get(n)) {
        (Some((x0, y0)), Some(&(x1, y1))) => y0 + (y1 - y0) * (t - x0) / (x1 - x0),
        (Some((_, y)), None) | (None, Some(&(_, y))) => y,
        (None, None) => 0.0,
    }
}

/// The quantity averaged over two levels, so that it has no corners.
fn smooth(knots: Knots<'_>, t: f64) -> f64 {
    (-8..=8).map(|n| at(knots, t + 0.125 * f64::from(n))).sum::<f64>() / 17.0
}

const CORD_HALF_WIDTH: Knots<'_> =
    &[(0.0, 6.0), (4.5, 6.7), (8.0, 5.2), (16.0, 4.7), (18.5, 5.1), (19.3, 3.2), (19.9, 0.0)];
const CORD_HALF_DEPTH: Knots<'_> =
    &[(0.0, 4.2), (4.5, 4.0), (8.0, 3.7), (16.0, 3.7), (18.5, 4.2), (19.3, 2.6), (19.9, 0.0)];
const CANAL_HALF_WIDTH: Knots<'_> = &[
    (0.0, 13.0),
    (2.0, 11.0),
    (6.0, 11.0),
    (8.0, 9.6),
    (16.0, 9.6),
    (20.0, 11.0),
    (24.0, 12.5),
    (26.5, 8.0),
];
const CANAL_HALF_DEPTH: Knots<'_> =
    &[(0.0, 10.0), (2.0, 8.8), (6.0, 8.6), (8.0, 8.3), (16.0, 8.3), (20.0, 9.2), (24.0, 8.6), (26.5, 4.5)];
const BODY_WIDTH: Knots<'_> =
    &[(0.0, 8.0), (3.0, 10.0), (7.0, 12.5), (9.0, 13.0), (19.0, 20.0), (24.0, 25.0), (26.0, 26.0)];
const BODY_DEPTH: Knots<'_> = &[
    (1.0, 13.0),
    (6.0, 16.0),
    (8.0, 17.0),
    (19.0, 29.0),
    (23.5, 34.0),
    (24.9, 29.0),
    (26.0, 18.0),
    (27.5, 12.0),
];
const SPINOUS: Knots<'_> = &[
    (0.0, 6.0),
    (1.5, 22.0),
    (3.5, 18.0),
    (6.5, 33.0),
    (9.0, 32.0),
    (18.0, 33.0),
    (22.0, 33.0),
    (24.5, 16.0),
];
const SPINOUS_SLOPE: Knots<'_> =
    &[(0.0, 0.1), (4.0, 0.25), (7.0, 0.45), (9.0, 0.8), (14.0, 0.9), (17.0, 0.5), (19.5, 0.1)];
const TRANSVERSE: Knots<'_> =
    &[(0.0, 22.0), (1.5, 10.0), (7.0, 18.0), (18.0, 14.0), (19.5, 24.0), (24.0, 26.0)];
const SKIN_BEHIND: Knots<'_> = &[
    (-3.5, 90.0),
    (-1.5, 74.0),
    (1.0, 60.0),
    (4.0, 56.0),
    (7.5, 58.0),
    (14.0, 60.0),
    (21.0, 66.0),
    (26.0, 76.0),
];
const SKIN_FRONT: Knots<'_> =
    &[(-3.5, 105.0), (0.0, 88.0), (3.0, 66.0), (6.0, 68.0), (8.5, 95.0), (12.0, 140.0), (22.0, 150.0)];
const SKIN_SIDE: Knots<'_> =
    &[(-3.5, 78.0), (0.0, 66.0), (4.0, 62.0), (6.0, 80.0), (8.0, 150.0), (12.0, 170.0), (24.0, 175.0)];
const SKIN_FAT: Knots<'_> = &[(0.0, 6.0), (6.0, 9.0), (16.0, 10.0), (21.0, 16.0), (24.0, 24.0)];

/// Height in levels, continued above C1 and below S1.
fn height(s: f64) -> f64 {
    let end = upper_border_mm(25);
    match level_at(s) {
        Some((level, fraction)) => level as f64 + fraction,
        None if s < 0.0 => s / 20.0,
        None => 25.0 + (s - end) / 30.0,
    }
}

/// The disc nearest to a position: label, distance to its middle and half thickness.
fn nearest_disc(level: usize, fraction: f64) -> (u8, f64, f64) {
    let above = fraction * HEIGHT_MM[level];
    let below = (1.0 - fraction) * HEIGHT_MM[level];
    let (disc, distance) = if above <= below || level == 24 { (level, above) } else { (level + 1, below) };
    (disc as u8 + 1, distance, 0.5 * DISC_MM[disc])
}

impl Section {
    fn new(s: f64) -> Self {
        let (t, inside) = (height(s), level_at(s));
        let canal = canal(s, t);
        let (disc, disc_distance, disc_half) =
            inside.map_or((0, f64::INFINITY, 0.0), |(level, fraction)| nearest_disc(level, fraction));
        let waist = 1.0 - 0.09 * inside.map_or(0.0, |(_, f)| libm::sin(std::f64::consts::PI * f));
        let depth = 0.5 * at(BODY_DEPTH, t) * (1.0 - 0.5 * (1.0 - waist));
        Self {
            vertebra: inside.map_or(0, |(level, _)| level as u8 + 1),
            fraction: inside.map_or(0.5, |(_, fraction)| fraction),
            disc_distance,
            disc,
            disc_half,
            cord: cord(s, t),
            dura: Ellipse { v: canal.v + 0.9, a: (canal.a - 1.8).max(1.0), b: (canal.b - 1.9).max(1.0) },
            canal,
            body: Ellipse { v: canal.v + canal.b + 1.0 + depth, a: at(BODY_WIDTH, t) * waist, b: depth },
            spinous: at(SPINOUS, t),
            spinous_slope: at(SPINOUS_SLOPE, t),
            transverse: at(TRANSVERSE, t),
            skin: [smooth(SKIN_BEHIND, t), smooth(SKIN_FRONT, t), smooth(SKIN_SIDE, t)],
            skin_fat: at(SKIN_FAT, t),
        }
    }
}

/// The canal; above C1 it opens into the posterior fossa.
fn canal(s: f64, t: f64) -> Ellipse {
    let up = (-s).max(0.0);
    let open = if up > 4.0 { (up - 4.0).min(40.0) } else { 0.0 };
    Ellipse {
        v: -0.75 * open,
        a: (at(CANAL_HALF_WIDTH, t) + 1.1 * open).min(52.0),
        b: (at(CANAL_HALF_DEPTH, t) + 0.95 * open).min(48.0),
    }
}

/// The cord; above C1 the brainstem.
fn cord(s: f64, t: f64) -> Ellipse {
    let up = (-s).clamp(0.0, 45.0);
    let pons = if up > 18.0 { 1.0 } else { 0.0 } * (up - 18.0);
    Ellipse {
        v: 0.8 + 0.12 * up,
        a: (at(CORD_HALF_WIDTH, t) + 0.12 * up + 0.3 * pons).max(0.0),
        b: (at(CORD_HALF_DEPTH, t) + 0.08 * up + 0.3 * pons).max(0.0),
    }
}

const STEP_MM: f64 = 0.25;
const FIRST_MM: f64 = -100.0;

/// All sections, every quarter of a millimeter.
#[derive(Debug)]
pub(super) struct Sections {
    table: Vec<Section>,
}

impl Sections {
    pub(super) fn new() -> Self {
        let count = ((upper_border_mm(25) + 100.0 - FIRST_MM) / STEP_MM) as usize;
        Self { table: (0..count).map(|n| Section::new(FIRST_MM + n as f64 * STEP_MM)).collect() }
    }

    /// The section nearest to a position; the ends continue as they are.
    pub(super) fn at(&self, s: f64) -> &Section {
        let n = ((s - FIRST_MM) / STEP_MM + 0.5).clamp(0.0, (self.table.len() - 1) as f64);
        &self.table[n as usize]
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    #[test]
    fn cord_lies_in_the_dura_and_the_dura_in_the_canal() {
        let sections = Sections::new();
        for n in 0..2400 {
            let s = 0.25 * f64::from(n);
            let section = sections.at(s);
            for k in 0..24 {
                let angle = f64::from(k) * std::f64::consts::TAU / 24.0;
                let on = |e: &Ellipse| (e.a * angle.cos(), e.v + e.b * angle.sin());
                let (u, v) = on(&section.cord);
                assert!(section.cord.a <= 0.0 || section.dura.square(u, v) < 0.9, "cord at {s}");
                let (u, v) = on(&section.dura);
                assert!(section.canal.square(u, v) < 0.99, "dura at {s}");
            }
        }
    }

    #[test]
    fn discs_have_the_label_of_the_vertebra_below() {
        let sections = Sections::new();
        for level in 2..25 {
            let border = upper_border_mm(level);
            for s in [border - 1.0, border + 1.0] {
                let section = sections.at(s);
                assert_eq!(usize::from(section.disc), level + 1);
                assert_abs_diff_eq!(section.disc_distance, 1.0, epsilon = 0.3);
            }
        }
    }

    #[test]
    fn the_canal_measures_16_to_20_mm_front_to_back_and_the_cord_about_12_by_8() {
        let sections = Sections::new();
        for level in 1..24 {
            let section = sections.at(upper_border_mm(level) + 5.0);
            assert!((16.0..=20.0).contains(&(2.0 * section.canal.b)), "{level}");
        }
        let c5 = sections.at(upper_border_mm(4) + 8.0);
        assert_abs_diff_eq!(c5.cord.a, 6.5, epsilon = 0.6);
        assert_abs_diff_eq!(c5.cord.b, 4.0, epsilon = 0.3);
    }
}

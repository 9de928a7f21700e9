//! The curved center line of the canal and the frame that follows it.

use std::f64::consts::TAU;

use super::levels::upper_border_mm;

/// Step of the table along the body's height, mm.
const STEP_MM: f64 = 1.0;
/// Depths at which the table starts and ends, mm below the upper border of C1.
const FIRST_MM: f64 = -120.0;
const LAST_MM: f64 = 800.0;
/// Wavelength of the lordosis: cervical and lumbar apex forward, thoracic apex backward.
const LORDOSIS_WAVE_MM: f64 = 430.0;
/// Depth of the cervical apex below the upper border of C1.
const LORDOSIS_APEX_MM: f64 = 60.0;
/// Wavelength of the scoliosis.
const SCOLIOSIS_WAVE_MM: f64 = 380.0;

/// A point in the frame that follows the canal.
#[derive(Debug, Clone, Copy)]
pub(super) struct CanalPoint {
    /// Millimeters to the patient's right of the canal's center.
    pub(super) u: f64,
    /// Millimeters in front of the canal's center.
    pub(super) v: f64,
    /// Millimeters along the canal, downwards from the upper border of C1.
    pub(super) s: f64,
}

/// The curve at one depth: right and anterior position, their first and second derivatives, and arc length.
#[derive(Debug, Clone, Copy)]
struct Node {
    at: [f64; 2],
    slope: [f64; 2],
    bend: [f64; 2],
    s: f64,
}

/// The center line as a table over depth below C1. World origin: the canal's center between C7 and T1.
#[derive(Debug)]
pub(super) struct Curve {
    nodes: Vec<Node>,
    origin_depth: f64,
}

impl Curve {
    pub(super) fn new(lordosis_mm: f64, scoliosis_mm: f64) -> Self {
        let wave = |depth: f64, amplitude: f64, length: f64, apex: f64| {
            let k = TAU / length;
            let (sin, cos) = (libm::sin(k * (depth - apex)), libm::cos(k * (depth - apex)));
            [amplitude * cos, -amplitude * k * sin, -amplitude * k * k * cos]
        };
        let count = ((LAST_MM - FIRST_MM) / STEP_MM) as usize + 1;
        let mut nodes: Vec<Node> = (0..count)
            .map(|n| {
                let depth = FIRST_MM + n as f64 * STEP_MM;
                let x = wave(depth, scoliosis_mm, SCOLIOSIS_WAVE_MM, 0.25 * SCOLIOSIS_WAVE_MM);
                let y = wave(depth, lordosis_mm, LORDOSIS_WAVE_MM, LORDOSIS_APEX_MM);
                Node { at: [x[0], y[0]], slope: [x[1], y[1]], bend: [x[2], y[2]], s: 0.0 }
            })
            .collect();
        let speed =
            |node: &Node| (1.0 + node.slope[0] * node.slope[0] + node.slope[1] * node.slope[1]).sqrt();
        for n in 1..count {
            nodes[n].s = nodes[n - 1].s + 0.5 * STEP_MM * (speed(&nodes[n - 1]) + speed(&nodes[n]));
        }
        let zero = nodes[(-FIRST_MM / STEP_MM) as usize].s;
        for node in &mut nodes {
            node.s -= zero;
        }
        let mut curve = Self { nodes, origin_depth: 0.0 };
        curve.origin_depth = curve.depth_at(upper_border_mm(7));
        let origin = curve.node(curve.origin_depth).at;
        for node in &mut curve.nodes {
            node.at = [node.at[0] - origin[0], node.at[1] - origin[1]];
        }
        curve
    }

    fn node(&self, depth: f64) -> Node {
        let x = ((depth - FIRST_MM) / STEP_MM).clamp(0.0, (self.nodes.len() - 1) as f64);
        let n = (x as usize).min(self.nodes.len() - 2);
        let (t, a, b) = (x - n as f64, &self.nodes[n], &self.nodes[n + 1]);
        let mix = |a: f64, b: f64| a + t * (b - a);
        let pair = |a: [f64; 2], b: [f64; 2]| [mix(a[0], b[0]), mix(a[1], b[1])];
        Node {
            at: pair(a.at, b.at),
            slope: pair(a.slope, b.slope),
            bend: pair(a.bend, b.bend),
            s: mix(a.s, b.s),
        }
    }

    /// Depth below C1 of a position along the canal.
    fn depth_at(&self, s: f64) -> f64 {
        let n = self.nodes.partition_point(|node| node.s < s).clamp(1, self.nodes.len() - 1);
        let (a, b) = (&self.nodes[n - 1], &self.nodes[n]);
        FIRST_MM + STEP_MM * ((n - 1) as f64 + ((s - a.s) / (b.s - a.s)).clamp(0.0, 1.0))
    }

    /// The canal's center at a position along it, RAS mm.
    pub(super) fn center(&self, s: f64) -> [f64; 3] {
        let depth = self.depth_at(s);
        let node = self.node(depth);
        [node.at[0], node.at[1], self.origin_depth - depth]
    }

    /// Position along the canal where its center has the height `z`, RAS mm.
    pub(super) fn position_at_height(&self, z: f64) -> f64 {
        self.node(self.origin_depth - z).s
    }

    /// A point relative to the canal's center at its height, without the projection of [`Curve::locate`]: fast, and
    /// near enough far from the spine.
    pub(super) fn at_height(&self, world: [f64; 3]) -> CanalPoint {
        let node = self.node(self.origin_depth - world[2]);
        CanalPoint { u: world[0] - node.at[0], v: world[1] - node.at[1], s: node.s }
    }

    /// A point in the frame that follows the canal, by its nearest point on the curve.
    pub(super) fn locate(&self, world: [f64; 3]) -> CanalPoint {
        let own_depth = self.origin_depth - world[2];
        let first = self.node(own_depth);
        let depth = own_depth + first.step(first.offset(world, 0.0));
        let node = self.node(depth);
        let d = node.offset(world, own_depth - depth);
        let [x, y] = node.slope;
        // tangent (x, y, 1) in the frame (right, anterior, down); right is made perpendicular to it
        let (across, speed2) = (1.0 + y * y, 1.0 + x * x + y * y);
        let u = (d[0] * across - x * (d[1] * y + d[2])) / (across * speed2).sqrt();
        let v = (d[1] - y * d[2]) / across.sqrt();
        CanalPoint { u, v, s: node.s + node.step(d) * speed2.sqrt() }
    }
}

impl Node {
    /// A point relative to this one in the frame (right, anterior, down), given how much lower it lies.
    fn offset(&self, world: [f64; 3], down: f64) -> [f64; 3] {
        [world[0] - self.at[0], world[1] - self.at[1], down]
    }

    /// Newton's step in depth towards the nearest point on the curve.
    fn step(&self, d: [f64; 3]) -> f64 {
        let [x, y] = self.slope;
        let along = d[0] * x + d[1] * y + d[2];
        let stretch = 1.0 + x * x + y * y - d[0] * self.bend[0] - d[1] * self.bend[1];
        (along / stretch.max(0.3)).clamp(-60.0, 60.0)
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    #[test]
    fn points_next_to_the_curve_are_located() {
        let curve = Curve::new(25.0, 12.0);
        for s in [10.0, 119.0, 260.0, 480.0] {
            let (a, b) = (curve.center(s - 0.5), curve.center(s + 0.5));
            let t: [f64; 3] = std::array::from_fn(|i| b[i] - a[i]);
            let length = t.iter().map(|v| v * v).sum::<f64>().sqrt();
            assert_abs_diff_eq!(length, 1.0, epsilon = 1e-3);
            // straight ahead, perpendicular to the curve
            let ahead = [0.0, -t[2], t[1]];
            let scale = 20.0 / (ahead[1] * ahead[1] + ahead[2] * ahead[2]).sqrt();
            let c = curve.center(s);
            let found = curve.locate([c[0], c[1] + scale * ahead[1], c[2] + scale * ahead[2]]);
            assert_abs_diff_eq!(
                [found.u, found.v, found.s].as_slice(),
                [0.0, 20.0, s].as_slice(),
                epsilon = 0.1
            );
        }
    }

    #[test]
    fn origin_is_the_center_between_c7_and_t1() {
        let curve = Curve::new(18.0, 3.0);
        let center = curve.center(upper_border_mm(7));
        assert_abs_diff_eq!(center.as_slice(), [0.0; 3].as_slice(), epsilon = 1e-6);
        assert_abs_diff_eq!(curve.position_at_height(0.0), upper_border_mm(7), epsilon = 1e-6);
        assert!(curve.center(0.0)[2] > 100.0, "C1 is above");
    }
}

//! Relaxation times to stage densities, the direct way: every node, every point of the table.

use super::*;

/// A time at 1.5 and at 3 T, ms.
pub(crate) type Times = (f64, f64);

/// A state of blood.
#[derive(Debug, Clone)]
pub(crate) struct BloodState {
    /// Its stage.
    pub(crate) stage: usize,
    /// Relative frequency.
    pub(crate) weight: f64,
    pub(crate) t1: Times,
    pub(crate) t2: Times,
    /// Relative to the cord.
    pub(crate) water: f64,
    /// Standard deviations of ln T1, ln T2 and ln water.
    pub(crate) spread: [f64; 3],
}

/// The cord and the states.
#[derive(Debug, Clone)]
pub(crate) struct Blood {
    pub(crate) cord: (Times, Times),
    pub(crate) states: Vec<BloodState>,
}

/// A sequence, times in ms and the angle in degrees.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pulses {
    SpinEcho { tr: f64, te: f64 },
    Inversion { tr: f64, te: f64, ti: f64 },
    Spoiled { tr: f64, te: f64, flip: f64 },
}

impl Pulses {
    pub(super) fn signal(self, t1: f64, t2: f64) -> f64 {
        match self {
            Self::SpinEcho { tr, te } => (1.0 - (-tr / t1).exp()) * (-te / t2).exp(),
            Self::Inversion { tr, te, ti } => {
                (1.0 - 2.0 * (-ti / t1).exp() + (-tr / t1).exp()).abs() * (-te / t2).exp()
            }
            Self::Spoiled { tr, te, flip } => {
                let (e, a) = ((-tr / t1).exp(), flip * std::f64::consts::PI / 180.0);
                a.sin() * (1.0 - e) / (1.0 - e * a.cos()) * (-te / t2).exp()
            }
        }
    }
}

/// The sequences of both images, and their fields if known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scan {
    pub(crate) pulses: [Pulses; 2],
    pub(crate) tesla: Option<[f64; 2]>,
}

impl Scan {
    /// What counts where no header is known.
    #[allow(dead_code, reason = "for the benches")]
    pub(crate) const UNKNOWN: Self = Self {
        pulses: [Pulses::SpinEcho { tr: 550.0, te: 10.0 }, Pulses::SpinEcho { tr: 3500.0, te: 100.0 }],
        tesla: None,
    };
}

/// Nodes and weights of Gauss and Hermite for the standard normal distribution, by Newton's method.
pub(super) fn gauss_hermite(n: usize) -> Vec<(f64, f64)> {
    // He_n and He_(n - 1) at x
    let polynomial = |x: f64| {
        let (mut before, mut value) = (1.0, x);
        for k in 1..n {
            (before, value) = (value, x * value - number(k) * before);
        }
        (value, before)
    };
    let factorial: f64 = (1..n).map(number).product();
    let steps = 20_000;
    let at = |k: usize| 12.0 * (number(k) + 0.3) / number(steps) - 6.0;
    let mut nodes = Vec::new();
    for k in 0..steps {
        if (polynomial(at(k)).0 > 0.0) == (polynomial(at(k + 1)).0 > 0.0) {
            continue;
        }
        let mut x = at(k);
        for _ in 0..50 {
            let (value, before) = polynomial(x);
            x -= value / (number(n) * before);
        }
        let (_, before) = polynomial(x);
        nodes.push((x, factorial / (number(n) * before * before)));
    }
    nodes
}

/// One node: stage, weight, center and width of ln(ratio + 0.1) on both contrasts.
#[derive(Debug, Clone, Copy)]
struct Node {
    stage: usize,
    weight: f64,
    normal: [(f64, f64); 2],
}

impl Node {
    fn density(&self, contrast: usize, u: f64) -> f64 {
        let (center, width) = self.normal[contrast];
        let z = (u - center) / width;
        (-0.5 * z * z).exp() / (width * (2.0 * std::f64::consts::PI).sqrt())
    }
}

/// u of a ratio; beyond 0 to 6 that of the nearer end.
fn u_of(ratio: f64) -> f64 {
    (ratio.clamp(0.0, 6.0) + 0.1).ln()
}

/// The density of the five stages over the ratios of both contrasts.
#[derive(Debug, Clone)]
pub(crate) struct Densities {
    nodes: Vec<Node>,
    /// ln(D + 1e-12) on 128 x 128 points, by stage.
    table: Vec<[f64; 5]>,
}

const POINTS: usize = 128;

impl Densities {
    /// Of the states in these sequences, with the relative noise of both references.
    pub(crate) fn of(blood: &Blood, scan: &Scan, noise: [f64; 2]) -> Self {
        let fields = scan.tesla.map_or_else(|| vec![[1.5; 2], [3.0; 2]], |tesla| vec![tesla]);
        let tau = if scan.tesla.is_some() { 0.12 } else { 0.15 };
        let mut nodes = Vec::new();
        for field in &fields {
            for state in &blood.states {
                nodes.extend(
                    nodes_of(state, blood, scan, *field, noise, tau)
                        .map(|node| Node { weight: node.weight / number(fields.len()), ..node }),
                );
            }
        }
        let table = table_of(&nodes);
        Self { nodes, table }
    }

    /// The sum over the nodes.
    pub(crate) fn direct(&self, ratio: [f64; 2]) -> [f64; 5] {
        let u = ratio.map(u_of);
        let mut sum = [0.0; 5];
        for node in &self.nodes {
            sum[node.stage] += node.weight * node.density(0, u[0]) * node.density(1, u[1]);
        }
        sum
    }

    /// Linear between the points of the table.
    pub(super) fn tabulated(&self, ratio: [f64; 2]) -> [f64; 5] {
        let (low, high) = (u_of(0.0), u_of(6.0));
        let place = ratio.map(|r| (u_of(r) - low) / (high - low) * number(POINTS - 1));
        let cell = place.map(|p| (p as usize).min(POINTS - 2));
        let (x, y) = (place[0] - number(cell[0]), place[1] - number(cell[1]));
        [0, 1, 2, 3, 4].map(|stage| {
            let at = |i: usize, j: usize| self.table[(cell[0] + i) * POINTS + cell[1] + j][stage];
            let upper = (1.0 - y) * at(0, 0) + y * at(0, 1);
            let lower = (1.0 - y) * at(1, 0) + y * at(1, 1);
            ((1.0 - x) * upper + x * lower).exp()
        })
    }
}

fn nodes_of(
    state: &BloodState,
    blood: &Blood,
    scan: &Scan,
    field: [f64; 2],
    noise: [f64; 2],
    tau: f64,
) -> impl Iterator<Item = Node> {
    let mut nodes = Vec::new();
    for (x1, w1) in gauss_hermite(7) {
        for (x2, w2) in gauss_hermite(9) {
            for (x3, w3) in gauss_hermite(5) {
                let normal = [0, 1].map(|contrast| {
                    let at = |times: Times| {
                        let power = (field[contrast].clamp(1.0, 3.2) / 1.5).ln() / 2_f64.ln();
                        times.0 * (times.1 / times.0).powf(power)
                    };
                    let t1 = at(state.t1) * (state.spread[0] * x1).exp();
                    let t2 = at(state.t2) * (state.spread[1] * x2).exp();
                    let water = state.water * (state.spread[2] * x3).exp();
                    let pulses = scan.pulses[contrast];
                    let ratio =
                        water * pulses.signal(t1, t2) / pulses.signal(at(blood.cord.0), at(blood.cord.1));
                    let sigma = noise[contrast].clamp(0.02, 0.10);
                    let lifted = (ratio.powi(2) + sigma.powi(2) / 4.0).sqrt() + 0.1;
                    (lifted.ln(), (sigma.powi(2) + (tau * ratio).powi(2)).sqrt() / lifted)
                });
                nodes.push(Node { stage: state.stage, weight: w1 * w2 * w3 * state.weight, normal });
            }
        }
    }
    nodes.into_iter()
}

/// As matrix product: each node is a column times a row.
fn table_of(nodes: &[Node]) -> Vec<[f64; 5]> {
    let (low, high) = (u_of(0.0), u_of(6.0));
    let u: Vec<f64> = (0..POINTS).map(|n| low + (high - low) * number(n) / number(POINTS - 1)).collect();
    let mut sums = vec![[0.0; 5]; POINTS * POINTS];
    for node in nodes {
        let [column, row] = [0, 1].map(|c| u.iter().map(|&u| node.density(c, u)).collect::<Vec<f64>>());
        for i in 0..POINTS {
            for j in 0..POINTS {
                sums[i * POINTS + j][node.stage] += node.weight * column[i] * row[j];
            }
        }
    }
    sums.into_iter().map(|sum| sum.map(|density| (density + 1e-12).ln())).collect()
}

/// What turns a pair of ratios into class probabilities.
#[derive(Debug, Clone)]
pub(crate) struct Classes<'a> {
    profile: &'a Profile,
    prior: [f64; 5],
    noise: [f64; 2],
    densities: Option<Densities>,
}

impl<'a> Classes<'a> {
    /// By relaxation times with a scan, else by the profile's patterns; `noise` is spread / median of both references.
    pub(crate) fn of(profile: &'a Profile, prior: [f64; 5], noise: [f64; 2], scan: Option<&Scan>) -> Self {
        let densities = scan.and_then(|scan| Some(Densities::of(profile.blood.as_ref()?, scan, noise)));
        Self { profile, prior, noise, densities }
    }

    /// As voxels are classified.
    pub(crate) fn of_voxel(&self, ratio: [f64; 2]) -> [f64; 6] {
        match &self.densities {
            Some(densities) => Self::weighed(densities.tabulated(ratio), &self.prior),
            None => self.by_patterns(ratio, &self.prior),
        }
    }

    /// As phases are, with the prior or with equal ones.
    pub(crate) fn of_median(&self, ratio: [f64; 2], with_prior: bool) -> [f64; 6] {
        let prior = if with_prior { self.prior } else { [0.2; 5] };
        match &self.densities {
            Some(densities) => Self::weighed(densities.direct(ratio), &prior),
            None => self.by_patterns(ratio, &prior),
        }
    }

    fn by_patterns(&self, ratio: [f64; 2], prior: &[f64; 5]) -> [f64; 6] {
        class_probabilities(ratio, self.noise.map(|noise| noise.max(0.02)), self.profile, prior)
    }

    fn weighed(density: [f64; 5], prior: &[f64; 5]) -> [f64; 6] {
        let mut weight = [0.0; 6];
        for stage in 0..5 {
            weight[stage] = prior[stage] * density[stage];
        }
        weight[INDETERMINATE] = 0.02 * prior.iter().sum::<f64>() / 5.0;
        let total: f64 = weight.iter().sum();
        weight.map(|w| w / total)
    }
}

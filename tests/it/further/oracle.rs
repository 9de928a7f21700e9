//! Enhancement by loops over every voxel: slow, and independent of the steps.

use hemastage::{
    Affine, StageOptions, Study,
    contrast::PerContrast,
    enhancement::{Enhancement as Found, EnhancementClass},
    reference::{ReferenceMode, ReferenceOptions},
    stage,
};
use hemastage_phantom::{Enhancement, Phantom, phantom};
use ndarray::Array3;

use super::{study, with_post};

type Point = [f64; 3];

/// An image at a point of the world, linear between voxels.
fn at(image: &Array3<i16>, affine: &Affine, point: Point) -> f64 {
    let index = affine.world_to_index(point);
    let mut sum = 0.0;
    for corner in 0..8_usize {
        let mut weight = 1.0;
        let mut voxel = [0; 3];
        for a in 0..3 {
            let low = index[a].floor();
            let share = index[a] - low;
            let upper = corner >> a & 1;
            weight *= if upper == 1 { share } else { 1.0 - share };
            voxel[a] = low as usize + upper;
        }
        if weight > 0.0 {
            sum += weight * image.get(voxel).map_or(f64::NAN, |&value| f64::from(value));
        }
    }
    sum
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    if n % 2 == 1 { values[n / 2] } else { f64::midpoint(values[n / 2 - 1], values[n / 2]) }
}

/// The scan, by its dense arrays.
struct Dense<'a> {
    made: &'a Phantom,
    post: &'a Array3<i16>,
    /// Where the second image shows what the first shows at 0.
    shift: Point,
}

impl Dense<'_> {
    fn voxels(mask: &Array3<u8>) -> Vec<[usize; 3]> {
        mask.indexed_iter().filter(|(_, value)| **value == 1).map(|((i, j, k), _)| [i, j, k]).collect()
    }

    fn images(&self) -> [(&Array3<i16>, Point); 2] {
        [(&self.made.t1, [0.0; 3]), (self.post, self.shift)]
    }

    fn center(&self, voxel: [usize; 3]) -> Point {
        self.made.mask_grid.affine().index_to_world(voxel.map(|n| n as f64))
    }

    /// The cord voxels with six neighbors in it that are no blood.
    fn inner_cord(&self) -> Vec<[usize; 3]> {
        let cord = &self.made.cord;
        let is_inside = |voxel: &[usize; 3]| {
            (0..3).all(|a| {
                let mut next = [*voxel; 2];
                next[0][a] = next[0][a].wrapping_sub(1);
                next[1][a] += 1;
                next.iter().all(|next| cord.get(*next) == Some(&1))
            })
        };
        Self::voxels(cord).into_iter().filter(is_inside).collect()
    }

    /// An image at the center of a voxel.
    fn signal(&self, n: usize, voxel: [usize; 3]) -> f64 {
        let ((image, by), center) = (self.images()[n], self.center(voxel));
        at(image, self.made.t1_grid.affine(), std::array::from_fn(|a| center[a] + by[a]))
    }

    /// Median and robust relative SD of a quantity over the inner cord.
    fn reference(&self, of: impl Fn([usize; 3]) -> f64) -> (f64, f64) {
        let values: Vec<f64> = self.inner_cord().into_iter().map(of).filter(|v| !v.is_nan()).collect();
        let middle = median(values.clone());
        (middle, 1.4826 * median(values.iter().map(|v| (v - middle).abs()).collect()) / middle)
    }

    /// The mean of two points in a voxel.
    fn mean(&self, n: usize, voxel: [usize; 3]) -> f64 {
        let (image, by) = self.images()[n];
        let of = |off: f64| {
            let index = std::array::from_fn(|a| voxel[a] as f64 + off);
            let point = self.made.mask_grid.affine().index_to_world(index);
            at(image, self.made.t1_grid.affine(), std::array::from_fn(|a| point[a] + by[a]))
        };
        f64::midpoint(of(-0.25), of(0.25))
    }

    /// Whether a voxel's center lies this near to the border, which is half a voxel off the voxels outside.
    fn is_near(&self, voxel: [usize; 3], mm: f64) -> bool {
        let reach = 4_isize;
        (-reach..=reach).any(|i| {
            (-reach..=reach).any(|j| {
                (-reach..=reach).any(|k| {
                    let step = [i, j, k];
                    let other: [usize; 3] = std::array::from_fn(|a| voxel[a].wrapping_add_signed(step[a]));
                    let off = ((i * i + j * j + k * k) as f64).sqrt();
                    off < mm + 0.5001 && self.made.hematoma.get(other) != Some(&1)
                })
            })
        })
    }

    /// Class, shares of the rim, of the inside, and of the inside of itself.
    fn answer(&self) -> (EnhancementClass, [f64; 3]) {
        let (of_t1, sigma) = self.reference(|voxel| self.signal(0, voxel));
        let (of_quotient, _) = self.reference(|voxel| self.signal(1, voxel) / self.signal(0, voxel));
        let mask = &self.made.hematoma;
        let mut rises = Array3::from_elem(mask.dim(), f64::NAN);
        let mut before = rises.clone();
        for voxel in Self::voxels(mask) {
            before[voxel] = self.signal(0, voxel) / of_t1;
            rises[voxel] = self.mean(1, voxel) / self.mean(0, voxel) / of_quotient - 1.0;
        }
        // every axis of 1 mm is smoothed along
        let smooth = |of: &Array3<f64>, voxel: [usize; 3]| {
            let mut near = vec![of[voxel]];
            for a in 0..3 {
                for step in [usize::MAX, 1] {
                    let mut next = voxel;
                    next[a] = next[a].wrapping_add(step);
                    near.extend(of.get(next).copied().filter(|v| !v.is_nan()));
                }
            }
            median(near)
        };
        let enhancing: Vec<([usize; 3], f64, bool)> = Self::voxels(mask)
            .into_iter()
            .map(|voxel| {
                let least = (8_f64.sqrt() * sigma.max(0.02) / smooth(&before, voxel)).max(0.25);
                let rise = smooth(&rises, voxel);
                (voxel, rise, rise > least)
            })
            .collect();
        let outermost =
            enhancing.iter().filter(|&&(voxel, _, enhances)| enhances && self.is_near(voxel, 0.5));
        let of_rim: Vec<f64> = outermost.map(|&(_, rise, _)| rise).collect();
        let enough = if of_rim.is_empty() { 0.0 } else { 0.8 * median(of_rim) };
        let (mut counts, mut center) = ([[0.0; 2]; 2], 0.0);
        for &(voxel, rise, enhances) in &enhancing {
            let is_rim = self.is_near(voxel, 1.5);
            let count = &mut counts[usize::from(is_rim)];
            count[0] += f64::from(u8::from(enhances));
            count[1] += 1.0;
            // a rim of 1.5 mm spills over by 1.5 voxels of 1 mm
            let of_itself = rise >= enough || !self.is_near(voxel, 3.0);
            center += f64::from(u8::from(!is_rim && enhances && of_itself));
        }
        let center = center / counts[0][1];
        let [inner, rim] = counts.map(|[some, all]| some / all);
        let class = if center >= 0.5 && rim >= 0.5 {
            EnhancementClass::Diffuse
        } else if center >= 0.1 {
            EnhancementClass::Central
        } else if rim >= 0.3 || inner >= 0.1 {
            EnhancementClass::Rim
        } else {
            EnhancementClass::None
        };
        (class, [rim, inner, center])
    }

    /// The correlation of both images at all voxels at least 3 mm from the hematoma.
    fn correlation(&self, by: Point) -> f64 {
        let blood = Self::voxels(&self.made.hematoma);
        let shape = self.made.t1.dim();
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for i in (4..shape.0 - 4).step_by(2) {
            for j in (4..shape.1 - 4).step_by(2) {
                for k in (4..shape.2 - 4).step_by(3) {
                    let near = blood.iter().any(|v| {
                        let d = [v[0].abs_diff(i), v[1].abs_diff(j), v[2].abs_diff(k)];
                        d.iter().map(|d| d * d).sum::<usize>() < 9
                    });
                    if !near {
                        let center = self.center([i, j, k]);
                        a.push(f64::from(self.made.t1[[i, j, k]]));
                        b.push(at(
                            self.post,
                            self.made.t1_grid.affine(),
                            std::array::from_fn(|n| center[n] + by[n]),
                        ));
                    }
                }
            }
        }
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
        let (ma, mb) = (mean(&a), mean(&b));
        let sum = |x: &[f64], mx: f64, y: &[f64], my: f64| -> f64 {
            x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum()
        };
        sum(&a, ma, &b, mb) / (sum(&a, ma, &a, ma) * sum(&b, mb, &b, mb)).sqrt()
    }
}

fn found(study: &Study) -> (Found, PerContrast<f64>) {
    let options =
        StageOptions::default().with_reference(ReferenceOptions::default().with_mode(ReferenceMode::Global));
    let staged = stage(study, &options).unwrap();
    let medians = staged.report.reference.as_ref().map(|reference| reference.median);
    (staged.further.enhancement.unwrap().found.unwrap(), medians)
}

#[test]
fn shares_and_class_are_those_of_plain_loops() {
    for part in [Enhancement::None, Enhancement::Rim, Enhancement::Central, Enhancement::Whole] {
        let made = phantom(&with_post(part, [-0.4, 0.7, 0.5])).unwrap();
        let (found, medians) = found(&study(&made));
        let shift = [-found.shift.left_mm, found.shift.front_mm, found.shift.up_mm];
        let dense = Dense { made: &made, post: made.further.t1_post.as_ref().unwrap(), shift };
        assert!((dense.reference(|voxel| dense.signal(0, voxel)).0 - medians.t1).abs() < 1e-9);
        let (class, shares) = dense.answer();
        assert_eq!(found.class, Ok(class), "{part:?}");
        let of_step = [found.rim_share, found.inner_share, found.center_share].map(Option::unwrap);
        for (n, (found, expected)) in of_step.into_iter().zip(shares).enumerate() {
            assert!((found - expected).abs() < 1e-9, "{part:?}, share {n}: {found} {expected}");
        }
        // the shift is a place where all around it is worse
        let best = dense.correlation(shift);
        for axis in 0..3 {
            for by in [-0.5, 0.5] {
                let mut other = shift;
                other[axis] += by;
                assert!(dense.correlation(other) < best, "{part:?} {axis} {by}");
            }
        }
    }
}

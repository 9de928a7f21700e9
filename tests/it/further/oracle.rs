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

    /// Median and robust relative SD of the cord voxels with six neighbors in it that are no blood.
    fn reference(&self, image: &Array3<i16>, by: Point) -> (f64, f64) {
        let cord = &self.made.cord;
        let inside = Self::voxels(cord).into_iter().filter(|voxel| {
            (0..3).all(|a| {
                let mut next = [*voxel; 2];
                next[0][a] = next[0][a].wrapping_sub(1);
                next[1][a] += 1;
                next.iter().all(|next| cord.get(*next) == Some(&1))
            })
        });
        let values: Vec<f64> = inside
            .map(|voxel| {
                let center = self.center(voxel);
                at(image, self.made.t1_grid.affine(), std::array::from_fn(|a| center[a] + by[a]))
            })
            .filter(|v| !v.is_nan())
            .collect();
        let middle = median(values.clone());
        (middle, 1.4826 * median(values.iter().map(|v| (v - middle).abs()).collect()) / middle)
    }

    /// The mean of four points in a voxel, over the reference.
    fn ratio(&self, n: usize, voxel: [usize; 3]) -> f64 {
        let (image, by) = self.images()[n];
        let corners = [[1.0, 1.0, 1.0], [1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]];
        let of = |corner: Point| {
            let index = std::array::from_fn(|a| voxel[a] as f64 + 0.25 * corner[a]);
            let point = self.made.mask_grid.affine().index_to_world(index);
            at(image, self.made.t1_grid.affine(), std::array::from_fn(|a| point[a] + by[a]))
        };
        corners.map(of).iter().sum::<f64>() / 4.0
    }

    /// Class, share of the rim and of the inside.
    fn answer(&self) -> (EnhancementClass, f64, f64) {
        let references = self.images().map(|(image, by)| self.reference(image, by));
        let mask = &self.made.hematoma;
        let mut rises = Array3::from_elem(mask.dim(), f64::NAN);
        let mut before = rises.clone();
        for voxel in Self::voxels(mask) {
            let [a, b] = [0, 1].map(|n| self.ratio(n, voxel) / references[n].0);
            (before[voxel], rises[voxel]) = (a, b / a - 1.0);
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
        let sigma = references[0].1.max(0.02);
        let mut counts = [[0.0; 2]; 2];
        for voxel in Self::voxels(mask) {
            let enhances = smooth(&rises, voxel) > (8_f64.sqrt() * sigma / smooth(&before, voxel)).max(0.25);
            // 1.5 mm from the border, which is half a voxel off the voxels outside
            let mut rim = false;
            for i in -2_isize..=2 {
                for j in -2_isize..=2 {
                    for k in -2_isize..=2 {
                        let off = ((i * i + j * j + k * k) as f64).sqrt();
                        let other = [i, j, k];
                        let other: [usize; 3] =
                            std::array::from_fn(|a| voxel[a].wrapping_add_signed(other[a]));
                        rim |= off < 2.0001 && mask.get(other) != Some(&1);
                    }
                }
            }
            let count = &mut counts[usize::from(rim)];
            count[0] += f64::from(u8::from(enhances));
            count[1] += 1.0;
        }
        let [inner, rim] = counts.map(|[some, all]| some / all);
        let class = if inner >= 0.5 {
            EnhancementClass::Diffuse
        } else if inner >= 0.1 {
            EnhancementClass::Central
        } else if rim >= 0.3 {
            EnhancementClass::Rim
        } else {
            EnhancementClass::None
        };
        (class, rim, inner)
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
        assert!((dense.reference(&made.t1, [0.0; 3]).0 - medians.t1).abs() < 1e-9);
        let (class, rim, inner) = dense.answer();
        assert_eq!(found.class, Ok(class), "{part:?}");
        assert!((found.rim_share.unwrap() - rim).abs() < 1e-9, "{part:?}: {:?} {rim}", found.rim_share);
        assert!(
            (found.inner_share.unwrap() - inner).abs() < 1e-9,
            "{part:?}: {:?} {inner}",
            found.inner_share
        );
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

//! Which axes of an NRRD file are those of space, and the affine that its header states.

use super::{error::NrrdError, header::Header};
use crate::{
    error::Result,
    finding::Finding,
    grid::{Affine, Grid},
    limits::Limits,
    raster::Layout,
};

/// Maximum length of an axis of space, as in NIfTI.
const MAX_AXIS: i64 = 32_767;

/// Maximum number of volumes whose voxels are interleaved.
const MAX_COMPONENTS: usize = 4096;

/// The axes of a file.
pub(super) struct Axes {
    pub(super) shape: [usize; 3],
    pub(super) layout: Layout,
    /// The index of the axis of the volumes.
    volumes: Option<usize>,
    dimension: usize,
}

impl Axes {
    pub(super) fn of(header: &Header, limits: Limits) -> Result<Self, NrrdError> {
        let dimension = match header.whole("dimension")?.ok_or(NrrdError::Missing { field: "dimension" })? {
            3 => 3,
            4 => 4,
            found => return Err(NrrdError::Dimension { found }),
        };
        let sizes = header.per_axis("sizes", dimension)?.ok_or(NrrdError::Missing { field: "sizes" })?;
        let sizes: Result<Vec<i64>, _> = sizes.iter().map(|size| size.parse()).collect();
        let sizes = sizes.map_err(|_| NrrdError::Number { field: "sizes" })?;
        let total = sizes.iter().try_fold(1_u64, |total, &size| {
            total.checked_mul(u64::try_from(size).ok().filter(|&size| size > 0)?)
        });
        let is_length = |(axis, &size): (usize, &i64)| size >= 1 && (size <= MAX_AXIS || axis == 3);
        if !sizes.iter().enumerate().all(is_length) {
            return Err(NrrdError::Sizes { sizes });
        }
        if total.is_none_or(|total| total > limits.max_voxels) {
            return Err(NrrdError::TooLarge { sizes, limit: limits.max_voxels });
        }
        let volumes = volume_axis(header, dimension)?;
        let spatial: Vec<usize> =
            (0..dimension).filter(|&axis| Some(axis) != volumes).map(|axis| sizes[axis] as usize).collect();
        let [ni, nj, nk] = spatial[..] else { return Err(NrrdError::VolumeAxis) };
        let layout = match volumes {
            Some(0) if sizes[0] as usize > MAX_COMPONENTS => {
                return Err(NrrdError::Components { found: sizes[0], max: MAX_COMPONENTS });
            }
            Some(0) => Layout::Interleaved(sizes[0] as usize),
            Some(last) => Layout::Apart(sizes[last] as usize),
            None => Layout::Apart(1),
        };
        if nk as i64 > MAX_AXIS {
            return Err(NrrdError::Sizes { sizes });
        }
        Ok(Self { shape: [ni, nj, nk], layout, volumes, dimension })
    }

    /// The grid, and whether the header says where the patient's left is.
    pub(super) fn grid(&self, header: &Header, findings: &mut Vec<Finding>) -> Result<(Grid, bool)> {
        let signs = space(header)?;
        let directions = vectors(header, "space directions", self.dimension)?;
        let Some(directions) = directions else {
            let affine = Affine::centered(self.spacings(header)?, self.shape)?;
            return Ok((Grid::new(self.shape, affine)?, false));
        };
        let mut columns = directions.into_iter().enumerate();
        let columns: Option<Vec<[f64; 3]>> = columns
            .by_ref()
            .filter(|(axis, _)| Some(*axis) != self.volumes)
            .map(|(_, direction)| direction)
            .collect();
        let Some([i, j, k]) = columns.as_deref() else { return Err(NrrdError::VolumeAxis.into()) };
        let origin = match vectors(header, "space origin", 1)?.as_deref() {
            None => None,
            Some(&[Some(origin)]) => Some(origin),
            Some(_) => return Err(NrrdError::Vectors { field: "space origin" }.into()),
        };
        findings.extend(unit(header));
        // scanner axes are read as those of the patient, as ITK does, but without trust in left and right
        let sign = signs.unwrap_or([-1.0, -1.0, 1.0]);
        let at = origin.unwrap_or_default();
        let row = |r: usize| [i[r], j[r], k[r], at[r]].map(|value| value * sign[r] + 0.0);
        let affine = Affine::new([row(0), row(1), row(2), [0.0, 0.0, 0.0, 1.0]])?;
        Ok((Grid::new(self.shape, affine)?, signs.is_some() && origin.is_some()))
    }

    /// The sizes of a voxel in a header without directions.
    fn spacings(&self, header: &Header) -> Result<[f64; 3], NrrdError> {
        let words = header.per_axis("spacings", self.dimension)?.ok_or(NrrdError::NoSpacing)?;
        let spatial = words.iter().enumerate().filter(|(axis, _)| Some(*axis) != self.volumes);
        let mm: Vec<f64> = spatial.map(|(_, word)| word.parse::<f64>().unwrap_or(f64::NAN).abs()).collect();
        let [i, j, k] = mm[..] else { return Err(NrrdError::VolumeAxis) };
        if mm.iter().all(|mm| mm.is_finite()) { Ok([i, j, k]) } else { Err(NrrdError::NoSpacing) }
    }
}

/// The axis of the volumes of a file of four axes, checked against its kinds; only the first or last can be.
fn volume_axis(header: &Header, dimension: usize) -> Result<Option<usize>, NrrdError> {
    let kinds = header.per_axis("kinds", dimension)?.unwrap_or_default();
    if kinds.iter().any(|kind| kind.contains("color")) {
        return Err(NrrdError::Color);
    }
    if kinds.iter().any(|kind| kind.contains("complex")) {
        return Err(NrrdError::Complex);
    }
    let is_space = |kind: &str| matches!(kind, "domain" | "space" | "???" | "none");
    let of_kinds: Vec<usize> = (0..kinds.len()).filter(|&axis| !is_space(&kinds[axis])).collect();
    let without_direction: Vec<usize> = match vectors(header, "space directions", dimension)? {
        Some(found) => (0..dimension).filter(|&axis| found[axis].is_none()).collect(),
        None => Vec::new(),
    };
    if let Some(&axis) = of_kinds.first()
        && !matches!(kinds[axis].as_str(), "list" | "vector" | "time" | "scalar" | "point")
    {
        return Err(NrrdError::Kind);
    }
    match (dimension, &without_direction[..], &of_kinds[..]) {
        (3, [], []) => Ok(None),
        (3, ..) => Err(NrrdError::Kind),
        (_, &[axis], [] | [_]) | (_, [], &[axis])
            if matches!(axis, 0 | 3) && of_kinds.iter().all(|&other| other == axis) =>
        {
            Ok(Some(axis))
        }
        _ => Err(NrrdError::VolumeAxis),
    }
}

/// How the axes of the header's space turn into right, front and head; `None` where they are not the patient's.
fn space(header: &Header) -> Result<Option<[f64; 3]>, NrrdError> {
    match (header.field("space"), header.whole("space dimension")?) {
        (Some(name), _) => match name.to_ascii_lowercase().as_str() {
            "right-anterior-superior" | "ras" => Ok(Some([1.0, 1.0, 1.0])),
            "left-anterior-superior" | "las" => Ok(Some([-1.0, 1.0, 1.0])),
            "left-posterior-superior" | "lps" => Ok(Some([-1.0, -1.0, 1.0])),
            "scanner-xyz" | "3d-right-handed" | "3d-left-handed" => Ok(None),
            _ => Err(NrrdError::Space),
        },
        (None, None | Some(3)) => Ok(None),
        (None, Some(found)) => Err(NrrdError::SpaceDimension { found }),
    }
}

/// A finding about a unit of space other than millimeters.
fn unit(header: &Header) -> Option<Finding> {
    let units = header.field("space units")?;
    let words = units.split(['"', ' ', '\t']).filter(|word| !word.is_empty());
    let is_mm = |word: &str| matches!(word.to_ascii_lowercase().as_str(), "mm" | "millimeter" | "???");
    let message = "the header gives another unit of length than mm; its numbers were read as millimeters, as other readers do";
    (!words.into_iter().all(is_mm)).then(|| Finding::warning("space_unit", message))
}

/// The vectors of a field, `None` for an axis without one; `None` where the field is not there.
fn vectors(
    header: &Header,
    field: &'static str,
    count: usize,
) -> Result<Option<Vec<Option<[f64; 3]>>>, NrrdError> {
    let Some(mut text) = header.field(field).map(str::trim_start) else { return Ok(None) };
    let invalid = || NrrdError::Vectors { field };
    let mut found = Vec::new();
    while !text.is_empty() && found.len() <= count {
        if let Some(rest) = text.strip_prefix("none") {
            found.push(None);
            text = rest.trim_start();
            continue;
        }
        let (inside, rest) =
            text.strip_prefix('(').and_then(|text| text.split_once(')')).ok_or_else(invalid)?;
        let numbers: Result<Vec<f64>, _> = inside.split(',').map(|number| number.trim().parse()).collect();
        let vector: [f64; 3] =
            numbers.ok().and_then(|numbers| numbers.try_into().ok()).ok_or_else(invalid)?;
        if !vector.iter().all(|number| number.is_finite()) {
            return Err(invalid());
        }
        found.push(Some(vector));
        text = rest.trim_start();
    }
    if found.len() == count {
        Ok(Some(found))
    } else {
        Err(NrrdError::PerAxis { field, found: found.len(), expected: count })
    }
}

//! A small study of arrays with any affines and voxels, to report, tables, stage map and figure: numbers are finite, and
//! each null has a reason.
#![no_main]

use arbitrary::{Arbitrary, Result, Unstructured};
use hemastage::{
    Affine, Labels, Onset, Report, Roi, StageOptions, Staged, Study, VertebraeSource, Volume,
    label_map::LabelMap,
    level::Scheme,
    stage,
    table::{Outcome, Table},
};
use hemastage_fuzz::{check, start};
use hemastage_view::picture::{PictureOptions, picture};
use libfuzzer_sys::fuzz_target;
use ndarray::Array3;
use serde_json::Value;

/// The shape and the place of an image.
#[derive(Debug, Clone, Copy, Arbitrary)]
struct Form {
    shape: [u8; 3],
    /// In fiftieths of a millimeter.
    spacing: [u8; 3],
    shift: [i8; 3],
    /// The order and direction of the axes, and whether they are sheared.
    axes: u8,
    sheared: [i8; 3],
    /// The whole matrix, if it is one.
    any: Option<[f64; 12]>,
}

impl Form {
    fn shape(self) -> (usize, usize, usize) {
        let [i, j, k] = self.shape.map(|n| usize::from(n % 12) + 1);
        (i, j, k)
    }

    fn affine(self) -> Option<Affine> {
        const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [1, 0, 2], [2, 1, 0], [0, 2, 1], [1, 2, 0], [2, 0, 1]];
        let mut matrix = [[0.0, 0.0, 0.0, 0.0], [0.0; 4], [0.0; 4], [0.0, 0.0, 0.0, 1.0]];
        if let Some(any) = self.any {
            for (n, value) in any.into_iter().enumerate() {
                matrix[n / 4][n % 4] = value;
            }
        } else {
            let order = ORDERS[usize::from(self.axes & 7) % 6];
            for a in 0..3 {
                let sign = if self.axes >> (3 + a) & 1 == 1 { -1.0 } else { 1.0 };
                matrix[order[a]][a] = sign * (0.1 + f64::from(self.spacing[a]) / 50.0);
                matrix[a][3] = f64::from(self.shift[a]) / 4.0;
                if self.axes & 0xc0 == 0xc0 {
                    matrix[order[a]][(a + 1) % 3] += f64::from(self.sheared[a]) / 100.0;
                }
            }
        }
        check::result(Affine::new(matrix))
    }

    fn filled<T: Clone>(self, bytes: &[u8], value: impl Fn(u8) -> T) -> Array3<T> {
        let mut cycle = bytes.iter().copied().cycle();
        Array3::from_shape_simple_fn(self.shape(), || value(cycle.next().unwrap_or(7)))
    }

    fn image(self, bytes: &[u8], kind: u8) -> Option<Volume> {
        let affine = self.affine()?;
        let unusual = |byte: u8| match byte {
            255 => f32::NAN,
            254 => f32::INFINITY,
            253 => f32::MAX,
            252 => f32::MIN_POSITIVE,
            byte => f32::from(byte),
        };
        let made = match kind % 4 {
            0 => Volume::from_array(self.filled(bytes, |byte| i16::from(byte) * 3), affine),
            1 => Volume::from_array(self.filled(bytes, unusual), affine),
            2 => Volume::from_array(self.filled(bytes, |byte| (f64::from(byte) - 3.0) * 1e300), affine),
            _ => Volume::from_array(self.filled(bytes, |byte| 100 + (byte & 15)), affine),
        };
        check::result(made)
    }
}

#[derive(Debug, Arbitrary)]
struct Given {
    t1: Form,
    t2: Form,
    masks: Form,
    kinds: u8,
    same_grid: bool,
    with_canal: bool,
    with_vertebrae: bool,
    oriented: bool,
    onsets: [Option<u16>; 2],
}

fn study(given: &Given, bytes: &[u8]) -> Option<Study> {
    let part = |n: usize| &bytes[n * bytes.len() / 4..(n + 1) * bytes.len() / 4];
    let t1 = given.t1.image(part(0), given.kinds)?;
    let t2_form = if given.same_grid { given.t1 } else { given.t2 };
    let t2 = t2_form.image(part(1), given.kinds >> 2)?;
    let affine = if given.same_grid { *t1.grid().affine() } else { given.masks.affine()? };
    let mask: Array3<u8> = given.masks.filled(part(2), |byte| byte & 7);
    let region = |labels: Labels| check::result(Roi::from_array(mask.view(), affine, &labels));
    let (hematoma, cord) = (region(Labels::Only(vec![1, 2]))?, region(Labels::Only(vec![3, 4]))?);
    let mut study = check::result(Study::new(t1, t2, hematoma, cord))?;
    if given.with_canal
        && let Some(canal) = region(Labels::NonZero)
    {
        study = study.with_canal(canal);
    }
    if given.with_vertebrae {
        let labels: Array3<u8> = given.masks.filled(part(3), |byte| byte & 31);
        let scheme = Scheme::built_in("verse").expect("built in");
        if let Some(map) = check::result(LabelMap::from_array(labels.view(), affine)) {
            study = study.with_vertebrae(VertebraeSource::map(map, scheme));
        }
    }
    let hours = given.onsets.into_iter().flatten().map(f64::from);
    let onsets = hours.filter_map(|hours| Onset::from_hours(hours).ok());
    let study = study.with_onsets(onsets.collect::<Vec<_>>());
    Some(if given.oriented { study } else { study.with_unknown_orientation() })
}

fn check_staged(study: &Study, staged: &Staged, with_figure: bool) {
    let report = &staged.report;
    check::findings(&report.findings);
    report.reasons.values().for_each(|reason| check::text(reason));
    let json = report.to_json();
    let again: Report = serde_json::from_str(&json).expect("a report as written");
    assert_eq!(again.to_json(), json);
    let value: Value = serde_json::from_str(&json).expect("JSON");
    each_null(&value, "", &mut |path| {
        let reasons = &report.reasons;
        assert!(reasons.keys().any(|key| is_of(key, path)), "no reason for {path}: {reasons:?}");
    });
    for table in Table::ALL {
        let rows = table.rows("a", &Outcome::Staged(report));
        assert!(rows.split(['\t', '\n']).all(|cell| !matches!(cell, "NaN" | "inf" | "-inf")), "{rows}");
    }
    let mut map = Vec::new();
    staged.stage_map.write_nifti_gz(&mut map).expect("memory");
    assert_eq!(staged.stage_map.voxels().count(), report.hematoma.voxels);
    if with_figure && let Some(figure) = check::result(picture(study, staged, &PictureOptions::default())) {
        assert!(!figure.svg().contains("NaN") && !figure.svg().contains("inf"), "no number in the figure");
    }
}

/// Calls with the path of each null.
fn each_null(value: &Value, path: &str, found: &mut impl FnMut(&str)) {
    match value {
        Value::Null => found(path),
        Value::Array(items) => items.iter().for_each(|item| each_null(item, path, found)),
        Value::Object(items) => {
            for (key, item) in items {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                each_null(item, &path, found);
            }
        }
        _ => {}
    }
}

/// Whether a reason's key is the path of a null: `[]` is an entry of a list, and `*` any keys in between.
fn is_of(key: &str, path: &str) -> bool {
    let key = key.replace("[]", "");
    key.split_once('*').map_or(key == path, |(start, end)| path.starts_with(start) && path.ends_with(end))
}

fn run(data: &[u8]) -> Result<()> {
    let mut source = Unstructured::new(data);
    let given = Given::arbitrary(&mut source)?;
    let bytes = source.take_rest();
    if let Some(study) = study(&given, bytes) {
        let staged = check::result(stage(&study, &StageOptions::default()));
        if let Some(staged) = staged {
            // a figure takes a hundred times as long as the rest
            check_staged(&study, &staged, bytes.len() % 256 == 0);
        }
    }
    Ok(())
}

fuzz_target!(init: start(), |data: &[u8]| {
    let _ = run(data);
});

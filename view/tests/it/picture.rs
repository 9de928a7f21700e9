//! The figure of a study against what is known of it: lengths, heights, sides, colors, texts.

use approx::abs_diff_eq;
use hemastage::{Affine, Labels, Roi, StageOptions, Staged, Study, Volume, stage, stage::Stage};
use hemastage_phantom::{Collection, Extent, GridSpec, Layout, PhantomOptions};
use hemastage_view::picture::{Picture, PictureOptions, picture};
use ndarray::Array3;
use roxmltree::{Document, Node};

use crate::support::{
    phantoms::{StudyArrays, shared_phantom},
    storage::{flipped, permuted},
};

fn drawn(study: &Study) -> (Staged, Picture) {
    let staged = stage(study, &StageOptions::default()).unwrap();
    let figure = picture(study, &staged, &PictureOptions::default()).unwrap();
    (staged, figure)
}

/// Elements of a name, in the order in which they are drawn.
fn all<'a>(document: &'a Document<'_>, name: &str) -> Vec<Node<'a, 'a>> {
    document.descendants().filter(|node| node.has_tag_name(name)).collect()
}

fn value(node: &Node<'_, '_>, name: &str) -> f64 {
    node.attribute(name).unwrap().parse().unwrap()
}

/// Texts with their places.
fn texts(document: &Document<'_>) -> Vec<(String, [f64; 2])> {
    let place =
        |node: Node<'_, '_>| (node.text().unwrap_or("").to_owned(), [value(&node, "x"), value(&node, "y")]);
    all(document, "text").into_iter().map(place).collect()
}

/// The places of texts that read so.
fn at(document: &Document<'_>, text: &str) -> Vec<[f64; 2]> {
    texts(document).into_iter().filter(|(found, _)| found == text).map(|(_, at)| at).collect()
}

/// The corners that a path goes through.
fn corners(d: &str) -> Vec<[f64; 2]> {
    let mut found: Vec<[f64; 2]> = Vec::new();
    for (n, _) in d.match_indices(['M', 'L', 'H', 'V']) {
        let rest = &d[n + 1..];
        let end = rest.find(|c: char| c.is_alphabetic()).unwrap_or(rest.len());
        let numbers: Vec<f64> = rest[..end].split_whitespace().map(|v| v.parse().unwrap()).collect();
        let last = found.last().copied().unwrap_or_default();
        found.push(match &d[n..=n] {
            "H" => [numbers[0], last[1]],
            "V" => [last[0], numbers[0]],
            _ => [numbers[0], numbers[1]],
        });
    }
    found
}

/// Low and high corner of some paths' bounds.
fn bounds<'a>(paths: impl Iterator<Item = Node<'a, 'a>>) -> [[f64; 2]; 2] {
    let points = paths.flat_map(|path| corners(path.attribute("d").unwrap()));
    points.fold([[f64::INFINITY; 2], [f64::NEG_INFINITY; 2]], |[low, high], p| {
        [[low[0].min(p[0]), low[1].min(p[1])], [high[0].max(p[0]), high[1].max(p[1])]]
    })
}

fn palette() -> Vec<String> {
    let hex = |[red, green, blue]: [u8; 3]| format!("#{red:02X}{green:02X}{blue:02X}");
    Stage::ALL.into_iter().map(|stage| hex(stage.rgb())).collect()
}

/// Stage areas in the third sagittal panel.
fn fills<'a>(document: &'a Document<'_>) -> impl Iterator<Item = Node<'a, 'a>> {
    all(document, "path").into_iter().filter(|path| path.attribute("fill") != Some("none"))
}

/// Pixels of the figure per mm, by the bar of the first sagittal panel.
fn pixels_per_mm(document: &Document<'_>) -> f64 {
    let length = |text: String| text.strip_suffix(" mm").and_then(|mm| mm.parse::<f64>().ok());
    let (mm, end) = texts(document).into_iter().find_map(|(text, at)| Some((length(text)?, at))).unwrap();
    let is_bar = |points: &[[f64; 2]]| {
        points.len() == 2 && points[0][1] == points[1][1] && points[1] == [end[0], end[1] + 8.0]
    };
    let paths = all(document, "path");
    let bars = paths.iter().map(|path| corners(path.attribute("d").unwrap()));
    let bar = bars.into_iter().find(|points| is_bar(points)).unwrap();
    (bar[1][0] - bar[0][0]) / mm
}

/// A cord of 66 voxels with a box of 4 x 6 x 20 voxels behind it, in voxels of these sizes (right, front, head).
/// T1 rises to the right, T2 to the front.
fn boxes(spacing: [f64; 3]) -> StudyArrays {
    let shape = [16, 60, 70];
    let mut m = [[0.0; 4]; 4];
    for a in 0..3 {
        m[a][a] = spacing[a];
    }
    m[3][3] = 1.0;
    let affine = Affine::new(m).unwrap();
    let inside = |[i, j, k]: [usize; 3], low: [usize; 3], high: [usize; 3]| {
        [(i, 0), (j, 1), (k, 2)].iter().all(|&(v, a)| (low[a]..high[a]).contains(&v))
    };
    let mask = |low, high| Array3::from_shape_fn(shape, |(i, j, k)| u8::from(inside([i, j, k], low, high)));
    StudyArrays {
        t1: (Array3::from_shape_fn(shape, |(i, ..)| 400.0 + i as f64), affine),
        t2: (Array3::from_shape_fn(shape, |(_, j, _)| 400.0 + j as f64), affine),
        hematoma: (mask([6, 20, 30], [10, 26, 50]), affine),
        cord: (mask([6, 30, 2], [10, 38, 68]), affine),
        canal: None,
        vertebrae: None,
        tissue: None,
    }
}

#[test]
fn lengths_in_the_figure_are_those_of_the_mask() {
    for spacing in [[4.0, 0.7, 0.9], [1.0, 1.0, 1.0], [0.8, 0.6, 4.0]] {
        let (_, figure) = drawn(&boxes(spacing).study().unwrap());
        let document = Document::parse(figure.svg()).unwrap();
        let [low, high] = bounds(fills(&document));
        let scale = pixels_per_mm(&document);
        let found = [0, 1].map(|a| (high[a] - low[a]) / scale);
        let expected = [6.0 * spacing[1], 20.0 * spacing[2]];
        let agree = abs_diff_eq!(found[..], expected[..], epsilon = 0.02);
        assert!(agree, "{spacing:?}: {found:?} {expected:?}");
    }
}

/// Mean gray of the left, right, upper and lower quarter of an image of the figure.
fn edges(document: &Document<'_>, id: &str) -> [f64; 4] {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let image = all(document, "image").into_iter().find(|image| image.attribute("id") == Some(id)).unwrap();
    let uri = image.attribute("href").unwrap();
    let file = STANDARD.decode(uri.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!(info.color_type, png::ColorType::Grayscale);
    let (width, height) = (info.width as usize, info.height as usize);
    let mean = |within: &dyn Fn(usize, usize) -> bool| {
        let chosen = (0..width * height).filter(|n| within(n % width, n / width));
        let values: Vec<f64> = chosen.map(|n| f64::from(pixels[n])).filter(|&v| v > 0.0).collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    [
        mean(&|x, _| x < width / 4),
        mean(&|x, _| x >= width * 3 / 4),
        mean(&|_, y| y < height / 4),
        mean(&|_, y| y >= height * 3 / 4),
    ]
}

#[test]
fn right_is_on_the_left_and_front_where_its_letter_is() {
    let (_, figure) = drawn(&boxes([1.0; 3]).study().unwrap());
    let document = Document::parse(figure.svg()).unwrap();
    let [left, right, ..] = edges(&document, "hemastage-t1-axial");
    assert!(left > right + 50.0, "the patient's right, brighter on T1: {left} {right}");
    let [.., top, bottom] = edges(&document, "hemastage-t2-axial");
    assert!(top > bottom + 50.0, "the patient's front, brighter on T2: {top} {bottom}");
    let [left, right, ..] = edges(&document, "hemastage-t2-sagittal");
    assert!(left > right + 50.0, "the patient's front, brighter on T2: {left} {right}");
    for (low, high, axis) in [("R", "L", 0), ("S", "I", 1)] {
        let (low, high) = (at(&document, low), at(&document, high));
        assert!(!low.is_empty() && low.len() == high.len());
        assert!(low.iter().zip(&high).all(|(low, high)| low[axis] < high[axis]));
    }
    let (front, back) = (at(&document, "A"), at(&document, "P"));
    assert_eq!([front.len(), back.len()], [5, 5]);
    assert!((0..3).all(|n| front[n][0] < back[n][0]) && (3..5).all(|n| front[n][1] < back[n][1]));
}

fn two_stages(grid: GridSpec) -> PhantomOptions {
    let layout = Layout::Along(vec![(Stage::Acute, 0.4), (Stage::LateSubacute, 0.6)]);
    let collection = Collection::new(Extent::levels("C5", "C7").unwrap()).with_layout(layout);
    PhantomOptions::small().with_grids(grid).with_collections([collection])
}

#[test]
fn the_way_of_storing_changes_no_line_and_no_text() {
    let phantom = shared_phantom(&two_stages(GridSpec::small().with_tilt_deg([3.0, -4.0, 5.0])));
    let arrays = || StudyArrays::new(&phantom).with_map(&phantom);
    let plain = |arrays: StudyArrays| {
        let (_, figure) = drawn(&arrays.study().unwrap());
        let lines = figure.svg().lines().filter(|line| !line.starts_with("<image"));
        lines.map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let expected = plain(arrays());
    assert!(expected.len() > 50);
    for axis in 0..3 {
        let p = arrays();
        let turned = StudyArrays { t1: flipped(p.t1, axis), hematoma: flipped(p.hematoma, axis), ..p };
        assert_eq!(plain(turned), expected, "flipped along {axis}");
    }
    for order in [[1, 2, 0], [2, 1, 0], [0, 2, 1]] {
        let p = arrays();
        let turned = StudyArrays {
            t2: permuted(p.t2, order),
            hematoma: permuted(p.hematoma, order),
            cord: permuted(p.cord, order),
            ..p
        };
        assert_eq!(plain(turned), expected, "{order:?}");
    }
}

#[test]
fn levels_are_named_at_their_height_and_never_overlap() {
    let phantom = shared_phantom(&two_stages(GridSpec::small()));
    let study = StudyArrays::new(&phantom).with_map(&phantom).study().unwrap();
    let (staged, figure) = drawn(&study);
    let document = Document::parse(figure.svg()).unwrap();
    let names = |name: &str| at(&document, name).into_iter().filter(|at| at[0] < 110.0).collect::<Vec<_>>();
    let scale = pixels_per_mm(&document);
    let spine = staged.spine().unwrap();
    let mut found: Vec<(f64, f64)> = Vec::new();
    for stretch in spine.stretches() {
        let name = names(&stretch.level.to_string());
        if let [at] = name.as_slice() {
            // the small phantom's grid is not tilted: down in the figure is down in the world
            found.push((at[1], -stretch.center_mm[2] * scale));
        }
    }
    assert!(found.len() >= 4, "{found:?}");
    for pair in found.windows(2) {
        assert!(pair[1].0 - pair[0].0 >= 18.9, "{pair:?}");
        assert!(abs_diff_eq!(pair[1].0 - pair[0].0, pair[1].1 - pair[0].1, epsilon = 0.05), "{pair:?}");
    }
}

#[test]
fn stages_have_the_palettes_colors_alone() {
    let phantom = shared_phantom(&two_stages(GridSpec::small()));
    let (staged, figure) = drawn(&StudyArrays::new(&phantom).study().unwrap());
    let document = Document::parse(figure.svg()).unwrap();
    let palette = palette();
    let colors: Vec<&str> = fills(&document).map(|path| path.attribute("fill").unwrap()).collect();
    assert!(colors.len() >= 2 && colors.iter().all(|color| palette.contains(&(*color).to_owned())));
    let values: std::collections::BTreeSet<u8> = staged.stage_map.voxels().map(|(_, value)| value).collect();
    for value in values.into_iter().filter(|value| *value > 0) {
        let swatch = palette[usize::from(value) - 1].as_str();
        let in_legend = all(&document, "rect").iter().any(|rect| rect.attribute("fill") == Some(swatch));
        assert!(in_legend, "{swatch}");
    }
}

#[test]
fn a_figure_is_the_same_each_time_and_holds_any_name() {
    let study = boxes([1.0; 3]).study().unwrap();
    let staged = stage(&study, &StageOptions::default()).unwrap();
    let name = "<b>&\"'\u{0}\u{1b}\n\u{ffff} 血腫 ’ ]]> x".to_owned() + &"long ".repeat(60);
    let options = PictureOptions::default().with_study(name);
    let one = picture(&study, &staged, &options).unwrap();
    let document = Document::parse(one.svg()).unwrap();
    assert_eq!(one, picture(&study, &staged, &options).unwrap());
    let png = one.png().unwrap();
    assert_eq!(png, one.png().unwrap());
    let info = png::Decoder::new(std::io::Cursor::new(&png)).read_info().unwrap();
    let root = document.root_element();
    assert_eq!(f64::from(info.info().width), value(&root, "width"));
    assert_eq!(info.info().height, value(&root, "height").ceil() as u32);
    assert!(texts(&document).iter().any(|(text, _)| text.starts_with("<b>&\"'")));
    assert!(!one.svg().contains("http://www.w3.org/1999") && !one.svg().contains("script"));
}

#[test]
fn a_letter_is_drawn_in_the_pixels() {
    // without its font a text would leave no pixel
    let study = boxes([1.0; 3]).study().unwrap();
    let staged = stage(&study, &StageOptions::default()).unwrap();
    let named = |name: &str| {
        picture(&study, &staged, &PictureOptions::default().with_study(name)).unwrap().png().unwrap()
    };
    assert_ne!(named("one"), named("two"));
}

#[test]
fn without_levels_cord_or_margin_there_is_a_figure_too() {
    let affine = |mm: f64| {
        Affine::new([[mm, 0., 0., 0.], [0., mm, 0., 0.], [0., 0., mm, 0.], [0., 0., 0., 1.]]).unwrap()
    };
    let voxel = |at: [usize; 3], shape: [usize; 3], mm| {
        let mut mask = Array3::<u8>::zeros(shape);
        mask[at] = 1;
        Roi::from_array(mask.view(), affine(mm), &Labels::NonZero).unwrap()
    };
    let mut drawn = 0;
    for mm in [0.01, 1.0, 40.0] {
        for value in [0.0, f64::NAN, f64::MAX] {
            let inside = |(i, j, k)| [i, j, k].iter().all(|v| (4..8_usize).contains(v));
            let image = Array3::from_shape_fn((12, 12, 12), |at| if inside(at) { 100.0 } else { value });
            let cord = Array3::from_shape_fn((12, 12, 12), |at| u8::from(inside(at)));
            let cord = Roi::from_array(cord.view(), affine(mm), &Labels::NonZero).unwrap();
            let volume = || Volume::from_array(image.clone(), affine(mm)).unwrap();
            let Ok(study) = Study::new(volume(), volume(), voxel([5, 5, 5], [12; 3], mm), cord) else {
                continue;
            };
            let Ok(staged) = stage(&study, &StageOptions::default()) else { continue };
            let figure = picture(&study, &staged, &PictureOptions::default()).unwrap();
            Document::parse(figure.svg()).unwrap();
            assert!(!figure.svg().contains("NaN") && !figure.svg().contains("inf"), "{mm} {value}");
            assert!(figure.png().unwrap().len() > 10_000);
            drawn += 1;
        }
    }
    assert!(drawn >= 6, "{drawn} of 9 studies could be staged");
}

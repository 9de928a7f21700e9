//! No text of a figure overlaps another one or leaves the figure, by the ink of each text as resvg draws it.

use hemastage::{StageOptions, Study, VertebraeSource, level::Scheme, stage::Stage};
use hemastage_image::{Labels, Roi, Volume, label_map::LabelMap};
use hemastage_phantom::{Collection, Extent, GridSpec, Layout, Phantom, PhantomOptions, Side, phantom};
use resvg::{
    tiny_skia::Rect,
    usvg::{Node, Options, TextChunk, Tree},
};

use super::{PictureOptions, font::tests::fonts, layout::WIDTH, picture};

fn study(made: &Phantom) -> Study {
    let masks = *made.mask_grid.affine();
    let roi = |mask: &ndarray::Array3<u8>| Roi::from_array(mask.view(), masks, &Labels::NonZero).unwrap();
    let t1 = Volume::from_array(made.t1.clone(), *made.t1_grid.affine()).unwrap();
    let t2 = Volume::from_array(made.t2.clone(), *made.t2_grid.affine()).unwrap();
    let vertebrae = LabelMap::from_array(made.vertebrae.view(), masks).unwrap();
    Study::new(t1, t2, roi(&made.hematoma), roi(&made.cord))
        .unwrap()
        .with_vertebrae(VertebraeSource::map(vertebrae, Scheme::built_in("sct").unwrap()))
}

/// The texts of a figure with the rectangles of their ink, and the figure's height.
fn drawn(svg: &str) -> (Vec<(String, Rect)>, f32) {
    let tree = Tree::from_str(svg, &Options { fontdb: fonts(), ..Options::default() }).unwrap();
    let text = |node: &Node| match node {
        Node::Text(text) => {
            let letters: String = text.chunks().iter().map(TextChunk::text).collect();
            Some((letters, text.flattened().abs_bounding_box()))
        }
        _ => None,
    };
    (tree.root().children().iter().filter_map(text).collect(), tree.size().height())
}

fn assert_no_overlap(study: &Study, case: &str) {
    let staged = hemastage::stage(study, &StageOptions::default()).unwrap();
    for name in ["", &"sub-0123456789_ses-01_".repeat(9)] {
        let figure = picture(study, &staged, &PictureOptions::default().with_study(name)).unwrap();
        let (texts, height) = drawn(figure.svg());
        assert!(texts.len() > 20, "{case}: {} texts", texts.len());
        for (n, (text, a)) in texts.iter().enumerate() {
            assert!(a.left() >= 0.0 && a.right() <= WIDTH as f32, "{case}, {name}: {text} at {a:?}");
            assert!(a.top() >= 0.0 && a.bottom() <= height, "{case}, {name}: {text} at {a:?}");
            for (other, b) in &texts[..n] {
                let apart = a.left() >= b.right()
                    || b.left() >= a.right()
                    || a.top() >= b.bottom()
                    || b.top() >= a.bottom();
                assert!(apart, "{case}, {name}: `{text}` at {a:?} and `{other}` at {b:?}");
            }
        }
    }
}

#[test]
fn no_text_overlaps_another() {
    let five = Stage::FIVE.map(|stage| (stage, 0.2)).to_vec();
    let long = GridSpec::small().with_shape([44, 200, 20]);
    for (case, first, last, layout, side, grid) in [
        ("cervical", "C4", "C7", Layout::Layered(five.clone()), Side::Dorsal, GridSpec::small()),
        ("long", "T3", "T9", Layout::Along(five), Side::Left, long),
        ("lumbar", "L1", "L2", Layout::Single(Stage::Chronic), Side::Ventral, GridSpec::small()),
    ] {
        let collection =
            Collection::new(Extent::levels(first, last).unwrap()).with_layout(layout).with_side(side);
        let options = PhantomOptions::default().with_grids(grid).with_collections([collection]);
        let study = study(&phantom(&options).unwrap());
        assert_no_overlap(&study, case);
        assert_no_overlap(&study.with_unknown_orientation(), case);
    }
}

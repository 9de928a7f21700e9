//! Files that were made to break a reader.

use fastrand::Rng;

use crate::{
    harness::{Harness, SLACK},
    support::dicom::{
        dataset::{Dataset, Value},
        encode::Encoding,
        file::{Syntax, compressed, deflated, file, head},
        seg::SegmentationType,
        small_study::Role,
        tags::{
            COLUMNS, NUMBER_OF_FRAMES, PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, PIXEL_DATA,
            PLANE_POSITION_SEQUENCE, REFERENCED_SERIES_SEQUENCE, ROWS, Tag,
        },
    },
};

const ITEM: (u16, u16) = (0xFFFE, 0xE000);

/// An input that must be refused: its name, its role and its bytes.
struct Bad(String, Role, Vec<u8>);

impl Harness {
    /// Asserts that each is refused.
    fn assert_all_refused(&mut self, cases: Vec<Bad>, min_cases: usize) {
        assert!(cases.len() >= min_cases, "{}", cases.len());
        for Bad(name, role, bytes) in cases {
            let refused = self.refused;
            self.read_files(&name, role, &[bytes]);
            assert_eq!(self.refused, refused + 1, "{name} was read");
        }
    }

    fn slice(&self) -> Dataset {
        self.study.scans.t2_series().slices().remove(4)
    }

    fn enhanced(&self) -> Dataset {
        crate::support::dicom::enhanced::enhanced(&self.study.scans.t2_series(), 5)
    }
}

const ROLES: [Role; 2] = [Role::Image, Role::Mask(":1")];

/// Sequences in sequences, with or without lengths, ended or not.
fn nested(encoding: Encoding, depth: usize, ended: bool) -> Vec<u8> {
    let tag = REFERENCED_SERIES_SEQUENCE;
    let empty = encoding.bytes(&Dataset::default().with(tag, Vec::<Dataset>::new()));
    // without the delimiter or the length of the empty sequence
    let start = &empty[..if encoding.explicit { 8 } else { 4 }];
    let head = start.len() + 4;
    let mut bytes = Vec::new();
    for level in (0..depth).rev() {
        let inside = (level * (head + 8)) as u32;
        let defined = |length: u32| if encoding.undefined_lengths { u32::MAX } else { length };
        bytes.extend(start);
        let length = defined(inside + 8);
        bytes.extend(if encoding.big_endian { length.to_be_bytes() } else { length.to_le_bytes() });
        encoding.item(&mut bytes, ITEM, defined(inside));
    }
    if encoding.undefined_lengths && ended {
        for _ in 0..depth {
            encoding.item(&mut bytes, (0xFFFE, 0xE00D), 0);
            encoding.item(&mut bytes, (0xFFFE, 0xE0DD), 0);
        }
    }
    bytes
}

#[test]
fn sequences_ten_thousand_deep() {
    let mut harness = Harness::new();
    let slice = harness.slice();
    let mut cases = Vec::new();
    for syntax in [Syntax::ImplicitLittle, Syntax::ExplicitLittle, Syntax::ExplicitBig, Syntax::Deflated] {
        for (undefined_lengths, ended) in [(true, true), (true, false), (false, true)] {
            for role in ROLES {
                let encoding = Encoding { undefined_lengths, ..syntax.encoding() };
                let deep = nested(encoding, 10_000, ended);
                let body = if syntax == Syntax::Deflated { deflated(&deep) } else { deep };
                let bytes = [head(&slice, syntax.uid()), body].concat();
                cases.push(Bad(format!("{syntax:?}, {undefined_lengths}, {ended}"), role, bytes));
            }
        }
    }
    // in an element of unknown type, whose content is implicit
    let mut unknown = head(&slice, Syntax::ExplicitLittle.uid());
    unknown.extend([9, 0, 1, 0x10, b'U', b'N', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
    Syntax::ImplicitLittle.encoding().item(&mut unknown, ITEM, u32::MAX);
    unknown.extend(nested(Syntax::ImplicitLittle.encoding(), 10_000, true));
    cases.push(Bad("unknown".into(), Role::Image, unknown));
    harness.assert_all_refused(cases, 25);
    harness.print("nested");
}

#[test]
fn lengths_of_four_gigabytes() {
    let mut harness = Harness::new();
    let slice = harness.slice();
    let mut cases = Vec::new();
    let long = ["OB", "OW", "OF", "OD", "OL", "UN", "UT", "UC", "UR", "SQ"];
    let short = [
        "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "PN", "SH", "SL", "SS", "ST",
    ];
    for vr in long.into_iter().chain(short).chain(["TM", "UI", "UL", "US", "ZZ", "\0\0"]) {
        for syntax in [Syntax::ImplicitLittle, Syntax::ExplicitLittle, Syntax::ExplicitBig, Syntax::Deflated]
        {
            for length in [u32::MAX - 1, 0x7FFF_FFFE, 0x4000_0000] {
                let claim = Value::Claimed(length, vec![0; 100]);
                // before the pixels and last of all
                let tag =
                    if cases.len() % 2 == 0 { Tag(0x0009, 0x1001, vr) } else { Tag(0x0040, 0x1001, vr) };
                let claiming = Dataset::default().with(tag, claim);
                let bytes = [head(&slice, syntax.uid()), {
                    let body = syntax.encoding().bytes(&claiming);
                    if syntax == Syntax::Deflated { deflated(&body) } else { body }
                }];
                cases.push(Bad(
                    format!("{vr}, {syntax:?}, {length}"),
                    ROLES[cases.len() % 2],
                    bytes.concat(),
                ));
            }
        }
    }
    for length in [u32::MAX - 1, 0x7FFF_FFFE] {
        for syntax in [Syntax::ImplicitLittle, Syntax::ExplicitLittle, Syntax::ExplicitBig] {
            let mut pixels = slice.clone();
            pixels.set(PIXEL_DATA, Value::Claimed(length, vec![0; 100]));
            cases.push(Bad(format!("pixels, {syntax:?}"), Role::Image, file(&pixels, syntax)));
        }
    }
    harness.assert_all_refused(cases, 300);
    harness.print("lengths");
}

#[test]
fn false_lengths_of_the_meta_group() {
    let mut harness = Harness::new();
    let sound = file(&harness.enhanced(), Syntax::ExplicitLittle);
    let length = u32::from_le_bytes([sound[140], sound[141], sound[142], sound[143]]);
    for claimed in [0, 1, length - 1, length + 1, length + 2, 12, 1 << 16, 1 << 31, u32::MAX] {
        let mut bytes = sound.clone();
        bytes[140..144].copy_from_slice(&claimed.to_le_bytes());
        harness.read_files(&format!("meta group of {claimed}"), Role::Image, &[bytes]);
    }
    for at in 132..sound.len().min(132 + length as usize + 40) {
        for value in [0, 0xFF, b'Q'] {
            let mut bytes = sound.clone();
            bytes[at] = value;
            harness.read_files(&format!("byte {at} is {value}"), Role::Image, &[bytes]);
        }
    }
    harness.print("meta group");
    assert!(harness.refused > 100 && harness.read > 10, "{} {}", harness.refused, harness.read);
}

#[test]
fn cut_all_along() {
    let mut harness = Harness::new();
    for (syntax, step) in
        [(Syntax::ExplicitLittle, 5), (Syntax::ImplicitLittle, 11), (Syntax::Deflated, 7), (Syntax::Rle, 13)]
    {
        let sound = file(&harness.enhanced(), syntax);
        let lengths = (0..4000).step_by(step).chain((4000..sound.len() - 2).step_by(997));
        let cases = lengths
            .map(|length| Bad(format!("{syntax:?} at {length}"), Role::Image, sound[..length].to_vec()));
        harness.assert_all_refused(cases.collect(), 200);
    }
    harness.print("cut");
}

#[test]
fn decompression_bombs() {
    let mut harness = Harness::new();
    let (slice, enhanced) = (harness.slice(), harness.enhanced());
    let sized = |rows: i32, columns: i32, frames: i32| {
        let mut claiming = enhanced.clone();
        claiming.set(ROWS, rows).set(COLUMNS, columns).set(NUMBER_OF_FRAMES, frames);
        claiming
    };
    // a data set that inflates to 64 MiB, of zeros and of sound elements; it is read as long as its elements are
    // not too many, of which an index is kept
    let bombs = [("zeros", Vec::new()), ("sound", Syntax::Deflated.encoding().bytes(&slice))];
    let bombs = bombs.map(|(name, start)| {
        let bomb = deflated(&[start, vec![0; 64 << 20]].concat());
        Bad(name.into(), Role::Image, [head(&slice, Syntax::Deflated.uid()), bomb].concat())
    });
    harness.slack = 40 << 20;
    harness.assert_all_refused(bombs.into(), 2);
    harness.slack = SLACK;
    let mut cases = Vec::new();
    let mut add = |name: &str, bytes: Vec<u8>| cases.push(Bad(name.into(), Role::Image, bytes));
    for (rows, columns, frames) in
        [(65_535, 65_535, 1), (65_535, 65_535, i32::MAX), (41, 36, i32::MAX), (0, 36, 10)]
    {
        for syntax in [Syntax::ExplicitLittle, Syntax::Deflated] {
            add(
                &format!("{rows} {columns} {frames} {syntax:?}"),
                file(&sized(rows, columns, frames), syntax),
            );
        }
        let mut rle = compressed(&enhanced);
        rle.set(ROWS, rows).set(COLUMNS, columns).set(NUMBER_OF_FRAMES, frames);
        add(&format!("{rows} {columns} {frames} RLE"), file(&rle, Syntax::Rle));
    }
    harness.assert_all_refused(cases, 12);
    // a frame so far off that the slices between would fill any memory
    for mm in [1e3, 1e6, 1e7, 1e9] {
        let mut far = harness.study.scans.segmentation(SegmentationType::Binary).dataset();
        let frame = &mut far.items(PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE)[0];
        let place = frame.items(PLANE_POSITION_SEQUENCE)[0].at((0x0020, 0x0032)).unwrap();
        let Value::Numbers(position) = place else { panic!("a position") };
        // along the normal of sagittal slices, by whole slices
        position[0] += mm;
        harness.read_files(
            &format!("{mm} mm away"),
            Role::Mask(":1,2,3"),
            &[file(&far, Syntax::ExplicitLittle)],
        );
    }
    harness.print("bombs");
}

/// Each costs a reader more than it costs the file.
#[test]
fn great_numbers_of_small_things() {
    let mut harness = Harness::new();
    for syntax in [Syntax::ImplicitLittle, Syntax::ExplicitLittle] {
        let many = |tag: Tag| enhanced_with(&harness, tag, vec![Dataset::default(); 100_000]);
        let items = file(&many(REFERENCED_SERIES_SEQUENCE), syntax);
        let groups = file(&many(PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE), syntax);
        let mut elements = harness.enhanced();
        for n in 0..50_000_u32 {
            let (group, element) = (0x0029 + 2 * (n / 40_000) as u16, 0x1000 + (n % 40_000) as u16);
            elements.set(Tag(group, element, "LO"), "");
        }
        let elements = file(&elements, syntax);
        for (name, bytes) in [("items", items), ("groups", groups), ("elements", elements)] {
            harness.read_files(&format!("{name}, {syntax:?}"), Role::Image, &[bytes]);
        }
    }
    harness.print("multitudes");
}

fn enhanced_with(harness: &Harness, tag: Tag, items: Vec<Dataset>) -> Dataset {
    harness.enhanced().with(tag, items)
}

#[test]
fn invalid_fragments() {
    let (mut harness, mut random) = (Harness::new(), Rng::with_seed(3));
    let Some(Value::Fragments(sound)) = compressed(&harness.enhanced()).get(PIXEL_DATA).cloned() else {
        panic!("fragments")
    };
    let mut cases: Vec<(String, Vec<Vec<u8>>)> = vec![
        ("none".into(), Vec::new()),
        ("one, empty".into(), vec![Vec::new()]),
        ("as many, empty".into(), vec![Vec::new(); sound.len()]),
        ("one too few".into(), sound[1..].to_vec()),
    ];
    for n in 0..sound.len() {
        let mut fragments = sound.clone();
        fragments[n].clear();
        cases.push((format!("{n} empty"), fragments.clone()));
        fragments[n] = vec![1, 0];
        cases.push((format!("{n} of two bytes"), fragments.clone()));
        for count in [0, 1, 3, 15, 16, 1_000_000, u32::MAX] {
            fragments[n].clone_from(&sound[n]);
            fragments[n][..4].copy_from_slice(&count.to_le_bytes());
            cases.push((format!("{n} of {count} segments"), fragments.clone()));
        }
        for offset in [0, 63, 65, 1 << 20, u32::MAX] {
            fragments[n].clone_from(&sound[n]);
            fragments[n][8..12].copy_from_slice(&offset.to_le_bytes());
            cases.push((format!("{n} with a segment at {offset}"), fragments.clone()));
        }
        fragments[n].clone_from(&sound[n]);
        let keep = 64 + random.usize(..sound[n].len() - 64);
        fragments[n].truncate(keep & !1);
        cases.push((format!("{n} cut"), fragments));
    }
    for (name, fragments) in cases {
        let dataset = compressed(&harness.enhanced()).with(PIXEL_DATA, Value::Fragments(fragments));
        harness.read_files(&name, Role::Image, &[file(&dataset, Syntax::Rle)]);
    }
    harness.print("fragments");
    assert!(harness.refused > 100, "{} {}", harness.refused, harness.read);
}

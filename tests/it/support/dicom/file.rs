//! A data set as a file, and files in a folder under names that say nothing.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use fastrand::Rng;
use flate2::{Compression, write::DeflateEncoder};

use super::{
    dataset::{Dataset, Value},
    encode::Encoding,
    rle,
    secrets::STATION,
    tags::{
        BITS_ALLOCATED, COLUMNS, NUMBER_OF_FRAMES, PIXEL_DATA, ROWS, SOP_CLASS_UID, SOP_INSTANCE_UID, Tag,
    },
};

/// The transfer syntaxes that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    ImplicitLittle,
    ExplicitLittle,
    ExplicitBig,
    Deflated,
    Rle,
}

impl Syntax {
    pub(crate) const ALL: [Self; 5] =
        [Self::ImplicitLittle, Self::ExplicitLittle, Self::ExplicitBig, Self::Deflated, Self::Rle];

    pub(crate) fn uid(self) -> &'static str {
        match self {
            Self::ImplicitLittle => "1.2.840.10008.1.2",
            Self::ExplicitLittle => "1.2.840.10008.1.2.1",
            Self::ExplicitBig => "1.2.840.10008.1.2.2",
            Self::Deflated => "1.2.840.10008.1.2.1.99",
            Self::Rle => "1.2.840.10008.1.2.5",
        }
    }

    /// The data set's encoding. Sequences end with a delimiter in some syntaxes, so that both kinds occur.
    pub(crate) fn encoding(self) -> Encoding {
        Encoding {
            explicit: self != Self::ImplicitLittle,
            big_endian: self == Self::ExplicitBig,
            undefined_lengths: matches!(self, Self::ImplicitLittle | Self::Deflated),
        }
    }
}

/// A whole file: preamble, meta group, data set.
pub(crate) fn file(dataset: &Dataset, syntax: Syntax) -> Vec<u8> {
    let body = match syntax {
        Syntax::Rle => syntax.encoding().bytes(&compressed(dataset)),
        Syntax::Deflated => deflated(&syntax.encoding().bytes(dataset)),
        _ => syntax.encoding().bytes(dataset),
    };
    [head(dataset, syntax.uid()), body].concat()
}

/// The preamble and the meta group, for a transfer syntax by its UID.
pub(crate) fn head(dataset: &Dataset, syntax: &str) -> Vec<u8> {
    let copied = |tag| dataset.get(tag).cloned().unwrap_or(Value::Text(String::new()));
    let meta = Dataset::default()
        .with(Tag(2, 1, "OB"), vec![0, 1])
        .with(Tag(2, 2, "UI"), copied(SOP_CLASS_UID))
        .with(Tag(2, 3, "UI"), copied(SOP_INSTANCE_UID))
        .with(Tag(2, 0x10, "UI"), syntax)
        .with(Tag(2, 0x12, "UI"), "1.2.826.0.1.3680043.10.1")
        .with(Tag(2, 0x16, "AE"), STATION);
    let explicit = Syntax::ExplicitLittle.encoding();
    let meta = explicit.bytes(&meta);
    let length = Dataset::default().with(Tag(2, 0, "UL"), meta.len());
    [vec![0; 128], b"DICM".to_vec(), explicit.bytes(&length), meta].concat()
}

/// Raw deflate, as the deflated transfer syntax wants it, of even length.
pub(crate) fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    let mut out = encoder.finish().unwrap();
    if out.len() % 2 == 1 {
        out.push(0);
    }
    out
}

/// The same data set with its pixels in RLE, one fragment per frame; as it is when it has no plain pixels.
pub(crate) fn compressed(dataset: &Dataset) -> Dataset {
    let Some(Value::Bytes(pixels)) = dataset.get(PIXEL_DATA) else { return dataset.clone() };
    let columns = dataset.number(COLUMNS) as usize;
    let bytes_per_pixel = dataset.number(BITS_ALLOCATED) as usize / 8;
    let frames = dataset.get(NUMBER_OF_FRAMES).map_or(1, |_| dataset.number(NUMBER_OF_FRAMES) as usize);
    let frame_bytes = dataset.number(ROWS) as usize * columns * bytes_per_pixel;
    let fragments = pixels[..frames * frame_bytes].chunks(frame_bytes);
    let fragments = fragments.map(|frame| rle::frame(frame, bytes_per_pixel, columns)).collect();
    dataset.clone().with(PIXEL_DATA, Value::Fragments(fragments))
}

/// Writes a file and gives its path.
pub(crate) fn write(folder: &Path, name: &str, dataset: &Dataset, syntax: Syntax) -> PathBuf {
    fs::create_dir_all(folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, file(dataset, syntax)).unwrap();
    path
}

/// Writes one file per data set, in no order, under random names of which some have no ending.
pub(crate) fn write_shuffled(folder: &Path, datasets: &[Dataset], syntax: Syntax, seed: u64) -> PathBuf {
    let mut random = Rng::with_seed(seed);
    let mut order: Vec<&Dataset> = datasets.iter().collect();
    random.shuffle(&mut order);
    for dataset in order {
        let ending = if random.bool() { ".dcm" } else { "" };
        write(folder, &format!("{:016X}{ending}", random.u64(..)), dataset, syntax);
    }
    folder.to_owned()
}

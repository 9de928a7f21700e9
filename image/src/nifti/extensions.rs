//! The extensions between the header and the voxels.

use std::{collections::BTreeMap, path::Path};

use super::{error::NiftiError, header::Header};
use crate::raster::Stream;

/// Checks that each header extension ends before the voxels, or within the header file of a pair.
pub(super) fn check_extensions(header: &Header, path: &Path, offset: u64) -> Result<(), NiftiError> {
    let (mut stream, _) = Stream::open_start(path)?;
    stream.skip(header.header_bytes() as u64)?;
    let mut flag = [0; 4];
    if stream.read_up_to(&mut flag)? < 4 || flag[0] == 0 {
        return Ok(());
    }
    let mut at = header.header_bytes() as u64 + 4;
    while !header.single_file || at + 8 <= offset {
        let mut lead = [0; 8];
        if stream.read_up_to(&mut lead)? < 8 {
            break;
        }
        let size = header.i32_at([lead[0], lead[1], lead[2], lead[3]]);
        let end = at + u64::try_from(size).unwrap_or(0);
        if header.single_file {
            if size < 8 || end > offset {
                return Err(NiftiError::Extension { size, at, offset });
            }
            stream.skip(size as u64 - 8)?;
        } else if size < 8 || !stream.try_skip(size as u64 - 8)? {
            return Err(NiftiError::PairExtension { size, at });
        }
        at = end;
    }
    Ok(())
}

/// Maximum number of bytes of an extension that names labels.
const MAX_NAMES: u64 = 1 << 20;

/// The names of labels in a Caret extension, as TotalSegmentator writes it; none where there is no such extension.
pub(super) fn label_names(path: &Path, start: u64, end: u64) -> Result<BTreeMap<i64, String>, NiftiError> {
    let bytes = end.saturating_sub(start).min(MAX_NAMES);
    let (mut stream, _) = Stream::open_start(path)?;
    stream.skip(start)?;
    let mut text = vec![0; bytes as usize];
    let filled = stream.read_up_to(&mut text)?;
    Ok(names(&String::from_utf8_lossy(&text[..filled])))
}

/// The names in a label table: `<Label Key="1" …><![CDATA[spleen]]></Label>`.
fn names(xml: &str) -> BTreeMap<i64, String> {
    let mut labels = xml.split("<Label ");
    labels.next();
    let named = labels.filter_map(|label| {
        let (attributes, rest) = label.split_once('>')?;
        let key = attributes.split("Key=\"").nth(1)?.split('"').next()?.parse().ok()?;
        let content = rest.split("</Label>").next()?.trim();
        let plain = content.strip_prefix("<![CDATA[").and_then(|text| text.strip_suffix("]]>"));
        Some((key, plain.unwrap_or(content).to_owned()))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_table_names_labels() {
        let xml = "<?xml version=\"1.0\"?><CaretExtension><VolumeInformation Index=\"0\"><LabelTable>\
            <Label Key=\"25\" Red=\"1\" Alpha=\"1\"><![CDATA[sacrum]]></Label>\n<Label Key=\"50\">vertebrae_C1</Label>\
            <Label Key=\"x\">none</Label><Label broken";
        let expected = [(25, "sacrum"), (50, "vertebrae_C1")].map(|(key, name)| (key, name.to_owned()));
        assert_eq!(names(xml), BTreeMap::from(expected));
        assert!(names("hematoma: 1 = hyperacute").is_empty());
    }
}

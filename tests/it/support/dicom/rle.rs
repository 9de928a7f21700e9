//! RLE: byte planes, most significant first, each in runs (Part 5, annex G).

/// One frame of this many bytes per pixel, least significant byte first, as one fragment.
pub(crate) fn frame(pixels: &[u8], bytes_per_pixel: usize, columns: usize) -> Vec<u8> {
    let segments: Vec<Vec<u8>> = (0..bytes_per_pixel)
        .rev()
        .map(|plane| {
            let bytes: Vec<u8> = pixels.iter().skip(plane).step_by(bytes_per_pixel).copied().collect();
            // runs end with their row
            let mut segment: Vec<u8> = bytes.chunks(columns).flat_map(row).collect();
            if segment.len() % 2 == 1 {
                segment.push(0);
            }
            segment
        })
        .collect();
    let mut header = vec![segments.len() as u32];
    let mut at = 64;
    for segment in &segments {
        header.push(at);
        at += segment.len() as u32;
    }
    header.resize(16, 0);
    header.into_iter().flat_map(u32::to_le_bytes).chain(segments.into_iter().flatten()).collect()
}

/// Runs of three and more are repeated, what lies between is copied.
fn row(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut literal: Vec<u8> = Vec::new();
    let mut rest = bytes;
    while let Some(&first) = rest.first() {
        let run = rest.iter().take(128).take_while(|&&byte| byte == first).count();
        if run >= 3 {
            copy(&mut out, &mut literal);
            out.extend([(257 - run) as u8, first]);
            rest = &rest[run..];
        } else {
            literal.push(first);
            rest = &rest[1..];
        }
    }
    copy(&mut out, &mut literal);
    out
}

fn copy(out: &mut Vec<u8>, literal: &mut Vec<u8>) {
    for part in literal.chunks(128) {
        out.push((part.len() - 1) as u8);
        out.extend(part);
    }
    literal.clear();
}

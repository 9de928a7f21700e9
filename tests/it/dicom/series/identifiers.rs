//! Identifiers that an export broke, links to files, values that are not needed, and data that contradict their header.

use std::fs;

use hemastage::{
    ErrorKind,
    io::{
        Limits,
        dicom::{DicomSeries, list},
    },
};

use crate::dicom::series::{
    blocks::{marked, part},
    choose, open, whole,
    written::{assert_holds, oblique, plain, series, signal},
};
use crate::support::dicom::{
    dataset::{Dataset, Value},
    encode::Encoding,
    file::{Syntax, file, head, write_shuffled},
    secrets::{kind, uid},
    tags::{
        ACQUISITION_DATE, ACQUISITION_NUMBER, ACQUISITION_TIME, BITS_ALLOCATED, ECHO_NUMBERS, ECHO_TIME,
        ECHO_TRAIN_LENGTH, FLIP_ANGLE, FRAME_OF_REFERENCE_UID, INSTANCE_NUMBER, INVERSION_TIME,
        LOSSY_IMAGE_COMPRESSION, MAGNETIC_FIELD_STRENGTH, NUMBER_OF_FRAMES, REPETITION_TIME,
        SAMPLES_PER_PIXEL, SERIES_INSTANCE_UID, SERIES_NUMBER, SLICE_THICKNESS, SOP_INSTANCE_UID,
        SPACING_BETWEEN_SLICES, STUDY_INSTANCE_UID, TEMPORAL_POSITION_IDENTIFIER, Tag,
    },
};

fn codes(series: &DicomSeries) -> Vec<&str> {
    series.findings().iter().map(|finding| finding.code.as_str()).collect()
}

/// Series 4 and 5, with an element changed in each slice by a number from 0 on.
fn both(tag: Tag, value: impl Fn(usize) -> Value) -> Vec<Dataset> {
    let mut slices = [series(4).slices(), series(5).slices()].concat();
    for (n, slice) in slices.iter_mut().enumerate() {
        slice.set(tag, value(n));
    }
    slices
}

/// Series 4 and 5 are read, with a finding that says this.
#[track_caller]
fn assert_grouped(slices: &[Dataset], says: &str) {
    let folder = plain(slices);
    assert_eq!(list(folder.path(), Limits::default()).unwrap().len(), 2);
    for number in [4, 5] {
        let found = choose(folder.path(), &number.to_string()).unwrap();
        assert_holds(&found, &signal(number), &oblique());
        assert_eq!(codes(&found), ["series_uid"]);
        let message = &found.findings()[0].message;
        assert!(message.contains(says) && !message.contains("1.2.8"), "{message}");
    }
    // a file stands for its series
    for entry in folder.path().read_dir().unwrap() {
        assert_eq!(open(entry.unwrap().path()).unwrap().grid().shape(), [9, 7, 5]);
    }
}

#[test]
fn broken_uids_are_made_up_for_by_the_series_number() {
    let own = |n: usize| Value::from(uid(kind::SERIES, 700 + n));
    assert_grouped(&both(SERIES_INSTANCE_UID, own), "each file has its own SeriesInstanceUID");
    let shared = |_| Value::from(uid(kind::SERIES, 700));
    assert_grouped(&both(SERIES_INSTANCE_UID, shared), "several series numbers have one SeriesInstanceUID");
    assert_grouped(&both(SERIES_INSTANCE_UID, |_| "".into()), "the SeriesInstanceUID is blank");
    let some_blank = |n: usize| match n {
        0..5 => Value::from(if n.is_multiple_of(2) { String::new() } else { uid(kind::SERIES, 4) }),
        _ => Value::from(if n.is_multiple_of(2) { String::new() } else { uid(kind::SERIES, 5) }),
    };
    assert_grouped(&both(SERIES_INSTANCE_UID, some_blank), "the SeriesInstanceUID is blank");
    let frame = |n: usize| Value::from(uid(kind::FRAME_OF_REFERENCE, 700 + n));
    assert_grouped(&both(FRAME_OF_REFERENCE_UID, frame), "each file has its own FrameOfReferenceUID");
    let mut all = both(SERIES_INSTANCE_UID, own);
    for (n, slice) in all.iter_mut().enumerate() {
        slice.set(STUDY_INSTANCE_UID, uid(kind::STUDY, 700 + n));
    }
    let folder = plain(&all);
    for number in [4, 5] {
        let found = choose(folder.path(), &number.to_string()).unwrap();
        assert_holds(&found, &signal(number), &oblique());
        assert_eq!(codes(&found), ["series_uid", "series_uid"]);
    }
}

/// Each file has its own UID and the series two parts; copies of files are no other images.
#[test]
fn broken_uids_and_blocks_come_together() {
    let mut far = oblique();
    far[2][3] -= 90.0;
    let mut slices = [part(0, oblique(), signal(4)), part(1, far, signal(5))].concat();
    for (n, slice) in slices.iter_mut().enumerate() {
        slice.set(SERIES_INSTANCE_UID, uid(kind::SERIES, 700 + n));
    }
    slices.push(slices[3].clone());
    let folder = plain(&slices);
    assert_holds(&choose(folder.path(), "4.1").unwrap(), &signal(4), &oblique());
    assert_holds(&choose(folder.path(), "4.2").unwrap(), &signal(5), &far);
    assert_eq!(codes(&choose(folder.path(), "4.1").unwrap()), ["series_uid", "repeated_slices"]);
}

/// Two series of one number stay two, and so do localizers of one slice each at one place.
#[test]
fn sound_uids_are_kept_apart() {
    let mut second = part(1, oblique(), signal(500));
    for slice in &mut second {
        slice.set(SERIES_INSTANCE_UID, uid(kind::SERIES, 8));
    }
    let folder = plain(&[series(4).slices(), second].concat());
    let mut found = ["4.1", "4.2"].map(|choice| whole(&choose(folder.path(), choice).unwrap()));
    found.sort_by_key(|part| part.signal([0; 3]).unwrap() as i64);
    assert_eq!(found.map(|part| part.signal([0; 3])), [Some(4.0), Some(500.0)]);
    assert!(codes(&choose(folder.path(), "4.1").unwrap()).is_empty());
    // two frames of reference with several slices each can't be compared
    let mut slices = series(4).slices();
    for slice in &mut slices[3..] {
        slice.set(FRAME_OF_REFERENCE_UID, uid(kind::FRAME_OF_REFERENCE, 9));
    }
    assert!(open(plain(&slices).path()).unwrap_err().to_string().contains("2 stacks of slices"));
    // none in some files is no other one
    let mut slices = series(4).slices();
    slices[1].remove(FRAME_OF_REFERENCE_UID);
    slices[3].set(FRAME_OF_REFERENCE_UID, "");
    assert_holds(&open(plain(&slices).path()).unwrap(), &signal(4), &oblique());
}

#[cfg(unix)]
#[test]
fn links_stand_for_their_files() {
    use std::os::unix::fs::symlink;
    let kept = tempfile::tempdir().unwrap();
    let at = |name: &str| kept.path().join(name);
    write_shuffled(&at("store"), &series(4).slices(), Syntax::ExplicitLittle, 3);
    fs::create_dir(at("links")).unwrap();
    let files: Vec<_> = at("store").read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    for (n, file) in files.iter().enumerate() {
        symlink(file, at("links").join(n.to_string())).unwrap();
    }
    for path in [at("links"), at("links").join("2")] {
        assert_holds(&open(path).unwrap(), &signal(4), &oblique());
    }
    // a link alone brings the files next to its target
    fs::create_dir(at("alone")).unwrap();
    symlink(&files[1], at("alone/one")).unwrap();
    assert_holds(&open(at("alone/one")).unwrap(), &signal(4), &oblique());
    // folders by two ways, and around
    fs::create_dir(at("study")).unwrap();
    symlink("../store", at("study/a")).unwrap();
    symlink("../links", at("study/b")).unwrap();
    symlink("..", at("study/up")).unwrap();
    let found = choose(at("study"), "4").unwrap();
    assert_holds(&found, &signal(4), &oblique());
    assert_eq!(codes(&found), ["link_loop"]);
    // a link to nothing may be a slice that was not fetched
    symlink("absent", at("links/gone.dcm")).unwrap();
    let found = open(at("links")).unwrap();
    assert_eq!(codes(&found), ["unread_files"]);
    assert!(found.findings()[0].message.contains("gone.dcm: a link to a file that is not there"));
    fs::create_dir(at("gone")).unwrap();
    symlink("absent", at("gone/a.dcm")).unwrap();
    let error = open(at("gone")).unwrap_err();
    assert!(error.to_string().contains("a.dcm: a link to a file that is not there"), "{error}");
}

#[test]
fn packed_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let packed = |name: &str, slice: &Dataset| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, &file(slice, Syntax::ExplicitLittle)).unwrap();
        fs::write(folder.path().join(name), encoder.finish().unwrap()).unwrap();
    };
    fs::write(folder.path().join("export.zip"), b"PK\x03\x04rest").unwrap();
    let text = || open(folder.path()).unwrap_err().to_string();
    assert!(text().contains("export.zip: a ZIP archive (or .npz, .xlsx): unpack it"), "{}", text());
    let slices = series(4).slices();
    packed("0.dcm.gz", &slices[0]);
    assert!(
        text().contains("0.dcm.gz: a DICOM file packed with gzip: unpack it with `gunzip`"),
        "{}",
        text()
    );
    write_shuffled(folder.path(), &slices[1..], Syntax::ExplicitLittle, 3);
    assert_eq!(codes(&open(folder.path()).unwrap()), ["unread_files"], "a slice may be missing");
}

/// No value of these is needed for voxels or places, whatever stands there.
#[test]
fn values_that_are_not_needed_never_refuse() {
    let texts = ["", "none", "1.0", "1\\", "\\1", "4,5", "-7", "1e400", "NaN", "99999999999999999999"];
    let tags = [
        ACQUISITION_DATE,
        ACQUISITION_NUMBER,
        ACQUISITION_TIME,
        ECHO_NUMBERS,
        ECHO_TIME,
        ECHO_TRAIN_LENGTH,
        FLIP_ANGLE,
        INSTANCE_NUMBER,
        INVERSION_TIME,
        LOSSY_IMAGE_COMPRESSION,
        MAGNETIC_FIELD_STRENGTH,
        REPETITION_TIME,
        SLICE_THICKNESS,
        SPACING_BETWEEN_SLICES,
        TEMPORAL_POSITION_IDENTIFIER,
        SERIES_NUMBER,
    ];
    for tag in tags {
        for text in texts {
            let folder = plain(&marked(series(4).slices(), tag, text));
            let found = open(folder.path());
            let found = found.unwrap_or_else(|error| panic!("{tag:?} {text}: {error}"));
            assert_holds(&found, &signal(4), &oblique());
            // in the last slice alone
            let mut slices = series(4).slices();
            slices[4].set(tag, text);
            let found = open(plain(&slices).path());
            let is_other =
                found.as_ref().is_err_and(|error| error.to_string().contains("2 stacks of slices"));
            let of = |other: Tag| (tag.0, tag.1) == (other.0, other.1);
            let tells = (of(ECHO_TIME) || of(SERIES_NUMBER)) && matches!(text, "1.0" | "1\\")
                || of(SERIES_NUMBER) && text == "-7";
            assert_eq!(is_other, tells, "{tag:?} {text}: {found:?}");
            assert!(is_other || found.is_ok_and(|found| found.grid().shape() == [9, 7, 5]), "{tag:?} {text}");
        }
    }
    for text in ["4.0", "04", "+4", " 4 ", "4\\", "4.00"] {
        let folder = plain(&marked(series(5).slices(), SERIES_NUMBER, text));
        assert_eq!(choose(folder.path(), "4").unwrap().name(), "series 4", "{text}");
    }
    for text in ["0", "", "one", "1.0", "1\\"] {
        let folder = plain(&marked(series(4).slices(), NUMBER_OF_FRAMES, text));
        assert_holds(&open(folder.path()).unwrap(), &signal(4), &oblique());
    }
    let mut slices = series(4).slices();
    for slice in &mut slices {
        slice.remove(SAMPLES_PER_PIXEL).remove(SOP_INSTANCE_UID);
    }
    assert_holds(&open(plain(&slices).path()).unwrap(), &signal(4), &oblique());
    // what is needed still refuses
    let error = open(plain(&marked(series(4).slices(), BITS_ALLOCATED, 13)).path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
}

#[test]
fn data_that_contradict_their_transfer_syntax_are_read_as_they_are() {
    let plain_syntaxes = [Syntax::ImplicitLittle, Syntax::ExplicitLittle, Syntax::ExplicitBig];
    for stated in plain_syntaxes {
        for written in plain_syntaxes {
            for undefined_lengths in [true, false] {
                let folder = tempfile::tempdir().unwrap();
                let encoding = Encoding { undefined_lengths, ..written.encoding() };
                for (n, slice) in series(4).slices().iter().enumerate() {
                    let bytes = [head(slice, stated.uid()), encoding.bytes(slice)].concat();
                    fs::write(folder.path().join(n.to_string()), bytes).unwrap();
                }
                let found = open(folder.path()).unwrap();
                assert_holds(&found, &signal(4), &oblique());
                assert_eq!(codes(&found), if stated == written { vec![] } else { vec!["transfer_syntax"] });
                if stated != written {
                    let message = &found.findings()[0].message;
                    assert!(
                        message.starts_with("the headers of 5 of 5 slices state the transfer syntax "),
                        "{message}"
                    );
                }
            }
        }
    }
}

//! A NIfTI mask or label map: regions and labels of one stream are those of each alone, and read the same when written.
#![no_main]

use std::{path::PathBuf, sync::LazyLock};

use hemastage::io::dicom::SegmentChoice;
use hemastage_fuzz::{check, files, files::Scratch, image, limits, start};
use hemastage_image::MaskReader;
use libfuzzer_sys::fuzz_target;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| files::folder("label_map"));
static FILE: LazyLock<Scratch> = LazyLock::new(|| Scratch::new(&FOLDER, "m.nii"));

fuzz_target!(init: start(), |data: &[u8]| {
    let path = FILE.put(data);
    let Some(mask) = check::read(MaskReader::open(path, None, limits())) else { return };
    let choices = [SegmentChoice::All, SegmentChoice::Numbers(vec![2, 1]), SegmentChoice::Numbers(vec![0, -1])];
    let Some(contents) = check::read(mask.read(&choices.each_ref(), true, &[])) else { return };
    // none where it looks like an image
    let mut voxels = None;
    for (region, choice) in contents.regions.into_iter().zip(&choices) {
        let Some((region, findings)) = check::read(region) else { continue };
        check::findings(&findings);
        image::check_region(&region);
        let alone = check::read(mask.read(&[choice], false, &[])).expect("it was read with others");
        let alone = alone.regions.into_iter().next().and_then(check::read).expect("a region alone");
        assert!(alone.0.voxels().eq(region.voxels()));
        if *choice == SegmentChoice::All {
            voxels = Some(region.len());
            image::check_written(&mask, &region, &FOLDER.join("again.nii.gz"));
        }
    }
    if let Some((map, findings)) = contents.labels.and_then(check::read) {
        check::findings(&findings);
        image::check_labels(&map);
        assert!(voxels.is_none_or(|voxels| map.labels().map(|(_, count)| count).sum::<usize>() == voxels));
    }
});

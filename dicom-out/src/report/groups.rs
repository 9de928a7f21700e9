//! The groups of measurements: of the whole hematoma, of each stage, of each vertebral level.

use hemastage::{
    Report,
    report::{DISCLAIMER, LargestRecord, LevelRecord},
    vertebra::VertebralLevel,
};

use super::{
    items::{Item, Relation, Template},
    tracking,
};
use crate::{
    codes::{
        ABNORMAL, ALGORITHM_NAME, ALGORITHM_VERSION, BLOOMING, BY_VOXELS, COMMENT, Code, DARK_RIM,
        DERIVATION, ENHANCEMENT, ENHANCING, FAT, FINDING, FINDING_CATEGORY, FINDING_SITE, GROUP, HEMORRHAGE,
        LENGTH, MAXIMUM, MEDIAN, METHOD, MIXED_PHASE, MM, MM3, NO, NO_UNITS, REFERENCED_SEGMENT,
        SEGMENTED_IMAGE, SOURCE, STAGE, T1_RATIO, T2_RATIO, T2_STAR_RATIO, THICKNESS_AP, THICKNESS_LR,
        TRACKING_ID, TRACKING_UID, VERTEBRAL_CANAL, VOLUME, YES, enhancement, stage, vertebra,
    },
    header::{PROGRAM, VERSION, instances},
    segmentation::{Segment, Segmentation},
};

/// A group whose region is a segment.
const VOLUMETRIC: Template = Template("1411");
/// A group without a region of its own.
const PLAIN: Template = Template("1501");

/// All groups: the hematoma, its stages from young to old, its levels from the head down.
pub(super) fn groups(report: &Report, segmentation: &Segmentation<'_>) -> Vec<Item> {
    let mut groups = vec![whole(report, segmentation)];
    groups.extend(segmentation.segments().iter().map(|segment| of_stage(report, segmentation, segment)));
    let levels = report.levels.iter().flat_map(|levels| &levels.per_level);
    groups.extend(levels.map(|level| of_level(level, segmentation)));
    groups
}

fn whole(report: &Report, segmentation: &Segmentation<'_>) -> Item {
    let mut content = found(segmentation, "whole");
    content.extend(sources(segmentation, SOURCE));
    content.push(site(VERTEBRAL_CANAL));
    let levels = report.levels.iter().flat_map(|levels| &levels.per_level);
    let involved = levels.filter(|level| level.involved).filter_map(|level| vertebra(level.level));
    content.extend(involved.map(site));
    content.push(volume(report.hematoma.volume_mm3));
    let signal = &report.hematoma.signal;
    content.push(ratio(T1_RATIO, signal.t1.median_ratio));
    content.push(ratio(T2_RATIO, signal.t2.median_ratio));
    let shape = &report.shape;
    content.extend(shape.extent.as_ref().map(|extent| measured(LENGTH, extent.length_mm, MM, vec![])));
    content.extend(shape.thickness_ap.as_ref().map(|largest| thickness(THICKNESS_AP, largest)));
    content.extend(shape.thickness_lr.as_ref().map(|largest| thickness(THICKNESS_LR, largest)));
    content.push(Item::code(Relation::Contains, STAGE, stage(report.stage.call)));
    let mixed = if report.mixed_phase.flag { YES } else { NO };
    content.push(Item::code(Relation::Contains, MIXED_PHASE, mixed));
    content.extend(further(report));
    content.push(Item::text(Relation::Contains, COMMENT, DISCLAIMER));
    Item::container(GROUP, Some(PLAIN), content)
}

/// What the further contrasts say; nothing of those that were not given.
fn further(report: &Report) -> Vec<Item> {
    let share = |name: Code, value: f64| measured(name, value, NO_UNITS, vec![]);
    let mut content = Vec::new();
    if let Some(found) = &report.enhancement {
        content.push(share(ENHANCING, found.share));
        let class = found.class.and_then(enhancement);
        content.extend(class.map(|class| Item::code(Relation::Contains, ENHANCEMENT, class)));
    }
    if let Some(found) = &report.susceptibility {
        content.push(share(BLOOMING, found.blooming));
        content.push(ratio(T2_STAR_RATIO, found.median_ratio));
        let rim = found.dark_rim.map(|is_dark| if is_dark { YES } else { NO });
        content.extend(rim.map(|rim| Item::code(Relation::Contains, DARK_RIM, rim)));
    }
    content.extend(report.fat.as_ref().map(|found| share(FAT, found.share)));
    content
}

fn of_stage(report: &Report, segmentation: &Segmentation<'_>, segment: &Segment) -> Item {
    let identity = segmentation.identity();
    let mut content = found(segmentation, segment.stage.key());
    content.push(Item::image(REFERENCED_SEGMENT, identity.class, &identity.instance, Some(segment.number)));
    content.extend(sources(segmentation, SEGMENTED_IMAGE));
    content.push(site(VERTEBRAL_CANAL));
    content.push(volume(report.stage.volume_mm3[segment.stage]));
    let phase = report.mixed_phase.phases.iter().find(|phase| phase.stage == segment.stage);
    content.extend(phase.map(|phase| ratio(T1_RATIO, phase.t1_ratio)));
    content.extend(phase.map(|phase| ratio(T2_RATIO, phase.t2_ratio)));
    content.push(Item::code(Relation::Contains, STAGE, stage(segment.stage)));
    Item::container(GROUP, Some(VOLUMETRIC), content)
}

fn of_level(level: &LevelRecord, segmentation: &Segmentation<'_>) -> Item {
    let mut content = found(segmentation, &level.level.to_string());
    content.extend(sources(segmentation, SOURCE));
    content.extend(vertebra(level.level).map(site));
    content.push(volume(level.mm3));
    content.extend(level.stage.map(|found| Item::code(Relation::Contains, STAGE, stage(found))));
    Item::container(GROUP, Some(PLAIN), content)
}

/// What is followed, and what was found.
fn found(segmentation: &Segmentation<'_>, key: &str) -> Vec<Item> {
    let tracking = tracking(segmentation.origin(), key);
    vec![
        Item::text(Relation::Observer, TRACKING_ID, &tracking.id),
        Item::uid(Relation::Observer, TRACKING_UID, &tracking.uid),
        Item::code(Relation::Contains, FINDING_CATEGORY, ABNORMAL),
        Item::code(Relation::Contains, FINDING, HEMORRHAGE),
    ]
}

fn sources(segmentation: &Segmentation<'_>, name: Code) -> Vec<Item> {
    let images = instances(segmentation.origin()).into_iter();
    images.map(|(class, instance)| Item::image(name, class, instance, None)).collect()
}

fn site(at: Code) -> Item {
    Item::code(Relation::Modifier, FINDING_SITE, at)
}

fn volume(mm3: f64) -> Item {
    measured(VOLUME, mm3, MM3, vec![Item::code(Relation::Modifier, METHOD, BY_VOXELS)])
}

fn ratio(name: Code, median: f64) -> Item {
    measured(name, median, NO_UNITS, vec![Item::code(Relation::Modifier, DERIVATION, MEDIAN)])
}

fn thickness(name: Code, largest: &LargestRecord) -> Item {
    let mut more = vec![Item::code(Relation::Modifier, DERIVATION, MAXIMUM)];
    let level: Option<VertebralLevel> = largest.place.level;
    more.extend(level.and_then(vertebra).map(site));
    measured(name, largest.value, MM, more)
}

/// A number with the program that measured it.
fn measured(name: Code, value: f64, unit: Code, mut more: Vec<Item>) -> Item {
    more.push(Item::text(Relation::Modifier, ALGORITHM_NAME, PROGRAM));
    more.push(Item::text(Relation::Modifier, ALGORITHM_VERSION, VERSION));
    Item::number(name, value, unit, more)
}

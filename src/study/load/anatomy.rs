//! Cord, canal and vertebrae from one label map, where no other file gives them.

use hemastage_image::{
    MaskReader,
    dicom::ImageSpace,
    error::{Error, Result},
    finding::Finding,
    label_map::LabelMap,
    roi::Roi,
};

use super::{ReferenceFile, StudyFiles, error::LoadError, loader::Loader, masks, named, placed::Oriented};
use crate::{
    steps::level::Scheme,
    study::{Input, VertebraeSource},
};

/// The order of the inputs in a report.
const ROLES: [&str; 11] = [
    "t1",
    "t2",
    "t1_post",
    "t2star",
    "t1_fs",
    "hematoma",
    "cord",
    "reference",
    "canal",
    "vertebrae",
    "landmarks",
];

/// The roles that the anatomy fills.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    cord: bool,
    canal: bool,
    vertebrae: bool,
}

impl Wanted {
    /// What no other file of the study gives.
    fn by(files: &StudyFiles) -> Self {
        Self {
            cord: files.reference == ReferenceFile::Anatomy,
            canal: files.canal.is_none(),
            vertebrae: files.vertebrae.is_none(),
        }
    }
}

/// What a study takes from its anatomy.
pub(super) struct Anatomy {
    mask: MaskReader,
    map: LabelMap,
    scheme: Scheme,
    /// Whether names of segments gave the numbers.
    by_names: bool,
    /// On the file.
    findings: Vec<Finding>,
    cord: Option<Roi>,
    canal: Option<Roi>,
    wanted: Wanted,
}

/// Cord, canal and vertebrae of an anatomy.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) cord: Option<Roi>,
    pub(super) canal: Option<Roi>,
    pub(super) vertebrae: Option<VertebraeSource>,
    /// Why there are no vertebrae, where they were looked for.
    pub(super) no_vertebrae: Option<String>,
}

impl Anatomy {
    /// Reads the anatomy of a study once for all roles; `None` when it has none, or other files give all.
    ///
    /// # Errors
    /// From reading the file. `Parameter` when the scheme is missing or another one fits, when the cord is wanted and
    /// not in the map, or when nothing that is wanted is.
    pub(super) fn read(
        files: &StudyFiles,
        images: &[ImageSpace<'_>],
        oriented: &Oriented,
    ) -> Result<Option<Self>> {
        let wanted = Wanted::by(files);
        let Some(file) = &files.anatomy else {
            return if wanted.cord { Err(LoadError::NoAnatomy.into()) } else { Ok(None) };
        };
        if !(wanted.cord || wanted.canal || wanted.vertebrae) {
            return Ok(None);
        }
        let (map, scheme) = (Some(("anatomy", &file.map)), file.scheme.as_ref());
        let mut read = masks::read(&[], map, scheme, images, oriented, files.limits)?;
        let Some((labels, mask)) = read.labels.zip(read.files.pop()) else { return Ok(None) };
        let map = labels.value;
        let named = file.scheme.clone().or_else(|| read.by_names.take());
        let parts = || -> Result<_> {
            let scheme = named.clone().map_or_else(|| Scheme::choose(None, &map), Ok)?;
            scheme.check_values(&map)?;
            if wanted.vertebrae {
                scheme.check_vertebrae(&map)?;
            }
            let cord = if wanted.cord { Some(cord(&map, &scheme)?) } else { None };
            let canal = if wanted.canal && has_canal(&map, &scheme) {
                Some(map.region(scheme.canal())?)
            } else {
                None
            };
            let has_levels = wanted.vertebrae && scheme.names_levels(&map);
            if cord.is_none() && canal.is_none() && !has_levels {
                let (scheme, fitting) = (scheme.name, Scheme::described(&map));
                return Err(LoadError::NothingOfAnatomy { scheme, fitting }.into());
            }
            Ok((scheme, cord, canal))
        };
        let (scheme, cord, canal) = parts().map_err(|error| error.at(mask.source().name))?;
        let by_names = file.scheme.is_none();
        Ok(Some(Self { mask, map, scheme, by_names, findings: labels.findings, cord, canal, wanted }))
    }

    /// Records what the study takes, as if each part came from a file of its own, and gives it.
    pub(super) fn recorded(self, loader: &mut Loader<'_>) -> Result<Parts> {
        let Self { mask, map, scheme, by_names, findings, cord, canal, wanted } = self;
        let (source, name) = (mask.source(), &scheme.name);
        let file = source.name;
        loader.findings.extend(findings.into_iter().map(|finding| finding.at("anatomy")));
        if !by_names {
            loader.findings.extend(named::by_scheme("anatomy", &mask, &scheme)?);
        }
        for (role, part, labels) in [("cord", &cord, scheme.cord()), ("canal", &canal, scheme.canal())] {
            if let Some(part) = part {
                loader.record(role, &source, part.grid(), Some(mask.labels_numbered(labels)))?;
            }
        }
        if wanted.canal && canal.is_none() {
            let text = format!(
                "{file} holds no canal by the scheme {name}: give its mask for occupancy and displacement"
            );
            loader.findings.push(Finding::info("anatomy_without_canal", text).at("canal"));
        }
        let has_levels = scheme.names_levels(&map);
        let no_vertebrae = (wanted.vertebrae && !has_levels).then(|| {
            format!(
                "{file} names no vertebra by the scheme {name}: give a map of the vertebrae, or landmarks"
            )
        });
        let vertebrae = if wanted.vertebrae && has_levels {
            loader.record("vertebrae", &source, map.grid(), None)?;
            Some(VertebraeSource::map(map, scheme))
        } else {
            None
        };
        let place = |input: &Input| ROLES.iter().position(|role| *role == input.role);
        loader.inputs.sort_by_key(place);
        Ok(Parts { cord, canal, vertebrae, no_vertebrae })
    }
}

/// The cord of a map.
fn cord(map: &LabelMap, scheme: &Scheme) -> Result<Roi> {
    let name = || scheme.name.clone();
    if scheme.cord().is_empty() {
        return Err(LoadError::CordNumber { scheme: name() }.into());
    }
    if !map.labels().any(|(value, _)| scheme.cord().contains(&value)) {
        let labels: Vec<String> = scheme.cord().iter().map(ToString::to_string).collect();
        let (labels, fitting) = (labels.join(", "), Scheme::described(map));
        return Err(Error::from(LoadError::CordVoxel { scheme: name(), labels, fitting }));
    }
    map.region(scheme.cord())
}

/// Whether a map has more of the canal than the cord in it.
fn has_canal(map: &LabelMap, scheme: &Scheme) -> bool {
    let is_own = |value: &i64| scheme.canal().contains(value) && !scheme.cord().contains(value);
    map.labels().any(|(value, _)| is_own(&value))
}

//! Where the vertebrae of a study are known from.

use hemastage_image::{label_map::LabelMap, roi::Roi};

use crate::steps::level::{Landmarks, Scheme, Vertebrae};

/// Where the vertebrae are known from: a label map with the scheme of its numbers, or points.
#[derive(Debug, Clone)]
pub struct VertebraeSource(Source);

#[derive(Debug, Clone)]
enum Source {
    Map(Box<(LabelMap, Scheme)>),
    Landmarks(Landmarks),
}

impl VertebraeSource {
    /// A label map, and what its numbers mean.
    pub fn map(map: LabelMap, scheme: Scheme) -> Self {
        Self(Source::Map(Box::new((map, scheme))))
    }

    /// Points of vertebrae or discs.
    pub fn landmarks(landmarks: Landmarks) -> Self {
        Self(Source::Landmarks(landmarks))
    }

    /// The name of the numbering, or `landmarks`.
    pub fn scheme(&self) -> &str {
        match &self.0 {
            Source::Map(map) => &map.1.name,
            Source::Landmarks(_) => "landmarks",
        }
    }

    /// A label map with its scheme.
    pub(crate) fn named_map(&self) -> Option<(&LabelMap, &Scheme)> {
        match &self.0 {
            Source::Map(map) => Some((&map.0, &map.1)),
            Source::Landmarks(_) => None,
        }
    }

    pub(crate) fn label_map(&self) -> Option<&LabelMap> {
        self.named_map().map(|(map, _)| map)
    }

    /// The vertebrae, by what of a map's labels lies in front of the canal, else of the cord.
    pub(crate) fn vertebrae<'a>(&'a self, canal: Option<&'a Roi>) -> Vertebrae<'a> {
        let vertebrae = match &self.0 {
            Source::Map(map) => Vertebrae::from_map(&map.0, &map.1),
            Source::Landmarks(landmarks) => Vertebrae::from_landmarks(landmarks),
        };
        canal.map_or(vertebrae, |canal| vertebrae.with_canal(canal))
    }
}

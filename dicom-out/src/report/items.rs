//! Content items of a structured report.

use dicom_dictionary_std::tags;

use crate::{codes::Code, dataset::Dataset, header::reference};

/// How an item relates to the one that holds it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Relation {
    Contains,
    /// Says more about a concept.
    Modifier,
    /// Says who observed, and what.
    Observer,
}

impl Relation {
    fn term(self) -> &'static str {
        match self {
            Self::Contains => "CONTAINS",
            Self::Modifier => "HAS CONCEPT MOD",
            Self::Observer => "HAS OBS CONTEXT",
        }
    }
}

/// The number of a template of PS3.16.
#[derive(Debug, Clone, Copy)]
pub(super) struct Template(pub(super) &'static str);

/// A content item. Its relation is written once another item holds it: the root of a document has none.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    relation: Relation,
    dataset: Dataset,
}

impl Item {
    pub(super) fn text(relation: Relation, name: Code, text: &str) -> Self {
        Self::of(relation, "TEXT", name, |item| item.text(tags::TEXT_VALUE, text))
    }

    pub(super) fn code(relation: Relation, name: Code, value: Code) -> Self {
        Self::of(relation, "CODE", name, |item| item.item(tags::CONCEPT_CODE_SEQUENCE, value.item()))
    }

    pub(super) fn uid(relation: Relation, name: Code, uid: &str) -> Self {
        Self::of(relation, "UIDREF", name, |item| item.text(tags::UID, uid))
    }

    /// A number with its unit and what says more about it.
    pub(super) fn number(name: Code, value: f64, unit: Code, more: Vec<Self>) -> Self {
        let measured = Dataset::new()
            .decimals(tags::NUMERIC_VALUE, &[value])
            .item(tags::MEASUREMENT_UNITS_CODE_SEQUENCE, unit.item());
        let item = Self::of(Relation::Contains, "NUM", name, |item| {
            item.item(tags::MEASURED_VALUE_SEQUENCE, measured)
        });
        item.with(more)
    }

    /// An image, or a segment of one.
    pub(super) fn image(name: Code, class: &str, instance: &str, segment: Option<u16>) -> Self {
        let image = reference(class, instance);
        let image = match segment {
            Some(number) => image.shorts(tags::REFERENCED_SEGMENT_NUMBER, &[number]),
            None => image,
        };
        Self::of(Relation::Contains, "IMAGE", name, |item| item.item(tags::REFERENCED_SOP_SEQUENCE, image))
    }

    pub(super) fn container(name: Code, template: Option<Template>, content: Vec<Self>) -> Self {
        let item = Self::of(Relation::Contains, "CONTAINER", name, |item| {
            let item = item.text(tags::CONTINUITY_OF_CONTENT, "SEPARATE");
            let Some(Template(number)) = template else { return item };
            let template =
                Dataset::new().text(tags::MAPPING_RESOURCE, "DCMR").text(tags::TEMPLATE_IDENTIFIER, number);
            item.item(tags::CONTENT_TEMPLATE_SEQUENCE, template)
        });
        item.with(content)
    }

    fn of(relation: Relation, value_type: &str, name: Code, fill: impl FnOnce(Dataset) -> Dataset) -> Self {
        let item = Dataset::new()
            .text(tags::VALUE_TYPE, value_type)
            .item(tags::CONCEPT_NAME_CODE_SEQUENCE, name.item());
        Self { relation, dataset: fill(item) }
    }

    fn with(self, content: Vec<Self>) -> Self {
        if content.is_empty() {
            return self;
        }
        let related =
            content.into_iter().map(|item| item.dataset.text(tags::RELATIONSHIP_TYPE, item.relation.term()));
        Self { dataset: self.dataset.items(tags::CONTENT_SEQUENCE, related), ..self }
    }
}

impl Dataset {
    /// Adds the root of a document.
    pub(super) fn content(self, root: Item) -> Self {
        self.joined(root.dataset)
    }
}

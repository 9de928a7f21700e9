//! Which warnings the figure shows where it has no room for all.

/// Codes after which the answer may be that of something else than the hematoma, in the order in which they are shown: the
/// wrong images, the wrong mask, a signal that is none, the wrong place.
const GRAVEST: [&str; 36] = [
    "swapped_images",
    "identical_images",
    "studies_differ",
    "not_t1_weighted",
    "not_t2_weighted",
    "inversion_recovery",
    "t2_star",
    "contrast_agent",
    "t1_post_darker",
    "hematoma_around_cord",
    "hematoma_in_vertebrae",
    "hematoma_in_cord",
    "looks_like_csf",
    "cord_too_thick",
    "cord_hollow",
    "cord_too_thin",
    "cord_short",
    "few_voxels",
    "reference_flat",
    "constant_signal",
    "zero_signal",
    "negative_signal",
    "signal_offset",
    "outside_canal",
    "far_from_cord",
    "cord_outside_canal",
    "no_fluid",
    "reference_uneven",
    "mask_off_grid",
    "images_off_grid",
    "alignment_unknown",
    "images_shifted",
    "canal_too_wide",
    "vertebrae_in_canal",
    "levels_off_cord",
    "vertebra_left_out",
];

/// The place of a warning in the figure, from 0; all that are not among the gravest share the last.
pub(super) fn rank(code: &str) -> usize {
    GRAVEST.iter().position(|&grave| grave == code).unwrap_or(GRAVEST.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_documented_and_listed_once() {
        let read = |name: &str| {
            std::fs::read_to_string(format!("{}/../docs/{name}.md", env!("CARGO_MANIFEST_DIR"))).unwrap()
        };
        let documents = ["roles", "signal-model", "contrasts"].map(read).concat();
        for (n, code) in GRAVEST.iter().enumerate() {
            assert_eq!(rank(code), n, "{code}");
            assert!(documents.contains(&format!("`{code}`")), "{code} is in no document");
        }
        assert!(rank("labels_joined") > rank("cord_too_thick"));
    }
}

//! Laws of detection that hold for any text.

use language_core::{MAX_READ_BYTES, detect};
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_judgement_is_a_tag_with_a_share(text in "\\PC{0,400}") {
        if let Some(detected) = detect(&text) {
            prop_assert!((0.0..=1.0).contains(&detected.confidence));
            prop_assert!(detected.language.len() == 2 && detected.language.bytes().all(|byte| byte.is_ascii_lowercase()));
        }
    }

    #[test]
    fn what_lies_behind_the_limit_changes_nothing(head in "[a-zé ]{1,40}", tail in "\\PC{0,200}") {
        let head = head.repeat(MAX_READ_BYTES / head.len() + 1);
        prop_assert_eq!(detect(&head), detect(&format!("{head}{tail}")));
    }
}

use super::*;

fn all(pattern: &str, text: &str) -> Vec<(usize, usize)> {
    let pattern = Pattern::compile(pattern).unwrap();
    let (mut found, mut from) = (Vec::new(), 0);
    while let Some((start, end)) = pattern.find(text, from) {
        found.push((start, end));
        from = end.max(start + 1);
    }
    found
}

#[test]
fn the_first_branch_wins_where_two_begin_together() {
    assert_eq!(all(r"…|……|,", "……"), [(0, 3), (3, 6)]);
    assert_eq!(all(r"(?<=[0-9])m|(?<=[0-9])mm", "5mm"), [(1, 2)]);
}

#[test]
fn a_look_behind_sees_what_was_matched_before() {
    assert_eq!(all(r"(?<=[a-z])-(?=[a-z])", "a-b-c"), [(1, 2), (3, 4)]);
    assert_eq!(all(r"(?<=é)é", "ééé"), [(2, 4), (4, 6)]);
}

#[test]
fn framed_branches_match_as_the_backtracking_matcher_does() {
    let pattern = r"(?<=[0-9])[+\-*^](?=[0-9-])";
    for text in ["1+2", "1--2", "a+2", "1+-3*4", "٣+4", "9^", "5*6*7"] {
        let reference = Backtracking::new(pattern).unwrap();
        let expected: Vec<_> =
            reference.find_iter(text).map(|found| found.unwrap()).map(|m| (m.start(), m.end())).collect();
        assert_eq!(all(pattern, text), expected, "{text}");
    }
}

#[test]
fn negative_looks_are_heeded() {
    assert_eq!(all(r"^\+(?![0-9])", "+a"), [(0, 1)]);
    assert_eq!(all(r"^\+(?![0-9])", "+1"), []);
}

#[test]
fn escapes_and_classes_are_read_as_python_reads_them() {
    assert_eq!(all(r"\<|\>", "a<b>"), [(1, 2), (3, 4)]);
    assert_eq!(all(r"[[\]&&]+", "x[&]&"), [(1, 5)]);
}

#[test]
fn hostile_text_cannot_make_a_match_run_on() {
    // In Python this takes time exponential in the text.
    assert_eq!(all(r"(a+)+(?!b)c$", &"a".repeat(5_000)), []);
}

//! Decisions over scores that are written by hand.

use super::*;

/// Classes of the moves below: begin, in, last, unit, out.
const CLASSES: usize = 5;

fn moves() -> Moves {
    Moves::parse(r#"{"0":{},"1":{"X":1},"2":{"X":1},"3":{"X":1},"4":{"X":1},"5":{"":1}}"#, "ner/moves").unwrap()
}

/// A step in which the products of a token's first feature are the scores of the classes.
fn step() -> Step {
    let identity = |at: usize| if at.is_multiple_of(CLASSES + 1) { 1.0 } else { 0.0 };
    Step {
        features: 3,
        hidden: CLASSES,
        pieces: 1,
        bias: vec![0.0; CLASSES],
        pad: vec![0.0; 3 * CLASSES],
        scores: (0..CLASSES * CLASSES).map(identity).collect(),
        scores_bias: vec![0.0; CLASSES],
    }
}

/// What is found in tokens with these scores, of which some are white space.
fn found(tokens: &[([f32; CLASSES], bool)]) -> Vec<Found> {
    let (moves, step, mut state) = (moves(), step(), State::default());
    for (at, (scores, is_space)) in tokens.iter().enumerate() {
        let products = [scores.as_slice(), &[0.0; 2 * CLASSES]].concat();
        state.advance(&products, tokens.len() - at - 1, *is_space, (&moves, &step));
    }
    assert_eq!(state.decided(), tokens.len());
    state.found
}

fn entity(start: usize, end: usize, margin: f32) -> Found {
    Found { start, end, label: 0, margin }
}

#[test]
fn the_highest_valid_score_decides_and_its_lead_is_the_margin() {
    let out = ([0.0, 0.0, 0.0, 0.0, 1.0], false);
    assert_eq!(found(&[([1.0, 0.0, 0.0, 4.0, 2.0], false), out]), [entity(0, 1, 2.0)]);
    assert_eq!(found(&[out, ([2.0, 0.0, 0.0, 1.0, 2.5], false)]), []);
}

#[test]
fn an_entity_is_as_sure_as_the_least_certain_of_its_moves() {
    let begin = ([6.0, 0.0, 0.0, 2.0, 1.0], false);
    let inside = ([0.0, 3.0, 1.0, 9.0, 9.0], false);
    let last = ([0.0, 1.0, 6.0, 9.0, 9.0], false);
    // The lead of 4 at its begin, of 2 and then 5 within: what is not valid there counts for nothing.
    assert_eq!(found(&[begin, inside, last, begin]), [entity(0, 3, 2.0), entity(3, 4, 1.0)]);
}

#[test]
fn nothing_begins_at_white_space_or_goes_on_beyond_the_last_token() {
    let begin = ([6.0, 0.0, 0.0, 2.0, 1.0], false);
    let goes_on = ([0.0, 9.0, 1.0, 0.0, 0.0], false);
    assert_eq!(found(&[(begin.0, true), begin]), [entity(1, 2, 1.0)], "the last token is a unit, not a begin");
    assert_eq!(found(&[begin, goes_on]), [entity(0, 2, 4.0)], "it ends with the text, which has no margin");
}

#[test]
fn moves_that_lack_a_part_are_refused() {
    let lacking = r#"{"0":{},"1":{"X":1},"2":{"X":1},"3":{"X":1},"5":{"":1}}"#;
    assert!(Moves::parse(lacking, "ner/moves").unwrap_err().to_string().contains("lacks one of its moves"));
    let unending = r#"{"1":{"X":1},"2":{"X":1},"3":{"X":1},"4":{"X":1}}"#;
    assert!(Moves::parse(unending, "ner/moves").unwrap_err().to_string().contains("outside"));
}

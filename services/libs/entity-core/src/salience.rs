//! How much a document is about an entity.

/// What salience is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evidence {
    /// Whether the headline names it.
    pub(crate) in_title: bool,
    /// Bytes of summary and content before its first mention there.
    pub(crate) before_first: usize,
    /// Bytes of summary and content together.
    pub(crate) body_bytes: usize,
    /// Mentions in all fields, also those beyond the cap.
    pub(crate) mentions: u32,
}

/// Salience from 0 to 1: `0.4 headline + 0.3 early + 0.3 often`.
///
/// `headline` is 1 where the headline names it, else 0. `early` falls in a line from 1 at the start of the text to 0 at its end, and is 1 where
/// the headline names it. `often` is `n / (n + 3)` for `n` mentions, so the fourth mention counts less than the second. The sum is taken in
/// thousandths, so it is the same on every machine.
pub(crate) fn salience(evidence: Evidence) -> f32 {
    let headline = if evidence.in_title { 1_000 } else { 0 };
    let early = if evidence.in_title { 1_000 } else { 1_000 - per_mille(evidence.before_first, evidence.body_bytes) };
    let mentions = u64::from(evidence.mentions);
    let often = u16::try_from(1_000 * mentions / (mentions + 3)).unwrap_or(1_000);
    let sum = (4 * headline + 3 * early + 3 * often) / 10;
    f32::from(sum.min(1_000)) / 1_000.0
}

fn per_mille(part: usize, whole: usize) -> u16 {
    part.saturating_mul(1_000)
        .checked_div(whole)
        .and_then(|share| u16::try_from(share).ok())
        .map_or(1_000, |share| share.min(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATE: Evidence = Evidence { in_title: false, before_first: 900, body_bytes: 1_000, mentions: 1 };

    #[test]
    fn headline_beats_text_and_early_beats_late_and_often_beats_once() {
        let headline = salience(Evidence { in_title: true, ..LATE });
        let early = salience(Evidence { before_first: 0, ..LATE });
        let often = salience(Evidence { mentions: 9, ..LATE });
        let late = salience(LATE);
        assert!(headline > early && early > late && often > late);
    }

    #[test]
    fn salience_stays_between_0_and_1() {
        let most = Evidence { in_title: true, before_first: 0, body_bytes: 0, mentions: u32::MAX };
        let least = Evidence { in_title: false, before_first: usize::MAX, body_bytes: 1, mentions: 0 };
        assert!((0.9..=1.0).contains(&salience(most)), "{}", salience(most));
        assert!(salience(least).abs() < f32::EPSILON);
    }
}

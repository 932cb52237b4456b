//! Growing, jittered pauses between attempts while something outside is away.
//!
//! The crates at hand draw the jitter themselves and add it on top of the longest pause; here the draw is an argument, so a
//! schedule can be tested, and the longest pause is a real bound.

use std::time::Duration;

/// Pauses that double from `first` up to `longest`.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    ceiling: Duration,
}

impl Backoff {
    /// Starts at `first`; a `longest` below it is raised to it.
    #[must_use]
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest: longest.max(first), ceiling: first }
    }

    /// The next pause: between half the current ceiling and all of it, by `draw` in `0.0..=1.0`.
    ///
    /// Half is kept, so that a broker coming back never sees a retry at once; the other half spreads many processes apart. A draw
    /// outside its range counts as the nearest bound.
    pub fn next_pause(&mut self, draw: f64) -> Duration {
        let half = self.ceiling / 2;
        let draw = if draw.is_nan() { 1.0 } else { draw.clamp(0.0, 1.0) };
        let pause = half + half.mul_f64(draw);
        self.ceiling = self.ceiling.saturating_mul(2).min(self.longest);
        pause
    }

    /// Starts over after a success.
    pub fn reset(&mut self) {
        self.ceiling = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(1);

    #[test]
    fn pauses_double_up_to_the_longest() {
        let mut backoff = Backoff::new(FIRST, LONGEST);

        let pauses: Vec<u128> = (0..6).map(|_| backoff.next_pause(1.0).as_millis()).collect();

        assert_eq!(pauses, [100, 200, 400, 800, 1000, 1000]);
    }

    #[test]
    fn the_lowest_draw_keeps_half_the_pause() {
        assert_eq!(Backoff::new(FIRST, LONGEST).next_pause(0.0), FIRST / 2);
    }

    #[test]
    fn a_success_starts_over() {
        let mut backoff = Backoff::new(FIRST, LONGEST);
        backoff.next_pause(0.5);
        backoff.next_pause(0.5);

        backoff.reset();

        assert_eq!(backoff.next_pause(1.0), FIRST);
    }

    #[test]
    fn a_draw_out_of_range_stays_within_bounds() {
        for draw in [f64::NAN, f64::INFINITY, -3.0, 7.0] {
            let pause = Backoff::new(LONGEST, LONGEST).next_pause(draw);
            assert!(pause >= LONGEST / 2 && pause <= LONGEST, "{draw} gave {pause:?}");
        }
    }
}

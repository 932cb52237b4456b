//! When a feed's items came, in the few numbers that forecasts need.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use chrono::{DateTime, Utc};

/// First byte of the packed form.
const FORM: u8 = 1;

/// Length of the packed form.
const PACKED_BYTES: usize = 1 + 4 + 3 * 8 + 2 * (24 + 7);

/// When the items of a feed came: how many of late on three time scales, and how they are spread over hours and days.
///
/// The numbers are kept and read by the rules of polling; here is only their form.
#[derive(Clone, Debug, PartialEq)]
pub struct Rhythm {
    /// Up to when the feed was watched.
    pub as_of: DateTime<Utc>,
    /// Items on time scales of falling length.
    pub levels: [Level; 3],
    /// Weight of the items that came in each hour of the day, in UTC.
    pub hours: [u16; 24],
    /// The same for the days of the week, from Monday.
    pub days: [u16; 7],
}

/// Items on one time scale, those of long ago counting less and less.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Level {
    /// Items that came.
    pub items: f32,
    /// Time that the feed was watched, in seconds.
    pub watched: f32,
}

impl Rhythm {
    /// Nothing known, from `as_of` on.
    #[must_use]
    pub fn unknown(as_of: DateTime<Utc>) -> Self {
        Self { as_of, levels: [Level::default(); 3], hours: [0; 24], days: [0; 7] }
    }

    /// The packed form.
    #[must_use]
    pub fn pack(&self) -> Bytes {
        let mut packed = BytesMut::with_capacity(PACKED_BYTES);
        packed.put_u8(FORM);
        packed.put_u32_le(u32::try_from(self.as_of.timestamp()).unwrap_or_default());
        for level in &self.levels {
            packed.put_f32_le(level.items);
            packed.put_f32_le(level.watched);
        }
        for weight in self.hours.iter().chain(&self.days) {
            packed.put_u16_le(*weight);
        }
        packed.freeze()
    }

    /// Reads the packed form; `None` for another one, or numbers that no feed has.
    #[must_use]
    pub fn unpack(packed: &[u8]) -> Option<Self> {
        let mut rest = packed;
        if rest.len() != PACKED_BYTES || rest.get_u8() != FORM {
            return None;
        }
        let mut rhythm = Self::unknown(DateTime::from_timestamp(rest.get_u32_le().into(), 0)?);
        for level in &mut rhythm.levels {
            *level = Level { items: rest.get_f32_le(), watched: rest.get_f32_le() };
            let sound = |number: f32| number.is_finite() && number >= 0.0;
            if !(sound(level.items) && sound(level.watched)) {
                return None;
            }
        }
        for weight in rhythm.hours.iter_mut().chain(&mut rhythm.days) {
            *weight = rest.get_u16_le();
        }
        Some(rhythm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rhythm() -> Rhythm {
        let mut rhythm = Rhythm::unknown(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        rhythm.levels[1] = Level { items: 2.5, watched: 7_200.0 };
        (rhythm.hours[23], rhythm.days[6]) = (256, 65_535);
        rhythm
    }

    #[test]
    fn a_rhythm_survives_its_packed_form() {
        let packed = rhythm().pack();
        assert_eq!(packed.len(), 91);
        assert_eq!(Rhythm::unpack(&packed), Some(rhythm()));
    }

    #[test]
    fn what_is_none_is_not_taken_for_one() {
        let packed = rhythm().pack();
        assert_eq!(Rhythm::unpack(&packed[1..]), None);
        assert_eq!(Rhythm::unpack(&[]), None);
        let mut newer = packed.to_vec();
        newer[0] = 2;
        assert_eq!(Rhythm::unpack(&newer), None);
        let mut endless = rhythm();
        endless.levels[0].items = f32::INFINITY;
        assert_eq!(Rhythm::unpack(&endless.pack()), None);
    }
}

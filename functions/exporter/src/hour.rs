//! Whole hours: the times at which windows begin and end.

use headroom_kpi::{HOUR_MS, Millis};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A whole hour, counted from 1970.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Hour(pub i64);

impl Hour {
    /// The last whole hour that is not after a time.
    pub const fn before(time: Millis) -> Self {
        Self(time.0.div_euclid(HOUR_MS))
    }

    /// When it begins.
    pub const fn start(self) -> Millis {
        Self::millis(self.0)
    }

    /// The hour that is so many later.
    #[must_use]
    pub const fn plus(self, hours: i64) -> Self {
        Self(self.0 + hours)
    }

    /// So many hours as a duration.
    pub const fn millis(hours: i64) -> Millis {
        Millis(hours * HOUR_MS)
    }

    /// For a path: `20260601T000000Z`.
    pub fn path(self) -> String {
        self.timestamp().strftime("%Y%m%dT%H%M%SZ").to_string()
    }

    /// In the form of RFC 3339.
    pub fn text(self) -> String {
        self.timestamp().to_string()
    }

    fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.start().0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_has_a_name_for_paths_and_one_for_people() {
        let hour = Hour::before(Millis(1_780_275_599_999));
        assert_eq!(hour.path(), "20260601T000000Z");
        assert_eq!(hour.text(), "2026-06-01T00:00:00Z");
        assert_eq!(Hour::before(hour.start()), hour);
    }
}

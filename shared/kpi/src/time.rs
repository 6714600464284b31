//! Times and durations in milliseconds, the unit of Genesys, and their text forms.

use jiff::civil::Date;
use std::fmt;
use std::ops::{Add, Sub};

/// Milliseconds of a minute.
pub const MINUTE_MS: i64 = 60_000;
/// Milliseconds of an hour.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Milliseconds of 24 hours.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// Milliseconds: a point in time since 1970-01-01T00:00:00Z, or a duration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub i64);

impl Millis {
    /// 400 days, the longest duration and the greatest value of a metric (`kpis.md#bad-input`).
    pub const DURATION_MAX: Self = Self(400 * DAY_MS);
    /// 2000-01-01T00:00:00Z, the earliest event time (`kpis.md#bad-input`).
    pub const EVENT_TIME_MIN: Self = Self(946_684_800_000);
    /// 9999-12-30T00:00:00Z, above the latest event time: later times have no date in some zones.
    pub const EVENT_TIME_MAX: Self = Self(253_402_128_000_000);

    /// Whole seconds, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The distance to another time, never negative.
    #[must_use]
    pub const fn distance(self, other: Self) -> Self {
        Self((self.0 - other.0).abs())
    }
}

impl Add for Millis {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Millis {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}

/// A time in seconds since 1970, which is displayed as `2026-05-12T14:00:00Z`.
pub(crate) fn utc(second: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(second).unwrap_or_default()
}

const EPOCH: Date = Date::constant(1970, 1, 1);

/// The date of a day that is counted from 1970-01-01.
pub(crate) fn date(day: i32) -> Date {
    EPOCH.saturating_add(jiff::Span::new().try_days(day).unwrap_or_default())
}

/// Days from 1970-01-01 to a date.
pub(crate) fn days_since_epoch(date: Date) -> Option<i32> {
    let span = date.since((jiff::Unit::Day, EPOCH)).ok()?;
    Some(span.get_days())
}

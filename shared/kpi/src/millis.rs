//! Milliseconds, the unit of every time and duration from Genesys.

use std::fmt;
use std::ops::{Add, Sub};

/// Milliseconds: a point in time since 1970-01-01T00:00:00Z, or a duration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub i64);

impl Millis {
    /// 31 days: no duration and no value of a metric is longer (`kpis.md`, section 8).
    pub const DURATION_MAX: Self = Self(31 * 24 * 3_600_000);
    /// 2000-01-01T00:00:00Z: no event is older (`kpis.md`, section 8).
    pub const EVENT_TIME_MIN: Self = Self(946_684_800_000);
    /// 9999-12-30T00:00:00Z: later ones have no date in every time zone.
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

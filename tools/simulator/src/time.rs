//! Lengths of time in ms, and times as text. A time is an `i64`: ms since 1970 in UTC.

use jiff::Timestamp;

pub(crate) const SECOND_MS: i64 = 1_000;
pub(crate) const MINUTE_MS: i64 = 60 * SECOND_MS;
pub(crate) const HOUR_MS: i64 = 60 * MINUTE_MS;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;

/// Converts to jiff's type, in whose range the times of a simulation always are.
pub(crate) fn instant(time: i64) -> Timestamp {
    Timestamp::from_millisecond(time).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// ISO 8601 with milliseconds.
pub(crate) fn iso_ms(time: i64) -> String {
    format!("{:.3}", instant(time))
}

/// ISO 8601 in whole seconds, rounded down.
pub(crate) fn iso_seconds(time: i64) -> String {
    instant(time - time.rem_euclid(SECOND_MS)).to_string()
}

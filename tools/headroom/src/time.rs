//! Times as the commands show them and take them.

use headroom_kpi::Millis;
use jiff::{SignedDuration, Timestamp};

/// A time in UTC with its milliseconds, as Genesys writes it: `2026-05-12T14:02:42.015Z`.
pub(crate) fn utc(time: Millis) -> String {
    let time = Timestamp::from_millisecond(time.0).unwrap_or_default();
    format!("{time:.3}")
}

/// A length of time such as `90m`, `4h` or `1d`. Days have no fixed length for jiff; here they have 24
/// hours.
pub(crate) fn length(text: &str) -> Option<SignedDuration> {
    match text.strip_suffix('d').and_then(|days| days.parse::<i64>().ok()) {
        Some(days) => days.checked_mul(86_400).map(SignedDuration::from_secs),
        None => text.parse().ok(),
    }
}

/// A duration in seconds: `43.465 s`.
pub(crate) fn seconds(ms: i64) -> String {
    let (sign, ms) = (if ms < 0 { "-" } else { "" }, ms.unsigned_abs());
    format!("{sign}{}.{:03} s", ms / 1_000, ms % 1_000)
}

//! A stretch of time in which nothing is delivered.

use super::FaultsError;
use jiff::SignedDuration;
use std::str::FromStr;

/// When nothing is delivered: what is due in it never comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// Where it begins, in ms after the start of the run.
    pub from_ms: i64,
    /// How long it takes, in ms.
    pub length_ms: i64,
}

impl Outage {
    /// Whether it goes on so long after the start of the run, in ms.
    pub(super) const fn has(self, ms: i64) -> bool {
        self.from_ms <= ms && ms < self.from_ms.saturating_add(self.length_ms)
    }
}

impl FromStr for Outage {
    type Err = FaultsError;

    /// Reads for example `40m+20m`: from 40 minutes after the start, for 20 minutes.
    fn from_str(text: &str) -> Result<Self, FaultsError> {
        let read = text.trim().split_once('+').and_then(|(from, length)| {
            let (from_ms, length_ms) = (ms(from)?, ms(length)?);
            (length_ms > 0).then_some(Self { from_ms, length_ms })
        });
        read.ok_or_else(|| FaultsError::NotAnOutage(text.trim().to_owned()))
    }
}

fn ms(text: &str) -> Option<i64> {
    let length: SignedDuration = text.trim().parse().ok()?;
    i64::try_from(length.as_millis()).ok().filter(|ms| *ms >= 0)
}

//! The time span of a row, and its text form (`kpis.md#buckets`).

use crate::time::{DAY_MS, Millis, date, days_since_epoch, utc};
use std::fmt;
use std::str::FromStr;

/// The time span that the numbers of a row belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bucket {
    /// `now`: gauges.
    Now,
    /// `PT30M#2026-05-12T14:00:00Z`: an interval, by its length and its start.
    Interval {
        /// 15, 30 or 60.
        minutes: u8,
        /// A whole multiple of the length since 1970, UTC.
        start: Millis,
    },
    /// `P1D#2026-05-12`: a calendar day, in days since 1970-01-01.
    Day(i32),
}

/// A text that is not a subject or a bucket.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no subject or bucket; use queue#<id>#<media>, agent#<id>#<media>, now, PT30M#<start> or P1D#<date>"
)]
pub struct RowKeyError(pub(crate) String);

impl Bucket {
    /// By when settings are looked up that depend on a row alone (`kpis.md#effective-times`): the
    /// start of an interval, and that of a day's date in UTC. `now` has no such time.
    pub fn settings_time(self) -> Millis {
        match self {
            Self::Now => Millis(i64::MAX),
            Self::Interval { start, .. } => start,
            Self::Day(day) => Millis(i64::from(day) * DAY_MS),
        }
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => f.write_str("now"),
            Self::Interval { minutes: 60, start } => write!(f, "PT1H#{}", utc(start.seconds())),
            Self::Interval { minutes, start } => {
                write!(f, "PT{minutes}M#{}", utc(start.seconds()))
            }
            Self::Day(day) => write!(f, "P1D#{}", date(*day)),
        }
    }
}

impl FromStr for Bucket {
    type Err = RowKeyError;

    fn from_str(text: &str) -> Result<Self, RowKeyError> {
        // Every bucket has exactly one text: others, such as `P1D#2026-5-12`, are errors.
        parse(text)
            .filter(|bucket| bucket.to_string() == text)
            .ok_or_else(|| RowKeyError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Bucket> {
    match text.split_once('#') {
        None => (text == "now").then_some(Bucket::Now),
        Some(("PT15M", start)) => parse_interval(15, start),
        Some(("PT30M", start)) => parse_interval(30, start),
        Some(("PT1H", start)) => parse_interval(60, start),
        Some(("P1D", day)) => days_since_epoch(day.parse().ok()?).map(Bucket::Day),
        Some(_) => None,
    }
}

fn parse_interval(minutes: u8, start: &str) -> Option<Bucket> {
    let start = start.parse::<jiff::Timestamp>().ok()?;
    Some(Bucket::Interval { minutes, start: Millis(start.as_second() * 1000) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_have_the_texts_of_the_rules() {
        let start = Millis(1_778_594_400_000);
        let interval = |minutes| Bucket::Interval { minutes, start }.to_string();
        assert_eq!(interval(30), "PT30M#2026-05-12T14:00:00Z");
        assert_eq!(interval(60), "PT1H#2026-05-12T14:00:00Z");
        assert_eq!(Bucket::Day(20_585).to_string(), "P1D#2026-05-12");
        assert_eq!(Bucket::Day(-1).to_string(), "P1D#1969-12-31");
    }

    #[test]
    fn a_parsed_bucket_displays_as_the_same_text() {
        for text in [
            "now",
            "PT15M#2026-05-12T14:15:00Z",
            "PT30M#2026-05-12T14:30:00Z",
            "PT1H#1969-12-31T23:00:00Z",
            "P1D#2026-05-12",
            "P1D#1969-12-31",
            "P1D#9999-12-30",
        ] {
            assert_eq!(text.parse::<Bucket>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_text_that_no_bucket_displays_as_is_an_error() {
        for text in ["", "Now", "PT20M#2026-05-12T14:20:00Z", "P1D#2026-5-12", "PT30M#2026-05-12"] {
            assert!(text.parse::<Bucket>().is_err(), "{text}");
        }
    }
}

//! The keys of rows as text, and back (`kpis.md`, section 3).

use crate::row::{Bucket, RowKey, Subject, SubjectKind};
use crate::{Id, Media, Millis};
use jiff::civil::Date;
use std::fmt;
use std::str::FromStr;

/// The one subject that is neither a queue nor an agent.
const BUDGET: &str = "api#budget";

/// A text that is no subject or bucket.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no subject or bucket; use queue#<id>#<media>, agent#<id>#<media>, now, PT30M#<start> or P1D#<date>"
)]
pub struct RowKeyError(String);

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            SubjectKind::Queue => "queue",
            SubjectKind::Agent => "agent",
            SubjectKind::Api => return f.write_str(BUDGET),
        };
        write!(f, "{kind}#{}#{}", self.id, self.media)
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => f.write_str("now"),
            Self::Interval { minutes: 60, start } => write!(f, "PT1H#{}", Utc(start.seconds())),
            Self::Interval { minutes, start } => {
                write!(f, "PT{minutes}M#{}", Utc(start.seconds()))
            }
            Self::Day(day) => write!(f, "P1D#{}", date(*day)),
        }
    }
}

/// A second, shown as `2026-05-12T14:00:00Z`.
pub(crate) struct Utc(pub i64);

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = jiff::Timestamp::from_second(self.0).unwrap_or_default();
        write!(f, "{at}")
    }
}

const EPOCH: Date = Date::constant(1970, 1, 1);

/// The date of a day since 1970-01-01.
pub(crate) fn date(day: i32) -> Date {
    EPOCH.saturating_add(jiff::Span::new().try_days(day).unwrap_or_default())
}

impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}|{}", self.subject, self.bucket)
    }
}

impl FromStr for Subject {
    type Err = RowKeyError;

    fn from_str(text: &str) -> Result<Self, RowKeyError> {
        subject(text).ok_or_else(|| RowKeyError(text.to_owned()))
    }
}

impl FromStr for Bucket {
    type Err = RowKeyError;

    fn from_str(text: &str) -> Result<Self, RowKeyError> {
        bucket(text).ok_or_else(|| RowKeyError(text.to_owned()))
    }
}

fn subject(text: &str) -> Option<Subject> {
    if text == BUDGET {
        return Some(Subject::budget());
    }
    let (kind, rest) = text.split_once('#')?;
    let (id, media) = rest.split_once('#')?;
    let kind = match kind {
        "queue" => SubjectKind::Queue,
        "agent" => SubjectKind::Agent,
        _ => return None,
    };
    let subject = Subject { kind, id: Id::parse(id).ok()?, media: Media::new(media) };
    // One subject has one text: a media type in capitals is another text.
    (subject.media.as_str() == media).then_some(subject)
}

fn bucket(text: &str) -> Option<Bucket> {
    let bucket = match text.split_once('#') {
        None => (text == "now").then_some(Bucket::Now),
        Some(("PT15M", start)) => interval(15, start),
        Some(("PT30M", start)) => interval(30, start),
        Some(("PT1H", start)) => interval(60, start),
        Some(("P1D", day)) => day_of(day.parse().ok()?).map(Bucket::Day),
        Some(_) => None,
    };
    bucket.filter(|bucket| bucket.to_string() == text)
}

fn interval(minutes: u8, start: &str) -> Option<Bucket> {
    let start = start.parse::<jiff::Timestamp>().ok()?;
    Some(Bucket::Interval { minutes, start: Millis(start.as_second() * 1000) })
}

/// Days since 1970-01-01.
fn day_of(date: Date) -> Option<i32> {
    let since = date.since((jiff::Unit::Day, EPOCH)).ok()?;
    Some(since.get_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_as_the_rules_say() {
        let id = Id::parse("q1").unwrap();
        let subject = Subject { kind: SubjectKind::Queue, id, media: Media::new("VOICE") };
        assert_eq!(subject.to_string(), "queue#q1#voice");
        let start = Millis(1_778_594_400_000);
        let interval = |minutes| Bucket::Interval { minutes, start }.to_string();
        assert_eq!(interval(30), "PT30M#2026-05-12T14:00:00Z");
        assert_eq!(interval(60), "PT1H#2026-05-12T14:00:00Z");
        assert_eq!(Bucket::Day(20_585).to_string(), "P1D#2026-05-12");
        assert_eq!(Bucket::Day(-1).to_string(), "P1D#1969-12-31");
    }

    #[test]
    fn what_is_written_is_read_again() {
        for text in ["queue#q1#voice", "agent#u 1#hologram", "api#budget"] {
            assert_eq!(text.parse::<Subject>().unwrap().to_string(), text);
        }
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
    fn what_could_not_have_been_written_is_not_read() {
        for text in ["", "queue#q1", "queue##voice", "queue#q1#VOICE", "api#other", "queue#a#b#c"] {
            assert!(text.parse::<Subject>().is_err(), "{text}");
        }
        for text in ["", "Now", "PT20M#2026-05-12T14:20:00Z", "P1D#2026-5-12", "PT30M#2026-05-12"] {
            assert!(text.parse::<Bucket>().is_err(), "{text}");
        }
    }
}

//! Rows: (subject, bucket) -> sums.

use crate::facts::BudgetMetric;
use crate::limits::ROW_METRIC_NAMES_MAX;
use crate::{Amounts, Id, Media, Metric, Millis};
use std::collections::BTreeSet;

/// Whose numbers a row holds: `queue#<queueId>#<media>` or `agent#<userId>#<media>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// Queue or agent.
    pub kind: SubjectKind,
    /// `queueId` or `userId`.
    pub id: Id,
    /// The media type.
    pub media: Media,
}

/// The kinds of subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubjectKind {
    /// `agent#...`
    Agent,
    /// `queue#...`
    Queue,
    /// `api#budget`, the only one of its kind: see [`Subject::budget`].
    Api,
}

impl Subject {
    /// `api#budget`.
    pub fn budget() -> Self {
        Self { kind: SubjectKind::Api, id: Id::NIL, media: Media::UNKNOWN }
    }
}

/// The time that a row's numbers are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bucket {
    /// `now`: gauges.
    Now,
    /// `PT30M#2026-05-12T14:00:00Z`: an interval by its length and its start.
    Interval {
        /// 15, 30 or 60.
        minutes: u8,
        /// A whole multiple of the length since 1970, UTC.
        start: Millis,
    },
    /// `P1D#2026-05-12`: a calendar day, in days since 1970-01-01.
    Day(i32),
}

/// What identifies a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey {
    /// Whose numbers.
    pub subject: Subject,
    /// Of which time.
    pub bucket: Bucket,
}

/// One of the sums in a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Something about a metric. By metric first: facts come in that order, or nearly.
    Metric(Metric, Part),
    /// Number of waits in a bucket of the [histogram](crate::histogram).
    Wait(u16),
    /// Waiting in the queue now.
    OWaiting,
    /// Alerting an agent now.
    OAlerting,
    /// Connected to an agent now.
    OInteracting,
    /// An element of the set of those that wait. Boxed, since it is rare and would double the size
    /// of every key.
    WaitingSince(Box<Waiting>),
    /// Of the facts in the row, those that gap reads alone brought (`kpis.md`, section 11).
    Repaired,
    /// Something about the API budget; in rows of `api#budget` only.
    Budget(BudgetMetric),
}

/// What a row holds of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The sum of a counter's values: `nOffered`.
    Value,
    /// The number of a timer's facts: `tAnswered.count`.
    Count,
    /// The milliseconds of a timer's facts: `tAnswered.sum`.
    Sum,
}

/// A session that waits in a queue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Waiting {
    /// When it began, in whole seconds since 1970.
    pub second: i64,
    /// `sessionId`.
    pub session: Id,
}

impl Measure {
    /// The metric whose name it takes up in the row.
    fn metric(&self) -> Option<&Metric> {
        match self {
            Self::Metric(metric, _) => Some(metric),
            _ => None,
        }
    }

    /// Its name among the shown metrics, in two parts that are written one after the other: a
    /// metric and a suffix. None for the histogram and the set of those that wait.
    pub fn public_name(&self) -> Option<(&str, &'static str)> {
        match self {
            Self::Metric(metric, Part::Value) => Some((metric.as_str(), "")),
            Self::Metric(metric, Part::Count) => Some((metric.as_str(), ".count")),
            Self::Metric(metric, Part::Sum) => Some((metric.as_str(), ".sum")),
            Self::OWaiting => Some(("oWaiting", "")),
            Self::OAlerting => Some(("oAlerting", "")),
            Self::OInteracting => Some(("oInteracting", "")),
            Self::Repaired => Some(("repaired", "")),
            Self::Budget(sum) => Some((sum.as_str(), "")),
            Self::Wait(_) | Self::WaitingSince(_) => None,
        }
    }
}

/// The state of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Grows by one with every committed change.
    pub version: u64,
    /// The sums that are not zero.
    pub sums: Amounts,
}

/// A row would have more than 200 metric names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the row holds {ROW_METRIC_NAMES_MAX} metric names already, and no more fit")]
pub struct RowFull;

impl Row {
    /// The sum of a key, 0 if there is none.
    pub fn sum(&self, key: &Measure) -> i64 {
        self.sums.get(key)
    }

    /// Adds the amounts and counts the change.
    pub fn add(&mut self, amounts: &Amounts) {
        self.sums.add(amounts.as_slice());
        self.version += 1;
    }

    /// Whether the names that the amounts bring fit (`kpis.md`, section 8).
    pub fn has_room(&self, amounts: &Amounts) -> Result<(), RowFull> {
        // Fewer keys than names fit: no need to tell the names apart.
        if self.sums.len() + amounts.len() <= ROW_METRIC_NAMES_MAX {
            return Ok(());
        }
        let added = amounts.iter().filter(|(_, amount)| *amount > 0);
        let keys = self.sums.iter().chain(added).map(|(key, _)| key);
        let all: BTreeSet<_> = keys.filter_map(Measure::metric).collect();
        if all.len() <= ROW_METRIC_NAMES_MAX { Ok(()) } else { Err(RowFull) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_to_zero_is_left_out_and_the_version_grows() {
        let mut row = Row::default();
        row.add(&Amounts::from_iter([(Measure::OWaiting, 1)]));
        row.add(&Amounts::from_iter([(Measure::OWaiting, -1)]));
        assert!(row.sums.is_empty());
        assert_eq!(row.version, 2);
    }

    #[test]
    fn a_row_takes_200_metric_names_and_no_more() {
        let name = |n: usize| Metric::parse(&format!("tNew{n}")).unwrap();
        let both = |n| {
            Amounts::from_iter([
                (Measure::Metric(name(n), Part::Count), 1),
                (Measure::Metric(name(n), Part::Sum), 5),
            ])
        };
        let mut row = Row::default();
        for n in 0..ROW_METRIC_NAMES_MAX {
            assert_eq!(row.has_room(&both(n)), Ok(()));
            row.add(&both(n));
        }
        assert_eq!(row.has_room(&both(ROW_METRIC_NAMES_MAX)), Err(RowFull));
        assert_eq!(row.has_room(&both(7)), Ok(()));
        assert_eq!(row.has_room(&Amounts::from_iter([(Measure::Wait(3), 1)])), Ok(()));
    }
}

//! What a row has sums of.

use crate::facts::BudgetMetric;
use crate::id::Id;
use crate::names::Metric;

/// What one of the sums in a row measures.
///
/// The order of variants is the order of sums in stored contributions: append, never reorder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// A part of a metric. Ordered by metric first, as facts are, so that sorting is fast.
    Metric(Metric, Part),
    /// The number of waits in a bucket of the [histogram](crate::histogram).
    Wait(u16),
    /// Conversations that wait in the queue now.
    OWaiting,
    /// Sessions that alert an agent now.
    OAlerting,
    /// Sessions in which an agent is connected now.
    OInteracting,
    /// One element of the set of waiting sessions. Boxed, since it is rare and would double the
    /// size of every measure.
    WaitingSince(Box<Waiting>),
    /// How many bookings come from API responses alone (`kpis.md#repaired`).
    Repaired,
    /// A number about the API budget. Only in rows of `api#budget`.
    Budget(BudgetMetric),
}

/// A part of a metric.
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
    /// When the wait began, in whole seconds since 1970.
    pub second: i64,
    /// `sessionId`
    pub session: Id,
}

impl Measure {
    /// The metric whose name it takes up in the row.
    pub(super) fn metric(&self) -> Option<&Metric> {
        match self {
            Self::Metric(metric, _) => Some(metric),
            _ => None,
        }
    }

    /// The name that viewers and exports see, as two texts to concatenate: a metric and a suffix.
    /// None for the histogram and the set of waiting sessions.
    pub fn public_name(&self) -> Option<(&str, &'static str)> {
        match self {
            Self::Metric(metric, Part::Value) => Some((metric.as_str(), "")),
            Self::Metric(metric, Part::Count) => Some((metric.as_str(), ".count")),
            Self::Metric(metric, Part::Sum) => Some((metric.as_str(), ".sum")),
            Self::OWaiting => Some(("oWaiting", "")),
            Self::OAlerting => Some(("oAlerting", "")),
            Self::OInteracting => Some(("oInteracting", "")),
            Self::Repaired => Some(("repaired", "")),
            Self::Budget(metric) => Some((metric.as_str(), "")),
            Self::Wait(_) | Self::WaitingSince(_) => None,
        }
    }
}

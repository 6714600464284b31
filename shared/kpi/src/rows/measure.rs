//! What a row has sums of.

use super::agent_measure::AgentMeasure;
use super::waiting::{TaggedSecond, Waiting};
use crate::facts::BudgetMetric;
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
    /// How many of the waiting sessions began in a second. Boxed, since it is rare and would double
    /// the size of every measure.
    WaitingSince(Box<Waiting>),
    /// How many bookings come from API responses alone (`kpis.md#repaired`).
    Repaired,
    /// A number about the API budget. Only in rows of `api#budget`.
    Budget(BudgetMetric),
    /// A number about agents. Boxed, since conversations have none.
    Agent(Box<AgentMeasure>),
    /// How many of the interacting sessions began in a second.
    InteractingSince(Box<TaggedSecond>),
}

/// A part of a metric. Its position is stored: append, never reorder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The sum of a counter's values: `nOffered`.
    Value,
    /// The number of a timer's facts: `tAnswered.count`.
    Count,
    /// The milliseconds of a timer's facts: `tAnswered.sum`.
    Sum,
}

impl Measure {
    /// Whether it counts something by its start. Such a sum is no longer in the row when it is 0.
    pub fn is_start(&self) -> bool {
        self.start().is_some()
    }

    /// The start by which it counts something, in seconds since 1970.
    pub(super) fn start(&self) -> Option<i64> {
        match self {
            Self::WaitingSince(waiting) => Some(waiting.second),
            Self::InteractingSince(interacting) => Some(interacting.second),
            Self::Agent(measure) => match &**measure {
                AgentMeasure::IdleSince(idle) => Some(idle.second),
                _ => None,
            },
            _ => None,
        }
    }

    /// The metric whose name it takes up in the row.
    pub(super) fn metric(&self) -> Option<&Metric> {
        match self {
            Self::Metric(metric, _) => Some(metric),
            _ => None,
        }
    }

    /// The name that viewers and exports see, as two texts to concatenate: a metric and a suffix.
    /// None for the histogram and the starts of sessions.
    pub fn public_name(&self) -> Option<(&str, &str)> {
        match self {
            Self::Metric(metric, Part::Value) => Some((metric.as_str(), "")),
            Self::Metric(metric, Part::Count) => Some((metric.as_str(), ".count")),
            Self::Metric(metric, Part::Sum) => Some((metric.as_str(), ".sum")),
            Self::OWaiting => Some(("oWaiting", "")),
            Self::OAlerting => Some(("oAlerting", "")),
            Self::OInteracting => Some(("oInteracting", "")),
            Self::Repaired => Some(("repaired", "")),
            Self::Budget(metric) => Some((metric.as_str(), "")),
            Self::Agent(measure) => measure.public_name(),
            Self::Wait(_) | Self::WaitingSince(_) | Self::InteractingSince(_) => None,
        }
    }
}

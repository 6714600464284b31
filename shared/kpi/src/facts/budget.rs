//! What was spent of the API budget, as the gap reader reports it (`kpis.md#api-budget`).

use crate::names::names;
use crate::time::Millis;

/// A report. The newest report of a scope counts, as a whole; of two of the same time the greater.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BudgetReport {
    /// When the numbers were taken.
    pub at: Millis,
    /// The row that the numbers are for.
    pub scope: BudgetScope,
    /// The numbers, each metric at most once, in order, without zeros.
    pub sums: Vec<(BudgetMetric, i64)>,
}

impl BudgetReport {
    /// An upper bound of the stored form with its contributions, in bytes.
    pub(crate) const ENCODED_SIZE_MAX: usize = 40 + 24 * BudgetMetric::ALL.len();
}

/// The bucket of `api#budget` that a report is for. Each has an entity of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BudgetScope {
    /// Bucket `now`.
    Now,
    /// Bucket `P1D#<date>`, in days since 1970-01-01.
    Day(i32),
}

names! {
    /// One of the numbers about the API budget.
    BudgetMetric {
        /// Requests in the last rolling minute.
        MinuteUsed "minute.used",
        /// Requests allowed in a minute.
        MinuteAllowed "minute.allowed",
        /// Requests today.
        DayUsed "day.used",
        /// Requests allowed in a day.
        DayAllowed "day.allowed",
        /// Requests this month.
        MonthUsed "month.used",
        /// Requests allowed in a month.
        MonthAllowed "month.allowed",
        /// Requests today for conversations with a gap.
        Gap "requests.gap",
        /// Requests today to backfill outages of the feed.
        Backfill "requests.readBack",
        /// Requests today to read the catalog of queues.
        Reference "requests.reference",
        /// Requests today for access tokens.
        Token "requests.token",
        /// Responses with status 429 today.
        Throttled "throttled",
        /// No request before this time, in seconds since 1970.
        BlockedUntil "blockedUntil",
        /// When the day's limit is reached at the pace of the last hours, in seconds since 1970.
        DayFullAt "day.fullAt",
        /// When the month's limit is reached at the pace of the last days, in seconds since 1970.
        MonthFullAt "month.fullAt",
        /// Conversations that are due for a gap read.
        Due "due",
    }
}

impl BudgetMetric {
    /// The metric with a name in rows and events.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|metric| metric.as_str() == name)
    }
}

//! The state of the API budget, from rows of the protocol.

use headroom_kpi::facts::BudgetMetric;
use headroom_kpi::{Measure, Subject};
use headroom_protocol::RowState;
use serde::Serialize;

/// What was used of the API budget and what is left. Times are seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BudgetStatus {
    /// As of when, ISO-8601.
    pub(super) at: String,
    pub(super) minute: Usage,
    pub(super) day: Usage,
    pub(super) month: Usage,
    /// Requests today, by purpose.
    pub(super) requests: RequestCounts,
    /// Responses with status 429 today.
    pub(super) throttled: i64,
    /// No request is sent before this time.
    pub(super) blocked_until: Option<i64>,
    /// Conversations that wait to be read.
    pub(super) due: i64,
    pub(super) bookings: Bookings,
    /// Whether the row may be out of date.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) stale: bool,
}

/// Requests in a minute, day or month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Usage {
    pub(super) used: i64,
    pub(super) allowed: i64,
    /// When all that is allowed will be used, at the present rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) full_at: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestCounts {
    pub(super) gap: i64,
    pub(super) read_back: i64,
    pub(super) reference: i64,
    pub(super) token: i64,
}

/// Bookings in the queues' rows of the latest day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bookings {
    /// All bookings: a timer's count, a counter's value.
    #[serde(rename = "all")]
    pub(super) total: i64,
    /// Bookings from gap reads, for which no event had come.
    pub(super) repaired: i64,
}

impl BudgetStatus {
    /// Reads the budget from a viewer's rows, each with whether it is stale. None if there is no row
    /// of the budget.
    pub(crate) fn from_rows<'a>(rows: impl Iterator<Item = (&'a RowState, bool)>) -> Option<Self> {
        let rows: Vec<_> = rows.collect();
        let subject = Subject::ApiBudget.to_string();
        let (row, stale) =
            rows.iter().find(|(row, _)| row.subject == subject && row.bucket == "now")?;
        let value = |metric: BudgetMetric| row.metrics.get(metric.as_str()).copied().unwrap_or(0);
        let time = |metric: BudgetMetric| Some(value(metric)).filter(|seconds| *seconds > 0);
        let usage = |used, allowed, full_at: Option<BudgetMetric>| Usage {
            used: value(used),
            allowed: value(allowed),
            full_at: full_at.and_then(time),
        };
        Some(Self {
            at: row.at.clone(),
            minute: usage(BudgetMetric::MinuteUsed, BudgetMetric::MinuteAllowed, None),
            day: usage(
                BudgetMetric::DayUsed,
                BudgetMetric::DayAllowed,
                Some(BudgetMetric::DayFullAt),
            ),
            month: usage(
                BudgetMetric::MonthUsed,
                BudgetMetric::MonthAllowed,
                Some(BudgetMetric::MonthFullAt),
            ),
            requests: RequestCounts {
                gap: value(BudgetMetric::Gap),
                read_back: value(BudgetMetric::Backfill),
                reference: value(BudgetMetric::Reference),
                token: value(BudgetMetric::Token),
            },
            throttled: value(BudgetMetric::Throttled),
            blocked_until: time(BudgetMetric::BlockedUntil),
            due: value(BudgetMetric::Due),
            bookings: Bookings::of_latest_day(&rows),
            stale: *stale,
        })
    }
}

impl Bookings {
    fn of_latest_day(rows: &[(&RowState, bool)]) -> Self {
        let days = rows.iter().map(|(row, _)| *row).filter(|row| row.bucket.starts_with("P1D#"));
        let latest = days.clone().map(|row| &row.bucket).max();
        let repaired_name = Measure::Repaired.public_name().map(|(name, _)| name);
        let mut bookings = Self::default();
        for row in
            days.filter(|row| Some(&row.bucket) == latest && row.subject.starts_with("queue#"))
        {
            for (name, sum) in &row.metrics {
                if is_booking_count(name) {
                    bookings.total = bookings.total.saturating_add(*sum);
                }
                if Some(name.as_str()) == repaired_name {
                    bookings.repaired = bookings.repaired.saturating_add(*sum);
                }
            }
        }
        bookings
    }
}

/// Whether a sum counts bookings: a counter's value (`nOffered`) or a timer's count
/// (`tAcd.count`).
fn is_booking_count(name: &str) -> bool {
    let is_timer_count = name.strip_suffix(".count").is_some_and(|timer| timer.starts_with('t'));
    name.starts_with('n') || is_timer_count
}

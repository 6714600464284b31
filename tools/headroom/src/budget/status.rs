//! The state of the API budget, from rows of the protocol.

use headroom_kpi::facts::BudgetMetric;
use headroom_kpi::{Measure, Subject};
use headroom_protocol::RowState;
use serde::Serialize;
use std::collections::BTreeMap;

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
        Some(Self {
            at: row.at.clone(),
            minute: Usage {
                used: value(BudgetMetric::MinuteUsed),
                allowed: value(BudgetMetric::MinuteAllowed),
                full_at: None,
            },
            day: Usage {
                used: value(BudgetMetric::DayUsed),
                allowed: value(BudgetMetric::DayAllowed),
                full_at: time(BudgetMetric::DayFullAt),
            },
            month: Usage {
                used: value(BudgetMetric::MonthUsed),
                allowed: value(BudgetMetric::MonthAllowed),
                full_at: time(BudgetMetric::MonthFullAt),
            },
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
        let Some(latest) = days.clone().map(|row| &row.bucket).max() else {
            return Self::default();
        };
        let mut bookings = Self::default();
        for row in days.filter(|row| row.bucket == *latest && row.subject.starts_with("queue#")) {
            bookings.add(&row.metrics);
        }
        bookings
    }

    /// Adds the bookings of a row.
    fn add(&mut self, metrics: &BTreeMap<String, i64>) {
        let booked = metrics.iter().filter(|(name, _)| is_booking_count(name));
        self.total = self.total.saturating_add(booked.map(|(_, sum)| sum).sum());
        let repaired = Measure::Repaired.public_name().and_then(|(name, _)| metrics.get(name));
        self.repaired = self.repaired.saturating_add(repaired.copied().unwrap_or(0));
    }
}

/// Whether a sum counts bookings: a counter's value (`nOffered`) or a timer's count
/// (`tAcd.count`).
fn is_booking_count(name: &str) -> bool {
    let is_timer_count = name.strip_suffix(".count").is_some_and(|timer| timer.starts_with('t'));
    name.starts_with('n') || is_timer_count
}

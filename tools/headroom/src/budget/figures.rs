//! The numbers of the budget, out of rows.

use headroom_kpi::facts::BudgetMetric;
use headroom_kpi::{Measure, Subject};
use headroom_protocol::RowState;
use serde::Serialize;
use std::collections::BTreeMap;

/// What was spent and what is left. Times are seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Figures {
    /// When this was so, ISO-8601.
    pub(super) at: String,
    pub(super) minute: Spent,
    pub(super) day: Spent,
    pub(super) month: Spent,
    /// Requests today, by purpose.
    pub(super) requests: Requests,
    /// Answers 429 today.
    pub(super) throttled: i64,
    /// No request before.
    pub(super) blocked_until: Option<i64>,
    /// Conversations that wait to be read.
    pub(super) due: i64,
    pub(super) bookings: Bookings,
    /// Whether all this may be behind.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) stale: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Spent {
    pub(super) used: i64,
    pub(super) allowed: i64,
    /// When the ceiling will be met, at the pace of now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) full_at: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Requests {
    pub(super) gap: i64,
    pub(super) read_back: i64,
    pub(super) reference: i64,
    pub(super) token: i64,
}

/// What the queues' numbers of today are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bookings {
    /// A timer counts once, a counter by its value.
    pub(super) all: i64,
    /// Those that gap reads alone brought.
    pub(super) repaired: i64,
}

impl Figures {
    /// Out of all rows that there are, with whether they may be behind; none without the budget's row.
    pub(crate) fn of<'a>(rows: impl Iterator<Item = (&'a RowState, bool)>) -> Option<Self> {
        let rows: Vec<_> = rows.collect();
        let subject = Subject::ApiBudget.to_string();
        let budget = |(row, _): &&(&RowState, bool)| row.subject == subject && row.bucket == "now";
        let (now, stale) = rows.iter().find(budget)?;
        let sum = |sum: BudgetMetric| now.metrics.get(sum.as_str()).copied().unwrap_or(0);
        let time = |at: BudgetMetric| Some(sum(at)).filter(|seconds| *seconds > 0);
        let spent = |used, allowed, full_at: Option<BudgetMetric>| Spent {
            used: sum(used),
            allowed: sum(allowed),
            full_at: full_at.and_then(time),
        };
        let (day_full, month_full) = (BudgetMetric::DayFullAt, BudgetMetric::MonthFullAt);
        Some(Self {
            at: now.at.clone(),
            minute: spent(BudgetMetric::MinuteUsed, BudgetMetric::MinuteAllowed, None),
            day: spent(BudgetMetric::DayUsed, BudgetMetric::DayAllowed, Some(day_full)),
            month: spent(BudgetMetric::MonthUsed, BudgetMetric::MonthAllowed, Some(month_full)),
            requests: Requests {
                gap: sum(BudgetMetric::Gap),
                read_back: sum(BudgetMetric::Backfill),
                reference: sum(BudgetMetric::Reference),
                token: sum(BudgetMetric::Token),
            },
            throttled: sum(BudgetMetric::Throttled),
            blocked_until: time(BudgetMetric::BlockedUntil),
            due: sum(BudgetMetric::Due),
            bookings: Bookings::of(rows.iter().map(|(row, _)| *row)),
            stale: *stale,
        })
    }
}

impl Bookings {
    /// Those of the queues on the latest day.
    fn of<'a>(rows: impl Iterator<Item = &'a RowState>) -> Self {
        let of_days: Vec<_> = rows.filter(|row| row.bucket.starts_with("P1D#")).collect();
        let latest = of_days.iter().map(|row| &row.bucket).max();
        let of_queue =
            |row: &&&RowState| Some(&row.bucket) == latest && row.subject.starts_with("queue#");
        of_days.iter().filter(of_queue).fold(Self::default(), |sum, row| sum.and(&row.metrics))
    }

    fn and(self, metrics: &BTreeMap<String, i64>) -> Self {
        let counts = |name: &str| match name.as_bytes().first() {
            Some(b'n') => true,
            Some(b't') => name.strip_suffix(".count").is_some(),
            _ => false,
        };
        let booked = metrics.iter().filter(|(name, _)| counts(name)).map(|(_, sum)| sum);
        let repaired = Measure::Repaired.public_name().and_then(|(name, _)| metrics.get(name));
        Self {
            all: self.all.saturating_add(booked.sum()),
            repaired: self.repaired.saturating_add(repaired.copied().unwrap_or(0)),
        }
    }
}

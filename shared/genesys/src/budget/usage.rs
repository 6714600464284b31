//! Requests of a day and of a month.

use super::Purpose;
use headroom_kpi::facts::BudgetMetric;
use serde::{Deserialize, Serialize};

/// Requests of a calendar day, by purpose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct DayUsage {
    /// Days since 1970-01-01.
    pub(super) date: i32,
    pub(super) gap: u32,
    #[serde(rename = "readBack")]
    pub(super) backfill: u32,
    #[serde(rename = "reference")]
    pub(super) catalog: u32,
    pub(super) token: u32,
    /// Responses with status 429.
    pub(super) throttled: u32,
}

impl DayUsage {
    pub(super) fn new(date: i32) -> Self {
        Self { date, ..Self::default() }
    }

    pub(super) fn add(&mut self, purpose: Purpose) {
        let count = match purpose {
            Purpose::Gap => &mut self.gap,
            Purpose::Backfill => &mut self.backfill,
            Purpose::Catalog => &mut self.catalog,
            Purpose::Token => &mut self.token,
        };
        *count = count.saturating_add(1);
    }

    /// Requests for all purposes.
    pub(super) fn used(&self) -> u32 {
        let counts = [self.gap, self.backfill, self.catalog, self.token];
        counts.into_iter().fold(0, u32::saturating_add)
    }

    /// The sums of a report, in no order.
    pub(super) fn sums(&self) -> [(BudgetMetric, i64); 6] {
        [
            (BudgetMetric::DayUsed, self.used().into()),
            (BudgetMetric::Gap, self.gap.into()),
            (BudgetMetric::Backfill, self.backfill.into()),
            (BudgetMetric::Reference, self.catalog.into()),
            (BudgetMetric::Token, self.token.into()),
            (BudgetMetric::Throttled, self.throttled.into()),
        ]
    }
}

/// Requests of a calendar month.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct MonthUsage {
    /// Months since year 0.
    pub(super) month: i32,
    pub(super) used: u32,
}

impl MonthUsage {
    /// Begins a new month. One further ahead than the clock of another process at midnight is of a
    /// wrong clock, and goes back.
    pub(super) fn roll(&mut self, month: i32) {
        if self.month < month {
            *self = Self { month, used: 0 };
        } else if self.month > month + 1 {
            self.month = month;
        }
    }
}

//! The API budget: its document in the ledger, and the event and metrics of what was spent.

use crate::error::JobError;
use crate::events::{event, publish};
use headroom_aws::events::{EventBus, EventPublisher};
use headroom_engine::StoreError;
use headroom_genesys::budget::{Budget, BudgetStore, SharedRateLimiter};
use headroom_kpi::facts::BudgetMetric;
use headroom_tables::{DocumentKey, Documents, Versioned, read_json, write_json};
use metrics::gauge;
use std::sync::Arc;

/// The detail-type of a report.
const REPORT: &str = "headroom.api.budget";

/// The budget as a document of the ledger.
#[derive(Debug)]
pub struct BudgetDocument<D>(pub Arc<D>);

/// The rate limiter that all gap readers share.
pub type LedgerRateLimiter<D> = SharedRateLimiter<BudgetDocument<D>>;

fn key() -> DocumentKey {
    DocumentKey::new("budget", "budget")
}

impl<D: Documents> BudgetStore for BudgetDocument<D> {
    type Error = StoreError;

    async fn load(&self) -> Result<(Budget, u64), StoreError> {
        let stored = read_json(&*self.0, &key()).await?;
        let Versioned { version, value } = stored.unwrap_or_default();
        Ok((value, version))
    }

    async fn save(&self, budget: &Budget, expected_version: u64) -> Result<(), StoreError> {
        write_json(&*self.0, &key(), budget, expected_version, None).await.map(drop)
    }

    fn is_retryable(error: &StoreError) -> bool {
        error.retryable()
    }
}

/// Publishes what was spent, and sets the metrics of it. `due` is how many conversations wait for
/// a read.
// Counts of requests are far below what a float holds exactly.
#[allow(clippy::cast_precision_loss)]
pub(crate) async fn publish_report<D: Documents>(
    rate_limiter: &LedgerRateLimiter<D>,
    publisher: &EventPublisher<impl EventBus>,
    due: u64,
) -> Result<(), JobError> {
    let (report, closing) = rate_limiter.reports(due).await?;
    gauge!("BudgetUsedShare").set(report.used_share() * 100.0);
    gauge!("BudgetMinuteUsed").set(report.value(BudgetMetric::MinuteUsed) as f64);
    gauge!("BudgetDayUsed").set(report.value(BudgetMetric::DayUsed) as f64);
    let reports = [report].into_iter().chain(closing);
    let events = reports.map(|report| event(REPORT, &report)).collect();
    Ok(publish(publisher, events).await?)
}

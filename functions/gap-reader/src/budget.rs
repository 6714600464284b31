//! The event and metrics of what was spent of the API budget.

use crate::error::JobError;
use crate::events::{event, publish};
use crate::rate_limiter::LedgerRateLimiter;
use headroom_aws::events::{EventBus, EventPublisher};
use headroom_kpi::facts::BudgetMetric;
use headroom_tables::Documents;
use metrics::gauge;

/// The detail-type of a report.
const REPORT: &str = "headroom.api.budget";

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

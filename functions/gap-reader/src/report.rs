//! The number: what was spent of the budget, as an event and as metrics.

use crate::bus::Entry;
use crate::error::ReadError;
use crate::figures::Figures;
use crate::publish::publish;
use crate::reader::{Outside, Reader};
use headroom_genesys::budget::Report;
use headroom_kpi::Millis;
use headroom_kpi::facts::BudgetMetric;
use metrics::gauge;

const BUDGET: &str = "headroom.api.budget";
const MINUTE: i64 = 60_000;

impl<O: Outside> Reader<O> {
    /// Reports what was spent, once in a minute. Gives when it was last reported.
    pub(crate) async fn report(&self, reported: Millis, figures: &mut Figures) -> Millis {
        let now = self.clock.now();
        if now.0 / MINUTE == reported.0 / MINUTE {
            return reported;
        }
        match self.tell(figures).await {
            Ok(()) => now,
            Err(error) => {
                figures.fail("the report", &error);
                reported
            }
        }
    }

    async fn tell(&self, figures: &Figures) -> Result<(), ReadError> {
        let (reports, share) = self.meter.report(figures.due_left).await?;
        if let Some(report) = reports.first() {
            measure(report, share);
        }
        let events = reports.iter().map(entry).collect();
        publish(&self.bus, &self.retry, events).await?;
        Ok(())
    }
}

fn entry(report: &Report) -> Entry {
    let detail = serde_json::json!({ "eventBody": report }).to_string();
    Entry { detail_type: BUDGET, detail }
}

// Counts of requests are far below what a float holds exactly.
#[allow(clippy::cast_precision_loss)]
fn measure(report: &Report, share: f64) {
    let sum = |wanted| {
        let found = report.now.iter().find(|(sum, _)| *sum == wanted);
        found.map_or(0, |(_, value)| *value) as f64
    };
    gauge!("BudgetUsedShare").set(share * 100.0);
    gauge!("BudgetMinuteUsed").set(sum(BudgetMetric::MinuteUsed));
    gauge!("BudgetDayUsed").set(sum(BudgetMetric::DayUsed));
}

//! What a run did.

use headroom_engine::StoreError;
use metrics::{counter, histogram};
use serde::Serialize;

/// What a run did: the function's response, and its metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunSummary {
    /// Another run held the lease: nothing was done.
    pub busy: bool,
    /// Exports that began.
    pub starts: u64,
    /// Exports that were found complete.
    pub complete: u64,
    /// Exports and parts of the run that failed.
    pub failures: u64,
    /// Minutes of rows that no complete export has; none if that was not found out.
    pub minutes_not_exported: Option<i64>,
}

impl RunSummary {
    pub(crate) fn record(&mut self, part: &'static str, result: Result<(), StoreError>) {
        if let Err(error) = result {
            self.record_failure(part, &error);
        }
    }

    pub(crate) fn record_failure(&mut self, part: &'static str, error: &StoreError) {
        tracing::error!(part, %error, "a part of the run failed; the next one goes on where it stopped");
        self.failures += 1;
    }

    // Minutes are far below what a float holds exactly.
    #[allow(clippy::cast_precision_loss)]
    pub(crate) fn record_metrics(&self) {
        counter!("ExportsBegun").increment(self.starts);
        counter!("ExportsComplete").increment(self.complete);
        counter!("ExportFailures").increment(self.failures);
        if let Some(minutes) = self.minutes_not_exported {
            // A gauge would be written again by later runs that found out nothing.
            histogram!("MinutesNotExported").record(minutes as f64);
        }
    }
}

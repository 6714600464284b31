//! One run: a part of the rows, the log of what is wrong, and the report.

use crate::config::Rules;
use crate::position::Position;
use headroom_engine::{AuditReport, RowDifference};
use headroom_kpi::Millis;
use headroom_tables::layout::attribute;
use headroom_tables::{Documents, PartReport, TableAudit, TableAuditError, Versioned};
use metrics::{counter, histogram};
use serde::Serialize;
use std::time::Duration;
use tokio::time::timeout;

/// Rows that differ and are logged, each with its first sums. The command line shows all of them.
const LOGGED_ROWS_MAX: usize = 50;
const LOGGED_SUMS_MAX: usize = 5;

/// Compares rows with the contributions of all entities.
#[derive(Debug)]
pub struct Auditor<D> {
    /// The ledger.
    pub documents: D,
    /// Both tables.
    pub tables: TableAudit,
    /// What is audited.
    pub rules: Rules,
}

/// What a run found: the function's response, and its metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunSummary {
    /// The part of the rows, from 0.
    pub part: u32,
    /// Rows that were compared.
    pub compared: u64,
    /// Rows that are not the sum of the contributions to them.
    pub differing: u64,
    /// The same, with those that the last audits of the other parts found; none if that is not known.
    pub differing_in_all: Option<u64>,
    /// Rows that changed while they were read, and were not judged.
    pub busy: u64,
    /// Runs that failed: 0 or 1.
    pub failures: u64,
}

#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error("the ledger: {0}")]
    Documents(#[from] headroom_engine::StoreError),
    #[error("the table of {0}")]
    Table(#[from] TableAuditError),
    #[error(
        "the tables were not read in time; raise AuditReadUnits, or audit from the command line"
    )]
    Late,
}

impl<D: Documents> Auditor<D> {
    /// Compares the part whose turn it is, within this time.
    pub async fn run(&self, now: Millis, time: Duration) -> RunSummary {
        let mut summary = RunSummary::default();
        if let Err(error) = self.run_part(now, time, &mut summary).await {
            tracing::error!(%error, part = summary.part, "the audit failed; the next run takes the same part");
            summary.failures = 1;
        }
        summary.record_metrics();
        summary
    }

    async fn run_part(
        &self,
        now: Millis,
        time: Duration,
        summary: &mut RunSummary,
    ) -> Result<(), RunError> {
        let position = Position::read(&self.documents, self.rules, now).await?;
        let Versioned { version, value: mut position } = position;
        let part = position.part();
        summary.part = part.number();
        summary.differing_in_all = Some(position.differing());
        let audit = self.tables.part(position.expiry(now), part, |_| true);
        let PartReport { report, busy } =
            timeout(time, audit).await.map_err(|_| RunError::Late)??;
        log(&report);
        summary.compared = report.summary.compared;
        summary.differing = report.differences.len() as u64;
        summary.busy = busy;
        position.advance(summary.differing);
        summary.differing_in_all = Some(position.differing());
        position.write(&self.documents, version).await?;
        Ok(())
    }
}

/// Logs the rows that differ, as far as they fit.
fn log(report: &AuditReport) {
    for difference in report.differences.iter().take(LOGGED_ROWS_MAX) {
        let RowDifference { row, .. } = difference;
        for sum in difference.sums().into_iter().take(LOGGED_SUMS_MAX) {
            let (subject, bucket) = (row.subject.to_string(), row.bucket.to_string());
            let (measure, stored, right) = (attribute(&sum.measure), sum.stored, sum.right);
            tracing::error!(
                subject,
                bucket,
                measure,
                stored,
                right,
                "a row is not the sum of its contributions"
            );
        }
    }
    let left_out = report.differences.len().saturating_sub(LOGGED_ROWS_MAX);
    if left_out > 0 {
        tracing::error!(left_out, "more rows differ; headroom audit shows all of them");
    }
}

impl RunSummary {
    // Numbers of rows are far below what a float holds exactly.
    #[allow(clippy::cast_precision_loss)]
    fn record_metrics(&self) {
        counter!("RowsCompared").increment(self.compared);
        if let Some(differing) = self.differing_in_all {
            // A gauge would be written again by later runs that could not read the ledger.
            histogram!("RowsDiffering").record(differing as f64);
        }
        counter!("AuditFailures").increment(self.failures);
    }
}

//! One run: the lease, the tables, the marker, and the report.

use crate::coverage::{Coverage, Marker};
use crate::export::{Route, Table};
use crate::plan::Cadence;
use crate::records::Records;
use crate::service::Exports;
use crate::summary::RunSummary;
use crate::table_run::TableRun;
use headroom_aws::Invocation;
use headroom_engine::StoreError;
use headroom_requests::Clock;
use headroom_tables::{Documents, Lease};
use std::collections::BTreeMap;
use tokio::time::timeout_at;

const LEASE: &str = "exporter";

/// An increment for every hour, and a full export each week.
const ROWS: Cadence = Cadence { full_hours: 7 * 24, has_increments: true };
/// Of names only the newest are used: a full export each day.
const CATALOG: Cadence = Cadence { full_hours: 24, has_increments: false };

/// What is exported, and to where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The table of rows.
    pub rows_table: String,
    /// The ledger table.
    pub ledger_table: String,
    /// The bucket.
    pub bucket: String,
    /// Hours after which an interval counts as final.
    pub late_hours: i64,
}

/// Requests exports, and watches over them.
pub struct Exporter<D, E> {
    /// The ledger.
    pub documents: D,
    /// What exports are made by.
    pub exports: E,
    /// The time.
    pub clock: Clock,
    /// What is exported.
    pub rules: Rules,
}

impl<D: Documents, E: Exports> Exporter<D, E> {
    /// Asks how far exports are, and requests those whose time has come.
    pub async fn run(&self, run: &Invocation) -> RunSummary {
        let mut summary = RunSummary::default();
        let now = self.clock.now();
        match Lease::acquire(&self.documents, LEASE, &run.id, now, run.killed_at).await {
            Ok(Some(lease)) => self.run_with_lease(run, lease, &mut summary).await,
            Ok(None) => return RunSummary { busy: true, ..summary },
            Err(error) => summary.record_failure("lease", &error),
        }
        summary.record_metrics();
        summary
    }

    async fn run_with_lease(&self, run: &Invocation, lease: Lease, summary: &mut RunSummary) {
        if timeout_at(run.deadline, self.run_tables(summary)).await.is_err() {
            tracing::error!("the run reached its deadline; the next one goes on where it stopped");
            summary.failures += 1;
        }
        if let Err(error) = lease.release(&self.documents).await {
            tracing::warn!(%error, "the lease was not released; it expires by itself");
        }
    }

    async fn run_tables(&self, summary: &mut RunSummary) {
        let mut coverages = BTreeMap::new();
        let tables = [
            (Table::Rows, &self.rules.rows_table, ROWS),
            (Table::Catalog, &self.rules.ledger_table, CATALOG),
        ];
        for (table, name, cadence) in tables {
            // Boxed: it contains the futures of the SDK.
            match Box::pin(self.run_table(table, name, cadence, summary)).await {
                Ok(coverage) => drop(coverages.insert(table, coverage)),
                Err(error) => summary.record_failure(table.name(), &error),
            }
        }
        // A marker without one of the tables would say that it is not exported.
        if coverages.len() == tables.len() {
            summary.record("marker", self.write_marker(&coverages).await);
        }
    }

    async fn run_table(
        &self,
        table: Table,
        name: &str,
        cadence: Cadence,
        summary: &mut RunSummary,
    ) -> Result<Coverage, StoreError> {
        let (documents, exports, now) = (&self.documents, &self.exports, self.clock.now());
        let state = exports.table(name).await?;
        let earliest = state.recoverable.earliest;
        let route = Route { table_id: state.id.clone(), bucket: self.rules.bucket.clone() };
        let records = Records::read(documents, table).await?;
        let mut run = TableRun { documents, exports, table, state, route, records, now, summary };
        let coverage = run.run(cadence).await?;
        if table == Table::Rows {
            // Without recovery there is no time since when a table could be exported.
            let since = coverage.since().or(Some(earliest).filter(|earliest| *earliest <= now));
            summary.minutes_not_exported = since.map(|since| (now.0 - since.0).max(0) / 60_000);
        }
        Ok(coverage)
    }

    async fn write_marker(&self, coverages: &BTreeMap<Table, Coverage>) -> Result<(), StoreError> {
        let marker = Marker::new(coverages, self.rules.late_hours, self.clock.now());
        let body = serde_json::to_string_pretty(&marker);
        let body = body.map_err(|error| StoreError::Rejected(error.to_string()))?;
        self.exports.write_marker(&body).await
    }
}

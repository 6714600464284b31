//! Audits the tables themselves, while others write to them.
//!
//! Rows are read first, then entities. A row changes in the same transaction as the contributions to
//! it, and each change raises its version. So if a row that differs still has the version that it had
//! before the entities were read, none of its contributions has changed in between: the difference is
//! real. Otherwise nothing can be said of it.

use super::limits::Limits;
use super::progress::Progress;
use super::text::Audit;
use crate::CliError;
use crate::aws::sdk_config;
use crate::terminal::check_interrupt;
use aws_sdk_dynamodb::Client;
use headroom_engine::{AuditReport, Auditor, Part, RowDifference, RowStore, StoreError, StoredRow};
use headroom_kpi::Millis;
use headroom_tables::{DynamoRows, DynamoStore, TableScan, Tables};

/// Where the tables are.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) entities: String,
    pub(super) rows: String,
    pub(super) endpoint_url: Option<String>,
}

/// The tables of a stack.
pub(super) struct StackTables {
    client: Client,
    place: Place,
    read_units: u32,
}

/// Rows that are read again together.
const ROWS_MAX: usize = 1_000;

impl StackTables {
    pub(super) async fn connect(place: Place, read_units: u32) -> Result<Self, CliError> {
        let config = sdk_config(place.endpoint_url.as_deref()).await?;
        Ok(Self { client: Client::new(&config), place, read_units })
    }

    pub(super) fn rows_table(&self) -> &str {
        &self.place.rows
    }

    /// The store that repairs rows.
    pub(super) fn store(&self, limits: Limits) -> DynamoStore {
        let Place { entities, rows, .. } = self.place.clone();
        let tables = Tables { entities, rows };
        DynamoStore::new(self.client.clone(), tables, limits.retention())
    }

    /// Compares rows and entities, of which a day's worth may expire while that takes.
    pub(super) async fn audit(
        &self,
        limits: Limits,
        at: Millis,
        progress: &Progress,
    ) -> Result<Audit, CliError> {
        let expiry = limits.expiry(at);
        let mut audit = Audit::default();
        for (pass, part) in (1..).zip(Part::split(limits.passes)) {
            let mut auditor = Auditor::new(expiry, part);
            self.add_rows(&mut auditor, pass, progress).await?;
            self.add_entities(&mut auditor, pass, progress).await?;
            let mut report = auditor.finish();
            audit.busy +=
                self.drop_busy_rows(&mut report).await.map_err(|error| self.rows_error(error))?;
            audit.report.append(report);
        }
        progress.finish();
        Ok(audit)
    }

    async fn add_rows(
        &self,
        auditor: &mut Auditor,
        pass: usize,
        progress: &Progress,
    ) -> Result<(), CliError> {
        let mut scan = self.scan(&self.place.rows);
        let mut count = 0;
        while let Some(rows) = scan.next_rows().await.map_err(|error| self.rows_error(error))? {
            check_interrupt()?;
            for (key, row) in rows {
                auditor.add_row(key, row);
                count += 1;
                progress.tick(pass, "rows", count);
            }
        }
        Ok(())
    }

    async fn add_entities(
        &self,
        auditor: &mut Auditor,
        pass: usize,
        progress: &Progress,
    ) -> Result<(), CliError> {
        let mut scan = self.scan(&self.place.entities);
        let error = |source| table_error(&self.place.entities, source);
        let mut count = 0;
        while let Some(entities) = scan.next_entities().await.map_err(error)? {
            check_interrupt()?;
            for (key, entity) in entities {
                auditor.add_entity(&key, &entity);
                count += 1;
                progress.tick(pass, "entities", count);
            }
        }
        Ok(())
    }

    fn scan(&self, table: &str) -> TableScan {
        TableScan::new(self.client.clone(), table, self.read_units)
    }

    /// Drops the differences of rows that have changed since they were read. Returns how many.
    async fn drop_busy_rows(&self, report: &mut AuditReport) -> Result<u64, StoreError> {
        let rows = DynamoRows::new(self.client.clone(), self.place.rows.clone());
        let differences = std::mem::take(&mut report.differences);
        let count = differences.len();
        for part in differences.chunks(ROWS_MAX) {
            let keys: Vec<_> = part.iter().map(|difference| difference.row.clone()).collect();
            let pairs = part.iter().zip(rows.rows(&keys).await?);
            let quiet = pairs.filter(|(difference, stored)| is_quiet(difference, stored.as_ref()));
            report.differences.extend(quiet.map(|(difference, _)| difference.clone()));
        }
        Ok((count - report.differences.len()) as u64)
    }

    /// Says that the table of rows cannot be used.
    pub(super) fn rows_error(&self, source: StoreError) -> CliError {
        table_error(&self.place.rows, source)
    }
}

/// Whether a row still is the one that was read.
fn is_quiet(difference: &RowDifference, stored: Option<&StoredRow>) -> bool {
    let version = |row: &StoredRow| (row.epoch, row.row.version);
    difference.stored.as_ref().map(version) == stored.map(version)
}

fn table_error(table: &str, source: StoreError) -> CliError {
    CliError::Table { table: table.to_owned(), source }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use headroom_kpi::{Amounts, Measure};
    use headroom_test_support::contract::{apply_all, simulated};
    use headroom_test_support::{ENTITIES, ROWS, dynamo};

    const LIMITS: Limits = Limits { retention_days: 90, interval_rows_days: 400, passes: 2 };

    async fn tables() -> StackTables {
        let place = Place { entities: ENTITIES.into(), rows: ROWS.into(), endpoint_url: None };
        StackTables { client: dynamo().await, place, read_units: 100_000 }
    }

    #[tokio::test]
    async fn an_audit_while_others_write_reports_nothing() {
        let (tables, facts) = (tables().await, simulated(1, 40));
        let newest = facts.iter().map(|(_, fact)| fact.kind.time()).max().unwrap();
        let store = tables.store(LIMITS);
        let mut busy = 0;
        let audits = async {
            for _ in 0..10 {
                let audit = tables.audit(LIMITS, newest, &Progress::new(true)).await.unwrap();
                assert_eq!(audit.report.differences, []);
                busy += audit.busy;
            }
        };
        tokio::join!(apply_all(&store, &facts, 3), audits);
        assert!(busy > 0, "no row was changed during an audit");
        let audit = tables.audit(LIMITS, newest, &Progress::new(true)).await.unwrap();
        assert!(audit.report.is_clean() && audit.busy == 0);
        assert!(audit.report.summary.compared > 20, "{:?}", audit.report.summary);
    }

    #[tokio::test]
    async fn a_row_that_has_changed_since_it_was_read_is_not_judged() {
        let (tables, facts) = (tables().await, simulated(1, 5));
        let store = tables.store(LIMITS);
        apply_all(&store, &facts, 100).await;
        let rows = tables.scan(ROWS).next_rows().await.unwrap().unwrap();
        let differences = rows.into_iter().take(2).map(|(row, stored)| RowDifference {
            row,
            stored: Some(stored),
            right: Amounts::from_iter([(Measure::OWaiting, 99)]),
        });
        let mut report =
            AuditReport { differences: differences.collect(), ..AuditReport::default() };
        let first = report.differences[0].clone();
        let write = first.repair(Millis(0));
        store.repair_row(&write, first.stored.as_ref()).await.unwrap();
        assert_eq!(tables.drop_busy_rows(&mut report).await, Ok(1));
        assert_ne!(report.differences[0].row, first.row);
        let again = store.repair_row(&write, first.stored.as_ref()).await;
        assert_eq!(again, Err(StoreError::Conflict), "it has another version now");
    }
}

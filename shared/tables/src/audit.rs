//! Audits the tables themselves, while others write to them.
//!
//! Rows are read first, then entities. A row changes in the same transaction as the contributions to
//! it, and each change raises its version. So if a row that differs still has the version that it had
//! before the entities were read, none of its contributions has changed in between: the difference is
//! real. Otherwise nothing can be said of it.

use crate::{DynamoRows, TableScan, Tables};
use aws_sdk_dynamodb::Client;
use headroom_engine::{
    AuditReport, Auditor, Expiry, Part, RowDifference, RowStore, StoreError, StoredRow,
};

/// Rows that are read again together.
const ROWS_MAX: usize = 1_000;

/// The tables of a stack, to be audited.
#[derive(Debug)]
pub struct TableAudit {
    client: Client,
    tables: Tables,
    read_units_per_second: u32,
}

/// A report about a part of the rows, and what could not be judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartReport {
    /// What is wrong, and how much was looked at.
    pub report: AuditReport,
    /// Rows that differ and have changed while they and the entities were read.
    pub busy: u64,
}

/// How far the audit of a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditProgress {
    /// So many rows are read.
    Rows(u64),
    /// All rows are read, and so many entities.
    Entities(u64),
}

/// Why an audit has no report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableAuditError {
    /// The table of rows cannot be read.
    #[error("rows: {0}")]
    Rows(StoreError),
    /// The table of entities cannot be read.
    #[error("entities: {0}")]
    Entities(StoreError),
    /// The caller stopped it.
    #[error("stopped")]
    Stopped,
}

impl PartReport {
    /// Adds the report of another part.
    pub fn append(&mut self, part: Self) {
        self.report.append(part.report);
        self.busy += part.busy;
    }
}

impl TableAudit {
    /// An audit that consumes so many read units a second, on average. Performs no I/O.
    pub fn new(client: Client, tables: Tables, read_units_per_second: u32) -> Self {
        Self { client, tables, read_units_per_second }
    }

    /// Compares a part of the rows with the entities. After each page `go_on` hears how far it is, and
    /// says whether to go on.
    pub async fn part(
        &self,
        expiry: Expiry,
        part: Part,
        mut go_on: impl FnMut(AuditProgress) -> bool,
    ) -> Result<PartReport, TableAuditError> {
        let mut auditor = Auditor::new(expiry, part);
        self.add_rows(&mut auditor, &mut go_on).await?;
        self.add_entities(&mut auditor, &mut go_on).await?;
        let mut report = auditor.finish();
        let busy = self.drop_busy_rows(&mut report).await.map_err(TableAuditError::Rows)?;
        Ok(PartReport { report, busy })
    }

    async fn add_rows(
        &self,
        auditor: &mut Auditor,
        go_on: &mut impl FnMut(AuditProgress) -> bool,
    ) -> Result<(), TableAuditError> {
        let (mut scan, mut count) = (self.scan(&self.tables.rows), 0);
        while let Some(rows) = scan.next_rows().await.map_err(TableAuditError::Rows)? {
            count += rows.len() as u64;
            for (key, row) in rows {
                auditor.add_row(key, row);
            }
            check(go_on(AuditProgress::Rows(count)))?;
        }
        Ok(())
    }

    async fn add_entities(
        &self,
        auditor: &mut Auditor,
        go_on: &mut impl FnMut(AuditProgress) -> bool,
    ) -> Result<(), TableAuditError> {
        let (mut scan, mut count) = (self.scan(&self.tables.entities), 0);
        while let Some(entities) = scan.next_entities().await.map_err(TableAuditError::Entities)? {
            count += entities.len() as u64;
            for (key, entity) in entities {
                auditor.add_entity(&key, &entity);
            }
            check(go_on(AuditProgress::Entities(count)))?;
        }
        Ok(())
    }

    fn scan(&self, table: &str) -> TableScan {
        TableScan::new(self.client.clone(), table, self.read_units_per_second)
    }

    /// Drops the differences of rows that have changed since they were read. Returns how many.
    async fn drop_busy_rows(&self, report: &mut AuditReport) -> Result<u64, StoreError> {
        let rows = DynamoRows::new(self.client.clone(), self.tables.rows.clone());
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
}

fn check(goes_on: bool) -> Result<(), TableAuditError> {
    if goes_on { Ok(()) } else { Err(TableAuditError::Stopped) }
}

/// Whether a row still is the one that was read.
fn is_quiet(difference: &RowDifference, stored: Option<&StoredRow>) -> bool {
    let version = |row: &StoredRow| (row.epoch, row.row.version);
    difference.stored.as_ref().map(version) == stored.map(version)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{DynamoStore, Retention};
    use headroom_kpi::{Amounts, Measure, Millis};
    use headroom_test_support::contract::{apply_all, simulated};
    use headroom_test_support::{ENTITIES, ROWS, dynamo};

    async fn audit() -> (TableAudit, DynamoStore) {
        let (client, tables) =
            (dynamo().await, Tables { entities: ENTITIES.into(), rows: ROWS.into() });
        let store = DynamoStore::new(client.clone(), tables.clone(), Retention::default());
        (TableAudit::new(client, tables, 100_000), store)
    }

    async fn audit_all(audit: &TableAudit, at: Millis) -> PartReport {
        let mut reports = PartReport::default();
        for part in Part::split(2) {
            let expiry = Expiry::new(at, 90, 400);
            reports.append(audit.part(expiry, part, |_| true).await.unwrap());
        }
        reports
    }

    #[tokio::test]
    async fn an_audit_while_others_write_reports_nothing() {
        let ((audit, store), facts) = (audit().await, simulated(1, 40));
        let newest = facts.iter().map(|(_, fact)| fact.kind.time()).max().unwrap();
        let mut busy = 0;
        let audits = async {
            for _ in 0..10 {
                let report = audit_all(&audit, newest).await;
                assert_eq!(report.report.differences, []);
                busy += report.busy;
            }
        };
        tokio::join!(apply_all(&store, &facts, 3), audits);
        assert!(busy > 0, "no row was changed during an audit");
        let report = audit_all(&audit, newest).await;
        assert!(report.report.is_clean() && report.busy == 0);
        assert!(report.report.summary.compared > 20, "{:?}", report.report.summary);
    }

    #[tokio::test]
    async fn a_row_that_has_changed_since_it_was_read_is_not_judged() {
        let ((audit, store), facts) = (audit().await, simulated(1, 5));
        apply_all(&store, &facts, 100).await;
        let rows = audit.scan(ROWS).next_rows().await.unwrap().unwrap();
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
        assert_eq!(audit.drop_busy_rows(&mut report).await, Ok(1));
        assert_ne!(report.differences[0].row, first.row);
        let again = store.repair_row(&write, first.stored.as_ref()).await;
        assert_eq!(again, Err(StoreError::Conflict), "it has another version now");
    }

    #[tokio::test]
    async fn an_audit_stops_when_it_is_told_to() {
        let ((audit, store), facts) = (audit().await, simulated(1, 5));
        apply_all(&store, &facts, 100).await;
        let part = Part::split(1).next().unwrap();
        let expiry = Expiry::new(Millis(0), 90, 400);
        let mut last = None;
        let result = audit.part(expiry, part, |progress| {
            last = Some(progress);
            matches!(progress, AuditProgress::Rows(_))
        });
        assert_eq!(result.await, Err(TableAuditError::Stopped));
        assert!(matches!(last, Some(AuditProgress::Entities(count)) if count > 0), "{last:?}");
    }
}

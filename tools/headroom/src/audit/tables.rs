//! Audits the tables themselves.

use super::limits::Limits;
use super::progress::Progress;
use crate::CliError;
use crate::aws::sdk_config;
use crate::terminal::check_interrupt;
use aws_sdk_dynamodb::Client;
use headroom_engine::{Part, StoreError};
use headroom_kpi::Millis;
use headroom_tables::{
    AuditProgress, DynamoStore, PartReport, TableAudit, TableAuditError, Tables,
};

/// The tables of a stack.
pub(super) struct StackTables {
    client: Client,
    tables: Tables,
    read_units: u32,
}

impl StackTables {
    pub(super) async fn connect(
        tables: Tables,
        endpoint_url: Option<&str>,
        read_units: u32,
    ) -> Result<Self, CliError> {
        let config = sdk_config(endpoint_url).await?;
        Ok(Self { client: Client::new(&config), tables, read_units })
    }

    pub(super) fn rows_table(&self) -> &str {
        &self.tables.rows
    }

    /// The store that repairs rows.
    pub(super) fn store(&self, limits: Limits) -> DynamoStore {
        DynamoStore::new(self.client.clone(), self.tables.clone(), limits.retention())
    }

    /// Compares rows and entities, of which a day's worth may expire while that takes.
    pub(super) async fn audit(
        &self,
        limits: Limits,
        at: Millis,
        progress: &Progress,
    ) -> Result<PartReport, CliError> {
        let tables = TableAudit::new(self.client.clone(), self.tables.clone(), self.read_units);
        let mut audit = PartReport::default();
        for (pass, part) in (1..).zip(Part::split(limits.passes)) {
            let go_on = |page: AuditProgress| {
                match page {
                    AuditProgress::Rows(count) => progress.show(pass, "rows", count),
                    AuditProgress::Entities(count) => progress.show(pass, "entities", count),
                }
                check_interrupt().is_ok()
            };
            let part = tables.part(limits.expiry(at), part, go_on).await;
            audit.append(part.map_err(|error| self.error(error))?);
        }
        progress.finish();
        Ok(audit)
    }

    fn error(&self, error: TableAuditError) -> CliError {
        match error {
            TableAuditError::Rows(source) => self.rows_error(source),
            TableAuditError::Entities(source) => {
                CliError::Table { table: self.tables.entities.clone(), source }
            }
            TableAuditError::Stopped => CliError::Interrupted,
        }
    }

    /// Says that the table of rows cannot be used.
    pub(super) fn rows_error(&self, source: StoreError) -> CliError {
        CliError::Table { table: self.tables.rows.clone(), source }
    }
}

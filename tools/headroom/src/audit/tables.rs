//! Audits the tables themselves.

use super::limits::Limits;
use super::progress::Progress;
use crate::CliError;
use crate::terminal::check_interrupt;
use headroom_engine::Part;
use headroom_kpi::Millis;
use headroom_tables::{AuditProgress, PartReport, TableAudit, TableAuditError, Tables};

/// Compares rows and entities, of which a day's worth may expire while that takes.
pub(super) async fn audit(
    tables: &TableAudit,
    limits: Limits,
    at: Millis,
    progress: &Progress,
) -> Result<PartReport, TableAuditError> {
    let mut audit = PartReport::default();
    for (pass, part) in (1..).zip(Part::split(limits.passes)) {
        let go_on = |page: AuditProgress| {
            match page {
                AuditProgress::Rows(count) => progress.show(pass, "rows", count),
                AuditProgress::Entities(count) => progress.show(pass, "entities", count),
            }
            check_interrupt().is_ok()
        };
        audit.append(tables.part(limits.expiry(at), part, go_on).await?);
    }
    progress.finish();
    Ok(audit)
}

/// Says which table cannot be used.
pub(super) fn error(tables: &Tables, error: TableAuditError) -> CliError {
    let (table, source) = match error {
        TableAuditError::Rows(source) => (tables.rows.clone(), source),
        TableAuditError::Entities(source) => (tables.entities.clone(), source),
        TableAuditError::Stopped => return CliError::Interrupted,
    };
    CliError::Table { table, source }
}

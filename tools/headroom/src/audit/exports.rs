//! Audits exports of both tables.

use super::folder::ExportFolder;
use super::limits::Limits;
use super::progress::Progress;
use crate::CliError;
use headroom_engine::{Auditor, Part};
use headroom_kpi::Millis;
use headroom_tables::PartReport;
use headroom_tables::images::{entity_of, row_of};
use std::path::Path;

/// Compares the rows of one export with the entities of another. Both have to be of one point in time:
/// then no transaction is in one of them only.
pub(super) fn audit(
    entities: &Path,
    rows: &Path,
    limits: Limits,
    progress: &Progress,
) -> Result<PartReport, CliError> {
    let (entities, rows) = (ExportFolder::find(entities)?, ExportFolder::find(rows)?);
    if entities.time != rows.time {
        return Err(CliError::Usage(format!(
            "the entities are of {} and the rows of {}; export both tables with the same --export-time",
            entities.time, rows.time
        )));
    }
    let at = Millis(rows.time.as_millisecond());
    let expiry = limits.expiry(at);
    let mut audit = PartReport::default();
    for (pass, part) in (1..).zip(Part::split(limits.passes)) {
        let mut auditor = Auditor::new(expiry, part);
        add(&mut auditor, &entities, &rows, pass, progress)?;
        audit.report.append(auditor.finish());
    }
    progress.finish();
    Ok(audit)
}

fn add(
    auditor: &mut Auditor,
    entities: &ExportFolder,
    rows: &ExportFolder,
    pass: usize,
    progress: &Progress,
) -> Result<(), CliError> {
    let mut count = 0;
    rows.each_item(|item| {
        let (key, row) = row_of(item)?;
        auditor.add_row(key, row);
        count += 1;
        progress.tick(pass, "rows", count);
        Ok(())
    })?;
    count = 0;
    entities.each_item(|item| {
        let (key, entity) = entity_of(item)?;
        auditor.add_entity(&key, &entity);
        count += 1;
        progress.tick(pass, "entities", count);
        Ok(())
    })
}

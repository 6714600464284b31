//! The export of the ledger, as far as BI needs it: the names of queues, as the gap reader stores them.

use super::kind::ExportKind;
use super::table::{Export, Place, TABLE_DOCUMENTS, Writing};
use crate::CliError;
use crate::names::QueueNames;
use headroom_tables::catalog::{CatalogQueue, QUEUE_KIND};
use headroom_tables::images::document_image;
use headroom_tables::{Document, DocumentKey};
use jiff::Timestamp;
use std::path::Path;

/// Writes a full export of the documents of these queues.
pub(super) fn export(
    names: &Path,
    root: &Path,
    at: Timestamp,
    random: &mut fastrand::Rng,
) -> Result<(), CliError> {
    let place = Place { root, table: TABLE_DOCUMENTS, partitions: 1 };
    let mut export = Export::create(&place, ExportKind::Full(at), random)?;
    for (id, name) in QueueNames::read(names)?.iter() {
        let queue = CatalogQueue { name: name.to_owned(), ..CatalogQueue::default() };
        let body =
            serde_json::to_string(&queue).map_err(|error| CliError::write(root)(error.into()))?;
        let document = Document { version: 1, body };
        let item = document_image(&DocumentKey::new(QUEUE_KIND, id), &document);
        export.write(QUEUE_KIND, &Writing::Item { item })?;
    }
    export.finish().map(drop)
}

//! The DynamoDB tables: entities and rows, small documents and counters, and the due index.
//!
//! One `TransactWriteItems` holds entities, each on condition of its version, and the rows that
//! their contributions change. A row is added to without being read: every sum is an attribute of its own
//! ([`layout`]). Only a row that may run out of metric names is read first, and then written on
//! condition of its version.

mod audit;
pub mod catalog;
mod documents;
mod due;
mod dynamo_documents;
mod entities;
mod error;
pub mod event_counts;
pub mod images;
mod item;
pub mod layout;
mod lease;
mod rows;
mod scan;
pub mod settings;
mod settings_cache;
mod versions;
mod write;

pub use audit::{AuditProgress, PartReport, TableAudit, TableAuditError};
pub use documents::{
    BODY_BYTES_MAX, COUNTS_MAX, Counters, DOCUMENTS_MAX, Document, DocumentKey, Documents,
    LAST_NAME, Versioned, list_json, read_json, time_name, write_json,
};
pub use due::DynamoDue;
pub use dynamo_documents::DynamoDocuments;
pub use error::store_error;
pub use lease::Lease;
pub use rows::DynamoRows;
pub use scan::TableScan;
pub use settings_cache::SettingsCache;

use aws_sdk_dynamodb::Client;
use std::sync::atomic::AtomicU64;

/// The tables' names.
#[derive(Clone, Debug)]
pub struct Tables {
    /// The table of entities.
    pub entities: String,
    /// The table of rows.
    pub rows: String,
}

/// How long items are kept (`kpis.md#retention`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Days that an entity is kept after its newest event.
    pub entity_days: u32,
    /// Days that a row of an interval is kept after it.
    pub interval_row_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { entity_days: 90, interval_row_days: 400 }
    }
}

/// Entities and rows in DynamoDB: what ingest writes to.
#[derive(Debug)]
pub struct DynamoStore {
    client: Client,
    tables: Tables,
    rows: DynamoRows,
    retention: Retention,
    /// Write units since the last call of `take_write_units`.
    consumed: AtomicU64,
}

impl DynamoStore {
    /// A store in these tables.
    pub fn new(client: Client, tables: Tables, retention: Retention) -> Self {
        let rows = DynamoRows::new(client.clone(), tables.rows.clone());
        Self { client, tables, rows, retention, consumed: AtomicU64::new(0) }
    }
}

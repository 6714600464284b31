//! Where entities and rows are kept.
//!
//! [`EntityStore`] is what ingest needs, [`RowStore`] what readers need; [`MemoryStore`] is both,
//! with faults on demand. [`Ledger`] keeps small documents, [`DueIndex`] says what is due for a gap
//! read. [`apply`] is the one way in which facts change anything: load, fold,
//! and commit the entity together with what its books add to rows.
//!
//! ```
//! use headroom_genesys::{Parsed, parse};
//! use headroom_store::{MemoryStore, NoPause, Outcome, apply};
//!
//! let event = br#"{"detail-type":"v2.detail.events.conversation.{id}.customer.start",
//!     "time":"2026-05-12T14:02:10Z","detail":{"eventBody":{"eventTime":1778594530000,
//!     "conversationId":"c1","sessionId":"s1"}}}"#;
//! let Ok(Parsed::Fact(key, fact)) = parse(event) else { panic!() };
//!
//! let store = MemoryStore::default();
//! let facts = vec![(key.clone(), fact.clone()), (key, fact)];
//! let applied = pollster::block_on(apply(&store, &Default::default(), facts, &NoPause));
//! assert_eq!(applied.outcomes, [Outcome::Applied, Outcome::WithoutEffect]);
//! ```

mod apply;
mod batch;
pub mod catalog;
pub mod dynamo;
mod error;
pub mod feed;
mod ledger;
mod memory;
mod plan;
mod transaction;

pub use apply::{ATTEMPTS_MAX, Applied, NoPause, Outcome, Pause, apply};
pub use error::StoreError;
pub use ledger::{
    BODY_BYTES_MAX, COUNTS_MAX, DOCUMENTS_MAX, Document, DocumentKey, DueIndex, LAST_NAME, Ledger,
    Tally, time_name,
};
pub use memory::{Fault, LedgerCall, MemoryLedger, MemoryStore};
pub use transaction::{EntityWrite, ITEMS_MAX, RowWrite, Transaction};

use headroom_kpi::{Bucket, Entity, EntityKey, Millis, Row, RowKey, Subject};

/// An entity as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Grows by one with every committed change.
    pub version: u64,
    /// The entity.
    pub entity: Entity,
}

/// Loads entities, and commits them together with rows.
pub trait EntityStore {
    /// The entities of some keys, in the order of the keys; none where there is none. Reads are
    /// strongly consistent.
    fn load(
        &self,
        keys: &[EntityKey],
    ) -> impl Future<Output = Result<Vec<Option<Stored>>, StoreError>> + Send;

    /// Commits all of a transaction or nothing of it, if every entity still has the version that
    /// its write expects.
    fn commit(
        &self,
        transaction: &Transaction,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Whether it keeps when entities are due for a gap read; if not, nobody works it out.
    fn keeps_due(&self) -> bool {
        true
    }
}

/// A row as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRow {
    /// Its version and sums.
    pub row: Row,
    /// Which history of the row this is: a row that was lost and begins again has another.
    pub epoch: u64,
    /// The newest event time in the last change.
    pub at: Millis,
}

/// Reads rows.
pub trait RowStore {
    /// The rows of some keys, in the order of the keys; none where there is none. Reads are
    /// strongly consistent.
    fn rows(
        &self,
        keys: &[RowKey],
    ) -> impl Future<Output = Result<Vec<Option<StoredRow>>, StoreError>> + Send;

    /// The subjects that have a row in a bucket and whose text begins with `prefix`, in order. May
    /// lag behind: a row that has just begun may be missing.
    fn subjects(
        &self,
        bucket: &Bucket,
        prefix: &str,
    ) -> impl Future<Output = Result<Vec<Subject>, StoreError>> + Send;
}

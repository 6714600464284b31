//! Applies facts to a store: loads their entities, folds the facts, and commits each entity together
//! with the rows that it changes.
//!
//! [`apply`] needs an [`EntityStore`], readers of rows need a [`RowStore`], and the gap reader needs a
//! [`DueIndex`]. An [`Auditor`] proves afterwards that rows and entities agree. A replay, which has no
//! other writer and no reader before its end, needs none of them: it has an [`Accumulator`].
//!
//! ```
//! use headroom_engine::{Message, Outcome, apply};
//! use headroom_kpi::facts::{FactKind, Source};
//! use headroom_kpi::{EntityKey, Fact, Id, Millis, Settings};
//! use headroom_requests::RetryPolicy;
//! use headroom_test_support::MemoryStore;
//!
//! # fn main() -> Result<(), headroom_kpi::IdError> {
//! let key = EntityKey::Conversation(Id::parse("c1")?);
//! let start = FactKind::CustomerStart(Id::parse("s1")?, Millis(1_778_594_530_000));
//! let fact = Fact { source: Source::Event, kind: start };
//!
//! let store = MemoryStore::default();
//! let message = [(key, fact)];
//! let messages: [Message; 2] = [&message, &message];
//! let settings = Settings::default();
//! let summary = apply(&store, &settings, &messages, &RetryPolicy::IMMEDIATE);
//! let summary = pollster::block_on(summary);
//! assert_eq!(summary.outcomes, [Outcome::Applied, Outcome::WithoutEffect]);
//! # Ok(())
//! # }
//! ```

mod accumulator;
mod apply;
mod audit;
mod batch;
mod error;
mod outcome;
mod plan;
mod shard;
mod threads;
mod transaction;

pub use accumulator::Accumulator;
pub use apply::{ATTEMPTS_MAX, apply};
pub use audit::{
    AuditReport, AuditSummary, Auditor, DifferenceKind, Exemption, Expiry, Part, Repeat,
    RowDifference, SumDifference,
};
pub use error::StoreError;
pub use outcome::{BatchSummary, Message, Outcome, Rejected};
pub use threads::on_threads;
pub use transaction::{EntityWrite, ITEMS_MAX, RowWrite, Transaction};

use headroom_kpi::{
    Bucket, Contributions, Entity, EntityKey, Millis, Row, RowKey, Subject, Urgency,
};
use std::collections::HashMap;

/// An entity as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEntity {
    /// Grows by one with every committed change; 0 of a new entity.
    pub version: u64,
    /// Its facts.
    pub entity: Entity,
    /// What it contributes to the rows at present.
    pub contributions: Contributions,
}

impl StoredEntity {
    /// An entity without facts, which is not stored yet.
    pub fn new(key: &EntityKey) -> Self {
        Self { version: 0, entity: Entity::new(key), contributions: Contributions::default() }
    }
}

/// Loads entities, and commits them together with rows.
pub trait EntityStore {
    /// Loads entities, in the order of the keys; `None` for a key without an entity. Reads are
    /// strongly consistent.
    fn load(
        &self,
        keys: &[EntityKey],
    ) -> impl Future<Output = Result<Vec<Option<StoredEntity>>, StoreError>> + Send;

    /// Commits a transaction, all of it or nothing. Fails with [`StoreError::Conflict`] if an entity
    /// has another version than its write expects.
    fn commit(
        &self,
        transaction: &Transaction,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// A row as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRow {
    /// Its version and sums.
    pub row: Row,
    /// Tells apart a row that was lost and created again: it has another epoch than before.
    pub epoch: u64,
    /// The newest event time in the last change.
    pub at: Millis,
}

/// The version of a row as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowVersion {
    /// As in [`StoredRow`].
    pub epoch: u64,
    /// Grows by one with every committed change.
    pub version: u64,
}

/// Reads rows.
pub trait RowStore {
    /// Reads rows, in the order of the keys; `None` for a key without a row. Reads are strongly
    /// consistent.
    fn rows(
        &self,
        keys: &[RowKey],
    ) -> impl Future<Output = Result<Vec<Option<StoredRow>>, StoreError>> + Send;

    /// The subjects that have a row in a bucket and whose text begins with `prefix`, in order. May
    /// lag behind: a row that was just created may be missing.
    fn subjects(
        &self,
        bucket: &Bucket,
        prefix: &str,
    ) -> impl Future<Output = Result<Vec<Subject>, StoreError>> + Send;

    /// The rows of a subject in all intervals of one length from `first` to `last`, both included,
    /// in order. Reads are strongly consistent.
    fn intervals(
        &self,
        subject: &Subject,
        first: &Bucket,
        last: &Bucket,
    ) -> impl Future<Output = Result<Vec<(Bucket, StoredRow)>, StoreError>> + Send;

    /// The versions of the rows that there are of some subjects in some buckets, cheaper than the rows.
    /// May lag behind by a second. Of the intervals among the buckets all that lie between the first
    /// and the last are read.
    fn versions(
        &self,
        subjects: &[Subject],
        buckets: &[Bucket],
    ) -> impl Future<Output = Result<HashMap<RowKey, RowVersion>, StoreError>> + Send;
}

/// The index of the entities that are due for a gap read.
pub trait DueIndex: Send + Sync {
    /// The entities of an urgency that are due by `until`, the most overdue first, at most `limit`.
    /// May lag behind the latest writes.
    fn due(
        &self,
        urgency: Urgency,
        until: Millis,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<DueEntity>, StoreError>> + Send;
}

/// An entity that is due for a gap read. Ordered by time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueEntity {
    /// Since when it has been due.
    pub since: Millis,
    /// Its key.
    pub key: EntityKey,
    /// The rule that found its gap ([`headroom_kpi::Due::rule`]).
    pub rule: String,
}

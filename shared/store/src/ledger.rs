//! Small documents that outlive an invocation: the API budget, leases, progress, the catalog.

use crate::StoreError;
use headroom_kpi::{EntityKey, Millis, Urgency};

/// Which document. A kind's documents are listed in the order of their names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentKey {
    /// Partition key, such as `queue`.
    pub kind: &'static str,
    /// Sort key, such as a queue's id.
    pub name: String,
}

impl DocumentKey {
    /// The key of a document.
    pub fn new(kind: &'static str, name: impl Into<String>) -> Self {
        Self { kind, name: name.into() }
    }
}

/// A document as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Grows by one with every write.
    pub version: u64,
    /// JSON.
    pub body: String,
}

/// Keeps documents. Every write is on condition of what was read.
pub trait Ledger: Send + Sync {
    /// A document, read with strong consistency.
    fn get(
        &self,
        key: &DocumentKey,
    ) -> impl Future<Output = Result<Option<Document>, StoreError>> + Send;

    /// Writes a document if the stored one has the version `held` (0: there is none), or fails with
    /// [`StoreError::Conflict`]. It may be removed after `expires`. Gives its new version.
    fn put(
        &self,
        key: &DocumentKey,
        body: &str,
        held: u64,
        expires: Option<Millis>,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Removes a document if it has the version `held`, or fails with [`StoreError::Conflict`].
    fn remove(
        &self,
        key: &DocumentKey,
        held: u64,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The documents of a kind whose names lie between two, both included, in order of name.
    fn list(
        &self,
        kind: &'static str,
        from: &str,
        to: &str,
    ) -> impl Future<Output = Result<Vec<(String, Document)>, StoreError>> + Send;
}

/// Counts that need no reading: how many events were heard in a stretch of time.
pub trait Tally: Send + Sync {
    /// Adds to a count. Repeated after an error it may count twice.
    fn add(
        &self,
        key: &DocumentKey,
        amount: u64,
        expires: Millis,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The counts of a kind whose names lie between two, both included, in order of name.
    fn counts(
        &self,
        kind: &'static str,
        from: &str,
        to: &str,
    ) -> impl Future<Output = Result<Vec<(String, u64)>, StoreError>> + Send;
}

/// Which entities are due for a gap read.
pub trait DueIndex: Send + Sync {
    /// The entities of an urgency that are due by `until`, the most overdue first, at most `limit`.
    /// May lag behind what was written just now.
    fn due(
        &self,
        urgency: Urgency,
        until: Millis,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<(Millis, EntityKey)>, StoreError>> + Send;
}

//! Small documents that outlive an invocation: the API budget, leases, progress, the catalog.

use headroom_engine::StoreError;
use headroom_kpi::Millis;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Documents that one list may return. The largest kind is the catalog's queues: the largest
/// organisations have some thousands.
pub const DOCUMENTS_MAX: usize = 10_000;

/// Counts that one list may return: 36 days of five minutes are 10,368, and DynamoDB removes what has expired
/// some days late.
pub const COUNTS_MAX: usize = 20_000;

/// Bytes of a document's body: DynamoDB allows 400 KB an item.
pub const BODY_BYTES_MAX: usize = 390_000;

/// Bytes of a sort key that DynamoDB allows.
const NAME_BYTES_MAX: usize = 1_024;

/// A name that sorts after all others: the end of a list of a whole kind.
pub const LAST_NAME: &str = "\u{10ffff}";

/// The key of a document. A kind's documents are listed in the order of their names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentKey {
    /// Partition key, such as `queue`; never empty.
    pub kind: &'static str,
    /// Sort key, such as a queue's id: 1 to 1,024 bytes.
    pub name: String,
}

impl DocumentKey {
    /// The key with this kind and name.
    pub fn new(kind: &'static str, name: impl Into<String>) -> Self {
        Self { kind, name: name.into() }
    }

    /// Checks the limits of key and body; a store has to refuse a document that fails this.
    pub fn check(&self, body: &str) -> Result<(), StoreError> {
        if self.kind.is_empty() || !(1..=NAME_BYTES_MAX).contains(&self.name.len()) {
            return Err(StoreError::NotADocument("its name has to have 1 to 1,024 bytes"));
        }
        if body.len() > BODY_BYTES_MAX {
            return Err(StoreError::NotADocument("its body is larger than 390,000 bytes"));
        }
        Ok(())
    }
}

/// A document as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// 1 at first. Grows by one with every write.
    pub version: u64,
    /// JSON.
    pub body: String,
}

/// A time as a document's name, or the beginning of one: such names sort by time.
pub fn time_name(time: Millis) -> String {
    format!("{:013}", time.0.max(0))
}

/// Stores documents, with optimistic locking: every write expects the version that was read, so that
/// two writers never overwrite each other's changes.
///
/// After [`StoreError::Unanswered`] a write may have happened or not, and after
/// [`StoreError::Conflict`] the stored document may be the caller's own write: the AWS SDK repeats a
/// request whose response was lost, and the second request then meets the first one's write. In both
/// cases, read again and go on from there. Only the body can tell whether it is one's own (a lease
/// names its owner).
///
/// DynamoDB removes expired documents some days late: if that matters, put a time into the body. A
/// document that is removed and written again begins with version 1 again, so a document with several
/// writers must be emptied, not removed.
pub trait Documents: Send + Sync {
    /// Reads a document with strong consistency.
    fn get(
        &self,
        key: &DocumentKey,
    ) -> impl Future<Output = Result<Option<Document>, StoreError>> + Send;

    /// Writes a document if the stored one has the expected version (0: there is none yet), or
    /// fails with [`StoreError::Conflict`]. DynamoDB may remove it after `expires`. Returns the new
    /// version.
    fn put(
        &self,
        key: &DocumentKey,
        body: &str,
        expected_version: u64,
        expires: Option<Millis>,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Removes a document if it has the expected version, or fails with [`StoreError::Conflict`];
    /// also if there is none.
    fn remove(
        &self,
        key: &DocumentKey,
        expected_version: u64,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The documents of a kind whose names lie between two, both included, in order of name: all of
    /// them from `""` to [`LAST_NAME`]. Read with strong consistency, each for itself. More than
    /// [`DOCUMENTS_MAX`] are an error.
    fn list(
        &self,
        kind: &'static str,
        from: &str,
        to: &str,
    ) -> impl Future<Output = Result<Vec<(String, Document)>, StoreError>> + Send;
}

/// Counters that are added to without being read, such as the number of events in a slot of time. A
/// kind has either counters or documents.
pub trait Counters: Send + Sync {
    /// Adds to a counter. A request that is repeated, by the caller or by the AWS SDK, may add twice.
    fn add(
        &self,
        key: &DocumentKey,
        amount: u64,
        expires: Millis,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The counts of a kind whose names lie between two, both included, in order of name. Read with
    /// strong consistency. More than [`COUNTS_MAX`] are an error.
    fn counts(
        &self,
        kind: &'static str,
        from: &str,
        to: &str,
    ) -> impl Future<Output = Result<Vec<(String, u64)>, StoreError>> + Send;
}

/// A document's value, and the version that the next write of it has to expect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Versioned<T> {
    /// 0 of a value that is not stored yet.
    pub version: u64,
    /// The value.
    pub value: T,
}

impl<T: Serialize> Versioned<T> {
    /// Writes the value as a JSON document that stays; see [`Documents::put`].
    pub async fn save(
        &mut self,
        documents: &impl Documents,
        key: &DocumentKey,
    ) -> Result<(), StoreError> {
        self.version = write_json(documents, key, &self.value, self.version, None).await?;
        Ok(())
    }
}

/// Reads a JSON document as a value. Fails with [`StoreError::BadItem`] if it is none; the error
/// names the document and quotes nothing of it.
pub async fn read_json<T: DeserializeOwned>(
    documents: &impl Documents,
    key: &DocumentKey,
) -> Result<Option<Versioned<T>>, StoreError> {
    let Some(document) = documents.get(key).await? else { return Ok(None) };
    parse_json(key.kind, &key.name, &document).map(Some)
}

/// Lists JSON documents as values; see [`Documents::list`]. Fails if one of them is not a `T`.
pub async fn list_json<T: DeserializeOwned>(
    documents: &impl Documents,
    kind: &'static str,
    from: &str,
    to: &str,
) -> Result<Vec<(String, Versioned<T>)>, StoreError> {
    let mut values = Vec::new();
    for (name, document) in documents.list(kind, from, to).await? {
        let value = parse_json(kind, &name, &document)?;
        values.push((name, value));
    }
    Ok(values)
}

/// Writes a value as a JSON document; see [`Documents::put`].
pub async fn write_json<T: Serialize>(
    documents: &impl Documents,
    key: &DocumentKey,
    value: &T,
    expected_version: u64,
    expires: Option<Millis>,
) -> Result<u64, StoreError> {
    let body = serde_json::to_string(value)
        .map_err(|error| StoreError::Rejected(format!("{}/{}: {error}", key.kind, key.name)))?;
    documents.put(key, &body, expected_version, expires).await
}

fn parse_json<T: DeserializeOwned>(
    kind: &str,
    name: &str,
    document: &Document,
) -> Result<Versioned<T>, StoreError> {
    let value = serde_json::from_str(&document.body)
        .map_err(|_| StoreError::BadItem(format!("document {kind}/{name}")))?;
    Ok(Versioned { version: document.version, value })
}

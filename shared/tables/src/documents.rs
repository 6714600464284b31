//! Small documents that outlive an invocation: the API budget, leases, progress, the catalog.

use headroom_engine::StoreError;
use headroom_kpi::Millis;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Documents in one answer. The largest kind is the catalog's users: Genesys' largest organisations
/// have some thousands of them.
pub const DOCUMENTS_MAX: usize = 10_000;

/// Counts in one answer: 36 days of five minutes are 10,368, and DynamoDB removes what has expired
/// some days late.
pub const COUNTS_MAX: usize = 20_000;

/// What a document's body may weigh, in bytes: DynamoDB takes 400 KB an item.
pub const BODY_BYTES_MAX: usize = 390_000;

/// Bytes that DynamoDB takes of a sort key.
const NAME_BYTES_MAX: usize = 1_024;

/// A name that no other one of ordinary text is greater than: the end of a whole kind.
pub const LAST_NAME: &str = "\u{10ffff}";

/// Which document. A kind's documents are listed in the order of their names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentKey {
    /// Partition key, such as `queue`; never empty.
    pub kind: &'static str,
    /// Sort key, such as a queue's id: 1 to 1,024 bytes.
    pub name: String,
}

impl DocumentKey {
    /// The key of a document.
    pub fn new(kind: &'static str, name: impl Into<String>) -> Self {
        Self { kind, name: name.into() }
    }

    /// Whether any ledger takes a body under this key.
    pub(crate) fn check(&self, body: &str) -> Result<(), StoreError> {
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

/// A time as a name, or the beginning of one: names of a kind are in the order of their times.
pub fn time_name(time: Millis) -> String {
    format!("{:013}", time.0.max(0))
}

/// Keeps documents. Every write is on condition of what was read, so that two who change the same
/// document never lose what the other one wrote.
///
/// After [`StoreError::Unanswered`] a write may have happened or not, and after
/// [`StoreError::Conflict`] what is stored may be one's own write as well: the AWS SDK sends a
/// request again whose answer was lost, and the second one then meets the first. So both mean the
/// same: read again, and go on from what is there. Whether that is one's own is told by the body
/// (a lease holds its owner).
///
/// A document that has expired may still be got and listed, for days: who cares looks at a time in
/// the body. One that was removed and made again begins with version 1 again: a document that
/// several may change is emptied, not removed.
pub trait Documents: Send + Sync {
    /// A document, read with strong consistency.
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

/// Counts that need no reading: how many events were heard in a stretch of time. A kind holds
/// either counts or documents.
pub trait Counters: Send + Sync {
    /// Adds to a count. Repeated after an error it may count twice, and so it may when the AWS SDK
    /// sends it again.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned<T> {
    /// 0 of a value that is not stored yet.
    pub version: u64,
    /// The value.
    pub value: T,
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

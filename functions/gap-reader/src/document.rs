//! Documents of the ledger, as values.

use headroom_engine::StoreError;
use headroom_kpi::Millis;
use headroom_tables::{DocumentKey, Documents};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A document as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held<T> {
    /// Its version: the next write is on condition of it.
    pub(crate) version: u64,
    pub(crate) value: T,
}

/// A document; none if there is none.
pub(crate) async fn read<T: DeserializeOwned>(
    ledger: &impl Documents,
    key: &DocumentKey,
) -> Result<Option<Held<T>>, StoreError> {
    let Some(document) = ledger.get(key).await? else { return Ok(None) };
    let value = parse(key.kind, &key.name, &document.body)?;
    Ok(Some(Held { version: document.version, value }))
}

/// The documents of a kind whose names lie between two.
pub(crate) async fn list<T: DeserializeOwned>(
    ledger: &impl Documents,
    kind: &'static str,
    from: &str,
    to: &str,
) -> Result<Vec<(String, Held<T>)>, StoreError> {
    let documents = ledger.list(kind, from, to).await?.into_iter();
    let read = |(name, document): (String, headroom_tables::Document)| {
        let value = parse(kind, &name, &document.body)?;
        Ok((name, Held { version: document.version, value }))
    };
    documents.map(read).collect()
}

/// Writes a document over the version `held` (0: there is none). Gives its new version.
pub(crate) async fn write<T: Serialize>(
    ledger: &impl Documents,
    key: &DocumentKey,
    value: &T,
    held: u64,
    expires: Option<Millis>,
) -> Result<u64, StoreError> {
    let body = serde_json::to_string(value)
        .map_err(|error| StoreError::Rejected(format!("{}/{}: {error}", key.kind, key.name)))?;
    ledger.put(key, &body, held, expires).await
}

fn parse<T: DeserializeOwned>(kind: &str, name: &str, body: &str) -> Result<T, StoreError> {
    // What is wrong is said without a word of the document.
    serde_json::from_str(body).map_err(|_| StoreError::BadItem(format!("document {kind}/{name}")))
}

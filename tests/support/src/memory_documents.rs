//! Documents and counters in memory, with the rules of the real ledger.

use headroom_engine::StoreError;
use headroom_kpi::Millis;
use headroom_tables::{COUNTS_MAX, Counters, DOCUMENTS_MAX, Document, DocumentKey, Documents};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

/// Documents and counters in memory. What has expired stays until [`remove_expired`] is called.
///
/// [`remove_expired`]: Self::remove_expired
#[derive(Debug, Default)]
pub struct MemoryDocuments {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    documents: BTreeMap<DocumentKey, Item<Document>>,
    counts: BTreeMap<DocumentKey, Item<u64>>,
}

#[derive(Debug)]
struct Item<T> {
    value: T,
    expires: Option<Millis>,
}

impl MemoryDocuments {
    /// Removes what has expired by `now`, as DynamoDB does some time.
    pub fn remove_expired(&self, now: Millis) {
        let mut state = self.state();
        let is_current = |expires: Option<Millis>| expires.is_none_or(|expires| expires > now);
        state.documents.retain(|_, document| is_current(document.expires));
        state.counts.retain(|_, count| is_current(count.expires));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    /// Checks a condition on a document's version; 0 stands for none.
    fn check(&self, key: &DocumentKey, expected_version: u64) -> Result<(), StoreError> {
        let version = self.documents.get(key).map_or(0, |document| document.value.version);
        if version == expected_version { Ok(()) } else { Err(StoreError::Conflict) }
    }
}

impl Documents for MemoryDocuments {
    async fn get(&self, key: &DocumentKey) -> Result<Option<Document>, StoreError> {
        Ok(self.state().documents.get(key).map(|document| document.value.clone()))
    }

    async fn put(
        &self,
        key: &DocumentKey,
        body: &str,
        expected_version: u64,
        expires: Option<Millis>,
    ) -> Result<u64, StoreError> {
        key.check(body)?;
        let mut state = self.state();
        state.check(key, expected_version)?;
        let value = Document { version: expected_version + 1, body: body.to_owned() };
        state.documents.insert(key.clone(), Item { value, expires });
        Ok(expected_version + 1)
    }

    async fn remove(&self, key: &DocumentKey, expected_version: u64) -> Result<(), StoreError> {
        let mut state = self.state();
        state.check(key, expected_version)?;
        state.documents.remove(key).map(drop).ok_or(StoreError::Conflict)
    }

    async fn list(
        &self,
        kind: &'static str,
        from: &str,
        to: &str,
    ) -> Result<Vec<(String, Document)>, StoreError> {
        between(&self.state().documents, kind, (from, to), DOCUMENTS_MAX)
    }
}

impl Counters for MemoryDocuments {
    async fn add(&self, key: &DocumentKey, amount: u64, expires: Millis) -> Result<(), StoreError> {
        key.check("")?;
        let mut state = self.state();
        let zero = Item { value: 0, expires: None };
        let count = state.counts.entry(key.clone()).or_insert(zero);
        count.value += amount;
        count.expires = Some(expires);
        Ok(())
    }

    async fn counts(
        &self,
        kind: &'static str,
        from: &str,
        to: &str,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        between(&self.state().counts, kind, (from, to), COUNTS_MAX)
    }
}

/// The values of a kind between two names, both included.
fn between<T: Clone>(
    items: &BTreeMap<DocumentKey, Item<T>>,
    kind: &'static str,
    (from, to): (&str, &str),
    limit: usize,
) -> Result<Vec<(String, T)>, StoreError> {
    if from > to {
        return Ok(Vec::new());
    }
    let range = items.range(DocumentKey::new(kind, from)..=DocumentKey::new(kind, to));
    let values: Vec<_> = range.map(|(key, item)| (key.name.clone(), item.value.clone())).collect();
    if values.len() > limit { Err(StoreError::TooManyDocuments(kind)) } else { Ok(values) }
}

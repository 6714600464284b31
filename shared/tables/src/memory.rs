//! Documents in memory, with the rules of the real ledger and faults on demand.

use crate::documents::{COUNTS_MAX, Counters, DOCUMENTS_MAX, Document, DocumentKey, Documents};
use headroom_engine::{Fault, StoreError};
use headroom_kpi::Millis;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a ledger can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DocumentsCall {
    /// [`Documents::get`]
    Get,
    /// [`Documents::put`]
    Put,
    /// [`Documents::remove`]
    Remove,
    /// [`Documents::list`]
    List,
    /// [`Counters::add`]
    Add,
    /// [`Counters::counts`]
    Counts,
}

impl DocumentsCall {
    /// Whether it is done on condition of a version.
    fn has_condition(self) -> bool {
        matches!(self, Self::Put | Self::Remove)
    }
}

/// Documents and counts in memory. What has expired stays until [`remove_expired`] is called.
///
/// [`remove_expired`]: Self::remove_expired
#[derive(Debug, Default)]
pub struct MemoryDocuments {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    documents: BTreeMap<DocumentKey, Kept<Document>>,
    counts: BTreeMap<DocumentKey, Kept<u64>>,
    calls: usize,
    by_call: HashMap<DocumentsCall, VecDeque<Fault>>,
    by_place: HashMap<usize, Fault>,
}

#[derive(Debug)]
struct Kept<T> {
    value: T,
    expires: Option<Millis>,
}

impl MemoryDocuments {
    /// Lets the next calls of one sort go wrong, one after the other. A conflict of a call that has
    /// no condition is none.
    pub fn plan_faults(&self, call: DocumentsCall, faults: impl IntoIterator<Item = Fault>) {
        self.state().by_call.entry(call).or_default().extend(faults);
    }

    /// Lets the call at a place go wrong, of whatever sort it is. Places are what [`calls`] counts:
    /// 0 is the first call ever. So a test lets each call of a run fail once.
    ///
    /// [`calls`]: Self::calls
    pub fn plan_fault_at(&self, place: usize, fault: Fault) {
        self.state().by_place.insert(place, fault);
    }

    /// How many calls there were, those that went wrong included.
    pub fn calls(&self) -> usize {
        self.state().calls
    }

    /// Removes what has expired by `now`, as DynamoDB does some time.
    pub fn remove_expired(&self, now: Millis) {
        let mut state = self.state();
        let is_kept = |expires: Option<Millis>| expires.is_none_or(|expires| expires > now);
        state.documents.retain(|_, document| is_kept(document.expires));
        state.counts.retain(|_, count| is_kept(count.expires));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere cannot leave a write half done: nothing in one can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call, and does it as far as nothing goes wrong.
    fn call<T>(
        &self,
        call: DocumentsCall,
        act: impl FnOnce(&mut State) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut state = self.state();
        match state.next_fault(call) {
            Fault::Conflict if call.has_condition() => Err(StoreError::Conflict),
            Fault::Throttle => Err(StoreError::Throttled),
            Fault::CrashBefore => Err(StoreError::Unanswered("crashed before".into())),
            Fault::CrashAfter => {
                act(&mut state)?;
                Err(StoreError::Unanswered("crashed after".into()))
            }
            Fault::None | Fault::Conflict => act(&mut state),
        }
    }
}

impl State {
    fn next_fault(&mut self, call: DocumentsCall) -> Fault {
        let place = self.calls;
        self.calls += 1;
        if let Some(fault) = self.by_place.remove(&place) {
            return fault;
        }
        let planned = self.by_call.get_mut(&call).and_then(VecDeque::pop_front);
        planned.unwrap_or(Fault::None)
    }

    fn version(&self, key: &DocumentKey) -> u64 {
        self.documents.get(key).map_or(0, |document| document.value.version)
    }
}

impl Documents for MemoryDocuments {
    async fn get(&self, key: &DocumentKey) -> Result<Option<Document>, StoreError> {
        self.call(DocumentsCall::Get, |state| {
            Ok(state.documents.get(key).map(|document| document.value.clone()))
        })
    }

    async fn put(
        &self,
        key: &DocumentKey,
        body: &str,
        expected_version: u64,
        expires: Option<Millis>,
    ) -> Result<u64, StoreError> {
        key.check(body)?;
        self.call(DocumentsCall::Put, |state| {
            if state.version(key) != expected_version {
                return Err(StoreError::Conflict);
            }
            let value = Document { version: expected_version + 1, body: body.to_owned() };
            state.documents.insert(key.clone(), Kept { value, expires });
            Ok(expected_version + 1)
        })
    }

    async fn remove(&self, key: &DocumentKey, expected_version: u64) -> Result<(), StoreError> {
        self.call(DocumentsCall::Remove, |state| {
            if expected_version == 0 || state.version(key) != expected_version {
                return Err(StoreError::Conflict);
            }
            state.documents.remove(key);
            Ok(())
        })
    }

    async fn list(
        &self,
        kind: &'static str,
        from: &str,
        to: &str,
    ) -> Result<Vec<(String, Document)>, StoreError> {
        self.call(DocumentsCall::List, |state| {
            between(&state.documents, kind, (from, to), DOCUMENTS_MAX)
        })
    }
}

impl Counters for MemoryDocuments {
    async fn add(&self, key: &DocumentKey, amount: u64, expires: Millis) -> Result<(), StoreError> {
        key.check("")?;
        self.call(DocumentsCall::Add, |state| {
            let zero = Kept { value: 0, expires: None };
            let count = state.counts.entry(key.clone()).or_insert(zero);
            count.value += amount;
            count.expires = Some(expires);
            Ok(())
        })
    }

    async fn counts(
        &self,
        kind: &'static str,
        from: &str,
        to: &str,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        self.call(DocumentsCall::Counts, |state| {
            between(&state.counts, kind, (from, to), COUNTS_MAX)
        })
    }
}

/// What a kind holds between two names, both included.
fn between<T: Clone>(
    entries: &BTreeMap<DocumentKey, Kept<T>>,
    kind: &'static str,
    (from, to): (&str, &str),
    most: usize,
) -> Result<Vec<(String, T)>, StoreError> {
    if from > to {
        return Ok(Vec::new());
    }
    let values = entries.range(DocumentKey::new(kind, from)..=DocumentKey::new(kind, to));
    let values: Vec<_> =
        values.map(|(key, is_kept)| (key.name.clone(), is_kept.value.clone())).collect();
    if values.len() > most { Err(StoreError::TooManyDocuments(kind)) } else { Ok(values) }
}

//! Calls of a run that go wrong on demand.

use headroom_aws::events::{EntryResult, Event, EventBus, RequestError};
use headroom_engine::{DueIndex, MemoryStore, StoreError};
use headroom_kpi::{EntityKey, Millis, Urgency};
use headroom_tables::{Counters, Document, DocumentKey, Documents, MemoryDocuments};
use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// It is not done, and fails.
    FailsBefore,
    /// It is done, and its answer is lost.
    FailsAfter,
    /// The process dies before it is done.
    DiesBefore,
    /// The process dies when it is done.
    DiesAfter,
}

impl Wrong {
    pub(crate) const ALL: [Self; 4] =
        [Self::FailsBefore, Self::FailsAfter, Self::DiesBefore, Self::DiesAfter];
}

/// Counts the calls of a run, and lets one of them go wrong. Its clones are the same script.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    calls: AtomicUsize,
    planned: Mutex<Option<(usize, Wrong)>>,
    died: Notify,
}

impl Script {
    /// The call at this place goes wrong; 0 is the first from now on.
    pub(crate) fn plan(&self, place: usize, wrong: Wrong) {
        self.0.calls.store(0, Ordering::SeqCst);
        *self.0.planned.lock().unwrap() = Some((place, wrong));
    }

    /// Calls since it was last planned.
    pub(crate) fn calls(&self) -> usize {
        self.0.calls.load(Ordering::SeqCst)
    }

    /// Whether what was planned has happened.
    pub(crate) fn has_happened(&self) -> bool {
        self.0.planned.lock().unwrap().is_none()
    }

    /// Until the process dies.
    pub(crate) async fn died(&self) {
        self.0.died.notified().await;
    }

    fn next(&self) -> Option<Wrong> {
        let place = self.0.calls.fetch_add(1, Ordering::SeqCst);
        let mut planned = self.0.planned.lock().unwrap();
        planned.take_if(|(at, _)| *at == place).map(|(_, wrong)| wrong)
    }

    /// Does a call, as far as nothing goes wrong with it.
    pub(crate) async fn call<T, E>(
        &self,
        act: impl Future<Output = Result<T, E>>,
        lost: impl FnOnce() -> E,
    ) -> Result<T, E> {
        match self.next() {
            None => act.await,
            Some(Wrong::FailsBefore) => Err(lost()),
            Some(Wrong::FailsAfter) => act.await.and_then(|_| Err(lost())),
            Some(Wrong::DiesBefore) => self.die().await,
            Some(Wrong::DiesAfter) => {
                let _ = act.await;
                self.die().await
            }
        }
    }

    async fn die<T>(&self) -> T {
        self.0.died.notify_one();
        pending().await
    }
}

fn unanswered() -> StoreError {
    StoreError::Unanswered("planned".into())
}

/// The ledger in memory.
pub(crate) struct ScriptedDocuments {
    pub(crate) documents: Arc<MemoryDocuments>,
    pub(crate) script: Script,
}

impl Documents for ScriptedDocuments {
    async fn get(&self, key: &DocumentKey) -> Result<Option<Document>, StoreError> {
        self.script.call(self.documents.get(key), unanswered).await
    }

    async fn put(
        &self,
        key: &DocumentKey,
        body: &str,
        expected_version: u64,
        expires: Option<Millis>,
    ) -> Result<u64, StoreError> {
        self.script.call(self.documents.put(key, body, expected_version, expires), unanswered).await
    }

    async fn remove(&self, key: &DocumentKey, expected_version: u64) -> Result<(), StoreError> {
        self.script.call(self.documents.remove(key, expected_version), unanswered).await
    }

    async fn list(
        &self,
        kind: &'static str,
        from: &str,
        to: &str,
    ) -> Result<Vec<(String, Document)>, StoreError> {
        self.script.call(self.documents.list(kind, from, to), unanswered).await
    }
}

impl Counters for ScriptedDocuments {
    async fn add(&self, key: &DocumentKey, amount: u64, expires: Millis) -> Result<(), StoreError> {
        self.script.call(self.documents.add(key, amount, expires), unanswered).await
    }

    async fn counts(
        &self,
        kind: &'static str,
        from: &str,
        to: &str,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        self.script.call(self.documents.counts(kind, from, to), unanswered).await
    }
}

/// The index of a store in memory.
pub(crate) struct Index {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) script: Script,
}

impl DueIndex for Index {
    async fn due(
        &self,
        urgency: Urgency,
        until: Millis,
        limit: usize,
    ) -> Result<Vec<(Millis, EntityKey)>, StoreError> {
        self.script.call(self.store.due(urgency, until, limit), unanswered).await
    }
}

/// A bus that does not accept every event at once.
#[derive(Clone, Default)]
pub(crate) struct ScriptedBus {
    pub(crate) script: Script,
    accepted: Arc<Mutex<Vec<Event>>>,
    entries: Arc<AtomicUsize>,
}

impl ScriptedBus {
    /// A new process' way to the same bus.
    pub(crate) fn with(&self, script: Script) -> Self {
        Self { script, ..self.clone() }
    }

    /// The events since the last call.
    pub(crate) fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.accepted.lock().unwrap())
    }

    /// Every 37th entry is not accepted the first time.
    fn accept(&self, event: &Event) -> EntryResult {
        if self.entries.fetch_add(1, Ordering::SeqCst) % 37 == 36 {
            return EntryResult::Retry("slow down".into());
        }
        self.accepted.lock().unwrap().push(event.clone());
        EntryResult::Accepted
    }
}

impl EventBus for ScriptedBus {
    async fn put(&self, events: &[&Event]) -> Result<Vec<EntryResult>, RequestError> {
        assert!(events.len() <= 10, "{} events", events.len());
        let bytes: usize = events.iter().map(|event| event.size()).sum();
        assert!(bytes <= 256 * 1024, "{bytes} bytes");
        let act = async { Ok(events.iter().map(|event| self.accept(event)).collect()) };
        let lost = || RequestError { message: "planned".into(), retryable: true };
        self.script.call(act, lost).await
    }
}

//! A bus that does not accept every event at once.

use headroom_aws::events::{EntryResult, Event, EventBus, RequestError};
use headroom_test_support::{FaultPlan, Operation};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// A bus that does not accept every event at once.
#[derive(Clone, Default)]
pub(crate) struct FaultyBus {
    pub(crate) plan: FaultPlan,
    accepted: Arc<Mutex<Vec<Event>>>,
    entries: Arc<AtomicUsize>,
}

impl FaultyBus {
    /// A new process' way to the same bus.
    pub(crate) fn with(&self, plan: FaultPlan) -> Self {
        Self { plan, ..self.clone() }
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

impl EventBus for FaultyBus {
    async fn put(&self, events: &[&Event]) -> Result<Vec<EntryResult>, RequestError> {
        assert!(events.len() <= 10, "{} events", events.len());
        let bytes: usize = events.iter().map(|event| event.size()).sum();
        assert!(bytes <= 256 * 1024, "{bytes} bytes");
        let accept = async { Ok(events.iter().map(|event| self.accept(event)).collect()) };
        let error = |_| RequestError { message: "planned".into(), retryable: true };
        self.plan.call(Operation::Request, accept, error).await
    }
}

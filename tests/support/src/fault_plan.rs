//! Calls that fail on demand.

use std::collections::{HashMap, VecDeque};
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::Notify;

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// It is not done: another writer was faster. A call without a condition is done all the same.
    Conflict,
    /// It is not done: the store is overloaded.
    Throttle,
    /// It is not done, and there is no response.
    FailBefore,
    /// It is done, and there is no response.
    FailAfter,
    /// The process dies before it is done.
    CrashBefore,
    /// The process dies after it is done.
    CrashAfter,
}

/// The calls that can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `EntityStore::load`
    Load,
    /// `EntityStore::commit`
    Commit,
    /// `DueIndex::due`
    Due,
    /// `Documents::get`
    Get,
    /// `Documents::put`
    Put,
    /// `Documents::remove`
    Remove,
    /// `Documents::list`
    List,
    /// `Counters::add`
    Add,
    /// `Counters::counts`
    Counts,
    /// A request that is no call of a store.
    Request,
}

impl Operation {
    /// Whether it depends on the version of what is stored.
    fn has_condition(self) -> bool {
        matches!(self, Self::Commit | Self::Put | Self::Remove)
    }
}

/// Counts calls, and makes some of them fail. Its clones are the same plan.
#[derive(Clone, Debug, Default)]
pub struct FaultPlan(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    crash: Notify,
}

#[derive(Debug, Default)]
struct State {
    calls: usize,
    by_operation: HashMap<Operation, VecDeque<Fault>>,
    by_index: Option<(usize, Fault)>,
}

impl FaultPlan {
    /// Plans what happens to the next calls of an operation, one after the other.
    pub fn plan(&self, operation: Operation, faults: impl IntoIterator<Item = Fault>) {
        self.state().by_operation.entry(operation).or_default().extend(faults);
    }

    /// Plans what happens to one call of any operation: 0 is the first one from now on. Counts calls
    /// anew.
    pub fn plan_call(&self, index: usize, fault: Fault) {
        let mut state = self.state();
        state.calls = 0;
        state.by_index = Some((index, fault));
    }

    /// The number of calls since the last [`plan_call`](Self::plan_call), with those that failed.
    pub fn calls(&self) -> usize {
        self.state().calls
    }

    /// Whether the planned call was made.
    pub fn is_done(&self) -> bool {
        self.state().by_index.is_none()
    }

    /// Waits until the process dies.
    pub async fn crash(&self) {
        self.0.crash.notified().await;
    }

    /// Makes a call, as far as nothing is planned for it. `error` gives the error for a fault.
    pub async fn call<T, E>(
        &self,
        operation: Operation,
        call: impl Future<Output = Result<T, E>>,
        error: impl FnOnce(Fault) -> E,
    ) -> Result<T, E> {
        let fault = self.state().next(operation);
        match fault {
            Fault::Conflict if !operation.has_condition() => call.await,
            Fault::None => call.await,
            Fault::Conflict | Fault::Throttle | Fault::FailBefore => Err(error(fault)),
            Fault::FailAfter => call.await.and_then(|_| Err(error(fault))),
            Fault::CrashBefore => self.end_process().await,
            Fault::CrashAfter => {
                let _ = call.await;
                self.end_process().await
            }
        }
    }

    async fn end_process<T>(&self) -> T {
        self.0.crash.notify_one();
        pending().await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }
}

impl State {
    fn next(&mut self, operation: Operation) -> Fault {
        let index = self.calls;
        self.calls += 1;
        if let Some((_, fault)) = self.by_index.take_if(|(planned, _)| *planned == index) {
            return fault;
        }
        let planned = self.by_operation.get_mut(&operation);
        planned.and_then(VecDeque::pop_front).unwrap_or(Fault::None)
    }
}

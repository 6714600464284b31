//! Viewers in memory, for tests.

use crate::{Gateway, GatewayError};
use std::collections::{BTreeMap, BTreeSet};
use std::future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How a viewer takes frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Viewer {
    /// All of them.
    #[default]
    Open,
    /// None: it is closed.
    Gone,
    /// None, and API Gateway says so.
    Full,
    /// None, and there is never an answer.
    Stuck,
    /// None: API Gateway has a fault.
    Failing,
}

/// Keeps the frames that it is given. A connection is open until something else is said of it.
/// Clones share what they keep.
#[derive(Clone, Debug, Default)]
pub struct MemoryGateway {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    viewers: BTreeMap<String, Viewer>,
    frames: BTreeMap<String, Vec<String>>,
    closed: BTreeSet<String>,
    posts: usize,
}

impl MemoryGateway {
    /// Says how a connection takes frames from now on.
    pub fn set(&self, connection: &str, viewer: Viewer) {
        self.state().viewers.insert(connection.to_owned(), viewer);
    }

    /// The frames that a connection has got since this was last asked.
    pub fn take(&self, connection: &str) -> Vec<String> {
        self.state().frames.remove(connection).unwrap_or_default()
    }

    /// The frames of all connections since they were last asked for.
    pub fn take_all(&self) -> BTreeMap<String, Vec<String>> {
        std::mem::take(&mut self.state().frames)
    }

    /// Whether the server has closed a connection.
    pub fn closed(&self, connection: &str) -> bool {
        self.state().closed.contains(connection)
    }

    /// How many frames were to be sent, whatever became of them.
    pub fn posts(&self) -> usize {
        self.state().posts
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here is left half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn post(&mut self, connection: &str, frame: &str) -> Viewer {
        self.posts += 1;
        let viewer = self.viewers.get(connection).copied().unwrap_or_default();
        if viewer == Viewer::Open {
            self.frames.entry(connection.to_owned()).or_default().push(frame.to_owned());
        }
        viewer
    }
}

impl Gateway for MemoryGateway {
    async fn post(&self, connection: &str, frame: &str) -> Result<(), GatewayError> {
        let viewer = self.state().post(connection, frame);
        match viewer {
            Viewer::Open => Ok(()),
            Viewer::Gone => Err(GatewayError::Gone),
            Viewer::Full => Err(GatewayError::Slow),
            Viewer::Failing => Err(GatewayError::Failed("on demand".into())),
            Viewer::Stuck => future::pending().await,
        }
    }

    async fn close(&self, connection: &str) -> Result<(), GatewayError> {
        let mut state = self.state();
        state.closed.insert(connection.to_owned());
        match state.viewers.insert(connection.to_owned(), Viewer::Gone) {
            Some(Viewer::Gone) => Err(GatewayError::Gone),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_is_told_before_it_is_closed() {
        let gateway = MemoryGateway::default();
        assert_eq!(pollster::block_on(gateway.expire("c")), Ok(()));
        assert_eq!(gateway.take("c"), [r#"{"type":"expired"}"#]);
        assert!(gateway.closed("c"));
        assert_eq!(pollster::block_on(gateway.post("c", "{}")), Err(GatewayError::Gone));
    }

    #[test]
    fn one_that_is_gone_or_slow_is_closed_all_the_same() {
        let gateway = MemoryGateway::default();
        gateway.set("gone", Viewer::Gone);
        gateway.set("full", Viewer::Full);
        assert_eq!(pollster::block_on(gateway.expire("gone")), Ok(()));
        assert_eq!(pollster::block_on(gateway.expire("full")), Err(GatewayError::Slow));
        assert!(gateway.closed("gone") && gateway.closed("full"));
    }
}

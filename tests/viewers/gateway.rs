//! Viewers in memory, which are closed, slow or failing on demand.

use headroom_viewers::{Gateway, GatewayError};
use std::collections::{BTreeMap, BTreeSet};
use std::future;
use std::sync::{Arc, Mutex, MutexGuard};

/// How a connection takes messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// It takes all of them.
    #[default]
    Open,
    /// It is closed.
    Gone,
    /// It takes none: API Gateway answers 429.
    Full,
    /// API Gateway never answers.
    Stuck,
    /// API Gateway fails.
    Failing,
}

/// Keeps the messages that are posted. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemoryGateway {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    behaviours: BTreeMap<String, Behaviour>,
    messages: BTreeMap<String, Vec<String>>,
    closed: BTreeSet<String>,
    posts: usize,
}

impl MemoryGateway {
    /// Sets how a connection takes messages from now on.
    pub(crate) fn set(&self, connection: &str, behaviour: Behaviour) {
        self.state().behaviours.insert(connection.to_owned(), behaviour);
    }

    /// The messages that a connection has got since the last call.
    pub(crate) fn take(&self, connection: &str) -> Vec<String> {
        self.state().messages.remove(connection).unwrap_or_default()
    }

    /// The messages of all connections since they were last taken.
    pub(crate) fn take_all(&self) -> BTreeMap<String, Vec<String>> {
        std::mem::take(&mut self.state().messages)
    }

    /// Whether the server has closed a connection.
    pub(crate) fn closed(&self, connection: &str) -> bool {
        self.state().closed.contains(connection)
    }

    /// How many messages were posted, whatever their outcome.
    pub(crate) fn posts(&self) -> usize {
        self.state().posts
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    fn post(&mut self, connection: &str, message: &str) -> Behaviour {
        self.posts += 1;
        let behaviour = self.behaviours.get(connection).copied().unwrap_or_default();
        if behaviour == Behaviour::Open {
            self.messages.entry(connection.to_owned()).or_default().push(message.to_owned());
        }
        behaviour
    }
}

impl Gateway for MemoryGateway {
    async fn post(&self, connection: &str, message: &str) -> Result<(), GatewayError> {
        let behaviour = self.state().post(connection, message);
        match behaviour {
            Behaviour::Open => Ok(()),
            Behaviour::Gone => Err(GatewayError::Gone),
            Behaviour::Full => Err(GatewayError::Slow),
            Behaviour::Failing => Err(GatewayError::Failed("on demand".into())),
            Behaviour::Stuck => future::pending().await,
        }
    }

    async fn close(&self, connection: &str) -> Result<(), GatewayError> {
        let mut state = self.state();
        state.closed.insert(connection.to_owned());
        match state.behaviours.insert(connection.to_owned(), Behaviour::Gone) {
            Some(Behaviour::Gone) => Err(GatewayError::Gone),
            _ => Ok(()),
        }
    }
}

#[tokio::test]
async fn a_viewer_whose_token_expired_is_told_so_and_its_connection_closed() {
    let gateway = MemoryGateway::default();
    assert_eq!(gateway.expire("c").await, Ok(()));
    assert_eq!(gateway.take("c"), [r#"{"type":"expired"}"#]);
    assert!(gateway.closed("c"));
    assert_eq!(gateway.post("c", "{}").await, Err(GatewayError::Gone));
}

#[tokio::test]
async fn a_closed_or_slow_connection_can_be_closed() {
    let gateway = MemoryGateway::default();
    gateway.set("gone", Behaviour::Gone);
    gateway.set("full", Behaviour::Full);
    assert_eq!(gateway.expire("gone").await, Ok(()));
    assert_eq!(gateway.expire("full").await, Err(GatewayError::Slow));
    assert!(gateway.closed("gone") && gateway.closed("full"));
}

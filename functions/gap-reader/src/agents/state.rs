//! The event of what was read of an agent.

use crate::events::event;
use headroom_aws::events::Event;
use headroom_genesys::api::{PresenceChange, RoutingChange, UserChanges};
use headroom_kpi::Millis;
use serde::Serialize;

const STATE: &str = "headroom.agent.state";

/// Changes in one event: the most that is accepted of one (`kpis.md#bad-input`).
const CHANGES_MAX: usize = 1_000;

/// What was read of an agent. Times are in milliseconds since 1970; what was not read is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AgentState {
    pub(super) user_id: String,
    pub(super) read_at: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) routing: Vec<RoutingChange>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) presence: Vec<PresenceChange>,
    /// All queues that the agent has joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) joined: Option<Vec<String>>,
    /// All queues that the agent is a member of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) members: Option<Vec<String>>,
    /// All changes up to then were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) details_until: Option<i64>,
}

impl AgentState {
    /// The state of an agent who is in no queue any more.
    pub(super) fn without_queues(user_id: String, read_at: Millis) -> Self {
        let empty = Some(Vec::new());
        let joined = empty.clone();
        Self { user_id, read_at: read_at.0, joined, members: empty, ..Self::default() }
    }

    pub(super) fn event(&self) -> Event {
        event(STATE, self)
    }
}

/// The events of a user's changes: one, unless there are very many.
pub(super) fn change_events(changes: UserChanges, read_at: Millis, until: Millis) -> Vec<Event> {
    let UserChanges { user, routing, presence } = changes;
    let count = routing.len().max(presence.len()).div_ceil(CHANGES_MAX).max(1);
    let part = |number: usize| AgentState {
        user_id: user.clone(),
        read_at: read_at.0,
        routing: part_of(&routing, number),
        presence: part_of(&presence, number),
        details_until: (number + 1 == count).then_some(until.0),
        ..AgentState::default()
    };
    (0..count).map(|number| part(number).event()).collect()
}

fn part_of<T: Clone>(changes: &[T], number: usize) -> Vec<T> {
    changes.chunks(CHANGES_MAX).nth(number).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use headroom_genesys::{Parsed, parse};

    const NOW: Millis = Millis(1_778_594_605_000);

    fn fact_count(event: &Event) -> usize {
        let envelope = format!(
            r#"{{"detail-type":"{}","time":"2026-05-12T14:03:26Z","detail":{}}}"#,
            event.detail_type, event.detail
        );
        match parse(envelope.as_bytes()).unwrap() {
            Parsed::Facts(facts) => facts.len(),
            other => panic!("{other:?}"),
        }
    }

    fn routing(count: i64) -> Vec<RoutingChange> {
        let change = |n| RoutingChange { since: NOW.0 - n, status: "IDLE".to_owned() };
        (0..count).map(change).collect()
    }

    #[test]
    fn a_state_becomes_an_event_that_can_be_folded() {
        let state = AgentState { routing: routing(1), ..without_queues() };
        assert_eq!(fact_count(&state.event()), 3);
    }

    fn without_queues() -> AgentState {
        AgentState::without_queues("u".to_owned(), NOW)
    }

    #[test]
    fn changes_are_split_and_the_last_event_says_that_all_were_read() {
        let changes = |count| UserChanges {
            user: "u".to_owned(),
            routing: routing(count),
            presence: Vec::new(),
        };
        let counts = |count| -> Vec<_> {
            let events = change_events(changes(count), NOW, NOW);
            events.iter().map(fact_count).collect()
        };
        assert_eq!(counts(0), [1]);
        assert_eq!(counts(2), [3]);
        assert_eq!(counts(1_001), [1_000, 2]);
    }
}

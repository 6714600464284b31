//! A page of a round: the members of some queues, as a document of the ledger.

use super::state::AgentState;
use headroom_genesys::api::{PresenceChange, QueueMember, RoutingChange};
use headroom_kpi::Millis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Users of a page: with their queues and statuses each takes up to 350 bytes.
const USERS_MAX: usize = 1_000;

/// The members of some queues. Queues are numbered, since a user is a member of many.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RoundPage {
    queues: Vec<String>,
    users: BTreeMap<String, PageUser>,
}

/// A user: numbers of queues, and what is so now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct PageUser {
    #[serde(rename = "j", skip_serializing_if = "Vec::is_empty")]
    joined: Vec<usize>,
    /// Member only.
    #[serde(rename = "m", skip_serializing_if = "Vec::is_empty")]
    other: Vec<usize>,
    #[serde(rename = "r", skip_serializing_if = "Option::is_none")]
    routing: Option<RoutingChange>,
    #[serde(rename = "p", skip_serializing_if = "Option::is_none")]
    presence: Option<PresenceChange>,
}

impl RoundPage {
    /// The members of some queues as pages, each small enough for a document.
    pub(super) fn pages(members: Vec<QueueMember>) -> Vec<Self> {
        let Self { queues, users } = Self::new(members);
        let users: Vec<_> = users.into_iter().collect();
        let page = |part: &[(String, PageUser)]| Self {
            queues: queues.clone(),
            users: part.iter().cloned().collect(),
        };
        users.chunks(USERS_MAX).map(page).collect()
    }

    fn new(members: Vec<QueueMember>) -> Self {
        let mut queues: Vec<_> = members.iter().map(|member| member.queue.clone()).collect();
        queues.sort_unstable();
        queues.dedup();
        let mut users = BTreeMap::<String, PageUser>::new();
        for QueueMember { queue, user, is_joined, routing, presence } in members {
            let user = users.entry(user).or_default();
            let number = queues.partition_point(|other| *other < queue);
            if is_joined { &mut user.joined } else { &mut user.other }.push(number);
            user.routing = user.routing.take().max(routing);
            user.presence = user.presence.take().max(presence);
        }
        Self { queues, users }
    }

    /// Adds what the page says to the states of agents.
    pub(super) fn add_to(self, states: &mut BTreeMap<String, AgentState>, read_at: Millis) {
        let Self { queues, users } = self;
        let names = |numbers: Vec<usize>| {
            numbers.into_iter().filter_map(|number| queues.get(number).cloned()).collect::<Vec<_>>()
        };
        for (id, user) in users {
            let new = || AgentState::without_queues(id.clone(), read_at);
            let state = states.entry(id.clone()).or_insert_with(new);
            let joined = names(user.joined);
            let members = joined.iter().cloned().chain(names(user.other));
            state.members.get_or_insert_default().extend(members);
            state.joined.get_or_insert_default().extend(joined);
            // One of them is enough: every queue of a user says the same.
            state.routing.extend(user.routing);
            state.routing.dedup();
            state.presence.extend(user.presence);
            state.presence.dedup();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(queue: &str, user: &str, is_joined: bool, since: i64) -> QueueMember {
        QueueMember {
            queue: queue.to_owned(),
            user: user.to_owned(),
            is_joined,
            routing: Some(RoutingChange { since, status: "IDLE".to_owned() }),
            presence: None,
        }
    }

    #[test]
    fn pages_are_inverted_into_the_queues_of_each_user() {
        let first = RoundPage::new(vec![
            member("q2", "u", true, 5),
            member("q1", "u", false, 5),
            member("q1", "v", true, 6),
        ]);
        let second = RoundPage::new(vec![member("q3", "u", true, 5)]);
        let mut states = BTreeMap::new();
        for page in [first, second] {
            let stored = serde_json::to_string(&page).unwrap();
            serde_json::from_str::<RoundPage>(&stored).unwrap().add_to(&mut states, Millis(9));
        }
        let list = |ids: &[&str]| Some(ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>());
        let user = &states["u"];
        assert_eq!(
            (user.joined.clone(), user.members.clone()),
            (list(&["q2", "q3"]), list(&["q2", "q1", "q3"]))
        );
        assert_eq!((user.routing.len(), user.read_at), (1, 9));
        assert_eq!(states["v"].members, list(&["q1"]));
    }
}

//! Responses with the members of queues.

use super::{QueueMember, QueueMembers, presence_change, routing_change};
use crate::fields::{Field, TimeField};
use headroom_kpi::Id;
use serde::Deserialize;
use std::collections::BTreeSet;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ActivityBody {
    results: Option<Vec<ActivityResult>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ActivityResult {
    group: Group,
    truncated: Option<bool>,
    entities: Option<Vec<ActivityEntity>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Group {
    queue_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ActivityEntity {
    user_id: Option<String>,
    queue_id: Option<String>,
    queue_membership_status: Option<String>,
    routing_status: Option<String>,
    routing_status_date: Field<TimeField>,
    system_presence: Option<String>,
    organization_presence_id: Option<String>,
    presence_date: Field<TimeField>,
}

/// What the API calls the membership of one who has joined.
const JOINED: &str = "active";

impl ActivityBody {
    /// The members of the queues that were asked for.
    pub(super) fn members(self, queues: &[Id]) -> QueueMembers {
        let mut incomplete: BTreeSet<_> = queues.iter().map(ToString::to_string).collect();
        let mut members = Vec::new();
        for result in self.results.into_iter().flatten() {
            if result.truncated == Some(true) {
                continue;
            }
            let queue = result.group.queue_id;
            if let Some(queue) = &queue {
                incomplete.remove(queue);
            }
            let entities = result.entities.into_iter().flatten();
            members.extend(entities.filter_map(|entity| entity.member(queue.as_ref())));
        }
        QueueMembers { members, incomplete: incomplete.into_iter().collect() }
    }
}

impl ActivityEntity {
    fn member(self, queue: Option<&String>) -> Option<QueueMember> {
        let membership = self.queue_membership_status.unwrap_or_default();
        let presence_id = self.organization_presence_id;
        Some(QueueMember {
            queue: self.queue_id.or_else(|| queue.cloned())?,
            user: self.user_id?,
            is_joined: membership.eq_ignore_ascii_case(JOINED),
            routing: routing_change(self.routing_status, &self.routing_status_date),
            presence: presence_change(self.system_presence, presence_id, &self.presence_date),
        })
    }
}

/// A member of a queue in the form of the list of members.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct MemberBody {
    id: Option<String>,
    joined: Option<bool>,
    routing_status: Option<RoutingBody>,
    user: Option<UserBody>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UserBody {
    presence: Option<PresenceBody>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RoutingBody {
    status: Option<String>,
    start_time: Field<TimeField>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PresenceBody {
    presence_definition: Definition,
    modified_date: Field<TimeField>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Definition {
    id: Option<String>,
    system_presence: Option<String>,
}

impl MemberBody {
    /// The member, of the queue whose list it stands in.
    pub(super) fn member(self, queue: &str) -> Option<QueueMember> {
        let routing = self.routing_status.unwrap_or_default();
        let presence = self.user.unwrap_or_default().presence.unwrap_or_default();
        let Definition { id, system_presence } = presence.presence_definition;
        Some(QueueMember {
            queue: queue.to_owned(),
            user: self.id?,
            is_joined: self.joined.unwrap_or_default(),
            routing: routing_change(routing.status, &routing.start_time),
            presence: presence_change(system_presence, id, &presence.modified_date),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_queue_that_a_response_cuts_short_or_leaves_out_is_incomplete_and_an_empty_one_is_not() {
        let result = |queue, entities| json!({"group": {"queueId": queue}, "entities": entities});
        let mut long = result("b", json!([{"userId": "u"}]));
        long["truncated"] = json!(true);
        let results = [result("a", json!([{"userId": "u"}])), long, result("c", json!([]))];
        let body: ActivityBody = serde_json::from_value(json!({"results": results})).unwrap();
        let queues = ["a", "b", "c", "d"].map(|queue| Id::parse(queue).unwrap());
        let QueueMembers { members, incomplete } = body.members(&queues);
        let members: Vec<_> =
            members.iter().map(|member| (&*member.queue, &*member.user)).collect();
        assert_eq!(members, [("a", "u")]);
        assert_eq!(incomplete, ["b", "d"]);
    }
}

//! What the Platform API says of users, whatever the response.

use crate::fields::{Field, TimeField};
use headroom_kpi::Id;
use serde::{Deserialize, Serialize};

/// A routing status, and since when, in milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RoutingChange {
    /// Since when.
    pub since: i64,
    /// Such as `IDLE`.
    pub status: String,
}

/// A presence, and since when, in milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PresenceChange {
    /// Since when.
    pub since: i64,
    /// Such as `ON_QUEUE`.
    pub system_presence: String,
    /// The organisation's own presence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_presence_id: Option<String>,
}

/// A member of a queue, and the status of that user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueMember {
    /// The queue.
    pub queue: String,
    /// The user.
    pub user: String,
    /// Whether the user has joined the queue.
    pub is_joined: bool,
    /// The routing status.
    pub routing: Option<RoutingChange>,
    /// The presence.
    pub presence: Option<PresenceChange>,
}

/// The members of some queues.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueMembers {
    /// Those of the queues that the response has in full.
    pub members: Vec<QueueMember>,
    /// Queues that have more members than the response, or that it leaves out: whether such a queue
    /// is empty, it does not say.
    pub incomplete: Vec<String>,
}

/// The changes of a user in some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserChanges {
    /// The user.
    pub user: String,
    /// Changes of the routing status, in order of time.
    pub routing: Vec<RoutingChange>,
    /// Changes of the presence, in order of time.
    pub presence: Vec<PresenceChange>,
}

impl UserChanges {
    /// No changes of a user.
    pub fn without(user: &Id) -> Self {
        Self { user: user.to_string(), routing: Vec::new(), presence: Vec::new() }
    }
}

/// A routing status, if the response says it with its time.
pub(super) fn routing_change(
    status: Option<String>,
    since: &Field<TimeField>,
) -> Option<RoutingChange> {
    Some(RoutingChange { since: millis(since)?, status: status? })
}

/// A presence, if the response says it with its time.
pub(super) fn presence_change(
    system_presence: Option<String>,
    organization_presence_id: Option<String>,
    since: &Field<TimeField>,
) -> Option<PresenceChange> {
    let (since, system_presence) = (millis(since)?, system_presence?);
    Some(PresenceChange { since, system_presence, organization_presence_id })
}

/// The time of a field, in milliseconds since 1970.
pub(super) fn millis(time: &Field<TimeField>) -> Option<i64> {
    time.0.value().map(|time| time.0)
}

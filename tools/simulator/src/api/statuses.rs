//! The statuses of agents as of a time, and how responses show them.

use crate::agents::{Change, Presence, QueueSet, RoutingStatus, current};
use crate::archive::Agent;
use crate::events::PERSONAL_TEXT;
use crate::id::Id;
use crate::json::Object;
use crate::time::iso_ms;

/// An agent of whom a status is known, as of a time.
#[derive(Clone, Copy)]
pub(super) struct Status {
    pub(super) user: Id,
    pub(super) routing: Change<RoutingStatus>,
    pub(super) presence: Change<Presence>,
    pub(super) joined: QueueSet,
    pub(super) members: QueueSet,
    out_of_office: Change<bool>,
}

impl Status {
    /// None without lives of agents.
    pub(super) fn new(agent: &Agent, as_of: i64) -> Option<Self> {
        let history = &agent.history;
        let joined = current(&history.joined, as_of).map(|change| change.value).unwrap_or_default();
        let members = current(&history.members, as_of);
        let members = members.map(|change| change.value).unwrap_or_default();
        Some(Self {
            user: agent.user,
            routing: *current(&history.routing, as_of)?,
            presence: *current(&history.presence, as_of)?,
            joined,
            members: members.union(joined),
            out_of_office: *current(&history.out_of_office, as_of)?,
        })
    }

    pub(super) fn routing_status(&self) -> Object {
        Object::default()
            .with("userId", self.user)
            .with("status", self.routing.value.text())
            .with("startTime", iso_ms(self.routing.at))
    }

    /// As the expansion of a user.
    pub(super) fn presence(&self) -> Object {
        Object::default()
            .with("source", "PURECLOUD")
            .with("primary", true)
            .with_object("presenceDefinition", self.definition())
            .with("message", format!("{PERSONAL_TEXT} in the basement"))
            .with("modifiedDate", iso_ms(self.presence.at))
            .with("selfUri", format!("/api/v2/users/{}/presences/PURECLOUD", self.user))
    }

    /// As a presence of one source.
    pub(super) fn source_presence(&self) -> Object {
        Object::default()
            .with("id", self.user)
            .with("userId", self.user)
            .with("source", "PURECLOUD")
            .with("sourceId", "PURECLOUD")
            .with_object("presenceDefinition", self.definition())
            .with("message", format!("{PERSONAL_TEXT} in the basement"))
            .with("modifiedDate", iso_ms(self.presence.at))
            .with("selfUri", format!("/api/v2/users/{}/presences/purecloud", self.user))
    }

    pub(super) fn out_of_office(&self) -> Object {
        Object::default().with("active", self.out_of_office.value).with("indefinite", false)
    }

    fn definition(&self) -> Object {
        let presence = self.presence.value;
        // In three spellings, the notifications, the definitions and the presences of users.
        Object::default()
            .with("id", presence.id())
            .with("systemPresence", presence.system().name())
            .with("selfUri", format!("/api/v2/presencedefinitions/{}", presence.id()))
    }
}

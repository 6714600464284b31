//! Events of agents. Every feed has them.

use super::Publisher;
use super::envelope::enclose;
use crate::LineKind::{Event, Unused};
use crate::agents::{Presence, RoutingStatus};
use crate::json::Object;
use crate::time::iso_ms;
use crate::world::agent_state::{AgentState, Current};
use crate::world::lanes::Queue;
use crate::{Line, LineKind};

/// The source of presences that agents choose themselves.
const GENESYS: &str = "PURECLOUD";

impl Publisher {
    /// The presence of an agent. Without a life of his or her own, it goes with the shift.
    pub(crate) fn presence(&mut self, state: &AgentState, time: i64) {
        if self.agents.topics[0] {
            let date = (!self.agents.presences_without_date).then(|| iso_ms(state.presence.since));
            let body = self.presence_body(GENESYS, state.presence.value).with("modifiedDate", date);
            self.publish_agent(("v2.users.{id}.presence", state.user), (Event, time), body);
        }
    }

    /// A presence that another system reports of an agent.
    pub(crate) fn foreign_presence(&mut self, state: &AgentState, presence: Presence, time: i64) {
        let body = self.presence_body("MICROSOFTTEAMS", presence);
        let body = body.with("modifiedDate", iso_ms(time));
        self.publish_agent(("v2.users.{id}.presence", state.user), (Unused, time), body);
    }

    /// The routing status of an agent.
    pub(crate) fn routing_status(&mut self, state: &AgentState, time: i64) {
        let body = Object::default()
            .with("id", state.user)
            .with_object("routingStatus", routing(&state.routing));
        if self.agents.topics[1] {
            self.publish_agent(("v2.users.{id}.routingStatus", state.user), (Event, time), body);
        }
    }

    /// Everything about an agent.
    pub(crate) fn activity(&mut self, state: &AgentState, time: i64) {
        let presence = Object::default()
            .with_object("presenceDefinition", self.agents.definition(state.presence.value))
            .with("presenceMessage", self.agents.message())
            .with("modifiedDate", iso_ms(state.presence.since));
        let office = Object::default()
            .with("active", state.out_of_office.value)
            .with("modifiedDate", iso_ms(state.out_of_office.since));
        let body = Object::default()
            .with("id", state.user)
            .with_object("routingStatus", routing(&state.routing))
            .with_object("presence", presence)
            .with_object("outOfOffice", office)
            .with("activeQueueIds", state.joined.value.ids())
            .with("dateActiveQueuesChanged", iso_ms(state.joined.since));
        self.publish_agent(("v2.users.{id}.activity", state.user), (Event, time), body);
    }

    /// An agent has joined or left a queue.
    pub(crate) fn queue_user(
        &mut self,
        state: &AgentState,
        queue: Queue,
        is_joined: bool,
        time: i64,
    ) {
        if self.agents.topics[2] {
            let body = Object::default()
                .with("id", state.user)
                .with_object("user", Object::default().with("id", state.user))
                .with("queueId", queue.id())
                .with("joined", is_joined);
            let topic = "v2.routing.queues.{id}.users";
            self.publish_agent((topic, queue.id()), (Event, time), body);
        }
    }

    fn publish_agent(
        &mut self,
        (topic, id): (&str, impl ToString),
        (kind, time): (LineKind, i64),
        body: Object,
    ) {
        let chance = if self.agents.is_on { &mut self.agents.chance } else { &mut self.chance };
        let bytes = enclose((topic, &id.to_string()), time, body, chance);
        self.pending.push(time, Line { bytes, kind, due_ms: time });
    }

    /// A presence that a source reports; that of Genesys itself is the primary one.
    fn presence_body(&mut self, source: &str, presence: Presence) -> Object {
        Object::default()
            .with("source", source)
            .with_object("presenceDefinition", self.agents.definition(presence))
            .with("primary", source == GENESYS)
            .with("message", self.agents.message())
    }
}

fn routing(current: &Current<RoutingStatus>) -> Object {
    Object::default()
        .with("status", current.value.text())
        .with("startTime", iso_ms(current.reported_since))
}

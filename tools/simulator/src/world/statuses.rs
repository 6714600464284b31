//! Changes of agents' statuses and queues: what they report, and what they book.

use super::World;
use super::agent_state::AgentState;
use super::lanes::{GROUPS, LANES};
use crate::agents::{Presence, QueueSet, RoutingStatus};
use crate::id::Id;

/// How long after a step its changes are dated, at most.
const LAG_MS_MAX: i64 = 400;

impl World<'_> {
    /// Makes the state of an agent who was hired.
    pub(super) fn add_agent_state(&mut self, user: Id, group: usize) {
        let queues: QueueSet = GROUPS[group].lanes.iter().map(|lane| LANES[*lane].queue).collect();
        let mut state = AgentState::new(user, queues, self.now);
        if self.options.agents {
            self.vary(&mut state);
        }
        self.recorder.agent_began(self.states.len(), &state);
        self.states.push(state);
    }

    pub(super) fn lag(&mut self) -> i64 {
        self.agent_chance.between(0..=LAG_MS_MAX)
    }

    /// Changes the routing status. A change that is not published is one that follows from the
    /// presence (`kpis.md#agent-stretches`).
    pub(super) fn set_routing(
        &mut self,
        agent: usize,
        status: RoutingStatus,
        (since, is_published): (i64, bool),
    ) {
        if self.is_after_end(since) {
            return;
        }
        let state = &mut self.states[agent];
        let is_known = is_published || state.routing.is_known;
        if let Some((status, stretch)) = state.set_routing(status, since, is_known) {
            self.truth.add_routing((state.user, status), &stretch);
        }
        self.recorder.routing_changed(agent, status, since);
        if is_published {
            self.publish_routing(agent, since);
        }
    }

    pub(super) fn set_presence(&mut self, agent: usize, presence: Presence, since: i64) {
        if self.is_after_end(since) {
            return;
        }
        let state = &mut self.states[agent];
        if let Some((presence, stretch)) = state.set_presence(presence, since) {
            self.truth.add_presence((state.user, presence), &stretch);
        }
        self.recorder.presence_changed(agent, presence, since);
        self.publish_presence(agent, since);
    }

    /// Changes the queues that an agent has joined.
    pub(super) fn set_joined(&mut self, agent: usize, queues: QueueSet) {
        let state = &mut self.states[agent];
        let before = state.joined.value;
        state.joined.value = queues;
        state.joined.since = self.now;
        self.recorder.joined_changed(agent, queues, self.now);
        self.publish_activity(agent, self.now);
        let state = &self.states[agent];
        for queue in before.minus(queues).queues() {
            self.publisher.queue_user(state, queue, false, self.now);
        }
        for queue in queues.minus(before).queues() {
            self.publisher.queue_user(state, queue, true, self.now);
        }
    }

    /// Changes the queues that an agent is a member of, which no event reports.
    pub(super) fn set_members(&mut self, agent: usize, queues: QueueSet) {
        self.states[agent].members = queues;
        self.recorder.members_changed(agent, queues, self.now);
    }

    pub(super) fn set_out_of_office(&mut self, agent: usize, is_active: bool) {
        let office = &mut self.states[agent].out_of_office;
        (office.value, office.since) = (is_active, self.now);
        self.recorder.out_of_office_changed(agent, is_active, self.now);
        self.publish_activity(agent, self.now);
    }

    fn publish_routing(&mut self, agent: usize, time: i64) {
        if self.options.agents {
            self.publish_activity(agent, time);
        }
        let state = &self.states[agent];
        self.publisher.routing_status(state, time);
    }

    fn publish_presence(&mut self, agent: usize, time: i64) {
        if self.options.agents {
            self.publish_activity(agent, time);
        }
        let state = &self.states[agent];
        self.publisher.presence(state, time);
    }

    fn publish_activity(&mut self, agent: usize, time: i64) {
        let state = &mut self.states[agent];
        state.note_report();
        self.publisher.activity(state, time);
    }

    fn is_after_end(&self, time: i64) -> bool {
        self.end.is_some_and(|end| time > end)
    }
}

//! Changes of agents' statuses and queues: what they report, and what they book.

use super::World;
use super::agent_state::AgentState;
use super::lanes::Queue;
use crate::agents::{Change, Presence, QueueSet, RoutingStatus};

/// How long after a step its changes are dated, at most.
const LAG_MS_MAX: i64 = 400;

impl World<'_> {
    /// Makes the state of an agent who was hired: the next one.
    pub(super) fn add_agent_state(&mut self, agent: usize) {
        let (user, queues) = (self.staff.user(agent), self.staff.queues(agent));
        let mut state = AgentState::new(user, queues, self.now);
        if self.options.agents {
            self.vary(&mut state);
        }
        self.recorder.agent_began(agent, &state);
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
        if let Some((status, stretch)) = state.routing.replace(status, since, is_known) {
            self.truth.agents.add_routing((state.user, status), &stretch);
        }
        let change = Change { at: since, value: status };
        self.recorder.agent_changed(agent, |history| history.routing.push(change));
        if is_published {
            self.publish_activity(agent, since);
            self.publisher.routing_status(&self.states[agent], since);
        }
    }

    pub(super) fn set_presence(&mut self, agent: usize, presence: Presence, since: i64) {
        if self.is_after_end(since) {
            return;
        }
        let state = &mut self.states[agent];
        if let Some((presence, stretch)) = state.presence.replace(presence, since, true) {
            self.truth.agents.add_presence((state.user, presence), &stretch);
        }
        let change = Change { at: since, value: presence };
        self.recorder.agent_changed(agent, |history| history.presence.push(change));
        self.publish_activity(agent, since);
        self.publisher.presence(&self.states[agent], since);
    }

    /// An agent joins or leaves a queue.
    pub(super) fn set_joined(&mut self, agent: usize, queue: Queue, is_joined: bool) {
        let joined = &mut self.states[agent].joined;
        let queues = joined.value;
        joined.value = if is_joined { queues.with(queue) } else { queues.without(queue) };
        joined.since = self.now;
        let change = Change { at: self.now, value: joined.value };
        self.recorder.agent_changed(agent, |history| history.joined.push(change));
        self.publish_activity(agent, self.now);
        self.publisher.queue_user(&self.states[agent], queue, is_joined, self.now);
    }

    /// Changes the queues that an agent is a member of, which no event reports.
    pub(super) fn set_members(&mut self, agent: usize, queues: QueueSet) {
        self.states[agent].members = queues;
        let change = Change { at: self.now, value: queues };
        self.recorder.agent_changed(agent, |history| history.members.push(change));
    }

    pub(super) fn set_out_of_office(&mut self, agent: usize, is_active: bool) {
        let office = &mut self.states[agent].out_of_office;
        (office.value, office.since) = (is_active, self.now);
        let change = Change { at: self.now, value: is_active };
        self.recorder.agent_changed(agent, |history| history.out_of_office.push(change));
        self.publish_activity(agent, self.now);
    }

    /// Publishes everything about an agent who has a life of his or her own.
    fn publish_activity(&mut self, agent: usize, time: i64) {
        if self.options.agents {
            let state = &mut self.states[agent];
            state.note_report();
            self.publisher.activity(state, time);
        }
    }

    fn is_after_end(&self, time: i64) -> bool {
        self.end.is_some_and(|end| time > end)
    }
}

//! What conversations do to the routing status of agents.

use super::World;
use super::agenda::Work;
use super::conversation::Conversation;
use crate::agents::{Presence, RoutingStatus};

impl World<'_> {
    /// An agent begins or ends duty, and does nothing else.
    pub(super) fn follow_duty(&mut self, agent: usize, on: bool) {
        let (presence, status) = if on {
            (Presence::ON_QUEUE, RoutingStatus::Idle)
        } else {
            (Presence::OFFLINE, RoutingStatus::OffQueue)
        };
        self.set_presence(agent, presence, self.now);
        self.set_routing(agent, status, (self.now, true));
    }

    /// An agent is connected in a conversation.
    pub(super) fn begin_work(&mut self, conversation: &Conversation, user: usize) {
        let session = &conversation.users[user];
        let (agent, work) = (session.agent, Work::new(session));
        if let Some(count) = self.work_count(agent, work) {
            *count += 1;
        }
        self.update_routing(agent);
    }

    /// A conversation does not occupy an agent any more.
    pub(super) fn end_work(&mut self, agent: usize, work: Work) {
        if let Some(count) = self.work_count(agent, work) {
            *count = count.saturating_sub(1);
        }
        if work == Work::MissedAlert {
            self.states[agent].is_not_responding = false;
        }
        self.update_routing(agent);
        self.update_staff(agent);
    }

    /// An alert is over without an answer.
    pub(super) fn miss_alert(&mut self, agent: usize, is_not_responding: bool) {
        let state = &mut self.states[agent];
        state.missed_alerts += 1;
        state.is_not_responding |= is_not_responding && state.presence.value.is_on_queue();
        self.update_routing(agent);
        self.update_staff(agent);
    }

    /// Counts, if agents have lives of their own.
    fn work_count(&mut self, agent: usize, work: Work) -> Option<&mut u8> {
        let state = self.states.get_mut(agent).filter(|_| self.options.agents)?;
        Some(match work {
            Work::Interaction => &mut state.interactions,
            Work::OwnCall => &mut state.own_calls,
            Work::MissedAlert => &mut state.missed_alerts,
        })
    }

    /// Brings the routing status up to date with what the agent does.
    pub(super) fn update_routing(&mut self, agent: usize) {
        if !self.options.agents {
            return;
        }
        let state = &self.states[agent];
        let status = self.routing_status(agent, state.presence.value);
        if status != state.routing.value {
            let since = (self.now + self.lag()).max(self.states[agent].routing.reported_since + 1);
            self.set_routing(agent, status, (since, true));
        }
    }

    pub(super) fn routing_status(&self, agent: usize, presence: Presence) -> RoutingStatus {
        let from_alert = self.options.assumptions.interacting_from_alert;
        self.states[agent].routing_status(presence, self.staff.busy(agent), from_alert)
    }

    /// Routing finds an agent who takes work.
    pub(super) fn update_staff(&mut self, agent: usize) {
        if self.options.agents {
            let is_available = self.states[agent].is_available();
            if is_available != self.staff.is_on_duty(agent) {
                self.staff.change_duty(agent, is_available, self.now);
            }
        }
    }
}

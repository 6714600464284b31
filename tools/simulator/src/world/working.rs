//! What conversations do to the routing status of agents.

use super::World;
use super::agenda::Work;
use super::conversation::Conversation;
use crate::agents::{Presence, RoutingStatus};

impl World<'_> {
    /// An agent begins or ends duty, without a life of his or her own.
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
            self.lives[agent].is_not_responding = false;
        }
        self.update_routing(agent);
        self.follow_life(agent);
    }

    /// An alert is over without an answer.
    pub(super) fn miss_alert(&mut self, agent: usize, is_not_responding: bool) {
        let life = &mut self.lives[agent];
        life.missed_alerts += 1;
        life.is_not_responding |= is_not_responding && life.presence.value.is_on_queue();
        self.update_routing(agent);
        self.follow_life(agent);
    }

    /// Counts, if agents have lives of their own.
    fn work_count(&mut self, agent: usize, work: Work) -> Option<&mut u8> {
        let life = self.lives.get_mut(agent).filter(|_| self.options.agents)?;
        Some(match work {
            Work::Interaction => &mut life.interactions,
            Work::OwnCall => &mut life.own_calls,
            Work::MissedAlert => &mut life.missed_alerts,
        })
    }

    /// Brings the routing status up to date with what the agent does.
    pub(super) fn update_routing(&mut self, agent: usize) {
        if !self.options.agents {
            return;
        }
        let life = &self.lives[agent];
        let status = self.routing_status(agent, life.presence.value);
        if status != life.routing.value {
            let since = (self.now + self.lag()).max(self.lives[agent].routing.reported_since + 1);
            self.set_routing(agent, status, (since, true));
        }
    }

    pub(super) fn routing_status(&self, agent: usize, presence: Presence) -> RoutingStatus {
        let from_alert = self.options.assumptions.interacting_from_alert;
        self.lives[agent].routing_status(presence, self.staff.busy(agent), from_alert)
    }

    /// Routing finds an agent by what the life says.
    pub(super) fn follow_life(&mut self, agent: usize) {
        if self.options.agents {
            let is_available = self.lives[agent].is_available();
            if is_available != self.staff.is_on_duty(agent) {
                self.staff.change_duty(agent, is_available, self.now);
            }
        }
    }
}

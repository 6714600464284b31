//! Alerting an agent, who answers or not.

use super::World;
use super::agenda::{Step, Task, Work};
use super::agent_session::{Disconnect, UserSession};
use super::conversation::Conversation;
use crate::agents::RoutingStatus;
use crate::facts::part;
use crate::truth::Story;

/// The share of alerts that nobody answers.
const RINGS_OUT: f64 = 0.03;

impl World<'_> {
    pub(super) fn alert(&mut self, conversation: &mut Conversation, acd: usize, agent: usize) {
        let (queue, media) = (conversation.acds[acd].queue, conversation.acds[acd].media);
        let mut session = self.user_session(agent, media);
        session.queue = Some(queue);
        let user = self.start_user(conversation, session);
        if self.chance.happens(RINGS_OUT) {
            let in_ms = self.chance.between(14_000..=25_000);
            self.schedule(conversation, in_ms, Step::RingOut { user });
        } else {
            let in_ms = self.chance.lognormal_ms(3.0, 0.5, 1..=14);
            self.schedule(conversation, in_ms, Step::Answer { user });
        }
    }

    /// Starts an agent's session, and returns its index.
    pub(super) fn start_user(
        &mut self,
        conversation: &mut Conversation,
        session: UserSession,
    ) -> usize {
        self.publisher.user_start(conversation, &session);
        self.recorder.user_started(conversation, &session);
        let (agent, is_connected) = (session.agent, session.connected.is_some());
        conversation.users.push(session);
        if !is_connected {
            self.update_routing(agent);
        }
        conversation.users.len() - 1
    }

    /// The agent did not answer; the customer continues to wait, at the head of the lane.
    pub(super) fn ring_out(&mut self, conversation: &mut Conversation, user: usize) {
        if conversation.users[user].end.is_some() {
            return;
        }
        self.count_story(Story::AlertNotAnswered);
        self.stop_alerting(conversation, user, Disconnect::System);
        if !self.options.agents {
            let agent = conversation.users[user].agent;
            self.set_routing(agent, RoutingStatus::NotResponding, (self.now, true));
        }
        if let Some(acd) = conversation.open_acd() {
            self.find_agent(conversation, acd);
        }
    }

    /// Ends an alert. An agent who did not answer gets no other work for a while.
    pub(super) fn stop_alerting(
        &mut self,
        conversation: &mut Conversation,
        user: usize,
        disconnect: Disconnect,
    ) {
        let session = &mut conversation.users[user];
        session.spent.alerting = self.now - session.start;
        session.frees_agent = false;
        let away_ms = if disconnect == Disconnect::System { 45_000 } else { 1500 };
        let (agent, alerting) = (session.agent, session.spent.alerting);
        let work = Work::MissedAlert;
        self.agenda.push(self.now + away_ms, Task::Release { agent, work });
        self.emit_part(conversation, user, ("tAlert", alerting));
        let is_abandon = disconnect != Disconnect::System;
        if !is_abandon || self.options.assumptions.abandons_are_not_responding {
            self.emit_part(conversation, user, ("tNotResponding", alerting));
            self.add_extra(conversation, user, "nError", 1);
        }
        if !is_abandon && self.options.assumptions.alerts_expire {
            self.add_extra(conversation, user, "nAlertExpired", 1);
        }
        self.end_user(conversation, user, disconnect);
        if self.options.agents {
            self.miss_alert(agent, !is_abandon);
        }
    }

    /// Emits the official metric of a part of a session that is over.
    pub(super) fn emit_part(
        &mut self,
        conversation: &mut Conversation,
        user: usize,
        (metric, value): (&'static str, i64),
    ) {
        if value > 0 {
            let fact = part(metric, value, &conversation.users[user], self.now, &mut self.chance);
            let time = fact.official.map(|official| official.reading.time);
            conversation.users[user].emitted.extend(time.map(|time| (metric, time)));
            self.add_fact(conversation, &fact);
        }
    }
}

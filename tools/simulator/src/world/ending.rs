//! The ends of agents' sessions, of after-call work and of conversations.

use super::World;
use super::agenda::{Step, Task, Work};
use super::agent_session::{Acw, Disconnect};
use super::conversation::Conversation;
use super::lanes::Media;
use crate::facts::{acw, user_end, without_agent};
use crate::time::MINUTE_MS;
use crate::truth::Story;

/// An agent who has not completed after-call work by then gets other work before.
const ACW_BUSY_MS_MAX: i64 = 10 * MINUTE_MS;

impl World<'_> {
    /// Ends an agent's session, with its events and facts.
    pub(super) fn end_user(
        &mut self,
        conversation: &mut Conversation,
        user: usize,
        disconnect: Disconnect,
    ) {
        self.set_end(conversation, user, disconnect);
        self.plan_acw(conversation, user);
        let session = &conversation.users[user];
        self.publisher.user_end(conversation, session, self.now);
        self.recorder.change_session(conversation, session.session, |record| {
            record.finish(self.now, disconnect);
        });
        let published_until = conversation.published_until;
        let (facts, handle) = user_end(session, self.now, published_until, &mut self.chance);
        self.add_facts(conversation, &facts);
        if let Some(handle) = handle {
            // Genesys publishes the official form after after-call work.
            self.truth.add_fact(&handle, published_until);
            conversation.users[user].handle_due = handle.official;
        }
        if conversation.users[user].acw.is_none_or(|acw| acw.time <= self.now) {
            self.publish_handle(conversation, user);
        }
        self.free_agent(conversation, user);
    }

    fn set_end(&mut self, conversation: &mut Conversation, user: usize, disconnect: Disconnect) {
        let session = &mut conversation.users[user];
        session.end = Some(self.now);
        let is_transfer = matches!(disconnect, Disconnect::Transfer | Disconnect::ConsultTransfer);
        let is_present = is_transfer || !self.chance.happens(0.03);
        session.disconnect = is_present.then_some(disconnect);
        if session.media == Media::Callback {
            session.spent.callback = session.connected.map_or(0, |start| self.now - start);
        }
    }

    /// Most handling is followed by after-call work, which is rarely completed hours later.
    fn plan_acw(&mut self, conversation: &mut Conversation, user: usize) {
        let session = &conversation.users[user];
        let is_handled = session.spent.handling() + session.spent.callback > 0;
        if !is_handled || session.acw.is_some() {
            return;
        }
        if self.chance.happens(0.15) {
            return self.count_story(Story::AcwMissing);
        }
        let (in_ms, worked_ms) = self.acw_length();
        let duration_ms = match self.chance.between(0..=199) {
            0 => None,
            1 => Some(0),
            _ => Some(worked_ms),
        };
        if duration_ms.is_none() {
            self.count_story(Story::AcwWithoutDuration);
        }
        let acw = Acw { time: self.now + in_ms, duration_ms };
        self.schedule_acw(conversation, user, acw);
    }

    pub(super) fn schedule_acw(&mut self, conversation: &mut Conversation, user: usize, acw: Acw) {
        conversation.users[user].acw = Some(acw);
        conversation.acws_due += 1;
        let session = conversation.users[user].session;
        self.recorder.acw_planned(conversation, session, acw);
        self.schedule(conversation, acw.time - self.now, Step::Acw { user });
    }

    /// How long until after-call work is completed, and how long the agent works on it, in ms.
    fn acw_length(&mut self) -> (i64, i64) {
        let worked_ms = self.chance.lognormal_ms(28.0, 0.8, 1..=900);
        if !self.chance.happens(0.01) {
            return (worked_ms, worked_ms);
        }
        self.count_story(Story::AcwLate);
        let in_ms = self.chance.lognormal_ms(14_400.0, 0.8, 1200..=86_400);
        // Mostly the wrap-up code is entered later; rarely the work is not ended before.
        let never_ended = self.chance.happens(0.1);
        (in_ms, if never_ended { in_ms } else { worked_ms })
    }

    fn free_agent(&mut self, conversation: &Conversation, user: usize) {
        let session = &conversation.users[user];
        if session.frees_agent {
            let acw_ms = session.acw.map_or(0, |acw| acw.time - self.now).max(0);
            let in_ms = acw_ms.min(ACW_BUSY_MS_MAX) + self.chance.between(500..=4000);
            let (agent, work) = (session.agent, Work::new(session));
            self.agenda.push(self.now + in_ms, Task::Release { agent, work });
        }
    }

    pub(super) fn complete_acw(&mut self, conversation: &mut Conversation, user: usize) {
        conversation.acws_due -= 1;
        let session = &conversation.users[user];
        let Some(completed) = session.acw else { return };
        self.publisher.acw(conversation, session, completed);
        if let Some(fact) = acw(session, completed, &mut self.chance) {
            self.add_fact(conversation, &fact);
        }
        if conversation.users[user].end.is_some() {
            self.publish_handle(conversation, user);
        }
    }

    fn publish_handle(&mut self, conversation: &mut Conversation, user: usize) {
        if let Some(official) = conversation.users[user].handle_due.take() {
            self.publish_official(conversation, "tHandle", &official);
        }
    }

    /// Agent and customer part; `disconnectType` of either says who of them hung up.
    pub(super) fn hang_up(&mut self, conversation: &mut Conversation, user: usize) {
        if matches!(conversation.users[user].media, Media::Message | Media::Chat | Media::Email) {
            self.report_replies(conversation, user);
        }
        let by_agent = self.chance.happens(0.4);
        let (agent, customer) = if by_agent {
            (Disconnect::Client, Disconnect::Peer)
        } else {
            (Disconnect::Peer, Disconnect::Endpoint)
        };
        self.end_user(conversation, user, agent);
        self.end_customer(conversation, customer);
    }

    /// Metrics that only Genesys can know.
    fn report_replies(&mut self, conversation: &Conversation, user: usize) {
        let response = self.chance.lognormal_ms(40.0, 0.8, 1..=3600);
        self.add_extra(conversation, user, "tAgentResponseTime", response);
        if conversation.users[user].media == Media::Message {
            let (turns, media) = (self.chance.between(1..=30), self.chance.between(0..=4));
            self.add_extra(conversation, user, "oMessageTurn", turns);
            self.add_extra(conversation, user, "oMediaCount", media);
        }
    }

    pub(super) fn end_customer(&mut self, conversation: &mut Conversation, disconnect: Disconnect) {
        let time = self.now + self.chance.between(0..=120);
        conversation.customer.disconnect = Some(disconnect);
        self.publisher.customer_end(conversation, time);
        let session = conversation.customer.session;
        self.recorder
            .change_session(conversation, session, |record| record.finish(time, disconnect));
        conversation.customer.end = Some(time);
        let connected = time - conversation.customer.start;
        let queue = conversation.acds.first().map(|acd| acd.queue);
        let at = (&*conversation, time);
        let fact = without_agent("tConnected", connected, queue, at, &mut self.chance);
        self.add_fact(conversation, &fact);
    }
}

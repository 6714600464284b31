//! Endings: of an agent's session, of after-call work, of the conversation.

use super::World;
use super::agenda::{Step, Task};
use super::conversation::{Acw, Conversation, Disconnect};
use super::lanes::Media;
use crate::Story;
use crate::facts::{acw, extra, user_end};

/// Whoever leaves after-call work for later is free for other work after so long.
const ACW_BUSY_MS_MAX: i64 = 600_000;

impl World<'_> {
    /// Ends an agent's session, and puts it on the books.
    pub(super) fn end_user(&mut self, it: &mut Conversation, user: usize, disconnect: Disconnect) {
        self.note_end(it, user, disconnect);
        self.plan_acw(it, user);
        let session = &it.users[user];
        self.publisher.user_end(it, session, self.now);
        self.recorder.finished(it, session.session, self.now, disconnect);
        let (facts, handle) = user_end(session, self.now, it.cut, &mut self.chance);
        self.tell_all(it, &facts);
        if let Some(handle) = handle {
            // Genesys emits it when all of the handling is over.
            self.truth.count(&handle, it.cut);
            it.users[user].handle_due = handle.official;
        }
        if it.users[user].acw.is_none_or(|acw| acw.time <= self.now) {
            self.publish_handle(it, user);
        }
        self.free_agent(it, user);
    }

    fn note_end(&mut self, it: &mut Conversation, user: usize, disconnect: Disconnect) {
        let session = &mut it.users[user];
        session.end = Some(self.now);
        let transfer = matches!(disconnect, Disconnect::Transfer | Disconnect::ConsultTransfer);
        let told = transfer || !self.chance.happens(0.03);
        session.disconnect = if told { disconnect } else { Disconnect::Untold };
        if session.media == Media::Callback {
            session.spent.callback = session.connected.map_or(0, |from| self.now - from);
        }
    }

    /// After-call work follows on most handling; often at once, now and then hours later.
    fn plan_acw(&mut self, it: &mut Conversation, user: usize) {
        let session = &it.users[user];
        let handled = session.spent.handling() + session.spent.callback > 0;
        if !handled || session.acw.is_some() {
            return;
        }
        if self.chance.happens(0.15) {
            return self.happened(Story::AcwMissing);
        }
        let (length, worked) = self.acw_length();
        let duration_ms = match self.chance.between(0..=199) {
            0 => None,
            1 => Some(0),
            _ => Some(worked),
        };
        if duration_ms.is_none() {
            self.happened(Story::AcwWithoutDuration);
        }
        let acw = Acw { time: self.now + length, duration_ms };
        it.users[user].acw = Some(acw);
        it.acws_due += 1;
        self.recorder.acw(it, it.users[user].session, acw);
        self.schedule(it, length, Step::Acw { user });
    }

    /// How long until after-call work is completed, and how long the agent worked on it.
    fn acw_length(&mut self) -> (i64, i64) {
        let worked = self.chance.lognormal_ms(28.0, 0.8, 1..=900);
        if !self.chance.happens(0.01) {
            return (worked, worked);
        }
        self.happened(Story::AcwLate);
        let later = self.chance.lognormal_ms(14_400.0, 0.8, 1200..=86_400);
        // Mostly the code is entered later; now and then the work was never ended.
        (later, if self.chance.happens(0.1) { later } else { worked })
    }

    fn free_agent(&mut self, it: &Conversation, user: usize) {
        let session = &it.users[user];
        if session.frees_agent {
            let acw = session.acw.map_or(0, |acw| acw.time - self.now).max(0);
            let in_ms = acw.min(ACW_BUSY_MS_MAX) + self.chance.between(500..=4000);
            self.agenda.push(self.now + in_ms, Task::Release { agent: session.agent });
        }
    }

    pub(super) fn complete_acw(&mut self, it: &mut Conversation, user: usize) {
        it.acws_due -= 1;
        let session = &it.users[user];
        let Some(done) = session.acw else { return };
        self.publisher.acw(it, session, done);
        if let Some(fact) = acw(session, done, &mut self.chance) {
            self.tell(it, &fact);
        }
        if it.users[user].end.is_some() {
            self.publish_handle(it, user);
        }
    }

    fn publish_handle(&mut self, it: &mut Conversation, user: usize) {
        if let Some(official) = it.users[user].handle_due.take() {
            self.tell_official(it, "tHandle", &official);
        }
    }

    /// Agent and customer part. Who of them hung up is told by both.
    pub(super) fn hang_up(&mut self, it: &mut Conversation, user: usize) {
        if it.users[user].media == Media::Message && self.chance.happens(0.3) {
            let count = self.chance.between(0..=4);
            let fact = extra("oMediaCount", count, &it.users[user], self.now, &mut self.chance);
            self.tell(it, &fact);
        }
        let by_agent = self.chance.happens(0.4);
        let (agent, customer) = if by_agent {
            (Disconnect::Client, Disconnect::Peer)
        } else {
            (Disconnect::Peer, Disconnect::Endpoint)
        };
        self.end_user(it, user, agent);
        self.customer_leaves(it, customer);
    }

    pub(super) fn end_callback(&mut self, it: &mut Conversation, user: usize) {
        self.hang_up(it, user);
    }

    pub(super) fn customer_leaves(&mut self, it: &mut Conversation, disconnect: Disconnect) {
        let time = self.now + self.chance.between(0..=120);
        it.customer.disconnect = disconnect;
        self.publisher.customer_end(it, time);
        self.recorder.finished(it, it.customer.session, time, disconnect);
        it.customer.end = Some(time);
    }
}

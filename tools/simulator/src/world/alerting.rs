//! Alerting: an agent's phone rings, and is answered or not.

use super::World;
use super::agenda::{Step, Task};
use super::conversation::{Conversation, Disconnect, UserSession};
use super::queueing::Waiting;
use crate::Story;
use crate::facts::ring_out;

impl World<'_> {
    /// Of all alerts, those that nobody answers.
    const RINGS_OUT: f64 = 0.03;

    pub(super) fn alert(&mut self, it: &mut Conversation, acd: usize, agent: usize) {
        let (queue, media) = (it.acds[acd].queue, it.acds[acd].media);
        let who = (agent, self.staff.user(agent));
        let mut session = UserSession::new(who, media, self.now, &mut self.chance);
        session.queue = Some(queue);
        let user = self.user_starts(it, session);
        if self.chance.happens(Self::RINGS_OUT) {
            let in_ms = self.chance.between(14_000..=25_000);
            self.schedule(it, in_ms, Step::RingOut { user });
        } else {
            let in_ms = self.chance.lognormal_ms(3.0, 0.5, 1..=14);
            self.schedule(it, in_ms, Step::Answer { user });
        }
    }

    /// Lets an agent's session begin, and tells its place.
    pub(super) fn user_starts(&mut self, it: &mut Conversation, session: UserSession) -> usize {
        self.publisher.user_start(it, &session);
        self.recorder.user(it, &session);
        it.users.push(session);
        it.users.len() - 1
    }

    /// The agent lets it ring; the customer goes on waiting, at the head of the lane.
    pub(super) fn ring_out(&mut self, it: &mut Conversation, user: usize) {
        if it.users[user].end.is_some() {
            return;
        }
        self.happened(Story::AgentLetItRing);
        self.stop_alerting(it, user, Disconnect::System);
        let facts = ring_out(&it.users[user], self.now, &mut self.chance);
        self.tell_all(it, &facts);
        self.publisher.routing_status(it.users[user].user, "NOT_RESPONDING", self.now);
        if let Some(acd) = it.acds.iter().position(|acd| acd.end.is_none()) {
            self.return_to_queue(it, acd);
        }
    }

    fn return_to_queue(&mut self, it: &mut Conversation, acd: usize) {
        let lane = it.acds[acd].lane;
        if let Some(agent) = self.staff.pick(lane) {
            self.alert(it, acd, agent);
        } else {
            let since = it.acds[acd].start;
            self.waiting[lane].push_front(Waiting { number: it.number, acd, since });
        }
    }

    /// Ends an alert. The agent is away for a while if it was their fault.
    pub(super) fn stop_alerting(
        &mut self,
        it: &mut Conversation,
        user: usize,
        disconnect: Disconnect,
    ) {
        it.users[user].spent.alerting = self.now - it.users[user].start;
        it.users[user].frees_agent = false;
        let away = if disconnect == Disconnect::System { 45_000 } else { 1500 };
        let agent = it.users[user].agent;
        self.agenda.push(self.now + away, Task::Release { agent });
        self.end_user(it, user, disconnect);
    }
}

//! Waiting: until an agent answers, the customer gives up, or a flow offers something else.

use super::World;
use super::agenda::{Step, Task};
use super::conversation::{
    AcdEnd, AcdSession, Answer, Conversation, Disconnect, Outcome, Told, ToldOutcome, UserSession,
};
use super::lanes::{CALLBACK_DESK, LANES, Media, SUPPORT_CALLBACK, SUPPORT_VOICE};
use crate::Story;
use crate::facts::{acd_end, acd_start, ring_out, untold_start};

/// A customer in a lane; skipped when the wait is over.
#[derive(Clone, Copy)]
pub(super) struct Waiting {
    number: u64,
    acd: usize,
    since: i64,
}

impl World<'_> {
    pub(super) fn enter_queue(&mut self, it: &mut Conversation, lane: usize) {
        let (queue, media) = (LANES[lane].queue, LANES[lane].media);
        let mut acd = AcdSession::new(lane, (queue, media), self.now, &mut self.chance);
        let fact = acd_start(&mut acd, &mut self.chance);
        self.publisher.acd_start(it, &acd);
        it.acds.push(acd);
        self.tell(it, &fact);
        let at = it.acds.len() - 1;
        self.set_patience(it, at);
        self.find_agent(it, at);
    }

    fn set_patience(&mut self, it: &Conversation, acd: usize) {
        let media = it.acds[acd].media;
        let hasty = self.chance.happens(0.06);
        let patience = match media {
            Media::Voice | Media::Chat if hasty => self.chance.lognormal_ms(8.0, 0.6, 1..=40),
            Media::Voice | Media::Chat => self.chance.lognormal_ms(260.0, 0.8, 15..=3600),
            Media::Message => self.chance.lognormal_ms(1500.0, 0.7, 60..=14_400),
            Media::Callback => self.chance.lognormal_ms(14_400.0, 0.5, 1800..=86_400),
            Media::Email => return self.set_patience_of_mail(it, acd),
        };
        self.schedule(it, patience, Step::LosePatience { acd });
        if media == Media::Voice && self.chance.happens(0.25) {
            let in_ms = self.chance.between(35_000..=240_000);
            self.schedule(it, in_ms, Step::FlowOut { acd });
        }
    }

    /// Few take an e-mail back.
    fn set_patience_of_mail(&mut self, it: &Conversation, acd: usize) {
        if self.chance.happens(0.01) {
            let in_ms = self.chance.between(60_000..=3_600_000);
            self.schedule(it, in_ms, Step::LosePatience { acd });
        }
    }

    fn find_agent(&mut self, it: &mut Conversation, acd: usize) {
        match self.staff.pick(it.acds[acd].lane) {
            Some(agent) => self.alert(it, acd, agent),
            None => self.waiting[it.acds[acd].lane].push_back(Waiting {
                number: it.number,
                acd,
                since: it.acds[acd].start,
            }),
        }
    }

    /// A free agent takes who waits, while both are there.
    pub(super) fn serve(&mut self, agent: usize) {
        while self.staff.is_free(agent) {
            let Some(next) = self.next_waiting(agent) else {
                return;
            };
            if let Some(mut it) = self.conversations.remove(&next.number) {
                self.staff.occupy(agent);
                self.alert(&mut it, next.acd, agent);
                self.put_back(it);
            }
        }
    }

    /// Takes the next customer for an agent out of the lanes: by class, then by age.
    fn next_waiting(&mut self, agent: usize) -> Option<Waiting> {
        let lanes = self.staff.lanes(agent);
        for lane in lanes {
            self.forget_who_left(*lane);
        }
        let first = |lane: &&usize| self.waiting[**lane].front().map(|it| it.since);
        let waiting = lanes.iter().filter(|lane| first(lane).is_some());
        let lane = waiting.min_by_key(|lane| (LANES[**lane].class, first(lane)))?;
        self.waiting[*lane].pop_front()
    }

    fn forget_who_left(&mut self, lane: usize) {
        while let Some(front) = self.waiting[lane].front() {
            let it = self.conversations.get(&front.number);
            if it.is_some_and(|it| it.acds[front.acd].end.is_none()) {
                return;
            }
            self.waiting[lane].pop_front();
        }
    }

    /// Of all alerts, those that nobody answers.
    const RINGS_OUT: f64 = 0.03;

    fn alert(&mut self, it: &mut Conversation, acd: usize, agent: usize) {
        let (queue, media) = (it.acds[acd].queue, it.acds[acd].media);
        let who = (agent, self.staff.user(agent));
        let mut session = UserSession::new(who, media, self.now, &mut self.chance);
        session.queue = Some(queue);
        self.publisher.user_start(it, &session);
        it.users.push(session);
        let user = it.users.len() - 1;
        if self.chance.happens(Self::RINGS_OUT) {
            let in_ms = self.chance.between(14_000..=25_000);
            self.schedule(it, in_ms, Step::RingOut { user });
        } else {
            let in_ms = self.chance.lognormal_ms(3.0, 0.5, 1..=14);
            self.schedule(it, in_ms, Step::Answer { user });
        }
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
        self.publisher
            .routing_status(it.users[user].user, "NOT_RESPONDING", self.now);
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
            self.waiting[lane].push_front(Waiting {
                number: it.number,
                acd,
                since,
            });
        }
    }

    /// Ends an alert. The agent is away for a while if it was their fault.
    fn stop_alerting(&mut self, it: &mut Conversation, user: usize, disconnect: Disconnect) {
        it.users[user].spent.alerting = self.now - it.users[user].start;
        it.users[user].frees_agent = false;
        let away = if disconnect == Disconnect::System {
            45_000
        } else {
            1500
        };
        let agent = it.users[user].agent;
        self.agenda.push(self.now + away, Task::Release { agent });
        self.end_user(it, user, disconnect);
    }

    pub(super) fn lose_patience(&mut self, it: &mut Conversation, acd: usize) {
        if it.acds[acd].end.is_some() {
            return;
        }
        self.end_acd(it, acd, Outcome::Abandon, None);
        let short = self.now - it.acds[acd].start < self.options.rules.short_abandon_ms;
        self.happened(if short {
            Story::ShortAbandon
        } else {
            Story::AbandonedInQueue
        });
        if let Some(user) = it.alerted() {
            self.happened(Story::AbandonedWhileAlerting);
            self.stop_alerting(it, user, Disconnect::Peer);
        }
        match it.consulting.take() {
            // Nobody to consult: the agent ends the conversation without them.
            Some(user) => self.schedule(it, 8000, Step::EndConsult { user }),
            None => self.customer_leaves(it, Disconnect::Endpoint),
        }
    }

    /// To a callback, or to voicemail; not while an agent is alerted, nor in a consultation.
    pub(super) fn flow_out(&mut self, it: &mut Conversation, acd: usize) {
        let waits = it.acds[acd].end.is_none() && it.alerted().is_none();
        if !waits || it.consulting.is_some() {
            return;
        }
        self.end_acd(it, acd, Outcome::FlowOut, None);
        if self.chance.happens(0.7) {
            self.happened(Story::FlowOutToCallback);
            let own = it.acds[acd].lane == SUPPORT_VOICE && self.chance.happens(0.6);
            let lane = if own { SUPPORT_CALLBACK } else { CALLBACK_DESK };
            // Time to leave a number; it also keeps the two waits apart (precedence, case 2).
            let in_ms = self.chance.between(30_000..=60_000);
            self.schedule(it, in_ms, Step::Enter { lane });
        } else {
            self.happened(Story::FlowOutToVoicemail);
            self.publisher.voicemail_start(it, &it.acds[acd], self.now);
            let in_ms = self.chance.between(10_000..=90_000);
            self.schedule(it, in_ms, Step::EndVoicemail);
        }
    }

    pub(super) fn end_voicemail(&mut self, it: &mut Conversation) {
        if let Some(acd) = it.acds.last() {
            self.publisher.voicemail_end(it, acd, self.now);
        }
        self.customer_leaves(it, Disconnect::Endpoint);
    }

    /// Ends time in a queue, and puts it on the books.
    pub(super) fn end_acd(
        &mut self,
        it: &mut Conversation,
        acd: usize,
        outcome: Outcome,
        answer: Option<Answer>,
    ) {
        let told = self.told(&it.acds[acd], outcome, answer);
        let end = AcdEnd {
            time: self.now,
            outcome,
            answer,
            told,
        };
        let session = &it.acds[acd];
        let mut facts = acd_end(session, &end, &self.options.rules, &mut self.chance);
        facts.extend(untold_start(session, &end));
        self.publisher.acd_end(it, session, &end);
        self.tell_all(it, &facts);
        it.acds[acd].end = Some(end);
    }

    /// What the event says of the end: now and then less than there is to say.
    fn told(&mut self, acd: &AcdSession, outcome: Outcome, answer: Option<Answer>) -> Told {
        let wait = self.now - acd.start;
        let outcome = match self.chance.between(0..=999) {
            0..=3 => Some(ToldOutcome::Unknown),
            4..=5 => None,
            _ => Some(ToldOutcome::Known(outcome)),
        };
        let without_duration = acd.start_told && self.chance.happens(0.04);
        let rounding = self.chance.between(-30..=30);
        let exact = self.chance.happens(0.9);
        let connected_ms = if exact {
            wait
        } else {
            (wait + rounding).max(0)
        };
        let without_user = self.chance.happens(0.003);
        let told = Told {
            outcome,
            answered_user: answer.map(|answer| answer.user).filter(|_| !without_user),
            connected_ms: (!without_duration).then_some(connected_ms),
        };
        self.note_untold(acd, told, answer);
        told
    }

    fn note_untold(&mut self, acd: &AcdSession, told: Told, answer: Option<Answer>) {
        let untold = [
            (
                told.outcome == Some(ToldOutcome::Unknown),
                Story::OutcomeUnknown,
            ),
            (told.outcome.is_none(), Story::OutcomeAbsent),
            (told.connected_ms.is_none(), Story::NoConnectedDuration),
            (
                answer.is_some() && told.answered_user.is_none(),
                Story::NoAnsweredUser,
            ),
            (!acd.start_told, Story::StartUntold),
        ];
        untold
            .iter()
            .filter(|(is, _)| *is)
            .for_each(|(_, story)| self.happened(*story));
    }
}

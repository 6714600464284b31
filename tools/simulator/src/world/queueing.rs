//! Waiting: until an agent answers, the customer gives up, or a flow offers something else.

use super::World;
use super::agenda::Step;
use super::conversation::{AcdSession, Conversation, Disconnect, Outcome};
use super::lanes::{CALLBACK_DESK, LANES, Media, SUPPORT_CALLBACK, SUPPORT_VOICE};
use crate::Story;
use crate::facts::acd_start;

/// A customer in a lane; skipped when the wait is over.
#[derive(Clone, Copy)]
pub(super) struct Waiting {
    pub(super) number: u64,
    pub(super) acd: usize,
    pub(super) since: i64,
}

impl World<'_> {
    pub(super) fn enter_queue(&mut self, it: &mut Conversation, lane: usize) {
        let (queue, media) = (LANES[lane].queue, LANES[lane].media);
        let mut acd = AcdSession::new(lane, (queue, media), self.now, &mut self.chance);
        let fact = acd_start(&mut acd, &mut self.chance);
        self.publisher.acd_start(it, &acd);
        self.recorder.acd(it, &acd);
        it.acds.push(acd);
        self.tell(it, &fact);
        let at = it.acds.len() - 1;
        self.set_patience(it, at);
        self.find_agent(it, at);
    }

    fn set_patience(&mut self, it: &Conversation, acd: usize) {
        let media = it.acds[acd].media;
        let hasty = self.chance.happens(0.08);
        let patience = match media {
            Media::Voice | Media::Chat if hasty => self.chance.lognormal_ms(8.0, 0.6, 1..=40),
            Media::Voice | Media::Chat => self.chance.lognormal_ms(260.0, 0.8, 15..=3600),
            Media::Message => self.chance.lognormal_ms(1500.0, 0.7, 60..=14_400),
            Media::Callback => self.chance.lognormal_ms(14_400.0, 0.5, 1800..=86_400),
            Media::Email => return self.set_patience_of_mail(it, acd),
        };
        self.schedule(it, patience, Step::LosePatience { acd });
        if media == Media::Voice && self.chance.happens(0.5) {
            let in_ms = self.chance.between(15_000..=120_000);
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

    pub(super) fn lose_patience(&mut self, it: &mut Conversation, acd: usize) {
        if it.acds[acd].end.is_some() {
            return;
        }
        self.end_acd(it, acd, Outcome::Abandon, None);
        let short = self.now - it.acds[acd].start < self.options.rules.short_abandon_ms;
        self.happened(if short { Story::ShortAbandon } else { Story::AbandonedInQueue });
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
}

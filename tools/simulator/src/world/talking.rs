//! Talking: from the answer to the last word.

use super::World;
use super::agenda::Step;
use super::conversation::{Acw, After, Answer, Conversation, Outcome, Segment, UserSession};
use super::lanes::Media;
use crate::Story;
use crate::archive::Kind;
use crate::facts::extra;
use std::collections::VecDeque;

/// After a consultation, the colleague stays at least so long: the consulting agent leaves first.
const CONSULTED_MS_MIN: i64 = 60_000;

impl World<'_> {
    pub(super) fn answer(&mut self, it: &mut Conversation, user: usize) {
        if it.users[user].end.is_some() {
            return;
        }
        self.connect(it, user);
        self.happened(Story::Answered);
        let session = &it.users[user];
        let answer = Answer { user: session.user, session: session.session };
        let waits = it.acds.iter().position(|acd| acd.end.is_none());
        if let Some(acd) = waits.filter(|_| session.queue.is_some()) {
            self.end_acd(it, acd, Outcome::Answered, Some(answer));
        }
        if it.users[user].media == Media::Callback {
            self.work_on_callback(it, user);
        } else {
            self.talk(it, user);
        }
    }

    fn connect(&mut self, it: &mut Conversation, user: usize) {
        let session = &mut it.users[user];
        session.connected = Some(self.now);
        session.spent.alerting = self.now - session.start;
        let session = &it.users[user];
        self.recorder.closed(it, session.session, self.now);
        let fact = extra("nConnected", 1, session, self.now, &mut self.chance);
        self.tell(it, &fact);
    }

    /// Plans what is said and what follows, and begins.
    pub(super) fn talk(&mut self, it: &mut Conversation, user: usize) {
        it.users[user].segments = self.segments(&it.users[user]);
        if it.users[user].after == After::HangUp {
            it.users[user].after = self.plan_after(it, user);
        }
        if let Some(a) = it.consulting.take() {
            self.take_over(it, user, a);
        }
        self.plan_early_acw(it, user);
        self.next_segment(it, user);
    }

    /// A consulted colleague takes over: the consulting agent leaves a little later.
    fn take_over(&mut self, it: &mut Conversation, user: usize, consulting: usize) {
        it.users[user].after = After::HangUp;
        if let Some(first) = it.users[user].segments.front_mut() {
            first.ms += CONSULTED_MS_MIN;
        }
        let in_ms = self.chance.between(3000..=40_000);
        self.schedule(it, in_ms, Step::EndConsult { user: consulting });
    }

    fn segments(&mut self, user: &UserSession) -> VecDeque<Segment> {
        let (median_s, holds) = match user.media {
            Media::Voice | Media::Callback => (200.0, self.holds()),
            Media::Chat => (330.0, 0),
            Media::Email => (240.0, 0),
            Media::Message => (420.0, 0),
        };
        let talk = self.chance.lognormal_ms(median_s, 0.7, 5..=5400);
        let mut segments = VecDeque::new();
        for _ in 0..holds {
            segments.push_back(Segment { held: false, ms: talk / (holds + 1) });
            let ms = self.chance.lognormal_ms(30.0, 0.7, 2..=600);
            segments.push_back(Segment { held: true, ms });
        }
        segments.push_back(Segment { held: false, ms: talk / (holds + 1) });
        segments
    }

    fn holds(&mut self) -> i64 {
        let holds = match self.chance.between(0..=99) {
            0..=4 => 2,
            5..=24 => 1,
            _ => 0,
        };
        if holds > 0 {
            self.happened(Story::Hold);
        }
        holds
    }

    /// Now and then after-call work is completed in the last moments of the call.
    fn plan_early_acw(&mut self, it: &mut Conversation, user: usize) {
        let session = &mut it.users[user];
        let plain = session.after == After::HangUp && session.media == Media::Voice;
        if plain && self.chance.happens(0.01) {
            let talk: i64 = session.segments.iter().map(|segment| segment.ms).sum();
            let in_ms = talk - self.chance.between(500..=2000).min(talk);
            let duration_ms = Some(self.chance.between(400..=5000));
            let acw = Acw { time: self.now + in_ms, duration_ms };
            session.acw = Some(acw);
            it.acws_due += 1;
            self.happened(Story::AcwEarly);
            self.recorder.acw(it, it.users[user].session, acw);
            self.schedule(it, in_ms, Step::EarlyAcw { user });
        }
    }

    fn next_segment(&mut self, it: &mut Conversation, user: usize) {
        match it.users[user].segments.front().copied() {
            Some(segment) => {
                let session = it.users[user].session;
                self.recorder.opened(it, session, segment.kind(), self.now);
                self.schedule(it, segment.ms, Step::EndSegment { user });
            }
            None => self.follow(it, user),
        }
    }

    pub(super) fn end_segment(&mut self, it: &mut Conversation, user: usize) {
        let session = &mut it.users[user];
        // A customer who is not reached leaves nothing to say.
        let Some(segment) = session.segments.pop_front() else {
            return self.follow(it, user);
        };
        let (metric, spent) = if segment.held {
            ("tHeld", &mut session.spent.held)
        } else {
            ("tTalk", &mut session.spent.talking)
        };
        *spent += segment.ms;
        let session = &it.users[user];
        self.recorder.closed(it, session.session, self.now);
        let fact = extra(metric, segment.ms, session, self.now, &mut self.chance);
        self.tell(it, &fact);
        self.next_segment(it, user);
    }

    /// Dials, and talks if the customer is reached.
    pub(super) fn dial(&mut self, it: &mut Conversation, user: usize) {
        let spent = &mut it.users[user].spent;
        spent.dialing = self.chance.lognormal_ms(12.0, 0.5, 2..=45);
        spent.contacting = self.chance.between(800..=6000);
        let (answers, in_ms) = (self.now + spent.dialing, spent.dialing + spent.contacting);
        let session = it.users[user].session;
        self.recorder.whole(it, session, Kind::Dialing, (self.now, answers));
        self.recorder.whole(it, session, Kind::Contacting, (answers, self.now + in_ms));
        if self.chance.happens(0.12) {
            self.happened(Story::CustomerNotReached);
            self.schedule(it, in_ms, Step::EndSegment { user });
        } else {
            self.talk_after(it, user, in_ms);
        }
    }

    /// Talks after a time that belongs to no segment.
    fn talk_after(&mut self, it: &mut Conversation, user: usize, in_ms: i64) {
        let segments = self.segments(&it.users[user]);
        if let Some(first) = segments.front() {
            let (session, start) = (it.users[user].session, self.now + in_ms);
            self.recorder.opened(it, session, first.kind(), start);
            self.schedule(it, in_ms + first.ms, Step::EndSegment { user });
        }
        it.users[user].segments = segments;
    }

    /// The agent calls back: within the callback's session, or in a call of its own.
    fn work_on_callback(&mut self, it: &mut Conversation, callback: usize) {
        // Genesys shows when a callback is taken by the first segment in which an agent interacts.
        let session = it.users[callback].session;
        self.recorder.whole(it, session, Kind::Interact, (self.now, self.now));
        if self.chance.happens(0.5) {
            self.happened(Story::CallbackInOneSession);
            self.dial(it, callback);
            return;
        }
        self.happened(Story::CallbackWithCall);
        let session = &it.users[callback];
        let who = (session.agent, session.user);
        let mut call = UserSession::new(who, Media::Voice, self.now, &mut self.chance);
        call.queue = session.queue;
        call.outbound = true;
        call.connected = Some(self.now);
        call.frees_agent = false;
        call.after = After::CloseCallback { user: callback };
        let session = it.users[callback].session;
        self.recorder.opened(it, session, Kind::Callback, self.now);
        let user = self.user_starts(it, call);
        self.dial(it, user);
    }
}

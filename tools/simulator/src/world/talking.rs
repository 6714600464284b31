//! Talking: from the answer to the end of the last segment.

use super::World;
use super::agenda::Step;
use super::agent_session::{Acw, After, Segment, SegmentKind, UserSession};
use super::conversation::{Answer, Conversation, Outcome};
use super::lanes::Media;
use crate::time::MINUTE_MS;
use crate::truth::Story;
use std::collections::VecDeque;

/// A consulted agent talks at least this long, so that the consulting agent leaves first.
const CONSULTED_MS_MIN: i64 = MINUTE_MS;

impl World<'_> {
    pub(super) fn answer(&mut self, conversation: &mut Conversation, user: usize) {
        if conversation.users[user].end.is_some() {
            return;
        }
        self.connect(conversation, user);
        self.count_story(Story::Answered);
        let session = &conversation.users[user];
        let answer = Answer { user: session.user, session: session.session };
        let is_from_queue = session.queue.is_some();
        if let Some(acd) = conversation.open_acd().filter(|_| is_from_queue) {
            self.end_acd(conversation, acd, Some(Outcome::Answered), Some(answer));
        }
        if conversation.users[user].media == Media::Callback {
            self.call_back(conversation, user);
        } else {
            self.talk(conversation, user);
        }
    }

    fn connect(&mut self, conversation: &mut Conversation, user: usize) {
        let session = &mut conversation.users[user];
        session.connected = Some(self.now);
        session.spent.alerting = self.now - session.start;
        let (session, alerting) = (session.session, session.spent.alerting);
        self.recorder.change_session(conversation, session, |record| record.end_segment(self.now));
        self.emit_part(conversation, user, ("tAlert", alerting));
        self.begin_work(conversation, user);
    }

    /// Plans the segments and what follows, and begins the first segment.
    pub(super) fn talk(&mut self, conversation: &mut Conversation, user: usize) {
        conversation.users[user].segments = self.segments(conversation.users[user].media);
        if conversation.users[user].after == After::HangUp {
            conversation.users[user].after = self.plan_after(conversation, user);
        }
        if let Some(consulting) = conversation.consulting.take() {
            self.take_over(conversation, user, consulting);
        }
        self.plan_early_acw(conversation, user);
        self.next_segment(conversation, user, 0);
    }

    /// A consulted agent takes over: the consulting agent leaves a little later.
    fn take_over(&mut self, conversation: &mut Conversation, user: usize, consulting: usize) {
        let session = &mut conversation.users[user];
        session.after = After::HangUp;
        if let Some(first) = session.segments.front_mut() {
            first.ms += CONSULTED_MS_MIN;
        }
        let in_ms = self.chance.between(3000..=40_000);
        self.schedule(conversation, in_ms, Step::EndConsult { user: consulting });
    }

    fn segments(&mut self, media: Media) -> VecDeque<Segment> {
        let (median_s, holds) = match media {
            Media::Voice | Media::Callback => (200.0, self.holds()),
            Media::Chat => (330.0, 0),
            Media::Email => (240.0, 0),
            Media::Message => (420.0, 0),
        };
        let talk_ms = self.chance.lognormal_ms(median_s, 0.7, 5..=5400);
        let talk = Segment { kind: SegmentKind::Interact, ms: talk_ms / (holds + 1) };
        let mut segments = VecDeque::from([talk]);
        for _ in 0..holds {
            let ms = self.chance.lognormal_ms(30.0, 0.7, 2..=600);
            segments.extend([Segment { kind: SegmentKind::Hold, ms }, talk]);
        }
        if holds > 0 && self.chance.happens(0.1) {
            self.count_story(Story::EndedOnHold);
            segments.pop_back();
        }
        segments
    }

    fn holds(&mut self) -> i64 {
        let holds = match self.chance.between(0..=99) {
            0..=4 => 2,
            5..=24 => 1,
            _ => 0,
        };
        if holds > 0 {
            self.count_story(Story::Hold);
        }
        holds
    }

    /// A few agents complete after-call work in the last moments of the call.
    fn plan_early_acw(&mut self, conversation: &mut Conversation, user: usize) {
        let session = &conversation.users[user];
        let is_plain_call = session.after == After::HangUp && session.media == Media::Voice;
        if is_plain_call && self.chance.happens(0.01) {
            let talk_ms: i64 = session.segments.iter().map(|segment| segment.ms).sum();
            let in_ms = talk_ms - self.chance.between(500..=2000).min(talk_ms);
            let duration_ms = Some(self.chance.between(400..=5000));
            self.count_story(Story::AcwEarly);
            let acw = Acw { time: self.now + in_ms, duration_ms };
            self.schedule_acw(conversation, user, acw);
        }
    }

    /// Begins the next segment after this time.
    fn next_segment(&mut self, conversation: &mut Conversation, user: usize, in_ms: i64) {
        match conversation.users[user].segments.front().copied() {
            Some(segment) => {
                let session = conversation.users[user].session;
                self.recorder.change_session(conversation, session, |record| {
                    record.start_segment(segment.kind, self.now + in_ms);
                });
                self.schedule(conversation, in_ms + segment.ms, Step::EndSegment { user });
            }
            None => self.follow_up(conversation, user),
        }
    }

    pub(super) fn end_segment(&mut self, conversation: &mut Conversation, user: usize) {
        let session = &mut conversation.users[user];
        // There are no segments if the customer was not reached.
        let Some(Segment { kind, ms }) = session.segments.pop_front() else {
            return self.follow_up(conversation, user);
        };
        let metric = if kind == SegmentKind::Hold {
            session.spent.holding += ms;
            "tHeld"
        } else {
            session.spent.talking += ms;
            "tTalk"
        };
        let is_last_talk = kind == SegmentKind::Interact
            && session.segments.iter().all(|segment| segment.kind == SegmentKind::Hold);
        let (session, talking) = (session.session, session.spent.talking);
        self.recorder.change_session(conversation, session, |record| record.end_segment(self.now));
        self.add_extra(conversation, user, metric, ms);
        if is_last_talk {
            self.emit_part(conversation, user, ("tTalkComplete", talking));
        }
        self.next_segment(conversation, user, 0);
    }

    /// Dials, and talks if the customer is reached.
    pub(super) fn dial(&mut self, conversation: &mut Conversation, user: usize) {
        let UserSession { spent, session, .. } = &mut conversation.users[user];
        spent.dialing = self.chance.lognormal_ms(12.0, 0.5, 2..=45);
        spent.contacting = self.chance.between(800..=6000);
        let (session, in_ms) = (*session, spent.dialing + spent.contacting);
        let (dialed, contacted) = (self.now + spent.dialing, self.now + in_ms);
        self.recorder.change_session(conversation, session, |record| {
            record.add_segment(SegmentKind::Dialing, self.now, dialed);
            record.add_segment(SegmentKind::Contacting, dialed, contacted);
        });
        if self.chance.happens(0.12) {
            self.count_story(Story::CustomerNotReached);
            self.schedule(conversation, in_ms, Step::EndSegment { user });
        } else {
            conversation.users[user].segments = self.segments(conversation.users[user].media);
            self.next_segment(conversation, user, in_ms);
        }
    }

    /// The agent calls back: within the callback's session, or in another session for the call.
    fn call_back(&mut self, conversation: &mut Conversation, callback: usize) {
        // In Genesys' records, the first segment of kind `Interact` shows when a callback is taken.
        let (session, now) = (conversation.users[callback].session, self.now);
        self.recorder.change_session(conversation, session, |record| {
            record.add_segment(SegmentKind::Interact, now, now);
        });
        if self.chance.happens(0.5) {
            self.count_story(Story::CallbackInOneSession);
            self.dial(conversation, callback);
            return;
        }
        self.count_story(Story::CallbackWithCall);
        let UserSession { agent, queue, .. } = conversation.users[callback];
        let mut call = self.user_session(agent, Media::Voice);
        call.queue = queue;
        call.outbound = true;
        call.connected = Some(now);
        call.frees_agent = false;
        call.after = After::CloseCallback { user: callback };
        self.recorder.change_session(conversation, session, |record| {
            record.start_segment(SegmentKind::Callback, now);
        });
        let user = self.start_user(conversation, call);
        self.dial(conversation, user);
    }
}

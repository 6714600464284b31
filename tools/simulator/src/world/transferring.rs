//! What follows on talk: transfers, consultations, the next e-mail, or the end.

use super::World;
use super::agenda::Step;
use super::conversation::{After, Conversation, Disconnect, UserSession};
use super::lanes::{LANES, Media};
use crate::Story;
use crate::archive::Kind;
use crate::facts::extra;

/// A queue that was left less than so long ago is not entered again: answers on one queue stay
/// more than 25 s apart, so that it is clear which of them an official fact replaces.
const QUEUE_AGAIN_MS: i64 = 30_000;

impl World<'_> {
    pub(super) fn plan_after(&mut self, it: &Conversation, user: usize) -> After {
        let media = it.users[user].media;
        let lane = self.other_lane(it, media);
        match (media, self.chance.between(0..=999)) {
            (Media::Voice, 0..=69) | (Media::Message | Media::Chat, 0..=29) => {
                After::ToQueue { lane }
            }
            (Media::Voice, 70..=89) => After::ToAgent,
            (Media::Voice, 90..=109) => After::ConsultQueue { lane },
            (Media::Voice, 110..=124) => After::ConsultAgent,
            (Media::Email, 0..=249) => After::NextEmail { more: 1 },
            (Media::Email, 250..=299) => After::NextEmail { more: 2 },
            _ => After::HangUp,
        }
    }

    /// A lane of the same media type, or another voice queue.
    fn other_lane(&mut self, it: &Conversation, media: Media) -> usize {
        let last = it.acds.last().map(|acd| acd.lane);
        let all = LANES.iter().enumerate().filter(|(_, lane)| lane.media == media);
        let lanes: Vec<_> = all.map(|(at, _)| at).collect();
        let others: Vec<_> = lanes.iter().copied().filter(|at| Some(*at) != last).collect();
        // Now and then it goes back to the queue it came from.
        let from = if others.is_empty() || self.chance.happens(0.1) { &lanes } else { &others };
        self.chance.pick(from)
    }

    /// Does what was planned, once the last word is said.
    pub(super) fn follow(&mut self, it: &mut Conversation, user: usize) {
        match it.users[user].after {
            After::ToQueue { lane } if self.may_enter(it, lane) => self.transfer(it, user, lane),
            After::ConsultQueue { lane } if self.may_enter(it, lane) => {
                self.consult(it, user);
                self.enter_queue(it, lane);
            }
            After::ToAgent => self.hand_over(it, user, false),
            After::ConsultAgent => self.hand_over(it, user, true),
            After::NextEmail { more } => self.next_email(it, user, more),
            After::CloseCallback { user: callback } => {
                self.end_user(it, user, Disconnect::Peer);
                let in_ms = self.chance.between(100..=2000);
                self.schedule(it, in_ms, Step::EndCallback { user: callback });
            }
            After::HangUp | After::ToQueue { .. } | After::ConsultQueue { .. } => {
                self.hang_up(it, user);
            }
        }
    }

    fn may_enter(&self, it: &Conversation, lane: usize) -> bool {
        let left = it.left_queue(LANES[lane].queue);
        left.is_none_or(|left| self.now - left > QUEUE_AGAIN_MS)
    }

    fn transfer(&mut self, it: &mut Conversation, user: usize, lane: usize) {
        self.happened(Story::BlindTransfer);
        self.end_user(it, user, Disconnect::Transfer);
        let in_ms = self.chance.between(80..=400);
        self.schedule(it, in_ms, Step::Enter { lane });
    }

    /// While an agent consults, the customer is on hold.
    fn consult(&self, it: &mut Conversation, user: usize) {
        it.consulting = Some(user);
        self.recorder.opened(it, it.users[user].session, Kind::Hold, self.now);
    }

    /// To an agent, with no queue between; with nobody free, the conversation just ends.
    fn hand_over(&mut self, it: &mut Conversation, user: usize, consult: bool) {
        let Some(agent) = self.staff.pick_for_call() else {
            return self.hang_up(it, user);
        };
        if consult {
            self.consult(it, user);
            let fact = extra("nConsult", 1, &it.users[user], self.now, &mut self.chance);
            self.tell(it, &fact);
        } else {
            self.happened(Story::TransferToAgent);
            self.end_user(it, user, Disconnect::Transfer);
        }
        let who = (agent, self.staff.user(agent));
        let session = UserSession::new(who, it.media, self.now, &mut self.chance);
        let user = self.user_starts(it, session);
        let in_ms = self.chance.between(1500..=9000);
        self.schedule(it, in_ms, Step::Answer { user });
    }

    /// The consulting agent leaves: to the colleague who took over, or with nobody found.
    pub(super) fn end_consult(&mut self, it: &mut Conversation, user: usize) {
        let others = it.users.iter().enumerate().filter(|(at, _)| *at != user);
        let taken = others.map(|(_, other)| other).any(UserSession::is_talking);
        self.hold_since_last_word(it, user);
        if taken {
            self.happened(Story::ConsultTransfer);
            self.end_user(it, user, Disconnect::ConsultTransfer);
        } else {
            self.hang_up(it, user);
        }
    }

    fn hold_since_last_word(&mut self, it: &mut Conversation, user: usize) {
        let session = &mut it.users[user];
        let spent = &session.spent;
        let connected = session.connected.unwrap_or(session.start);
        let ms = self.now - connected - spent.talking - spent.held;
        session.spent.held += ms;
        let fact = extra("tHeld", ms, session, self.now, &mut self.chance);
        self.tell(it, &fact);
    }

    /// Each e-mail of an agent has a session of its own (the "multiple actions" option).
    fn next_email(&mut self, it: &mut Conversation, user: usize, more: u8) {
        self.happened(Story::SeveralEmails);
        it.users[user].frees_agent = false;
        self.end_user(it, user, Disconnect::Client);
        let old = &it.users[user];
        let who = (old.agent, old.user);
        let mut session = UserSession::new(who, old.media, self.now, &mut self.chance);
        session.queue = old.queue;
        session.connected = Some(self.now);
        if more > 1 {
            session.after = After::NextEmail { more: more - 1 };
        }
        let user = self.user_starts(it, session);
        self.talk(it, user);
    }
}

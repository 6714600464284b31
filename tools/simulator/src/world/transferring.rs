//! What follows on talk: a transfer, a consultation, the next e-mail, or the end.

use super::World;
use super::agenda::Step;
use super::agent_session::{After, Disconnect, SegmentKind, UserSession};
use super::conversation::Conversation;
use super::lanes::{LANES, Media};
use crate::truth::Story;

/// A conversation does not return to a queue earlier than this. So the answers on one queue are more
/// than 25 s apart, and an official fact replaces an unambiguous one (`kpis.md#same-queue`).
const SAME_QUEUE_MS_MIN: i64 = 30_000;

impl World<'_> {
    pub(super) fn plan_after(&mut self, conversation: &Conversation, user: usize) -> After {
        let media = conversation.users[user].media;
        let lane = self.other_lane(conversation, media);
        match (media, self.chance.between(0..=999)) {
            (Media::Voice, 0..=69) | (Media::Message | Media::Chat, 0..=29) => {
                After::ToQueue { lane }
            }
            (Media::Voice, 70..=89) => After::ToAgent,
            (Media::Voice, 90..=109) => After::ConsultQueue { lane },
            (Media::Voice, 110..=124) => After::ConsultAgent,
            (Media::Email, 0..=249) => After::NextEmail { count: 1 },
            (Media::Email, 250..=299) => After::NextEmail { count: 2 },
            _ => After::HangUp,
        }
    }

    /// A lane of the same media type, rarely the one that the conversation came from.
    fn other_lane(&mut self, conversation: &Conversation, media: Media) -> usize {
        let last = conversation.acds.last().map(|acd| acd.lane);
        let of_media = |lane: &usize| LANES[*lane].media == media;
        let lanes: Vec<_> = (0..LANES.len()).filter(of_media).collect();
        let other_lanes: Vec<_> =
            lanes.iter().copied().filter(|lane| Some(*lane) != last).collect();
        if other_lanes.is_empty() || self.chance.happens(0.1) {
            self.chance.pick(&lanes)
        } else {
            self.chance.pick(&other_lanes)
        }
    }

    /// Does what was planned for after the talk.
    pub(super) fn follow_up(&mut self, conversation: &mut Conversation, user: usize) {
        match conversation.users[user].after {
            After::ToQueue { lane } if self.may_enter(conversation, lane) => {
                self.transfer(conversation, user, lane);
            }
            After::ConsultQueue { lane } if self.may_enter(conversation, lane) => {
                self.consult(conversation, user);
                self.enter_queue(conversation, lane);
            }
            After::ToAgent => self.hand_over(conversation, user, false),
            After::ConsultAgent => self.hand_over(conversation, user, true),
            After::NextEmail { count } => self.next_email(conversation, user, count),
            After::CloseCallback { user: callback } => {
                self.end_user(conversation, user, Disconnect::Peer);
                let in_ms = self.chance.between(100..=2000);
                self.schedule(conversation, in_ms, Step::EndCallback { user: callback });
            }
            After::HangUp | After::ToQueue { .. } | After::ConsultQueue { .. } => {
                self.hang_up(conversation, user);
            }
        }
    }

    fn may_enter(&self, conversation: &Conversation, lane: usize) -> bool {
        let left_at = conversation.left_queue_at(LANES[lane].queue);
        left_at.is_none_or(|time| self.now - time > SAME_QUEUE_MS_MIN)
    }

    fn transfer(&mut self, conversation: &mut Conversation, user: usize, lane: usize) {
        self.count_story(Story::BlindTransfer);
        self.end_user(conversation, user, Disconnect::Transfer);
        let in_ms = self.chance.between(80..=400);
        self.schedule(conversation, in_ms, Step::Enter { lane });
    }

    /// Puts the customer on hold for a consultation.
    fn consult(&self, conversation: &mut Conversation, user: usize) {
        conversation.consulting = Some(user);
        let session = conversation.users[user].session;
        self.recorder.change_session(conversation, session, |record| {
            record.start_segment(SegmentKind::Hold, self.now);
        });
    }

    /// Transfers to an agent, or consults one; hangs up if nobody is free.
    fn hand_over(&mut self, conversation: &mut Conversation, user: usize, consult: bool) {
        let Some(agent) = self.staff.pick_for_call() else {
            return self.hang_up(conversation, user);
        };
        if consult {
            self.consult(conversation, user);
            self.add_extra(conversation, user, "nConsult", 1);
        } else {
            self.count_story(Story::TransferToAgent);
            self.end_user(conversation, user, Disconnect::Transfer);
        }
        let mut session = self.user_session(agent, conversation.users[user].media);
        let has_queue = !consult && self.options.assumptions.direct_transfers_have_queue;
        session.queue = conversation.users[user].queue.filter(|_| has_queue);
        let user = self.start_user(conversation, session);
        let in_ms = self.chance.between(1500..=9000);
        self.schedule(conversation, in_ms, Step::Answer { user });
    }

    /// The consulting agent leaves the conversation to the colleague, or ends it if there is none.
    pub(super) fn end_consult(&mut self, conversation: &mut Conversation, user: usize) {
        let mut sessions = conversation.users.iter().enumerate();
        let is_taken_over = sessions.any(|(index, other)| index != user && other.is_talking());
        self.hold_until_now(conversation, user);
        if is_taken_over {
            self.count_story(Story::ConsultTransfer);
            self.end_user(conversation, user, Disconnect::ConsultTransfer);
        } else {
            self.hang_up(conversation, user);
        }
    }

    /// Adds the time since the end of the last segment as hold.
    fn hold_until_now(&mut self, conversation: &mut Conversation, user: usize) {
        let UserSession { spent, connected, start, .. } = &mut conversation.users[user];
        let connected = connected.unwrap_or(*start);
        let ms = self.now - connected - spent.talking - spent.holding;
        spent.holding += ms;
        self.add_extra(conversation, user, "tHeld", ms);
    }

    /// Continues in another session, as Genesys does for each further e-mail of an agent.
    fn next_email(&mut self, conversation: &mut Conversation, user: usize, count: u8) {
        self.count_story(Story::SeveralEmails);
        conversation.users[user].frees_agent = false;
        self.end_user(conversation, user, Disconnect::Client);
        let UserSession { agent, queue, media, .. } = conversation.users[user];
        let mut session = self.user_session(agent, media);
        session.queue = queue.filter(|_| !self.options.assumptions.next_emails_without_queue);
        session.connected = Some(self.now);
        if count > 1 {
            session.after = After::NextEmail { count: count - 1 };
        }
        let user = self.start_user(conversation, session);
        self.talk(conversation, user);
    }
}

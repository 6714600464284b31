//! Callbacks that no agent is alerted for: the customer is dialed first, or nobody takes them.

use super::World;
use super::agenda::Step;
use super::agent_session::Disconnect;
use super::conversation::Conversation;
use super::lanes::{SUPPORT_CALLBACK, SUPPORT_VOICE};
use crate::time::DAY_MS;
use crate::truth::Story;

/// The share of callbacks to the support desk that ring the customer first.
const CUSTOMER_FIRST: f64 = 0.3;
/// The share of callbacks that nobody takes, if there are any.
const FORGOTTEN: f64 = 0.05;

impl World<'_> {
    /// Whether no agent gets a callback, and what becomes of it then.
    pub(super) fn keeps_from_agents(&mut self, conversation: &Conversation, acd: usize) -> bool {
        if self.options.assumptions.forgotten_callbacks && self.chance.happens(FORGOTTEN) {
            let in_ms = self.chance.between(59 * DAY_MS..=60 * DAY_MS);
            self.schedule(conversation, in_ms, Step::LosePatience { acd });
            return true;
        }
        let is_support = conversation.acds[acd].lane == SUPPORT_CALLBACK;
        if is_support && self.chance.happens(CUSTOMER_FIRST) {
            let in_ms = self.chance.lognormal_ms(600.0, 0.8, 30..=7200);
            self.schedule(conversation, in_ms, Step::Dial { acd });
            return true;
        }
        false
    }

    /// Ends the wait for the callback. A customer who picks up waits for an agent from then on.
    pub(super) fn dial_customer(&mut self, conversation: &mut Conversation, acd: usize) {
        self.count_story(Story::CustomerFirstCallback);
        self.end_acd(conversation, acd, None, None);
        if self.chance.happens(0.1) {
            return self.end_customer(conversation, Disconnect::Peer);
        }
        // The two waits are so far apart that no official fact can be matched with the wrong one
        // (`kpis.md#same-queue`).
        let in_ms = self.chance.between(12_000..=40_000);
        self.schedule(conversation, in_ms, Step::Enter { lane: SUPPORT_VOICE });
    }
}

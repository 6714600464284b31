//! What is published: envelopes as Amazon EventBridge delivers them, in order of their time.

mod agents;
pub(crate) mod conversation;
pub(crate) mod envelope;
mod metric;
mod sessions;
mod work;

use crate::chance::{Chance, Part};
use crate::id::Id;
use crate::json::Object;
use crate::timeline::Timeline;
use crate::world::conversation::Conversation;
use crate::{Feed, Line, LineKind, Options};
use envelope::{Envelope, Topic};

/// Writes events, and keeps those that are dated a little ahead until their time has come.
pub(crate) struct Publisher {
    feed: Feed,
    chance: Chance,
    pending: Timeline<Line>,
}

impl Publisher {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            feed: options.feed,
            chance: Chance::new(options.seed, Part::Envelopes),
            pending: Timeline::new(),
        }
    }

    /// The next line that is due.
    pub(crate) fn pop_due(&mut self, now: i64) -> Option<(i64, Line)> {
        self.pending.pop_due(now)
    }

    /// Publishes a detail event of a conversation, if the feed has it and it is not cut off.
    fn detail(
        &mut self,
        it: &Conversation,
        (suffix, kind): (&'static str, LineKind),
        time: i64,
        body: impl FnOnce(&mut Chance) -> Object,
    ) {
        if self.feed.has_detail() && it.tells(time) {
            let body = body(&mut self.chance);
            self.publish(Topic::Detail { suffix, conversation: it.id }, kind, time, body);
        }
    }

    fn publish(&mut self, topic: Topic, kind: LineKind, time: i64, body: Object) {
        let delivered = time + self.chance.between(120..=900);
        let (id, correlation) = (self.chance.id(), self.chance.id());
        let envelope = Envelope { id, correlation, topic, delivered };
        let line = Line { bytes: envelope.around(body), kind, due_ms: time };
        self.pending.push(time, line);
    }

    /// Optional fields are missing now and then.
    fn keeps(chance: &mut Chance) -> bool {
        !chance.happens(0.03)
    }
}

/// An id that is made of nothing but a name: divisions, flows, codes.
pub(crate) const fn fixed(name: u128) -> Id {
    Id::random(0x5b3c_91d2_0000_0000_0000_0000_0000_0000 | (name * 0x9e37_79b9_7f4a_7c15))
}

/// Where the text of the conversation's id begins in an event, if it has one.
pub(crate) fn conversation_id_at(event: &[u8]) -> Option<usize> {
    let key: &[u8] = b"\"conversationId\":\"";
    let found = event.windows(key.len()).position(|window| window == key);
    found.map(|at| at + key.len())
}

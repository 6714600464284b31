//! The published events: EventBridge envelopes around the bodies of Genesys' topics.

mod agent;
mod customer;
pub(crate) mod detail;
pub(crate) mod envelope;
mod metric;
mod queue;
mod status;

use crate::chance::{Chance, Part};
use crate::timeline::Timeline;
use crate::world::conversation::Conversation;
use crate::{Feed, Line, LineKind, Options};
use envelope::{Topic, enclose};
use serde::Serialize;

/// Writes events, and holds those that are dated a little ahead until they are due.
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

    /// The next line that is due, with its time.
    pub(crate) fn pop_due(&mut self, now: i64) -> Option<(i64, Line)> {
        self.pending.pop_due(now)
    }

    /// Publishes a detail event of a conversation, if the feed has detail events and the
    /// conversation's events of this time are published.
    fn detail<B: Serialize>(
        &mut self,
        conversation: &Conversation,
        (suffix, kind): (&'static str, LineKind),
        time: i64,
        body: impl FnOnce(&mut Chance) -> B,
    ) {
        if self.feed.has_detail() && conversation.publishes(time) {
            let body = body(&mut self.chance);
            let topic = Topic::Detail { suffix, conversation: conversation.id };
            self.publish(topic, kind, time, body);
        }
    }

    fn publish(&mut self, topic: Topic, kind: LineKind, time: i64, body: impl Serialize) {
        let bytes = enclose(topic, time, body, &mut self.chance);
        self.pending.push(time, Line { bytes, kind, due_ms: time });
    }
}

/// An optional field, which a few events do not have.
fn optional<T>(value: T, chance: &mut Chance) -> Option<T> {
    (!chance.happens(0.03)).then_some(value)
}

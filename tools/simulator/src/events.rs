//! The published events: EventBridge envelopes around the bodies of Genesys' topics.

mod agent_topics;
mod agents;
pub(crate) mod detail;
pub(crate) mod envelope;
pub(crate) mod metric;
mod queues;
mod sessions;

pub use agent_topics::PERSONAL_TEXT;

use crate::chance::{Chance, Part};
use crate::json::Object;
use crate::timeline::Timeline;
use crate::{Feed, Line, LineKind, Options};
use agent_topics::AgentEvents;
use envelope::enclose;
use std::fmt::Display;

/// Writes events, and holds those that are dated a little ahead until they are due.
pub(crate) struct Publisher {
    feed: Feed,
    chance: Chance,
    agents: AgentEvents,
    pending: Timeline<Line>,
}

impl Publisher {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            feed: options.feed,
            chance: Chance::new(options.seed, Part::Envelopes),
            agents: AgentEvents::new(options),
            pending: Timeline::new(),
        }
    }

    /// The next line that is due, with its time.
    pub(crate) fn pop_due(&mut self, now: i64) -> Option<(i64, Line)> {
        self.pending.pop_due(now)
    }

    /// Publishes an event about an object; the topic has `{id}` in the place of its id.
    fn publish(
        &mut self,
        topic: &str,
        id: impl Display,
        (kind, time): (LineKind, i64),
        body: Object,
    ) {
        let bytes = enclose((topic, &id.to_string()), time, body, &mut self.chance);
        self.pending.push(time, Line { bytes, kind, due_ms: time });
    }
}

/// An optional field, which a few events do not have.
fn optional<T>(value: T, chance: &mut Chance) -> Option<T> {
    (!chance.happens(0.03)).then_some(value)
}

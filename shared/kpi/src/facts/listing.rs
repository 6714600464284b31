//! The facts of a conversation one by one, as they would be folded into it.

use super::conversation::Conversation;
use super::fact::{Fact, FactKind};
use super::session::Slot;
use crate::id::Id;
use crate::time::Millis;

impl Conversation {
    /// The session facts and metric facts, each the one that counts of its kind and session: that of
    /// sessions first, in order of session, and metric facts of the API before those of events.
    pub fn facts(&self) -> Vec<Fact> {
        let mut facts = Vec::with_capacity(2 * self.len());
        for session in &self.customer_sessions {
            add(&session.id, &session.start, FactKind::CustomerStart, &mut facts);
            add(&session.id, &session.end, FactKind::CustomerEnd, &mut facts);
        }
        for session in &self.acd_sessions {
            add(&session.id, &session.start, FactKind::AcdStart, &mut facts);
            add(&session.id, &session.end, FactKind::AcdEnd, &mut facts);
        }
        for session in &self.user_sessions {
            add(&session.id, &session.start, FactKind::UserStart, &mut facts);
            add(&session.id, &session.end, FactKind::UserEnd, &mut facts);
            add(&session.id, &session.acw, FactKind::Acw, &mut facts);
        }
        facts.extend(self.metrics.iter().map(|(source, metric)| Fact {
            source: *source,
            kind: FactKind::Metric(metric.clone()),
        }));
        facts
    }

    /// `conversationEnd`, if an API response has said it.
    pub const fn end(&self) -> Option<Millis> {
        self.closed
    }

    /// When it was last read from the Platform API.
    pub const fn last_read(&self) -> Option<Millis> {
        self.last_read
    }

    /// Whether the Platform API does not know it (any more).
    pub const fn is_unknown_to_api(&self) -> bool {
        self.not_found
    }
}

fn add<T: Clone>(
    session: &Id,
    slot: &Slot<T>,
    kind: impl Fn(Id, T) -> FactKind,
    facts: &mut Vec<Fact>,
) {
    if let Some((source, value)) = &slot.0 {
        facts.push(Fact { source: *source, kind: kind(session.clone(), value.clone()) });
    }
}

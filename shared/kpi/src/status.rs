//! Routing statuses and presences of agents (`kpis.md#agent-facts`).

use crate::limits::STATUS_CHARS_MAX;
use crate::names::{Name, impl_name};
use std::cmp::Ordering;

/// A routing status or a system presence, such as `IDLE` or `ON_QUEUE`.
///
/// Genesys spells one in several ways (`OnQueue`, `ON_QUEUE`); all of them give the same value. A
/// new one is accepted as it is.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Status(Name);

/// By text, so that a status which gets a number does not move in what is stored.
impl Ord for Status {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl PartialOrd for Status {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A status's position is its number in the stored form: append, never reorder. First the routing
/// statuses, then the presences that have no name in common with them.
const STATUSES: [&str; 15] = [
    "UNKNOWN",
    "OFF_QUEUE",
    "IDLE",
    "INTERACTING",
    "NOT_RESPONDING",
    "COMMUNICATING",
    "AVAILABLE",
    "AWAY",
    "BUSY",
    "OFFLINE",
    "ON_QUEUE",
    "MEAL",
    "TRAINING",
    "MEETING",
    "BREAK",
];

impl Status {
    /// What is shown in place of a status that is not known.
    pub const UNKNOWN: Self = Self(Name::Known(0));
    /// A routing status: no calls are routed to the agent.
    pub const OFF_QUEUE: Self = Self(Name::Known(1));
    /// A routing status (waiting for work), and a presence (the screen is locked).
    pub const IDLE: Self = Self(Name::Known(2));
    /// A routing status: at work, after-call work included.
    pub const INTERACTING: Self = Self(Name::Known(3));
    /// A routing status: an alert was not answered.
    pub const NOT_RESPONDING: Self = Self(Name::Known(4));
    /// A routing status: at work that no queue has given.
    pub const COMMUNICATING: Self = Self(Name::Known(5));
    /// A presence: not logged in.
    pub const OFFLINE: Self = Self(Name::Known(9));
    /// A presence: takes work from queues.
    pub const ON_QUEUE: Self = Self(Name::Known(10));

    /// Parses a status in any spelling; `None` if it is not 1 to 32 ASCII letters, digits, `_`, `-`
    /// or blanks.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(position) = STATUSES.iter().position(|name| is_same(name, text)) {
            return Some(Self(Name::from_position(position)));
        }
        let upper = text.to_ascii_uppercase().replace([' ', '-'], "_");
        let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let is_name =
            (1..=STATUS_CHARS_MAX).contains(&upper.len()) && upper.bytes().all(is_allowed);
        is_name.then(|| Self(Name::Other(upper.into())))
    }
}

impl_name!(Status by STATUSES);

/// Whether two spellings have the same letters and digits.
fn is_same(name: &str, text: &str) -> bool {
    let letters = |text: &str| {
        let bytes = text.bytes().filter(|b| !matches!(b, b' ' | b'_' | b'-'));
        bytes.map(|b| b.to_ascii_uppercase()).collect::<Vec<_>>()
    };
    text.len() <= 2 * STATUS_CHARS_MAX && letters(name) == letters(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_status_is_one_value() {
        for text in ["OnQueue", "ON_QUEUE", "On Queue", "on-queue"] {
            assert_eq!(Status::parse(text), Some(Status::ON_QUEUE), "{text}");
        }
        assert_eq!(Status::ON_QUEUE.as_str(), "ON_QUEUE");
    }

    #[test]
    fn an_unknown_status_keeps_its_name_and_what_is_no_name_is_none() {
        let unknown = |text| Status::parse(text).map(|status| status.as_str().to_owned());
        assert_eq!(unknown("On_Break2"), Some("ON_BREAK2".to_owned()));
        assert_eq!(unknown("On Break2"), Some("ON_BREAK2".to_owned()));
        let long = "X".repeat(33);
        for text in ["", "a#b", "é", "a.b", long.as_str()] {
            assert_eq!(unknown(text), None, "{text}");
        }
    }

    #[test]
    fn the_constants_are_those_of_the_table() {
        let names = [
            (Status::UNKNOWN, "UNKNOWN"),
            (Status::OFF_QUEUE, "OFF_QUEUE"),
            (Status::IDLE, "IDLE"),
            (Status::INTERACTING, "INTERACTING"),
            (Status::NOT_RESPONDING, "NOT_RESPONDING"),
            (Status::OFFLINE, "OFFLINE"),
        ];
        for (status, name) in names {
            assert_eq!(status.as_str(), name);
        }
    }
}

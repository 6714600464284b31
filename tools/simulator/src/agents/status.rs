//! Routing statuses and presences.

use crate::id::{Id, fixed_id};

/// `routingStatus`: what happens to an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum RoutingStatus {
    OffQueue,
    Idle,
    Interacting,
    NotResponding,
    Communicating,
}

impl RoutingStatus {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::OffQueue => "OFF_QUEUE",
            Self::Idle => "IDLE",
            Self::Interacting => "INTERACTING",
            Self::NotResponding => "NOT_RESPONDING",
            Self::Communicating => "COMMUNICATING",
        }
    }
}

/// What an agent says: a presence of the organisation, by its index in [`DEFINITIONS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Presence(usize);

impl Presence {
    pub(crate) const ON_QUEUE: Self = Self(0);
    pub(crate) const OFFLINE: Self = Self(1);
    pub(crate) const AVAILABLE: Self = Self(2);
    pub(crate) const AWAY: Self = Self(3);
    pub(crate) const BUSY: Self = Self(4);
    pub(crate) const IDLE: Self = Self(5);
    pub(crate) const MEAL: Self = Self(6);
    pub(crate) const TRAINING: Self = Self(7);
    pub(crate) const MEETING: Self = Self(8);
    pub(crate) const BREAK: Self = Self(9);
    pub(crate) const COACHING: Self = Self(10);
    pub(crate) const BACK_OFFICE: Self = Self(11);

    /// Every presence of the organisation.
    pub(crate) fn list() -> impl ExactSizeIterator<Item = Self> {
        (0..DEFINITIONS.len()).map(Self)
    }

    pub(crate) const fn id(self) -> Id {
        fixed_id(20 + self.0 as u128)
    }

    pub(crate) const fn name(self) -> &'static str {
        DEFINITIONS[self.0].0
    }

    /// The system presence that this is, or that it is a kind of.
    pub(crate) const fn system(self) -> Self {
        DEFINITIONS[self.0].1
    }

    /// As events and analytics write a system presence.
    pub(crate) fn text(self) -> String {
        self.name().to_uppercase().replace(' ', "_")
    }

    /// As the definitions of presences write a system presence.
    pub(crate) fn definition_text(self) -> String {
        self.name().replace(' ', "")
    }

    pub(crate) fn is_on_queue(self) -> bool {
        self.system() == Self::ON_QUEUE
    }
}

/// Every presence of the organisation by its name, with its system presence.
const DEFINITIONS: [(&str, Presence); 12] = [
    ("On Queue", Presence::ON_QUEUE),
    ("Offline", Presence::OFFLINE),
    ("Available", Presence::AVAILABLE),
    ("Away", Presence::AWAY),
    ("Busy", Presence::BUSY),
    ("Idle", Presence::IDLE),
    ("Meal", Presence::MEAL),
    ("Training", Presence::TRAINING),
    ("Meeting", Presence::MEETING),
    ("Break", Presence::BREAK),
    ("Coaching", Presence::MEETING),
    ("Back office", Presence::BUSY),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_constants_are_those_of_the_table() {
        let constants = [
            (Presence::ON_QUEUE, "On Queue"),
            (Presence::OFFLINE, "Offline"),
            (Presence::AVAILABLE, "Available"),
            (Presence::AWAY, "Away"),
            (Presence::BUSY, "Busy"),
            (Presence::IDLE, "Idle"),
            (Presence::MEAL, "Meal"),
            (Presence::TRAINING, "Training"),
            (Presence::MEETING, "Meeting"),
            (Presence::BREAK, "Break"),
            (Presence::COACHING, "Coaching"),
            (Presence::BACK_OFFICE, "Back office"),
        ];
        for (presence, name) in constants {
            assert_eq!(presence.name(), name);
        }
        let ids: BTreeSet<_> = Presence::list().map(Presence::id).collect();
        assert_eq!(ids.len(), constants.len());
    }

    /// A row has at most 40 organisation presences by their names (`kpis.md#agent-rows`); with more
    /// definitions the truth would have to follow that rule.
    #[test]
    fn no_row_has_too_many_organisation_presences() {
        assert!(Presence::list().len() <= 40);
    }
}

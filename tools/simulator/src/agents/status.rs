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

/// `systemPresence`: what an agent says, without the organisation's finer distinctions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum SystemPresence {
    Available,
    Away,
    Busy,
    Offline,
    Idle,
    OnQueue,
    Meal,
    Training,
    Meeting,
    Break,
}

impl SystemPresence {
    /// As events and analytics write it.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Available => "AVAILABLE",
            Self::Away => "AWAY",
            Self::Busy => "BUSY",
            Self::Offline => "OFFLINE",
            Self::Idle => "IDLE",
            Self::OnQueue => "ON_QUEUE",
            Self::Meal => "MEAL",
            Self::Training => "TRAINING",
            Self::Meeting => "MEETING",
            Self::Break => "BREAK",
        }
    }

    /// As the definitions of presences write it.
    pub(crate) const fn definition_text(self) -> &'static str {
        match self {
            Self::Available => "Available",
            Self::Away => "Away",
            Self::Busy => "Busy",
            Self::Offline => "Offline",
            Self::Idle => "Idle",
            Self::OnQueue => "OnQueue",
            Self::Meal => "Meal",
            Self::Training => "Training",
            Self::Meeting => "Meeting",
            Self::Break => "Break",
        }
    }
}

/// A presence of the organisation: a system presence, or a kind of one.
pub(crate) struct Definition {
    pub(crate) id: Id,
    pub(crate) name: &'static str,
    pub(crate) system: SystemPresence,
    /// Whether the organisation has added it.
    pub(crate) is_custom: bool,
}

/// A presence by its index in [`DEFINITIONS`].
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

    pub(crate) const fn id(self) -> Id {
        DEFINITIONS[self.0].id
    }

    pub(crate) const fn system(self) -> SystemPresence {
        DEFINITIONS[self.0].system
    }

    pub(crate) fn is_on_queue(self) -> bool {
        self.system() == SystemPresence::OnQueue
    }
}

/// Every presence of the organisation.
pub(crate) const DEFINITIONS: [Definition; 12] = [
    definition(20, "On Queue", SystemPresence::OnQueue, false),
    definition(21, "Offline", SystemPresence::Offline, false),
    definition(22, "Available", SystemPresence::Available, false),
    definition(23, "Away", SystemPresence::Away, false),
    definition(24, "Busy", SystemPresence::Busy, false),
    definition(25, "Idle", SystemPresence::Idle, false),
    definition(26, "Meal", SystemPresence::Meal, false),
    definition(27, "Training", SystemPresence::Training, false),
    definition(28, "Meeting", SystemPresence::Meeting, false),
    definition(29, "Break", SystemPresence::Break, false),
    definition(30, "Coaching", SystemPresence::Meeting, true),
    definition(31, "Back office", SystemPresence::Busy, true),
];

const fn definition(
    number: u128,
    name: &'static str,
    system: SystemPresence,
    is_custom: bool,
) -> Definition {
    Definition { id: fixed_id(number), name, system, is_custom }
}

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
            assert_eq!(DEFINITIONS[presence.0].name, name);
        }
        let ids: BTreeSet<_> = DEFINITIONS.iter().map(|definition| definition.id).collect();
        assert_eq!(ids.len(), constants.len());
    }

    /// A row has at most 40 organisation presences by their names (`kpis.md#agent-rows`); with more
    /// definitions the truth would have to follow that rule.
    #[test]
    fn no_row_has_too_many_organisation_presences() {
        assert!(DEFINITIONS.len() <= 40);
    }
}

//! The queues, their lanes, and the groups of agents that serve them.

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Media {
    Voice,
    Chat,
    Email,
    Callback,
    Message,
}

impl Media {
    /// The text in detail events.
    pub(crate) fn upper(self) -> String {
        self.lower().to_uppercase()
    }

    /// The text in the Platform API and in subjects.
    pub(crate) const fn lower(self) -> &'static str {
        match self {
            Self::Voice => "voice",
            Self::Chat => "chat",
            Self::Email => "email",
            Self::Callback => "callback",
            Self::Message => "message",
        }
    }

    pub(crate) const fn provider(self) -> &'static str {
        match self {
            Self::Voice => "Edge",
            Self::Chat => "PureCloud Webchat v2",
            Self::Email => "PureCloud Email",
            Self::Callback => "PureCloud Callback",
            Self::Message => "PureCloud Messaging",
        }
    }
}

/// A queue of the simulated contact centre.
#[derive(Clone, Copy, Debug)]
pub struct QueueInfo {
    /// `queueId`.
    pub id: &'static str,
    /// The queue's name.
    pub name: &'static str,
}

/// The queues; every run has the same.
pub const QUEUES: [QueueInfo; 7] = [
    QueueInfo { id: "9a79c003-1f95-4307-9a02-c9b297a97451", name: "Support" },
    QueueInfo { id: "321f9050-939e-4c4f-8070-7ecd3569cbc7", name: "Billing" },
    QueueInfo { id: "5d0c3a8e-6b1f-4f27-8a55-1e0a9b6f2d43", name: "Sales" },
    QueueInfo { id: "b7f5e2c1-04d9-4e83-9c6a-7a2f51d0e8b6", name: "Callbacks" },
    QueueInfo { id: "e1a94d37-8c52-4b0e-b3f8-2d6c07f9a514", name: "Chat" },
    QueueInfo { id: "47c2b6f0-d3a8-4915-8e7d-60b9f4c1a2e5", name: "E-mail" },
    QueueInfo { id: "8c0921f7-2752-4b09-b15f-6e3561821610", name: "Messaging" },
];

/// A queue by its index in [`QUEUES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Queue(pub(crate) usize);

impl Queue {
    pub(crate) const fn id(self) -> &'static str {
        QUEUES[self.0].id
    }
}

/// One media type of one queue, in which customers wait.
pub(crate) struct Lane {
    pub(crate) queue: Queue,
    pub(crate) media: Media,
    /// The share of conversations that begin here.
    pub(crate) share: f64,
    /// Agent time of a conversation, for the rosters.
    pub(crate) handle_s: f64,
    /// The groups that serve it, with each group's part of the work.
    pub(crate) groups: &'static [(usize, f64)],
    /// Lanes of a lower class are served first.
    pub(crate) class: u8,
}

pub(crate) const SUPPORT_VOICE: usize = 0;
pub(crate) const SUPPORT_CALLBACK: usize = 3;
pub(crate) const CALLBACK_DESK: usize = 4;
pub(crate) const SALES: Queue = Queue(2);

pub(crate) const LANES: [Lane; 9] = [
    lane(0, Media::Voice, 0.27, 300.0, &[(0, 0.75), (2, 0.25)], 0),
    lane(1, Media::Voice, 0.15, 300.0, &[(1, 0.75), (2, 0.25)], 0),
    lane(2, Media::Voice, 0.12, 300.0, &[(1, 0.75), (2, 0.25)], 0),
    lane(0, Media::Callback, 0.01, 300.0, &[(0, 1.0)], 1),
    lane(3, Media::Callback, 0.03, 300.0, &[(0, 0.5), (2, 0.5)], 1),
    lane(4, Media::Chat, 0.11, 420.0, &[(3, 1.0)], 0),
    lane(5, Media::Email, 0.10, 480.0, &[(4, 1.0)], 2),
    lane(6, Media::Message, 0.12, 600.0, &[(3, 1.0)], 0),
    lane(2, Media::Message, 0.04, 600.0, &[(3, 0.7), (4, 0.3)], 0),
];

/// The share of conversations in which an agent calls a customer.
pub(crate) const OUTBOUND_SHARE: f64 = 0.05;

const fn lane(
    queue: usize,
    media: Media,
    share: f64,
    handle_s: f64,
    groups: &'static [(usize, f64)],
    class: u8,
) -> Lane {
    Lane { queue: Queue(queue), media, share, handle_s, groups, class }
}

/// A group of agents with the same skills.
pub(crate) struct Group {
    /// The lanes that they have the skills for.
    pub(crate) lanes: &'static [usize],
    /// Conversations that an agent can have at the same time.
    pub(crate) capacity: u8,
    /// Agents beyond the load, as a multiple of its square root.
    pub(crate) reserve: f64,
}

/// The groups that take calls.
pub(crate) const VOICE_GROUPS: [usize; 3] = [0, 1, 2];

pub(crate) const GROUPS: [Group; 5] = [
    Group { lanes: &[0, 3, 4], capacity: 1, reserve: 0.55 },
    Group { lanes: &[1, 2], capacity: 1, reserve: 0.55 },
    Group { lanes: &[0, 1, 2, 4], capacity: 1, reserve: 0.55 },
    Group { lanes: &[5, 7, 8], capacity: 3, reserve: 0.4 },
    Group { lanes: &[6, 8], capacity: 2, reserve: 0.2 },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lanes_of_groups_and_the_groups_of_lanes_agree() {
        for (index, lane) in LANES.iter().enumerate() {
            let skilled = (0..GROUPS.len()).filter(|group| GROUPS[*group].lanes.contains(&index));
            let listed: Vec<_> = lane.groups.iter().map(|(group, _)| *group).collect();
            assert_eq!(skilled.collect::<Vec<_>>(), listed);
        }
    }

    #[test]
    fn the_shares_of_lanes_and_outbound_calls_add_up_to_one() {
        let sum: f64 = LANES.iter().map(|lane| lane.share).sum();
        assert!((sum + OUTBOUND_SHARE - 1.0).abs() < 1e-9);
    }
}

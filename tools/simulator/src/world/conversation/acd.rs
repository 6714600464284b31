//! Time in a queue.

use crate::chance::Chance;
use crate::id::Id;
use crate::world::lanes::{Media, Queue};

/// Time in a queue.
pub(crate) struct AcdSession {
    pub(crate) participant: Id,
    pub(crate) session: Id,
    pub(crate) lane: usize,
    pub(crate) queue: Queue,
    pub(crate) media: Media,
    pub(crate) start: i64,
    /// Now and then the start is never told.
    pub(crate) start_told: bool,
    /// Emit time of Genesys' own `nOffered`.
    pub(crate) offered_at: i64,
    pub(crate) end: Option<AcdEnd>,
}

/// How time in a queue ended.
pub(crate) struct AcdEnd {
    pub(crate) time: i64,
    pub(crate) outcome: Outcome,
    /// Who answered, if anyone.
    pub(crate) answer: Option<Answer>,
    pub(crate) told: Told,
}

#[derive(Clone, Copy)]
pub(crate) struct Answer {
    pub(crate) user: Id,
    pub(crate) session: Id,
}

/// What the `acd.end` event says, which is not always the whole truth.
#[derive(Clone, Copy, Default)]
pub(crate) struct Told {
    /// `acdOutcome`; nothing if absent.
    pub(crate) outcome: Option<ToldOutcome>,
    pub(crate) answered_user: Option<Id>,
    pub(crate) connected_ms: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Answered,
    Abandon,
    FlowOut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ToldOutcome {
    Unknown,
    Known(Outcome),
}

impl AcdSession {
    pub(crate) fn new(
        lane: usize,
        (queue, media): (Queue, Media),
        start: i64,
        chance: &mut Chance,
    ) -> Self {
        Self {
            participant: chance.id(),
            session: chance.id(),
            lane,
            queue,
            media,
            start,
            start_told: !chance.happens(0.004),
            offered_at: start,
            end: None,
        }
    }
}

impl Outcome {
    /// As in detail events.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Answered => "ANSWERED",
            Self::Abandon => "ABANDON",
            Self::FlowOut => "FLOW_OUT",
        }
    }
}

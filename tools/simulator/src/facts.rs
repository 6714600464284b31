//! The true metric facts (`kpis.md`, section 2): each as it follows from detail events, and as
//! Genesys itself books it.

mod queue;
mod user;

pub(crate) use queue::{acd_end, acd_start, untold_start};
pub(crate) use user::{acw, conversation_extra, extra, ring_out, user_end};

use crate::chance::Chance;
use crate::id::Id;
use crate::world::lanes::{Media, Queue};

/// A metric fact: what the books say of one thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) metric: &'static str,
    pub(crate) derived: Option<Derived>,
    pub(crate) official: Option<Official>,
}

/// A value with its time and dimensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Emit time: it decides about interval and day.
    pub(crate) time: i64,
    pub(crate) value: i64,
    pub(crate) media: Media,
    pub(crate) queue: Option<Queue>,
    pub(crate) user: Option<Id>,
}

/// What follows from detail events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Derived {
    pub(crate) reading: Reading,
    /// Time of the event from which it follows.
    pub(crate) told_at: i64,
    /// It no longer counts when an official fact of this time is published.
    pub(crate) replaced_at: Option<i64>,
}

/// What Genesys' metric stream says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Official {
    pub(crate) reading: Reading,
    pub(crate) session: Id,
    /// Some records of the stream have their `recordId` only.
    pub(crate) tells_session: bool,
    pub(crate) purpose: &'static str,
}

/// Genesys emits a metric this much after the event that it belongs to, at most, in ms.
const OFFICIAL_LAG_MS_MAX: i64 = 400;

/// How much later Genesys' own record is dated.
pub(crate) fn lag(chance: &mut Chance) -> i64 {
    chance.between(0..=OFFICIAL_LAG_MS_MAX)
}

impl Fact {
    /// A fact whose official record says the same, only later.
    fn both(
        metric: &'static str,
        reading: Reading,
        told_at: i64,
        (session, purpose): (Id, &'static str),
        lag: i64,
    ) -> Self {
        let official = Reading { time: reading.time + lag, ..reading };
        Self {
            metric,
            derived: Some(Derived { reading, told_at, replaced_at: Some(official.time) }),
            official: Some(Official { reading: official, session, tells_session: true, purpose }),
        }
    }

    /// A fact that no detail event tells.
    const fn official(metric: &'static str, official: Official) -> Self {
        Self { metric, derived: None, official: Some(official) }
    }
}

//! The metric facts of what happens in the world (`kpis.md#derived-metrics`), each in two forms: as
//! the rules derive it from detail events, and as Genesys itself reports it.

mod queue;
mod user;

pub(crate) use queue::{acd_end, acd_start, offered_from_end};
pub(crate) use user::{acw, extra, not_responding, part, user_end, without_agent};

use crate::chance::Chance;
use crate::id::Id;
use crate::world::lanes::{Media, Queue};
use crate::world::party::Purpose;

/// A value of a metric, in one form or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) metric: &'static str,
    pub(crate) derived: Option<Derived>,
    pub(crate) official: Option<Official>,
}

/// A value with its time and dimensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Emit time, which decides about the interval and the day.
    pub(crate) time: i64,
    pub(crate) value: i64,
    pub(crate) media: Media,
    pub(crate) queue: Option<Queue>,
    pub(crate) user: Option<Id>,
}

/// The form that follows from a detail event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Derived {
    pub(crate) reading: Reading,
    /// Time of the detail event.
    pub(crate) event_time: i64,
    /// Emit time of the official fact that replaces this form.
    pub(crate) replaced_at: Option<i64>,
}

/// The form that Genesys' metrics topic has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Official {
    pub(crate) reading: Reading,
    pub(crate) session: Id,
    /// Whether its event has the session's id; some have that of the record alone.
    pub(crate) has_session: bool,
    pub(crate) purpose: Purpose,
}

/// Genesys emits a metric at most this long after the event that it belongs to.
const OFFICIAL_LAG_MS_MAX: i64 = 400;

/// A random delay of the official form.
fn lag(chance: &mut Chance) -> i64 {
    chance.between(0..=OFFICIAL_LAG_MS_MAX)
}

impl Fact {
    /// A fact in both forms, with the same value. The official form is later by `lag` ms.
    fn new(
        metric: &'static str,
        reading: Reading,
        event_time: i64,
        (session, purpose): (Id, Purpose),
        lag: i64,
    ) -> Self {
        let official = Reading { time: reading.time + lag, ..reading };
        Self {
            metric,
            derived: Some(Derived { reading, event_time, replaced_at: Some(official.time) }),
            official: Some(Official { reading: official, session, has_session: true, purpose }),
        }
    }

    /// Genesys does not report it: it follows from the detail event alone.
    fn forget_official(&mut self) {
        self.official = None;
        self.derived.iter_mut().for_each(|form| form.replaced_at = None);
    }

    /// A fact that follows from no detail event.
    const fn official(metric: &'static str, official: Official) -> Self {
        Self { metric, derived: None, official: Some(official) }
    }
}

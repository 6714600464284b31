//! Gaps, when they are due, and the type of the rules that find them.

use super::context::GapContext;
use crate::time::Millis;

/// What a gap read would correct. Ordered: the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// A gauge: someone is shown as waiting or working who may not be.
    Gauge,
    /// Sums of the past.
    Historical,
}

/// When a conversation is to be read from the Platform API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// What a read would correct. Conversations are read in order of urgency, then of time.
    pub urgency: Urgency,
    /// The earliest time to read it, a whole multiple of [`GapSettings::rounding_step`](crate::settings::GapSettings::rounding_step).
    pub at: Millis,
    /// The rule that found the gap, or [`OPEN_SESSION`].
    pub rule: &'static str,
}

/// What a conversation is due for if it has no gap, but a session that has been open for long
/// (`kpis.md#due`).
pub const OPEN_SESSION: &str = "open_session";

/// Something missing of a conversation or an agent that can change a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The rule that found it (`kpis.md#gap-rules`).
    pub rule: &'static str,
    /// What a read would correct.
    pub urgency: Urgency,
    /// The earliest time at which it counts: until then the event may still come, even if
    /// everything else was delivered.
    pub not_before: Millis,
}

impl Gap {
    pub(super) const fn historical(rule: &'static str) -> Self {
        Self { rule, urgency: Urgency::Historical, not_before: Millis(i64::MIN) }
    }

    pub(super) const fn gauge(rule: &'static str) -> Self {
        Self { urgency: Urgency::Gauge, ..Self::historical(rule) }
    }
}

/// Adds the gaps that one rule finds.
pub(super) type Rule = fn(&GapContext<'_>, &mut Vec<Gap>);

//! When a conversation's silence or its holes mean that something was missed.

use crate::{Conversation, Millis, Settings};

/// When a conversation is to be read from the Platform API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// What a read would mend: before the time, since it decides about the order of reads.
    pub urgency: Urgency,
    /// The earliest time at which to read it, a whole multiple of [`GapSettings::step`].
    pub at: Millis,
}

/// What a read would mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Gauges: someone is shown waiting or talking, and may not be.
    Live,
    /// Sums of the past.
    Settled,
}

/// When a conversation counts as having a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GapSettings {
    /// Due times are rounded up to whole multiples of this, so that they seldom move.
    pub step: Millis,
}

impl Default for GapSettings {
    fn default() -> Self {
        Self { step: Millis(300_000) }
    }
}

/// When a conversation is due for a read; none if nothing is missing and nothing is to be waited for.
pub fn due(_conversation: &Conversation, _settings: &Settings) -> Option<Due> {
    None
}

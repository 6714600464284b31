//! How long what is missing may still be under way.

use crate::{Media, Millis};
use std::collections::BTreeMap;

/// When a conversation counts as having a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GapSettings {
    /// How long after the newest fact a hole may still be closed by events under way.
    pub settle: Millis,
    /// Due times are rounded up to whole multiples of this, so that they seldom move. At least 1.
    pub step: Millis,
    /// How long a wait may be without news, of media types that have not the default.
    pub waits: BTreeMap<Media, Millis>,
    /// How long an agent may work without news, of media types that have not the default.
    pub talks: BTreeMap<Media, Millis>,
}

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

impl Default for GapSettings {
    fn default() -> Self {
        let five_minutes = Millis(5 * MINUTE_MS);
        Self {
            settle: five_minutes,
            step: five_minutes,
            waits: BTreeMap::new(),
            talks: BTreeMap::new(),
        }
    }
}

impl GapSettings {
    /// How long a wait of a media type may be without news. Media types without a default of their
    /// own take voice's.
    pub fn waiting(&self, media: &Media) -> Millis {
        self.waits.get(media).copied().unwrap_or(match media.as_str() {
            "message" => Millis(2 * HOUR_MS),
            "callback" | "email" => Millis(24 * HOUR_MS),
            _ => Millis(30 * MINUTE_MS),
        })
    }

    /// How long an agent may work on a media type without news; after-call work included.
    pub fn talking(&self, media: &Media) -> Millis {
        self.talks.get(media).copied().unwrap_or(match media.as_str() {
            "message" | "callback" | "email" => Millis(24 * HOUR_MS),
            _ => Millis(2 * HOUR_MS),
        })
    }

    /// A time rounded up to a whole step.
    pub(super) fn stepped(&self, at: Millis) -> Millis {
        let step = self.step.0.max(1);
        let steps = at.0.div_euclid(step) + i64::from(at.0.rem_euclid(step) > 0);
        Millis(steps * step)
    }
}

//! What to simulate.

use crate::{Faults, Rules};
use jiff::Timestamp;

/// What to simulate. The same options give the same bytes and the same truth.
#[derive(Clone, Debug)]
pub struct Options {
    /// Decides everything that is random.
    pub seed: u64,
    /// When the first conversation may begin.
    pub start: Timestamp,
    /// How many conversations, or how many per second for how long.
    pub load: Load,
    /// Which topics are published.
    pub feed: Feed,
    /// What happens to the stream on its way.
    pub faults: Faults,
    /// The settings under which the truth is computed.
    pub rules: Rules,
}

/// How much happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Load {
    /// Exactly this many conversations. Nearly all run to their end; of a few the last events are
    /// never published, so that some sessions stay open.
    Conversations(u64),
    /// Conversations at a rate, for a time. Nothing is published of what happens later.
    Rate {
        /// Conversations per second at a mean hour; the hour of the day raises or lowers it.
        per_second: f64,
        /// Length of the run, in seconds of simulated time.
        duration_seconds: f64,
    },
}

/// Which topics are published. Topics that the engine ignores come with every feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feed {
    /// `v2.detail.events.conversation.*`.
    Detail,
    /// `v2.analytics.conversation.{id}.metrics`.
    Metrics,
    /// Both of them.
    Both,
}

impl Feed {
    pub(crate) const fn has_detail(self) -> bool {
        matches!(self, Self::Detail | Self::Both)
    }

    pub(crate) const fn has_metrics(self) -> bool {
        matches!(self, Self::Metrics | Self::Both)
    }
}

/// One line of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// An envelope as JSON (or what is left of one), without the newline at its end.
    pub bytes: Vec<u8>,
    /// What a reader should make of it.
    pub kind: LineKind,
    /// When it comes, in ms since 1970. Never earlier than the line before.
    pub due_ms: i64,
}

/// What a reader should make of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineKind {
    /// An event that counts.
    Event,
    /// The same event body once more; the original is a line of kind `Event`.
    Repeat,
    /// To be refused (`kpis.md`, section 8).
    Broken,
    /// A valid event of a topic, or an official metric, for which the engine has no use.
    Unused,
}

//! Options of a run, and the lines it produces.

use crate::{Assumptions, Faults, Rules};
use jiff::Timestamp;

/// Options of a run. The same options give the same bytes and the same truth.
#[derive(Clone, Debug)]
pub struct Options {
    /// Seed of all random draws.
    pub seed: u64,
    /// Start of the run; conversations begin after it.
    pub start: Timestamp,
    /// Number or rate of conversations.
    pub load: Load,
    /// Which topics are published.
    pub feed: Feed,
    /// Faults of the delivery.
    pub faults: Faults,
    /// The settings under which the truth is computed.
    pub rules: Rules,
    /// How Genesys behaves where no capture shows it.
    pub assumptions: Assumptions,
    /// Whether agents have lives of their own: breaks, meetings, lost connections, queues that
    /// change. Without them agents do nothing but begin and end their shifts, and the same seed gives
    /// another world.
    pub agents: bool,
}

/// Number or rate of conversations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Load {
    /// Exactly this many conversations. The last events of about 4 % of them are never published,
    /// so that some sessions stay open.
    Conversations(u64),
    /// Conversations at a rate, for a time. Events after its end are not published.
    Rate {
        /// Conversations per second, averaged over a day: the actual rate varies with the hour.
        per_second: f64,
        /// Length of the run in seconds of simulated time.
        duration_seconds: f64,
    },
}

/// Which topics are published. Every feed also has events of topics that the engine ignores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feed {
    /// `v2.detail.events.conversation.*`.
    Detail,
    /// `v2.analytics.conversation.{id}.metrics`.
    Metrics,
    /// Detail and metric events.
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

/// A line of the stream: an event, or a broken one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// An EventBridge envelope as JSON, or a broken one, without a newline.
    pub bytes: Vec<u8>,
    /// How a reader should treat it.
    pub kind: LineKind,
    /// Time of delivery in ms since 1970; never earlier than that of the line before.
    pub due_ms: i64,
}

/// How a reader should treat a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineKind {
    /// An event that changes the rows.
    Event,
    /// A second delivery of an `Event`, with the same body.
    Repeat,
    /// An invalid event, which must be refused (`kpis.md#bad-input`).
    Broken,
    /// A valid event of a topic, or of a metric, that the engine ignores.
    Unused,
}

//! What grants are for, and why there is none.

use headroom_kpi::Millis;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Single conversations that have a gap.
    Gap,
    /// A silent window of the feed.
    ReadBack,
    /// Queues, members and users: leaves the reserve to the others.
    Reference,
    /// An access token.
    Token,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Gap, Self::ReadBack, Self::Reference, Self::Token];

    /// Its name in logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::ReadBack => "readBack",
            Self::Reference => "reference",
            Self::Token => "token",
        }
    }
}

/// Why no request may go out now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The minute's share is used, or Genesys said to wait: ask again at this time.
    #[error(
        "no request before {0} since 1970: the minute's share is used, or Genesys said to wait"
    )]
    Until(Millis),
    /// The ceiling of the day or the month is met: it ends at this time.
    #[error("no request before {0} since 1970: the ceiling of the day or month is met")]
    Ceiling(Millis),
    /// The ledger cannot be read or written, or is too slow.
    #[error("the ledger of the budget is not available: {0}")]
    Unavailable(String),
}

//! Asking for the right to send one request.

use super::RateLimitInfo;
use headroom_kpi::Millis;
use std::sync::Arc;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Single conversations that have a gap.
    Gap,
    /// All conversations of an outage of the feed (backfill).
    ReadBack,
    /// The catalog of queues. Leaves a part of each minute to the other purposes.
    Reference,
    /// An access token.
    Token,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 4] = [Self::Gap, Self::ReadBack, Self::Reference, Self::Token];

    /// The name of the purpose in logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::ReadBack => "readBack",
            Self::Reference => "reference",
            Self::Token => "token",
        }
    }
}

/// Why there is no permit for a request now. Times are in milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The minute's share is used, or Genesys asked to wait. There may be a permit at this time.
    #[error(
        "no request before {0} since 1970: the minute's share is used, or Genesys asked to wait"
    )]
    RateLimited(Millis),
    /// The ceiling of the day or the month is reached. That day or month ends at this time.
    #[error("no request before {0} since 1970: the ceiling of the day or month is reached")]
    QuotaExhausted(Millis),
    /// The stored budget cannot be read or written, or not in time.
    #[error("the stored budget of requests is not available: {0}")]
    Unavailable(String),
}

/// A rate limiter that all clients of one Genesys organisation share.
pub trait RateLimiter: Send + Sync {
    /// Asks for a permit to send one request at once.
    ///
    /// Implementations read the clock after this call has begun: the time within which the permit
    /// has to be used ([`PERMIT_USE_MAX`](super::PERMIT_USE_MAX)) is measured from its beginning.
    fn acquire(&self, purpose: Purpose) -> impl Future<Output = Result<(), Denied>> + Send;

    /// Takes what a response says about the rate limit.
    fn observe(&self, info: RateLimitInfo) -> impl Future<Output = ()> + Send;
}

/// A rate limiter that several owners share.
impl<L: RateLimiter> RateLimiter for Arc<L> {
    fn acquire(&self, purpose: Purpose) -> impl Future<Output = Result<(), Denied>> + Send {
        L::acquire(self, purpose)
    }

    fn observe(&self, info: RateLimitInfo) -> impl Future<Output = ()> + Send {
        L::observe(self, info)
    }
}

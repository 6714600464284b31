//! Permits to send requests, and what responses say about them.

use headroom_kpi::Millis;
use std::time::Duration;

/// From reading the clock for a permit until it is used, at most. Includes writing the budget and
/// sending the request; an older permit is not to be used.
pub const PERMIT_USE_MAX: Duration = Duration::from_secs(5);

/// How far the clocks of two processes may differ.
pub const CLOCK_SKEW_MAX: Duration = Duration::from_secs(2);

/// How long to wait after a 429 that does not say: the window in which Genesys counts.
pub const RETRY_AFTER_DEFAULT: Duration = Duration::from_mins(1);

/// The longest wait. Genesys counts by the minute, so a longer one is a mistake somewhere; one
/// request a day finds out whether it still holds.
pub const RETRY_AFTER_MAX: Duration = Duration::from_hours(24);

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Single conversations that have a gap.
    Gap,
    /// All conversations of an outage of the feed.
    Backfill,
    /// The catalog of queues. Leaves a part of each minute to the other purposes.
    Catalog,
    /// An access token.
    Token,
}

impl Purpose {
    /// The name of the purpose in logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Backfill => "readBack",
            Self::Catalog => "reference",
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
    /// has to be used ([`PERMIT_USE_MAX`]) is measured from its beginning.
    fn acquire(&self, purpose: Purpose) -> impl Future<Output = Result<(), Denied>> + Send;

    /// Learns what a response says about the rate limit.
    fn observe(&self, info: RateLimitInfo) -> impl Future<Output = ()> + Send;
}

/// What a response says about the rate limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimitInfo {
    /// When it came, by the clock of the process that sent the request.
    pub at: Millis,
    /// The HTTP status.
    pub status: u16,
    /// How long to wait, in seconds; of 429 alone.
    pub retry_after: Option<u64>,
    /// Requests that the token may have per minute (`inin-ratelimit-allowed`).
    pub allowed: Option<u32>,
}

impl RateLimitInfo {
    /// Until when this response forbids requests, on the clock of every process. At least a
    /// second, and at most [`RETRY_AFTER_MAX`], from when it came.
    pub fn blocked_until(&self) -> Option<Millis> {
        let wait = self.retry_after.map_or(RETRY_AFTER_DEFAULT, Duration::from_secs);
        let wait = wait.clamp(Duration::from_secs(1), RETRY_AFTER_MAX) + CLOCK_SKEW_MAX;
        let wait_ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        (self.status == 429).then(|| Millis(self.at.0.saturating_add(wait_ms)))
    }
}

/// The wait in the body of a 429: `Retry the request in [42] seconds`.
pub fn retry_after_in(body: &[u8]) -> Option<u64> {
    let end = body.windows(9).position(|part| part == b"] seconds")?;
    let start = body[..end].iter().rposition(|byte| *byte == b'[')?;
    let digits = std::str::from_utf8(&body[start + 1..end]).ok()?;
    // No sign: `parse` would take one.
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(status: u16, retry_after: Option<u64>) -> Option<i64> {
        let info = RateLimitInfo { at: Millis(1_000_000), status, retry_after, allowed: None };
        info.blocked_until().map(|until| until.0 - 1_000_000)
    }

    #[test]
    fn only_429_blocks_for_as_long_as_it_says() {
        assert_eq!(wait(429, Some(42)), Some(44_000));
        assert_eq!(wait(429, None), Some(62_000));
        assert_eq!(wait(429, Some(0)), Some(3_000));
        assert_eq!(wait(429, Some(u64::MAX)), Some(86_402_000));
        assert_eq!(wait(503, Some(42)), None);
    }

    #[test]
    fn the_body_says_how_long_to_wait() {
        let wait = |body: &str| retry_after_in(body.as_bytes());
        let body =
            r#"{"message":"Rate limit exceeded the maximum. Retry the request in [42] seconds"}"#;
        assert_eq!(wait(body), Some(42));
        assert_eq!(wait("maximum [300] requests within [60] seconds"), Some(60));
        for text in ["", "[] seconds", "[x] seconds", "[+1] seconds", "1] seconds", "[1] minutes"] {
            assert_eq!(wait(text), None, "{text}");
        }
        assert_eq!(wait("[99999999999999999999] seconds"), None);
    }
}

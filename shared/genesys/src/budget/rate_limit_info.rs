//! What an answer says about the budget.

use super::CLOCK_SKEW_MAX;
use headroom_kpi::Millis;
use std::time::Duration;

/// How long a 429 blocks that does not say: the window in which Genesys counts.
pub const RETRY_AFTER_DEFAULT: Duration = Duration::from_mins(1);

/// The longest wait that is believed. Genesys counts by the minute, so a longer one is a mistake
/// somewhere; one request a day finds out whether it still stands.
pub const RETRY_AFTER_MAX: Duration = Duration::from_hours(24);

/// What an answer said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimitInfo {
    /// When it came, by the clock of who asked.
    pub at: Millis,
    /// The HTTP status.
    pub status: u16,
    /// How long to wait, in seconds; of 429 alone.
    pub retry_after: Option<u64>,
    /// Requests that the token may have per minute (`inin-ratelimit-allowed`).
    pub allowed: Option<u32>,
}

impl RateLimitInfo {
    /// Until when this answer forbids requests, on every holder's clock. At least a second, and
    /// at most [`RETRY_AFTER_MAX`], from when it came.
    pub fn blocked_until(&self) -> Option<Millis> {
        let (shortest, longest) = (Duration::from_secs(1), RETRY_AFTER_MAX);
        (self.status == 429).then(|| {
            let said = self.retry_after.map_or(RETRY_AFTER_DEFAULT, Duration::from_secs);
            let wait = said.clamp(shortest, longest) + CLOCK_SKEW_MAX;
            Millis(self.at.0.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)))
        })
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
        let seen = RateLimitInfo { at: Millis(1_000_000), status, retry_after, allowed: None };
        seen.blocked_until().map(|until| until.0 - 1_000_000)
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
        let of = |body: &str| retry_after_in(body.as_bytes());
        let new =
            r#"{"message":"Rate limit exceeded the maximum. Retry the request in [42] seconds"}"#;
        assert_eq!(of(new), Some(42));
        assert_eq!(of("maximum [300] requests within [60] seconds"), Some(60));
        for none in ["", "[] seconds", "[x] seconds", "[+1] seconds", "1] seconds", "[1] minutes"] {
            assert_eq!(of(none), None, "{none}");
        }
        assert_eq!(of("[99999999999999999999] seconds"), None);
    }
}

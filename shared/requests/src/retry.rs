//! How long to wait before another attempt.

use std::time::Duration;

/// Exponential backoff with full jitter: before attempt `n + 1`, any time from 0 to
/// `base_delay * 2^(n-1)`, at most `max_delay`. Clients that failed together do not come back
/// together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    base_delay: Duration,
    max_delay: Duration,
    has_jitter: bool,
}

impl RetryPolicy {
    /// Never waits: for a store that nobody else writes to, and for tests.
    pub const IMMEDIATE: Self = Self::new(Duration::ZERO, Duration::ZERO);

    /// For conflicts of DynamoDB transactions. A transaction takes some ten milliseconds: two that
    /// met once seldom meet again.
    pub const TRANSACTIONS: Self = Self::new(Duration::from_millis(40), Duration::from_secs(2));

    /// Waits up to `base_delay` after the first failure, twice as long after each further one, and
    /// never longer than `max_delay`.
    pub const fn new(base_delay: Duration, max_delay: Duration) -> Self {
        Self { base_delay, max_delay, has_jitter: true }
    }

    /// The same limits, and always all of the wait: for tests that predict times.
    #[must_use]
    pub const fn without_jitter(self) -> Self {
        Self { has_jitter: false, ..self }
    }

    /// Longest wait after a number of failed attempts, counted from 1.
    pub fn max_delay_after(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(16);
        self.base_delay.saturating_mul(1 << doublings).min(self.max_delay)
    }

    /// The wait after a number of failed attempts, counted from 1, where `random` is uniform in
    /// 0 to 1.
    pub fn delay_after(&self, failures: u32, random: f64) -> Duration {
        self.max_delay_after(failures).mul_f64(random.clamp(0.0, 1.0))
    }

    /// Waits after a number of failed attempts, counted from 1. Needs a Tokio timer only if it
    /// waits at all.
    pub async fn wait_after(&self, failures: u32) {
        let delay = if self.has_jitter {
            self.delay_after(failures, fastrand::f64())
        } else {
            self.max_delay_after(failures)
        };
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_double_up_to_the_longest() {
        let limits =
            [1, 2, 3, 6, 7, 100].map(|n| RetryPolicy::TRANSACTIONS.max_delay_after(n).as_millis());
        assert_eq!(limits, [40, 80, 160, 1_280, 2_000, 2_000]);
    }

    #[test]
    fn jitter_takes_any_part_of_the_limit() {
        let delay = |random| RetryPolicy::TRANSACTIONS.delay_after(3, random).as_millis();
        assert_eq!([0.0, 0.5, 1.0, 7.0].map(delay), [0, 80, 160, 160]);
    }
}

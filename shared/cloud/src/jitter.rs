//! How long to wait before another try.

use std::time::Duration;

/// Exponential backoff with full jitter: any time up to twice the limit of the try before.
#[derive(Clone, Copy, Debug)]
pub struct Jitter {
    /// The limit of the first pause.
    pub first: Duration,
    /// The limit of every pause.
    pub longest: Duration,
}

impl Default for Jitter {
    /// A transaction takes some ten milliseconds: those that met once seldom meet again.
    fn default() -> Self {
        Self { first: Duration::from_millis(40), longest: Duration::from_secs(2) }
    }
}

impl Jitter {
    /// Waits after a try that failed; `attempt` counts from 1.
    pub async fn pause(&self, attempt: u32) {
        pause_below(self.limit(attempt)).await;
    }

    fn limit(&self, attempt: u32) -> Duration {
        let doubled = self.first.saturating_mul(1 << attempt.saturating_sub(1).min(16));
        doubled.min(self.longest)
    }
}

/// Waits any time below a limit.
pub async fn pause_below(limit: Duration) {
    tokio::time::sleep(limit.mul_f64(fastrand::f64())).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_double_up_to_the_longest() {
        let jitter = Jitter::default();
        let limits = [1, 2, 3, 6, 7, 100].map(|attempt| jitter.limit(attempt).as_millis());
        assert_eq!(limits, [40, 80, 160, 1_280, 2_000, 2_000]);
    }
}

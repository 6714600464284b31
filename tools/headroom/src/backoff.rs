//! How long to wait before the next try.

use std::time::Duration;

/// Waits that double up to a limit, each cut at random ("full jitter"), so that those who failed
/// together do not come again together.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The longest first wait.
    pub first: Duration,
    /// The longest wait of all.
    pub longest: Duration,
}

impl Backoff {
    /// The wait after a number of failures in a row, from 1. `chance` is from 0 to 1.
    pub fn after(&self, failures: u32, chance: f64) -> Duration {
        let doublings = failures.saturating_sub(1).min(16);
        let most = self.first.saturating_mul(1 << doublings).min(self.longest);
        most.mul_f64(chance.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_are_cut_at_random() {
        let (first, longest) = (Duration::from_millis(100), Duration::from_secs(5));
        let backoff = Backoff { first, longest };
        assert_eq!(backoff.after(1, 1.0), first);
        assert_eq!(backoff.after(3, 1.0), 4 * first);
        assert_eq!(backoff.after(3, 0.5), 2 * first);
        assert_eq!(backoff.after(u32::MAX, 1.0), longest);
        assert_eq!(backoff.after(9, 0.0), Duration::ZERO);
    }
}

//! The pace at which frames are sent.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// The timer's resolution. A shorter wait would last longer than it should.
const TIMER_RESOLUTION: Duration = Duration::from_millis(1);

/// Spreads frames evenly over time. API Gateway limits all APIs of an account and region together, and what
/// goes beyond is refused to whoever comes next: a pace below leaves the others their share.
#[derive(Debug)]
pub struct Pace {
    interval: Duration,
    /// When the next frame may be sent; in the past after a pause.
    next: Mutex<Option<Instant>>,
}

impl Pace {
    /// Frames in a second of one shard. Four shards, which a table on demand has at first, stay below the
    /// 2,500 a second that an account has in the regions with the lowest limit.
    pub const DEFAULT_PER_SECOND: u32 = 500;

    /// A pace in frames per second; 0 counts as 1.
    pub fn new(per_second: u32) -> Self {
        Self { interval: Duration::from_secs(1) / per_second.max(1), next: Mutex::new(None) }
    }

    /// Waits until the next frame may be sent. Whoever gives up waiting leaves its turn unused.
    pub(crate) async fn wait(&self) {
        let turn = self.take_turn(Instant::now());
        if turn > Instant::now() + TIMER_RESOLUTION {
            sleep_until(turn).await;
        }
    }

    fn take_turn(&self, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = next.map_or(now, |next| next.max(now));
        *next = Some(turn + self.interval);
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(pace: &Pace, now: Instant, count: u32) -> Vec<u128> {
        (0..count).map(|_| (pace.take_turn(now) - now).as_millis()).collect()
    }

    #[test]
    fn frames_are_spread_evenly_and_a_pause_is_not_made_up_for() {
        let (pace, start) = (Pace::new(100), Instant::now());
        assert_eq!(turns(&pace, start, 4), [0, 10, 20, 30]);
        assert_eq!(turns(&pace, start + Duration::from_millis(15), 2), [25, 35]);
        assert_eq!(turns(&pace, start + Duration::from_mins(1), 3), [0, 10, 20]);
    }

    #[test]
    fn no_frames_in_a_second_are_one() {
        assert_eq!(turns(&Pace::new(0), Instant::now(), 2), [0, 1_000]);
    }
}

//! When a limit is reached, if requests go on at the pace of the last hours or days.

use headroom_kpi::{HOUR_MS, Millis};
use serde::{Deserialize, Serialize};

/// The shortest time that a pace is taken from: the first minute of a deployment is not like its
/// day.
const SPAN_MIN_MS: i64 = HOUR_MS;

/// Requests of the present hour or day and the ones before it, `PERIODS` in all, by their numbers
/// since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct RecentRequests<const PERIODS: i64>(Vec<(i64, u32)>);

/// Requests, and the time they took.
pub(super) struct Rate {
    requests: u32,
    span_ms: i64,
}

/// The hour of a time, since 1970.
pub(super) const fn hour(at: Millis) -> i64 {
    at.0.div_euclid(HOUR_MS)
}

impl<const PERIODS: i64> RecentRequests<PERIODS> {
    pub(super) fn add(&mut self, period: i64) {
        self.0.retain(|(number, _)| is_recent::<PERIODS>(*number, period));
        match self.0.iter_mut().find(|(number, _)| *number == period) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => self.0.push((period, 1)),
        }
    }

    /// The rate from the start of the periods, or from the first request of all, until now.
    pub(super) fn rate(&self, period: i64, start: Millis, now: Millis, first: Millis) -> Rate {
        let recent = self.0.iter().filter(|(number, _)| is_recent::<PERIODS>(*number, period));
        let requests = recent.fold(0_u32, |sum, (_, count)| sum.saturating_add(*count));
        Rate { requests, span_ms: (now - start.max(first)).0.max(SPAN_MIN_MS) }
    }
}

/// Whether a period is one of the last; a later one is of a process whose clock is ahead.
fn is_recent<const PERIODS: i64>(number: i64, present: i64) -> bool {
    (present - PERIODS + 1..=present + 1).contains(&number)
}

impl Rate {
    /// When a number of further requests is reached, if that is before a time.
    pub(super) fn reaches(&self, requests: u32, now: Millis, before: Millis) -> Option<Millis> {
        let needed_ms = i128::from(requests) * i128::from(self.span_ms);
        let wait = i64::try_from(needed_ms.checked_div(i128::from(self.requests))?).ok()?;
        let at = now.0.checked_add(wait)?;
        (at < before.0).then_some(Millis(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_that_of_four_hours_and_never_of_less_than_one() {
        let mut hours = RecentRequests::<4>::default();
        for hour in [0, 1, 2, 3, 4] {
            (0..10).for_each(|_| hours.add(hour));
        }
        let now = Millis(4 * HOUR_MS + HOUR_MS / 2);
        let rate = hours.rate(4, Millis(HOUR_MS), now, Millis(0));
        assert_eq!((rate.requests, rate.span_ms), (40, 3 * HOUR_MS + HOUR_MS / 2));
        let young = hours.rate(4, Millis(HOUR_MS), now, Millis(now.0 - 60_000));
        assert_eq!(young.span_ms, HOUR_MS);
        let later = Millis(100 * HOUR_MS);
        assert_eq!(hours.rate(100, later, later, Millis(0)).requests, 0);
    }

    #[test]
    fn a_ceiling_is_reached_at_that_pace_or_not_in_time() {
        let rate = Rate { requests: 10, span_ms: 1000 };
        let reached = rate.reaches(5, Millis(100), Millis(601));
        assert_eq!(reached, Some(Millis(600)));
        assert_eq!(rate.reaches(5, Millis(100), Millis(600)), None);
        let still = Rate { requests: 0, span_ms: 1000 };
        assert_eq!(still.reaches(5, Millis(100), Millis(i64::MAX)), None);
    }

    #[test]
    fn what_is_kept_of_the_past_is_bounded() {
        let mut days = RecentRequests::<8>::default();
        for day in (0..1000).chain([5, 4000, 4001, 3999]) {
            days.add(day);
            assert!(days.0.len() <= 9);
        }
    }
}

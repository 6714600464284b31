//! When a ceiling is met, if requests go on as they did.

use super::CalendarTime;
use headroom_kpi::Millis;
use serde::{Deserialize, Serialize};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// No pace is told from less than this: the first minute of a deployment is not like its day.
const SPAN_MIN_MS: i64 = HOUR_MS;

/// Requests of the last hours or days, by their number since 1970: at most `KEPT` of them, the
/// present one included.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Pace<const KEPT: i64>(Vec<(i64, u32)>);

/// Requests, and the time they took.
pub(super) struct Rate {
    requests: u32,
    span_ms: i64,
}

/// The hour of a time, since 1970.
pub(super) const fn hour(at: Millis) -> i64 {
    at.0.div_euclid(HOUR_MS)
}

impl<const KEPT: i64> Pace<KEPT> {
    pub(super) fn add(&mut self, period: i64) {
        // None is ahead but from a wrong clock.
        self.0.retain(|(of, _)| (period - KEPT + 1..=period + 1).contains(of));
        match self.0.iter_mut().find(|(of, _)| *of == period) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => self.0.push((period, 1)),
        }
    }

    fn requests(&self, now: i64) -> u32 {
        let kept = self.0.iter().filter(|(of, _)| (now - KEPT + 1..=now + 1).contains(of));
        kept.fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }
}

impl Pace<4> {
    /// The pace of the present hour (UTC) and the three before it.
    pub(super) fn of_hours(&self, now: Millis, since: Millis) -> Rate {
        let begin = (hour(now) - 3) * HOUR_MS;
        Rate::new(self.requests(hour(now)), begin, now, since)
    }
}

impl Pace<8> {
    /// The pace of the present day and the seven before it: a week, and what is like today in it.
    /// Where clocks were changed within it, the span is an hour off, in 168.
    pub(super) fn of_days(&self, when: &CalendarTime, since: Millis) -> Rate {
        let begin = when.day_starts.0 - 7 * DAY_MS;
        Rate::new(self.requests(i64::from(when.day)), begin, when.now, since)
    }
}

impl Rate {
    /// Requests from the beginning of the periods, or from the first of all, until now.
    fn new(requests: u32, begin: i64, now: Millis, since: Millis) -> Self {
        Self { requests, span_ms: (now.0 - begin.max(since.0)).max(SPAN_MIN_MS) }
    }

    /// When a number of further requests is reached, if that is before a time.
    pub(super) fn reaches(&self, more: u32, now: Millis, before: Millis) -> Option<Millis> {
        let needed_ms = i128::from(more) * i128::from(self.span_ms);
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
        let mut hours = Pace::<4>::default();
        for hour in [0, 1, 2, 3, 4] {
            (0..10).for_each(|_| hours.add(hour));
        }
        let now = Millis(4 * HOUR_MS + HOUR_MS / 2);
        let rate = hours.of_hours(now, Millis(0));
        assert_eq!((rate.requests, rate.span_ms), (40, 3 * HOUR_MS + HOUR_MS / 2));
        let young = hours.of_hours(now, Millis(now.0 - 60_000));
        assert_eq!(young.span_ms, HOUR_MS);
        assert_eq!(hours.of_hours(Millis(100 * HOUR_MS), Millis(0)).requests, 0);
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
        let mut days = Pace::<8>::default();
        for day in (0..1000).chain([5, 4000, 4001, 3999]) {
            days.add(day);
            assert!(days.0.len() <= 9);
        }
    }
}

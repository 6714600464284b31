//! When the event feed had an outage, compared with what is usual at that time of day and week.
//!
//! Ingest counts events in slots of five minutes of event time. A slot is checked some time after
//! its end. It is an outage if it has less than a tenth of the usual events, and if the usual
//! number is large enough to compare with: a quiet night is no outage.

use headroom_kpi::{DAY_MS, HOUR_MS, Millis};
use headroom_tables::event_counts::{SLOT, slot_of};
use std::collections::BTreeMap;
use std::ops::Range;

/// How long after its end a slot is checked: events come seconds late, and after a pause of ingest
/// some minutes.
const CHECK_AFTER: Millis = Millis(10 * 60_000);
/// How far back the very first check goes.
const FIRST_CHECK_MAX: Millis = Millis(24 * HOUR_MS);
/// How far back a check goes after readers did not run. Gap reads repair what is older.
const LATE_CHECK_MAX: Millis = Millis(7 * DAY_MS);
/// Slots that one run checks: a day of them.
const SLOTS_MAX: i64 = 288;
/// How far back counts are of use.
pub(super) const KEPT: Millis = Millis(35 * DAY_MS);

const WEEK: i64 = 7 * DAY_MS;
/// Weeks and days that a slot is compared with.
const WEEKS: i64 = 4;
const DAYS: i64 = 7;
/// An outage has less than this share of the usual events.
const OUTAGE_BELOW: f64 = 0.1;
/// The least usual number of events that an outage can be told from.
const BASELINE_MIN: f64 = 20.0;
/// The same, if there is but one day to compare with.
const BASELINE_OF_ONE_DAY_MIN: f64 = 50.0;

/// The slots to check now, from the start of the first to the end of the last. `checked_until` is
/// how far the run before came.
pub(super) fn slots_to_check(
    checked_until: Option<Millis>,
    since: Millis,
    now: Millis,
) -> Range<Millis> {
    let end = slot_of(now - CHECK_AFTER);
    let start = match checked_until {
        Some(checked_until) => checked_until.max(slot_of(end - LATE_CHECK_MAX)),
        None => since.max(slot_of(end - FIRST_CHECK_MAX)),
    };
    let start = slot_of(start).min(end);
    start..end.min(start + Millis(SLOTS_MAX * SLOT.0))
}

/// The slots whose counts are needed to check slots: themselves, and those they are compared with.
pub(super) fn slots_to_compare(slots: &Range<Millis>) -> Vec<Range<Millis>> {
    let before = |ms: i64| Millis(slots.start.0 - ms)..Millis(slots.end.0 - ms);
    let days = (0..DAYS).map(|days| before(days * DAY_MS));
    days.chain((1..=WEEKS).map(|weeks| before(weeks * WEEK))).collect()
}

/// Event counts of the feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct EventCounts {
    /// The first slot that has any event. Before it, nothing is known.
    pub(super) since: Millis,
    /// Events by the start of their slot. A slot that is not in it has none.
    pub(super) by_slot: BTreeMap<Millis, u64>,
}

impl EventCounts {
    /// Those of some slots that are an outage, by their starts.
    pub(super) fn outage(&self, slots: Range<Millis>) -> Vec<Millis> {
        let step = usize::try_from(SLOT.0).unwrap_or(usize::MAX);
        let slots = (slots.start.0..slots.end.0).step_by(step).map(Millis);
        slots.filter(|slot| self.is_outage(*slot)).collect()
    }

    fn is_outage(&self, slot: Millis) -> bool {
        let baseline = self.baseline(slot);
        baseline.is_some_and(|baseline| self.count(slot) < baseline * OUTAGE_BELOW)
    }

    /// The usual number of events in a slot, if it is known and large enough: the median of the
    /// same slot in the four weeks before; where there are not two weeks yet, of the seven days
    /// before; and where there is but one day, of that.
    fn baseline(&self, slot: Millis) -> Option<f64> {
        let weeks = self.before(slot, WEEK, WEEKS);
        let counts = if weeks.len() >= 2 { weeks } else { self.before(slot, DAY_MS, DAYS) };
        let min = if counts.len() >= 2 { BASELINE_MIN } else { BASELINE_OF_ONE_DAY_MIN };
        median(counts).filter(|baseline| *baseline >= min)
    }

    /// The counts of the slots that many steps before a slot, as far back as anything is known.
    fn before(&self, slot: Millis, step: i64, steps: i64) -> Vec<f64> {
        let slots = (1..=steps).map(|n| Millis(slot.0 - n * step));
        slots.filter(|slot| *slot >= self.since).map(|slot| self.count(slot)).collect()
    }

    // A slot has millions of events at most.
    #[allow(clippy::cast_precision_loss)]
    fn count(&self, slot: Millis) -> f64 {
        self.by_slot.get(&slot).copied().unwrap_or_default() as f64
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = *values.get((values.len() - 1) / 2)?;
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-05-12T14:00:00Z, a Tuesday.
    const START: Millis = Millis(1_778_594_400_000);

    fn before(ms: i64) -> Millis {
        Millis(START.0 - ms)
    }

    /// Whether the slot at `START` is an outage, with counts by how long before they are.
    fn is_outage(since: i64, counts: &[(i64, u64)]) -> bool {
        let by_slot = counts.iter().map(|(ago, count)| (before(*ago), *count)).collect();
        let counts = EventCounts { since: before(since), by_slot };
        !counts.outage(START..START + SLOT).is_empty()
    }

    #[test]
    fn an_outage_has_less_than_a_tenth_of_the_weeks_before() {
        let weeks = [(WEEK, 100), (2 * WEEK, 90), (3 * WEEK, 1_000)];
        let with = |now| is_outage(3 * WEEK, &[&weeks[..], &[(0, now)]].concat());
        assert!(with(0) && with(9));
        assert!(!with(10));
    }

    #[test]
    fn an_outage_of_a_week_ago_does_not_make_an_outage_usual() {
        assert!(is_outage(4 * WEEK, &[(2 * WEEK, 100), (3 * WEEK, 90)]));
        assert!(!is_outage(4 * WEEK, &[(2 * WEEK, 100)]));
    }

    #[test]
    fn few_usual_events_are_nothing_to_compare_with() {
        assert!(!is_outage(2 * WEEK, &[(WEEK, 19), (2 * WEEK, 19)]));
        assert!(is_outage(2 * WEEK, &[(WEEK, 20), (2 * WEEK, 20)]));
        let sunday = [(DAY_MS, 500), (2 * DAY_MS, 500), (3 * DAY_MS, 500)];
        assert!(!is_outage(2 * WEEK, &sunday), "two Sundays without an event");
    }

    #[test]
    fn without_two_weeks_the_days_before_are_the_baseline() {
        assert!(is_outage(
            8 * DAY_MS,
            &[(DAY_MS, 30), (2 * DAY_MS, 30), (3 * DAY_MS, 30), (WEEK, 30)]
        ));
        assert!(!is_outage(4 * DAY_MS, &[(DAY_MS, 30)]), "one day of four");
    }

    #[test]
    fn on_its_second_day_a_deployment_compares_with_its_first() {
        assert!(is_outage(DAY_MS, &[(DAY_MS, 50)]));
        assert!(!is_outage(DAY_MS, &[(DAY_MS, 49)]));
        assert!(!is_outage(DAY_MS - 1, &[]), "on its first day it has nothing to compare with");
    }

    #[test]
    fn a_slot_is_checked_ten_minutes_after_its_end_and_once() {
        let now = START + CHECK_AFTER + SLOT;
        let since = before(2 * DAY_MS);
        assert_eq!(slots_to_check(Some(START), since, now), START..START + SLOT);
        let early = now - Millis(1);
        assert_eq!(slots_to_check(Some(START), since, early), START..START);
    }

    #[test]
    fn the_first_check_goes_back_a_day_and_a_late_one_a_week_a_day_at_a_time() {
        let now = START + CHECK_AFTER;
        assert_eq!(slots_to_check(None, before(3 * DAY_MS), now), before(DAY_MS)..START);
        assert_eq!(slots_to_check(None, before(HOUR_MS), now), before(HOUR_MS)..START);
        let late = slots_to_check(Some(before(30 * DAY_MS)), before(40 * DAY_MS), now);
        assert_eq!(late, before(WEEK)..before(6 * DAY_MS));
    }

    #[test]
    fn what_a_slot_is_compared_with_is_read_too() {
        let slots = slots_to_compare(&(START..START + SLOT));
        let ago: Vec<_> = slots.iter().map(|slots| (START.0 - slots.start.0) / DAY_MS).collect();
        assert_eq!(ago, [0, 1, 2, 3, 4, 5, 6, 7, 14, 21, 28]);
    }
}

//! When the feed itself was silent, measured against what is usual for the time of day.
//!
//! Ingest tallies what it hears in slots of five minutes of event time. A slot is judged once it
//! has been over for a while. It was silent if it heard less than a tenth of what is usual, and
//! what is usual is enough to tell: a quiet night is no outage.

use headroom_kpi::Millis;
use headroom_tables::event_counts::{SLOT, slot_of};
use std::collections::BTreeMap;

/// A slot is judged when it has been over for so long: events come some seconds late, and after a
/// pause of ingest's some minutes.
pub(crate) const JUDGED_AFTER: Millis = Millis(10 * 60_000);
/// How far back the first start of all looks.
pub(crate) const FIRST_BACK: Millis = Millis(24 * HOUR);
/// How far back a reader looks that did not run: what is older stays as gap reads mend it.
pub(crate) const BACK_MAX: Millis = Millis(7 * DAY);
/// Slots that a run judges: a day of them.
pub(crate) const SLOTS_MAX: i64 = 288;
/// How long tallies are kept, and a little less than that.
pub(crate) const KEPT: Millis = Millis(35 * DAY);

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;
const WEEKS: i64 = 4;
/// Below a tenth of the usual it is silence.
const SILENT_BELOW: f64 = 0.1;
/// Events in a slot from which on their absence tells.
const USUAL_MIN: f64 = 20.0;
/// The same, where there is but one day to compare with.
const USUAL_OF_ONE_DAY_MIN: f64 = 50.0;

/// What was heard, slot by slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// The slot in which anything was heard for the first time. Before it, nothing is known.
    pub(crate) since: Millis,
    /// Events by the start of their slot. A slot that is not there heard nothing.
    pub(crate) counts: BTreeMap<Millis, u64>,
}

/// A stretch of slots, from the start of the first to the end of the last.
pub(crate) type Stretch = (Millis, Millis);

/// The slots that are to be judged now, if `judged` is how far it came the last time.
pub(crate) fn to_judge(judged: Option<Millis>, since: Millis, now: Millis) -> Stretch {
    let over = slot_of(now - JUDGED_AFTER);
    let from = match judged {
        Some(judged) => judged.max(slot_of(over - BACK_MAX)),
        None => since.max(slot_of(over - FIRST_BACK)),
    };
    let from = slot_of(from).min(over);
    (from, over.min(from + Millis(SLOTS_MAX * SLOT.0)))
}

/// The stretches whose tallies are needed to judge a stretch: itself, and what it is compared with.
pub(crate) fn to_read((from, to): Stretch) -> Vec<Stretch> {
    let back = |by: i64| (Millis(from.0 - by), Millis(to.0 - by));
    let days = (0..7).map(|days| back(days * DAY));
    days.chain((1..=WEEKS).map(|weeks| back(weeks * WEEK))).collect()
}

impl Heard {
    /// The silent slots of a stretch, by their starts.
    pub(crate) fn silent(&self, (from, to): Stretch) -> Vec<Millis> {
        let slots = (from.0..to.0).step_by(usize::try_from(SLOT.0).unwrap_or(usize::MAX));
        slots.map(Millis).filter(|slot| self.is_silent(*slot)).collect()
    }

    fn is_silent(&self, slot: Millis) -> bool {
        let usual = self.usual(slot);
        usual.is_some_and(|usual| self.count(slot) < usual * SILENT_BELOW)
    }

    /// What is usual for a slot, if that is known and enough to tell: of the same slot in the four
    /// weeks before; of the seven days before, where there are not two weeks yet; and of the day
    /// before, where there is but one.
    fn usual(&self, slot: Millis) -> Option<f64> {
        let before = |step: i64, count: i64| -> Vec<f64> {
            let times = (1..=count).map(|n| Millis(slot.0 - n * step));
            times.filter(|time| *time >= self.since).map(|time| self.count(time)).collect()
        };
        let weeks = before(WEEK, WEEKS);
        let known = if weeks.len() >= 2 { weeks } else { before(DAY, 7) };
        let min = if known.len() >= 2 { USUAL_MIN } else { USUAL_OF_ONE_DAY_MIN };
        median(known).filter(|usual| *usual >= min)
    }

    // A slot has millions of events at most.
    #[allow(clippy::cast_precision_loss)]
    fn count(&self, slot: Millis) -> f64 {
        self.counts.get(&slot).copied().unwrap_or_default() as f64
    }
}

/// The middle one, or the mean of the two in the middle.
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
    const SLOT_START: Millis = Millis(1_778_594_400_000);

    fn heard(since: i64, counts: &[(i64, u64)]) -> Heard {
        let at = |ago: i64| Millis(SLOT_START.0 - ago);
        let counts = counts.iter().map(|(ago, count)| (at(*ago), *count)).collect();
        Heard { since: at(since), counts }
    }

    fn is_silent(since: i64, counts: &[(i64, u64)]) -> bool {
        let stretch = (SLOT_START, SLOT_START + SLOT);
        !heard(since, counts).silent(stretch).is_empty()
    }

    #[test]
    fn a_slot_is_silent_below_a_tenth_of_the_weeks_before() {
        let weeks = [(WEEK, 100), (2 * WEEK, 90), (3 * WEEK, 1_000)];
        let with = |now| is_silent(3 * WEEK, &[&weeks[..], &[(0, now)]].concat());
        assert!(with(0) && with(9));
        assert!(!with(10));
    }

    #[test]
    fn an_outage_of_a_week_ago_does_not_make_silence_usual() {
        assert!(is_silent(4 * WEEK, &[(2 * WEEK, 100), (3 * WEEK, 90)]));
        assert!(!is_silent(4 * WEEK, &[(2 * WEEK, 100)]));
    }

    #[test]
    fn where_little_is_usual_nothing_can_be_told() {
        assert!(!is_silent(2 * WEEK, &[(WEEK, 19), (2 * WEEK, 19)]));
        assert!(is_silent(2 * WEEK, &[(WEEK, 20), (2 * WEEK, 20)]));
        let sunday = [(DAY, 500), (2 * DAY, 500), (3 * DAY, 500)];
        assert!(!is_silent(2 * WEEK, &sunday), "two Sundays without a word");
    }

    #[test]
    fn without_two_weeks_the_days_before_tell() {
        assert!(is_silent(8 * DAY, &[(DAY, 30), (2 * DAY, 30), (3 * DAY, 30), (WEEK, 30)]));
        assert!(!is_silent(4 * DAY, &[(DAY, 30)]), "one day of four");
    }

    #[test]
    fn on_its_second_day_a_deployment_compares_with_its_first() {
        assert!(is_silent(DAY, &[(DAY, 50)]));
        assert!(!is_silent(DAY, &[(DAY, 49)]));
        assert!(!is_silent(DAY - 1, &[]), "on its first day it has nothing to compare with");
    }

    #[test]
    fn a_slot_is_judged_ten_minutes_after_its_end_and_once() {
        let now = Millis(SLOT_START.0 + JUDGED_AFTER.0 + SLOT.0);
        let since = Millis(SLOT_START.0 - 2 * DAY);
        assert_eq!(to_judge(Some(SLOT_START), since, now), (SLOT_START, SLOT_START + SLOT));
        let early = Millis(now.0 - 1);
        assert_eq!(to_judge(Some(SLOT_START), since, early), (SLOT_START, SLOT_START));
    }

    #[test]
    fn the_first_start_looks_back_a_day_and_a_late_one_a_week_a_day_at_a_time() {
        let now = Millis(SLOT_START.0 + JUDGED_AFTER.0);
        let back = |by: i64| Millis(SLOT_START.0 - by);
        assert_eq!(to_judge(None, back(3 * DAY), now), (back(DAY), SLOT_START));
        assert_eq!(to_judge(None, back(HOUR), now), (back(HOUR), SLOT_START));
        assert_eq!(
            to_judge(Some(back(30 * DAY)), back(40 * DAY), now),
            (back(WEEK), back(6 * DAY))
        );
    }

    #[test]
    fn what_is_compared_with_is_read_too() {
        let read = to_read((SLOT_START, SLOT_START + SLOT));
        let ago: Vec<_> = read.iter().map(|(from, _)| (SLOT_START.0 - from.0) / DAY).collect();
        assert_eq!(ago, [0, 1, 2, 3, 4, 5, 6, 7, 14, 21, 28]);
    }
}

//! Windows of time whose conversations are to be read.

use headroom_genesys::api::PAGE_SIZE;
use headroom_kpi::{DAY_MS, MINUTE_MS, Millis};
use headroom_tables::event_counts::SLOT;
use serde::{Deserialize, Serialize};

/// An outage of this length is read although it may not be over.
const OPEN_MAX: Millis = Millis(3_600_000);
/// After this many failures gap reads no longer wait for a window, and it is tried every tenth
/// minute only.
const FREQUENT_ATTEMPTS_MAX: u32 = 10;
/// After a day of that it is abandoned.
pub(super) const ATTEMPTS_MAX: u32 = FREQUENT_ATTEMPTS_MAX + 144;
/// Passes over a window whose hits change while it is read.
const PASSES_MAX: u32 = 3;
/// The API gives no page beyond this many hits.
const HITS_MAX: u64 = 100_000;
/// A window that starts this soon after midnight (UTC) asks for the day before as well.
const AFTER_MIDNIGHT: i64 = 60 * MINUTE_MS;
/// How long before midnight it then asks from.
const BEFORE_MIDNIGHT: i64 = MINUTE_MS;
/// The shortest half of a window.
const HALF_MIN: i64 = MINUTE_MS;

/// A window, and how far it was read: the ledger's document `readback/<from>`. Times are in ms
/// since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BackfillWindow {
    pub(super) from: i64,
    pub(super) to: i64,
    /// The next page to read, from 1.
    pub(super) page: u32,
    /// How many conversations it has, according to its first page.
    pub(super) total_hits: u64,
    /// Which pass this is, from 1.
    pub(super) pass: u32,
    /// How often in a row it could not be read.
    #[serde(default, rename = "tries")]
    pub(super) failures: u32,
}

impl BackfillWindow {
    /// A window of which nothing was read.
    pub(super) fn new(from: i64, to: i64) -> Self {
        Self { from, to, page: 1, total_hits: 0, pass: 1, failures: 0 }
    }

    /// Whether any page of it was read.
    pub(super) fn has_started(&self) -> bool {
        self.page > 1 || self.pass > 1
    }

    /// Whether the outage is over, as far as the feed was checked, or has lasted so long that it
    /// may last for hours.
    pub(super) fn is_ready(&self, checked_until: Millis) -> bool {
        checked_until.0 >= self.to || self.to - self.from >= OPEN_MAX.0
    }

    /// Whether it could not be read for so long that nothing should wait for it.
    pub(super) fn is_stuck(&self) -> bool {
        self.failures >= FREQUENT_ATTEMPTS_MAX
    }

    /// Whether to try it now: always, or, if it is stuck, now and then.
    pub(super) fn is_due(&self, now: Millis) -> bool {
        !self.is_stuck() || (now.0 / MINUTE_MS) % 10 == 0
    }

    /// Whether it has more conversations than the API gives, and can be split.
    pub(super) fn is_too_large(&self, total_hits: u64) -> bool {
        total_hits > HITS_MAX && self.halves().is_some()
    }

    /// The window with the page that follows one that said `total_hits`; none after the last one.
    /// Pages are in order of start, the newest first: conversations that start meanwhile move the
    /// others to later pages, and none is skipped. If the hits have changed by the last page, the
    /// window is read once more all the same.
    pub(super) fn next_page(self, total_hits: u64) -> Option<Self> {
        let hits_at_first = if self.page == 1 { total_hits } else { self.total_hits };
        if u64::from(self.page) * u64::from(PAGE_SIZE) < total_hits {
            let page = self.page + 1;
            return Some(Self { page, total_hits: hits_at_first, failures: 0, ..self });
        }
        let is_changed = hits_at_first != total_hits && self.pass < PASSES_MAX;
        is_changed.then(|| Self { page: 1, pass: self.pass + 1, failures: 0, ..self })
    }

    /// The interval of the query. The API gives conversations that started on a UTC day that the
    /// interval touches. Just after midnight the interval touches the day before as well, for
    /// conversations that started then and go on. Later in the day that would bring everything
    /// since the midnight before; and of conversations that old, enough events came before the
    /// outage to find their gaps.
    pub(super) fn interval(&self) -> (Millis, Millis) {
        let midnight = self.from - self.from.rem_euclid(DAY_MS);
        let is_early = self.from - midnight < AFTER_MIDNIGHT;
        let from = if is_early { midnight - BEFORE_MIDNIGHT } else { self.from };
        (Millis(from), Millis(self.to))
    }

    /// Its two halves, if it is long enough.
    pub(super) fn halves(&self) -> Option<[Self; 2]> {
        let middle = i64::midpoint(self.from, self.to);
        let is_long = self.to - self.from >= 2 * HALF_MIN;
        is_long.then(|| [Self::new(self.from, middle), Self::new(middle, self.to)])
    }
}

/// The windows to write for an outage, which is given by the starts of its slots: new ones, and
/// stored ones that it extends. They are a slot wider on both sides, since the outage may have
/// begun and ended within those.
///
/// A stored window of which a page was read goes on as it is: a long outage would start again and
/// again otherwise.
pub(super) fn outage_windows(slots: &[Millis], stored: &[BackfillWindow]) -> Vec<BackfillWindow> {
    let mut windows = Vec::<BackfillWindow>::new();
    for slot in slots {
        let mut window = BackfillWindow::new(slot.0 - SLOT.0, slot.0 + 2 * SLOT.0);
        if stored.iter().any(|stored| stored.from <= window.from && window.to <= stored.to) {
            continue;
        }
        if let Some(last) = windows.last_mut().filter(|last| last.to >= window.from) {
            last.to = window.to;
            continue;
        }
        let from = window.from;
        for stored in stored.iter().filter(|stored| stored.from <= from) {
            if stored.has_started() && stored.from == from {
                // The start is the name of the document, and the started window has this one.
                window.from = stored.to;
            } else if !stored.has_started() && stored.to >= from {
                window.from = stored.from;
            }
        }
        windows.push(window);
    }
    windows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(starts: &[i64]) -> Vec<Millis> {
        starts.iter().map(|n| Millis(n * SLOT.0)).collect()
    }

    fn window(from: i64, to: i64) -> BackfillWindow {
        BackfillWindow::new(from * SLOT.0, to * SLOT.0)
    }

    #[test]
    fn slots_side_by_side_are_one_window_a_slot_wider_on_both_sides() {
        assert_eq!(outage_windows(&slots(&[10, 11, 12, 20]), &[]), [window(9, 14), window(19, 22)]);
        assert_eq!(outage_windows(&slots(&[10, 12]), &[]), [window(9, 14)], "their margins meet");
        assert!(outage_windows(&[], &[window(9, 12)]).is_empty());
    }

    #[test]
    fn an_outage_that_goes_on_makes_its_window_longer() {
        assert_eq!(outage_windows(&slots(&[11]), &[window(9, 12)]), [window(9, 13)]);
        assert!(outage_windows(&slots(&[11]), &[window(9, 13)]).is_empty());
    }

    #[test]
    fn a_window_that_starts_before_a_stored_one_stands_beside_it() {
        assert_eq!(outage_windows(&slots(&[8]), &[window(9, 12)]), [window(7, 10)]);
    }

    #[test]
    fn a_window_that_has_started_stays_as_it_is() {
        let started = BackfillWindow { page: 2, total_hits: 150, ..window(9, 21) };
        assert_eq!(outage_windows(&slots(&[20]), &[started]), [window(19, 22)]);
        assert_eq!(outage_windows(&slots(&[10, 19, 20]), &[started]), [window(19, 22)]);
        assert!(outage_windows(&slots(&[11]), &[started]).is_empty());
        let half = BackfillWindow { page: 2, ..window(9, 11) };
        assert_eq!(outage_windows(&slots(&[10]), &[half]), [window(11, 12)]);
    }

    #[test]
    fn windows_that_do_not_touch_stay_apart() {
        let halves = [window(0, 2), window(2, 4)];
        assert_eq!(outage_windows(&slots(&[10]), &halves), [window(9, 12)]);
    }

    #[test]
    fn a_window_is_ready_when_its_outage_is_over_or_long() {
        let slot = |n: i64| Millis(n * SLOT.0);
        assert!(!window(9, 12).is_ready(slot(11)));
        assert!(window(9, 12).is_ready(slot(12)));
        assert!(window(9, 21).is_ready(slot(20)));
    }

    #[test]
    fn a_window_that_cannot_be_read_is_tried_less_often() {
        let minute = |n: i64| Millis(n * MINUTE_MS);
        let is_due = |failures, n| BackfillWindow { failures, ..window(9, 12) }.is_due(minute(n));
        assert!(is_due(FREQUENT_ATTEMPTS_MAX - 1, 7) && is_due(FREQUENT_ATTEMPTS_MAX, 10));
        assert!(!is_due(FREQUENT_ATTEMPTS_MAX, 7));
    }

    #[test]
    fn pages_are_read_to_the_end_and_again_if_the_hits_have_changed() {
        let second = window(9, 12).next_page(150).unwrap();
        assert_eq!((second.page, second.total_hits), (2, 150));
        assert_eq!(second.next_page(150), None);
        let first = second.next_page(151).unwrap();
        assert_eq!((first.page, first.pass), (1, 2));
        assert_eq!(BackfillWindow { pass: PASSES_MAX, ..second }.next_page(151), None);
        assert_eq!(window(9, 12).next_page(0), None);
        assert_eq!(window(9, 12).next_page(100), None);
    }

    #[test]
    fn just_after_midnight_the_day_before_is_asked_for_too() {
        let minute = |n: i64| 20_000 * DAY_MS + n * MINUTE_MS;
        let from = |n| BackfillWindow::new(minute(n), minute(70)).interval().0.0;
        assert_eq!([from(0), from(59), from(60)], [minute(-1), minute(-1), minute(60)]);
        assert_eq!(BackfillWindow::new(minute(0), minute(70)).interval().1.0, minute(70));
    }

    #[test]
    fn a_window_with_more_hits_than_the_api_gives_is_split() {
        assert!(window(8, 12).is_too_large(HITS_MAX + 1) && !window(8, 12).is_too_large(HITS_MAX));
        assert_eq!(window(8, 12).halves(), Some([window(8, 10), window(10, 12)]));
        assert_eq!(BackfillWindow::new(0, 2 * HALF_MIN - 1).halves(), None);
    }
}

//! Stretches of time that are to be read back.

use headroom_kpi::Millis;
use headroom_tables::event_counts::SLOT;
use serde::{Deserialize, Serialize};

/// A window that has been silent for so long is read back although it may not be over.
const OPEN_MAX: Millis = Millis(3_600_000);
/// A window that could not be read so often holds up gap reads no longer, and is tried at every
/// tenth minute only.
const TRIES_SOON_MAX: u32 = 10;
/// After a day of that it is given up: conversations that are known stay due, and are read by their
/// ids.
pub(crate) const TRIES_MAX: u32 = TRIES_SOON_MAX + 144;
const MINUTE: i64 = 60_000;
/// Passes over a window whose hits change while it is read.
const PASSES_MAX: u32 = 3;
/// The API gives no page beyond so many hits.
const HITS_MAX: u64 = 100_000;
/// Hits on a page.
const PAGE: u64 = 100;
const DAY: Millis = Millis(24 * 3_600_000);
/// A window that begins so soon after midnight asks for the day before as well,
const AFTER_MIDNIGHT: Millis = Millis(3_600_000);
/// from so long before midnight on.
const BEFORE_MIDNIGHT: Millis = Millis(MINUTE);
/// A window is not cut into parts shorter than two of these.
const SHORTEST: Millis = Millis(MINUTE);

/// A window, and how far it was read. The ledger's document `readback/<from in ms>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Window {
    /// Its start.
    pub(crate) from: i64,
    /// Its end.
    pub(crate) to: i64,
    /// The next page to read, from 1.
    pub(crate) page: u32,
    /// How many conversations it has, as said when its first page was read.
    pub(crate) total_hits: u64,
    /// Which pass this is, from 1.
    pub(crate) pass: u32,
    /// How often it could not be read, one after the other.
    #[serde(default)]
    pub(crate) tries: u32,
}

/// What follows a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// There is more to read.
    Page(Window),
    /// All of it was read.
    Done,
    /// It has more conversations than the API gives: read its parts.
    Cut,
}

impl Window {
    /// A window of which nothing was read.
    pub(crate) fn new(from: Millis, to: Millis) -> Self {
        Self { from: from.0, to: to.0, page: 1, total_hits: 0, pass: 1, tries: 0 }
    }

    /// Whether anything of it was read.
    pub(crate) fn has_begun(&self) -> bool {
        self.page > 1 || self.pass > 1
    }

    /// Whether it is time to read it: when the silence is over, as far as it was judged, or has
    /// lasted so long that it may last for hours.
    pub(crate) fn is_ripe(&self, judged: Millis) -> bool {
        judged.0 >= self.to || self.to - self.from >= OPEN_MAX.0
    }

    /// Whether it could not be read for so long that nothing is to wait for it.
    pub(crate) fn is_stuck(&self) -> bool {
        self.tries >= TRIES_SOON_MAX
    }

    /// Whether to try it now: every time, or, if it is stuck, now and then.
    pub(crate) fn is_to_be_tried(&self, now: Millis) -> bool {
        !self.is_stuck() || (now.0 / MINUTE) % 10 == 0
    }

    /// What follows when a page was read that said `total_hits`. Newer conversations stand first,
    /// so those that come meanwhile move the others to later pages, and none is skipped; where
    /// the hits have changed by the end, it is read once more all the same.
    pub(crate) fn after_page(self, total_hits: u64) -> Next {
        if total_hits > HITS_MAX && self.parts().is_some() {
            return Next::Cut;
        }
        let first = self.page == 1;
        let said = if first { total_hits } else { self.total_hits };
        if u64::from(self.page) * PAGE < total_hits {
            return Next::Page(Self { page: self.page + 1, total_hits: said, tries: 0, ..self });
        }
        if said != total_hits && self.pass < PASSES_MAX {
            return Next::Page(Self { page: 1, pass: self.pass + 1, tries: 0, ..self });
        }
        Next::Done
    }

    /// What to ask for. The API gives conversations that began on a UTC day that is touched: just
    /// after midnight the day before is touched as well, for those that began before midnight.
    /// Later in the day that would bring all that ended since midnight; and of conversations so
    /// old enough was heard before the silence to know that they have a gap.
    pub(crate) fn interval(&self) -> (Millis, Millis) {
        let midnight = self.from - self.from.rem_euclid(DAY.0);
        let early = self.from - midnight < AFTER_MIDNIGHT.0;
        let from = if early { midnight - BEFORE_MIDNIGHT.0 } else { self.from };
        (Millis(from), Millis(self.to))
    }

    /// Its two halves, if it is not too short.
    pub(crate) fn parts(&self) -> Option<[Self; 2]> {
        let middle = Millis(i64::midpoint(self.from, self.to));
        let long = self.to - self.from >= 2 * SHORTEST.0;
        let (from, to) = (Millis(self.from), Millis(self.to));
        long.then(|| [Self::new(from, middle), Self::new(middle, to)])
    }

    fn holds(&self, other: &Self) -> bool {
        self.from <= other.from && other.to <= self.to
    }

    fn touches(&self, other: &Self) -> bool {
        self.from <= other.to && other.from <= self.to
    }

    /// Grows by another one that it touches.
    fn take_in(&mut self, other: &Self) {
        if self.touches(other) {
            (self.from, self.to) = (self.from.min(other.from), self.to.max(other.to));
        }
    }
}

/// The windows around silent slots, one slot wider on both sides: slots there may have been
/// silent in part.
pub(crate) fn around(silent: &[Millis]) -> Vec<Window> {
    let mut windows = Vec::<Window>::new();
    for slot in silent {
        let window = Window::new(*slot - SLOT, *slot + SLOT + SLOT);
        match windows.last_mut() {
            Some(last) if last.to >= window.from => last.to = window.to,
            _ => windows.push(window),
        }
    }
    windows
}

/// What becomes of the windows in the ledger when there are new ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Merged {
    /// To be put, before anything is removed.
    pub(crate) put: Vec<Window>,
    /// To be removed, by their starts: others hold them now.
    pub(crate) remove: Vec<i64>,
}

/// Merges new windows with the known ones that they touch. A known one of which a page was read
/// goes on as it is, and what adjoins it is a window of its own: else a long outage would be begun
/// again and again.
pub(crate) fn merge(known: &[Window], new: &[Window]) -> Merged {
    let loose: Vec<_> = known.iter().filter(|known| !known.has_begun()).collect();
    let mut windows = Vec::<Window>::new();
    for new in new.iter().filter(|new| !known.iter().any(|known| known.holds(new))) {
        let mut window = *new;
        for other in &loose {
            window.take_in(other);
        }
        match windows.last_mut() {
            Some(last) if last.touches(&window) => last.take_in(&window),
            _ => windows.push(window),
        }
    }
    for window in &mut windows {
        // Names are starts: that of a window that was begun is taken.
        let begun = known.iter().find(|known| known.has_begun() && known.from == window.from);
        window.from = begun.map_or(window.from, |begun| begun.to.min(window.to - SLOT.0));
    }
    let absorbed = |known: &Window| windows.iter().any(|w| w.holds(known) && w.from != known.from);
    let remove = loose.iter().filter(|known| absorbed(known)).map(|known| known.from).collect();
    Merged { put: windows, remove }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(starts: &[i64]) -> Vec<Millis> {
        starts.iter().map(|n| Millis(n * SLOT.0)).collect()
    }

    fn window(from: i64, to: i64) -> Window {
        Window::new(Millis(from * SLOT.0), Millis(to * SLOT.0))
    }

    #[test]
    fn silent_slots_side_by_side_are_one_window_a_slot_wider_on_both_sides() {
        assert_eq!(around(&slots(&[10, 11, 12, 20])), [window(9, 14), window(19, 22)]);
        assert_eq!(around(&slots(&[10, 12])), [window(9, 14)], "their margins meet");
        assert!(around(&[]).is_empty());
    }

    #[test]
    fn a_slot_that_is_still_silent_makes_its_window_longer() {
        let merged = merge(&[window(9, 12)], &around(&slots(&[11])));
        assert_eq!(merged, Merged { put: vec![window(9, 13)], remove: vec![] });
        assert_eq!(merge(&[window(9, 13)], &around(&slots(&[11]))), Merged::default());
    }

    #[test]
    fn one_that_begins_before_a_known_one_takes_its_place() {
        let merged = merge(&[window(9, 12)], &[window(7, 10)]);
        let remove = vec![window(9, 12).from];
        assert_eq!(merged, Merged { put: vec![window(7, 12)], remove });
    }

    #[test]
    fn one_that_was_begun_goes_on_as_it_is() {
        let begun = Window { page: 2, total_hits: 150, ..window(9, 21) };
        let merged = merge(&[begun], &[window(19, 22)]);
        assert_eq!(merged, Merged { put: vec![window(19, 22)], remove: vec![] });
        let merged = merge(&[begun], &[window(9, 22)]);
        assert_eq!(merged, Merged { put: vec![window(21, 22)], remove: vec![] });
        assert_eq!(merge(&[begun], &[window(10, 13)]), Merged::default());
    }

    #[test]
    fn a_window_is_ripe_when_the_silence_is_over_or_long() {
        let at = |n: i64| Millis(n * SLOT.0);
        assert!(!window(9, 12).is_ripe(at(11)));
        assert!(window(9, 12).is_ripe(at(12)));
        assert!(window(9, 21).is_ripe(at(20)));
    }

    #[test]
    fn a_window_that_cannot_be_read_is_tried_ever_more_seldom() {
        let at = |minute: i64| Millis(minute * MINUTE);
        let tried = |tries, minute| Window { tries, ..window(9, 12) }.is_to_be_tried(at(minute));
        assert!(tried(TRIES_SOON_MAX - 1, 7) && tried(TRIES_SOON_MAX, 10));
        assert!(!tried(TRIES_SOON_MAX, 7));
    }

    #[test]
    fn pages_are_read_to_the_end_and_again_if_the_hits_have_changed() {
        let Next::Page(second) = window(9, 12).after_page(150) else { panic!() };
        assert_eq!((second.page, second.total_hits), (2, 150));
        assert_eq!(second.after_page(150), Next::Done);
        let Next::Page(again) = second.after_page(151) else { panic!() };
        assert_eq!((again.page, again.pass), (1, 2));
        let last = Window { pass: PASSES_MAX, ..second };
        assert_eq!(last.after_page(151), Next::Done);
        assert_eq!(window(9, 12).after_page(0), Next::Done);
        assert_eq!(window(9, 12).after_page(100), Next::Done);
    }

    #[test]
    fn just_after_midnight_the_day_before_is_asked_for_too() {
        let at = |minutes: i64| Millis(20_000 * DAY.0 + minutes * 60_000);
        let asked = |from| Window::new(at(from), at(70)).interval();
        assert_eq!(asked(0), (at(-1), at(70)));
        assert_eq!(asked(59), (at(-1), at(70)));
        assert_eq!(asked(60), (at(60), at(70)));
    }

    #[test]
    fn windows_that_no_new_one_touches_stay_apart() {
        let cut = [window(0, 2), window(2, 4)];
        assert_eq!(merge(&cut, &[]), Merged::default());
        assert_eq!(merge(&cut, &[window(9, 12)]).put, [window(9, 12)]);
    }

    #[test]
    fn a_window_with_more_hits_than_the_api_gives_is_cut_in_two() {
        assert_eq!(window(8, 12).after_page(HITS_MAX + 1), Next::Cut);
        assert_eq!(window(8, 12).parts(), Some([window(8, 10), window(10, 12)]));
        assert_eq!(Window::new(Millis(0), Millis(2 * SHORTEST.0 - 1)).parts(), None);
    }
}

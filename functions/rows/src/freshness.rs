//! How old the numbers of a page may be.

use headroom_engine::StoredRow;
use headroom_kpi::{Bucket, Calendar, Millis};

/// A sign of life that is older leaves open whether Headroom is behind. The API budget is reported
/// once a minute, on the way of all events; one report may be late.
const STALE_AFTER: Millis = Millis(150_000);

/// `stale` and `lag_seconds` of a page, from its rows and the row of the API budget. Where nothing can be
/// told, for want of current rows and of reports, nothing is called stale.
pub(crate) fn freshness<'a>(
    rows: impl Iterator<Item = (Bucket, &'a StoredRow)>,
    budget: Option<&StoredRow>,
    calendar: &Calendar,
    now: Millis,
) -> (bool, Option<i64>) {
    let current = [Bucket::Now, calendar.interval(now), calendar.day(now)];
    let rows = rows.filter(|(bucket, _)| current.contains(bucket));
    let newest_event = rows.map(|(_, row)| row.at).max();
    let sign = newest_event.max(budget.map(|row| row.at));
    let stale = sign.is_some_and(|sign| now - sign > STALE_AFTER);
    (stale, newest_event.map(|event| (now - event).0.max(0) / 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use headroom_kpi::Row;

    const NOW: Millis = Millis(1_778_594_562_000);

    fn row(age_seconds: i64) -> StoredRow {
        StoredRow { row: Row::default(), epoch: 1, at: NOW - Millis(age_seconds * 1_000) }
    }

    fn freshness(rows: &[(&str, i64)], budget: Option<i64>) -> (bool, Option<i64>) {
        let rows: Vec<_> =
            rows.iter().map(|(bucket, age)| (bucket.parse().unwrap(), row(*age))).collect();
        let rows = rows.iter().map(|(bucket, row)| (*bucket, row));
        let budget = budget.map(row);
        super::freshness(rows, budget.as_ref(), &Calendar::default(), NOW)
    }

    #[test]
    fn the_newest_event_of_current_rows_gives_the_lag() {
        let rows = [("now", 20), ("PT30M#2026-05-12T14:00:00Z", 7), ("P1D#2026-05-12", 9)];
        assert_eq!(freshness(&rows, None), (false, Some(7)));
        assert_eq!(freshness(&[("now", -5)], None), (false, Some(0)), "a clock that is ahead");
        let past = [("PT30M#2026-05-12T13:30:00Z", 7), ("P1D#2026-05-11", 9)];
        assert_eq!(freshness(&past, None), (false, None));
    }

    #[test]
    fn without_a_sign_of_life_rows_are_stale() {
        assert_eq!(freshness(&[("now", 151)], None), (true, Some(151)));
        assert_eq!(freshness(&[("now", 3_600)], Some(60)), (false, Some(3_600)), "a quiet queue");
        assert_eq!(freshness(&[("now", 3_600)], Some(600)), (true, Some(3_600)));
        assert_eq!(freshness(&[("now", 3)], Some(600)), (false, Some(3)));
        assert_eq!(freshness(&[], Some(600)), (true, None));
        assert_eq!(freshness(&[], None), (false, None));
    }
}

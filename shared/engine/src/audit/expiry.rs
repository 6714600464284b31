//! Which rows an audit leaves out, since a part of what they rest on may be gone by time to live.

use headroom_kpi::{Bucket, DAY_MS, HOUR_MS, MINUTE_MS, Millis};

/// Why a row is left out of an audit: it may be right, and nothing that is stored can prove it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exemption {
    /// Its bucket began so long ago that entities with a part in it may be removed
    /// (`kpis.md#retention`).
    EntitiesExpired,
    /// It is of an interval whose rows may be removed (`kpis.md#retention`).
    RowExpired,
    /// Its agent has forgotten changes of that time (`kpis.md#agent-retention`).
    AgentForgets,
    /// It says what was so last of an agent or of the budget, and the entity may be removed since.
    StatusExpired,
}

/// How old things are that may be removed at the time of an audit.
///
/// An entity stays for two days longer than its retention says, so that one of these days is
/// between the newest event of an entity that is gone and the time here. Rows of intervals are left out a
/// day before they may go, since they may go during an audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// Entities without an event since then may be gone.
    entities: Millis,
    /// Rows of intervals that ended before may be gone.
    interval_rows: Millis,
}

/// No time zone is further ahead of UTC: a local day begins so long before its date does in UTC, at
/// the earliest.
const ZONE_MAX_MS: i64 = 14 * HOUR_MS;

impl Expiry {
    /// What may be gone at a time, by the days that entities and rows of intervals are kept. If the
    /// days were changed, the least of them count.
    pub fn new(at: Millis, entity_days: u32, interval_row_days: u32) -> Self {
        let before = |days: u32| Millis(at.0 - i64::from(days) * DAY_MS);
        let interval_rows = Millis(before(interval_row_days).0 + DAY_MS);
        Self { entities: before(entity_days), interval_rows }
    }

    /// The same, where a shorter time was in force until then: whatever is older may be gone.
    #[must_use]
    pub fn but_not_before(self, entities: Millis, interval_rows: Millis) -> Self {
        Self {
            entities: self.entities.max(entities),
            interval_rows: self.interval_rows.max(interval_rows),
        }
    }

    /// Why a row of a bucket is left out, if it is.
    pub(super) fn exemption(&self, bucket: &Bucket) -> Option<Exemption> {
        match bucket {
            Bucket::Interval { minutes, start }
                if start.0 + i64::from(*minutes) * MINUTE_MS <= self.interval_rows.0 =>
            {
                Some(Exemption::RowExpired)
            }
            _ if begins_before(bucket, self.entities) => Some(Exemption::EntitiesExpired),
            _ => None,
        }
    }

    /// Whether an entity without an event since a time may be gone.
    pub(super) fn is_expired(&self, newest: Millis) -> bool {
        newest < self.entities
    }
}

/// Whether a bucket may have begun before a time, in any time zone; `now` never has.
pub(super) fn begins_before(bucket: &Bucket, time: Millis) -> bool {
    match bucket {
        Bucket::Now => false,
        Bucket::Interval { start, .. } => *start < time,
        Bucket::Day(day) => i64::from(*day) * DAY_MS - ZONE_MAX_MS < time.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Millis = Millis(200 * DAY_MS);

    #[test]
    fn a_bucket_is_left_out_as_soon_as_a_part_of_it_may_be_gone() {
        let expiry = Expiry::new(AT, 90, 150);
        let interval =
            |start: i64| expiry.exemption(&Bucket::Interval { minutes: 30, start: Millis(start) });
        let edge = 110 * DAY_MS;
        assert_eq!(interval(edge), None);
        assert_eq!(interval(edge - 1), Some(Exemption::EntitiesExpired));
        let edge = 51 * DAY_MS - 30 * MINUTE_MS;
        assert_eq!(interval(edge + 1), Some(Exemption::EntitiesExpired));
        assert_eq!(interval(edge), Some(Exemption::RowExpired));
        assert_eq!(expiry.exemption(&Bucket::Now), None);
        assert_eq!(expiry.exemption(&Bucket::Day(111)), None);
        // In the east that day began when it was still the 109th in UTC.
        assert_eq!(expiry.exemption(&Bucket::Day(110)), Some(Exemption::EntitiesExpired));
    }

    #[test]
    fn rows_may_be_kept_for_less_time_than_entities() {
        let expiry = Expiry::new(AT, 90, 10);
        let bucket = Bucket::Interval { minutes: 15, start: Millis(150 * DAY_MS) };
        assert_eq!(expiry.exemption(&bucket), Some(Exemption::RowExpired));
        let later = Bucket::Interval { minutes: 15, start: Millis(195 * DAY_MS) };
        assert_eq!(expiry.exemption(&later), None);
        let raised = expiry.but_not_before(Millis(0), Millis(196 * DAY_MS));
        assert_eq!(raised.exemption(&later), Some(Exemption::RowExpired));
        assert!(
            expiry.is_expired(Millis(110 * DAY_MS - 1)) && !expiry.is_expired(Millis(110 * DAY_MS))
        );
    }
}

//! Which interval and which day a time belongs to (`kpis.md#buckets`).

use crate::bucket::Bucket;
use crate::time::{MINUTE_MS, Millis, utc};
use jiff::tz::TimeZone;

const DAY_SECONDS: i64 = 86_400;
/// Changes of offset that are looked at: two a year for a century.
const OFFSET_CHANGES_MAX: usize = 200;

/// The length of intervals, and the time zone of days. Both are settings of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    zone: TimeZone,
    interval_minutes: u8,
}

/// Why a calendar cannot be created.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The interval length is not 15, 30 or 60 minutes.
    #[error("an interval of {0} minutes is not possible; use 15, 30 or 60")]
    Interval(u32),
    /// The time zone is not in the IANA database.
    #[error("there is no time zone {0:?}; use an IANA name such as \"America/New_York\"")]
    Zone(String),
    /// Local hours do not begin where intervals do.
    #[error(
        "an interval of {0} minutes would lie across two local hours of {1}; use a shorter one (Genesys has 15 and 30 minutes)"
    )]
    Offset(u8, String),
}

impl Default for Calendar {
    /// UTC and 30 minutes, the interval of Genesys' own analytics.
    fn default() -> Self {
        Self { zone: TimeZone::UTC, interval_minutes: 30 }
    }
}

impl Calendar {
    /// The IANA name of the time zone.
    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// Creates a calendar from an IANA time zone and an interval of 15, 30 or 60 minutes.
    pub fn new(zone: &str, interval_minutes: u32) -> Result<Self, CalendarError> {
        let zone = TimeZone::get(zone).map_err(|_| CalendarError::Zone(zone.to_owned()))?;
        let Ok(minutes @ (15 | 30 | 60)) = u8::try_from(interval_minutes) else {
            return Err(CalendarError::Interval(interval_minutes));
        };
        let calendar = Self { zone, interval_minutes: minutes };
        if !calendar.divides_hours() {
            return Err(CalendarError::Offset(minutes, calendar.zone_name().to_owned()));
        }
        Ok(calendar)
    }

    /// Whether local hours begin where intervals do: intervals are aligned to UTC, and the offset of
    /// a time zone may have half or quarter hours (`kpis.md#buckets`).
    fn divides_hours(&self) -> bool {
        let start = utc(Millis::EVENT_TIME_MIN.seconds());
        let changes = self.zone.following(start).take(OFFSET_CHANGES_MAX);
        let offsets = changes.map(|change| change.offset()).chain([self.zone.to_offset(start)]);
        let length = i32::from(self.interval_minutes) * 60;
        offsets.map(jiff::tz::Offset::seconds).all(|seconds| seconds % length == 0)
    }

    /// The time zone of days.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The length of intervals in minutes: 15, 30 or 60.
    pub fn interval_minutes(&self) -> u32 {
        u32::from(self.interval_minutes)
    }

    /// The interval that a time belongs to.
    pub fn interval(&self, time: Millis) -> Bucket {
        let length = self.interval_ms();
        let start = Millis(time.0.div_euclid(length) * length);
        Bucket::Interval { minutes: self.interval_minutes, start }
    }

    /// When the interval after that of a time begins.
    pub fn next_interval(&self, time: Millis) -> Millis {
        let length = self.interval_ms();
        Millis((time.0.div_euclid(length) + 1) * length)
    }

    /// The calendar day that a time belongs to in the time zone.
    pub fn day(&self, time: Millis) -> Bucket {
        let second = time.seconds();
        let local = second + i64::from(self.zone.to_offset(utc(second)).seconds());
        Bucket::Day(i32::try_from(local.div_euclid(DAY_SECONDS)).unwrap_or_default())
    }

    /// When a change of settings made at `now` takes effect: at the first interval boundary that
    /// is at least 5 minutes away, so that every cache has it by then (`kpis.md#effective-times`).
    pub fn effective(&self, now: Millis) -> Millis {
        let length = self.interval_ms();
        let earliest = now.0 + 5 * MINUTE_MS;
        Millis((earliest + length - 1).div_euclid(length) * length)
    }

    fn interval_ms(&self) -> i64 {
        i64::from(self.interval_minutes) * MINUTE_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn time(text: &str) -> Millis {
        Millis(text.parse::<Timestamp>().unwrap().as_millisecond())
    }

    #[test]
    fn an_interval_holds_its_start_and_not_its_end() {
        let half_hours = Calendar::default();
        let text = |text: &str| half_hours.interval(time(text)).to_string();
        assert_eq!(text("2026-05-12T14:00:00Z"), "PT30M#2026-05-12T14:00:00Z");
        assert_eq!(text("2026-05-12T14:29:59.999Z"), "PT30M#2026-05-12T14:00:00Z");
        assert_eq!(text("2026-05-12T14:30:00Z"), "PT30M#2026-05-12T14:30:00Z");
    }

    #[test]
    fn days_follow_the_time_zone_through_daylight_saving_changes() {
        let new_york = Calendar::new("America/New_York", 30).unwrap();
        let text = |text: &str| new_york.day(time(text)).to_string();
        // 8 March 2026 has 23 hours there, 1 November 2026 has 25.
        assert_eq!(text("2026-03-08T04:59:59Z"), "P1D#2026-03-07");
        assert_eq!(text("2026-03-08T05:00:00Z"), "P1D#2026-03-08");
        assert_eq!(text("2026-03-09T03:59:59Z"), "P1D#2026-03-08");
        assert_eq!(text("2026-03-09T04:00:00Z"), "P1D#2026-03-09");
        assert_eq!(text("2026-11-01T04:00:00Z"), "P1D#2026-11-01");
        assert_eq!(text("2026-11-02T04:59:59Z"), "P1D#2026-11-01");
        assert_eq!(text("2026-11-02T05:00:00Z"), "P1D#2026-11-02");
    }

    #[test]
    fn a_change_takes_effect_at_a_boundary_at_least_five_minutes_away() {
        let half_hours = Calendar::default();
        let effective = |text| half_hours.effective(time(text));
        assert_eq!(effective("2026-05-12T14:25:00Z"), time("2026-05-12T14:30:00Z"));
        assert_eq!(effective("2026-05-12T14:25:00.001Z"), time("2026-05-12T15:00:00Z"));
    }

    #[test]
    fn an_interval_or_zone_that_does_not_exist_is_an_error() {
        assert_eq!(Calendar::new("UTC", 45), Err(CalendarError::Interval(45)));
        let mars = Calendar::new("Mars/Olympus", 30);
        assert_eq!(mars, Err(CalendarError::Zone("Mars/Olympus".into())));
    }

    #[test]
    fn an_interval_across_two_local_hours_is_an_error() {
        let is_possible = |zone, minutes| Calendar::new(zone, minutes).is_ok();
        let possible = |zone| [15, 30, 60].map(|minutes| is_possible(zone, minutes));
        assert_eq!(possible("America/New_York"), [true, true, true]);
        assert_eq!(possible("Asia/Kolkata"), [true, true, false]);
        assert_eq!(possible("Asia/Kathmandu"), [true, false, false]);
        assert_eq!(possible("Australia/Lord_Howe"), [true, true, false]);
    }
}

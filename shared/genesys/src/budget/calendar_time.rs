//! A time, and the calendar day and month that it is in.

use headroom_kpi::{Calendar, Millis};
use jiff::civil::Date;
use jiff::{Span, Timestamp, tz::TimeZone};

const EPOCH: Date = Date::constant(1970, 1, 1);

/// A time by the clock of one process, with the day and the month that it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarTime {
    /// The time.
    pub now: Millis,
    /// Its calendar day, in days since 1970-01-01.
    pub day: i32,
    /// When that day began.
    pub day_starts: Millis,
    /// When the next day begins.
    pub day_ends: Millis,
    /// Its calendar month, in months since year 0.
    pub month: i32,
    /// When the next month begins.
    pub month_ends: Millis,
}

impl CalendarTime {
    /// A time in the time zone of a calendar.
    pub fn new(now: Millis, calendar: &Calendar) -> Self {
        let zone = calendar.zone();
        let timestamp = Timestamp::from_millisecond(now.0).unwrap_or_default();
        let date = zone.to_datetime(timestamp).date();
        Self {
            now,
            day: (date - EPOCH).get_days(),
            day_starts: start(date, zone),
            day_ends: start_after(date, zone),
            month: i32::from(date.year()) * 12 + i32::from(date.month()) - 1,
            month_ends: start_after(date.last_of_month(), zone),
        }
    }
}

/// The date of a day since 1970-01-01.
pub(super) fn date(day: i32) -> Date {
    EPOCH.saturating_add(Span::new().try_days(day).unwrap_or_default())
}

/// The first moment of the next date.
fn start_after(date: Date, zone: &TimeZone) -> Millis {
    start(date.tomorrow().unwrap_or(date), zone)
}

/// The first moment of a date, later than midnight where that is skipped.
fn start(date: Date, zone: &TimeZone) -> Millis {
    let start = zone.to_timestamp(date.at(0, 0, 0, 0));
    Millis(start.unwrap_or(Timestamp::MAX).as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(text: &str) -> Millis {
        Millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    #[test]
    fn days_and_months_end_where_the_centre_is() {
        let new_york = Calendar::new("America/New_York", 30).unwrap();
        let when = CalendarTime::new(millis("2026-11-01T03:59:59Z"), &new_york);
        assert_eq!(date(when.day), Date::constant(2026, 10, 31));
        assert_eq!(when.month, 2026 * 12 + 9);
        assert_eq!(when.day_ends, millis("2026-11-01T04:00:00Z"));
        assert_eq!(when.month_ends, when.day_ends);
        assert_eq!(when.day_starts, millis("2026-10-31T04:00:00Z"));
        // A day of 25 hours, and a month that ends in winter time.
        let when = CalendarTime::new(when.day_ends, &new_york);
        assert_eq!((date(when.day), when.month), (Date::constant(2026, 11, 1), 2026 * 12 + 10));
        assert_eq!(when.day_ends, millis("2026-11-02T05:00:00Z"));
        assert_eq!(when.month_ends, millis("2026-12-01T05:00:00Z"));
    }
}

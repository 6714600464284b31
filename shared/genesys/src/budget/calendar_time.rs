//! A time, and the calendar day and month it is in.

use headroom_kpi::{Bucket, Calendar, Millis};
use jiff::civil::Date;
use jiff::{Span, tz::TimeZone};

const EPOCH: Date = Date::constant(1970, 1, 1);
const DAY_MS: i64 = 86_400_000;

/// A time by a holder's clock, and the day and month that it is in.
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
    /// A time in a calendar's time zone.
    pub fn new(now: Millis, calendar: &Calendar) -> Self {
        let day = match calendar.day(now) {
            Bucket::Day(day) => day,
            Bucket::Now | Bucket::Interval { .. } => 0,
        };
        let date = date(day);
        let month = i32::from(date.year()) * 12 + i32::from(date.month()) - 1;
        let today = start(Some(date), calendar.zone());
        let next_day = start(date.tomorrow().ok(), calendar.zone());
        let next_month = start(date.last_of_month().tomorrow().ok(), calendar.zone());
        let day_starts = today.unwrap_or(now);
        let day_ends = next_day.unwrap_or(now + Millis(DAY_MS));
        let month_ends = next_month.unwrap_or(day_ends);
        Self { now, day, day_starts, day_ends, month, month_ends }
    }
}

/// The date of a day since 1970-01-01.
pub(super) fn date(day: i32) -> Date {
    EPOCH.saturating_add(Span::new().try_days(day).unwrap_or_default())
}

/// The first moment of a date, later than midnight where that is skipped.
fn start(date: Option<Date>, zone: &TimeZone) -> Option<Millis> {
    let start = zone.to_timestamp(date?.at(0, 0, 0, 0)).ok()?;
    Some(Millis(start.as_millisecond()))
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

//! The interval and the calendar day of a time (`kpis.md#buckets`).

use super::row::Bucket;
use crate::Rules;
use crate::time::{MINUTE_MS, instant};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::ops::Range;

pub(super) struct Calendar {
    interval_ms: i64,
    time_zone: TimeZone,
    /// The last day and its limits: facts are nearly in order of time, so the next fact is usually
    /// in it as well.
    last_day: (Range<i64>, Date),
}

impl Calendar {
    pub(super) fn new(rules: &Rules) -> Self {
        Self {
            interval_ms: i64::from(rules.interval_minutes) * MINUTE_MS,
            time_zone: rules.time_zone.clone(),
            last_day: (0..0, Date::ZERO),
        }
    }

    /// The interval and the day.
    pub(super) fn buckets(&mut self, time: i64) -> [Bucket; 2] {
        [Bucket::Interval(self.interval(time)), Bucket::Day(self.day(time))]
    }

    /// Start of the interval, in ms.
    const fn interval(&self, time: i64) -> i64 {
        time - time.rem_euclid(self.interval_ms)
    }

    /// The calendar day in the time zone.
    fn day(&mut self, time: i64) -> Date {
        if !self.last_day.0.contains(&time) {
            self.last_day = self.look_up(time);
        }
        self.last_day.1
    }

    /// The next time after this one at which an interval or a day begins.
    pub(super) fn next_border(&mut self, time: i64) -> i64 {
        self.day(time);
        let (day, interval) = (self.last_day.0.end, self.interval(time) + self.interval_ms);
        if day > time { interval.min(day) } else { interval }
    }

    fn look_up(&self, time: i64) -> (Range<i64>, Date) {
        let zoned = instant(time).to_zoned_datetime(self.time_zone.clone());
        let midnight = |date: Date| {
            let start = date.to_zoned_datetime(self.time_zone.clone());
            start.ok().map(|start| start.timestamp().as_millisecond())
        };
        let (first, next) = (midnight(zoned.date()), zoned.date().tomorrow().ok());
        let range = first.zip(next.and_then(midnight)).map_or(0..0, |(from, to)| from..to);
        (range, zoned.date())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn day(calendar: &mut Calendar, text: &str) -> String {
        calendar.day(ms(text)).to_string()
    }

    #[test]
    fn days_begin_at_midnight_of_the_time_zone() {
        let time_zone = TimeZone::get("Europe/London").unwrap();
        let mut calendar = Calendar::new(&Rules { time_zone, ..Rules::default() });
        assert_eq!(day(&mut calendar, "2026-03-29T00:00:00Z"), "2026-03-29");
        assert_eq!(day(&mut calendar, "2026-03-29T22:59:59.999Z"), "2026-03-29");
        assert_eq!(day(&mut calendar, "2026-03-29T23:00:00Z"), "2026-03-30");
        assert_eq!(day(&mut calendar, "2026-10-24T23:00:00Z"), "2026-10-25");
        assert_eq!(day(&mut calendar, "2026-10-25T23:59:59.999Z"), "2026-10-25");
        assert_eq!(day(&mut calendar, "2026-10-26T00:00:00Z"), "2026-10-26");
    }

    #[test]
    fn the_next_border_is_that_of_an_interval_or_of_a_day() {
        let time_zone = TimeZone::get("Asia/Kathmandu").unwrap();
        let rules = Rules { time_zone, interval_minutes: 60, ..Rules::default() };
        let mut calendar = Calendar::new(&rules);
        let mut next = |text: &str| calendar.next_border(ms(text));
        assert_eq!(next("2026-05-12T17:30:00Z"), ms("2026-05-12T18:00:00Z"));
        assert_eq!(next("2026-05-12T18:00:00Z"), ms("2026-05-12T18:15:00Z"));
        assert_eq!(next("2026-05-12T18:15:00Z"), ms("2026-05-12T19:00:00Z"));
    }

    #[test]
    fn intervals_begin_at_multiples_of_their_length() {
        let calendar = Calendar::new(&Rules { interval_minutes: 15, ..Rules::default() });
        assert_eq!(calendar.interval(ms("2026-05-12T14:14:59.999Z")), ms("2026-05-12T14:00:00Z"));
        assert_eq!(calendar.interval(ms("2026-05-12T14:15:00Z")), ms("2026-05-12T14:15:00Z"));
    }
}

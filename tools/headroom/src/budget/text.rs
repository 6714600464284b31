//! The state of the API budget, as text.

use super::status::{BudgetStatus, Usage};
use crate::terminal::{stale_mark, table};
use jiff::Timestamp;

impl BudgetStatus {
    /// The most important numbers, in a line.
    pub(crate) fn line(&self, now: Timestamp) -> String {
        let Self { minute, day, throttled, due, .. } = self;
        let blocked =
            self.blocked(now).map_or_else(String::new, |until| format!(", BLOCKED until {until}"));
        format!(
            "API budget: {} of {} requests in a minute, {} of {} today{blocked}; \
             {throttled} times 429, {due} conversations due{}",
            minute.used,
            minute.allowed,
            day.used,
            day.allowed,
            stale_mark(self.stale)
        )
    }

    /// All numbers, as a table.
    pub(super) fn table(&self, now: Timestamp) -> String {
        let rows = [
            cells("last minute", self.minute),
            cells("today", self.day),
            cells("this month", self.month),
        ];
        let table = table("requests,used,allowed,share,full at this pace", 1, rows);
        let stale = stale_mark(self.stale);
        format!("API budget at {}{stale}\n{table}\n{}", self.at, self.details(now))
    }

    fn details(&self, now: Timestamp) -> String {
        let (requests, bookings) = (self.requests, self.bookings);
        let blocked = self.blocked(now).unwrap_or_else(|| "not blocked".to_owned());
        format!(
            "today       {} for gaps, {} read back, {} reference, {} tokens\n\
             429 today   {}\n\
             blocked     {blocked}\n\
             due         {} conversations\n\
             gap reads   {} of {} bookings today{}",
            requests.gap,
            requests.read_back,
            requests.reference,
            requests.token,
            self.throttled,
            self.due,
            bookings.repaired,
            bookings.total,
            share(bookings.repaired, bookings.total)
                .map_or_else(String::new, |share| format!(" ({share})")),
        )
    }

    /// Until when no request is sent; none if that time is past.
    fn blocked(&self, now: Timestamp) -> Option<String> {
        self.blocked_until.filter(|until| *until > now.as_second()).map(time)
    }
}

fn cells(period: &str, usage: Usage) -> [String; 5] {
    let Usage { used, allowed, full_at } = usage;
    let dash = || "-".to_owned();
    let share = share(used, allowed).unwrap_or_else(dash);
    [
        period.to_owned(),
        used.to_string(),
        allowed.to_string(),
        share,
        full_at.map_or_else(dash, time),
    ]
}

/// A share in percent; none if `whole` is zero.
#[allow(clippy::cast_precision_loss)]
fn share(part: i64, whole: i64) -> Option<String> {
    (whole > 0).then(|| format!("{:.1} %", 100.0 * part as f64 / whole as f64))
}

/// Seconds since 1970 as ISO-8601.
fn time(second: i64) -> String {
    Timestamp::from_second(second).map_or_else(|_| "-".to_owned(), |at| at.to_string())
}

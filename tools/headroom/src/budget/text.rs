//! The state of the API budget, as text and as JSON.

use super::status::{BudgetStatus, Usage};
use crate::CliError;
use comfy_table::{CellAlignment, Table, presets};
use jiff::Timestamp;
use std::path::Path;

impl BudgetStatus {
    /// A line of JSON.
    pub(super) fn json(&self) -> Result<String, CliError> {
        serde_json::to_string(self)
            .map_err(|error| CliError::write(Path::new("the budget"))(error.into()))
    }

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
            self.stale_mark()
        )
    }

    /// All numbers, as a table.
    pub(super) fn table(&self, now: Timestamp) -> String {
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED);
        table.set_header(["requests", "used", "allowed", "share", "full at this pace"]);
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table.add_row(cells("last minute", self.minute));
        table.add_row(cells("today", self.day));
        table.add_row(cells("this month", self.month));
        format!("API budget at {}{}\n{table}\n{}", self.at, self.stale_mark(), self.details(now))
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

    fn stale_mark(&self) -> &'static str {
        if self.stale { " (stale)" } else { "" }
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

//! The numbers of the budget, for people and for programs.

use super::figures::{Figures, Spent};
use crate::CliError;
use comfy_table::{CellAlignment, Table, presets};
use jiff::Timestamp;
use std::path::Path;

impl Figures {
    /// A line of JSON.
    pub(super) fn json(&self) -> Result<String, CliError> {
        serde_json::to_string(self)
            .map_err(|error| CliError::write(Path::new("the budget"))(error.into()))
    }

    /// What matters, in a line.
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
            self.mark()
        )
    }

    /// All of it.
    pub(super) fn table(&self, now: Timestamp) -> String {
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED);
        table.set_header(["requests", "used", "allowed", "share", "full at this pace"]);
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        let spent = [("last minute", self.minute), ("today", self.day), ("this month", self.month)];
        for (when, spent) in spent {
            table.add_row(cells(when, spent));
        }
        format!("API budget at {}{}\n{table}\n{}", self.at, self.mark(), self.rest(now))
    }

    fn rest(&self, now: Timestamp) -> String {
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
            bookings.all,
            share(bookings.repaired, bookings.all)
                .map_or_else(String::new, |it| format!(" ({it})")),
        )
    }

    /// Until when no request goes out, if that is still to come.
    fn blocked(&self, now: Timestamp) -> Option<String> {
        self.blocked_until.filter(|until| *until > now.as_second()).map(time)
    }

    fn mark(&self) -> &'static str {
        if self.stale { " (stale)" } else { "" }
    }
}

fn cells(when: &str, spent: Spent) -> [String; 5] {
    let Spent { used, allowed, full_at } = spent;
    let dash = || "-".to_owned();
    let share = share(used, allowed).unwrap_or_else(dash);
    [when.to_owned(), used.to_string(), allowed.to_string(), share, full_at.map_or_else(dash, time)]
}

/// In percent; none of nothing.
#[allow(clippy::cast_precision_loss)]
fn share(part: i64, whole: i64) -> Option<String> {
    (whole > 0).then(|| format!("{:.1} %", 100.0 * part as f64 / whole as f64))
}

/// A second since 1970, as 2026-05-12T14:02:42Z.
fn time(second: i64) -> String {
    Timestamp::from_second(second).map_or_else(|_| "-".to_owned(), |at| at.to_string())
}

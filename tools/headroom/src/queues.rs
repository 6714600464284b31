//! Queues as a table that a supervisor would read.

use crate::replay::ShownRow;
use comfy_table::{CellAlignment, Table, presets};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A column of the table. The worst or the most comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Column {
    /// By name
    Queue,
    /// Most offered first
    Offered,
    /// Most answered first
    Answered,
    /// Most abandoned first
    Abandoned,
    /// Lowest service level first
    Sl,
    /// Slowest first
    Asa,
    /// Longest first
    Aht,
    /// Most waiting first
    Waiting,
    /// Longest wait first
    Longest,
}

/// A queue and media type in the table.
#[derive(Debug, Default)]
pub(crate) struct Line<'a> {
    queue: &'a str,
    media: &'a str,
    then: Option<&'a ShownRow>,
    now: Option<&'a ShownRow>,
    /// Whether the numbers may be behind.
    pub(crate) stale: bool,
}

/// The queues that have rows in a bucket, or now.
pub(crate) fn lines<'a>(rows: &'a [ShownRow], bucket: &str) -> Vec<Line<'a>> {
    let mut lines = BTreeMap::<&str, Line<'a>>::new();
    for row in rows {
        let Some((queue, media)) = queue_of(&row.subject) else {
            continue;
        };
        let line = || Line { queue, media, ..Line::default() };
        if row.bucket == bucket {
            lines.entry(&row.subject).or_insert_with(line).then = Some(row);
        } else if row.bucket == "now" {
            lines.entry(&row.subject).or_insert_with(line).now = Some(row);
        }
    }
    lines.into_values().collect()
}

fn queue_of(subject: &str) -> Option<(&str, &str)> {
    subject.strip_prefix("queue#")?.split_once('#')
}

impl Line<'_> {
    /// The rows that it is made of.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &ShownRow> {
        self.then.into_iter().chain(self.now)
    }

    fn metric(&self, name: &str) -> i64 {
        let of = |row: &ShownRow| row.metrics.get(name).copied();
        self.then.and_then(of).unwrap_or(0)
    }

    fn computed(&self, of: impl Fn(&headroom_kpi::Computed) -> Option<f64>) -> Option<f64> {
        self.then.and_then(|row| of(&row.computed))
    }

    fn waiting(&self) -> i64 {
        self.now.and_then(|row| row.metrics.get("oWaiting").copied()).unwrap_or(0)
    }

    fn waiting_since(&self) -> Option<&str> {
        self.now.and_then(|row| row.computed.waiting_since.as_deref())
    }

    fn service_level(&self) -> Option<f64> {
        self.computed(|computed| computed.service_level)
    }

    /// The order by a column.
    pub(crate) fn compare(&self, other: &Self, by: Column) -> Ordering {
        let most = |name| other.metric(name).cmp(&self.metric(name));
        let longest = |of: fn(&headroom_kpi::Computed) -> Option<f64>| {
            other.computed(of).partial_cmp(&self.computed(of)).unwrap_or(Ordering::Equal)
        };
        let ordered = match by {
            Column::Queue => Ordering::Equal,
            Column::Offered => most("nOffered"),
            Column::Answered => most("tAnswered.count"),
            Column::Abandoned => most("tAbandon.count"),
            Column::Sl => absent_last(self.service_level(), other.service_level()),
            Column::Asa => longest(|computed| computed.asa_ms),
            Column::Aht => longest(|computed| computed.aht_ms),
            Column::Waiting => other.waiting().cmp(&self.waiting()),
            Column::Longest => absent_last(self.waiting_since(), other.waiting_since()),
        };
        ordered.then_with(|| (self.queue, self.media).cmp(&(other.queue, other.media)))
    }

    fn cells(&self) -> [String; 10] {
        [
            format!("{}{}", self.queue, if self.stale { " (stale)" } else { "" }),
            self.media.to_owned(),
            self.metric("nOffered").to_string(),
            self.metric("tAnswered.count").to_string(),
            self.metric("tAbandon.count").to_string(),
            self.service_level().map_or_else(dash, |level| format!("{:.1} %", level * 100.0)),
            self.computed(|computed| computed.asa_ms).map_or_else(dash, clock),
            self.computed(|computed| computed.aht_ms).map_or_else(dash, clock),
            self.waiting().to_string(),
            self.waiting_since().map_or_else(dash, |since| format!("since {since}")),
        ]
    }
}

fn absent_last<T: PartialOrd>(a: Option<T>, b: Option<T>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

fn dash() -> String {
    "-".to_owned()
}

/// Milliseconds as minutes and seconds, with hours where there are any.
#[allow(clippy::cast_possible_truncation)]
fn clock(ms: f64) -> String {
    let seconds = (ms / 1_000.0).round() as i64;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// What the table shows.
pub(crate) fn title(bucket: &str) -> String {
    match bucket.split_once('#') {
        Some(("P1D", day)) => format!("Queues on {day}"),
        Some((length, start)) => format!("Queues in the interval {length} from {start}"),
        None => bucket.to_owned(),
    }
}

/// The table.
pub(crate) fn table(title: &str, lines: &[Line<'_>]) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header([
        "queue",
        "media",
        "offered",
        "answered",
        "abandoned",
        "SL",
        "ASA",
        "AHT",
        "waiting",
        "longest wait",
    ]);
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for line in lines {
        table.add_row(line.cells());
    }
    format!("{title}\n{table}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(json: &str) -> Vec<ShownRow> {
        json.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    const ROWS: &str = r#"{"subject":"queue#a#voice","bucket":"P1D#2026-05-12","metrics":{"nOffered":5},"computed":{"serviceLevel":0.9}}
{"subject":"queue#b#voice","bucket":"P1D#2026-05-12","metrics":{"nOffered":9},"computed":{}}
{"subject":"queue#c#voice","bucket":"P1D#2026-05-12","metrics":{"nOffered":7},"computed":{"serviceLevel":0.4}}
{"subject":"queue#c#voice","bucket":"now","metrics":{"oWaiting":2},"computed":{"waitingSince":"2026-05-12T14:02:42Z"}}
{"subject":"agent#u#voice","bucket":"P1D#2026-05-12","metrics":{"tAcw.count":1},"computed":{}}"#;

    fn order(by: Column) -> String {
        let rows = rows(ROWS);
        let mut lines = lines(&rows, "P1D#2026-05-12");
        lines.sort_by(|a, b| a.compare(b, by));
        lines.iter().map(|line| line.queue).collect()
    }

    #[test]
    fn what_needs_attention_comes_first_and_what_is_unknown_last() {
        assert_eq!(order(Column::Queue), "abc");
        assert_eq!(order(Column::Offered), "bca");
        assert_eq!(order(Column::Sl), "cab");
        assert_eq!(order(Column::Longest), "cab");
    }

    #[test]
    fn times_are_shown_as_a_clock_would() {
        assert_eq!(clock(12_345.6), "0:12");
        assert_eq!(clock(3_725_000.0), "1:02:05");
    }
}

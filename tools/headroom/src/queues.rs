//! The table of queues that `watch` and `report` show.

use crate::names::{AGENTS, QueueNames, queue_of};
use crate::replay::ShownRow;
use crate::terminal::{stale_mark, table};
use headroom_kpi::Computed;
use jiff::Timestamp;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A column to sort by. The worst value or the largest comes first.
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

/// A line of the table: a queue and media type.
#[derive(Debug)]
pub(crate) struct QueueLine<'a> {
    /// The queue's id.
    pub(crate) id: &'a str,
    /// The queue's name, or its id if the name is not known.
    queue: &'a str,
    pub(crate) media: &'a str,
    /// The share that should be answered in time, if it is known.
    pub(crate) target: Option<f64>,
    /// The row of the bucket that is shown.
    bucket_row: Option<&'a ShownRow>,
    /// The row of the present moment.
    now_row: Option<&'a ShownRow>,
    /// Whether a row may be out of date.
    stale: bool,
}

/// The queues that have a row in a bucket or a row of the present moment; each row with whether it
/// is stale.
pub(crate) fn queue_lines<'a>(
    rows: &'a [(ShownRow, bool)],
    bucket: &str,
    names: &'a QueueNames,
) -> Vec<QueueLine<'a>> {
    let mut lines = BTreeMap::<&str, QueueLine<'a>>::new();
    for (row, stale) in rows.iter().filter(|(row, _)| row.bucket == bucket || row.bucket == "now") {
        let Some((id, media)) = queue_of(&row.subject) else { continue };
        if media == AGENTS {
            continue;
        }
        let (queue, bucket_row, now_row) = (names.name(id), None, None);
        let target = None;
        let line = QueueLine { id, queue, media, target, bucket_row, now_row, stale: false };
        let line = lines.entry(&row.subject).or_insert(line);
        line.stale |= *stale;
        if row.bucket == bucket {
            line.bucket_row = Some(row);
        } else {
            line.now_row = Some(row);
        }
    }
    lines.into_values().collect()
}

impl QueueLine<'_> {
    fn metric(&self, name: &str) -> i64 {
        self.bucket_row.map_or(0, |row| sum(row, name))
    }

    fn computed(&self, value: impl Fn(&Computed) -> Option<f64>) -> Option<f64> {
        self.bucket_row.and_then(|row| value(&row.computed))
    }

    fn waiting(&self) -> i64 {
        self.now_row.map_or(0, |row| sum(row, "oWaiting"))
    }

    fn waiting_since(&self) -> Option<&str> {
        self.now_row.and_then(|row| row.computed.waiting_since.as_deref())
    }

    fn service_level(&self) -> Option<f64> {
        self.computed(|computed| computed.service_level)
    }

    /// The order of two lines by a column, then by queue and media type.
    pub(crate) fn compare(&self, other: &Self, by: Column) -> Ordering {
        let most = |name| other.metric(name).cmp(&self.metric(name));
        let longest = |value: fn(&Computed) -> Option<f64>| {
            other.computed(value).partial_cmp(&self.computed(value)).unwrap_or(Ordering::Equal)
        };
        let order = match by {
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
        order.then_with(|| (self.queue, self.media).cmp(&(other.queue, other.media)))
    }

    fn cells(&self, now: Timestamp) -> [String; 10] {
        [
            format!("{}{}", self.queue, stale_mark(self.stale)),
            self.media.to_owned(),
            self.metric("nOffered").to_string(),
            self.metric("tAnswered.count").to_string(),
            self.metric("tAbandon.count").to_string(),
            self.service_level().map_or_else(dash, |level| share(level, self.target)),
            self.computed(|computed| computed.asa_ms).map_or_else(dash, clock),
            self.computed(|computed| computed.aht_ms).map_or_else(dash, clock),
            self.waiting().to_string(),
            self.waiting_since().map_or_else(dash, |since| wait(since, now)),
        ]
    }
}

pub(crate) fn sum(row: &ShownRow, name: &str) -> i64 {
    row.metrics.get(name).copied().unwrap_or(0)
}

fn absent_last<T: PartialOrd>(a: Option<T>, b: Option<T>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

/// Since when the longest wait lasts. A callback that is scheduled waits from a time to come
/// (`kpis.md#api-facts`).
fn wait(since: &str, now: Timestamp) -> String {
    let is_scheduled = since.parse::<Timestamp>().is_ok_and(|since| since > now);
    format!("{} {since}", if is_scheduled { "scheduled" } else { "since" })
}

/// A share in percent, beside its target.
fn share(level: f64, target: Option<f64>) -> String {
    let target = target.map(|target| format!(" of {:.0} %", target * 100.0));
    format!("{:.1} %{}", level * 100.0, target.unwrap_or_default())
}

pub(crate) fn dash() -> String {
    "-".to_owned()
}

/// Milliseconds as `m:ss`, or `h:mm:ss` from an hour on.
#[allow(clippy::cast_possible_truncation)]
pub(crate) fn clock(ms: f64) -> String {
    let seconds = (ms / 1_000.0).round() as i64;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// The title of the table of a bucket.
pub(crate) fn title(bucket: &str) -> String {
    match bucket.split_once('#') {
        Some(("P1D", day)) => format!("Queues on {day}"),
        Some((length, start)) => format!("Queues in the interval {length} from {start}"),
        None => bucket.to_owned(),
    }
}

/// The lines as a table under a title, as of a time.
pub(crate) fn queue_table(title: &str, lines: &[QueueLine<'_>], now: Timestamp) -> String {
    let header = "queue,media,offered,answered,abandoned,SL,ASA,AHT,waiting,longest wait";
    let rows = lines.iter().map(|line| line.cells(now));
    format!("{title}\n{}", table(header, 2, rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(json: &str) -> Vec<(ShownRow, bool)> {
        json.lines().map(|line| (serde_json::from_str(line).unwrap(), false)).collect()
    }

    const ROWS: &str = r#"{"subject":"queue#a#voice","bucket":"P1D#2026-05-12","metrics":{"nOffered":5},"computed":{"serviceLevel":0.9}}
{"subject":"queue#b#voice","bucket":"P1D#2026-05-12","metrics":{"nOffered":9},"computed":{}}
{"subject":"queue#c#voice","bucket":"P1D#2026-05-12","metrics":{"nOffered":7},"computed":{"serviceLevel":0.4}}
{"subject":"queue#c#voice","bucket":"now","metrics":{"oWaiting":2},"computed":{"waitingSince":"2026-05-12T14:02:42Z"}}
{"subject":"agent#u#voice","bucket":"P1D#2026-05-12","metrics":{"tAcw.count":1},"computed":{}}"#;

    fn order(by: Column) -> String {
        let rows = rows(ROWS);
        let names = QueueNames::default();
        let mut lines = queue_lines(&rows, "P1D#2026-05-12", &names);
        lines.sort_by(|a, b| a.compare(b, by));
        lines.iter().map(|line| line.queue).collect()
    }

    #[test]
    fn the_worst_queue_comes_first_and_one_without_the_value_last() {
        assert_eq!(order(Column::Queue), "abc");
        assert_eq!(order(Column::Offered), "bca");
        assert_eq!(order(Column::Sl), "cab");
        assert_eq!(order(Column::Longest), "cab");
    }

    #[test]
    fn a_queue_has_its_name_and_without_one_its_id() {
        let rows = rows(ROWS);
        let mut names = QueueNames::default();
        names.insert_subject("queue#b#voice", "Billing");
        let lines = queue_lines(&rows, "P1D#2026-05-12", &names);
        let queues: Vec<_> = lines.iter().map(|line| line.queue).collect();
        assert_eq!(queues, ["a", "Billing", "c"]);
    }

    #[test]
    fn a_wait_that_has_not_begun_is_scheduled() {
        let now = "2026-05-12T14:02:42Z".parse().unwrap();
        assert_eq!(wait("2026-05-12T14:02:42Z", now), "since 2026-05-12T14:02:42Z");
        assert_eq!(wait("2026-05-12T14:02:43Z", now), "scheduled 2026-05-12T14:02:43Z");
    }

    #[test]
    fn a_service_level_is_shown_beside_its_target() {
        assert_eq!(share(0.9123, None), "91.2 %");
        assert_eq!(share(0.9123, Some(0.8)), "91.2 % of 80 %");
    }

    #[test]
    fn times_are_shown_as_a_clock_would() {
        assert_eq!(clock(12_345.6), "0:12");
        assert_eq!(clock(3_725_000.0), "1:02:05");
    }
}

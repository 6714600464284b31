//! The tables of staffing and of agents that `watch` and `report` show.

use crate::names::{AGENTS, QueueNames, queue_of};
use crate::queues::{clock, dash, sum};
use crate::replay::ShownRow;
use crate::terminal::{stale_mark, table};
use headroom_kpi::{AgentMeasure, AgentStatus, Amounts, Computed, Measure, Millis, Row, Settings};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The staffing of queues as a table, as of a time. Each row with whether it is stale.
pub(crate) fn staffing_table(
    rows: &[(ShownRow, bool)],
    names: &QueueNames,
    now: Timestamp,
) -> String {
    let mut lines = Vec::new();
    for (row, stale) in rows.iter().filter(|(row, _)| row.bucket == "now") {
        if let Some((queue, AGENTS)) = queue_of(&row.subject) {
            lines.push(staffing_cells(names.name(queue), row, *stale, now));
        }
    }
    lines.sort();
    let header =
        "queue,members,joined,idle,interacting,not responding,other,off queue,longest idle";
    format!("Staffing now\n{}", table(header, 1, lines))
}

fn staffing_cells(queue: &str, row: &ShownRow, stale: bool, now: Timestamp) -> Vec<String> {
    let on_queue = |status: &str| sum(row, &format!("oOnQueueUsers.{status}"));
    let total = |prefix: &str| -> i64 {
        row.metrics.iter().filter(|(name, _)| name.starts_with(prefix)).map(|(_, sum)| sum).sum()
    };
    let shown = ["IDLE", "INTERACTING", "NOT_RESPONDING"].map(on_queue);
    let other = total("oOnQueueUsers.") - shown.iter().sum::<i64>();
    let mut cells = vec![format!("{queue}{}", stale_mark(stale))];
    let counts = [sum(row, "oMemberUsers"), sum(row, "oActiveUsers")];
    let counts = counts.into_iter().chain(shown).chain([other, total("oOffQueueUsers.")]);
    cells.extend(counts.map(|count| count.to_string()));
    cells.push(row.computed.idle_since.as_deref().map_or_else(dash, |since| age(since, now)));
    cells
}

/// The agents as a table, as of a time: the status now, and the times of a bucket.
pub(crate) fn agent_table(
    rows: &[(ShownRow, bool)],
    bucket: &str,
    open: Option<(&Settings, Timestamp)>,
    now: Timestamp,
) -> String {
    let mut agents = BTreeMap::<&str, [Option<(&ShownRow, bool)>; 2]>::new();
    for (row, stale) in rows {
        let Some(agent) = row.subject.strip_prefix("agent#") else { continue };
        let place = usize::from(row.bucket != "now");
        if !agent.contains('#') && (place == 0 || row.bucket == bucket) {
            agents.entry(agent).or_default()[place] = Some((row, *stale));
        }
    }
    let lines = agents.into_iter().map(|(agent, [now_row, bucket_row])| {
        let stale = [now_row, bucket_row].iter().flatten().any(|(_, stale)| *stale);
        let [now_row, bucket_row] = [now_row, bucket_row].map(|row| row.map(|(row, _)| row));
        let mut cells = vec![format!("{agent}{}", stale_mark(stale))];
        cells.extend(status_cells(now_row, now));
        cells.extend(time_cells(&times(now_row, bucket_row, bucket, open)));
        cells
    });
    let header = "agent,status,for,on queue,interacting,idle,not responding,occupancy";
    format!("Agents, {bucket}\n{}", table(header, 1, lines))
}

fn status_cells(row: Option<&ShownRow>, now: Timestamp) -> [String; 2] {
    let computed = row.map(|row| &row.computed);
    let status = computed.and_then(|computed| computed.status.clone());
    let since = computed.and_then(|computed| computed.status_since.as_deref());
    [status.unwrap_or_else(dash), since.map_or_else(dash, |since| age(since, now))]
}

/// The times of a bucket, with those of open stretches up to a time.
fn times(
    now_row: Option<&ShownRow>,
    bucket_row: Option<&ShownRow>,
    bucket: &str,
    open: Option<(&Settings, Timestamp)>,
) -> Row {
    let mut row = bucket_row.map(row_of).unwrap_or_default();
    if let (Some((settings, at)), Some(now_row)) = (open, now_row)
        && let Ok(bucket) = bucket.parse()
    {
        let status = AgentStatus::new(&row_of(now_row));
        row.add(&status.open_time(&bucket, Millis(at.as_millisecond()), settings));
    }
    row
}

fn time_cells(row: &Row) -> Vec<String> {
    let time = |name: &str| match AgentMeasure::parse(name) {
        Some(measure) => row.sum(&Measure::Agent(Box::new(measure))),
        None => 0,
    };
    let names = [
        "tSystemPresence.ON_QUEUE",
        "tAgentRoutingStatus.INTERACTING",
        "tAgentRoutingStatus.IDLE",
        "tAgentRoutingStatus.NOT_RESPONDING",
    ];
    #[allow(clippy::cast_precision_loss)]
    let mut cells: Vec<_> = names.map(|name| clock(time(name) as f64)).into();
    let subject = "agent#a".parse();
    let computed = subject.map(|subject| Computed::new(&subject, row, <_>::default()));
    let occupancy = computed.ok().and_then(|computed| computed.occupancy);
    cells.push(occupancy.map_or_else(dash, |share| format!("{:.1} %", share * 100.0)));
    cells
}

/// The sums about agents of a shown row.
fn row_of(shown: &ShownRow) -> Row {
    let measure = |(name, sum): (&String, &i64)| {
        AgentMeasure::parse(name).map(|measure| (Measure::Agent(Box::new(measure)), *sum))
    };
    let mut row = Row::default();
    row.add(&shown.metrics.iter().filter_map(measure).collect::<Amounts>());
    row
}

/// How long ago a time is.
#[allow(clippy::cast_precision_loss)]
fn age(since: &str, now: Timestamp) -> String {
    let since = since.parse::<Timestamp>();
    let age = since.map(|since| (now.as_millisecond() - since.as_millisecond()).max(0));
    age.map_or_else(|_| dash(), |ms| clock(ms as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &str = r#"{"subject":"queue#q#agents","bucket":"now","metrics":{"oMemberUsers":9,"oActiveUsers":7,"oOnQueueUsers.IDLE":2,"oOnQueueUsers.INTERACTING":1,"oOnQueueUsers.COMMUNICATING":1,"oOffQueueUsers.BREAK":2,"oOffQueueUsers.MEAL":1},"computed":{"idleSince":"2026-05-12T10:00:00Z"}}
{"subject":"agent#A","bucket":"now","metrics":{"routingStatus.IDLE":1778580000300,"systemPresence.ON_QUEUE":1778580000000},"computed":{"status":"ON_QUEUE","statusSince":"2026-05-12T10:00:00Z"}}
{"subject":"agent#A","bucket":"P1D#2026-05-12","metrics":{"tAgentRoutingStatus.IDLE":2099800,"tAgentRoutingStatus.INTERACTING":900000,"tAgentRoutingStatus.NOT_RESPONDING":300000,"tSystemPresence.ON_QUEUE":3300000},"computed":{}}
{"subject":"agent#A#voice","bucket":"now","metrics":{"oInteracting":1},"computed":{}}"#;

    fn rows(stale: bool) -> Vec<(ShownRow, bool)> {
        ROWS.lines().map(|line| (serde_json::from_str(line).unwrap(), stale)).collect()
    }

    fn words(text: &str) -> Vec<&str> {
        let line = text.lines().nth(4).unwrap();
        line.split(['│', '┆']).map(str::trim).filter(|cell| !cell.is_empty()).collect()
    }

    #[test]
    fn a_queue_has_its_staffing_and_the_longest_idle() {
        let (rows, now) = (rows(true), "2026-05-12T10:01:05Z".parse().unwrap());
        let text = staffing_table(&rows, &QueueNames::default(), now);
        assert_eq!(words(&text), ["q (stale)", "9", "7", "2", "1", "0", "1", "3", "1:05"]);
    }

    #[test]
    fn an_agent_has_a_status_and_times_with_the_open_stretch() {
        let (rows, now) = (rows(false), "2026-05-12T10:20:00.300Z".parse().unwrap());
        let table = |open| agent_table(&rows, "P1D#2026-05-12", open, now);
        let closed = ["A", "ON_QUEUE", "20:00", "55:00", "15:00", "35:00", "5:00", "30.0 %"];
        assert_eq!(words(&table(None)), closed);
        let settings = Settings::default();
        let open = ["A", "ON_QUEUE", "20:00", "1:15:00", "15:00", "55:00", "5:00", "21.4 %"];
        assert_eq!(words(&table(Some((&settings, now)))), open);
    }
}

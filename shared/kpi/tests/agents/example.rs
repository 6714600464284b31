//! The example of the rules: a morning of one agent.

use crate::facts::{event, joined, presence, presence_at, read, routing, routing_at, time};
use crate::rows::{Rows, row, rows, sums};
use headroom_kpi::Fact;

const DAY: &str = "P1D#2026-05-12";

fn interval(start: &str) -> String {
    format!("PT30M#2026-05-12T{start}:00Z")
}

pub(crate) fn morning() -> Vec<Fact> {
    vec![
        joined("08:00:00.000", &["Q1", "Q2"]),
        presence("08:30:00.000", "AVAILABLE"),
        presence("08:50:00.000", "ON_QUEUE"),
        routing("08:50:00.200", "IDLE"),
        routing("09:10:00.000", "INTERACTING"),
        routing("09:25:00.000", "IDLE"),
        routing("09:40:00.000", "NOT_RESPONDING"),
        presence("09:45:00.000", "BREAK"),
        routing("09:45:00.000", "OFF_QUEUE"),
        presence("10:00:00.000", "ON_QUEUE"),
        routing("10:00:00.300", "IDLE"),
    ]
}

fn is_the_table(rows: &Rows) {
    let expected = [
        (
            interval("08:30"),
            &[
                ("tAgentRoutingStatus.IDLE", 599_800),
                ("tSystemPresence.AVAILABLE", 1_200_000),
                ("tSystemPresence.ON_QUEUE", 600_000),
            ][..],
        ),
        (
            interval("09:00"),
            &[
                ("tAgentRoutingStatus.IDLE", 900_000),
                ("tAgentRoutingStatus.INTERACTING", 900_000),
                ("tSystemPresence.ON_QUEUE", 1_800_000),
            ],
        ),
        (
            interval("09:30"),
            &[
                ("tAgentRoutingStatus.IDLE", 600_000),
                ("tAgentRoutingStatus.NOT_RESPONDING", 300_000),
                ("tSystemPresence.ON_QUEUE", 900_000),
                ("tSystemPresence.BREAK", 900_000),
            ],
        ),
        (
            DAY.to_owned(),
            &[
                ("tAgentRoutingStatus.IDLE", 2_099_800),
                ("tAgentRoutingStatus.INTERACTING", 900_000),
                ("tAgentRoutingStatus.NOT_RESPONDING", 300_000),
                ("tSystemPresence.AVAILABLE", 1_200_000),
                ("tSystemPresence.ON_QUEUE", 3_300_000),
                ("tSystemPresence.BREAK", 900_000),
            ],
        ),
        (
            "now".to_owned(),
            &[
                ("routingStatus.IDLE", time("10:00:00.300").0),
                ("systemPresence.ON_QUEUE", time("10:00:00.000").0),
            ],
        ),
    ];
    for (bucket, expected) in expected {
        assert_eq!(row(rows, "agent#A", &bucket), sums(expected), "{bucket}");
    }
    let idle = format!("idle.{}#A", time("10:00:00.000").seconds());
    let staffing =
        sums(&[("oMemberUsers", 1), ("oActiveUsers", 1), ("oOnQueueUsers.IDLE", 1), (&idle, 1)]);
    for queue in ["queue#Q1#agents", "queue#Q2#agents"] {
        assert_eq!(row(rows, queue, "now"), staffing);
    }
    assert_eq!(rows.len(), 7);
}

#[test]
fn the_morning_gives_the_table_of_the_rules() {
    let rows = rows(&morning());
    is_the_table(&rows);
    let day = &rows[&("agent#A".to_owned(), DAY.to_owned())];
    assert_eq!(day["nAgentRoutingStatus.IDLE"], 2);
    assert_eq!(day["nAgentRoutingStatus.NOT_RESPONDING"], 1);
}

#[test]
fn the_same_changes_of_a_read_some_milliseconds_apart_change_nothing() {
    let mut facts = morning();
    for (at, status) in [("08:50:00.900", "IDLE"), ("09:09:59.001", "INTERACTING")] {
        facts.push(read(routing_at(time(at), status)));
    }
    facts.push(read(presence_at(time("09:45:01.000"), "BREAK")));
    facts.reverse();
    is_the_table(&rows(&facts));
}

#[test]
fn the_same_change_reported_later_changes_nothing() {
    let mut facts = morning();
    facts.extend(morning());
    facts.push(event(routing_at(time("09:10:00.000"), "Interacting")));
    is_the_table(&rows(&facts));
}

#[test]
fn lost_routing_events_are_cut_off_by_the_break() {
    let facts = morning();
    let is_lost = |at: &str, fact: &Fact| {
        *fact == routing(at, "NOT_RESPONDING") || *fact == routing(at, "OFF_QUEUE")
    };
    let facts: Vec<_> = facts
        .into_iter()
        .filter(|fact| !is_lost("09:40:00.000", fact) && !is_lost("09:45:00.000", fact))
        .collect();
    let row = row(&rows(&facts), "agent#A", &interval("09:30"));
    assert_eq!(row["tAgentRoutingStatus.IDLE"], 900_000);
    assert!(!row.contains_key("tAgentRoutingStatus.NOT_RESPONDING"));
}

#[test]
fn a_lost_idle_makes_the_call_longer() {
    let facts = morning().into_iter().filter(|fact| *fact != routing("09:25:00.000", "IDLE"));
    let row = row(&rows(&facts.collect::<Vec<_>>()), "agent#A", DAY);
    assert_eq!(row["tAgentRoutingStatus.INTERACTING"], 1_800_000);
}

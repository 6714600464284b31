//! An archive knows of which conversations events were lost.

use super::*;
use headroom_simulator::LineKind;
use std::collections::{BTreeMap, BTreeSet};

/// Events that count, by conversation; those of agents are of none.
fn events(lines: &[Line]) -> BTreeMap<String, usize> {
    let mut events = BTreeMap::new();
    for line in lines.iter().filter(|line| line.kind == LineKind::Event) {
        let event: Value = serde_json::from_slice(&line.bytes).unwrap();
        let id = text(&event["detail"]["eventBody"], "conversationId");
        assert_eq!(id.is_none(), text(&event, "detail-type").unwrap().starts_with("v2.users."));
        if let Some(id) = id {
            *events.entry(id.to_owned()).or_default() += 1;
        }
    }
    events
}

/// Events that count, by agent.
fn agent_events(lines: &[Line]) -> BTreeMap<String, usize> {
    let mut events = BTreeMap::new();
    for line in lines.iter().filter(|line| line.kind == LineKind::Event) {
        let event: Value = serde_json::from_slice(&line.bytes).unwrap();
        let topic = text(&event["detail"], "topicName").unwrap().split('.').collect::<Vec<_>>();
        let user = match topic[..] {
            ["v2", "users", user, _] => Some(user),
            _ => text(&event["detail"]["eventBody"]["user"], "id"),
        };
        if let Some(user) = user {
            *events.entry(user.to_owned()).or_default() += 1;
        }
    }
    events
}

#[test]
fn agents_who_lost_an_event_are_known() {
    let faults = "lose=0.01".parse().unwrap();
    let whole = agent_events(&simulate(&lives(8)).lines);
    let run = simulate(&Options { faults, ..lives(8) });
    let delivered = agent_events(&run.lines);
    let lost = whole.iter().filter(|(id, count)| delivered.get(*id) != Some(count));
    let lost: BTreeSet<_> = lost.map(|(id, _)| id.clone()).collect();
    assert_eq!(run.archive.lost_agents(), lost);
    assert!(!lost.is_empty() && lost.len() < whole.len());
}

#[test]
fn who_lost_an_event_is_known() {
    for faults in ["lose=0.02", "outage=40m+20m", "lose=0.01,late=0.05,dup=0.3,outage=1h+5m"] {
        let whole = events(&simulate(&options(10, 300)).lines);
        let run = simulate(&Options { faults: faults.parse().unwrap(), ..options(10, 300) });
        let delivered = events(&run.lines);
        let lost = whole.iter().filter(|(id, count)| delivered.get(*id) != Some(count));
        let lost: BTreeSet<_> = lost.map(|(id, _)| id.clone()).collect();
        assert_eq!(run.archive.lost(), lost, "{faults}");
        assert!(!lost.is_empty() && lost.len() < 300);
    }
}

#[test]
fn nothing_is_due_in_an_outage_and_all_else_comes() {
    let faults = "outage=40m+20m,late=0.1,dup=0.2,garbage=0.1";
    let run = simulate(&Options { faults: faults.parse().unwrap(), ..options(10, 300) });
    let (from, to) = (ms(START) + 2_400_000, ms(START) + 3_600_000);
    assert!(!run.lines.iter().any(|line| (from..to).contains(&line.due_ms)));
    assert!(run.lines.iter().any(|line| line.due_ms < from));
    assert!(run.lines.iter().any(|line| line.due_ms >= to));
    assert!(run.lines.is_sorted_by_key(|line| line.due_ms));
}

#[test]
fn recording_changes_nothing_of_the_stream() {
    let options = options(11, 200);
    let mut lines = Vec::new();
    let truth = headroom_simulator::run(&options, |line| {
        lines.push(line);
        Ok::<_, Infallible>(())
    });
    let Ok(truth) = truth;
    let recorded = simulate_with(&options, Archive::new().with_emit_jitter(500));
    assert!(lines == recorded.lines);
    assert!(truth.rows().eq(recorded.truth.rows()));
}

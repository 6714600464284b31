//! `headroom gaps`

use super::{Case, input, replayed};
use headroom::gaps::GapSummary;
use headroom_kpi::Settings;
use headroom_simulator::{Assumptions, Faults, Feed, Load, Options, Rules};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

fn summary(events: &[u8], settings: &Settings) -> GapSummary {
    let replay = replayed(input(events), settings.clone());
    GapSummary::new(&replay, settings, 2).unwrap()
}

fn rules(summary: &GapSummary) -> Vec<&'static str> {
    summary.rules.iter().map(|count| count.rule).collect()
}

/// Cases that are parts of a conversation by what `case.json` says of them, and what each lacks: the
/// metrics of a wait that another source has, the agents of answers, and a metric of one that Genesys
/// has not computed.
const PARTS: [(&str, &str); 3] =
    [("F20", "missing_wait_metric"), ("F32", "missing_answering_agent"), ("F38", "missing_metric")];

#[test]
fn a_published_conversation_that_is_complete_has_no_gap() {
    for case in Case::all() {
        let summary = summary(&case.events(), &case.settings());
        let part = PARTS.iter().find(|(id, _)| case.name().starts_with(id));
        let expected: Vec<_> = part.map(|(_, rule)| *rule).into_iter().collect();
        assert_eq!(rules(&summary), expected, "{}: {}", case.name(), summary.text());
    }
}

/// The events of simulated conversations that the simulator publishes to their end.
fn whole_events() -> BTreeMap<String, Vec<Value>> {
    let options = Options {
        seed: 7,
        start: "2026-05-12T06:00:00Z".parse().unwrap(),
        load: Load::Conversations(300),
        feed: Feed::Both,
        faults: Faults::default(),
        rules: Rules::default(),
        assumptions: Assumptions::default(),
        agents: false,
    };
    let mut events: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let Ok(_) = headroom_simulator::run(&options, |line| {
        let event: Value = serde_json::from_slice(&line.bytes).unwrap();
        if let Some(id) = event["detail"]["eventBody"]["conversationId"].as_str() {
            events.entry(id.to_owned()).or_default().push(event);
        }
        Ok::<_, Infallible>(())
    });
    events.retain(|_, events| is_whole(events));
    assert!(events.len() > 200);
    events
}

/// Whether the customer left, and each agent's handling is summed up.
fn is_whole(events: &[Value]) -> bool {
    let body = |event: &Value, field: &str| event["detail"]["eventBody"][field].clone();
    let is = |event: &Value, topic: &str| event["detail-type"].as_str().unwrap().ends_with(topic);
    let handled: BTreeSet<_> = events
        .iter()
        .filter(|event| body(event, "metric") == "tHandle")
        .map(|event| body(event, "sessionId").to_string())
        .collect();
    let spent =
        ["interacting", "held", "contacting", "dialing"].map(|name| format!("{name}DurationMs"));
    let is_summed_up = |event: &&Value| {
        spent.iter().all(|name| body(event, name).as_i64().unwrap_or(0) == 0)
            || handled.contains(&body(event, "sessionId").to_string())
    };
    events.iter().any(|event| is(event, ".customer.end"))
        && events.iter().filter(|event| is(event, ".user.end")).all(|event| is_summed_up(&event))
}

fn file(events: &BTreeMap<String, Vec<Value>>) -> Vec<u8> {
    let lines: Vec<_> = events.values().flatten().map(Value::to_string).collect();
    lines.join("\n").into_bytes()
}

#[test]
fn a_simulated_capture_without_losses_has_no_gap() {
    let summary = summary(&file(&whole_events()), &Settings::default());
    assert!(summary.conversations > 200);
    assert_eq!(rules(&summary), Vec::<&str>::new(), "{}", summary.text());
    assert_eq!((summary.due, summary.requests, summary.open.conversations), (0, 0, 0));
}

#[test]
fn an_event_that_was_lost_is_found_by_its_rule_and_its_conversation_is_named() {
    for (topic, rule, is_gauge) in [
        (".acd.end", "missing_wait_end", true),
        (".user.end", "missing_agent_end", true),
        (".acd.start", "missing_metric", false),
    ] {
        let mut events = whole_events();
        let is_lost = |event: &Value| event["detail-type"].as_str().unwrap().ends_with(topic);
        let (id, list) = events.iter_mut().find(|(_, list)| list.iter().any(is_lost)).unwrap();
        let id = id.clone();
        let position = list.iter().position(is_lost).unwrap();
        list.remove(position);
        if topic == ".acd.start" {
            // Genesys' nOffered makes up for a lost start. Without it, it is derived from the end.
            let is_offer = |event: &Value| event["detail"]["eventBody"]["metric"] == "nOffered";
            list.retain(|event| !is_offer(event));
        }
        let summary = summary(&file(&events), &Settings::default());
        let count = summary.rules.iter().find(|count| count.rule == rule);
        let count = count.unwrap_or_else(|| panic!("{rule}: {}", summary.text()));
        assert_eq!(count.examples, BTreeSet::from([id]));
        assert_eq!(count.gauge, usize::from(is_gauge), "{}", summary.text());
        assert_eq!((summary.due, summary.requests), (1, 1));
        assert_eq!(summary.gauge, usize::from(is_gauge));
        assert!(summary.text().contains(rule));
    }
}

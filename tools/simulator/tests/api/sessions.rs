//! Segments and metrics say what the events say.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

/// The bodies of the whole stream, by topic and session; metrics by session too.
struct EventBodies {
    details: BTreeMap<(String, String), Value>,
    metrics: Vec<Value>,
}

fn event_bodies(lines: &[Line]) -> EventBodies {
    let mut bodies = EventBodies { details: BTreeMap::new(), metrics: Vec::new() };
    for line in lines {
        let mut event: Value = serde_json::from_slice(&line.bytes).unwrap();
        let topic = event["detail-type"].as_str().unwrap().to_owned();
        let body = event["detail"]["eventBody"].take();
        if let Some((_, suffix)) = topic.split_once("conversation.{id}.") {
            match (suffix, text(&body, "sessionId")) {
                ("metrics", _) => bodies.metrics.push(body),
                (_, Some(session)) => {
                    bodies.details.insert((suffix.to_owned(), session.to_owned()), body);
                }
                _ => {}
            }
        }
    }
    bodies
}

fn length(segment: &Value) -> i64 {
    ms(text(segment, "segmentEnd").unwrap()) - ms(text(segment, "segmentStart").unwrap())
}

fn sum(session: &Value, kind: &str) -> i64 {
    let of_kind =
        each(session, "segments").filter(|segment| text(segment, "segmentType") == Some(kind));
    of_kind.map(length).sum()
}

/// The segments without after-call work, and their limits.
fn span(session: &Value) -> (i64, i64, Option<String>) {
    let segments =
        each(session, "segments").filter(|segment| text(segment, "segmentType") != Some("wrapup"));
    let segments: Vec<_> = segments.collect();
    let start =
        segments.iter().map(|segment| ms(text(segment, "segmentStart").unwrap())).min().unwrap();
    let last =
        segments.iter().max_by_key(|segment| ms(text(segment, "segmentEnd").unwrap())).unwrap();
    let disconnect = segments.iter().rev().find_map(|segment| text(segment, "disconnectType"));
    (start, ms(text(last, "segmentEnd").unwrap()), disconnect.map(str::to_owned))
}

#[test]
fn segments_add_up_to_what_the_events_say() {
    let mut counts = BTreeMap::<String, usize>::new();
    for seed in 0..4 {
        let run = simulate(&options(seed, 300));
        let bodies = event_bodies(&run.lines);
        let conversations =
            Client::at_end(&run.archive).conversations(&run.archive.conversations());
        for (participant, session) in conversations.iter().flat_map(sessions) {
            let id = text(session, "sessionId").unwrap();
            let body = |topic: &str| bodies.details.get(&(topic.to_owned(), id.to_owned()));
            let purpose = text(participant, "purpose").unwrap();
            *counts.entry(purpose.to_owned()).or_default() += 1;
            let (start, end, disconnect) = span(session);
            let kind = if ["agent", "user"].contains(&purpose) { "user" } else { purpose };
            let kind = if kind == "ivr" { "flow" } else { kind };
            if let Some(body) = body(&format!("{kind}.start")) {
                assert_eq!(body["eventTime"].as_i64(), Some(start), "{body} {session}");
                assert_eq!(text(body, "userId"), text(participant, "userId"));
                if kind != "customer" {
                    assert_eq!(text(body, "queueId"), text(&session["segments"][0], "queueId"));
                }
            }
            let Some(body) = body(&format!("{kind}.end")) else { continue };
            assert_eq!(body["eventTime"].as_i64(), Some(end), "{body} {session}");
            let expected = text(body, "disconnectType").map(|value| match value {
                "CONSULT_TRANSFER" => "transfer".to_owned(),
                value => value.to_lowercase(),
            });
            if let Some(expected) = expected.filter(|_| kind != "flow") {
                assert_eq!(expected, disconnect.unwrap().to_lowercase(), "{body} {session}");
            }
            if kind == "user" {
                agent(body, session);
            }
        }
        after_call_work(&conversations, &bodies);
    }
    assert!(counts.len() == 5 && counts.values().all(|count| *count > 10), "{counts:?}");
}

fn agent(end: &Value, session: &Value) {
    for (key, kind) in [
        ("alertingDurationMs", "alert"),
        ("interactingDurationMs", "interact"),
        ("heldDurationMs", "hold"),
        ("contactingDurationMs", "contacting"),
        ("dialingDurationMs", "dialing"),
    ] {
        let expected = end[key].as_i64().unwrap_or(0);
        assert_eq!(expected, sum(session, kind), "{key} of {end} and {session}");
    }
}

fn after_call_work(conversations: &[Value], bodies: &EventBodies) {
    let wrapups: BTreeMap<_, _> = conversations
        .iter()
        .flat_map(sessions)
        .filter_map(|(_, session)| {
            let mut segments = each(session, "segments");
            let wrapup = segments.find(|segment| text(segment, "segmentType") == Some("wrapup"))?;
            Some((text(session, "sessionId")?, wrapup))
        })
        .collect();
    for ((_, session), body) in bodies.details.iter().filter(|((topic, _), _)| topic == "acw") {
        let segment = wrapups.get(session.as_str());
        assert_eq!(
            body["wrapupDurationMs"].as_i64(),
            segment.map(|segment| length(segment)),
            "{body}"
        );
        if let Some(segment) = segment {
            assert_eq!(body["eventTime"].as_i64(), text(segment, "segmentEnd").map(ms));
        }
    }
}

#[test]
fn every_metric_of_the_stream_stands_in_its_session() {
    for seed in 0..4 {
        let run = simulate(&options(seed, 200));
        let conversations =
            Client::at_end(&run.archive).conversations(&run.archive.conversations());
        let mut metrics = BTreeSet::new();
        for conversation in &conversations {
            let id = text(conversation, "conversationId").unwrap();
            for (_, session) in sessions(conversation) {
                for metric in each(session, "metrics") {
                    let date = text(metric, "emitDate").unwrap();
                    let name = text(metric, "name").unwrap();
                    let what = (id, name, date, metric["value"].as_i64().unwrap());
                    metrics.insert((what, text(session, "sessionId")));
                    metrics.insert((what, None));
                }
            }
        }
        let bodies = event_bodies(&run.lines);
        assert!(bodies.metrics.iter().any(|body| text(body, "sessionId").is_none()));
        for body in &bodies.metrics {
            let date = text(body, "metricDate").unwrap();
            let (id, name) = (text(body, "conversationId"), text(body, "metric"));
            let what = (id.unwrap(), name.unwrap(), date, body["value"].as_i64().unwrap());
            assert!(metrics.contains(&(what, text(body, "sessionId"))), "seed {seed}: {body}");
        }
    }
}

#[test]
fn jitter_moves_metrics_and_nothing_else() {
    let dates = |jitter| {
        let run = simulate_with(&options(6, 50), Archive::new().with_emit_jitter(jitter));
        let mut conversations =
            Client::at_end(&run.archive).conversations(&run.archive.conversations());
        let mut dates = Vec::new();
        for conversation in &mut conversations {
            for participant in conversation["participants"].as_array_mut().unwrap() {
                let metrics = participant["sessions"][0]["metrics"].take();
                let date = |metric: &Value| ms(text(metric, "emitDate").unwrap());
                dates.extend(metrics.as_array().unwrap().iter().map(date));
            }
        }
        (conversations, dates)
    };
    let (exact, moved) = (dates(0), dates(300));
    assert_eq!(exact.0, moved.0);
    let off: Vec<_> = exact.1.iter().zip(&moved.1).map(|(exact, moved)| moved - exact).collect();
    assert_eq!(exact.1.len(), moved.1.len());
    assert!(off.iter().all(|off| (-300..=300).contains(off)));
    assert!(off.iter().any(|off| *off < -150) && off.iter().any(|off| *off > 150));
}

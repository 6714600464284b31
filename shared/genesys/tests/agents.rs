//! Events about users become facts of agents, or are refused with a code (`kpis.md#agent-facts`).

#![allow(clippy::unwrap_used, clippy::panic)]

use headroom_genesys::{Ignored, Parsed, RefusalCode, parse};
use headroom_kpi::facts::{AgentFact, Change, FactKind, Presence, QueueList, QueueMark, Source};
use headroom_kpi::{EntityKey, Id, Millis, Status};
use serde_json::{Value, json};

const ACTIVITY: &str = "v2.users.{id}.activity";
const PRESENCE: &str = "v2.users.{id}.presence";
const ROUTING: &str = "v2.users.{id}.routingStatus";
const QUEUE: &str = "v2.routing.queues.{id}.users";
const STATE: &str = "headroom.agent.state";

/// 2026-05-12T15:00:00Z.
const HOUR: i64 = 1_778_598_000_000;

/// An event of 15:10:00.480, `detail.timestamp`.
fn event(topic: &str, body: &Value) -> Value {
    json!({
        "detail-type": topic,
        "time": "2026-05-12T15:10:00Z",
        "detail": {
            "topicName": topic.replace("{id}", "u"),
            "eventBody": body,
            "timestamp": "2026-05-12T15:10:00.480Z"
        }
    })
}

fn activity() -> Value {
    json!({
        "id": "u",
        "routingStatus": {"status": "IDLE", "startTime": "2026-05-12T15:08:50.200Z"},
        "presence": {
            "presenceDefinition": {"id": "p", "systemPresence": "On Queue"},
            "presenceMessage": "at the doctor's",
            "modifiedDate": "2026-05-12T15:08:50.000Z"
        },
        "outOfOffice": {"active": false, "modifiedDate": "2026-05-11T14:00:00.000Z"},
        "activeQueueIds": ["q2", "q1", "q2"],
        "dateActiveQueuesChanged": "2026-05-12T14:00:00.000Z"
    })
}

fn presence() -> Value {
    json!({
        "source": "PURECLOUD", "primary": true, "message": "at the doctor's",
        "presenceDefinition": {"id": "p", "systemPresence": "BREAK"},
        "modifiedDate": "2026-05-12T15:09:00.000Z"
    })
}

fn state() -> Value {
    json!({
        "userId": "u", "readAt": HOUR,
        "routing": [{"since": HOUR - 1_000, "status": "IDLE"}],
        "presence": [{"since": HOUR - 2_000, "systemPresence": "ON_QUEUE", "organizationPresenceId": "p"}],
        "joined": ["q1"], "members": ["q1", "q2"],
        "outOfOffice": {"since": HOUR - 3_000, "active": true},
        "detailsUntil": HOUR - 4_000
    })
}

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

fn status(text: &str) -> Status {
    Status::parse(text).unwrap()
}

fn result(event: &Value) -> Result<Parsed, RefusalCode> {
    parse(event.to_string().as_bytes()).map_err(|refusal| refusal.code)
}

/// The facts of an event about the agent `u`.
fn facts(event: &Value, source: Source) -> Vec<AgentFact> {
    let Ok(Parsed::Facts(facts)) = result(event) else { panic!("{:?}", result(event)) };
    let fact = |(key, fact): (EntityKey, headroom_kpi::Fact)| {
        assert_eq!((key, fact.source), (EntityKey::Agent(id("u")), source));
        let FactKind::Agent(fact) = fact.kind else { panic!("{fact:?}") };
        fact
    };
    facts.into_iter().map(fact).collect()
}

fn code(topic: &str, body: &Value) -> Option<RefusalCode> {
    result(&event(topic, body)).err()
}

const REPORTED: Millis = Millis(HOUR + 600_480);

fn routing_change(at: i64, reported_at: Millis, value: &str) -> AgentFact {
    AgentFact::Routing(Change { at: Millis(at), reported_at, value: status(value) })
}

fn presence_change(at: i64, reported_at: Millis, system: &str) -> AgentFact {
    let value = Presence { system: status(system), organization: Some(id("p")) };
    AgentFact::Presence(Change { at: Millis(at), reported_at, value })
}

#[test]
fn an_activity_is_a_fact_for_each_part_at_a_time_of_its_own() {
    let queues = vec![id("q1"), id("q2")];
    let expected = [
        routing_change(HOUR + 530_200, REPORTED, "IDLE"),
        presence_change(HOUR + 530_000, REPORTED, "ON_QUEUE"),
        AgentFact::Joined(QueueList::new(Millis(HOUR - 3_600_000), queues)),
        AgentFact::OutOfOffice(Millis(HOUR - 25 * 3_600_000), false),
    ];
    assert_eq!(facts(&event(ACTIVITY, &activity()), Source::Event), expected);
    for part in ["routingStatus", "presence", "activeQueueIds", "outOfOffice"] {
        let mut body = activity();
        body.as_object_mut().unwrap().remove(part);
        assert_eq!(facts(&event(ACTIVITY, &body), Source::Event).len(), 3, "without {part}");
        body[part] = Value::Null;
        assert_eq!(facts(&event(ACTIVITY, &body), Source::Event).len(), 3, "{part} is null");
    }
    assert_eq!(facts(&event(ACTIVITY, &json!({"id": "u"})), Source::Event), []);
}

#[test]
fn the_user_of_a_presence_stands_in_the_name_of_the_topic() {
    let change = presence_change(HOUR + 540_000, REPORTED, "BREAK");
    assert_eq!(facts(&event(PRESENCE, &presence()), Source::Event), [change]);
    let names = [json!("v2.users.{id}.activity"), json!("v2.users..presence"), Value::Null];
    for name in names {
        let mut event = event(PRESENCE, &presence());
        event["detail"]["topicName"] = name;
        assert_eq!(result(&event), Err(RefusalCode::MissingId));
    }
}

#[test]
fn a_presence_of_another_source_is_ignored() {
    let mut body = presence();
    body["primary"] = json!(false);
    assert_eq!(result(&event(PRESENCE, &body)), Ok(Parsed::Ignored(Ignored::Topic(PRESENCE))));
    body.as_object_mut().unwrap().remove("primary");
    assert_eq!(facts(&event(PRESENCE, &body), Source::Event).len(), 1);
}

#[test]
fn a_routing_status_and_a_queue_are_one_fact_each() {
    let body = json!({"id": "u", "routingStatus": {
        "status": "NOT_RESPONDING", "startTime": "2026-05-12T15:00:00.000Z"
    }});
    let change = routing_change(HOUR, REPORTED, "NOT_RESPONDING");
    assert_eq!(facts(&event(ROUTING, &body), Source::Event), [change]);
    let body = json!({"id": "x", "user": {"id": "u"}, "queueId": "q", "joined": false});
    let mark = QueueMark { queue: id("q"), at: REPORTED, joined: false };
    assert_eq!(facts(&event(QUEUE, &body), Source::Event), [AgentFact::Mark(mark)]);
}

#[test]
fn where_a_body_has_no_time_the_report_has() {
    let mut body = presence();
    body.as_object_mut().unwrap().remove("modifiedDate");
    let change = presence_change(REPORTED.0, REPORTED, "BREAK");
    assert_eq!(facts(&event(PRESENCE, &body), Source::Event), [change]);
    let mut without_timestamp = event(PRESENCE, &body);
    without_timestamp["detail"].as_object_mut().unwrap().remove("timestamp");
    assert_eq!(result(&without_timestamp), Err(RefusalCode::BadTime));
    without_timestamp["detail"]["eventBody"] = presence();
    let at = HOUR + 540_000;
    let change = presence_change(at, Millis(at), "BREAK");
    assert_eq!(facts(&without_timestamp, Source::Event), [change]);
}

#[test]
fn a_read_is_whatever_the_api_said() {
    let read_at = Millis(HOUR);
    let expected = [
        routing_change(HOUR - 1_000, read_at, "IDLE"),
        presence_change(HOUR - 2_000, read_at, "ON_QUEUE"),
        AgentFact::Joined(QueueList::new(read_at, vec![id("q1")])),
        AgentFact::Members(QueueList::new(read_at, vec![id("q1"), id("q2")])),
        AgentFact::OutOfOffice(Millis(HOUR - 3_000), true),
        AgentFact::DetailsUntil(Millis(HOUR - 4_000)),
    ];
    assert_eq!(facts(&event(STATE, &state()), Source::Api), expected);
    let empty = json!({"userId": "u", "readAt": HOUR, "joined": [], "members": []});
    assert_eq!(facts(&event(STATE, &empty), Source::Api).len(), 2);
}

#[test]
fn what_is_missing_or_no_status_is_refused() {
    let set = |mut body: Value, path: &str, value: Value| {
        *body.pointer_mut(path).unwrap() = value;
        body
    };
    let bad = [
        (ACTIVITY, set(activity(), "/id", Value::Null), RefusalCode::MissingId),
        (ACTIVITY, set(activity(), "/id", json!("a#b")), RefusalCode::BadId),
        (ACTIVITY, set(activity(), "/activeQueueIds/0", json!("")), RefusalCode::MissingId),
        (
            ACTIVITY,
            set(activity(), "/activeQueueIds", json!(vec!["q"; 2_001])),
            RefusalCode::BadValue,
        ),
        (ACTIVITY, set(activity(), "/activeQueueIds", json!("q")), RefusalCode::NotJson),
        (ACTIVITY, set(activity(), "/routingStatus", json!({})), RefusalCode::BadStatus),
        (ACTIVITY, set(activity(), "/routingStatus/status", json!("")), RefusalCode::BadStatus),
        (
            ACTIVITY,
            set(activity(), "/routingStatus/status", json!("x".repeat(33))),
            RefusalCode::BadStatus,
        ),
        (ACTIVITY, set(activity(), "/routingStatus/status", json!("ü")), RefusalCode::BadStatus),
        (
            ACTIVITY,
            set(activity(), "/routingStatus/startTime", json!("soon")),
            RefusalCode::BadTime,
        ),
        (
            ACTIVITY,
            set(activity(), "/presence/presenceDefinition", json!({})),
            RefusalCode::BadStatus,
        ),
        (
            ACTIVITY,
            set(activity(), "/presence/modifiedDate", json!("2026-05-15T15:10:00Z")),
            RefusalCode::BadTime,
        ),
        (PRESENCE, set(presence(), "/presenceDefinition/id", json!(7)), RefusalCode::BadId),
        (ROUTING, json!({"id": "u"}), RefusalCode::BadStatus),
        (QUEUE, json!({"user": {"id": "u"}, "joined": true}), RefusalCode::MissingId),
        (QUEUE, json!({"queueId": "q", "joined": true}), RefusalCode::MissingId),
        (QUEUE, json!({"user": {"id": "u"}, "queueId": "q"}), RefusalCode::BadValue),
        (STATE, set(state(), "/userId", json!("")), RefusalCode::MissingId),
        (STATE, set(state(), "/readAt", json!("now")), RefusalCode::BadTime),
        (STATE, set(state(), "/routing/0/since", Value::Null), RefusalCode::BadTime),
        (STATE, set(state(), "/routing", json!(vec![json!({}); 1_001])), RefusalCode::BadValue),
        (STATE, set(state(), "/presence/0/systemPresence", json!("a/b")), RefusalCode::BadStatus),
        (STATE, set(state(), "/members", json!(vec!["q"; 2_001])), RefusalCode::BadValue),
    ];
    for (topic, body, expected) in bad {
        assert_eq!(code(topic, &body), Some(expected), "{topic} {body}");
    }
}

#[test]
fn personal_text_is_in_no_fact_and_in_no_refusal() {
    for (topic, body) in [(ACTIVITY, activity()), (PRESENCE, presence())] {
        let parsed = format!("{:?}", result(&event(topic, &body)));
        assert!(!parsed.contains("doctor"), "{parsed}");
    }
    let mut body = activity();
    body["routingStatus"]["status"] = json!("at the doctor's");
    let refusal = parse(event(ACTIVITY, &body).to_string().as_bytes()).unwrap_err();
    assert!(!refusal.to_string().contains("doctor"), "{refusal}");
}

#[test]
fn a_status_that_nobody_knows_yet_keeps_its_name() {
    let body = json!({"id": "u", "routingStatus": {
        "status": "On-Break 2", "startTime": "2026-05-12T15:00:00.000Z"
    }});
    let change = routing_change(HOUR, REPORTED, "ON_BREAK_2");
    assert_eq!(facts(&event(ROUTING, &body), Source::Event), [change]);
}

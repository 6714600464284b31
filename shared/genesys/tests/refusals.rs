//! What cannot be used is refused with a code, and what can be used is not (`kpis.md#bad-input`).

#![allow(clippy::unwrap_used)]

use headroom_genesys::{EVENT_BYTES_MAX, Ignored, Parsed, RefusalCode, parse};
use headroom_kpi::EntityKey;
use headroom_kpi::facts::{FactKind, Source};
use serde_json::{Value, json};

/// A body of every used topic, with all that it needs and more.
fn event(topic: &str) -> Value {
    json!({
        "detail-type": topic,
        "time": "2026-05-12T14:03:25Z",
        "detail": {"eventBody": {
            "eventTime": 1_778_594_605_480_i64,
            "metricDate": "2026-05-12T14:03:25.480Z",
            "conversationId": "c", "sessionId": "s", "queueId": "q", "userId": "u",
            "answeredUserId": "a", "mediaType": "VOICE", "direction": "INBOUND",
            "acdOutcome": "ANSWERED", "connectedDurationMs": 43_465,
            "interactingDurationMs": 0, "heldDurationMs": 1, "alertingDurationMs": 2,
            "contactingDurationMs": 3, "dialingDurationMs": 4, "wrapupDurationMs": 5,
            "metric": "tAnswered", "value": 7, "recordId": "r"
        }}
    })
}

const ACD_END: &str = "v2.detail.events.conversation.{id}.acd.end";
const USER_END: &str = "v2.detail.events.conversation.{id}.user.end";
const ACW: &str = "v2.detail.events.conversation.{id}.acw";
const METRICS: &str = "v2.analytics.conversation.{id}.metrics";

fn with(topic: &str, field: &str, value: Value) -> Value {
    let mut event = event(topic);
    event["detail"]["eventBody"][field] = value;
    event
}

fn without(topic: &str, field: &str) -> Value {
    let mut event = event(topic);
    event["detail"]["eventBody"].as_object_mut().unwrap().remove(field).unwrap();
    event
}

fn code(event: &Value) -> Option<RefusalCode> {
    parse(event.to_string().as_bytes()).err().map(|refusal| refusal.code)
}

#[test]
fn an_id_that_a_topic_needs_must_be_there() {
    let needed = [
        (ACD_END, &["conversationId", "sessionId", "queueId"][..]),
        (USER_END, &["conversationId", "sessionId", "userId"]),
        (ACW, &["conversationId", "sessionId", "userId"]),
        (METRICS, &["conversationId"]),
        ("v2.detail.events.conversation.{id}.customer.start", &["conversationId", "sessionId"]),
    ];
    for (topic, ids) in needed {
        assert_eq!(code(&event(topic)), None, "{topic}");
        for id in ids {
            assert_eq!(code(&without(topic, id)), Some(RefusalCode::MissingId), "{topic} {id}");
            let empty = with(topic, id, json!(""));
            assert_eq!(code(&empty), Some(RefusalCode::MissingId), "{topic} {id}");
            let null = with(topic, id, Value::Null);
            assert_eq!(code(&null), Some(RefusalCode::MissingId), "{topic} {id}");
        }
    }
}

#[test]
fn an_id_that_a_topic_does_not_need_may_be_absent_or_empty() {
    for (topic, id) in [(USER_END, "queueId"), (ACD_END, "answeredUserId"), (METRICS, "userId")] {
        assert_eq!(code(&without(topic, id)), None);
        assert_eq!(code(&with(topic, id, json!(""))), None);
    }
}

#[test]
fn an_id_must_be_one() {
    for bad in [json!("a#b"), json!("a\u{7}"), json!("x".repeat(129)), json!(7), json!(["q"])] {
        assert_eq!(code(&with(ACD_END, "queueId", bad)), Some(RefusalCode::BadId));
    }
    assert_eq!(code(&with(ACD_END, "queueId", json!("é".repeat(128)))), None);
}

#[test]
fn the_time_must_be_plausible() {
    let arrived = 1_778_594_605_000_i64;
    let ahead = arrived + 48 * 3_600_000;
    for bad in [
        json!(946_684_799_999_i64),
        json!(ahead + 1),
        json!("2026-05-12T14:03:25Z"),
        json!(1.5),
        Value::Null,
    ] {
        assert_eq!(code(&with(ACD_END, "eventTime", bad)), Some(RefusalCode::BadTime));
    }
    let mut far = with(ACD_END, "eventTime", json!(253_402_128_000_000_i64));
    far["time"] = json!("9999-12-29T00:00:00Z");
    assert_eq!(code(&far), Some(RefusalCode::BadTime), "no row could show it");
    far["detail"]["eventBody"]["eventTime"] = json!(253_402_127_999_999_i64);
    assert_eq!(code(&far), None);
    for good in [946_684_800_000, ahead] {
        assert_eq!(code(&with(ACD_END, "eventTime", json!(good))), None);
    }
    for bad in [json!("yesterday"), json!(arrived), json!("1999-12-31T23:59:59.999Z"), Value::Null]
    {
        assert_eq!(code(&with(METRICS, "metricDate", bad)), Some(RefusalCode::BadTime));
    }
}

#[test]
fn durations_and_values_are_whole_and_within_400_days() {
    let most = 400 * 24 * 3_600_000_i64;
    let fields = [
        (ACD_END, "connectedDurationMs", RefusalCode::BadDuration),
        (USER_END, "alertingDurationMs", RefusalCode::BadDuration),
        (USER_END, "interactingDurationMs", RefusalCode::BadDuration),
        (USER_END, "heldDurationMs", RefusalCode::BadDuration),
        (USER_END, "contactingDurationMs", RefusalCode::BadDuration),
        (USER_END, "dialingDurationMs", RefusalCode::BadDuration),
        (ACW, "wrapupDurationMs", RefusalCode::BadDuration),
        (METRICS, "value", RefusalCode::BadValue),
    ];
    for (topic, field, refused) in fields {
        for bad in [json!(-1), json!(most + 1), json!(1.5), json!("5"), json!(u64::MAX)] {
            assert_eq!(code(&with(topic, field, bad)), Some(refused), "{field}");
        }
        assert_eq!(code(&with(topic, field, json!(most))), None, "{field}");
        let needed = (topic == METRICS).then_some(refused);
        assert_eq!(code(&without(topic, field)), needed, "{field}");
    }
}

#[test]
fn a_metric_needs_a_name_and_something_to_be_booked_on() {
    for bad in [json!("n-x"), json!(""), json!("t".repeat(65)), json!(5)] {
        assert_eq!(code(&with(METRICS, "metric", bad)), Some(RefusalCode::BadMetric));
    }
    assert_eq!(code(&without(METRICS, "metric")), Some(RefusalCode::BadMetric));
    assert_eq!(code(&without(METRICS, "sessionId")), None, "its record will do");
    let mut neither = without(METRICS, "sessionId");
    neither["detail"]["eventBody"]["recordId"] = Value::Null;
    assert_eq!(code(&neither), Some(RefusalCode::MissingId));
}

#[test]
fn what_is_no_event_says_so() {
    let refused = |bytes: &[u8]| parse(bytes).unwrap_err().code;
    assert_eq!(refused(b""), RefusalCode::NotJson);
    assert_eq!(refused(b"{\"detail-type\":"), RefusalCode::NotJson);
    assert_eq!(refused(b"{\"detail-type\":\"\xff\"}"), RefusalCode::NotJson);
    assert_eq!(refused(b"[1]"), RefusalCode::BadTopic);
    assert_eq!(refused(b"{}"), RefusalCode::BadTopic);
    assert_eq!(refused(b"{\"detail-type\":7}"), RefusalCode::BadTopic);
    assert_eq!(refused(&vec![b' '; EVENT_BYTES_MAX + 1]), RefusalCode::TooLarge);
    let twice = event(ACD_END).to_string().replace("\"queueId\"", "\"queueId\":\"p\",\"queueId\"");
    assert_eq!(refused(twice.as_bytes()), RefusalCode::NotJson);
}

#[test]
fn a_refusal_never_quotes_the_event() {
    let secret = "+13175550123";
    let broken = [
        event(ACD_END).to_string().replace("\"VOICE\"", &format!("\"{secret}\"x")),
        with(ACD_END, "queueId", json!(format!("{secret}#"))).to_string(),
        with(METRICS, "metric", json!(secret)).to_string(),
        with(ACD_END, "eventTime", json!(secret)).to_string(),
    ];
    for event in broken {
        let refusal = parse(event.as_bytes()).unwrap_err();
        assert!(!refusal.to_string().contains("317555"), "{refusal}");
    }
}

#[test]
fn unknown_values_fields_topics_and_metrics_are_no_fault() {
    assert_eq!(code(&with(ACD_END, "acdOutcome", json!("TELEPORTED"))), None);
    assert_eq!(code(&with(ACD_END, "mediaType", json!("HOLOGRAM"))), None);
    assert_eq!(code(&with(ACD_END, "mediaType", json!({"a": 1}))), None);
    assert_eq!(code(&with(ACD_END, "somethingNew", json!([{"deep": [1, 2.5]}]))), None);
    let ignored = |event: Value| match parse(event.to_string().as_bytes()).unwrap() {
        Parsed::Ignored(kind) => kind,
        Parsed::Fact(..) | Parsed::Facts(_) | Parsed::Partial(..) => unreachable!(),
    };
    let new = "v3.something.new";
    assert_eq!(ignored(event(new)), Ignored::UnknownTopic(new.into()));
    let template = "v2.users.{id}.outofoffice";
    assert_eq!(ignored(event(template)), Ignored::Topic(template));
    assert_eq!(ignored(with(METRICS, "metric", json!("oWaiting"))), Ignored::Metric);
    assert_eq!(ignored(with(METRICS, "metric", json!("xNew"))), Ignored::Metric);
}

#[test]
fn the_end_of_a_conversation_needs_no_session() {
    let mut closed = event("headroom.conversation.closed");
    closed["detail"]["eventBody"].as_object_mut().unwrap().remove("sessionId");
    let parsed = parse(closed.to_string().as_bytes()).unwrap();
    let Parsed::Fact(EntityKey::Conversation(id), fact) = parsed else { unreachable!() };
    assert_eq!(id.to_string(), "c");
    assert_eq!(fact.source, Source::Event);
    assert!(matches!(fact.kind, FactKind::Closed(_)));
}

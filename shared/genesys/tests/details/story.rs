//! An answered call, as the Platform API tells it.

use headroom_genesys::RefusalCode;
use headroom_genesys::details::{ConversationDetails, ResponseFacts};
use headroom_kpi::facts::{FactKind, Source};
use headroom_kpi::{Id, Millis};
use serde_json::{Value, json};

pub(crate) const READ_AT: i64 = 1_778_601_600_000;

/// A time of the day of the story, in milliseconds since 1970.
pub(crate) fn ms(text: &str) -> Millis {
    Millis(time_text(text).parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

pub(crate) fn time_text(text: &str) -> String {
    format!("2026-05-12T{text}Z")
}

pub(crate) fn segment(kind: &str, start: &str, end: &str) -> Value {
    json!({"segmentType": kind, "segmentStart": time_text(start), "segmentEnd": time_text(end), "queueId": "q",
        "conference": false})
}

pub(crate) fn metric(name: &str, value: i64, emitted: &str) -> Value {
    json!({"name": name, "value": value, "emitDate": time_text(emitted)})
}

/// An answered call that is transferred, as the API tells it.
pub(crate) fn answer() -> Value {
    let mut talk = segment("interact", "14:03:25.500", "14:06:00.000");
    talk["disconnectType"] = json!("consultTransfer");
    json!({
        "conversationId": "c", "conversationStart": time_text("14:02:10"), "readAt": READ_AT,
        "conversationEnd": time_text("14:06:00.100"), "originatingDirection": "inbound",
        "participants": [
            {"purpose": "customer", "participantName": "Jane Doe", "sessions": [
                {"sessionId": "s1", "mediaType": "voice", "ani": "tel:+13175550123",
                 "segments": [segment("interact", "14:02:10", "14:06:00.100")],
                 "metrics": [metric("nConnected", 1, "14:02:10"), metric("oNew", 5, "14:02:10")]}]},
            {"purpose": "acd", "sessions": [
                {"sessionId": "s2", "mediaType": "voice", "direction": "inbound",
                 "segments": [segment("interact", "14:02:42.015", "14:03:25.480")],
                 "metrics": [metric("nOffered", 1, "14:02:42.015"),
                    metric("tAcd", 43_465, "14:03:25.480"),
                    metric("tAnswered", 43_465, "14:03:25.480"),
                    metric("nOverSla", 1, "14:03:25.480")]}]},
            {"purpose": "agent", "userId": "u", "sessions": [
                {"sessionId": "s3", "mediaType": "voice", "direction": "outbound",
                 "segments": [segment("alert", "14:03:15", "14:03:25.500"), talk,
                    segment("hold", "14:04:00", "14:04:30"),
                    segment("wrapup", "14:06:00", "14:06:20")],
                 "metrics": [metric("tTalkComplete", 124_500, "14:06:00")]}]}
        ]
    })
}

pub(crate) fn details(answer: &Value) -> ConversationDetails {
    serde_json::from_value::<ConversationDetails>(answer.clone()).unwrap().resolve()
}

pub(crate) fn facts(answer: &Value) -> Vec<FactKind> {
    let ResponseFacts { facts, refusals } = details(answer).facts().unwrap();
    assert_eq!(refusals, []);
    assert!(facts.iter().all(|fact| fact.source == Source::Api));
    facts.into_iter().map(|fact| fact.kind).collect()
}

/// Why an answer is refused, as a whole or in part.
pub(crate) fn code(answer: &Value) -> Option<RefusalCode> {
    let refusal = match details(answer).facts() {
        Ok(facts) => facts.refusal(),
        Err(refusal) => Some(refusal),
    };
    refusal.map(|refusal| refusal.code)
}

pub(crate) fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

pub(crate) fn event(body: &Value) -> Vec<u8> {
    let event = json!({"detail-type": "headroom.conversation.details",
        "time": "2026-05-12T16:00:00Z", "detail": {"eventBody": body}});
    event.to_string().into_bytes()
}

//! Lines that must be refused (`kpis.md#bad-input`), made from valid events.

use crate::chance::Chance;
use crate::events::envelope::conversation_id;
use crate::time::{DAY_MS, iso_ms};
use serde_json::{Value, json};

/// 2000-01-01T00:00:00Z: earlier times are refused.
const TIME_MIN: i64 = 946_684_800_000;
/// Longer durations are refused.
const DURATION_MS_MAX: i64 = 400 * DAY_MS;
/// Times that are further ahead of the delivery are refused.
const AHEAD_MS_MAX: i64 = 2 * DAY_MS;
/// Longer ids are refused.
const ID_CHARS_MAX: i64 = 128;

/// Ways to make an event invalid. Not every way changes every event.
const WAYS: [fn(&mut Event, &mut Chance); 8] =
    [no_topic, no_body, no_id, bad_id, bad_duration, bad_time, bad_time, bad_name];

/// Ways to make an event about an agent invalid. Each event has one that changes it.
const STATUS_WAYS: [fn(&mut Event, &mut Chance); 6] =
    [no_topic, no_body, no_id, bad_id, bad_time, bad_status];

/// A line that must be refused.
pub(super) fn broken_line(event: &[u8], chance: &mut Chance) -> Vec<u8> {
    match chance.between(0..=9) {
        0 => truncated(event, chance),
        1 => not_an_event(chance),
        2 => not_utf8(event, chance),
        _ => invalid_event(event, chance),
    }
}

/// A JSON object without its end.
fn truncated(event: &[u8], chance: &mut Chance) -> Vec<u8> {
    let length = chance.index(event.len() - 1) + 1;
    event[..length].to_vec()
}

fn not_an_event(chance: &mut Chance) -> Vec<u8> {
    let lines = [
        "not json at all",
        "<event topic=\"v2\"/>",
        "{'version':'0'}",
        "null",
        "42",
        "[]",
        "{}",
        "\"v2.detail.events.conversation.{id}.acd.end\"",
        "{\"detail\":{}}",
        "%PDF-1.7",
        "]",
        ",",
    ];
    chance.pick(&lines).as_bytes().to_vec()
}

/// Bytes that are not UTF-8, where no parser can skip them: between values, or in an id.
fn not_utf8(event: &[u8], chance: &mut Chance) -> Vec<u8> {
    let id_at = conversation_id(event).map(|(at, _)| at).filter(|_| chance.happens(0.7));
    let mut line = event.to_vec();
    let byte = chance.pick(&[0xff, 0xc0, 0x80]);
    match id_at {
        Some(at) => line[at + 4] = byte,
        None => line.insert(1, byte),
    }
    line
}

/// Applies the first way that changes this event, beginning with a random one.
fn invalid_event(event: &[u8], chance: &mut Chance) -> Vec<u8> {
    let Some(valid) = Event::parse(event) else {
        return not_an_event(chance);
    };
    let ways = if valid.is_about_user() { &STATUS_WAYS[..] } else { &WAYS[..] };
    let first = chance.index(ways.len());
    for way in ways.iter().cycle().skip(first).take(ways.len()) {
        let mut invalid = valid.clone();
        way(&mut invalid, chance);
        if invalid.envelope != valid.envelope {
            return invalid.envelope.to_string().into_bytes();
        }
    }
    not_an_event(chance)
}

fn no_topic(event: &mut Event, chance: &mut Chance) {
    if chance.happens(0.5) {
        event.envelope["detail-type"] = json!("");
    } else {
        remove(&mut event.envelope, "detail-type");
    }
    remove(&mut event.envelope["detail"], "topicName");
}

fn no_body(event: &mut Event, chance: &mut Chance) {
    *event.body() = if chance.pick(&[true, false]) { json!({}) } else { Value::Null };
}

fn no_id(event: &mut Event, chance: &mut Chance) {
    let Some(key) = event.required_id(chance) else { return };
    if chance.happens(0.5) {
        remove(event.body(), key);
    } else {
        event.set(key, json!(""));
    }
}

fn bad_id(event: &mut Event, chance: &mut Chance) {
    let Some(key) = event.required_id(chance) else { return };
    let length = usize::try_from(chance.between(ID_CHARS_MAX + 1..=3 * ID_CHARS_MAX));
    let value = match chance.between(0..=4) {
        0 => "queue#1".to_owned(),
        1 => "two\nlines".to_owned(),
        2 => "nul\u{0}".to_owned(),
        3 => "bell\u{7}".to_owned(),
        _ => "x".repeat(length.unwrap_or_default()),
    };
    event.set(key, json!(value));
}

fn bad_duration(event: &mut Event, chance: &mut Chance) {
    let durations = event.durations();
    if !durations.is_empty() {
        let key = chance.pick(durations);
        let negative = chance.happens(0.5);
        let ms = if negative {
            -chance.between(1..=DAY_MS)
        } else {
            DURATION_MS_MAX + chance.between(1..=1000 * DAY_MS)
        };
        event.set(key, json!(ms));
    }
}

fn bad_time(event: &mut Event, chance: &mut Chance) {
    if event.is_about_user() {
        return bad_status_time(event, chance);
    }
    let is_metric = event.is_metric();
    let key = if is_metric { "metricDate" } else { "eventTime" };
    let value = |ms| if is_metric { json!(iso_ms(ms)) } else { json!(ms) };
    match chance.between(0..=3) {
        0 => remove(event.body(), key),
        1 if is_metric => event.set(key, json!("yesterday")),
        1 => event.set(key, json!(event.delivered().to_string())),
        2 => event.set(key, value(TIME_MIN - chance.between(1..=1000 * DAY_MS))),
        _ => {
            let ahead = AHEAD_MS_MAX + chance.between(1..=1000 * DAY_MS);
            event.set(key, value(event.delivered() + ahead));
        }
    }
}

/// A time of a status. A missing one is no error, as the event has a time beside its body.
fn bad_status_time(event: &mut Event, chance: &mut Chance) {
    let ahead = AHEAD_MS_MAX + chance.between(1..=1000 * DAY_MS);
    let delivered = event.delivered();
    let time = match chance.between(0..=2) {
        0 => json!("yesterday"),
        1 => json!(iso_ms(TIME_MIN - chance.between(1..=1000 * DAY_MS))),
        _ => json!(iso_ms(delivered + ahead)),
    };
    for pointer in ["/routingStatus/startTime", "/modifiedDate"] {
        if let Some(value) = event.body().pointer_mut(pointer) {
            *value = time.clone();
        }
    }
}

/// What cannot be a routing status or a presence.
fn bad_status(event: &mut Event, chance: &mut Chance) {
    let status = json!(chance.pick(&["", "IDLE#1", "caf\u{e9}", "ON.QUEUE"]));
    let pointers = ["/routingStatus/status", "/presenceDefinition/systemPresence"].into_iter();
    for pointer in pointers {
        if let Some(value) = event.body().pointer_mut(pointer) {
            *value = status.clone();
        }
    }
}

fn bad_name(event: &mut Event, chance: &mut Chance) {
    if event.is_metric() {
        let names = ["", "t-Answered", "n Offered", "tAnsw\u{e9}red", "nOffered#1", "t.Handle"];
        let long = format!("t{}", "x".repeat(64));
        let name = if chance.happens(0.2) { &long } else { chance.pick(&names) };
        event.set("metric", json!(name));
    }
}

fn remove(object: &mut Value, key: &str) {
    if let Some(fields) = object.as_object_mut() {
        fields.remove(key);
    }
}

/// A parsed event.
#[derive(Clone)]
struct Event {
    envelope: Value,
    /// What follows `{id}.` in the topic.
    suffix: String,
}

impl Event {
    fn parse(event: &[u8]) -> Option<Self> {
        let envelope: Value = serde_json::from_slice(event).ok()?;
        let suffix = envelope["detail-type"].as_str()?.rsplit_once("{id}.")?.1.to_owned();
        Some(Self { envelope, suffix })
    }

    fn is_about_user(&self) -> bool {
        ["activity", "presence", "routingStatus", "users"].contains(&self.suffix.as_str())
    }

    fn is_metric(&self) -> bool {
        self.suffix == "metrics"
    }

    fn body(&mut self) -> &mut Value {
        &mut self.envelope["detail"]["eventBody"]
    }

    fn set(&mut self, key: &str, value: Value) {
        self.body()[key] = value;
    }

    /// One of the ids that the body must have. The user of a presence stands in the topic's name.
    fn required_id(&self, chance: &mut Chance) -> Option<&'static str> {
        let ids = self.required_ids();
        (!ids.is_empty()).then(|| chance.pick(ids))
    }

    /// The ids that the rules require.
    fn required_ids(&self) -> &'static [&'static str] {
        match self.suffix.as_str() {
            "activity" | "routingStatus" => &["id"],
            "presence" => &[],
            "users" => &["queueId"],
            "metrics" => &["conversationId"],
            "acd.start" | "acd.end" => &["conversationId", "sessionId", "queueId"],
            "user.start" | "user.end" | "acw" => &["conversationId", "sessionId", "userId"],
            _ => &["conversationId", "sessionId"],
        }
    }

    /// The durations that the rules use.
    fn durations(&self) -> &'static [&'static str] {
        match self.suffix.as_str() {
            "metrics" => &["value"],
            "acd.end" => &["connectedDurationMs"],
            "acw" => &["wrapupDurationMs"],
            "user.end" => &["interactingDurationMs", "heldDurationMs", "alertingDurationMs"],
            _ => &[],
        }
    }

    /// The time of delivery in ms.
    fn delivered(&self) -> i64 {
        let time = self.envelope["time"].as_str().and_then(|time| time.parse().ok());
        time.map_or(0, jiff::Timestamp::as_millisecond)
    }
}

//! Lines that must be refused (`kpis.md`, section 8), made from events that must be taken.

mod event;

use crate::chance::Chance;
use crate::events::conversation_id_at;
use event::Event;
use serde_json::{Value, json};

const DAY_MS: i64 = 86_400_000;
/// No event is older than 2000-01-01T00:00:00Z.
const TIME_MIN: i64 = 946_684_800_000;
const DURATION_MAX: i64 = 31 * DAY_MS;
const AHEAD_MS_MAX: i64 = 2 * DAY_MS;
const ID_CHARS_MAX: i64 = 128;

/// The ways to spoil an event.
type Spoil = fn(&mut Event, &mut Chance);

const WAYS: [Spoil; 8] =
    [no_topic, no_body, no_id, bad_id, bad_duration, bad_time, bad_time, bad_name];

/// A line that must be refused.
pub(super) fn spoil(event: &[u8], chance: &mut Chance) -> Vec<u8> {
    match chance.between(0..=9) {
        0 => truncated(event, chance),
        1 => not_an_event(chance),
        2 => not_text(event, chance),
        _ => spoil_parts(event, chance),
    }
}

/// No part of a JSON object from its start is one.
fn truncated(event: &[u8], chance: &mut Chance) -> Vec<u8> {
    let at = chance.index(event.len() - 1) + 1;
    event[..at].to_vec()
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

/// Bytes that are no UTF-8: where a parser cannot pass over them, between values or in an id.
fn not_text(event: &[u8], chance: &mut Chance) -> Vec<u8> {
    let found = conversation_id_at(event);
    let in_id = found.filter(|_| chance.happens(0.7)).map(|at| at + 4);
    let mut spoilt = event.to_vec();
    let wrong = chance.pick(&[0xff, 0xc0, 0x80]);
    match in_id {
        Some(at) => spoilt[at] = wrong,
        None => spoilt.insert(1, wrong),
    }
    spoilt
}

/// Spoils in the first way that can spoil this event, beginning with a random one.
fn spoil_parts(event: &[u8], chance: &mut Chance) -> Vec<u8> {
    let Some(intact) = Event::read(event) else {
        return not_an_event(chance);
    };
    let first = chance.index(WAYS.len());
    let ways = WAYS.iter().cycle().skip(first).take(WAYS.len());
    for way in ways {
        let mut spoilt = intact.clone();
        way(&mut spoilt, chance);
        if spoilt.whole != intact.whole {
            return spoilt.whole.to_string().into_bytes();
        }
    }
    not_an_event(chance)
}

fn no_topic(event: &mut Event, chance: &mut Chance) {
    let empty = chance.happens(0.5);
    let Some(whole) = event.whole.as_object_mut() else {
        return;
    };
    if empty {
        whole.insert("detail-type".to_owned(), json!(""));
    } else {
        whole.remove("detail-type");
    }
    if let Some(detail) = whole.get_mut("detail").and_then(Value::as_object_mut) {
        detail.remove("topicName");
    }
}

fn no_body(event: &mut Event, chance: &mut Chance) {
    let body = chance.pick(&[true, false]).then(|| json!({}));
    if let Some(detail) = event.whole.get_mut("detail").and_then(Value::as_object_mut) {
        detail.insert("eventBody".to_owned(), body.unwrap_or(Value::Null));
    }
}

fn no_id(event: &mut Event, chance: &mut Chance) {
    let key = chance.pick(event.needed_ids());
    if chance.happens(0.5) {
        event.remove(key);
    } else {
        event.set(key, json!(""));
    }
}

fn bad_id(event: &mut Event, chance: &mut Chance) {
    let key = chance.pick(event.needed_ids());
    let long = usize::try_from(chance.between(ID_CHARS_MAX + 1..=3 * ID_CHARS_MAX));
    let value = match chance.between(0..=4) {
        0 => "queue#1".to_owned(),
        1 => "two\nlines".to_owned(),
        2 => "nul\u{0}".to_owned(),
        3 => "bell\u{7}".to_owned(),
        _ => "x".repeat(long.unwrap_or_default()),
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
            DURATION_MAX + chance.between(1..=1000 * DAY_MS)
        };
        event.set(key, json!(ms));
    }
}

fn bad_time(event: &mut Event, chance: &mut Chance) {
    let key = if event.is_metric() { "metricDate" } else { "eventTime" };
    let is_metric = event.is_metric();
    match chance.between(0..=3) {
        0 => event.remove(key),
        1 if is_metric => event.set(key, json!("yesterday")),
        1 => event.set(key, json!(event.delivered().to_string())),
        2 => event.set(key, time(TIME_MIN - chance.between(1..=1000 * DAY_MS), is_metric)),
        _ => {
            let ahead = AHEAD_MS_MAX + chance.between(1..=1000 * DAY_MS);
            event.set(key, time(event.delivered() + ahead, is_metric));
        }
    }
}

fn time(ms: i64, is_metric: bool) -> Value {
    if is_metric { json!(crate::events::envelope::iso_ms(ms)) } else { json!(ms) }
}

fn bad_name(event: &mut Event, chance: &mut Chance) {
    if event.is_metric() {
        let names = ["", "t-Answered", "n Offered", "tAnsw\u{e9}red", "nOffered#1", "t.Handle"];
        let long = format!("t{}", "x".repeat(64));
        let name = if chance.happens(0.2) { &long } else { chance.pick(&names) };
        event.set("metric", json!(name));
    }
}

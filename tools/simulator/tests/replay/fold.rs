//! Lines in, facts out (`kpis.md#facts`, `kpis.md#bad-input`).

use crate::agents::Agents;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

pub(crate) type Body = Map<String, Value>;

/// What becomes of a line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accepted,
    Ignored,
    Refused,
}

#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) conversations: BTreeMap<String, Conversation>,
    pub(crate) agents: Agents,
}

#[derive(Default)]
pub(crate) struct Conversation {
    /// By topic and session.
    pub(crate) sessions: BTreeMap<(String, String), Body>,
    /// By session (or record), metric and time.
    pub(crate) metrics: BTreeMap<(String, String, i64), Body>,
}

impl Facts {
    pub(crate) fn take(&mut self, line: &[u8]) -> Verdict {
        match self.read(line) {
            Some(true) => Verdict::Accepted,
            Some(false) => Verdict::Ignored,
            None => Verdict::Refused,
        }
    }

    /// Nothing if the line is refused; else whether it is of use.
    fn read(&mut self, line: &[u8]) -> Option<bool> {
        let event: Value = serde_json::from_slice(line).ok()?;
        let topic = event.get("detail-type")?.as_str().filter(|topic| !topic.is_empty())?;
        let detail = event.get("detail")?;
        let delivered = parse_time(event.get("time")?.as_str()?)?;
        let suffix = topic.strip_prefix("v2.detail.events.conversation.{id}.");
        if topic == "v2.analytics.conversation.{id}.metrics" {
            return self.metric(detail.get("eventBody")?.as_object()?, delivered);
        }
        if topic.starts_with("v2.users.") || topic.starts_with("v2.routing.queues.") {
            return self.agents.take(topic, detail, delivered);
        }
        match suffix.filter(|suffix| needed(suffix).is_some()) {
            Some(suffix) => self.session(suffix, detail.get("eventBody")?.as_object()?, delivered),
            None => Some(false),
        }
    }

    fn session(&mut self, suffix: &str, body: &Body, delivered: i64) -> Option<bool> {
        for key in needed(suffix)? {
            id(body, key)?;
        }
        let time = body.get("eventTime")?.as_i64()?;
        check_time(time, delivered)?;
        for (key, value) in body {
            if key.ends_with("DurationMs") {
                check_duration(value.as_i64()?)?;
            }
        }
        let conversation = self.conversations.entry(id(body, "conversationId")?).or_default();
        let key = (suffix.to_owned(), id(body, "sessionId")?);
        if let Some(previous) = conversation.sessions.insert(key, body.clone()) {
            assert_eq!(previous, *body, "events of one kind and session that differ");
        }
        Some(true)
    }

    fn metric(&mut self, body: &Body, delivered: i64) -> Option<bool> {
        let name = body.get("metric")?.as_str()?;
        let valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let named = (1..=64).contains(&name.len()) && name.bytes().all(valid);
        named.then_some(())?;
        let time = parse_time(body.get("metricDate")?.as_str()?)?;
        check_time(time, delivered)?;
        check_duration(body.get("value")?.as_i64()?)?;
        let conversation = id(body, "conversationId")?;
        let session = if body.contains_key("sessionId") { "sessionId" } else { "recordId" };
        if !name.starts_with(['n', 'o', 't']) {
            return Some(false);
        }
        let key = (id(body, session)?, name.to_owned(), time);
        let previous =
            self.conversations.entry(conversation).or_default().metrics.insert(key, body.clone());
        assert!(
            previous.is_none_or(|previous| previous == *body),
            "metric facts that differ: {body:?}"
        );
        Some(true)
    }
}

fn needed(suffix: &str) -> Option<&'static [&'static str]> {
    match suffix {
        "customer.start" | "customer.end" => Some(&["conversationId", "sessionId"]),
        "acd.start" | "acd.end" => Some(&["conversationId", "sessionId", "queueId"]),
        "user.start" | "user.end" | "acw" => Some(&["conversationId", "sessionId", "userId"]),
        _ => None,
    }
}

pub(crate) fn id(body: &Body, key: &str) -> Option<String> {
    let id = body.get(key)?.as_str()?;
    let bad = |c: char| c == '#' || c.is_control();
    let valid = !id.is_empty() && id.chars().count() <= 128 && !id.contains(bad);
    valid.then(|| id.to_owned())
}

pub(crate) fn parse_time(text: &str) -> Option<i64> {
    Some(text.parse::<jiff::Timestamp>().ok()?.as_millisecond())
}

pub(crate) fn check_time(time: i64, delivered: i64) -> Option<()> {
    (946_684_800_000..=delivered + 172_800_000).contains(&time).then_some(())
}

fn check_duration(ms: i64) -> Option<()> {
    (0..=400 * 86_400_000).contains(&ms).then_some(())
}

//! An event taken apart, and what the rules need of it.

use serde_json::{Map, Value};

/// An event taken apart.
#[derive(Clone)]
pub(super) struct Event {
    pub(super) whole: Value,
    topic: String,
}

impl Event {
    pub(super) fn read(event: &[u8]) -> Option<Self> {
        let whole: Value = serde_json::from_slice(event).ok()?;
        let topic = whole["detail-type"].as_str()?;
        let topic = topic.rsplit_once("{id}.")?.1.to_owned();
        Some(Self { whole, topic })
    }

    pub(super) fn is_metric(&self) -> bool {
        self.topic == "metrics"
    }

    fn body(&mut self) -> Option<&mut Map<String, Value>> {
        self.whole.get_mut("detail")?.get_mut("eventBody")?.as_object_mut()
    }

    pub(super) fn set(&mut self, key: &str, value: Value) {
        if let Some(body) = self.body() {
            body.insert(key.to_owned(), value);
        }
    }

    pub(super) fn remove(&mut self, key: &str) {
        if let Some(body) = self.body() {
            body.remove(key);
        }
    }

    /// The ids without which an event of the topic says nothing.
    pub(super) fn needed_ids(&self) -> &'static [&'static str] {
        match self.topic.as_str() {
            "metrics" => &["conversationId"],
            "acd.start" | "acd.end" => &["conversationId", "sessionId", "queueId"],
            "user.start" | "user.end" | "acw" => &["conversationId", "sessionId", "userId"],
            _ => &["conversationId", "sessionId"],
        }
    }

    /// The durations that the rules use.
    pub(super) fn durations(&self) -> &'static [&'static str] {
        match self.topic.as_str() {
            "metrics" => &["value"],
            "acd.end" => &["connectedDurationMs"],
            "acw" => &["wrapupDurationMs"],
            "user.end" => &["interactingDurationMs", "heldDurationMs", "alertingDurationMs"],
            _ => &[],
        }
    }

    /// When it was delivered, in ms.
    pub(super) fn delivered(&self) -> i64 {
        let time = self.whole["time"].as_str().and_then(|time| time.parse().ok());
        time.map_or(0, jiff::Timestamp::as_millisecond)
    }
}

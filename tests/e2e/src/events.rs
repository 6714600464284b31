//! Single events, for tests that need no simulation.

use crate::Cloud;
use serde_json::{Value, json};
use std::time::SystemTime;

/// An event `acd.start`: a conversation enters a queue, now.
pub fn acd_start(queue: &str, conversation: &str) -> Value {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
    json!({
        "detail-type": "v2.detail.events.conversation.{id}.acd.start",
        "time": jiff::Timestamp::now().round(jiff::Unit::Second).unwrap().to_string(),
        "detail": {"eventBody": {
            "eventTime": u64::try_from(now).unwrap(), "conversationId": conversation,
            "sessionId": format!("session-of-{conversation}"), "queueId": queue,
            "mediaType": "VOICE",
        }},
    })
}

impl Cloud {
    /// Hands events to ingest, as EventBridge would.
    pub async fn deliver(&self, events: &[Value]) {
        let messages: Vec<_> = events.iter().map(Value::to_string).collect();
        self.send(&messages).await;
    }
}

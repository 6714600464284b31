//! The envelope. Its head and tail have a fixed length, so that a repeat can get a new one.

use crate::id::Id;
use crate::json::Object;
use crate::truth::instant;
use std::ops::Range;

/// The partner event source, invented.
const SOURCE: &str =
    "aws.partner/genesys.com/cloud/664cd742-0c02-4f3f-93a5-05d3fff8656a/kpi-events";
const HEAD: &str = r#"{"version":"0","id":""#;
const BEFORE_TIME: &str = r#"","time":""#;
const TAIL: &str = r#""}}"#;
const ID_LENGTH: usize = 36;
const SECONDS_LENGTH: usize = "2026-05-12T14:02:10Z".len();
const MILLIS_LENGTH: usize = "2026-05-12T14:02:10.180Z".len();

/// What is around an event's body.
pub(crate) struct Envelope {
    pub(crate) id: Id,
    pub(crate) correlation: Id,
    pub(crate) topic: Topic,
    /// When it is delivered, in ms: a little after the event.
    pub(crate) delivered: i64,
}

/// What an event is about.
#[derive(Clone, Copy)]
pub(crate) enum Topic {
    /// `v2.detail.events.conversation.{id}.<suffix>`.
    Detail { suffix: &'static str, conversation: Id },
    /// `v2.analytics.conversation.{id}.metrics`.
    Metrics { conversation: Id },
    /// `v2.users.{id}.<suffix>`.
    User { suffix: &'static str, user: Id },
    /// `v2.analytics.queues.{id}.observations`.
    Observations { queue: &'static str },
}

impl Topic {
    fn name(self, id: &str) -> String {
        match self {
            Self::Detail { suffix, .. } => format!("v2.detail.events.conversation.{id}.{suffix}"),
            Self::Metrics { .. } => format!("v2.analytics.conversation.{id}.metrics"),
            Self::User { suffix, .. } => format!("v2.users.{id}.{suffix}"),
            Self::Observations { .. } => format!("v2.analytics.queues.{id}.observations"),
        }
    }

    fn id(self) -> String {
        match self {
            Self::Detail { conversation, .. } | Self::Metrics { conversation } => {
                conversation.to_string()
            }
            Self::User { user, .. } => user.to_string(),
            Self::Observations { queue } => queue.to_owned(),
        }
    }
}

impl Envelope {
    /// The whole event.
    pub(crate) fn around(&self, body: Object) -> Vec<u8> {
        let mut metadata = Object::new();
        metadata.id("CorrelationId", self.correlation);
        let mut detail = Object::new();
        detail.text("topicName", &self.topic.name(&self.topic.id())).text("version", "2");
        detail.object("eventBody", body).object("metadata", metadata);
        detail.text("timestamp", &iso_ms(self.delivered));
        let mut envelope = Object::new();
        envelope.text("version", "0").id("id", self.id);
        envelope.text("time", &iso_seconds(self.delivered));
        envelope.text("detail-type", &self.topic.name("{id}")).text("source", SOURCE);
        envelope.text("account", "123456789012").text("region", "us-east-1");
        envelope.texts("resources", &[]).object("detail", detail);
        envelope.close()
    }
}

/// Puts an event into a new envelope: the same body, delivered once more.
pub(crate) fn redeliver(event: &mut [u8], id: Id, delivered: i64) {
    let id_at = HEAD.len();
    let time_at = id_at + ID_LENGTH + BEFORE_TIME.len();
    let timestamp_at = event.len() - TAIL.len() - MILLIS_LENGTH;
    let mut write = |at: usize, text: &[u8]| event[span(at, text)].copy_from_slice(text);
    write(id_at, &id.text());
    write(time_at, iso_seconds(delivered).as_bytes());
    write(timestamp_at, iso_ms(delivered).as_bytes());
}

const fn span(at: usize, text: &[u8]) -> Range<usize> {
    at..at + text.len()
}

/// ISO 8601 with milliseconds.
pub(crate) fn iso_ms(time: i64) -> String {
    format!("{:.3}", instant(time))
}

/// ISO 8601 in whole seconds, rounded down.
fn iso_seconds(time: i64) -> String {
    let text = instant(time - time.rem_euclid(1000)).to_string();
    debug_assert_eq!(text.len(), SECONDS_LENGTH);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn event() -> Vec<u8> {
        let mut body = Object::new();
        body.text("text", "a \"quoted\" \u{fc}");
        let topic = Topic::Detail { suffix: "acd.end", conversation: Id::random(3) };
        Envelope {
            id: Id::random(1),
            correlation: Id::random(2),
            topic,
            delivered: 1_778_594_530_180,
        }
        .around(body)
    }

    #[test]
    fn an_envelope_has_the_captured_shape() {
        let read: Value = serde_json::from_slice(&event()).unwrap();
        assert_eq!(read["detail-type"], "v2.detail.events.conversation.{id}.acd.end");
        assert_eq!(read["time"], "2026-05-12T14:02:10Z");
        assert_eq!(read["detail"]["timestamp"], "2026-05-12T14:02:10.180Z");
        let id = Id::random(3);
        let topic = format!("v2.detail.events.conversation.{id}.acd.end");
        assert_eq!(read["detail"]["topicName"], topic);
    }

    #[test]
    fn a_repeat_differs_in_its_envelope_only() {
        let (first, mut again) = (event(), event());
        redeliver(&mut again, Id::random(9), 1_778_594_590_007);
        let mut expected: Value = serde_json::from_slice(&first).unwrap();
        expected["id"] = Id::random(9).to_string().into();
        expected["time"] = "2026-05-12T14:03:10Z".into();
        expected["detail"]["timestamp"] = "2026-05-12T14:03:10.007Z".into();
        assert_eq!(serde_json::from_slice::<Value>(&again).unwrap(), expected);
    }
}

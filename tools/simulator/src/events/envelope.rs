//! The EventBridge envelope. What comes before and after the body has a fixed length, so that a
//! second delivery can overwrite it in place.

use crate::chance::Chance;
use crate::id::Id;
use crate::json::Object;
use crate::time::{iso_ms, iso_seconds};

/// The partner event source, invented.
const SOURCE: &str =
    "aws.partner/genesys.com/cloud/664cd742-0c02-4f3f-93a5-05d3fff8656a/kpi-events";
const BEFORE_ID: &str = r#"{"version":"0","id":""#;
const BEFORE_TIME: &str = r#"","time":""#;
const BEFORE_TOPIC: &str = r#"","detail-type":""#;
const AFTER_TIMESTAMP: &str = r#""}}"#;
const ID_LENGTH: usize = "00000000-0000-0000-0000-000000000000".len();
const TIME_LENGTH: usize = "2026-05-12T14:02:10Z".len();
const TIMESTAMP_LENGTH: usize = "2026-05-12T14:02:10.180Z".len();

/// Puts the body of an event of this time into an envelope; it is delivered up to 0.9 s later. The
/// topic has `{id}` in the place of the id of the object that the event is about.
pub(super) fn enclose(
    (topic, id): (&str, &str),
    time: i64,
    body: Object,
    chance: &mut Chance,
) -> Vec<u8> {
    let delivered = time + chance.between(120..=900);
    let envelope = Object::default()
        .with("version", "0")
        .with("id", chance.id())
        .with("time", iso_seconds(delivered))
        .with("detail-type", topic)
        .with("source", SOURCE)
        .with("account", "123456789012")
        .with("region", "us-east-1")
        .with("resources", [(); 0]);
    let detail = Object::default()
        .with("topicName", topic.replace("{id}", id))
        .with("version", "2")
        .with_object("eventBody", body)
        .with_object("metadata", Object::default().with("CorrelationId", chance.id()))
        .with("timestamp", iso_ms(delivered));
    envelope.with_object("detail", detail).into_bytes()
}

/// Gives an event a new envelope: the same body, delivered once more.
pub(crate) fn redeliver(event: &mut [u8], id: Id, delivered: i64) {
    let id_at = BEFORE_ID.len();
    let time_at = id_at + ID_LENGTH + BEFORE_TIME.len();
    overwrite(event, id_at, &id.to_string());
    overwrite(event, time_at, &iso_seconds(delivered));
}

/// Gives an event another time beside its body, as if it was published once more.
pub(crate) fn publish_again(event: &mut [u8], published: i64) {
    let timestamp_at = event.len() - AFTER_TIMESTAMP.len() - TIMESTAMP_LENGTH;
    overwrite(event, timestamp_at, &iso_ms(published));
}

fn overwrite(event: &mut [u8], start: usize, text: &str) {
    event[start..start + text.len()].copy_from_slice(text.as_bytes());
}

/// Whether an event is about an agent, and not about a conversation or a whole queue.
pub(crate) fn is_about_user(event: &[u8]) -> bool {
    let topic_at =
        BEFORE_ID.len() + ID_LENGTH + BEFORE_TIME.len() + TIME_LENGTH + BEFORE_TOPIC.len();
    let topic = event.get(topic_at..).unwrap_or_default();
    topic.starts_with(b"v2.users.") || topic.starts_with(b"v2.routing.queues.")
}

/// The id of the agent that an event is about as it stands in the bytes, if it is about one.
pub(crate) fn user_id(event: &[u8]) -> Option<&[u8]> {
    let keys: [&[u8]; 2] = [b"\"topicName\":\"v2.users.", b"\"user\":{\"id\":\""];
    let find = |key: &[u8]| event.windows(key.len()).position(|window| window == key);
    let start = keys.into_iter().find_map(|key| Some(find(key)? + key.len()))?;
    event.get(start..start + ID_LENGTH)
}

/// The id of the event's conversation as it stands in the bytes, with its position, if it has one.
pub(crate) fn conversation_id(event: &[u8]) -> Option<(usize, &[u8])> {
    let key: &[u8] = b"\"conversationId\":\"";
    let at = event.windows(key.len()).position(|window| window == key)? + key.len();
    Some((at, event.get(at..at + ID_LENGTH)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Part;
    use crate::id::id_from_bits;
    use serde_json::Value;

    const CONVERSATION: Id = id_from_bits(3);

    fn event() -> Vec<u8> {
        let topic = ("v2.detail.events.conversation.{id}.acd.end", &*CONVERSATION.to_string());
        let body = Object::default()
            .with("conversationId", CONVERSATION)
            .with("text", "a \"quoted\" \u{fc}");
        enclose(topic, 1_778_594_530_000, body, &mut Chance::new(1, Part::Envelopes))
    }

    #[test]
    fn an_envelope_has_the_shape_of_captured_events() {
        let event: Value = serde_json::from_slice(&event()).unwrap();
        assert_eq!(event["detail-type"], "v2.detail.events.conversation.{id}.acd.end");
        assert_eq!(event["time"], "2026-05-12T14:02:10Z");
        let timestamp = event["detail"]["timestamp"].as_str().unwrap();
        assert!(timestamp.starts_with("2026-05-12T14:02:10.") && timestamp.ends_with('Z'));
        assert!(event["detail"]["metadata"]["CorrelationId"].is_string());
        let topic = format!("v2.detail.events.conversation.{CONVERSATION}.acd.end");
        assert_eq!(event["detail"]["topicName"], topic);
    }

    #[test]
    fn a_second_delivery_differs_in_its_envelope_only() {
        let mut again = event();
        redeliver(&mut again, id_from_bits(9), 1_778_594_590_007);
        publish_again(&mut again, 1_778_594_590_007);
        let mut expected: Value = serde_json::from_slice(&event()).unwrap();
        expected["id"] = id_from_bits(9).to_string().into();
        expected["time"] = "2026-05-12T14:03:10Z".into();
        expected["detail"]["timestamp"] = "2026-05-12T14:03:10.007Z".into();
        assert_eq!(serde_json::from_slice::<Value>(&again).unwrap(), expected);
    }

    #[test]
    fn events_about_users_are_told_from_others() {
        let user = ("v2.users.{id}.activity", &*CONVERSATION.to_string());
        let mut chance = Chance::new(1, Part::Envelopes);
        let activity = enclose(user, 1_778_594_530_000, Object::default(), &mut chance);
        assert!(is_about_user(&activity) && !is_about_user(&event()) && !is_about_user(b"{}"));
        let id = CONVERSATION.to_string();
        assert_eq!((user_id(&activity), user_id(&event())), (Some(id.as_bytes()), None));
        let user = Object::default().with("id", CONVERSATION);
        let body = Object::default().with_object("user", user);
        let topic = ("v2.routing.queues.{id}.users", "q");
        let joined = enclose(topic, 1_778_594_530_000, body, &mut chance);
        assert_eq!(user_id(&joined), Some(id.as_bytes()));
    }

    #[test]
    fn the_id_of_the_conversation_is_found_in_the_bytes() {
        let event = event();
        let (at, id) = conversation_id(&event).unwrap();
        assert_eq!(id, CONVERSATION.to_string().as_bytes());
        assert_eq!(&event[at..at + id.len()], id);
        assert_eq!(conversation_id(b"{}"), None);
    }
}

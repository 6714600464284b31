//! From a response of Genesys to events on the headroom bus.

use headroom_aws::events::{Event, EventBus, EventPublisher, PublishError};
use headroom_genesys::details::ConversationDetails;
use headroom_kpi::{Id, Millis};
use serde::Serialize;
use serde_json::json;

/// The source of every event of ours.
const SOURCE: &str = "headroom";
const DETAILS: &str = "headroom.conversation.details";
const CLOSED: &str = "headroom.conversation.closed";

/// Bytes of JSON in an event: EventBridge accepts 256 KB with all that is around it.
const EVENT_BYTES_MAX: usize = 200_000;

/// Publishes events. One that EventBridge rejects would be rejected again: it is logged, and the
/// others do not wait for it.
pub(crate) async fn publish(
    publisher: &EventPublisher<impl EventBus>,
    events: Vec<Event>,
) -> Result<(), PublishError> {
    for (event, cause) in publisher.publish(events).await?.rejected {
        let detail_type = event.detail_type;
        tracing::error!(detail_type, cause, "EventBridge rejected an event, which is lost");
    }
    Ok(())
}

/// The events of a conversation that was read at a time of our clock.
pub(crate) fn details(conversation: ConversationDetails, read_at: Millis) -> Vec<Event> {
    let conversation = ConversationDetails { read_at: read_at.0, ..conversation };
    let mut events = Vec::new();
    // Ingest will refuse it, and keep it with its reason. That it was read is an event of its own,
    // so that it does not stay due.
    if conversation.facts().is_err() {
        events.push(read_without_news(conversation.conversation_id.clone(), read_at));
    }
    let parts = conversation.split(EVENT_BYTES_MAX);
    events.extend(parts.iter().map(|part| event(DETAILS, part)));
    events
}

/// The event that a conversation was read, and nothing was learned.
fn read_without_news(conversation_id: String, read_at: Millis) -> Event {
    let read_at = read_at.0;
    let details = ConversationDetails { conversation_id, read_at, ..<_>::default() };
    event(DETAILS, &details)
}

/// The event that Genesys does not know a conversation.
pub(crate) fn closed(id: &Id, now: Millis) -> Event {
    event(CLOSED, &json!({ "conversationId": id.to_string(), "eventTime": now.0 }))
}

/// An event of ours.
pub(crate) fn event(detail_type: &str, body: &impl Serialize) -> Event {
    let (source, detail_type) = (SOURCE.to_owned(), detail_type.to_owned());
    let detail = json!({ "eventBody": body }).to_string();
    Event { source, detail_type, detail, ..Event::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headroom_genesys::{Parsed, parse};
    use headroom_kpi::Fact;

    const NOW: Millis = Millis(1_778_594_605_000);

    fn facts(event: &Event) -> Vec<Fact> {
        let envelope = format!(
            r#"{{"detail-type":"{}","time":"2026-05-12T14:03:26Z","detail":{}}}"#,
            event.detail_type, event.detail
        );
        match parse(envelope.as_bytes()).unwrap() {
            Parsed::Fact(_, fact) => vec![fact],
            Parsed::Facts(facts) | Parsed::Partial(facts, _) => {
                facts.into_iter().map(|(_, fact)| fact).collect()
            }
            Parsed::Ignored(_) => Vec::new(),
        }
    }

    fn conversation(metric: &str) -> ConversationDetails {
        let json = format!(
            r#"{{"conversationId":"c1","participants":[{{"purpose":"acd","sessions":[{{
                "sessionId":"s1","mediaType":"voice","ani":"tel:+13175550123","metrics":[{{
                "name":"{metric}","value":1,"emitDate":"2026-05-12T14:02:42.015Z"}}]}}]}}]}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn a_conversation_becomes_an_event_that_can_be_folded() {
        let events = details(conversation("nOffered"), NOW);
        assert_eq!(events.len(), 1);
        assert_eq!(facts(&events[0]).len(), 2, "a metric, and that it was read");
        assert!(!events[0].detail.contains("317555"));
    }

    #[test]
    fn a_conversation_that_cannot_be_used_was_read_all_the_same() {
        let mut large = conversation("nOffered");
        let metrics = &mut large.participants[0].sessions[0].metrics;
        let metric = metrics[0].clone();
        metrics.resize(10_001, metric);
        let events = details(large, NOW);
        assert_eq!(facts(&events[0]).len(), 1, "it is larger than a conversation can be");
    }

    #[test]
    fn a_conversation_of_which_a_value_cannot_be_used_is_one_event() {
        let events = details(conversation("not a metric"), NOW);
        assert_eq!(events.len(), 1);
        assert_eq!(facts(&events[0]).len(), 1, "that it was read");
    }

    #[test]
    fn a_conversation_that_genesys_does_not_know_is_closed() {
        let id = Id::parse("c1").unwrap();
        assert_eq!(facts(&closed(&id, NOW)).len(), 1);
        assert_eq!(facts(&read_without_news("c1".to_owned(), NOW)).len(), 1);
    }
}

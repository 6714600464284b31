//! From an answer to events.

use crate::bus::Entry;
use headroom_genesys::api::details::ConversationDetails;
use headroom_kpi::{Id, Millis};
use serde_json::json;

/// Bytes of JSON in an event: EventBridge takes 256 KB with all that is around it.
const EVENT_BYTES_MAX: usize = 200_000;

const DETAILS: &str = "headroom.conversation.details";
const CLOSED: &str = "headroom.conversation.closed";

/// What a conversation was when it was read, at the time by our clock.
pub(crate) fn details(answer: ConversationDetails, read_at: Millis) -> Vec<Entry> {
    let answer = ConversationDetails { read_at: read_at.0, ..answer };
    let mut entries = Vec::new();
    // Ingest will refuse it, and keep it with its reason. That it was read is said apart.
    if answer.facts().is_err() {
        entries.push(unchanged(answer.conversation_id.clone(), read_at));
    }
    let parts = answer.split(EVENT_BYTES_MAX);
    entries.extend(parts.iter().map(|part| entry(DETAILS, &json!({ "eventBody": part }))));
    entries
}

/// That a conversation was read, and nothing was learned.
pub(crate) fn unchanged(conversation_id: String, read_at: Millis) -> Entry {
    let read_at = read_at.0;
    let nothing = ConversationDetails { conversation_id, read_at, ..<_>::default() };
    entry(DETAILS, &json!({ "eventBody": nothing }))
}

/// That Genesys does not know a conversation.
pub(crate) fn closed(id: &Id, now: Millis) -> Entry {
    let body = json!({ "conversationId": id.to_string(), "eventTime": now.0 });
    entry(CLOSED, &json!({ "eventBody": body }))
}

fn entry(detail_type: &'static str, detail: &serde_json::Value) -> Entry {
    Entry { detail_type, detail: detail.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headroom_genesys::{Parsed, parse};
    use headroom_kpi::Fact;

    const NOW: Millis = Millis(1_778_594_605_000);

    fn facts(entry: &Entry) -> Vec<Fact> {
        let envelope = format!(
            r#"{{"detail-type":"{}","time":"2026-05-12T14:03:26Z","detail":{}}}"#,
            entry.detail_type, entry.detail
        );
        match parse(envelope.as_bytes()).unwrap() {
            Parsed::Fact(_, fact) => vec![fact],
            Parsed::Facts(facts) => facts.into_iter().map(|(_, fact)| fact).collect(),
            Parsed::Ignored(_) => Vec::new(),
        }
    }

    fn answer(metric: &str) -> ConversationDetails {
        let json = format!(
            r#"{{"conversationId":"c1","participants":[{{"purpose":"acd","sessions":[{{
                "sessionId":"s1","mediaType":"voice","ani":"tel:+13175550123","metrics":[{{
                "name":"{metric}","value":1,"emitDate":"2026-05-12T14:02:42.015Z"}}]}}]}}]}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn an_answer_becomes_an_event_that_can_be_folded() {
        let entries = details(answer("nOffered"), NOW);
        assert_eq!(entries.len(), 1);
        assert_eq!(facts(&entries[0]).len(), 2, "a metric, and that it was read");
        assert!(!entries[0].detail.contains("317555"));
    }

    #[test]
    fn of_an_answer_that_cannot_be_used_it_is_told_that_it_was_read() {
        let entries = details(answer("not a metric"), NOW);
        assert_eq!(entries.len(), 2);
        assert_eq!(facts(&entries[0]).len(), 1);
    }

    #[test]
    fn what_genesys_does_not_know_is_closed() {
        let id = Id::parse("c1").unwrap();
        assert_eq!(facts(&closed(&id, NOW)).len(), 1);
        assert_eq!(facts(&unchanged("c1".to_owned(), NOW)).len(), 1);
    }
}

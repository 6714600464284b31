//! What is asked, and what is read of the answers.

use crate::script::{Script, in_an_hour, status};
use headroom_genesys::api::{AttemptError, CallError, Request, ServiceLevel};
use headroom_genesys::budget::Purpose;
use headroom_kpi::{Id, Millis};
use serde_json::{Value, json};

/// The last request, and what it was for.
fn last(script: &Script) -> (Purpose, Request) {
    let state = script.state();
    (*state.acquired.last().unwrap(), state.sent.last().unwrap().clone())
}

fn script(answer: &Value) -> Script {
    Script::new([status(200, &answer.to_string())])
}

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

#[tokio::test(start_paused = true)]
async fn conversations_are_asked_for_by_id() {
    let script = script(&json!({"conversations": [{"conversationId": "c1", "later": {"a": 1},
        "participants": [
            {"purpose": "acd", "sessions": [{"sessionId": "s1", "mediaType": "voice",
                "ani": "tel:+13175550123", "remoteNameDisplayable": "Jane",
                "segments": [{"segmentType": "interact", "queueId": "q1",
                    "segmentStart": "2026-05-12T14:02:42.015Z"}],
                "metrics": [{"name": "tAnswered", "value": 43465,
                    "emitDate": "2026-05-12T14:03:25.480Z"}]}]},
            {"purpose": "agent", "userId": "u1", "participantName": "Jane",
                "sessions": [{"sessionId": "s2", "mediaType": "voice",
                "segments": [{"segmentType": "interact", "queueId": "q1",
                    "segmentStart": "2026-05-12T14:03:25.500Z"}]}]}]}]}));
    let ids = [id("c1"), id("a,b")];
    let response = script.client().with_deadline(in_an_hour()).conversations(&ids).await.unwrap();
    let (purpose, sent) = last(&script);
    assert_eq!((purpose, sent.method()), (Purpose::Gap, "GET"));
    assert_eq!(sent.path, "/api/v2/analytics/conversations/details?id=c1,a%2Cb");
    assert!(sent.body.is_none());
    let [conversation] = &response[..] else { panic!("{response:?}") };
    assert_eq!(conversation.conversation_id, "c1");
    // When it was asked, and who answered.
    assert!(conversation.read_at > 1_700_000_000_000);
    let queue = &conversation.participants[0].sessions[0];
    assert_eq!(queue.answered_user_id.as_deref(), Some("u1"));
    let json = serde_json::to_string(conversation).unwrap();
    assert!(!json.contains("317555") && !json.contains("Jane"), "{json}");
}

#[tokio::test(start_paused = true)]
async fn no_ids_need_no_request_and_too_many_have_none() {
    let script = Script::default();
    let client = script.client();
    let calls = client.with_deadline(in_an_hour());
    assert_eq!(calls.conversations(&[]).await, Ok(vec![]));
    let many = vec![id("3bd57569-0c3e-5a3b-9b39-4e3a6d403df0"); 300];
    assert_eq!(
        calls.conversations(&many).await,
        Err(CallError::RequestTooLarge(AttemptError::TooManyIds))
    );
    assert_eq!(script.counts(), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn conversations_of_an_interval_come_by_the_page() {
    let script = script(&json!({"conversations": [{"conversationId": "c1"}], "totalHits": 101}));
    let (from, to) = (Millis(1_778_594_400_000), Millis(1_778_598_000_001));
    let client = script.client();
    let calls = client.with_deadline(in_an_hour());
    let response = calls.conversations_between(from, to, 2).await.unwrap();
    assert_eq!((response.conversations.len(), response.total_hits), (1, 101));
    let (purpose, sent) = last(&script);
    assert_eq!((purpose, sent.method()), (Purpose::Backfill, "POST"));
    assert_eq!(sent.path, "/api/v2/analytics/conversations/details/query");
    assert_eq!(sent.content_type(), "application/json");
    let body = sent.body.unwrap();
    let expected = json!({"interval": "2026-05-12T14:00:00.000Z/2026-05-12T15:00:00.001Z",
        "order": "desc", "orderBy": "conversationStart",
        "paging": {"pageSize": 100, "pageNumber": 2}});
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), expected);
}

#[tokio::test(start_paused = true)]
async fn an_interval_without_conversations_is_an_answer() {
    for answer in [json!({}), json!({"totalHits": 0}), json!({"conversations": null})] {
        let client = script(&answer).client();
        let calls = client.with_deadline(in_an_hour());
        let response = calls.conversations_between(Millis(0), Millis(1), 1).await.unwrap();
        assert_eq!((response.conversations.len(), response.total_hits), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn queues_have_names_divisions_and_service_levels() {
    let script = script(&json!({"entities": [
        {"id": "q1", "name": "Sales", "division": {"id": "d1", "name": "Home"}, "later": [],
            "mediaSettings": {
                "call": {"alertingTimeoutSeconds": 8, "subTypeSettings": {},
                    "serviceLevel": {"percentage": 0.8, "durationMs": 20000}},
                "callback": null, "chat": {}, "hologram": {"serviceLevel": {}}}},
        {"id": "q2"}],
        "pageSize": 100, "pageNumber": 1, "pageCount": 2, "total": 102, "selfUri": "/x"}));
    let page = script.client().with_deadline(in_an_hour()).queues(1).await.unwrap();
    let (purpose, sent) = last(&script);
    assert_eq!((purpose, sent.method()), (Purpose::Catalog, "GET"));
    assert_eq!(sent.path, "/api/v2/routing/queues?pageSize=100&pageNumber=1");
    assert_eq!(page.page_count, Some(2));
    let [sales, bare] = &page.entities[..] else { panic!("{page:?}") };
    assert_eq!((&*sales.id, sales.name.as_deref()), ("q1", Some("Sales")));
    assert_eq!(sales.division.as_ref().unwrap().id.as_deref(), Some("d1"));
    let media = sales.media_settings.as_ref().unwrap();
    let level = ServiceLevel { percentage: Some(0.8), duration_ms: Some(20_000) };
    assert_eq!(media["call"].as_ref().unwrap().service_level, Some(level));
    assert!(media["callback"].is_none() && media["chat"].as_ref().unwrap().service_level.is_none());
    assert_eq!((bare.name.as_ref(), bare.media_settings.as_ref()), (None, None));
}

#[tokio::test(start_paused = true)]
async fn what_a_queue_has_of_people_and_addresses_is_not_read() {
    let queue = json!({"id": "q1", "name": "Sales", "createdBy": "jane@example.com",
        "callingPartyName": "Jane Doe", "callingPartyNumber": "+13175550123",
        "outboundEmailAddress": {"domain": {"id": "example.com"}}, "division": {"id": "d1"}});
    let answer = status(200, &json!({"entities": [queue], "total": 1}).to_string());
    let script = Script::new([answer]);
    let queues = script.client().with_deadline(in_an_hour()).queues(3).await.unwrap();
    assert_eq!(last(&script).1.path, "/api/v2/routing/queues?pageSize=100&pageNumber=3");
    assert_eq!(queues.entities[0].name.as_deref(), Some("Sales"));
    assert_eq!((&*queues.entities[0].id, queues.page_count), ("q1", None));
    let read = format!("{queues:?}");
    assert!(!read.contains("example.com") && !read.contains("317555"), "{read}");
    assert!(!read.contains("Jane"), "{read}");
}

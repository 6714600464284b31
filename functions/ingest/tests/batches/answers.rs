//! A message with many facts: an answer of the Platform API, or a report of the budget.

use crate::setup::{DAY_MS, T0, acd_start, codes, failed, faulty, ingest, limits, messages};
use headroom_genesys::RefusalCode;
use headroom_kpi::{Measure, Metric, Part};
use headroom_test_support::{Fault, MemoryStore};
use serde_json::{Value, json};

fn event(topic: &str, body: &Value) -> String {
    let event = json!({"detail-type": topic, "time": "2026-05-12T14:00:01Z",
        "detail": {"eventBody": body}});
    event.to_string()
}

/// An answer with metrics of these times, the first of them offered.
fn answer(conversation: &str, emitted: &[i64]) -> String {
    let date = |at: &i64| jiff::Timestamp::from_millisecond(*at).unwrap().to_string();
    let metrics: Vec<_> = emitted
        .iter()
        .map(|at| json!({"name": "nOffered", "value": 1, "emitDate": date(at)}))
        .collect();
    let body = json!({"conversationId": conversation, "readAt": T0, "participants": [
        {"purpose": "acd", "sessions": [{"sessionId": "s", "mediaType": "voice",
         "segments": [{"segmentType": "interact", "segmentStart": date(&emitted[0]), "queueId": "q"}],
         "metrics": metrics}]}]});
    event("headroom.conversation.details", &body)
}

fn report(at: i64) -> String {
    let body = json!({"reportedAt": at, "date": "2026-05-12", "now": {"minute.used": 3},
        "day": {"day.used": 9}});
    event("headroom.api.budget", &body)
}

#[tokio::test]
async fn a_message_with_facts_of_several_entities_is_applied() {
    let ingest = ingest(MemoryStore::default());
    let batch = messages(&[&answer("a", &[T0]), &report(T0), &acd_start("b", T0)]);
    for _ in 0..2 {
        let taken = ingest.handle(&batch, limits()).await;
        assert_eq!(failed(&taken), [""; 0]);
        assert_eq!(codes(&ingest.quarantine), []);
    }
    assert_eq!(ingest.store.entity_count(), 4, "two conversations, and the budget now and today");
}

#[tokio::test]
async fn a_message_fails_if_one_of_its_facts_does_and_counts_once_later() {
    let ingest = ingest(faulty([Fault::Throttle; 100]));
    let batch = messages(&[&answer("a", &[T0, T0 + 1]), &report(T0)]);
    assert_eq!(failed(&ingest.handle(&batch, limits()).await), ["m0", "m1"]);
    let mut back = batch.clone();
    while !back.is_empty() {
        let taken = ingest.handle(&back, limits()).await;
        let names = failed(&taken);
        back.retain(|message| names.contains(&message.message_id.as_deref().unwrap()));
    }
    assert_eq!(ingest.store.entity_count(), 3);
    assert_eq!(codes(&ingest.quarantine), []);
}

#[tokio::test]
async fn a_message_is_refused_once_for_its_first_reason() {
    let ingest = ingest(MemoryStore::default());
    // More than a conversation holds: the rest of the facts are refused, the message once.
    let many: Vec<_> = (0..2_000).map(|n| T0 + n).collect();
    let taken = ingest.handle(&messages(&[&answer("a", &many)]), limits()).await;
    assert_eq!(failed(&taken), [""; 0]);
    assert_eq!(codes(&ingest.quarantine), [(0, RefusalCode::ConversationFull)]);
}

#[tokio::test]
async fn of_an_answer_what_is_older_than_what_is_kept_is_left_out() {
    let ingest = ingest(MemoryStore::default());
    let (old, just) = (T0 - 91 * DAY_MS, T0 - 89 * DAY_MS);
    let batch = [answer("a", &[old, just]), answer("b", &[old]), report(old)];
    let batch: Vec<_> = batch.iter().map(String::as_str).collect();
    let taken = ingest.handle(&messages(&batch), limits()).await;
    assert_eq!(failed(&taken), [""; 0]);
    // The date of the third is not that of its time.
    assert_eq!(codes(&ingest.quarantine), [(2, RefusalCode::BadTime)]);
    ingest.store.with_rows(|rows| {
        let sums = rows.flat_map(|(_, row)| row.sums.iter().map(|(_, sum)| *sum));
        assert_eq!(sums.max(), Some(1), "one of the three was counted");
    });
}

#[tokio::test]
async fn of_an_answer_what_cannot_be_used_is_kept_with_its_reason_and_the_rest_counts() {
    let ingest = ingest(faulty([Fault::Throttle]));
    let partial = answer("a", &[T0, T0 + 1]).replacen("\"value\":1", "\"value\":-1", 1);
    let batch = messages(&[&partial]);
    let mut back = batch.clone();
    while !back.is_empty() {
        let taken = ingest.handle(&back, limits()).await;
        let names = failed(&taken);
        back.retain(|message| names.contains(&message.message_id.as_deref().unwrap()));
    }
    assert_eq!(codes(&ingest.quarantine), [(0, RefusalCode::BadValue)], "once it was applied");
    assert_eq!(ingest.quarantine.refused.lock().unwrap()[0].event, partial, "whole");
    let offers = Measure::Metric(Metric::parse("nOffered").unwrap(), Part::Value);
    ingest.store.store.with_rows(|rows| {
        let offered = rows.map(|(_, row)| row.sum(&offers));
        assert_eq!(offered.max(), Some(1), "one offer of two");
    });
}

#[tokio::test]
async fn an_answer_that_cannot_be_used_in_part_goes_back_if_the_quarantine_does_not_take_it() {
    let mut ingest = ingest(MemoryStore::default());
    ingest.quarantine.is_unavailable = true;
    let partial = answer("a", &[T0]).replace("\"value\":1", "\"value\":-1");
    let taken = ingest.handle(&messages(&[&partial]), limits()).await;
    assert_eq!(failed(&taken), ["m0"]);
    assert_eq!(ingest.store.entity_count(), 1);
}

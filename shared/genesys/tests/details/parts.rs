//! Large answers in parts.

use crate::story::{READ_AT, answer, details, metric, segment};
use headroom_genesys::details::ConversationDetails;
use headroom_kpi::Conversation;
use headroom_kpi::facts::FactKind;
use serde_json::Value;

/// What is known after facts of some answers.
fn folded<'a>(parts: impl IntoIterator<Item = &'a ConversationDetails>) -> Conversation {
    let mut conversation = Conversation::default();
    for fact in parts.into_iter().flat_map(|part| part.facts().unwrap().facts) {
        conversation.fold(fact);
    }
    conversation
}

fn bytes(details: &ConversationDetails) -> usize {
    serde_json::to_vec(details).unwrap().len()
}

#[test]
fn a_large_answer_is_split_and_the_parts_say_the_same() {
    let whole = details(&answer());
    assert_eq!(whole.clone().split(bytes(&whole)), std::slice::from_ref(&whole));
    for bytes_max in [500, 1_000, bytes(&whole) - 1] {
        let parts = whole.clone().split(bytes_max);
        assert!(parts.len() > 1);
        for part in &parts {
            assert!(bytes(part) <= bytes_max, "{} bytes of {bytes_max}", bytes(part));
            assert_eq!(part.conversation_end, whole.conversation_end);
            assert_eq!(part.read_at, READ_AT);
        }
        assert!(bytes_max < 1_000 || folded(&parts) == folded([&whole]), "{bytes_max}");
    }
}

#[test]
fn the_metrics_of_a_large_session_are_spread_over_parts() {
    let mut large = answer();
    let acd = &mut large["participants"][1]["sessions"][0];
    let metrics = acd["metrics"].as_array_mut().unwrap();
    for second in 0..60 {
        metrics.insert(0, metric("nNew", 1, &format!("14:05:{second:02}")));
    }
    let whole = details(&large);
    let parts = whole.clone().split(2_000);
    assert!(parts.len() > 2);
    assert!(parts.iter().all(|part| bytes(part) <= 2_000));
    assert_eq!(folded(&parts), folded([&whole]));
}

#[test]
fn of_a_session_with_too_many_segments_all_but_its_end_is_known() {
    let mut large = answer();
    let segments = vec![segment("interact", "14:02:42.015", "14:03:25.480"); 100];
    large["participants"][1]["sessions"][0]["segments"] = Value::Array(segments);
    let parts = details(&large).split(3_000);
    assert!(parts.iter().all(|part| bytes(part) <= 3_000));
    let facts: Vec<_> = parts.iter().flat_map(|part| part.facts().unwrap().facts).collect();
    let of =
        |is_match: fn(&FactKind) -> bool| facts.iter().filter(|fact| is_match(&fact.kind)).count();
    assert_eq!(of(|kind| matches!(kind, FactKind::AcdStart(..))), 1);
    assert_eq!(of(|kind| matches!(kind, FactKind::AcdEnd(..))), 0);
    assert_eq!(of(|kind| matches!(kind, FactKind::Metric(..))), 7);
}

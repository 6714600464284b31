//! A replay's accumulator does with facts what a store does with them, one after the other.

#![allow(clippy::unwrap_used)]

use headroom_engine::{Accumulator, Message, Outcome, Rejected, apply};
use headroom_kpi::facts::{AcdStart, FactKind, MetricFact, MetricSession, Source};
use headroom_kpi::{Amounts, EntityKey, Fact, Id, Media, Metric, Millis, Row, RowKey, Settings};
use headroom_requests::RetryPolicy;
use headroom_test_support::MemoryStore;
use std::collections::BTreeMap;
use std::slice;

const T0: i64 = 1_778_594_400_000;

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

fn about(conversation: usize, kind: FactKind) -> (EntityKey, Fact) {
    let key = EntityKey::Conversation(id(&format!("c{conversation}")));
    (key, Fact { source: Source::Event, kind })
}

fn wait(conversation: usize, session: i64) -> (EntityKey, Fact) {
    let time = Millis(T0 + session);
    let start = AcdStart { time, queue: id("q"), media: Some(Media::new("voice")) };
    about(conversation, FactKind::AcdStart(id(&format!("s{session}")), start))
}

fn metric(conversation: usize, name: &str) -> (EntityKey, Fact) {
    let fact = MetricFact {
        session: MetricSession::Session(id("s0")),
        metric: Metric::parse(name).unwrap(),
        emitted: Millis(T0),
        value: 5,
        queue: Some(id("q")),
        user: None,
        media: Media::new("voice"),
    };
    about(conversation, FactKind::Metric(fact))
}

fn accumulator() -> Accumulator {
    Accumulator::new(Settings::default(), 2)
}

/// Applies facts in batches, each fact as a message of its own.
fn run(accumulator: &mut Accumulator, facts: &[(EntityKey, Fact)], batch: usize) -> Vec<Outcome> {
    let messages: Vec<Message<'_>> = facts.chunks(1).collect();
    messages.chunks(batch).flat_map(|messages| accumulator.apply(messages)).collect()
}

fn rows(accumulator: &mut Accumulator) -> BTreeMap<RowKey, Amounts> {
    accumulator.build_rows().unwrap();
    accumulator.rows().map(|(key, sums)| (key.clone(), Row::from(sums).sums)).collect()
}

/// The outcomes and rows of a store to which the facts are applied alone.
fn stored(facts: &[(EntityKey, Fact)]) -> (Vec<Outcome>, BTreeMap<RowKey, Amounts>) {
    let (store, settings) = (MemoryStore::default(), Settings::default());
    let outcome = |fact| {
        let message: &[_] = slice::from_ref(fact);
        let messages = [message];
        let applied = apply(&store, &settings, &messages, &RetryPolicy::IMMEDIATE);
        pollster::block_on(applied).outcomes.remove(0)
    };
    let outcomes = facts.iter().map(outcome).collect();
    let sums =
        store.with_rows(|rows| rows.map(|(key, row)| (key.clone(), row.sums.clone())).collect());
    (outcomes, sums)
}

fn assert_same_as_a_store(facts: &[(EntityKey, Fact)]) {
    let expected = stored(facts);
    for batch in [1, 50, facts.len()] {
        let mut accumulator = accumulator();
        let outcomes = run(&mut accumulator, facts, batch);
        assert!(outcomes == expected.0, "batches of {batch}");
        assert_eq!(rows(&mut accumulator), expected.1, "batches of {batch}");
    }
}

#[test]
fn repeats_and_any_number_of_batches_give_the_rows_of_a_store() {
    let waits = (0..60).map(|n| wait(n % 7, i64::try_from(n % 20).unwrap()));
    let metrics = (0..60).map(|n| metric(n % 5, ["tTalk", "nOffered", "tOther"][n % 3]));
    assert_same_as_a_store(&waits.chain(metrics).collect::<Vec<_>>());
}

#[test]
fn a_metric_name_that_a_row_has_no_room_for_is_refused_alone() {
    let mut facts = vec![wait(7, 0)];
    facts.extend((0..210).map(|n| metric(n % 3, &format!("tNew{n}"))));
    facts.extend([wait(7, 1), metric(7, "tNew3"), metric(7, "tNew209"), metric(0, "tNew209")]);
    assert_same_as_a_store(&facts);
    let outcomes = run(&mut accumulator(), &facts, 100);
    let row_full = |outcome: &&Outcome| matches!(outcome, Outcome::Refused(Rejected::RowFull(_)));
    assert!(outcomes.iter().filter(row_full).count() >= 10);
}

#[test]
fn a_full_conversation_refuses_what_is_new() {
    let facts: Vec<_> = (0..1_500).map(|n| wait(1, n)).collect();
    let outcomes = run(&mut accumulator(), &facts, 500);
    let applied = outcomes.iter().take_while(|outcome| **outcome == Outcome::Applied).count();
    assert!((300..1_500).contains(&applied), "{applied}");
    let full = Outcome::Refused(Rejected::ConversationFull);
    assert!(outcomes[applied..].iter().all(|outcome| *outcome == full));
}

#[test]
fn a_message_has_one_outcome_and_facts_may_come_after_the_rows_were_built() {
    let facts = [wait(1, 0), wait(1, 1), wait(2, 0)];
    let mut accumulator = accumulator();
    assert_eq!(accumulator.apply(&[&facts[..2]]), [Outcome::Applied]);
    assert_eq!(rows(&mut accumulator).len(), 3, "now, interval and day of the queue");
    let outcomes = accumulator.apply(&[&facts[1..], &[], &facts[..1]]);
    assert_eq!(outcomes, [Outcome::Applied, Outcome::WithoutEffect, Outcome::WithoutEffect]);
    assert_eq!(rows(&mut accumulator), stored(&facts).1);
    assert_eq!(accumulator.keys().count(), 2);
}

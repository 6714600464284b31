//! Whatever fails on the way: facts are in the rows exactly once.

#![allow(clippy::unwrap_used)]

use headroom_engine::{
    ATTEMPTS_MAX, BatchSummary, EntityStore, Outcome, Rejected, StoreError, StoredEntity,
    Transaction, apply,
};
use headroom_kpi::facts::{
    AcdEnd, AcdStart, Durations, FactKind, MetricFact, MetricSession, Outcome as AcdOutcome,
    Source, UserEnd, UserStart, Work,
};
use headroom_kpi::stored::encode;
use headroom_kpi::{Amounts, EntityKey, Fact, Id, Media, Metric, Millis, Row, RowKey, Settings};
use headroom_requests::RetryPolicy;
use headroom_test_support::{Fault, FaultyStore, MemoryStore, Operation};
use std::collections::BTreeMap;
use std::slice;
use std::sync::Mutex;

const T0: i64 = 1_778_594_400_000;

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

fn conversation(n: usize) -> EntityKey {
    EntityKey::Conversation(id(&format!("c{n}")))
}

fn fact(kind: FactKind) -> Fact {
    Fact { source: Source::Event, kind }
}

fn acd_start(session: &str, queue: &str, at: i64) -> Fact {
    let media = Some(Media::new("voice"));
    let event = AcdStart { time: Millis(T0 + at), queue: id(queue), media };
    fact(FactKind::AcdStart(id(session), event))
}

/// A plain answered call, in three events of three seconds.
fn call(n: usize, queue: &str) -> Vec<(EntityKey, Fact)> {
    let agent = id(&format!("u{n}"));
    let media = Some(Media::new("voice"));
    let at = |seconds: i64| Millis(T0 + seconds * 1_000);
    let end = AcdEnd {
        time: at(1),
        queue: id(queue),
        media: media.clone(),
        outcome: Some(AcdOutcome::Answered),
        connected: Some(Millis(1_000)),
        answered_user: Some(agent.clone()),
    };
    let work = Work { user: agent, queue: Some(id(queue)), media, outbound: false };
    let durations = Durations { interacting: Millis(2_000), ..Durations::default() };
    let user_end = UserEnd { time: at(3), work: work.clone(), durations, transfer: None };
    let facts = [
        acd_start("a", queue, 0),
        fact(FactKind::UserStart(id("s"), UserStart { time: at(0), work })),
        fact(FactKind::AcdEnd(id("a"), end)),
        fact(FactKind::UserEnd(id("s"), user_end)),
    ];
    facts.map(|fact| (conversation(n), fact)).into()
}

fn metric(name: &str, n: i64) -> Fact {
    fact(FactKind::Metric(MetricFact {
        session: MetricSession::Session(id("a")),
        metric: Metric::parse(name).unwrap(),
        emitted: Millis(T0 + n),
        value: 5,
        queue: Some(id("q")),
        user: None,
        media: Media::new("voice"),
    }))
}

/// Applies facts, each as a message of its own.
fn run(store: &(impl EntityStore + Sync), facts: &[(EntityKey, Fact)]) -> BatchSummary {
    let messages: Vec<_> = facts.chunks(1).collect();
    pollster::block_on(apply(store, &Settings::default(), &messages, &RetryPolicy::IMMEDIATE))
}

fn rows(store: &MemoryStore) -> BTreeMap<RowKey, Amounts> {
    store.with_rows(|rows| rows.map(|(key, row)| (key.clone(), row.sums.clone())).collect())
}

/// All entities: the tests have fewer than 100 conversations.
fn entities(store: &MemoryStore) -> Vec<StoredEntity> {
    let keys: Vec<_> = (0..100).map(conversation).collect();
    let entities = pollster::block_on(store.load(&keys)).unwrap();
    let entities: Vec<_> = entities.into_iter().flatten().collect();
    assert_eq!(entities.len(), store.entity_count());
    entities
}

fn entity_bytes(store: &MemoryStore) -> usize {
    let bytes = |stored: StoredEntity| encode(&stored.entity, &stored.contributions).len();
    entities(store).into_iter().map(bytes).sum()
}

/// A store whose commits fail as planned.
fn faulty(faults: impl IntoIterator<Item = Fault>) -> FaultyStore<MemoryStore> {
    let store = FaultyStore::default();
    store.plan.plan(Operation::Commit, faults);
    store
}

/// The invariant: each row is the sum of the stored contributions of all entities.
fn assert_rows_equal_contributions(store: &MemoryStore) {
    let mut sums = BTreeMap::<RowKey, Amounts>::new();
    for stored in entities(store) {
        for (row, amounts) in stored.contributions.rows() {
            sums.entry(row.clone()).or_default().add(amounts);
        }
    }
    sums.retain(|_, amounts| !amounts.is_empty());
    assert_eq!(sums, rows(store));
}

fn calls() -> Vec<(EntityKey, Fact)> {
    (0..60).flat_map(|n| call(n, if n % 3 == 0 { "p" } else { "q" })).collect()
}

#[test]
fn a_repeat_writes_nothing() {
    let store = MemoryStore::default();
    let first = run(&store, &calls());
    assert!(first.outcomes.iter().all(|outcome| *outcome == Outcome::Applied));
    let again = run(&store, &calls());
    assert!(again.outcomes.iter().all(|outcome| *outcome == Outcome::WithoutEffect));
    assert_eq!(again.transactions, 0);
}

/// Else an audit that reads one of them before and the other one after would find a difference in a row
/// that looks untouched.
#[test]
fn a_row_has_a_new_version_where_conversations_cancel_each_other_out() {
    let store = MemoryStore::default();
    let call = call(1, "q");
    let [start, end] = [1, 3].map(|index| call[index].1.clone());
    let version = |store: &MemoryStore| {
        let of_agent = |(key, row): (&RowKey, &Row)| {
            (key.to_string() == "agent#u1#voice|now").then(|| (row.version, row.sums.len()))
        };
        store.with_rows(|rows| rows.filter_map(of_agent).collect::<Vec<_>>())
    };
    run(&store, &[(conversation(1), start.clone())]);
    assert_eq!(version(&store), [(1, 1)]);
    let batch = run(&store, &[(conversation(1), end), (conversation(2), start)]);
    assert_eq!(batch.transactions, 1);
    assert_eq!(version(&store), [(2, 1)]);
}

#[test]
fn every_fault_at_every_commit_leaves_the_same_rows() {
    let undisturbed = MemoryStore::default();
    let commits = run(&undisturbed, &calls()).transactions;
    for fault in [Fault::Conflict, Fault::Throttle, Fault::FailBefore, Fault::FailAfter] {
        for before in 0..commits {
            let store = faulty(vec![Fault::None; before].into_iter().chain([fault]));
            let applied = run(&store, &calls());
            let is_applied = applied.outcomes.iter().all(|outcome| *outcome == Outcome::Applied);
            assert!(is_applied, "{fault:?} after {before} commits");
            assert_eq!(applied.retries, 1);
            assert_eq!(rows(&store), rows(&undisturbed), "{fault:?} after {before} commits");
            assert_rows_equal_contributions(&store);
        }
    }
}

#[test]
fn a_commit_whose_answer_was_lost_is_not_written_twice() {
    let store = faulty([Fault::FailAfter]);
    let applied = run(&store, &call(1, "q"));
    assert_eq!(applied.outcomes, vec![Outcome::Applied; 4]);
    assert_eq!(applied.transactions, 0, "the second try found everything there");
}

#[test]
fn a_store_that_stays_away_fails_the_facts_and_not_the_rows() {
    let store = faulty(vec![Fault::Throttle; usize::try_from(ATTEMPTS_MAX).unwrap()]);
    let applied = run(&store, &call(1, "q"));
    assert_eq!(applied.outcomes, vec![Outcome::Failed(StoreError::Throttled); 4]);
    assert_eq!(store.row_count(), 0);
    // Delivered again, when the store is back:
    assert_eq!(run(&store, &call(1, "q")).outcomes, vec![Outcome::Applied; 4]);
}

#[test]
fn an_entity_that_changes_more_rows_than_a_transaction_takes_is_written_in_steps() {
    let facts: Vec<_> = (0..150)
        .map(|n| (conversation(1), acd_start(&format!("a{n}"), &format!("q{n}"), n)))
        .collect();
    let store = MemoryStore::default();
    let applied = run(&store, &facts);
    assert!(applied.transactions > 1, "{}", applied.transactions);
    assert_eq!(store.row_count(), 450, "now, interval and day of each queue");
    assert_rows_equal_contributions(&store);
    for before in 0..applied.transactions {
        let broken = faulty(vec![Fault::None; before].into_iter().chain([Fault::FailAfter]));
        run(&broken, &facts);
        assert_eq!(rows(&broken), rows(&store), "crash after {before} commits");
        assert_rows_equal_contributions(&broken);
    }
}

#[test]
fn rows_equal_contributions_after_every_single_commit() {
    let facts: Vec<_> = (0..150)
        .map(|n| (conversation(1), acd_start(&format!("a{n}"), &format!("q{n}"), n)))
        .collect();
    for commits in 0..6 {
        let never = vec![Fault::FailBefore; 20];
        let store = faulty(vec![Fault::None; commits].into_iter().chain(never));
        run(&store, &facts);
        assert_rows_equal_contributions(&store);
    }
}

#[test]
fn the_metric_name_that_a_row_has_no_room_for_is_refused_alone() {
    let mut facts: Vec<_> =
        (0..201).map(|n| (conversation(1), metric(&format!("tNew{n}"), n))).collect();
    facts.extend(call(2, "p"));
    let store = MemoryStore::default();
    let outcomes = run(&store, &facts).outcomes;
    let refused: Vec<_> = outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            Outcome::Refused(rejected) => Some(matches!(rejected, Rejected::RowFull(_))),
            _ => None,
        })
        .collect();
    assert_eq!(refused, [true]);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Applied).count(), 204);
    assert_rows_equal_contributions(&store);
}

/// A hold on a queue, in an hour of its own: four rows.
fn hold(n: i64) -> Fact {
    let Fact { kind: FactKind::Metric(fact), .. } = metric("tHeld", n * 3_600_000) else {
        unreachable!()
    };
    fact_of(MetricFact { queue: Some(id("held")), user: Some(id("u")), ..fact })
}

fn fact_of(metric: MetricFact) -> Fact {
    fact(FactKind::Metric(metric))
}

#[test]
fn a_full_row_does_not_stop_a_large_change_of_the_same_conversation() {
    let mut facts: Vec<_> =
        (0..200).map(|n| (conversation(1), metric(&format!("tNew{n}"), n))).collect();
    facts.extend((0..60).map(|n| (conversation(2), hold(n))));
    facts.push((conversation(2), metric("tNew999", 999)));
    let (whole, single) = (MemoryStore::default(), MemoryStore::default());
    let together = run(&whole, &facts).outcomes;
    let alone: Vec<_> =
        facts.iter().flat_map(|fact| run(&single, slice::from_ref(fact)).outcomes).collect();
    assert_eq!(together, alone);
    let refused = |outcome: &&Outcome| matches!(outcome, Outcome::Refused(_));
    assert_eq!(together.iter().filter(refused).count(), 1);
    assert_eq!(rows(&whole), rows(&single));
    assert_rows_equal_contributions(&whole);
    assert_eq!(run(&whole, &[(conversation(2), hold(61))]).outcomes, [Outcome::Applied]);
}

/// Lets another writer in between the first load and the first commit.
struct Raced<'a> {
    store: &'a MemoryStore,
    other: Mutex<Vec<(EntityKey, Fact)>>,
}

impl EntityStore for Raced<'_> {
    async fn load(&self, keys: &[EntityKey]) -> Result<Vec<Option<StoredEntity>>, StoreError> {
        self.store.load(keys).await
    }
    async fn commit(&self, transaction: &Transaction) -> Result<(), StoreError> {
        let other = std::mem::take(&mut *self.other.lock().unwrap());
        run(self.store, &other);
        self.store.commit(transaction).await
    }
}

#[test]
fn two_writers_of_one_conversation_lose_nothing() {
    let facts = call(1, "q");
    for split in 0..=facts.len() {
        let (mine, other_facts) = facts.split_at(split);
        let store = MemoryStore::default();
        let raced = Raced { store: &store, other: Mutex::new(other_facts.to_vec()) };
        run(&raced, mine);
        if mine.is_empty() {
            run(&store, other_facts);
        }
        let expected = MemoryStore::default();
        run(&expected, &facts);
        assert_eq!(rows(&store), rows(&expected), "split at {split}");
        assert_rows_equal_contributions(&store);
    }
}

#[test]
fn a_full_conversation_refuses_what_is_new_and_takes_what_completes() {
    let start = |n: i64| (conversation(1), acd_start(&format!("a{n}"), "q", n));
    let facts: Vec<_> = (0..10_000).map(start).collect();
    let store = MemoryStore::default();
    let outcomes = run(&store, &facts).outcomes;
    let taken = outcomes.iter().filter(|outcome| **outcome == Outcome::Applied).count();
    assert!((300..10_000).contains(&taken), "{taken}");
    let full = |outcome: &Outcome| matches!(outcome, Outcome::Refused(Rejected::ConversationFull));
    assert!(outcomes[taken..].iter().all(full));
    assert!(entity_bytes(&store) < 400 * 1024);
    let Fact { kind: FactKind::AcdEnd(_, end), .. } = call(1, "q").remove(2).1 else {
        unreachable!()
    };
    let ends: Vec<_> = (0..taken)
        .map(|n| {
            let end = AcdEnd { answered_user: None, ..end.clone() };
            (conversation(1), fact(FactKind::AcdEnd(id(&format!("a{n}")), end)))
        })
        .collect();
    assert_eq!(run(&store, &ends).outcomes, vec![Outcome::Applied; taken]);
    assert!(entity_bytes(&store) < 400 * 1024);
    assert_rows_equal_contributions(&store);
}

/// A store in which one conversation cannot be read.
struct Damaged(MemoryStore);

impl EntityStore for Damaged {
    async fn load(&self, keys: &[EntityKey]) -> Result<Vec<Option<StoredEntity>>, StoreError> {
        if keys.contains(&conversation(7)) {
            return Err(StoreError::BadItem("bytes".into()));
        }
        self.0.load(keys).await
    }

    async fn commit(&self, transaction: &Transaction) -> Result<(), StoreError> {
        self.0.commit(transaction).await
    }
}

#[test]
fn a_conversation_that_cannot_be_read_fails_alone() {
    let store = Damaged(MemoryStore::default());
    let calls = calls();
    let applied = run(&store, &calls);
    for ((key, _), outcome) in calls.iter().zip(&applied.outcomes) {
        let damaged = *key == conversation(7);
        assert_eq!(matches!(outcome, Outcome::Failed(_)), damaged, "{key:?}: {outcome:?}");
    }
    assert_rows_equal_contributions(&store.0);
}

#[test]
fn a_message_has_one_outcome_and_tells_which_of_its_facts_were_applied() {
    let store = MemoryStore::default();
    let call = call(1, "q");
    run(&store, &call[..2]);
    let (first, second) = call.split_at(3);
    let messages = [first, &[], second];
    let summary =
        pollster::block_on(apply(&store, &Settings::default(), &messages, &RetryPolicy::IMMEDIATE));
    assert_eq!(summary.outcomes, [Outcome::Applied, Outcome::WithoutEffect, Outcome::Applied]);
    assert_eq!(summary.facts_applied, [false, false, true, true]);
    let again =
        pollster::block_on(apply(&store, &Settings::default(), &messages, &RetryPolicy::IMMEDIATE));
    assert_eq!(again.outcomes, vec![Outcome::WithoutEffect; 3]);
    assert_eq!((summary.rows_changed, again.rows_changed), (vec![true; 4], vec![false; 4]));
}

#[test]
fn a_message_is_refused_if_a_row_has_no_room_for_one_of_its_facts() {
    let mut facts: Vec<_> =
        (0..201).map(|n| (conversation(1), metric(&format!("tNew{n}"), n))).collect();
    facts.extend(call(2, "p"));
    let store = MemoryStore::default();
    let (settings, messages) =
        (Settings::default(), [&facts[..150], &facts[150..202], &facts[202..]]);
    let summary = pollster::block_on(apply(&store, &settings, &messages, &RetryPolicy::IMMEDIATE));
    let [Outcome::Applied, Outcome::Refused(Rejected::RowFull(_)), Outcome::Applied] =
        summary.outcomes.as_slice()
    else {
        panic!("{:?}", summary.outcomes)
    };
    assert_eq!(summary.facts_applied.iter().filter(|applied| **applied).count(), 204);
}

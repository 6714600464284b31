//! The contract of stores of entities and rows.

pub mod documents;
pub mod due;
mod rows;

use headroom_engine::{
    EntityStore, EntityWrite, ITEMS_MAX, Outcome, RowStore, RowWrite, StoreError, StoredRow,
    Transaction, apply,
};
use headroom_genesys::{Parsed, parse};
use headroom_kpi::facts::{AcdStart, BudgetMetric, FactKind, Source};
use headroom_kpi::{
    Amounts, Bucket, Calendar, Contributions, Entity, EntityKey, Fact, Id, Measure, Media, Metric,
    Millis, Part, RowKey, Settings, Subject, Waiting,
};
use headroom_requests::RetryPolicy;
use headroom_simulator::{Assumptions, Faults, Feed, Load, Options, Rules};
use std::collections::BTreeSet;

const T0: Millis = Millis(1_778_594_400_000);

/// Runs the whole contract; `run` tells apart what it writes from what others wrote before.
pub async fn keeps_the_contract(store: &(impl EntityStore + RowStore + Sync), run: &str) {
    entities_and_rows_are_written_together(store, &format!("{run}a")).await;
    a_lost_condition_writes_nothing(store, &format!("{run}b")).await;
    sums_come_and_go(store, &format!("{run}c")).await;
    a_row_takes_as_many_names_as_the_rules_say(store, &format!("{run}d")).await;
    a_row_takes_very_many_sums_at_once(store, &format!("{run}e")).await;
    a_transaction_takes_a_hundred_items(store, &format!("{run}f")).await;
    subjects_are_listed_by_bucket(store, &format!("{run}g")).await;
    what_two_wait_for_is_there_until_both_have_gone(store, &format!("{run}h")).await;
    what_was_repaired_and_what_was_spent_is_read_back(store, &format!("{run}i")).await;
    rows::intervals_and_versions_are_read_by_subject(store, &format!("{run}j")).await;
}

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

fn row(queue: &str, bucket: Bucket) -> RowKey {
    let subject = Subject::Queue { id: id(queue), media: Media::new("voice") };
    RowKey { subject, bucket }
}

fn now(queue: &str) -> RowKey {
    row(queue, Bucket::Now)
}

fn metric(name: &str, part: Part) -> Measure {
    Measure::Metric(Metric::parse(name).unwrap(), part)
}

fn waiting(second: i64) -> Measure {
    Measure::WaitingSince(Box::new(Waiting { second, tag: id("31") }))
}

fn entity(queue: &str) -> Entity {
    let start = AcdStart { time: T0, queue: id(queue), media: Some(Media::new("voice")) };
    let mut entity = Entity::new(&EntityKey::Conversation(id(queue)));
    let kind = FactKind::AcdStart(id("s"), start);
    entity.fold(Fact { source: Source::Event, kind });
    entity
}

fn write(name: &str, expected_version: u64) -> EntityWrite {
    EntityWrite {
        key: EntityKey::Conversation(id(name)),
        expected_version,
        entity: entity(name),
        contributions: Contributions::default(),
        due: None,
    }
}

fn adding(
    name: &str,
    expected_version: u64,
    rows: Vec<(RowKey, Vec<(Measure, i64)>)>,
) -> Transaction {
    let row = |(row, amounts): (RowKey, Vec<_>)| RowWrite {
        row,
        amounts: amounts.into_iter().collect(),
        at: T0,
    };
    let mut rows: Vec<_> = rows.into_iter().map(row).collect();
    rows.sort_by(|a, b| a.row.cmp(&b.row));
    Transaction { entities: vec![write(name, expected_version)], rows }
}

async fn read(store: &impl RowStore, key: &RowKey) -> Option<StoredRow> {
    store.rows(std::slice::from_ref(key)).await.unwrap().remove(0)
}

async fn sums(store: &impl RowStore, key: &RowKey) -> Amounts {
    read(store, key).await.map(|stored| stored.row.sums).unwrap_or_default()
}

async fn entities_and_rows_are_written_together(store: &(impl EntityStore + RowStore), name: &str) {
    let keys = [EntityKey::Conversation(id(name)), EntityKey::Conversation(id("nobody"))];
    assert_eq!(store.load(&keys).await.unwrap(), [None, None]);
    assert_eq!(read(store, &now(name)).await, None);
    store.commit(&adding(name, 0, vec![(now(name), vec![(Measure::OWaiting, 2)])])).await.unwrap();

    let loaded = store.load(&keys).await.unwrap();
    let stored = loaded[0].as_ref().unwrap();
    assert_eq!((stored.version, &stored.entity, &loaded[1]), (1, &entity(name), &None));
    let stored_row = read(store, &now(name)).await.unwrap();
    assert_eq!(
        (stored_row.row.version, stored_row.row.sum(&Measure::OWaiting), stored_row.at),
        (1, 2, T0)
    );

    store.commit(&adding(name, 1, vec![(now(name), vec![(Measure::OWaiting, 3)])])).await.unwrap();
    let later = read(store, &now(name)).await.unwrap();
    assert_eq!((later.row.version, later.row.sum(&Measure::OWaiting)), (2, 5));
    assert_eq!(later.epoch, stored_row.epoch, "it is the same history");
}

async fn a_lost_condition_writes_nothing(store: &(impl EntityStore + RowStore), name: &str) {
    let change = |expected| adding(name, expected, vec![(now(name), vec![(Measure::OWaiting, 1)])]);
    store.commit(&change(0)).await.unwrap();
    for expected in [0, 2] {
        assert_eq!(store.commit(&change(expected)).await, Err(StoreError::Conflict));
    }
    assert_eq!(read(store, &now(name)).await.unwrap().row.version, 1);
}

async fn sums_come_and_go(store: &(impl EntityStore + RowStore), name: &str) {
    let (count, sum) = (metric("tAnswered", Part::Count), metric("tAnswered", Part::Sum));
    let some = vec![(count.clone(), 1), (sum.clone(), 5), (Measure::Wait(57), 1), (waiting(7), 1)];
    store.commit(&adding(name, 0, vec![(now(name), some.clone())])).await.unwrap();
    assert_eq!(sums(store, &now(name)).await, some.into_iter().collect());

    let less = vec![(count, -1), (waiting(7), -1), (waiting(9), 1)];
    store.commit(&adding(name, 1, vec![(now(name), less)])).await.unwrap();
    let remaining = [(sum, 5), (Measure::Wait(57), 1), (waiting(9), 1)];
    assert_eq!(sums(store, &now(name)).await, remaining.into_iter().collect());
}

/// Two conversations with one session, in the same second: odd, and counted all the same.
async fn what_two_wait_for_is_there_until_both_have_gone(
    store: &(impl EntityStore + RowStore),
    name: &str,
) {
    let twice = vec![(now(name), vec![(waiting(7), 2), (waiting(8), 1)])];
    store.commit(&adding(name, 0, twice)).await.unwrap();
    let one_goes = || vec![(now(name), vec![(waiting(7), -1)])];
    store.commit(&adding(name, 1, one_goes())).await.unwrap();
    let remaining = [(waiting(7), 1), (waiting(8), 1)];
    assert_eq!(sums(store, &now(name)).await, remaining.into_iter().collect());
    store.commit(&adding(name, 2, one_goes())).await.unwrap();
    assert_eq!(sums(store, &now(name)).await, [(waiting(8), 1)].into_iter().collect());
}

/// Neither are metrics, though their names are attributes as well. The row of the budget is of a day
/// of this run's own: there is but one such row a day.
async fn what_was_repaired_and_what_was_spent_is_read_back(
    store: &(impl EntityStore + RowStore),
    name: &str,
) {
    let day = Bucket::Day(1 + i32::from(name.as_bytes()[0]));
    let budget = RowKey { subject: Subject::ApiBudget, bucket: day };
    let spent: Vec<_> =
        (1..).zip(BudgetMetric::ALL).map(|(n, sum)| (Measure::Budget(*sum), n)).collect();
    let repaired = vec![(Measure::Repaired, 3), (Measure::OWaiting, 1)];
    let rows = vec![(budget.clone(), spent.clone()), (now(name), repaired)];
    store.commit(&adding(name, 0, rows)).await.unwrap();
    assert_eq!(sums(store, &budget).await, spent.iter().cloned().collect());
    assert_eq!(sums(store, &now(name)).await.get(&Measure::Repaired), 3);

    let less = spent.into_iter().map(|(key, amount)| (key, -amount));
    let less = less.chain([(Measure::Budget(BudgetMetric::DayUsed), 7)]).collect();
    let rows = vec![(budget.clone(), less), (now(name), vec![(Measure::Repaired, -3)])];
    store.commit(&adding(name, 1, rows)).await.unwrap();
    let remaining = [(Measure::Budget(BudgetMetric::DayUsed), 7)];
    assert_eq!(sums(store, &budget).await, remaining.into_iter().collect());
    assert_eq!(sums(store, &now(name)).await.get(&Measure::Repaired), 0);
    assert_eq!(store.subjects(&day, "api#").await, Ok(vec![Subject::ApiBudget]));
}

async fn a_row_takes_as_many_names_as_the_rules_say(
    store: &(impl EntityStore + RowStore),
    name: &str,
) {
    let day = row(name, Bucket::Day(20_585));
    let add = |version, metrics: Vec<String>| {
        let amounts = metrics.iter().map(|name| (metric(name, Part::Value), 1)).collect();
        adding(name, version, vec![(day.clone(), amounts)])
    };
    let new = |names: std::ops::Range<usize>| names.map(|n| format!("nNew{n}")).collect();
    store.commit(&add(0, new(0..150))).await.unwrap();
    store.commit(&add(1, vec!["nOffered".into()])).await.unwrap();
    store.commit(&add(2, new(150..199))).await.unwrap();
    for added in ["nNew199", "nOverSla"] {
        let full = store.commit(&add(3, vec![added.into()])).await;
        assert!(matches!(full, Err(StoreError::RowFull(_))), "{added}: {full:?}");
    }
    store.commit(&add(3, vec!["nOffered".into(), "nNew7".into()])).await.unwrap();
    let stored_row = read(store, &day).await.unwrap();
    assert_eq!((stored_row.row.version, stored_row.row.sums.len()), (4, 200));
    assert_eq!(stored_row.row.sum(&metric("nNew7", Part::Value)), 2);
}

async fn a_row_takes_very_many_sums_at_once(store: &(impl EntityStore + RowStore), name: &str) {
    let waits = || (0..400).map(|bucket| (Measure::Wait(bucket), 1)).collect::<Vec<_>>();
    store.commit(&adding(name, 0, vec![(now(name), waits())])).await.unwrap();
    store.commit(&adding(name, 1, vec![(now(name), waits())])).await.unwrap();
    let doubled = waits().into_iter().map(|(key, amount)| (key, 2 * amount)).collect();
    assert_eq!(sums(store, &now(name)).await, doubled);
}

async fn a_transaction_takes_a_hundred_items(store: &(impl EntityStore + RowStore), name: &str) {
    let queues = |count| {
        let queue = |n| (now(&format!("{name}-{n}")), vec![(Measure::OWaiting, 1)]);
        (0..count).map(queue).collect::<Vec<_>>()
    };
    let refused = store.commit(&adding(name, 0, queues(ITEMS_MAX))).await;
    assert!(matches!(refused, Err(StoreError::NotATransaction(_))), "{refused:?}");
    store.commit(&adding(name, 0, queues(ITEMS_MAX - 1))).await.unwrap();
    let keys: Vec<_> = (0..250).map(|n| now(&format!("{name}-{n}"))).collect();
    let rows = store.rows(&keys).await.unwrap();
    assert_eq!(rows.iter().flatten().count(), ITEMS_MAX - 1, "more keys than one request takes");
    assert!(rows[..ITEMS_MAX - 1].iter().all(Option::is_some));
}

async fn subjects_are_listed_by_bucket(store: &(impl EntityStore + RowStore), name: &str) {
    let (today, later) = (Bucket::Day(20_000), Bucket::Day(20_001));
    let row_of_queue = |queue: &str, bucket| (row(queue, bucket), vec![(Measure::OWaiting, 1)]);
    let (a, b, c) = (format!("{name}-a"), format!("{name}-b"), format!("{name}-c"));
    let rows = vec![row_of_queue(&b, today), row_of_queue(&a, today), row_of_queue(&c, later)];
    store.commit(&adding(name, 0, rows)).await.unwrap();
    let listed = async |bucket, prefix: &str| {
        let subjects = store.subjects(&bucket, prefix).await.unwrap();
        subjects.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let subject = |queue: &str| format!("queue#{queue}#voice");
    assert_eq!(listed(today, &format!("queue#{name}")).await, [subject(&a), subject(&b)]);
    assert_eq!(listed(today, &format!("queue#{b}#")).await, [subject(&b)]);
    assert_eq!(listed(later, &format!("queue#{name}")).await, [subject(&c)]);
}

/// Facts of a simulated contact centre, disturbed on their way.
pub fn simulated(seed: u64, conversations: u64) -> Vec<(EntityKey, Fact)> {
    let options = Options {
        seed,
        start: "2026-05-12T14:00:00Z".parse().unwrap(),
        load: Load::Conversations(conversations),
        feed: Feed::Both,
        faults: "dup=0.3,reorder=0.2,late=0.02".parse::<Faults>().unwrap(),
        rules: Rules::default(),
        assumptions: Assumptions::default(),
        agents: false,
    };
    let mut facts = Vec::new();
    let sink = |line: headroom_simulator::Line| {
        if let Ok(Parsed::Fact(key, fact)) = parse(&line.bytes) {
            facts.push((key, fact));
        }
        Ok::<_, std::convert::Infallible>(())
    };
    let Ok(_) = headroom_simulator::run(&options, sink);
    facts
}

/// Applies facts in batches; all of them must get there.
pub async fn apply_all(
    store: &(impl EntityStore + Sync),
    facts: &[(EntityKey, Fact)],
    batch: usize,
) {
    for part in facts.chunks(batch) {
        let messages: Vec<_> = part.chunks(1).collect();
        let applied = apply(store, &Settings::default(), &messages, &RetryPolicy::IMMEDIATE).await;
        let failed =
            |outcome: &&Outcome| matches!(outcome, Outcome::Failed(_) | Outcome::Refused(_));
        assert_eq!(applied.outcomes.iter().find(failed), None);
    }
}

/// The rows that facts may change: those of their time, of all subjects.
pub async fn all_rows(
    store: &impl RowStore,
    facts: &[(EntityKey, Fact)],
) -> Vec<(RowKey, Amounts)> {
    let calendar = Calendar::default();
    let times = facts.iter().map(|(_, fact)| fact.kind.time());
    let buckets = times.flat_map(|at| [calendar.interval(at), calendar.day(at)]);
    let mut rows = Vec::new();
    for bucket in buckets.chain([Bucket::Now]).collect::<BTreeSet<_>>() {
        let subjects = store.subjects(&bucket, "").await.unwrap();
        let keys: Vec<_> = subjects.into_iter().map(|subject| RowKey { subject, bucket }).collect();
        let row_sums =
            store.rows(&keys).await.unwrap().into_iter().map(|row| row.unwrap().row.sums);
        rows.extend(keys.into_iter().zip(row_sums).filter(|(_, sums)| !sums.is_empty()));
    }
    rows
}

//! What a status change of an agent costs in DynamoDB, from the items that are really written.
//!
//! `cargo test -p headroom-tests --test agent_units -- --nocapture` shows the figures that
//! `docs/cost.md` quotes. They depend on sizes alone, not on the machine.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss)]

mod metered;

use headroom_engine::{BatchSummary, EntityStore, Outcome, apply};
use headroom_kpi::facts::{AgentFact, Change, FactKind, Presence, QueueList, Source};
use headroom_kpi::stored::encode;
use headroom_kpi::{EntityKey, Fact, Id, Millis, Settings, Status};
use headroom_requests::RetryPolicy;
use headroom_test_support::{Fault, FaultyStore, MemoryStore, Operation};
use metered::Metered;

/// 2026-05-12T08:00:00Z
const START: i64 = 1_778_572_800_000;
const MINUTE: i64 = 60_000;

fn id(kind: &str, number: usize) -> Id {
    Id::parse(&format!("{kind}a79c003-1f95-4307-9a02-{number:012x}")).unwrap()
}

fn fact(agent: usize, fact: AgentFact) -> (EntityKey, Fact) {
    let kind = FactKind::Agent(fact);
    (EntityKey::Agent(id("a", agent)), Fact { source: Source::Event, kind })
}

/// An agent comes on queue, in so many queues.
fn arrival(agent: usize, queues: usize) -> Vec<(EntityKey, Fact)> {
    let at = Millis(START - MINUTE);
    let joined = QueueList::new(at, (0..queues).map(|number| id("0", number)).collect());
    let system = Status::ON_QUEUE;
    let value = Presence { system, organization: Some(id("b", 1)) };
    let presence = Change { at, reported_at: at, value };
    vec![fact(agent, AgentFact::Joined(joined)), fact(agent, AgentFact::Presence(presence))]
}

/// The `number`th status change of an agent: at work and idle in turn, each for a minute.
fn change(agent: usize, number: usize) -> (EntityKey, Fact) {
    let minutes = i64::try_from(number).unwrap() * MINUTE;
    let at = Millis(START + minutes + i64::try_from(agent).unwrap() * 97);
    let value = if number.is_multiple_of(2) { Status::IDLE } else { Status::INTERACTING };
    let change = Change { at, reported_at: at + Millis(300), value };
    fact(agent, AgentFact::Routing(change))
}

async fn write(store: &impl Store, facts: &[(EntityKey, Fact)]) -> BatchSummary {
    let messages: Vec<_> = facts.chunks(1).collect();
    apply(store, &Settings::default(), &messages, &RetryPolicy::IMMEDIATE).await
}

trait Store: EntityStore + Sync {}
impl<T: EntityStore + Sync> Store for T {}

/// Write and read units of a change after `before` changes of each of ten agents, in batches of so
/// many changes of as many agents. No agent is due for a read, so no index is written.
async fn units(queues: usize, before: usize, batch: usize) -> [f64; 2] {
    let store = Metered::new().await;
    let agents = batch.max(10);
    for agent in 0..agents {
        let mut facts = arrival(agent, queues);
        facts.extend((0..before).map(|number| change(agent, number)));
        let summary = write(&store.unmetered, &facts).await;
        assert!(summary.outcomes.iter().all(|outcome| *outcome == Outcome::Applied));
    }
    store.take();
    store.take_reads();
    let rounds = 200 / batch.max(1);
    for round in 0..rounds {
        let next = |place: usize| {
            let (agent, number) =
                if batch == 1 { (round % 10, round / 10) } else { (place, round) };
            change(agent, before + number)
        };
        let facts: Vec<_> = (0..batch).map(next).collect();
        let summary = write(&store, &facts).await;
        assert!(summary.outcomes.iter().all(|outcome| *outcome == Outcome::Applied));
    }
    assert_eq!(store.take_due(), 0);
    [store.take().0, store.take_reads()].map(|units| units as f64 / (rounds * batch) as f64)
}

#[tokio::test]
async fn a_status_change_costs_what_it_writes_and_batches_share_the_rows_of_queues() {
    println!("write units per status change, after 200 changes of each agent:");
    for queues in [1, 10, 30] {
        let ([alone, reads], [ten, _], [hundred, _]) = (
            units(queues, 200, 1).await,
            units(queues, 200, 10).await,
            units(queues, 200, 100).await,
        );
        println!("{queues} queues: alone {alone:.1}, among 10 {ten:.1}, among 100 {hundred:.1}");
        println!("{queues} queues: {reads:.1} read units alone");
        // The entity, rows of the agent, and a row of each queue; all doubled.
        assert!(alone <= (14 + 2 * queues) as f64, "{alone}");
        assert!(hundred <= 20.0, "{hundred}");
    }
}

#[tokio::test]
async fn an_agent_stays_small() {
    for (name, days) in [("a day", 1), ("four days", 4), ("a week", 7)] {
        let store = MemoryStore::default();
        write(&store, &arrival(0, 30)).await;
        let day = 24 * 60;
        // 220 changes in eight hours of each day.
        let numbers =
            (0..days).flat_map(|number| (0..220).map(move |n| number * day + 2 * n + n % 2));
        for number in numbers {
            let value = if number % 2 == 0 { Status::IDLE } else { Status::INTERACTING };
            let at = Millis(START + i64::from(number) * MINUTE);
            let change = Change { at, reported_at: at + Millis(300), value };
            write(&store, &[fact(0, AgentFact::Routing(change))]).await;
        }
        let stored = store.load(&[EntityKey::Agent(id("a", 0))]).await.unwrap().pop().flatten();
        let stored = stored.unwrap();
        let bytes = encode(&stored.entity, &stored.contributions).len();
        println!("an agent of 30 queues after {name} of 220 changes: {bytes} bytes");
        assert!(bytes <= 12_000, "{bytes}");
    }
}

/// Transactions on the rows of popular queues meet each other: three of ten lose, and none for good.
#[tokio::test]
async fn conflicts_on_popular_queues_are_repeated_and_bounded() {
    let store = FaultyStore::<MemoryStore>::default();
    for agent in 0..20 {
        write(&store, &arrival(agent, 30)).await;
    }
    let faults = (0..4_000).map(|number| match number * 7 % 10 {
        0..3 => Fault::Conflict,
        _ => Fault::None,
    });
    store.plan.plan(Operation::Commit, faults);
    let (mut retries, mut transactions, mut failed) = (0, 0, 0);
    for number in 0..100 {
        let facts: Vec<_> = (0..20).map(|agent| change(agent, number)).collect();
        let summary = write(&store, &facts).await;
        let is_failed = |outcome: &&Outcome| matches!(outcome, Outcome::Failed(_));
        failed += summary.outcomes.iter().filter(is_failed).count();
        retries += summary.retries;
        transactions += summary.transactions;
    }
    println!("{transactions} transactions, {retries} repeated, {failed} changes given back");
    assert_eq!(failed, 0);
    assert!(retries * 10 <= transactions * 5, "{retries} of {transactions}");
}

//! What an event costs in DynamoDB, from the items that are really written.
//!
//! `cargo test -p headroom-tests --test write_units -- --nocapture` shows the figures that
//! `docs/cost.md` quotes. They depend on sizes alone, not on the machine.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss)]

mod metered;

use headroom_engine::{Outcome, apply};
use headroom_genesys::{Parsed, parse};
use headroom_kpi::facts::FactKind;
use headroom_kpi::{EntityKey, Fact, Settings};
use headroom_requests::RetryPolicy;
use headroom_simulator::{Feed, LineKind, Load, Options};
use headroom_tests::{options, simulate};
use metered::Metered;
use std::collections::{BTreeMap, HashMap, HashSet};

type Facts = Vec<(EntityKey, Fact)>;

/// The used events of a contact centre, in the order in which they come.
fn feed(options: &Options) -> Facts {
    let (lines, _) = simulate(options);
    let events = lines.iter().filter(|line| line.kind == LineKind::Event);
    let parsed = events.filter_map(|line| match parse(&line.bytes) {
        Ok(Parsed::Fact(key, fact)) => Some((key, fact)),
        _ => None,
    });
    parsed.collect()
}

/// What a run of batches cost.
#[derive(Debug, Default)]
struct Cost {
    events: usize,
    units: u64,
    /// Of them, those of the index of what is due for a gap read.
    due: u64,
    /// Read units.
    reads: u64,
    /// Write units of the dearest batch.
    dearest: u64,
    /// How many batches needed how many requests.
    requests: BTreeMap<usize, usize>,
    /// How many batches needed how many requests one after the other.
    round_trips: BTreeMap<usize, usize>,
}

impl Cost {
    fn per_event(&self) -> f64 {
        self.units as f64 / self.events as f64
    }
}

/// Tables that hold these facts: rows grow with the day.
async fn store_of(facts: &[(EntityKey, Fact)]) -> Metered {
    let store = Metered::new().await;
    // A day in a few batches: each conversation is written once or twice, and not with each event.
    for part in facts.chunks(20_000) {
        let messages: Vec<_> = part.chunks(1).collect();
        apply(&store.unmetered, &Settings::default(), &messages, &RetryPolicy::IMMEDIATE).await;
    }
    store.take();
    store.take_reads();
    store.take_due();
    store
}

/// Facts written in batches.
async fn cost(store: &Metered, facts: &[(EntityKey, Fact)], batch: usize) -> Cost {
    let mut cost = Cost { events: facts.len(), ..Cost::default() };
    for part in facts.chunks(batch) {
        let messages: Vec<_> = part.chunks(1).collect();
        let applied = apply(store, &Settings::default(), &messages, &RetryPolicy::IMMEDIATE).await;
        assert!(!applied.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Failed(_))));
        let (units, requests) = store.take();
        cost.units += units;
        cost.due += store.take_due();
        cost.reads += store.take_reads();
        cost.dearest = cost.dearest.max(units);
        *cost.requests.entry(requests).or_default() += 1;
        *cost.round_trips.entry(applied.round_trips).or_default() += 1;
    }
    cost
}

fn hours(hours: f64, per_second: f64) -> Load {
    Load::Rate { per_second, duration_seconds: hours * 3_600.0 }
}

const FEEDS: [Feed; 3] = [Feed::Detail, Feed::Metrics, Feed::Both];

#[tokio::test]
async fn an_event_alone_in_its_batch_takes_at_most_15_write_units() {
    for kind in FEEDS {
        let facts = feed(&Options { load: hours(3.0, 0.3), feed: kind, ..options(1, 0) });
        let (before, last) = facts.split_at(facts.len() - 1_500);
        let cost = cost(&store_of(before).await, last, 1).await;
        println!("alone, {kind:?}: {:.2} write units per event; {cost:?}", cost.per_event());
        assert!(cost.per_event() <= 15.0, "{kind:?}: {}", cost.per_event());
        assert!(cost.round_trips.keys().max() <= Some(&3));
    }
}

#[tokio::test]
async fn an_event_among_100_of_a_busy_queue_takes_at_most_6() {
    for kind in FEEDS {
        let load = Options { load: hours(2.0, 1.0), feed: kind, ..options(2, 0) };
        let facts = busiest_queue(feed(&load));
        let (before, last) = facts.split_at(facts.len() - 2_000);
        let cost = cost(&store_of(before).await, last, 100).await;
        println!(
            "100 of a queue, {kind:?}: {:.2} write units per event; {cost:?}",
            cost.per_event()
        );
        assert!(cost.per_event() <= 6.0, "{kind:?}: {}", cost.per_event());
        assert!(cost.round_trips.keys().max() <= Some(&3), "{:?}", cost.round_trips);
    }
}

#[tokio::test]
async fn a_batch_of_all_queues_takes_at_most_three_requests_one_after_the_other() {
    for kind in FEEDS {
        let facts = feed(&Options { load: hours(1.0, 3.0), feed: kind, ..options(3, 0) });
        let (before, last) = facts.split_at(facts.len() - 6_000);
        let (hundreds, tens) = last.split_at(4_000);
        let store = store_of(before).await;
        for (batch, facts) in [(100, hundreds), (10, tens)] {
            let cost = cost(&store, facts, batch).await;
            println!(
                "{batch} of all queues, {kind:?}: {:.2} write and {:.2} read units per event; {cost:?}",
                cost.per_event(),
                cost.reads as f64 / cost.events as f64
            );
            assert!(cost.round_trips.keys().max() <= Some(&3), "{:?}", cost.round_trips);
        }
    }
}

/// The facts of the conversations that come to the queue with the most of them.
fn busiest_queue(facts: Facts) -> Facts {
    let mut queues = HashMap::<_, HashSet<EntityKey>>::new();
    for (key, fact) in &facts {
        let queue = match &fact.kind {
            FactKind::AcdStart(_, start) => Some(&start.queue),
            FactKind::Metric(metric) => metric.queue.as_ref(),
            _ => None,
        };
        if let Some(queue) = queue {
            queues.entry(queue.clone()).or_default().insert(key.clone());
        }
    }
    let busiest = queues.into_values().max_by_key(HashSet::len).unwrap();
    facts.into_iter().filter(|(key, _)| busiest.contains(key)).collect()
}

//! A simulated contact centre, applied to a store in memory while commits fail.

use crate::snapshot::Snapshot;
use headroom_engine::{Message, Outcome, apply};
use headroom_genesys::{Parsed, parse};
use headroom_kpi::{EntityKey, Fact, Millis, Settings};
use headroom_requests::RetryPolicy;
use headroom_simulator::{Faults, Options};
use headroom_test_support::{Fault, FaultyStore, MemoryStore, Operation};
use headroom_tests::options;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeSet, VecDeque};
use std::convert::Infallible;

/// The facts of an event.
type Facts = Vec<(EntityKey, Fact)>;

const FAULTS: [Fault; 4] = [Fault::Conflict, Fault::Throttle, Fault::FailBefore, Fault::FailAfter];

/// Events in a batch.
const BATCH: usize = 50;

/// A small centre whose agents have lives.
pub(crate) fn small(seed: u64) -> Options {
    Options { agents: true, ..options(seed, 60) }
}

/// What is stored of a centre, and the newest event time.
pub(crate) fn simulate(options: &Options, settings: &Settings) -> (Snapshot, Millis) {
    let faults: Faults = "dup=0.2,reorder=0.2,late=0.05,garbage=0.02".parse().unwrap();
    let mut events = Vec::new();
    let options = Options { faults, ..options.clone() };
    let Ok(_) = headroom_simulator::run(&options, |line| {
        match parse(&line.bytes) {
            Ok(Parsed::Fact(key, fact)) => events.push(vec![(key, fact)]),
            Ok(Parsed::Facts(facts) | Parsed::Partial(facts, _)) => events.push(facts),
            Ok(Parsed::Ignored(_)) | Err(_) => {}
        }
        Ok::<_, Infallible>(())
    });
    let facts = || events.iter().flatten();
    let newest = facts().map(|(_, fact)| fact.kind.time()).max().unwrap();
    let keys: BTreeSet<_> = facts().map(|(key, _)| key.clone()).collect();
    let store = FaultyStore::default();
    deliver(&store, settings, events, options.seed);
    (Snapshot::read(&store.store, &keys.into_iter().collect::<Vec<_>>()), newest)
}

/// Delivers events; those that fail are delivered again, as a queue would.
fn deliver(store: &FaultyStore<MemoryStore>, settings: &Settings, events: Vec<Facts>, seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut queue = VecDeque::from(events);
    while !queue.is_empty() {
        let batch: Vec<_> = queue.drain(..queue.len().min(BATCH)).collect();
        for operation in [Operation::Load, Operation::Commit] {
            let is_faulty = random.random_bool(0.2);
            let fault = if is_faulty { *FAULTS.choose(&mut random).unwrap() } else { Fault::None };
            // Long enough for some batches to fail as a whole.
            store.plan.plan(operation, vec![fault; random.random_range(1..10)]);
        }
        let messages: Vec<Message<'_>> = batch.iter().map(Vec::as_slice).collect();
        let applied = apply(store, settings, &messages, &RetryPolicy::IMMEDIATE);
        let outcomes = pollster::block_on(applied).outcomes;
        let failed = batch.into_iter().zip(outcomes);
        queue.extend(
            failed.filter_map(|(event, outcome)| {
                matches!(outcome, Outcome::Failed(_)).then_some(event)
            }),
        );
    }
}

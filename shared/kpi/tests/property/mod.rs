//! The properties, and how they are run and compared.

mod agree;
mod encoded;
mod gauges;
mod growth;
mod order;
mod repair;
mod weight;

use crate::generate::text_id;
use crate::naive::{NaiveRow, Rows, Setup};
use headroom_kpi::facts::FactKind;
use headroom_kpi::stored::{self, DecodeError};
use headroom_kpi::{ContributionBuilder, Contributions, Entity, EntityKey, Fact, Measure};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseResult, TestError, TestRunner};
use std::hash::{BuildHasher, RandomState};

/// Runs a property on so many cases. Nothing is written: a failure prints the seed instead, and
/// `PROPTEST_RNG_SEED` takes it.
fn check<S: Strategy>(cases: u32, strategy: &S, test: impl Fn(S::Value) -> TestCaseResult) {
    let given = Config::default();
    let seed = match given.rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => RandomState::new().hash_one(0),
    };
    let config = Config {
        cases: std::env::var("PROPTEST_CASES").map_or(cases, |_| given.cases),
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed),
        ..given
    };
    match TestRunner::new(config).run(strategy, test) {
        Ok(()) => {}
        Err(TestError::Fail(why, case)) => {
            panic!("PROPTEST_RNG_SEED={seed}\n{why}\nminimal failing case: {case:#?}")
        }
        Err(TestError::Abort(why)) => panic!("PROPTEST_RNG_SEED={seed}\n{why}"),
    }
}

/// Facts and contributions of an entity, as a store keeps them.
#[derive(Clone, Debug, PartialEq)]
struct Stored {
    entity: Entity,
    contributions: Contributions,
}

impl Stored {
    fn new(entity: Entity, setup: &Setup) -> Self {
        let contributions = ContributionBuilder::default().build(&entity, &setup.settings);
        Self { entity, contributions }
    }

    fn encode(&self) -> Vec<u8> {
        stored::encode(&self.entity, &self.contributions)
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (entity, contributions) = stored::decode(bytes)?;
        Ok(Self { entity, contributions })
    }
}

/// The entity that facts are about, without facts.
fn new_entity(facts: &[Fact]) -> Entity {
    let report = facts.iter().find_map(|fact| match &fact.kind {
        FactKind::Budget(report) => Some(report),
        _ => None,
    });
    match report {
        Some(report) => Entity::new(&EntityKey::ApiBudget(report.scope)),
        None => Entity::new(&EntityKey::Conversation(text_id("conversation"))),
    }
}

fn fold(entity: &mut Entity, facts: &[Fact]) {
    for fact in facts {
        entity.fold(fact.clone());
    }
}

/// What all facts give that come in one batch.
fn at_once(facts: &[Fact], setup: &Setup) -> Stored {
    let mut entity = new_entity(facts);
    fold(&mut entity, facts);
    Stored::new(entity, setup)
}

/// Contributions in the oracle's words, but for waits, of which they know buckets only.
fn in_words(books: &Contributions) -> Rows {
    let mut rows = Rows::new();
    for (key, amounts) in books.rows() {
        let place = (key.subject.to_string(), key.bucket.to_string());
        let mut row = NaiveRow::default();
        for (key, amount) in amounts {
            say(&mut row, key, *amount);
        }
        assert!(rows.insert(place, row).is_none(), "two rows with one name");
    }
    rows
}

fn say(row: &mut NaiveRow, key: &Measure, amount: i64) {
    if let Some((metric, suffix)) = key.public_name() {
        let twice = row.sums.insert(format!("{metric}{suffix}"), amount);
        assert!(twice.is_none(), "one name twice in a row");
    }
    if let Measure::WaitingSince(waiting) = key {
        assert_eq!(amount, 1, "a set's element is there once");
        row.waiting.insert((waiting.second, waiting.session.to_string()));
    }
}

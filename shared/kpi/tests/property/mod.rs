//! The properties, and how they are run and compared.

mod agree;
mod encoded;
mod explain;
mod gauges;
mod growth;
mod order;
mod repair;
mod size;

use crate::generate::text_id;
use crate::naive::{NaiveRow, Rows, Setup};
use headroom_kpi::facts::FactKind;
use headroom_kpi::stored::{self, DecodeError};
use headroom_kpi::{ContributionBuilder, Contributions, Entity, EntityKey, Fact, Measure};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseResult, TestError, TestRunner};
use std::hash::{BuildHasher, RandomState};

/// Runs a property on a number of cases. A failure writes no file: it prints the seed, which
/// `PROPTEST_RNG_SEED` takes.
fn check<S: Strategy>(cases: u32, strategy: &S, test: impl Fn(S::Value) -> TestCaseResult) {
    let default = Config::default();
    let seed = match default.rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => RandomState::new().hash_one(0),
    };
    let config = Config {
        cases: std::env::var("PROPTEST_CASES").map_or(cases, |_| default.cases),
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed),
        ..default
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

/// The result of facts in one batch.
fn at_once(facts: &[Fact], setup: &Setup) -> Stored {
    let mut entity = new_entity(facts);
    fold(&mut entity, facts);
    Stored::new(entity, setup)
}

/// Contributions as rows of the naive model, without waits, of which they have buckets only.
fn as_naive_rows(contributions: &Contributions) -> Rows {
    let mut rows = Rows::new();
    for (key, amounts) in contributions.rows() {
        let key = (key.subject.to_string(), key.bucket.to_string());
        let mut row = NaiveRow::default();
        for (measure, amount) in amounts {
            add_to_naive_row(&mut row, measure, *amount);
        }
        assert!(rows.insert(key, row).is_none(), "two rows have the same key");
    }
    rows
}

fn add_to_naive_row(row: &mut NaiveRow, measure: &Measure, amount: i64) {
    if let Some((metric, suffix)) = measure.public_name() {
        let previous = row.sums.insert(format!("{metric}{suffix}"), amount);
        assert!(previous.is_none(), "two measures of a row have the same name");
    }
    if let Measure::InteractingSince(interacting) = measure {
        *row.interacting.entry(interacting.second).or_default() += amount;
    }
    if let Measure::WaitingSince(waiting) = measure {
        *row.waiting.entry(waiting.second).or_default() += amount;
    }
}

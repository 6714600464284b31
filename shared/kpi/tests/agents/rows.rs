//! Facts to rows, as texts.

use crate::facts::{USER, id};
use headroom_kpi::{
    AgentMeasure, ContributionBuilder, Contributions, Entity, EntityKey, Fact, Measure, Settings,
};
use std::collections::BTreeMap;

/// Sums by name, of each row by subject and bucket.
pub(crate) type Rows = BTreeMap<(String, String), BTreeMap<String, i64>>;

pub(crate) fn agent(user: &str, facts: &[Fact]) -> Entity {
    let mut entity = Entity::new(&EntityKey::Agent(id(user)));
    for fact in facts {
        entity.fold(fact.clone());
    }
    entity
}

pub(crate) fn contributions(entity: &Entity, settings: &Settings) -> Contributions {
    ContributionBuilder::default().build(entity, settings)
}

pub(crate) fn name(measure: &Measure) -> String {
    if let Some((metric, suffix)) = measure.public_name() {
        return format!("{metric}{suffix}");
    }
    let Measure::Agent(measure) = measure else { panic!("{measure:?} is not of an agent") };
    let AgentMeasure::IdleSince(idle) = &**measure else { panic!("{measure:?} has no name") };
    format!("idle.{}#{}", idle.second, char::from(idle.tag))
}

pub(crate) fn texts(contributions: &Contributions) -> Rows {
    let row = |amounts: &[(Measure, i64)]| {
        amounts.iter().map(|(measure, amount)| (name(measure), *amount)).collect()
    };
    contributions
        .rows()
        .map(|(key, amounts)| ((key.subject.to_string(), key.bucket.to_string()), row(amounts)))
        .collect()
}

/// The rows of facts, by the settings that are usual.
pub(crate) fn rows(facts: &[Fact]) -> Rows {
    texts(&contributions(&agent(USER, facts), &Settings::default()))
}

/// The sums of one row, without those whose name begins with `n`.
pub(crate) fn row(rows: &Rows, subject: &str, bucket: &str) -> BTreeMap<String, i64> {
    let mut sums = rows.get(&(subject.into(), bucket.into())).cloned().unwrap_or_default();
    sums.retain(|name, _| !name.starts_with('n'));
    sums
}

pub(crate) fn sums(list: &[(&str, i64)]) -> BTreeMap<String, i64> {
    list.iter().map(|(name, sum)| ((*name).to_owned(), *sum)).collect()
}

//! What is kept of an agent, and its stored form.

use crate::facts::{USER, presence, routing, time};
use crate::generate::{case, few_cases};
use crate::rows::{Rows, agent, contributions, name, texts};
use headroom_kpi::limits::AGENT_CHANGES_MAX;
use headroom_kpi::stored::{decode, encode};
use headroom_kpi::{Contributions, Entity, Fact, FoldOutcome, Millis, RowChange, Settings};
use proptest::prelude::*;

/// Takes facts one by one as a store does: what is forgotten stays in the rows.
fn apply_in_order(facts: &[Fact], settings: &Settings) -> (Entity, Rows) {
    let (mut entity, mut stored, mut rows) =
        (agent(USER, &[]), Contributions::default(), Rows::new());
    for fact in facts {
        entity.fold(fact.clone());
        let mut next = contributions(&entity, settings);
        add(&stored.difference(&next), &mut rows);
        if entity.forget(settings) {
            next = contributions(&entity, settings);
        }
        stored = next;
        (entity, stored) = decode(&encode(&entity, &stored)).unwrap();
    }
    for row in rows.values_mut() {
        row.retain(|_, sum| *sum != 0);
    }
    rows.retain(|_, row| !row.is_empty());
    (entity, rows)
}

fn add(changes: &[RowChange], rows: &mut Rows) {
    for change in changes {
        let key = (change.row.subject.to_string(), change.row.bucket.to_string());
        let row = rows.entry(key).or_default();
        for (measure, amount) in &change.amounts {
            *row.entry(name(measure)).or_default() += amount;
        }
    }
}

proptest! {
    #![proptest_config(few_cases())]

    #[test]
    fn what_is_forgotten_changes_no_row(case in case()) {
        let mut facts = case.facts.clone();
        facts.sort_by_key(|fact| fact.kind.time());
        let settings = case.settings.clone();
        let expected = texts(&contributions(&agent(USER, &facts), &settings));
        prop_assert_eq!(apply_in_order(&facts, &settings).1, expected);
    }

    #[test]
    fn the_stored_form_is_read_back_and_within_its_bound(case in case()) {
        let entity = agent(USER, &case.facts);
        let contributions = contributions(&entity, &case.settings);
        let bytes = encode(&entity, &contributions);
        prop_assert!(bytes.len() <= entity.encoded_size_max(), "{} bytes", bytes.len());
        prop_assert_eq!(decode(&bytes).unwrap(), (entity, contributions));
    }

    #[test]
    fn damaged_bytes_are_an_error_or_another_agent(case in case(), place in any::<prop::sample::Index>(), byte: u8) {
        let entity = agent(USER, &case.facts);
        let mut bytes = encode(&entity, &contributions(&entity, &case.settings));
        let place = place.index(bytes.len());
        bytes[place] = byte;
        let _ = decode(&bytes);
    }
}

/// 220 changes a day, for some days.
fn busy_days(days: i64) -> Vec<Fact> {
    let start = time("2026-05-11T00:00:00Z");
    let change = |n: i64| {
        let statuses = ["IDLE", "INTERACTING"];
        let at = Millis(start.0 + n * 86_400_000 / 220);
        let status = statuses[usize::from(n % 2 == 1)];
        crate::facts::event(crate::facts::routing_at(at, status))
    };
    (0..220 * days).map(change).collect()
}

#[test]
fn an_agent_of_many_days_does_not_grow() {
    let settings = Settings::default();
    let size = |days| {
        let (entity, _) = apply_in_order(&busy_days(days), &settings);
        encode(&entity, &contributions(&entity, &settings)).len()
    };
    let (week, fortnight) = (size(7), size(14));
    assert!(week < 20_000, "{week} bytes");
    assert!(fortnight.abs_diff(week) < 500, "{week} and {fortnight} bytes");
}

#[test]
fn a_change_of_a_time_that_is_forgotten_has_no_effect() {
    let settings = Settings::default();
    let (mut entity, _) = apply_in_order(&busy_days(7), &settings);
    let old = presence("2026-05-11T00:00:00Z", "BREAK");
    assert_eq!(entity.fold(old), FoldOutcome::WithoutEffect);
}

#[test]
fn changes_that_are_too_many_at_a_time_are_refused() {
    let mut entity = agent(USER, &[]);
    let change = |n: usize| {
        let at = Millis(time("09:00:00.000").0 + i64::try_from(n).unwrap());
        crate::facts::event(crate::facts::routing_at(at, "IDLE"))
    };
    for n in 0..AGENT_CHANGES_MAX {
        assert_eq!(entity.fold(change(n)), FoldOutcome::Applied);
    }
    assert_eq!(entity.fold(change(AGENT_CHANGES_MAX)), FoldOutcome::Full);
    assert_eq!(entity.fold(routing("22:00:00.000", "IDLE")), FoldOutcome::Applied);
}

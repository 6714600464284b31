//! The fold is a join: "the same set of events gives the same facts, in any order, with any number of
//! repeats, and in any batches" (`kpis.md#facts`), and rows are the sums of differences
//! (`kpis.md#contributions`).

use super::{Stored, at_once, check, fold, new_entity};
use crate::generate::{Case, case};
use crate::naive::Setup;
use headroom_kpi::{
    Amounts, ContributionBuilder, Contributions, Entity, Fact, FoldOutcome, Row, RowChange, RowKey,
    gaps,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A case, and the same facts in another order with some of them repeated. A failure still shrinks,
/// since every fact draws its place and every repeat its fact.
fn shuffled() -> impl Strategy<Value = (Case, Vec<Fact>)> {
    let repeats = proptest::collection::vec(any::<prop::sample::Index>(), 0..40);
    let places = proptest::collection::vec(any::<u8>(), 80);
    (case(), repeats, places).prop_map(|(case, repeats, places)| {
        let repeats = if case.facts.is_empty() { Vec::new() } else { repeats };
        let repeated = repeats.iter().map(|index| index.get(&case.facts));
        let mut ordered: Vec<_> = places.iter().zip(case.facts.iter().chain(repeated)).collect();
        ordered.sort_by_key(|(place, _)| **place);
        let shuffled = ordered.into_iter().map(|(_, fact)| fact.clone()).collect();
        (case, shuffled)
    })
}

/// Where to cut a list, as shares of its length.
fn cuts() -> impl Strategy<Value = Vec<prop::sample::Index>> {
    proptest::collection::vec(any::<prop::sample::Index>(), 0..6)
}

#[test]
fn order_and_repeats_do_not_matter() {
    check(2_500, &shuffled(), |(Case { setup, facts }, again)| {
        let (first, second) = (at_once(&facts, &setup), at_once(&again, &setup));
        prop_assert_eq!(first.encode(), second.encode());
        prop_assert_eq!(&first.contributions, &second.contributions);
        prop_assert_eq!(first.entity.newest_event_time(), second.entity.newest_event_time());
        prop_assert_eq!(first.entity.encoded_size_max(), second.entity.encoded_size_max());
        let due = |stored: &Stored| {
            stored.entity.conversation().and_then(|c| gaps::due(c, &setup.settings))
        };
        prop_assert_eq!(due(&first), due(&second));
        Ok(())
    });
}

#[test]
fn a_fact_without_effect_changes_nothing_and_one_with_effect_something() {
    check(1_000, &case(), |Case { setup, facts }| {
        let mut entity = new_entity(&facts);
        for fact in facts {
            let before = bytes(&entity, &setup);
            let folded = entity.fold(fact.clone());
            let unchanged = before == bytes(&entity, &setup);
            prop_assert_eq!(unchanged, folded == FoldOutcome::WithoutEffect);
            prop_assert_eq!(entity.fold(fact), FoldOutcome::WithoutEffect);
        }
        Ok(())
    });
}

fn bytes(entity: &Entity, setup: &Setup) -> Vec<u8> {
    Stored::new(entity.clone(), setup).encode()
}

#[test]
fn storing_and_loading_between_batches_does_not_matter() {
    check(1_500, &(shuffled(), cuts()), |((case, again), cuts)| {
        let mut stored = without_facts(&again);
        let mut rows = Rows::default();
        for batch in batches(&again, &cuts) {
            if stored.entity.newest_event_time().is_some() {
                stored = Stored::decode(&stored.encode()).unwrap();
            }
            step(&mut stored, batch, &case.setup, &mut rows);
        }
        let expected = at_once(&case.facts, &case.setup);
        prop_assert_eq!(stored.encode(), expected.encode());
        prop_assert_eq!(sums(&rows), contributions_as_sums(&expected.contributions));
        Ok(())
    });
}

fn batches<'a>(facts: &'a [Fact], cuts: &[prop::sample::Index]) -> Vec<&'a [Fact]> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(facts.len() + 1)).collect();
    at.extend([0, facts.len()]);
    at.sort_unstable();
    at.windows(2).map(|w| &facts[w[0]..w[1]]).collect()
}

#[test]
fn differences_one_fact_at_a_time_add_up_to_the_rows_of_all_facts_at_once() {
    check(1_500, &case(), |Case { setup, facts }| {
        let (mut stored, mut rows) = (without_facts(&facts), Rows::default());
        for fact in &facts {
            step(&mut stored, std::slice::from_ref(fact), &setup, &mut rows);
            let sums = sums(&rows);
            prop_assert_eq!(&sums, &contributions_as_sums(&stored.contributions));
            prop_assert!(sums.values().flatten().all(|(_, sum)| *sum > 0));
        }
        let expected = at_once(&facts, &setup);
        prop_assert_eq!(&stored.contributions, &expected.contributions);
        let changes: u64 = rows.0.values().map(|row| row.version).sum();
        prop_assert_eq!(changes, rows.1);
        Ok(())
    });
}

#[test]
fn after_a_difference_applied_in_part_the_next_one_is_the_rest() {
    let cases = (case(), case(), any::<prop::sample::Index>());
    check(1_500, &cases, |(first, second, cut)| {
        // Any two states: the contributions of the first must become those of the second.
        let from = at_once(&first.facts, &first.setup).contributions;
        let to = at_once(&second.facts, &second.setup).contributions;
        let changes = from.difference(&to);
        let (part, rest) = changes.split_at(cut.index(changes.len() + 1));
        let mut halfway = from.clone();
        halfway.apply(part);
        prop_assert_eq!(halfway.difference(&to), rest.to_vec());
        let mut end = halfway.clone();
        end.apply(rest);
        prop_assert_eq!(&end, &to);
        prop_assert!(end.difference(&to).is_empty());
        let (mut at_once_applied, mut rows) = (from.clone(), Rows::default());
        at_once_applied.apply(&changes);
        prop_assert_eq!(&at_once_applied, &to);
        rows.add(&Contributions::default().difference(&from));
        rows.add(&changes);
        prop_assert_eq!(sums(&rows), contributions_as_sums(&to));
        Ok(())
    });
}

/// The table of rows, and how many changes were committed to it.
#[derive(Default)]
struct Rows(BTreeMap<RowKey, Row>, u64);

impl Rows {
    fn add(&mut self, changes: &[RowChange]) {
        for change in changes {
            let row = self.0.entry(change.row.clone()).or_default();
            row.add(&change.amounts);
            self.1 += 1;
        }
    }
}

fn without_facts(facts: &[Fact]) -> Stored {
    Stored { entity: new_entity(facts), contributions: Contributions::default() }
}

type Sums = BTreeMap<RowKey, Amounts>;

/// Takes a batch as a store would: fold, difference, apply.
fn step(stored: &mut Stored, batch: &[Fact], setup: &Setup, rows: &mut Rows) {
    fold(&mut stored.entity, batch);
    let next = ContributionBuilder::default().build(&stored.entity, &setup.settings);
    let changes = stored.contributions.difference(&next);
    stored.contributions.apply(&changes);
    rows.add(&changes);
}

fn sums(rows: &Rows) -> Sums {
    let non_empty = rows.0.iter().filter(|(_, row)| !row.sums.is_empty());
    non_empty.map(|(key, row)| (key.clone(), row.sums.clone())).collect()
}

fn contributions_as_sums(contributions: &Contributions) -> Sums {
    contributions.rows().map(|(key, row)| (key.clone(), row.iter().cloned().collect())).collect()
}

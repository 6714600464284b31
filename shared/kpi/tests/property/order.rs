//! The fold is a join: "any order, any number of repeats, any batching of the same set of events
//! gives the same facts" (`kpis.md`, section 1), and rows are the sums of differences (section 3).

use super::{Stored, at_once, check, fold, new_entity};
use crate::generate::{Case, case};
use crate::naive::Setup;
use headroom_kpi::{
    Amounts, ContributionBuilder, Contributions, Entity, Fact, FoldOutcome, Row, RowChange, RowKey,
    gaps,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A case, and the same facts in another order with some of them repeated. Made so that a failure
/// still shrinks: every fact is drawn a place, and every repeat a fact.
fn shuffled() -> impl Strategy<Value = (Case, Vec<Fact>)> {
    let repeats = proptest::collection::vec(any::<prop::sample::Index>(), 0..40);
    let places = proptest::collection::vec(any::<u8>(), 80);
    (case(), repeats, places).prop_map(|(case, repeats, places)| {
        let repeats = if case.facts.is_empty() { Vec::new() } else { repeats };
        let again = repeats.iter().map(|index| index.get(&case.facts));
        let mut all: Vec<_> = places.iter().zip(case.facts.iter().chain(again)).collect();
        all.sort_by_key(|(place, _)| **place);
        let all = all.into_iter().map(|(_, fact)| fact.clone()).collect();
        (case, all)
    })
}

/// Where to cut a list, as shares of its length.
fn cuts() -> impl Strategy<Value = Vec<prop::sample::Index>> {
    proptest::collection::vec(any::<prop::sample::Index>(), 0..6)
}

#[test]
fn order_and_repeats_do_not_matter() {
    check(2_500, &shuffled(), |(Case { setup, facts }, again)| {
        let (one, other) = (at_once(&facts, &setup), at_once(&again, &setup));
        prop_assert_eq!(one.encode(), other.encode());
        prop_assert_eq!(&one.contributions, &other.contributions);
        prop_assert_eq!(one.entity.newest_event_time(), other.entity.newest_event_time());
        prop_assert_eq!(one.entity.encoded_size_max(), other.entity.encoded_size_max());
        let due = |stored: &Stored| {
            stored.entity.conversation().and_then(|c| gaps::due(c, &setup.settings))
        };
        prop_assert_eq!(due(&one), due(&other));
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
            let same = before == bytes(&entity, &setup);
            prop_assert_eq!(same, folded == FoldOutcome::WithoutEffect);
            prop_assert_eq!(entity.fold(fact), FoldOutcome::WithoutEffect);
        }
        Ok(())
    });
}

fn bytes(entity: &Entity, setup: &Setup) -> Vec<u8> {
    Stored::new(entity.clone(), setup).encode()
}

#[test]
fn batches_stored_and_read_back_in_between_do_not_matter() {
    check(1_500, &(shuffled(), cuts()), |((case, again), cuts)| {
        let mut held = without_facts(&again);
        let mut rows = Rows::default();
        for batch in batches(&again, &cuts) {
            if held.entity.fact_count() > 0 {
                held = Stored::decode(&held.encode()).unwrap();
            }
            step(&mut held, batch, &case.setup, &mut rows);
        }
        let expected = at_once(&case.facts, &case.setup);
        prop_assert_eq!(held.encode(), expected.encode());
        prop_assert_eq!(sums(&rows), books_as_sums(&expected.contributions));
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
        let (mut held, mut rows) = (without_facts(&facts), Rows::default());
        for fact in &facts {
            step(&mut held, std::slice::from_ref(fact), &setup, &mut rows);
            let sums = sums(&rows);
            prop_assert_eq!(&sums, &books_as_sums(&held.contributions));
            prop_assert!(sums.values().flatten().all(|(_, sum)| *sum > 0));
        }
        let expected = at_once(&facts, &setup);
        prop_assert_eq!(&held.contributions, &expected.contributions);
        let changes: u64 = rows.0.values().map(|row| row.version).sum();
        prop_assert_eq!(changes, rows.1);
        Ok(())
    });
}

#[test]
fn a_difference_applied_in_part_is_made_up_for_by_the_next() {
    let both = (case(), case(), any::<prop::sample::Index>());
    check(1_500, &both, |(first, second, cut)| {
        // Any two states: the books of one must become those of the other.
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
        let (mut in_one, mut rows) = (from.clone(), Rows::default());
        in_one.apply(&changes);
        prop_assert_eq!(&in_one, &to);
        rows.add(&Contributions::default().difference(&from));
        rows.add(&changes);
        prop_assert_eq!(sums(&rows), books_as_sums(&to));
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
fn step(held: &mut Stored, batch: &[Fact], setup: &Setup, rows: &mut Rows) {
    fold(&mut held.entity, batch);
    let next = ContributionBuilder::default().build(&held.entity, &setup.settings);
    let changes = held.contributions.difference(&next);
    held.contributions.apply(&changes);
    rows.add(&changes);
}

fn sums(rows: &Rows) -> Sums {
    let kept = rows.0.iter().filter(|(_, row)| !row.sums.is_empty());
    kept.map(|(key, row)| (key.clone(), row.sums.clone())).collect()
}

fn books_as_sums(books: &Contributions) -> Sums {
    books.rows().map(|(key, row)| (key.clone(), row.iter().cloned().collect())).collect()
}

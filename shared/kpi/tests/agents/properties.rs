//! What holds of any facts about agents.

use crate::facts::USER;
use crate::generate::{Case, case, few_cases};
use crate::naive::NaiveAgent;
use crate::rows::{Rows, agent, contributions, name, texts};
use headroom_kpi::{Contributions, Fact, Settings};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A case, and its facts in another order with some of them repeated.
fn shuffled() -> impl Strategy<Value = (Case, Vec<Fact>)> {
    case().prop_flat_map(|case| {
        let twice = [case.facts.clone(), case.facts.clone()].concat();
        let again = Just(twice).prop_shuffle();
        (Just(case), again)
    })
}

proptest! {
    #![proptest_config(few_cases())]

    #[test]
    fn rows_are_those_of_the_naive_reading(case in case()) {
        let rows = texts(&contributions(&agent(USER, &case.facts), &case.settings));
        prop_assert_eq!(rows, NaiveAgent::new(USER, &case.facts, &case.settings).rows());
    }

    #[test]
    fn order_and_repeats_do_not_matter((case, again) in shuffled()) {
        let (first, second) = (agent(USER, &case.facts), agent(USER, &again));
        prop_assert_eq!(&first, &second);
        let rows = contributions(&first, &case.settings);
        prop_assert_eq!(rows, contributions(&second, &case.settings));
    }

    #[test]
    fn differences_of_any_batches_add_up_to_the_rows_of_all((case, again) in shuffled()) {
        let settings = case.settings.clone();
        let (mut entity, mut stored) = (agent(USER, &[]), Contributions::default());
        let mut sums = Rows::new();
        for batch in again.chunks(3) {
            for fact in batch {
                entity.fold(fact.clone());
            }
            let next = contributions(&entity, &settings);
            let changes = stored.difference(&next);
            for change in &changes {
                let key = (change.row.subject.to_string(), change.row.bucket.to_string());
                let row = sums.entry(key).or_default();
                for (measure, amount) in &change.amounts {
                    *row.entry(name(measure)).or_default() += amount;
                }
            }
            stored.apply(&changes);
            prop_assert_eq!(&stored, &next);
        }
        for row in sums.values_mut() {
            row.retain(|_, sum| *sum != 0);
        }
        sums.retain(|_, row| !row.is_empty());
        prop_assert_eq!(sums, texts(&stored));
    }

    #[test]
    fn intervals_and_days_have_the_same_totals(case in case()) {
        let rows = texts(&contributions(&agent(USER, &case.facts), &case.settings));
        prop_assert_eq!(totals(&rows, "PT"), totals(&rows, "P1D"));
    }

    /// With absence, all time between the first and the last change is booked, and once.
    #[test]
    fn stretches_neither_overlap_nor_leave_holes(case in case()) {
        let mut settings = case.settings.clone();
        settings.agents.absence = true;
        for (_, later) in &mut settings.changes {
            later.agents.absence = true;
        }
        let near = |fact: &&Fact| (fact.kind.time().0 - base(&case)).abs() < 15 * 86_400_000;
        let facts: Vec<_> = case.facts.iter().filter(near).cloned().collect();
        let rows = texts(&contributions(&agent(USER, &facts), &settings));
        let naive = NaiveAgent::new(USER, &facts, &case.settings);
        let totals = totals(&rows, "P1D");
        let sum = |prefix: &str| -> i64 {
            let of_stream = totals.iter().filter(|(name, _)| name.starts_with(prefix));
            of_stream.map(|(_, sum)| sum).sum()
        };
        let sums = (sum("tAgentRoutingStatus."), sum("tSystemPresence."));
        prop_assert_eq!(sums, naive.spans());
    }

    #[test]
    fn a_queue_has_the_sum_over_its_agents(first in case(), second in case()) {
        let settings = Settings::default();
        let mut sums = BTreeMap::<String, i64>::new();
        let mut expected = BTreeMap::<String, i64>::new();
        for (user, facts) in [("A", &first.facts), ("B", &second.facts)] {
            let rows = texts(&contributions(&agent(user, facts), &settings));
            add_queue(&rows, &mut sums);
            add_queue(&NaiveAgent::new(user, facts, &settings).rows(), &mut expected);
        }
        prop_assert_eq!(sums, expected);
    }
}

fn base(case: &Case) -> i64 {
    case.facts.first().map_or(0, |fact| fact.kind.time().0)
}

fn add_queue(rows: &Rows, sums: &mut BTreeMap<String, i64>) {
    let row = rows.get(&("queue#q1#agents".to_owned(), "now".to_owned()));
    for (name, amount) in row.into_iter().flatten() {
        *sums.entry(name.clone()).or_default() += amount;
    }
}

/// The sums of all buckets of a kind.
fn totals(rows: &Rows, kind: &str) -> BTreeMap<String, i64> {
    let mut totals = BTreeMap::new();
    for (_, sums) in rows.iter().filter(|((_, bucket), _)| bucket.starts_with(kind)) {
        for (name, sum) in sums {
            *totals.entry(name.clone()).or_default() += sum;
        }
    }
    totals
}

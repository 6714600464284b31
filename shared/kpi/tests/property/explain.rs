//! Each metric fact is explained once, and those that count are what rows have.

use super::{as_naive_rows, at_once, check};
use crate::generate::{Case, case};
use crate::naive::{Rows, Setup};
use headroom_kpi::facts::FactKind;
use headroom_kpi::{
    Conversation, EffectiveMetric, Exclusion, MetricKind, Provenance, explain_metrics,
};
use proptest::prelude::*;

#[test]
fn facts_without_an_exclusion_are_exactly_those_that_the_rows_add_up() {
    check(3_000, &case(), |Case { setup, facts }| {
        let stored = at_once(&facts, &setup);
        let Some(conversation) = stored.entity.conversation() else { return Ok(()) };
        let mut rows = Rows::new();
        for (fact, why) in explain_metrics(conversation, &setup.settings) {
            if why.is_none() {
                add(&fact, &setup, &mut rows);
            }
        }
        for row in rows.values_mut() {
            row.sums.retain(|_, sum| *sum != 0);
        }
        rows.retain(|_, row| !row.sums.is_empty());
        let mut expected = as_naive_rows(&stored.contributions);
        expected.retain(|(_, bucket), _| bucket != "now");
        prop_assert_eq!(rows, expected);
        Ok(())
    });
}

#[test]
fn every_official_fact_is_explained_once_and_its_reason_fits_its_source() {
    check(3_000, &case(), |Case { setup, facts }| {
        let stored = at_once(&facts, &setup);
        let Some(conversation) = stored.entity.conversation() else { return Ok(()) };
        let explained = explain_metrics(conversation, &setup.settings);
        let official = explained.iter().filter(|(fact, _)| fact.provenance != Provenance::Derived);
        let is_metric = |kind: &FactKind| matches!(kind, FactKind::Metric(_));
        let facts = conversation.facts();
        prop_assert_eq!(official.count(), facts.iter().filter(|f| is_metric(&f.kind)).count());
        for (fact, why) in explained {
            prop_assert!(fits(fact.provenance, why), "{:?} {:?}", fact, why);
        }
        Ok(())
    });
}

#[test]
fn the_facts_of_a_conversation_make_it_again() {
    check(1_500, &case(), |Case { setup, facts }| {
        let stored = at_once(&facts, &setup);
        let Some(conversation) = stored.entity.conversation() else { return Ok(()) };
        let mut again = Conversation::default();
        for fact in conversation.facts() {
            again.fold(fact);
        }
        prop_assert_eq!(again.facts(), conversation.facts());
        prop_assert_eq!(again.len(), conversation.len());
        Ok(())
    });
}

fn fits(provenance: Provenance, why: Option<Exclusion>) -> bool {
    match why {
        None => true,
        Some(Exclusion::ApiSetCounts | Exclusion::ReportedUnderSession) => {
            provenance == Provenance::Official
        }
        Some(Exclusion::EventSetCounts) => provenance == Provenance::Repaired,
        Some(_) => provenance == Provenance::Derived,
    }
}

/// "A counter `nX` adds its value to `nX`; a timer `tX` adds 1 to `tX.count` and its value to
/// `tX.sum`" (`kpis.md#bookings`), and "the fact of a timer adds 1, that of a counter its value" to
/// `repaired`.
fn add(fact: &EffectiveMetric<'_>, setup: &Setup, rows: &mut Rows) {
    let name = fact.metric.as_str();
    let (sums, bookings) = match fact.metric.kind() {
        Some(MetricKind::Counter) => (vec![(name.to_owned(), fact.value)], fact.value),
        Some(MetricKind::Timer) => {
            (vec![(format!("{name}.count"), 1), (format!("{name}.sum"), fact.value)], 1)
        }
        None => return,
    };
    let repaired = (fact.provenance == Provenance::Repaired).then_some(bookings);
    let sums = sums.into_iter().chain(repaired.map(|count| ("repaired".to_owned(), count)));
    let sums: Vec<_> = sums.collect();
    let media = &fact.media;
    let queue = fact.queue.map(|id| format!("queue#{id}#{media}"));
    let agent = fact.user.map(|id| format!("agent#{id}#{media}"));
    let calendar = &setup.settings.in_force(fact.emitted).calendar;
    for subject in queue.into_iter().chain(agent) {
        for bucket in [calendar.interval(fact.emitted), calendar.day(fact.emitted)] {
            let row = rows.entry((subject.clone(), bucket.to_string())).or_default();
            for (sum, amount) in &sums {
                *row.sums.entry(sum.clone()).or_default() += amount;
            }
        }
    }
}

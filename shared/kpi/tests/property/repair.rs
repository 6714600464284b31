//! A gap read repairs, and what comes after it changes nothing (`kpis.md`, section 11).

use super::{at_once, check, in_words};
use crate::generate::{Story, setup, story};
use crate::naive::{Rows, Setup};
use headroom_kpi::Fact;
use headroom_kpi::facts::FactKind;
use proptest::prelude::*;

/// Settings by which the stories are told, a story, and which of its events came before the read.
fn repaired() -> impl Strategy<Value = (Setup, Story, Vec<bool>)> {
    let came = proptest::collection::vec(any::<bool>(), 60);
    let told = setup().prop_flat_map(|(setup, base)| {
        let mut usual = Setup::new(setup.zone, setup.minutes);
        usual.settings.short_abandon = setup.settings.short_abandon;
        story(base).prop_map(move |story| (usual.clone(), story))
    });
    (told, came).prop_map(|((setup, story), came)| (setup, story, came))
}

/// The rows, and apart from them how many of their numbers were repaired.
fn rows(facts: &[Fact], setup: &Setup) -> (Rows, i64) {
    let mut rows = in_words(&at_once(facts, setup).contributions);
    let repaired = rows.values_mut().filter_map(|row| row.sums.remove("repaired")).sum();
    (rows, repaired)
}

#[test]
fn a_read_repairs_and_events_before_and_after_it_change_no_row() {
    check(2_500, &repaired(), |(setup, Story { events, answer }, came)| {
        let (alone, all) = rows(&answer, &setup);
        let came: Vec<_> = events.iter().zip(came).filter(|(_, came)| *came).collect();
        let came: Vec<_> = came.into_iter().map(|(event, _)| event.clone()).collect();
        let (mended, some) = rows(&[came, answer.clone()].concat(), &setup);
        prop_assert_eq!(&mended, &alone);
        let (late, none) = rows(&[answer, events].concat(), &setup);
        prop_assert_eq!(&late, &alone);
        prop_assert_eq!(none, 0);
        prop_assert!(0 <= some && some <= all && all > 0);
        Ok(())
    });
}

#[test]
fn what_was_repaired_is_what_no_event_brought() {
    check(2_500, &repaired(), |(setup, Story { events, answer }, came)| {
        let is_metric = |fact: &Fact| matches!(fact.kind, FactKind::Metric(_));
        let came = events.iter().zip(came).filter(|(_, came)| *came).map(|(event, _)| event);
        let came: Vec<_> = came.cloned().collect();
        let (_, repaired) = rows(&[came.clone(), answer].concat(), &setup);
        // Each in two buckets, and in the rows of its queue and its agent.
        let places = |fact: &Fact| match &fact.kind {
            FactKind::Metric(it) => 2 * (1 + i64::from(it.user.is_some())),
            _ => 0,
        };
        let count =
            |facts: &[Fact]| facts.iter().filter(|it| is_metric(it)).map(places).sum::<i64>();
        prop_assert_eq!(repaired, count(&events) - count(&came));
        Ok(())
    });
}

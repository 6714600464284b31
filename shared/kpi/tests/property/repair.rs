//! A gap read repairs the numbers, and events that come after it change none of them
//! (`kpis.md#repaired`).

use super::{as_naive_rows, at_once, check};
use crate::generate::{Story, setup, story, text_id};
use crate::naive::{Rows, Setup};
use headroom_kpi::facts::{FactKind, MetricFact, MetricSession};
use headroom_kpi::{Fact, Media};
use proptest::prelude::*;

/// Settings, a story, and which of its events came before the read.
fn repaired() -> impl Strategy<Value = (Setup, Story, Vec<bool>)> {
    let delivered = proptest::collection::vec(any::<bool>(), 90);
    let story = setup().prop_flat_map(|(setup, base)| {
        let mut usual = Setup::new(setup.zone, setup.minutes);
        usual.settings.short_abandon = setup.settings.short_abandon;
        story(base).prop_map(move |story| (usual.clone(), story))
    });
    (story, delivered).prop_map(|((setup, story), delivered)| (setup, story, delivered))
}

/// The rows, and apart from them how many of their bookings were repaired.
fn rows(facts: &[Fact], setup: &Setup) -> (Rows, i64) {
    let mut rows = as_naive_rows(&at_once(facts, setup).contributions);
    let repaired = rows.values_mut().filter_map(|row| row.sums.remove("repaired")).sum();
    (rows, repaired)
}

fn delivered_events(events: &[Fact], delivered: &[bool]) -> Vec<Fact> {
    let delivered = events.iter().zip(delivered).filter(|(_, delivered)| **delivered);
    delivered.map(|(event, _)| event.clone()).collect()
}

#[test]
fn a_read_repairs_and_events_before_and_after_it_change_no_row() {
    check(2_500, &repaired(), |(setup, Story { events, response }, delivered)| {
        let (expected, repaired_alone) = rows(&response, &setup);
        let before = delivered_events(&events, &delivered);
        let (after_some, repaired_after_some) = rows(&[before, response.clone()].concat(), &setup);
        prop_assert_eq!(&after_some, &expected);
        let (with_late_events, repaired_at_last) = rows(&[response, events].concat(), &setup);
        prop_assert_eq!(&with_late_events, &expected);
        prop_assert_eq!(repaired_at_last, 0);
        prop_assert!(0 <= repaired_after_some && repaired_after_some <= repaired_alone);
        prop_assert!(repaired_alone > 0);
        Ok(())
    });
}

#[test]
fn repaired_bookings_are_those_that_no_event_brought() {
    check(2_500, &repaired(), |(setup, Story { events, response }, delivered)| {
        let before = delivered_events(&events, &delivered);
        let (_, repaired) = rows(&[before.clone(), response].concat(), &setup);
        prop_assert_eq!(repaired, bookings(&events) - bookings(&before));
        Ok(())
    });
}

/// "So a read changes no dimension of what events brought." (`kpis.md#sources`)
#[test]
fn queue_user_and_media_type_are_those_of_the_event_whatever_the_response_has() {
    check(2_500, &repaired(), |(setup, Story { events, response }, _)| {
        let expected = rows(&[events.clone(), response.clone()].concat(), &setup);
        let mut other = response;
        for (fact, event) in other.iter_mut().zip(&events) {
            if has_session(event) {
                change_dimensions(fact);
            }
        }
        prop_assert_eq!(rows(&[events, other].concat(), &setup), expected);
        Ok(())
    });
}

fn has_session(event: &Fact) -> bool {
    !matches!(&event.kind, FactKind::Metric(MetricFact { session: MetricSession::Record(_), .. }))
}

fn change_dimensions(fact: &mut Fact) {
    if let FactKind::Metric(metric) = &mut fact.kind {
        (metric.queue, metric.user) = (None, Some(text_id("another user")));
        metric.media = Media::new("chat");
    }
}

/// Each metric fact is booked in two buckets of the rows of its queue and its agent.
fn bookings(facts: &[Fact]) -> i64 {
    let of_fact = |fact: &Fact| match &fact.kind {
        FactKind::Metric(metric) => 2 * (1 + i64::from(metric.user.is_some())),
        _ => 0,
    };
    facts.iter().map(of_fact).sum()
}

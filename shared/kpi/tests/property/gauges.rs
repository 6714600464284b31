//! What `kpis.md#gauges` promises, without the naive model.

use super::{as_naive_rows, at_once, check};
use crate::generate::{Case, case};
use crate::naive::Rows;
use headroom_kpi::Fact;
use headroom_kpi::facts::{FactKind, Source};
use headroom_kpi::{Contributions, Millis};
use proptest::prelude::*;

#[test]
fn a_closed_conversation_leaves_no_gauge_and_no_other_number_changes() {
    let source = prop_oneof![Just(Source::Event), Just(Source::Api)];
    check(1_500, &(case(), source), |(Case { setup, mut facts }, source)| {
        // A `conversationEnd` may make the conversation complete, if it was read. That Genesys does
        // not know the conversation (any more) changes no number.
        let not_found = source == Source::Event;
        facts.retain(|fact| match fact.kind {
            FactKind::Closed(_) => not_found && fact.source == Source::Api,
            FactKind::Read(_) => not_found,
            _ => true,
        });
        let mut open = as_naive_rows(&at_once(&facts, &setup).contributions);
        facts.push(Fact { source, kind: FactKind::Closed(Millis::EVENT_TIME_MIN) });
        let closed = as_naive_rows(&at_once(&facts, &setup).contributions);
        prop_assert_eq!(now(&closed).count(), 0);
        // "Closing adds no metric fact."
        open.retain(|place, _| !is_gauges(place));
        prop_assert_eq!(open, closed);
        Ok(())
    });
}

#[test]
fn ends_of_all_sessions_in_any_order_leave_no_gauge() {
    check(1_000, &case(), |Case { setup, facts }| {
        let is_end = |f: &&Fact| matches!(f.kind, FactKind::AcdEnd(..) | FactKind::UserEnd(..));
        let ends: Vec<Fact> = facts.iter().filter(is_end).cloned().collect();
        let ended = |fact: &Fact| match &fact.kind {
            FactKind::AcdStart(id, _) => {
                ends.iter().any(|e| matches!(&e.kind, FactKind::AcdEnd(i, _) if i == id))
            }
            FactKind::UserStart(id, _) => {
                ends.iter().any(|e| matches!(&e.kind, FactKind::UserEnd(i, _) if i == id))
            }
            _ => true,
        };
        let of_ended: Vec<Fact> = facts.iter().filter(|fact| ended(fact)).cloned().collect();
        let contributions = at_once(&of_ended, &setup).contributions;
        prop_assert_eq!(now(&as_naive_rows(&contributions)).count(), 0);
        Ok(())
    });
}

#[test]
fn no_sum_is_ever_negative_and_gauges_match_the_sessions_they_count() {
    check(1_500, &case(), |Case { setup, facts }| {
        for count in 0..=facts.len() {
            let contributions = at_once(&facts[..count], &setup).contributions;
            prop_assert!(all_positive(&contributions));
            for row in now(&as_naive_rows(&contributions)) {
                let waiting = row.waiting.values().sum::<i64>();
                prop_assert_eq!(row.sum("oWaiting"), waiting);
                let names = ["oWaiting", "oAlerting", "oInteracting"];
                let open: i64 = names.iter().map(|name| row.sum(name)).sum();
                prop_assert_eq!(row.sums.values().sum::<i64>(), open);
            }
        }
        Ok(())
    });
}

/// Contributions hold what is in rows: nothing that is zero.
fn all_positive(contributions: &Contributions) -> bool {
    contributions
        .rows()
        .all(|(_, row)| !row.is_empty() && row.iter().all(|(_, amount)| *amount > 0))
}

fn now(rows: &Rows) -> impl Iterator<Item = &crate::naive::NaiveRow> {
    rows.iter().filter(|(place, _)| is_gauges(place)).map(|(_, row)| row)
}

/// The API budget has a row `now` as well, which has no gauges.
fn is_gauges((subject, bucket): &(String, String)) -> bool {
    bucket == "now" && subject != "api#budget"
}

//! What a response of the Platform API repairs.

use super::{LOST, SEEDS, contributions, fold, rules, whole};
use headroom_kpi::Fact;
use headroom_kpi::facts::{FactKind, MetricFact, MetricSession, Source};
use headroom_kpi::{Contributions, Measure, Millis, RowKey};
use headroom_simulator::Feed;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a read finds of a conversation: the same facts, some milliseconds off, and those of records
/// on the session that they are of.
fn api_response(facts: &[Fact], random: &mut ChaCha8Rng) -> Vec<Fact> {
    let session_of = |metric: &MetricFact| {
        let of_user = facts.iter().filter_map(|fact| match &fact.kind {
            FactKind::UserEnd(id, end) if Some(&end.work.user) == metric.user.as_ref() => {
                Some((end, id))
            }
            _ => None,
        });
        let over = of_user.filter(|(end, _)| end.time + Millis(500) > metric.emitted);
        over.min_by_key(|(end, _)| end.time).map(|(_, id)| id.clone())
    };
    let read = |fact: &Fact| match &fact.kind {
        FactKind::Metric(metric) => {
            let record = matches!(metric.session, MetricSession::Record(_));
            let session = if record { session_of(metric) } else { None };
            let session = session.map_or(metric.session.clone(), MetricSession::Session);
            let emitted = metric.emitted + Millis(random.random_range(-3..=3));
            FactKind::Metric(MetricFact { session, emitted, ..metric.clone() })
        }
        other => other.clone(),
    };
    let kinds: Vec<_> = facts.iter().map(read).collect();
    let over = fold(facts).newest_event_time().unwrap();
    let kinds =
        kinds.into_iter().chain([FactKind::Closed(over), FactKind::Read(over + Millis(600_000))]);
    kinds.map(|kind| Fact { source: Source::Api, kind }).collect()
}

#[test]
fn a_read_closes_every_gap_and_late_events_open_none() {
    for seed in 0..SEEDS {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        for (key, facts) in whole(seed, Feed::Both) {
            let response = api_response(&facts, &mut random);
            let received: Vec<_> =
                facts.iter().filter(|_| !random.random_bool(LOST)).cloned().collect();
            let read = fold(&[received, response.clone()].concat());
            assert_eq!(rules(&read), Vec::<&str>::new(), "seed {seed}, {key:?}");
            let alone = contributions(&fold(&response));
            let late = fold(&[response, facts].concat());
            assert_eq!(rules(&late), Vec::<&str>::new(), "seed {seed}, {key:?}");
            assert_eq!(unrepaired(&contributions(&read)), unrepaired(&alone));
            assert_eq!(unrepaired(&contributions(&late)), unrepaired(&alone));
        }
    }
}

/// Contributions, but for how many of their numbers were repaired.
fn unrepaired(contributions: &Contributions) -> Vec<(&RowKey, Vec<&(Measure, i64)>)> {
    let is_other = |amount: &&(Measure, i64)| amount.0 != Measure::Repaired;
    contributions
        .rows()
        .map(|(row, amounts)| (row, amounts.iter().filter(is_other).collect()))
        .collect()
}

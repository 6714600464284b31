//! Holes among metrics: what Genesys computes together must be there together.

use super::evidence::Evidence;
use super::sessions::OUTCOMES;
use super::{Gap, Rule};
use crate::derive::EffectiveMetric;
use crate::{Id, Metric, Millis};
use std::collections::BTreeMap;

pub(super) const RULES: &[Rule] =
    &[metric_untold, wait_untold, wait_unknown, outcome_untold, miss_untold, transfer_untold];

/// A metric follows from the sessions, and Genesys' own is missing.
fn metric_untold(known: &Evidence<'_>, holes: &mut Vec<Gap>) {
    // Genesys has no event for short abandons; `tHandle` has a rule of its own.
    let has_other = |metric: &Metric| [Metric::T_SHORT_ABANDON, Metric::T_HANDLE].contains(metric);
    let untold = known.derived.iter().any(|fact| !has_other(&fact.metric));
    holes.extend((known.has_metrics() && untold).then_some(Gap::settled("metric untold")));
}

/// A wait that is over has no `tAcd`, or a `tAcd` has no `nOffered`.
fn wait_untold(known: &Evidence<'_>, holes: &mut Vec<Gap>) {
    let ended = known.conversation.acd.iter().filter(|session| session.end.value().is_some());
    let untold = ended.filter(|it| !known.is_told(&it.id, &[Metric::T_ACD])).count() > 0;
    let offered = |fact: &EffectiveMetric<'_>| {
        fact.session.is_none_or(|id| known.is_told(id, &[Metric::N_OFFERED]))
    };
    let unoffered = !known.facts(Metric::T_ACD).all(offered);
    let hole = known.has_metrics() && untold || unoffered;
    holes.extend(hole.then_some(Gap::settled("wait untold")));
}

/// Genesys offered a wait that no event tells of, and did not end it. Someone may be waiting.
fn wait_unknown(known: &Evidence<'_>, holes: &mut Vec<Gap>) {
    let mut offered = known.facts(Metric::N_OFFERED).filter_map(|fact| fact.session);
    let unknown = |id: &Id| known.acd(id).is_none() && !known.is_told(id, &[Metric::T_ACD]);
    let hole = known.has_details() && offered.any(unknown);
    let up = !known.conversation.is_closed();
    let found = if up { Gap::live("wait unknown") } else { Gap::settled("wait unknown") };
    holes.extend(hole.then_some(found));
}

/// Every `tAcd` of a queue has an outcome, and every outcome a `tAcd`.
fn outcome_untold(known: &Evidence<'_>, holes: &mut Vec<Gap>) {
    let mut balance: BTreeMap<Option<&Id>, i64> = BTreeMap::new();
    for fact in &known.official {
        let ends = i64::from(fact.metric == Metric::T_ACD);
        let outcomes = i64::from(OUTCOMES.contains(&fact.metric));
        *balance.entry(fact.queue).or_default() += ends - outcomes;
    }
    let untold = balance.values().any(|balance| *balance != 0);
    holes.extend(untold.then_some(Gap::settled("outcome untold")));
}

/// An answer and the miss that goes with it are at most this far apart.
const APART_MAX: Millis = Millis(10_000);

/// An answer missed the service level, and nothing says so.
fn miss_untold(known: &Evidence<'_>, holes: &mut Vec<Gap>) {
    let mut misses: Vec<_> = known.facts(Metric::N_OVER_SLA).collect();
    let untold = known.facts(Metric::T_ANSWERED).any(|answer| {
        if !is_late(answer, known) {
            return false;
        }
        let near = |miss: &&EffectiveMetric<'_>| {
            miss.queue == answer.queue && miss.emitted.distance(answer.emitted) <= APART_MAX
        };
        let found = misses.iter().position(near);
        found.map(|at| misses.swap_remove(at)).is_none()
    });
    holes.extend(untold.then_some(Gap::settled("miss untold")));
}

fn is_late(answer: &EffectiveMetric<'_>, known: &Evidence<'_>) -> bool {
    answer.queue.is_some_and(|queue| {
        let level = known.settings.service_level(queue, &answer.media, answer.emitted);
        level.duration.0 < answer.value
    })
}

/// Transfers are counted once as such and once by their kind.
fn transfer_untold(known: &Evidence<'_>, holes: &mut Vec<Gap>) {
    let count = |metric| known.facts(metric).map(|fact| fact.value).sum::<i64>();
    let kinds = count(Metric::N_BLIND_TRANSFERRED) + count(Metric::N_CONSULT_TRANSFERRED);
    let untold = count(Metric::N_TRANSFERRED) != kinds;
    holes.extend(untold.then_some(Gap::settled("transfer untold")));
}

//! Rules about metrics that Genesys emits together, or for a session.

use super::context::{GapContext, OUTCOMES, was_answered};
use super::gap::{Gap, Rule};
use crate::facts::session::AcdSession;
use crate::id::Id;
use crate::metrics::effective::{ALERT_END, EffectiveMetric, MATCH_WITHIN};
use crate::names::Metric;
use std::collections::BTreeMap;

pub(super) const RULES: &[Rule] = &[
    missing_metric,
    missing_wait_metric,
    missing_wait_session,
    outcome_mismatch,
    missing_sla_miss,
    transfer_mismatch,
];

/// A metric is derived, and Genesys' own is not reported.
fn missing_metric(context: &GapContext<'_>, gaps: &mut Vec<Gap>) {
    // Genesys does not emit short abandons; the others have rules of their own.
    let exceptions = [Metric::T_SHORT_ABANDON, Metric::T_HANDLE, Metric::T_NOT_RESPONDING];
    let is_missing = |fact: &EffectiveMetric<'_>| !exceptions.contains(&fact.metric);
    if context.has_metrics() && context.derived.iter().any(is_missing) {
        gaps.push(Gap::historical("missing_metric"));
    }
}

/// A wait has ended without `tAcd`, or a session has `tAcd` without `nOffered`.
fn missing_wait_metric(context: &GapContext<'_>, gaps: &mut Vec<Gap>) {
    let lacks_acd = |session: &AcdSession| {
        session.end.value().is_some() && !context.is_reported(&session.id, &[Metric::T_ACD])
    };
    let lacks_offered = |fact: &EffectiveMetric<'_>| {
        fact.session.is_some_and(|id| !context.is_reported(id, &[Metric::N_OFFERED]))
    };
    if context.has_metrics() && context.conversation.acd_sessions.iter().any(lacks_acd)
        || context.facts(Metric::T_ACD).any(lacks_offered)
    {
        gaps.push(Gap::historical("missing_wait_metric"));
    }
}

/// Genesys reports the offer of a wait without a session, and not its end: someone may be waiting.
fn missing_wait_session(context: &GapContext<'_>, gaps: &mut Vec<Gap>) {
    let is_unknown =
        |id: &Id| context.acd_session(id).is_none() && !context.is_reported(id, &[Metric::T_ACD]);
    let mut offered = context.facts(Metric::N_OFFERED).filter_map(|fact| fact.session);
    if context.has_details() && offered.any(is_unknown) {
        let is_closed = context.conversation.is_closed();
        let gap = if is_closed { Gap::historical } else { Gap::gauge };
        gaps.push(gap("missing_wait_session"));
    }
}

/// Media types whose waits may end without an outcome: of callbacks that ring the customer first,
/// and of messages that nobody answered, Genesys emits `tAcd` alone.
const WITHOUT_OUTCOME: [&str; 2] = ["callback", "message"];

/// Metrics of an agent who answered.
const WORK: [Metric; 3] = [Metric::T_TALK_COMPLETE, Metric::T_HANDLE, Metric::T_ACW];

/// A queue has more or fewer `tAcd` than outcomes. Where a wait may end without one, only those that
/// an agent has ended count, and there may be more outcomes.
fn outcome_mismatch(context: &GapContext<'_>, gaps: &mut Vec<Gap>) {
    let mut balances: BTreeMap<(Option<&Id>, bool), i64> = BTreeMap::new();
    for fact in &context.official {
        let is_optional = WITHOUT_OUTCOME.contains(&fact.media.as_str());
        let is_end = fact.metric == Metric::T_ACD && (!is_optional || is_answer(fact, context));
        let ends = i64::from(is_end);
        let outcomes = i64::from(OUTCOMES.contains(&fact.metric));
        *balances.entry((fact.queue, is_optional)).or_default() += ends - outcomes;
    }
    let is_mismatch = |((_, is_optional), balance): (&(Option<&Id>, bool), &i64)| {
        *balance > 0 || *balance < 0 && !is_optional
    };
    if balances.iter().any(is_mismatch) {
        gaps.push(Gap::historical("outcome_mismatch"));
    }
}

/// Whether a wait ended when an agent took the work: an alert of the queue and media type ended with
/// it, and the agent went on.
fn is_answer(wait: &EffectiveMetric<'_>, context: &GapContext<'_>) -> bool {
    context.facts(Metric::T_ALERT).any(|alert| {
        alert.queue == wait.queue
            && alert.media == wait.media
            && alert.emitted.distance(wait.emitted) <= ALERT_END
            && alert.session.is_some_and(|session| {
                context.is_reported(session, &WORK)
                    || context.user_session(session).is_some_and(was_answered)
            })
    })
}

/// An answer is above the service-level time, and has no `nOverSla`.
fn missing_sla_miss(context: &GapContext<'_>, gaps: &mut Vec<Gap>) {
    let mut misses: Vec<_> = context.facts(Metric::N_OVER_SLA).collect();
    for answer in context.facts(Metric::T_ANSWERED).filter(|answer| is_late(answer, context)) {
        let miss = misses.iter().position(|miss| {
            miss.queue == answer.queue && miss.emitted.distance(answer.emitted) <= MATCH_WITHIN
        });
        let Some(miss) = miss else {
            gaps.push(Gap::historical("missing_sla_miss"));
            return;
        };
        misses.swap_remove(miss);
    }
}

fn is_late(answer: &EffectiveMetric<'_>, context: &GapContext<'_>) -> bool {
    answer.queue.is_some_and(|queue| {
        let level = context.settings.service_level(queue, &answer.media, answer.emitted);
        level.duration.0 < answer.value
    })
}

/// Genesys counts each transfer as such and by its kind: the two counts differ.
fn transfer_mismatch(context: &GapContext<'_>, gaps: &mut Vec<Gap>) {
    let count = |metric| context.facts(metric).map(|fact| fact.value).sum::<i64>();
    let kinds = count(Metric::N_BLIND_TRANSFERRED) + count(Metric::N_CONSULT_TRANSFERRED);
    if count(Metric::N_TRANSFERRED) != kinds {
        gaps.push(Gap::historical("transfer_mismatch"));
    }
}

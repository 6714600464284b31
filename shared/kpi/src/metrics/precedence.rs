//! Precedence: an official fact replaces its derived counterpart (`kpis.md#precedence`).

use super::effective::{EffectiveMetric, MATCH_WITHIN};
use crate::id::Id;
use crate::names::Metric;
use crate::time::Millis;

/// The official facts, and the derived ones that no official fact replaces.
pub(super) fn resolve<'a>(
    mut official: Vec<EffectiveMetric<'a>>,
    derived: Vec<EffectiveMetric<'a>>,
) -> Vec<EffectiveMetric<'a>> {
    if official.is_empty() {
        return derived;
    }
    official.sort_by(|a, b| emit_order(a).cmp(&emit_order(b)));
    let mut candidates: Vec<_> =
        derived.into_iter().map(|fact| Candidate { fact, replaced: false }).collect();
    candidates.sort_by(|a, b| a.key().cmp(&b.key()));
    for group in candidates.chunk_by_mut(|a, b| a.fact.metric == b.fact.metric) {
        let metric = &group[0].fact.metric;
        let start = official.partition_point(|fact| fact.metric < *metric);
        let end = official.partition_point(|fact| fact.metric <= *metric);
        replace_counterparts(&official[start..end], group);
    }
    stop_service_level_misses(&mut candidates);
    official.extend(candidates.into_iter().filter(|c| !c.replaced).map(|c| c.fact));
    official
}

fn emit_order<'f>(fact: &'f EffectiveMetric<'_>) -> (&'f Metric, Millis, Option<&'f Id>) {
    (&fact.metric, fact.emitted, fact.session)
}

/// A derived fact that an official fact may replace.
struct Candidate<'a> {
    fact: EffectiveMetric<'a>,
    replaced: bool,
}

impl<'a> Candidate<'a> {
    fn key(&self) -> (&Metric, Option<&'a Id>) {
        (&self.fact.metric, self.fact.session)
    }
}

/// Marks the derived facts of one metric, in order of session, that its official facts replace.
fn replace_counterparts(official: &[EffectiveMetric<'_>], derived: &mut [Candidate<'_>]) {
    let mut of_other_sessions = Vec::new();
    for fact in official {
        if !replace_in_session(fact, derived) {
            of_other_sessions.push(fact);
        }
    }
    for fact in of_other_sessions {
        if let Some(candidate) = nearest_in_queue(fact, derived) {
            candidate.replaced = true;
        }
    }
}

/// Marks all derived facts of the session of an official fact (`kpis.md#same-session`). Returns
/// whether there is any. A fact without a session is of no session that could be the same.
fn replace_in_session(official: &EffectiveMetric<'_>, derived: &mut [Candidate<'_>]) -> bool {
    let Some(session) = official.session else { return false };
    let start = derived.partition_point(|candidate| candidate.fact.session < Some(session));
    let end = derived.partition_point(|candidate| candidate.fact.session <= Some(session));
    derived[start..end].iter_mut().for_each(|candidate| candidate.replaced = true);
    start < end
}

/// The nearest derived fact of the same queue, of equally near ones that of the smaller session id
/// (`kpis.md#same-queue`). A fact without a queue has none.
fn nearest_in_queue<'c, 'a>(
    official: &EffectiveMetric<'_>,
    derived: &'c mut [Candidate<'a>],
) -> Option<&'c mut Candidate<'a>> {
    let queue = official.queue?;
    let distance = |candidate: &Candidate<'_>| candidate.fact.emitted.distance(official.emitted);
    derived
        .iter_mut()
        .filter(|c| !c.replaced && c.fact.queue == Some(queue) && distance(c) <= MATCH_WITHIN)
        .min_by_key(|candidate| distance(candidate))
}

/// Genesys emits `nOverSla` only on a miss. So once a session has an official `tAnswered`, that
/// there is no official miss means that there was none (`kpis.md#service-level-misses`).
fn stop_service_level_misses(candidates: &mut [Candidate<'_>]) {
    let answered: Vec<_> = candidates
        .iter()
        .filter(|c| c.replaced && c.fact.metric == Metric::T_ANSWERED)
        .filter_map(|c| c.fact.session)
        .collect();
    for candidate in candidates.iter_mut().filter(|c| c.fact.metric == Metric::N_OVER_SLA) {
        let session = candidate.fact.session;
        candidate.replaced |= session.is_some_and(|id| answered.binary_search(&id).is_ok());
    }
}

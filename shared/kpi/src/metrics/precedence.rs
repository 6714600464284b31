//! Precedence: an official fact replaces its derived counterpart (`kpis.md#precedence`).

use super::effective::{EffectiveMetric, Exclusion, MATCH_WITHIN};
use crate::id::Id;
use crate::names::Metric;

/// The official facts, and the derived ones that no official fact replaces. The replaced ones go to
/// `exclude`.
pub(super) fn resolve<'a>(
    mut official: Vec<EffectiveMetric<'a>>,
    derived: Vec<EffectiveMetric<'a>>,
    exclude: &mut impl FnMut(EffectiveMetric<'a>, Exclusion),
) -> Vec<EffectiveMetric<'a>> {
    if official.is_empty() {
        return derived;
    }
    official.sort_by_cached_key(|fact| {
        (fact.family(), fact.emitted, fact.session, fact.metric.clone())
    });
    let mut candidates: Vec<_> = derived.into_iter().map(Candidate::new).collect();
    candidates.sort_by(|a, b| a.key().cmp(&b.key()));
    for group in candidates.chunk_by_mut(|a, b| a.family == b.family) {
        let family = &group[0].family;
        let start = official.partition_point(|fact| fact.family() < *family);
        let end = official.partition_point(|fact| fact.family() <= *family);
        replace_counterparts(&official[start..end], group);
    }
    stop_service_level_misses(&mut candidates);
    for Candidate { fact, exclusion, .. } in candidates {
        match exclusion {
            None => official.push(fact),
            Some(why) => exclude(fact, why),
        }
    }
    official
}

/// A derived fact that an official fact may replace.
struct Candidate<'a> {
    fact: EffectiveMetric<'a>,
    family: Metric,
    /// Why it does not count; none as long as it is not replaced.
    exclusion: Option<Exclusion>,
}

impl<'a> Candidate<'a> {
    fn new(fact: EffectiveMetric<'a>) -> Self {
        Self { family: fact.family(), fact, exclusion: None }
    }

    fn key(&self) -> (&Metric, Option<&'a Id>) {
        (&self.family, self.fact.session)
    }

    fn is_replaced(&self) -> bool {
        self.exclusion.is_some()
    }
}

/// Marks the derived facts of one family, in order of session, that its official facts replace.
fn replace_counterparts(official: &[EffectiveMetric<'_>], derived: &mut [Candidate<'_>]) {
    let mut of_other_sessions = Vec::new();
    for fact in official {
        let why = Exclusion::SameSession;
        if !fact.session.is_some_and(|session| replace_in_session(session, why, derived)) {
            of_other_sessions.push(fact);
        }
    }
    for fact in of_other_sessions {
        let Some(position) = nearest_in_queue(fact, derived) else { continue };
        derived[position].exclusion = Some(Exclusion::SameQueue);
        if let Some(session) = derived[position].fact.session {
            replace_in_session(session, Exclusion::SameQueue, derived);
        }
    }
}

/// Marks all derived facts of a session (`kpis.md#same-session`), those that are not marked yet with
/// the reason `why`. Returns whether there is any.
fn replace_in_session(session: &Id, why: Exclusion, derived: &mut [Candidate<'_>]) -> bool {
    let start = derived.partition_point(|candidate| candidate.fact.session < Some(session));
    let end = derived.partition_point(|candidate| candidate.fact.session <= Some(session));
    for candidate in &mut derived[start..end] {
        candidate.exclusion.get_or_insert(why);
    }
    start < end
}

/// The position of the nearest derived fact of the same metric and queue, of equally near ones that
/// of the smaller session id (`kpis.md#same-queue`). A fact without a queue has none.
fn nearest_in_queue(official: &EffectiveMetric<'_>, derived: &[Candidate<'_>]) -> Option<usize> {
    let queue = official.queue?;
    let distance = |candidate: &Candidate<'_>| candidate.fact.emitted.distance(official.emitted);
    derived
        .iter()
        .enumerate()
        .filter(|(_, c)| !c.is_replaced() && c.fact.metric == official.metric)
        .filter(|(_, c)| c.fact.queue == Some(queue) && distance(c) <= MATCH_WITHIN)
        .min_by_key(|(_, candidate)| distance(candidate))
        .map(|(position, _)| position)
}

/// Genesys emits `nOverSla` only on a miss. So once a session has an official outcome, that there is
/// no official miss means that there was none (`kpis.md#service-level-misses`).
fn stop_service_level_misses(candidates: &mut [Candidate<'_>]) {
    let is_answered = |c: &&Candidate<'_>| c.is_replaced() && c.fact.metric == Metric::T_ANSWERED;
    // In order of session, as all facts of a family.
    let answered: Vec<_> = candidates.iter().filter(is_answered).map(|c| c.fact.session).collect();
    for candidate in candidates.iter_mut().filter(|c| c.fact.metric == Metric::N_OVER_SLA) {
        if answered.binary_search(&candidate.fact.session).is_ok() {
            candidate.exclusion.get_or_insert(Exclusion::AnsweredOfficially);
        }
    }
}

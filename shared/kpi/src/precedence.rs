//! An official fact replaces its derived counterpart (`kpis.md`, section 1).

use crate::derive::EffectiveMetric;
use crate::{Metric, Millis};

/// Counterparts on different sessions of a queue are at most this far apart.
const APART_MAX: Millis = Millis(10_000);

/// The official facts, and the derived ones that none of them replaces.
pub(crate) fn resolve<'a>(
    mut official: Vec<EffectiveMetric<'a>>,
    derived: Vec<EffectiveMetric<'a>>,
) -> Vec<EffectiveMetric<'a>> {
    if official.is_empty() {
        return derived;
    }
    official.sort_by(|a, b| order(a).cmp(&order(b)));
    let mut candidates: Vec<_> = derived.into_iter().map(Candidate::new).collect();
    // A stable sort by (metric, session): the rows of counterparts stand together.
    candidates.sort_by(|a, b| a.key().cmp(&b.key()));
    for group in candidates.chunk_by_mut(|a, b| a.fact.metric == b.fact.metric) {
        let metric = &group[0].fact.metric;
        let start = official.partition_point(|fact| fact.metric < *metric);
        let end = official.partition_point(|fact| fact.metric <= *metric);
        replace(&official[start..end], group);
    }
    stop_over_sla(&mut candidates);
    official.extend(candidates.into_iter().filter(|c| !c.replaced).map(|c| c.fact));
    official
}

fn order<'f>(fact: &'f EffectiveMetric<'_>) -> (&'f Metric, Millis, Option<&'f crate::Id>) {
    (&fact.metric, fact.emitted, fact.session)
}

/// A derived fact that may be replaced.
struct Candidate<'a> {
    fact: EffectiveMetric<'a>,
    replaced: bool,
}

impl<'a> Candidate<'a> {
    fn new(fact: EffectiveMetric<'a>) -> Self {
        Self { fact, replaced: false }
    }

    fn key(&self) -> (&Metric, Option<&'a crate::Id>) {
        (&self.fact.metric, self.fact.session)
    }
}

/// Marks what the official facts of one metric replace, of the derived ones in order of session.
fn replace(official: &[EffectiveMetric<'_>], derived: &mut [Candidate<'_>]) {
    let mut elsewhere = Vec::new();
    for fact in official {
        let own = |candidate: &Candidate<'_>| candidate.fact.session.cmp(&fact.session);
        match derived.binary_search_by(own) {
            // A fact without a session is of none that could be the same.
            Ok(at) if fact.session.is_some() => mark_session(derived, at),
            _ => elsewhere.push(fact),
        }
    }
    for fact in elsewhere {
        if let Some(nearest) = nearest(fact, derived) {
            nearest.replaced = true;
        }
    }
}

/// Marks all candidates of the session that the one at `at` is of.
fn mark_session(derived: &mut [Candidate<'_>], at: usize) {
    let session = derived[at].fact.session;
    let start = derived.partition_point(|candidate| candidate.fact.session < session);
    let same = |candidate: &&mut Candidate<'_>| candidate.fact.session == session;
    derived[start..].iter_mut().take_while(same).for_each(|c| c.replaced = true);
}

/// The nearest counterpart on another session of the same queue, the first session of equally near
/// ones. A fact without a queue has none: it is not the queue's wait booked on an agent.
fn nearest<'c, 'a>(
    official: &EffectiveMetric<'_>,
    derived: &'c mut [Candidate<'a>],
) -> Option<&'c mut Candidate<'a>> {
    let apart = |candidate: &Candidate<'_>| candidate.fact.emitted.distance(official.emitted);
    derived
        .iter_mut()
        .filter(|c| !c.replaced && official.queue.is_some())
        .filter(|c| c.fact.queue == official.queue && apart(c) <= APART_MAX)
        .min_by_key(|candidate| apart(candidate))
}

/// `nOverSla` is emitted only on a miss: once Genesys has judged the answer, its silence counts.
fn stop_over_sla(candidates: &mut [Candidate<'_>]) {
    let judged: Vec<_> = candidates
        .iter()
        .filter(|c| c.replaced && c.fact.metric == Metric::T_ANSWERED)
        .filter_map(|c| c.fact.session)
        .collect();
    for candidate in candidates.iter_mut().filter(|c| c.fact.metric == Metric::N_OVER_SLA) {
        let session = candidate.fact.session;
        candidate.replaced |= session.is_some_and(|id| judged.binary_search(&id).is_ok());
    }
}

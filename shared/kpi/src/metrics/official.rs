//! The official metric facts that count, of the two sources: metric events and API responses
//! (`kpis.md#sources`).

use super::effective::{EffectiveMetric, Exclusion, MATCH_WITHIN, Provenance};
use crate::facts::{MetricFact, MetricSession, Source};
use crate::merge::merge;
use crate::names::Metric;

/// The official facts that count. For each session and metric those of the source that has more of
/// them, or those of the API at equal number; without metric events that the API reports under a
/// session. The facts that do not count go to `exclude`.
pub(super) fn official_metrics<'a>(
    facts: &'a [(Source, MetricFact)],
    exclude: &mut impl FnMut(EffectiveMetric<'a>, Exclusion),
) -> Vec<EffectiveMetric<'a>> {
    let api_count = facts.partition_point(|(source, _)| *source == Source::Api);
    if api_count == 0 {
        // Never read from the API, as most conversations: every event counts.
        let official = |fact| EffectiveMetric::official(fact, Provenance::Official);
        return facts.iter().map(|(_, fact)| official(fact)).collect();
    }
    let (api_facts, events) = facts.split_at(api_count);
    let mut facts = larger_source_of_each_metric(api_facts, events, exclude);
    drop_record_duplicates(&mut facts, exclude);
    facts.into_iter().map(OfficialFact::effective).collect()
}

struct OfficialFact<'a> {
    fact: &'a MetricFact,
    source: Source,
    /// Whether it is an API fact that no metric event matches.
    unmatched: bool,
    /// Whose queue, user and media type count: those of the event that matches an API fact, so that
    /// a read changes none of them (`kpis.md#sources`).
    dimensions: &'a MetricFact,
}

impl<'a> OfficialFact<'a> {
    fn new((source, fact): &'a (Source, MetricFact)) -> Self {
        Self { fact, source: *source, unmatched: *source == Source::Api, dimensions: fact }
    }

    fn effective(self) -> EffectiveMetric<'a> {
        let provenance = match self.source {
            Source::Event => Provenance::Official,
            Source::Api if self.unmatched => Provenance::Repaired,
            Source::Api => Provenance::Confirmed,
        };
        EffectiveMetric {
            queue: self.dimensions.queue.as_ref(),
            user: self.dimensions.user.as_ref(),
            media: self.dimensions.media.clone(),
            ..EffectiveMetric::official(self.fact, provenance)
        }
    }
}

/// Facts of one source, in order of (session, metric, emit time).
type Facts<'a> = &'a [(Source, MetricFact)];

fn larger_source_of_each_metric<'a>(
    api_facts: Facts<'a>,
    events: Facts<'a>,
    exclude: &mut impl FnMut(EffectiveMetric<'a>, Exclusion),
) -> Vec<OfficialFact<'a>> {
    let mut facts = Vec::with_capacity(api_facts.len().max(events.len()));
    merge(
        by_session_and_metric(api_facts),
        by_session_and_metric(events),
        |_, api_facts, events| {
            let (api_facts, events) = (api_facts.unwrap_or_default(), events.unwrap_or_default());
            let api_counts = api_facts.len() >= events.len();
            let (larger, smaller, why) = if api_counts {
                (api_facts, events, Exclusion::ApiSetCounts)
            } else {
                (events, api_facts, Exclusion::EventSetCounts)
            };
            let start = facts.len();
            facts.extend(larger.iter().map(OfficialFact::new));
            if api_counts {
                match_events(events, &mut facts[start..]);
            }
            for fact in smaller {
                exclude(OfficialFact::new(fact).effective(), why);
            }
        },
    );
    facts
}

fn by_session_and_metric(
    facts: Facts<'_>,
) -> impl Iterator<Item = ((&MetricSession, &Metric), Facts<'_>)> {
    facts
        .chunk_by(|a, b| session_and_metric(a) == session_and_metric(b))
        .map(|facts| (session_and_metric(&facts[0]), facts))
}

fn session_and_metric((_, fact): &(Source, MetricFact)) -> (&MetricSession, &Metric) {
    (&fact.session, &fact.metric)
}

/// Matches each event, in order of emit time, with the nearest API fact of its session and metric
/// that is not matched yet.
fn match_events<'a>(events: Facts<'a>, api_facts: &mut [OfficialFact<'a>]) {
    for (_, event) in events {
        let unmatched = api_facts.iter_mut().filter(|fact| fact.unmatched);
        if let Some(nearest) = unmatched.min_by_key(|api| api.fact.emitted.distance(event.emitted))
        {
            nearest.unmatched = false;
            nearest.dimensions = event;
        }
    }
}

/// The API reports a metric event without a session under a session, so it would count twice.
/// Matches each such event with the nearest unmatched API fact that may be the same, and drops the
/// event (`kpis.md#events-without-a-session`).
fn drop_record_duplicates<'a>(
    facts: &mut Vec<OfficialFact<'a>>,
    exclude: &mut impl FnMut(EffectiveMetric<'a>, Exclusion),
) {
    // Sessions order before records.
    let sessions =
        facts.partition_point(|fact| matches!(fact.fact.session, MetricSession::Session(_)));
    let mut records = facts.split_off(sessions);
    records.sort_by_key(|record| (record.fact.emitted, record.fact.session.id()));
    for record in records {
        let candidates = facts[..sessions].iter_mut().filter(|api| may_be_same(api, &record));
        match candidates.min_by_key(|api| api.fact.emitted.distance(record.fact.emitted)) {
            Some(nearest) => {
                nearest.unmatched = false;
                exclude(record.effective(), Exclusion::ReportedUnderSession);
            }
            None => facts.push(record),
        }
    }
}

fn may_be_same(api: &OfficialFact<'_>, record: &OfficialFact<'_>) -> bool {
    let (api_fact, event) = (api.fact, record.fact);
    api.unmatched
        && !record.unmatched
        && api_fact.metric == event.metric
        && api_fact.queue == event.queue
        && api_fact.user == event.user
        && api_fact.emitted.distance(event.emitted) <= MATCH_WITHIN
}

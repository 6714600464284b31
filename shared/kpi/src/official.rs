//! Two official sources, kept apart: metric events and API answers (`kpis.md`, sections 1 and 11).

use crate::derive::{EffectiveMetric, Provenance};
use crate::facts::{MetricFact, MetricSession, Source};
use crate::{Metric, Millis};
use std::cmp::Ordering;

/// A record's fact and the answer's fact that is the same are at most this far apart.
const APART_MAX: Millis = Millis(10_000);

/// The official facts that count: of each session and metric those of the source that has more
/// of them, and the API's where both have as many; without those of records that an answer has
/// under a session.
pub(crate) fn counting(facts: &[(Source, MetricFact)]) -> Vec<EffectiveMetric<'_>> {
    let answers = facts.partition_point(|(source, _)| *source == Source::Api);
    if answers == 0 {
        // Never read: nothing to compare with, as for most conversations.
        return facts.iter().map(|(_, fact)| EffectiveMetric::from(fact)).collect();
    }
    let mut chosen = chosen(facts.split_at(answers));
    give_way(&mut chosen);
    chosen.into_iter().filter(|it| !it.told).map(EffectiveMetric::from).collect()
}

/// A fact of the source that counts.
struct Chosen<'a> {
    fact: &'a MetricFact,
    /// Of an answer, with no event beside it.
    surplus: bool,
    /// Of a record, and told by an answer under a session.
    told: bool,
}

impl<'a> From<Chosen<'a>> for EffectiveMetric<'a> {
    fn from(it: Chosen<'a>) -> Self {
        let basis = if it.surplus { Provenance::Repaired } else { Provenance::Official };
        Self { basis, ..Self::from(it.fact) }
    }
}

type Facts<'a> = &'a [(Source, MetricFact)];

fn chosen<'a>((answers, events): (Facts<'a>, Facts<'a>)) -> Vec<Chosen<'a>> {
    let mut all = Vec::with_capacity(answers.len().max(events.len()));
    let (mut answers, mut events) = (Groups(answers), Groups(events));
    loop {
        let order = match (answers.key(), events.key()) {
            (None, None) => return all,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(e)) => a.cmp(&e),
        };
        let answers = if order.is_le() { answers.take() } else { &[] };
        let events = if order.is_ge() { events.take() } else { &[] };
        let answered = answers.len() >= events.len();
        let start = all.len();
        let group = if answered { answers } else { events };
        all.extend(group.iter().map(|(_, fact)| Chosen { fact, surplus: answered, told: false }));
        if answered {
            stand_beside(events, &mut all[start..]);
        }
    }
}

/// Each event stands beside one answer of its session and metric, the nearest that is left.
fn stand_beside(events: Facts<'_>, answers: &mut [Chosen<'_>]) {
    for (_, event) in events {
        let left = answers.iter_mut().filter(|answer| answer.surplus);
        let nearest = left.min_by_key(|answer| answer.fact.emitted.distance(event.emitted));
        if let Some(answer) = nearest {
            answer.surplus = false;
        }
    }
}

/// An event without a session stands in an answer under one: the record's fact gives way to the
/// answer's surplus fact that is the same, and so that one is no surplus.
fn give_way(chosen: &mut [Chosen<'_>]) {
    // Sessions come before records.
    let is_session = |it: &Chosen<'_>| matches!(it.fact.session, MetricSession::Session(_));
    let (answers, records) = chosen.split_at_mut(chosen.partition_point(is_session));
    let mut records: Vec<_> = records.iter_mut().filter(|record| !record.surplus).collect();
    records.sort_by_key(|record| (record.fact.emitted, record.fact.session.id()));
    for record in records {
        let left = answers.iter_mut().filter(|answer| answer.surplus && same(answer, record));
        let nearest = left.min_by_key(|answer| answer.fact.emitted.distance(record.fact.emitted));
        if let Some(answer) = nearest {
            (answer.surplus, record.told) = (false, true);
        }
    }
}

fn same(answer: &Chosen<'_>, record: &Chosen<'_>) -> bool {
    let (answer, record) = (answer.fact, record.fact);
    answer.metric == record.metric
        && answer.queue == record.queue
        && answer.user == record.user
        && answer.emitted.distance(record.emitted) <= APART_MAX
}

/// Facts of one source, in order, taken one (session, metric) at a time.
struct Groups<'a>(Facts<'a>);

impl<'a> Groups<'a> {
    fn key(&self) -> Option<(&'a MetricSession, &'a Metric)> {
        self.0.first().map(|(_, fact)| (&fact.session, &fact.metric))
    }

    fn take(&mut self) -> Facts<'a> {
        let key = self.key();
        let end = self.0.partition_point(|(_, fact)| Some((&fact.session, &fact.metric)) <= key);
        let (group, rest) = self.0.split_at(end);
        self.0 = rest;
        group
    }
}

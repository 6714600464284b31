//! From the facts of an entity to its contributions.

use super::agents::build_agent;
use super::amounts::Amounts;
use super::buffers::{Buckets, RowBuffers};
use super::contributions::Contributions;
use super::gauges::add_gauges;
use super::histogram;
use super::key::{RowKey, Subject};
use super::measure::{Measure, Part};
use crate::bucket::Bucket;
use crate::facts::conversation::Conversation;
use crate::facts::entity::Entity;
use crate::facts::{BudgetReport, BudgetScope};
use crate::metrics::effective::{EffectiveMetric, Provenance};
use crate::metrics::effective_metrics;
use crate::names::{Metric, MetricKind};
use crate::settings::values::Settings;
use crate::time::Millis;

/// Builds the contributions of entities, one after the other, and reuses its memory for the next.
#[derive(Debug, Default)]
pub struct ContributionBuilder {
    buffers: RowBuffers,
}

impl ContributionBuilder {
    /// The contributions of an entity.
    pub fn build(&mut self, entity: &Entity, settings: &Settings) -> Contributions {
        match entity {
            Entity::Conversation(conversation) => {
                self.collect(conversation, settings);
                self.buffers.finish()
            }
            Entity::ApiBudget(report) => report.as_ref().map(build_report).unwrap_or_default(),
            Entity::Agent(agent) => build_agent(agent, settings),
        }
    }

    /// Calls `visit` with what an entity contributes to each row: the same as [`Self::build`], but in
    /// no order, and a row or a measure may come more than once.
    pub fn visit(
        &mut self,
        entity: &Entity,
        settings: &Settings,
        mut visit: impl FnMut(RowKey, &[(Measure, i64)]),
    ) {
        if let Entity::Conversation(conversation) = entity {
            self.collect(conversation, settings);
            return self.buffers.drain(visit);
        }
        for (key, amounts) in self.build(entity, settings).rows() {
            visit(key.clone(), amounts);
        }
    }

    fn collect(&mut self, conversation: &Conversation, settings: &Settings) {
        let mut buckets = BucketCache::default();
        for fact in effective_metrics(conversation, settings) {
            add_metric(&fact, buckets.get(fact.emitted, settings), &mut self.buffers);
        }
        add_gauges(conversation, &mut self.buffers);
    }
}

/// Interval and day of the last emit time: a session emits its metrics at one or two times.
#[derive(Default)]
struct BucketCache(Option<(Millis, Buckets)>);

impl BucketCache {
    fn get(&mut self, time: Millis, settings: &Settings) -> Buckets {
        match self.0 {
            Some((last, buckets)) if last == time => buckets,
            _ => {
                let calendar = &settings.in_force(time).calendar;
                let interval_and_day = [calendar.interval(time), calendar.day(time)];
                let buckets = Buckets::IntervalAndDay(interval_and_day);
                self.0 = Some((time, buckets));
                buckets
            }
        }
    }
}

/// Adds one metric fact to the rows of its queue and of its agent, in interval and day.
fn add_metric(fact: &EffectiveMetric<'_>, buckets: Buckets, buffers: &mut RowBuffers) {
    let queue = buffers.queue(fact.queue, &fact.media);
    let agent = buffers.agent(fact.user, &fact.media);
    for subject in queue.into_iter().chain(agent) {
        add_amounts(fact, buffers.amounts(subject, buckets));
    }
}

fn add_amounts(fact: &EffectiveMetric<'_>, amounts: &mut Vec<(Measure, i64)>) {
    let metric = &fact.metric;
    let bookings = match metric.kind() {
        Some(MetricKind::Counter) => {
            amounts.push((Measure::Metric(metric.clone(), Part::Value), fact.value));
            fact.value
        }
        Some(MetricKind::Timer) => {
            amounts.push((Measure::Metric(metric.clone(), Part::Count), 1));
            amounts.push((Measure::Metric(metric.clone(), Part::Sum), fact.value));
            1
        }
        None => 0,
    };
    if fact.provenance == Provenance::Repaired {
        amounts.push((Measure::Repaired, bookings));
    }
    if *metric == Metric::T_ANSWERED || *metric == Metric::T_ABANDON {
        amounts.push((Measure::Wait(histogram::bucket(fact.value)), 1));
    }
}

fn build_report(report: &BudgetReport) -> Contributions {
    let bucket = match report.scope {
        BudgetScope::Now => Bucket::Now,
        BudgetScope::Day(day) => Bucket::Day(day),
    };
    let sums = report.sums.iter().map(|(metric, amount)| (Measure::Budget(*metric), *amount));
    let amounts: Amounts = sums.collect();
    let mut contributions = Contributions::default();
    contributions.open_row().extend_from_slice(&amounts);
    contributions.close_row(RowKey { subject: Subject::ApiBudget, bucket });
    contributions
}

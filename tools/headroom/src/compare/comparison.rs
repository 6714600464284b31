//! Rows beside Genesys' results: what is equal, what differs, and what cannot be compared.

use super::metrics::{is_query_time, parts, zero_parts};
use super::results::{Kind, Results, kind};
use crate::CliError;
use crate::replay::ShownRow;
use headroom_kpi::{Bucket, Metric, Subject};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What came of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// How many values were compared that are not 0 on both sides: of a timer, its count and its sum.
    pub compared: usize,
    /// How many rows they are of.
    pub rows: usize,
    /// The values that differ, in order of row.
    pub differences: Vec<Difference>,
    /// What only one side has, for other reasons than an error.
    pub not_compared: NotCompared,
}

/// A value that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// `queue#<queueId>#<media>` or `agent#<userId>#<media>`.
    pub subject: String,
    /// `PT30M#<start>` or `P1D#<date>`.
    pub bucket: String,
    /// The name in rows: `nOffered`, `tAnswered.count`, `tAnswered.sum`.
    pub metric: String,
    /// The value of the replay.
    pub ours: i64,
    /// Genesys' value.
    pub theirs: i64,
}

/// What only one side has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NotCompared {
    /// Metrics that Genesys computes when a query asks for them.
    pub query_time: BTreeSet<String>,
    /// Metrics of results that no event has brought and that are not derived.
    pub in_no_event: BTreeSet<String>,
    /// Metrics of rows that no result names.
    pub in_no_result: BTreeSet<String>,
    /// Results that name neither a queue nor an agent.
    pub results_without_subject: usize,
    /// Rows of queues and agents that no result names, if the query had a filter.
    pub rows_of_others: usize,
    /// Rows of other times.
    pub rows_of_other_times: usize,
}

type Key = (Subject, Bucket);
type OurRows<'a> = BTreeMap<Key, &'a BTreeMap<String, i64>>;

impl Comparison {
    /// Compares rows with results. With `filtered`, rows of queues and agents that no result names are
    /// left out.
    pub fn new(rows: &[ShownRow], results: &Results, filtered: bool) -> Result<Self, CliError> {
        let mut comparison = Self::default();
        comparison.not_compared.results_without_subject = results.without_subject;
        let ours = comparison.rows_in_time(rows, results, filtered);
        let metrics = comparison.metrics(&ours, results);
        let keys: BTreeSet<&Key> = ours.keys().chain(results.rows.keys()).collect();
        for key in keys {
            let Some(metrics) = kind(&key.0, key.1).and_then(|kind| metrics.get(&kind)) else {
                continue;
            };
            comparison.compare_row(key, ours.get(key).copied(), results, metrics);
        }
        if comparison.compared == 0 {
            return Err(CliError::NothingToCompare);
        }
        Ok(comparison)
    }

    /// The rows of the time that results stand for.
    fn rows_in_time<'a>(
        &mut self,
        rows: &'a [ShownRow],
        results: &Results,
        filtered: bool,
    ) -> OurRows<'a> {
        let subjects: BTreeSet<_> = results.rows.keys().map(|(subject, _)| subject).collect();
        let mut ours = OurRows::new();
        for row in rows {
            let (Ok(subject), Ok(bucket)) = (row.subject.parse(), row.bucket.parse()) else {
                continue;
            };
            let span = kind(&subject, bucket).and_then(|kind| results.spans.get(&kind));
            // Results of a kind that no response groups are not asked for.
            let Some((first, last)) = span.filter(|_| bucket != Bucket::Now) else { continue };
            if !(*first..=*last).contains(&bucket) {
                self.not_compared.rows_of_other_times += 1;
            } else if filtered && !subjects.contains(&subject) {
                self.not_compared.rows_of_others += 1;
            } else {
                ours.insert((subject, bucket), &row.metrics);
            }
        }
        ours
    }

    /// The metrics to compare, by kind of row. Notes the others.
    fn metrics(
        &mut self,
        ours: &OurRows<'_>,
        results: &Results,
    ) -> BTreeMap<Kind, BTreeSet<Metric>> {
        let mut our_metrics = metrics_of_rows(ours);
        let mut compared = BTreeMap::new();
        for (kind, theirs) in &results.metrics {
            let ours = our_metrics.remove(kind).unwrap_or_default();
            let not_compared = &mut self.not_compared;
            not_compared.in_no_result.extend(ours.difference(theirs).map(Metric::to_string));
            let (query_time, emitted): (Vec<_>, Vec<_>) =
                theirs.iter().cloned().partition(is_query_time);
            let (common, in_no_event): (Vec<_>, Vec<_>) = emitted
                .into_iter()
                .partition(|metric| ours.contains(metric) || metric.is_derived());
            not_compared.query_time.extend(query_time.iter().map(Metric::to_string));
            not_compared.in_no_event.extend(in_no_event.iter().map(Metric::to_string));
            compared.insert(*kind, common.into_iter().collect());
        }
        compared
    }

    fn compare_row(
        &mut self,
        key: &Key,
        ours: Option<&BTreeMap<String, i64>>,
        results: &Results,
        metrics: &BTreeSet<Metric>,
    ) {
        let theirs = results.rows.get(key);
        let compared_before = self.compared;
        for metric in metrics {
            let stats = theirs.and_then(|row| row.get(metric));
            // Genesys leaves out a metric without data, and so do rows.
            let parts = stats.map_or_else(|| zero_parts(metric), |stats| parts(metric, *stats));
            for (suffix, theirs) in parts {
                let name = format!("{metric}{suffix}");
                let ours = ours.and_then(|row| row.get(&name)).copied().unwrap_or(0);
                self.compared += usize::from(ours != 0 || theirs != 0);
                if ours != theirs {
                    self.differences.push(Difference {
                        subject: key.0.to_string(),
                        bucket: key.1.to_string(),
                        metric: name,
                        ours,
                        theirs,
                    });
                }
            }
        }
        self.rows += usize::from(self.compared > compared_before);
    }
}

/// The metrics of rows, by kind of row.
fn metrics_of_rows(rows: &OurRows<'_>) -> BTreeMap<Kind, BTreeSet<Metric>> {
    let mut metrics: BTreeMap<Kind, BTreeSet<Metric>> = BTreeMap::new();
    for ((subject, bucket), row) in rows {
        let Some(kind) = kind(subject, *bucket) else { continue };
        let names = row.keys().filter_map(|name| name.split('.').next());
        // `repaired` says what gap reads brought, and Genesys has no such number.
        let names = names.filter(|name| *name != "repaired");
        metrics.entry(kind).or_default().extend(names.filter_map(Metric::parse));
    }
    metrics
}

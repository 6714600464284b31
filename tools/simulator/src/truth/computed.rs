//! Rows as they are written, with their computed values (`kpis.md#computed-values`).

use super::row::{Row, RowKey, Sums};
use crate::chance::float;
use serde::Serialize;
use std::collections::BTreeMap;

/// A true row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TruthRow {
    /// `queue#<queueId>#<media>` or `agent#<userId>#<media>`.
    pub subject: String,
    /// `PT30M#<start>`, `P1D#<date>` or `now`.
    pub bucket: String,
    /// The sums that are not 0, by metric; times in ms.
    pub metrics: BTreeMap<String, i64>,
    /// Rates, averages and percentiles.
    pub computed: Computed,
}

/// Rates, averages and percentiles. A value whose denominator is 0 is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "named as in kpis.md")]
pub struct Computed {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asa_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aht_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_rate: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abandon_rate: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_level: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_p50_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_p90_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_p95_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avg_talk_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avg_hold_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avg_acw_ms: Option<f64>,
    /// In a `now` row: since when the longest waiting customer has been waiting, in ISO 8601 to
    /// the second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<String>,
}

impl TruthRow {
    pub(super) fn new(key: &RowKey, row: &Row, interval_minutes: u32) -> Self {
        Self {
            subject: key.subject.text(key.media),
            bucket: key.bucket.text(interval_minutes),
            metrics: row.metrics().filter(|(_, value)| *value != 0).collect(),
            computed: Computed::new(row),
        }
    }
}

impl Computed {
    fn new(row: &Row) -> Self {
        let (answered, abandoned) = (row.sums("tAnswered"), row.sums("tAbandon"));
        let (offered, missed) = (row.sums("nOffered").sum, row.sums("nOverSla").sum);
        let waits = row.sorted_waits();
        Self {
            asa_ms: mean(answered),
            aht_ms: mean(row.sums("tHandle")),
            answer_rate: ratio(answered.count, offered),
            abandon_rate: ratio(abandoned.count, offered),
            service_level: ratio(answered.count - missed, answered.count + abandoned.count),
            wait_p50_ms: percentile(&waits, 50),
            wait_p90_ms: percentile(&waits, 90),
            wait_p95_ms: percentile(&waits, 95),
            avg_talk_ms: mean(row.sums("tTalkComplete")),
            avg_hold_ms: mean(row.sums("tHeldComplete")),
            avg_acw_ms: mean(row.sums("tAcw")),
            waiting_since: None,
        }
    }
}

fn ratio(numerator: i64, denominator: i64) -> Option<f64> {
    (denominator != 0).then(|| float(numerator) / float(denominator))
}

fn mean(sums: Sums) -> Option<f64> {
    ratio(sums.sum, sums.count)
}

/// Nearest rank: the smallest value that is not exceeded by at least `percent` % of the values.
fn percentile(sorted: &[i64], percent: usize) -> Option<i64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let waits: Vec<i64> = (1..=10).collect();
        assert_eq!(percentile(&waits, 50), Some(5));
        assert_eq!(percentile(&waits, 90), Some(9));
        assert_eq!(percentile(&waits, 95), Some(10));
        assert_eq!(percentile(&[7], 50), Some(7));
        assert_eq!(percentile(&[], 50), None);
    }

    #[test]
    fn a_value_without_a_denominator_is_absent() {
        let computed = serde_json::to_string(&Computed::new(&Row::default())).unwrap();
        assert_eq!(computed, "{}");
    }
}

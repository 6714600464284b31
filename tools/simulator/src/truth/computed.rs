//! What is computed when a row is read (`kpis.md`, section 6).

use super::row::{Row, Sums};
use crate::chance::float;
use serde::Serialize;

/// Rates, averages and percentiles. What has no denominator is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
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
    /// Of a `now` row: when the longest waiting customer began to wait, to the second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<String>,
}

impl Computed {
    pub(super) fn of(row: &Row) -> Self {
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

/// Nearest rank: the smallest value that at least so many per cent of all do not exceed.
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
    fn what_has_no_denominator_is_absent() {
        let computed = serde_json::to_string(&Computed::of(&Row::default())).unwrap();
        assert_eq!(computed, "{}");
    }
}

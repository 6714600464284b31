//! Rows as they are written, with their computed values (`kpis.md#computed-values`).

use super::row::{Row, RowKey, Subject, Sums};
use crate::agents::RoutingStatus;
use crate::chance::float;
use crate::time::iso_seconds;
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// A true row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TruthRow {
    /// `queue#<queueId>#<media>`, `agent#<userId>#<media>`, `agent#<userId>` or
    /// `queue#<queueId>#agents`.
    pub subject: String,
    /// `PT30M#<start>`, `P1D#<date>` or `now`.
    pub bucket: String,
    /// The sums that are not 0, by metric; times in ms. Of an agent now: since when a status is so.
    pub metrics: BTreeMap<String, i64>,
    /// Rates, averages and percentiles.
    pub computed: Computed,
}

/// Rates, averages and percentiles, by the names of kpis.md. A value whose denominator is 0 is
/// absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Computed(Vec<(&'static str, Value)>);

impl Serialize for Computed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl TruthRow {
    pub(super) fn new(key: &RowKey, row: &Row, interval_minutes: u32) -> Self {
        Self {
            subject: key.subject.text(key.media),
            bucket: key.bucket.text(interval_minutes),
            metrics: row.metrics().filter(|(_, value)| *value != 0).collect(),
            computed: Computed::new(key.subject, row),
        }
    }
}

impl Computed {
    fn new(subject: Subject, row: &Row) -> Self {
        let (answered, abandoned) = (row.sums("tAnswered"), row.sums("tAbandon"));
        let (offered, missed) = (row.sums("nOffered").sum, row.sums("nOverSla").sum);
        let service_level = ratio(answered.count - missed, answered.count + abandoned.count);
        let waits = row.sorted_waits();
        let values = [
            ("asaMs", mean(answered)),
            ("ahtMs", mean(row.sums("tHandle"))),
            ("answerRate", ratio(answered.count, offered)),
            ("abandonRate", ratio(abandoned.count, offered)),
            ("serviceLevel", service_level.filter(|_| matches!(subject, Subject::Queue(_)))),
            ("waitP50Ms", percentile(&waits, 50)),
            ("waitP90Ms", percentile(&waits, 90)),
            ("waitP95Ms", percentile(&waits, 95)),
            ("avgTalkMs", mean(row.sums("tTalkComplete"))),
            ("avgHoldMs", mean(row.sums("tHeldComplete"))),
            ("avgAcwMs", mean(row.sums("tAcw"))),
        ];
        Self(values.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
    }

    /// Of an interval or a day of an agent, by the times of its routing statuses.
    pub(super) fn of_agent(time: impl Fn(RoutingStatus) -> i64) -> Self {
        let interacting = time(RoutingStatus::Interacting);
        let rest = time(RoutingStatus::Communicating) + time(RoutingStatus::Idle);
        let occupancy = ratio(interacting, interacting + rest);
        Self(occupancy.map(|value| ("occupancy", value)).into_iter().collect())
    }

    /// Of an agent now: the status that is shown, and since when.
    pub(super) fn of_status(status: String, since: i64) -> Self {
        Self(vec![("status", status.into()), ("statusSince", iso_seconds(since).into())])
    }

    /// Of a queue now: since when something has been so, by its name.
    pub(super) fn of_times(times: &[(&'static str, Option<i64>)]) -> Self {
        let since = |&(name, time): &(_, Option<i64>)| Some((name, iso_seconds(time?).into()));
        Self(times.iter().filter_map(since).collect())
    }
}

fn ratio(numerator: i64, denominator: i64) -> Option<Value> {
    (denominator != 0).then(|| (float(numerator) / float(denominator)).into())
}

fn mean(sums: Sums) -> Option<Value> {
    ratio(sums.sum, sums.count)
}

/// Nearest rank: the smallest value that is not exceeded by at least `percent` % of the values.
fn percentile(sorted: &[i64], percent: usize) -> Option<Value> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).map(|value| (*value).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let waits: Vec<i64> = (1..=10).collect();
        assert_eq!(percentile(&waits, 50), Some(5.into()));
        assert_eq!(percentile(&waits, 90), Some(9.into()));
        assert_eq!(percentile(&waits, 95), Some(10.into()));
        assert_eq!(percentile(&[7], 50), Some(7.into()));
        assert_eq!(percentile(&[], 50), None);
    }

    #[test]
    fn a_value_without_a_denominator_is_absent() {
        let computed = serde_json::to_string(&Computed::new(
            Subject::Agent(crate::id::Id::default()),
            &Row::default(),
        ))
        .unwrap();
        assert_eq!(computed, "{}");
    }
}

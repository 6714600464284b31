//! Rows as they are shown, to be compared with the truth.

use headroom::replay::ShownRow;
use headroom_kpi::{Computed, Measure, Row, RowKey, Subject};
use headroom_test_support::MemoryStore;
use std::collections::BTreeMap;

/// The rows of queues and agents, but for how their numbers came about.
pub(crate) fn rows(store: &MemoryStore) -> Vec<ShownRow> {
    store.with_rows(|rows| rows.filter_map(|(key, row)| shown(key, row)).collect())
}

fn shown(key: &RowKey, row: &Row) -> Option<ShownRow> {
    if key.subject == Subject::ApiBudget {
        return None;
    }
    let sums = row.sums.iter().filter(|(key, _)| *key != Measure::Repaired);
    let named = sums.filter_map(|(key, sum)| {
        let (metric, suffix) = key.public_name()?;
        Some((format!("{metric}{suffix}"), *sum))
    });
    let metrics: BTreeMap<_, _> = named.collect();
    let computed = Computed::new(&key.subject, row, <_>::default());
    let (subject, bucket) = (key.subject.to_string(), key.bucket.to_string());
    (!metrics.is_empty()).then_some(ShownRow { subject, bucket, metrics, computed })
}

//! Percentiles out of histograms, as the engine reads them: the nearest rank, and for each bucket the
//! wait that stands for it.

use super::dialect::Dialect;
use headroom_kpi::Millis;
use headroom_kpi::histogram::{bucket, representative};

/// The wait in milliseconds that stands for a bucket, for all that there can be.
pub(super) fn representative_sql(dialect: Dialect, bucket_sql: &str) -> String {
    let last = bucket(Millis::DURATION_MAX.0);
    let waits: Vec<_> = (0..=last).map(|bucket| format!("{:e}", representative(bucket))).collect();
    let waits = waits.join(",");
    dialect.pick(
        format!("([{waits}])[{bucket_sql} + 1]"),
        format!("element_at(ARRAY[{waits}], {bucket_sql} + 1)"),
    )
}

/// The bucket of a percentile: the first one up to which there are as many waits as its rank. The
/// column `waits` has them in order, and `wait_count` is their number. The count begins below zero by
/// the rank, so that the function of a step needs nothing of the row.
pub(super) fn rank_bucket(dialect: Dialect, share: f64) -> String {
    let rank = format!("greatest(CAST(ceil({share:e} * wait_count) AS BIGINT), 1)");
    match dialect {
        Dialect::Duckdb => format!(
            "list_reduce(waits, lambda a, w: CASE WHEN a.waits >= 0 THEN a \
             ELSE {{'bucket': w.bucket, 'waits': a.waits + w.waits}} END, \
             {{'bucket': CAST(NULL AS INTEGER), 'waits': -{rank}}}).bucket"
        ),
        Dialect::Athena => {
            let state = "AS ROW(bucket INTEGER, waits BIGINT))";
            format!(
                "reduce(waits, CAST(ROW(NULL, -{rank}) {state}, (a, w) -> IF(a.waits >= 0, a, \
                 CAST(ROW(w.bucket, a.waits + w.waits) {state}), a -> a.bucket)"
            )
        }
    }
}

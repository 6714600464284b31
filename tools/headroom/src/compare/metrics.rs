//! Which metrics both sides can have, and the values that are compared.

use super::response::Stats;
use headroom_kpi::{Metric, MetricKind};

/// Metrics that Genesys computes when a query asks for them, and emits in no event
/// (`ConversationAggregationView.target` has them, and the metrics topic has not). `tShortAbandon` is
/// not among them: rows have it.
const QUERY_TIME: [&str; 6] = [
    "nCallbackOverSla",
    "nStateTransitionError",
    "oCallbackServiceLevel",
    "oServiceLevel",
    "oServiceTarget",
    "tWait",
];

/// Whether a metric exists in results of queries alone, or has no sum.
pub(super) fn is_query_time(metric: &Metric) -> bool {
    QUERY_TIME.contains(&metric.as_str()) || metric.kind().is_none()
}

/// The parts of a metric that are compared, by their suffix in rows, as Genesys has them. A part that
/// the statistics do not have is left out.
pub(super) fn parts(metric: &Metric, stats: Stats) -> Vec<(&'static str, i64)> {
    let sum = stats.sum.map(rounded);
    let parts = match metric.kind() {
        Some(MetricKind::Timer) => vec![(".count", stats.count), (".sum", sum)],
        // Of messages and the like, Genesys sums up values; of events, it counts them.
        Some(MetricKind::Counter) if metric.as_str().starts_with('o') => {
            vec![("", sum.or(stats.count))]
        }
        Some(MetricKind::Counter) => vec![("", stats.count.or(sum))],
        None => Vec::new(),
    };
    parts.into_iter().filter_map(|(suffix, value)| Some((suffix, value?))).collect()
}

/// The parts of a metric of which Genesys has no data.
pub(super) fn zero_parts(metric: &Metric) -> Vec<(&'static str, i64)> {
    parts(metric, Stats { count: Some(0), sum: Some(0.0) })
}

/// Milliseconds, which JSON has as a number that may have a fraction.
#[allow(clippy::cast_possible_truncation)]
fn rounded(sum: f64) -> i64 {
    sum.round() as i64
}

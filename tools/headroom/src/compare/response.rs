//! `ConversationAggregateQueryResponse` of Genesys' API, as far as it is compared.

use serde::Deserialize;
use std::collections::BTreeMap;

/// The response of `POST /api/v2/analytics/conversations/aggregates/query`.
#[derive(Deserialize)]
pub(super) struct Response {
    /// None in other documents. Empty if there was nothing in the interval.
    pub(super) results: Option<Vec<GroupResult>>,
    /// Of `ErrorBody`: what was wrong with the query.
    pub(super) message: Option<String>,
}

/// `ConversationAggregateDataContainer`
#[derive(Deserialize)]
pub(super) struct GroupResult {
    /// From dimension to value; a dimension without a value is left out.
    #[serde(default)]
    pub(super) group: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) data: Vec<IntervalResult>,
}

/// `StatisticalResponse`
#[derive(Deserialize)]
pub(super) struct IntervalResult {
    /// `START/END`
    pub(super) interval: String,
    /// A metric without data is left out.
    #[serde(default)]
    pub(super) metrics: Vec<MetricResult>,
}

/// `AggregateMetricData`
#[derive(Deserialize)]
pub(super) struct MetricResult {
    pub(super) metric: String,
    #[serde(default)]
    pub(super) stats: Stats,
}

/// `StatisticalSummary`: a counter has a `count`, a timer `count` and `sum`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
pub(super) struct Stats {
    pub(super) count: Option<i64>,
    /// In milliseconds.
    pub(super) sum: Option<f64>,
}

/// Parses a response. The error says what to send instead.
pub(super) fn parse(text: &[u8]) -> Result<Vec<GroupResult>, String> {
    let response: Response = serde_json::from_slice(text).map_err(|error| {
        format!(
            "no response of an aggregates query: {error}; save the whole body of what POST \
             /api/v2/analytics/conversations/aggregates/query returns"
        )
    })?;
    match (response.results, response.message) {
        (Some(results), _) => Ok(results),
        (None, Some(message)) => Err(format!(
            "Genesys did not answer the query, but says: {message}; docs/compare.md has a query \
             that it takes"
        )),
        (None, None) => Err("there are no \"results\" in it; save the whole body of what POST \
             /api/v2/analytics/conversations/aggregates/query returns"
            .to_owned()),
    }
}

//! The one definition of the views, `infra/bi/schema.json`: every sum with its meaning, and what is
//! computed of them.

use headroom_kpi::{Metric, MetricKind};
use serde::Deserialize;

/// The definition.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Schema {
    #[serde(rename = "about")]
    _about: String,
    /// Of rows of queues, and of agents by media type.
    pub(crate) conversations: Measures,
    /// Of rows of queues alone.
    pub(crate) queues: Measures,
    /// Of rows of agents' statuses.
    pub(crate) statuses: Measures,
    pub(crate) percentiles: Vec<Percentile>,
}

/// Sums, and ratios of sums.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Measures {
    #[serde(default)]
    pub(crate) sums: Vec<Sum>,
    pub(crate) ratios: Vec<Ratio>,
}

/// A sum, by its name in rows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sum {
    name: String,
    meaning: String,
}

/// A sum by the sum of another column, absent where that is 0.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ratio {
    pub(crate) column: String,
    /// Its name among the engine's computed values.
    pub(crate) engine: String,
    pub(crate) part: String,
    pub(crate) whole: String,
    pub(crate) meaning: String,
}

/// A percentile of the histogram of waits.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Percentile {
    pub(crate) column: String,
    pub(crate) engine: String,
    /// 0 to 1.
    pub(crate) share: f64,
    pub(crate) meaning: String,
}

/// A column of a sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SumColumn {
    /// The attribute of the item.
    pub(crate) attribute: String,
    pub(crate) column: String,
    pub(crate) meaning: String,
}

const TEXT: &str = include_str!("../../../../infra/bi/schema.json");

impl Schema {
    /// Reads the definition.
    pub(crate) fn read() -> Result<Self, serde_json::Error> {
        serde_json::from_str(TEXT)
    }

    /// The columns of all sums.
    pub(crate) fn columns(&self) -> Vec<SumColumn> {
        [&self.conversations, &self.statuses].iter().flat_map(|m| m.columns()).collect()
    }
}

impl Measures {
    /// The columns of the sums: one for a counter, two for a timer.
    pub(crate) fn columns(&self) -> Vec<SumColumn> {
        self.sums.iter().flat_map(Sum::columns).collect()
    }
}

/// The names of agents' statuses, and what stands in columns for what is before the status.
const STATUSES: [(&str, &str, &str); 3] = [
    ("tAgentRoutingStatus.", "routing", "ms"),
    ("nAgentRoutingStatus.", "routing", "count"),
    ("tSystemPresence.", "presence", "ms"),
];

impl Sum {
    fn columns(&self) -> Vec<SumColumn> {
        for (prefix, word, unit) in STATUSES {
            if let Some(status) = self.name.strip_prefix(prefix) {
                let column = format!("{word}_{}_{unit}", status.to_ascii_lowercase());
                return vec![sum_column(self.name.clone(), column, &self.meaning)];
            }
        }
        let snake = snake_case(&self.name);
        let kind = Metric::parse(&self.name).and_then(|metric| metric.kind());
        if kind != Some(MetricKind::Timer) {
            return vec![sum_column(self.name.clone(), snake, &self.meaning)];
        }
        let count = format!("{}: how many", self.meaning);
        let sum = format!("{}: milliseconds", self.meaning);
        vec![
            sum_column(format!("{}.count", self.name), format!("{snake}_count"), &count),
            sum_column(format!("{}.sum", self.name), format!("{snake}_ms"), &sum),
        ]
    }
}

fn sum_column(attribute: String, column: String, meaning: &str) -> SumColumn {
    SumColumn { attribute, column, meaning: meaning.to_owned() }
}

/// `nOverSla` is `n_over_sla`.
fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;
    use headroom_kpi::{AgentMeasure, Measure};
    use headroom_tables::layout::sum;
    use std::collections::BTreeSet;

    #[test]
    fn a_timer_has_two_columns_and_a_counter_or_a_status_has_one() {
        let columns = Schema::read().unwrap().columns();
        let column = |attribute: &str| {
            let column = columns.iter().find(|column| column.attribute == attribute).unwrap();
            column.column.clone()
        };
        assert_eq!(column("nOverSla"), "n_over_sla");
        assert_eq!(column("tAnswered.count"), "t_answered_count");
        assert_eq!(column("tAnswered.sum"), "t_answered_ms");
        assert_eq!(column("tAgentRoutingStatus.NOT_RESPONDING"), "routing_not_responding_ms");
        assert_eq!(column("nAgentRoutingStatus.IDLE"), "routing_idle_count");
        assert_eq!(column("tSystemPresence.ON_QUEUE"), "presence_on_queue_ms");
    }

    #[test]
    fn every_known_metric_is_in_the_definition_and_every_column_is_a_sum_of_rows() {
        let columns = Schema::read().unwrap().columns();
        let mut metrics = BTreeSet::new();
        for column in &columns {
            match sum(&column.attribute) {
                Some(Measure::Metric(metric, _)) => {
                    assert!(metric.is_known(), "{metric}");
                    metrics.insert(metric);
                }
                Some(Measure::Repaired) => {}
                Some(Measure::Agent(measure)) => {
                    assert!(matches!(*measure, AgentMeasure::Status(..)));
                }
                other => panic!("{}: {other:?}", column.attribute),
            }
        }
        assert_eq!(metrics.len(), Metric::KNOWN);
        let names: BTreeSet<_> = columns.iter().map(|column| &column.column).collect();
        assert_eq!(names.len(), columns.len());
    }
}

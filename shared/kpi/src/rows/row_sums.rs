//! The sums of a row to which many amounts are added, one by one and in any order.

use super::amounts::Amounts;
use super::measure::{Measure, Part};
use super::row::Row;
use crate::names::Metric;

/// The parts of a metric, in order.
const PARTS: [Part; 3] = [Part::Value, Part::Count, Part::Sum];

/// The sums of a row, of which those of known metrics and of waits are found by their numbers. To
/// add to it is faster than to add to a [`Row`], and it takes less memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowSums {
    /// Those of known metrics: three for each number of a metric, up to the greatest number so far.
    metrics: Vec<i64>,
    /// Those of waits: a bucket of the histogram and its count, in order of bucket.
    waits: Vec<(u16, i64)>,
    others: Amounts,
}

impl RowSums {
    /// Adds amounts in any order, in which a measure may come more than once.
    pub fn add(&mut self, amounts: &[(Measure, i64)]) {
        for (measure, amount) in amounts {
            match measure {
                Measure::Metric(metric, part) => match metric.code() {
                    Some(code) => *self.metric_mut(code, *part) += amount,
                    None => self.others.add(&[(measure.clone(), *amount)]),
                },
                Measure::Wait(bucket) => *self.wait_mut(*bucket) += amount,
                _ => self.others.add(&[(measure.clone(), *amount)]),
            }
        }
    }

    /// Whether all sums are zero.
    pub fn is_empty(&self) -> bool {
        let is_zero = |sum: &i64| *sum == 0;
        self.metrics.iter().chain(self.waits.iter().map(|(_, count)| count)).all(is_zero)
            && self.others.is_empty()
    }

    fn metric_mut(&mut self, code: u8, part: Part) -> &mut i64 {
        let position = usize::from(code) * PARTS.len() + part as usize;
        if position >= self.metrics.len() {
            self.metrics.resize(position + 1, 0);
        }
        &mut self.metrics[position]
    }

    fn wait_mut(&mut self, bucket: u16) -> &mut i64 {
        let position = self.waits.binary_search_by_key(&bucket, |(bucket, _)| *bucket);
        let position = position.unwrap_or_else(|position| {
            self.waits.insert(position, (bucket, 0));
            position
        });
        &mut self.waits[position].1
    }
}

impl From<&RowSums> for Row {
    /// The row of these sums, as of its first version.
    fn from(sums: &RowSums) -> Self {
        let others = sums.others.as_slice();
        let is_metric = |(measure, _): &(Measure, i64)| matches!(measure, Measure::Metric(_, _));
        let (metrics, others) = others.split_at(others.partition_point(is_metric));
        let mut amounts = Vec::with_capacity(sums.metrics.len() + sums.waits.len());
        for (code, parts) in (0..).zip(sums.metrics.chunks(PARTS.len())) {
            let Some(metric) = Metric::from_code(code) else { break };
            let measures = PARTS.map(|part| Measure::Metric(metric.clone(), part));
            amounts.extend(measures.into_iter().zip(parts.iter().copied()));
        }
        amounts.extend_from_slice(metrics);
        amounts.extend(sums.waits.iter().map(|(bucket, count)| (Measure::Wait(*bucket), *count)));
        amounts.extend_from_slice(others);
        amounts.retain(|(_, amount)| *amount != 0);
        amounts.shrink_to_fit();
        Self { version: 1, sums: Amounts::from_sorted(amounts) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_every_kind_are_summed_up_as_in_a_row() {
        let metric = |name, part| Measure::Metric(Metric::parse(name).unwrap(), part);
        let measures = [
            metric("tFlow", Part::Sum),
            metric("nOffered", Part::Value),
            metric("tOther", Part::Count),
            Measure::Wait(7),
            Measure::Wait(3),
            Measure::OWaiting,
            Measure::Repaired,
        ];
        let once = measures.iter().cloned().zip([1, 2, 3, 4, 5, 6, 7]);
        let twice = measures.iter().cloned().zip([-1, 20, 30, -4, 50, 60, 70]);
        let amounts: Vec<_> = once.chain(twice).collect();
        let mut sums = RowSums::default();
        assert!(sums.is_empty());
        sums.add(&amounts);
        assert!(!sums.is_empty());
        assert_eq!(Row::from(&sums).sums, amounts.into_iter().collect());
    }
}

//! The sums of a row to which many amounts are added, one by one and in any order.

use super::amounts::Amounts;
use super::measure::{Measure, Part};
use super::row::Row;
use crate::names::Metric;

/// The parts of a metric, in order.
const PARTS: [Part; 3] = [Part::Value, Part::Count, Part::Sum];

/// Sums for which there is room from the start: those of the metrics that most conversations have.
const USUAL_SUMS: usize = 14 * PARTS.len();

/// The sums of a row, of which those of known metrics and of waits are found by their numbers. To
/// add to it is faster than to add to a [`Row`], and it takes less memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowSums {
    /// Those of known metrics: three for each number of a metric, up to the greatest number so far.
    metrics: Vec<i64>,
    /// Those of waits: a bucket of the histogram and its count, in order of bucket.
    waits: Vec<(u16, i64)>,
    /// Those of all other measures.
    rest: Amounts,
}

impl RowSums {
    /// Adds amounts in any order, in which a measure may come more than once.
    pub fn add(&mut self, amounts: &[(Measure, i64)]) {
        for (measure, amount) in amounts.iter().filter(|(_, amount)| *amount != 0) {
            match measure {
                Measure::Metric(metric, part) => match metric.code() {
                    Some(code) => *self.metric_mut(code, *part) += amount,
                    None => self.rest.add(&[(measure.clone(), *amount)]),
                },
                Measure::Wait(bucket) => *self.wait_mut(*bucket) += amount,
                _ => self.rest.add(&[(measure.clone(), *amount)]),
            }
        }
    }

    /// Adds all sums of another part of the entities.
    pub fn merge(&mut self, other: &Self) {
        if self.metrics.len() < other.metrics.len() {
            self.metrics.resize(other.metrics.len(), 0);
        }
        for (sum, amount) in self.metrics.iter_mut().zip(&other.metrics) {
            *sum += amount;
        }
        for (bucket, count) in &other.waits {
            *self.wait_mut(*bucket) += count;
        }
        self.rest.add(other.rest.as_slice());
    }

    /// Whether all sums are zero.
    pub fn is_empty(&self) -> bool {
        let is_zero = |sum: &i64| *sum == 0;
        self.metrics.iter().chain(self.waits.iter().map(|(_, count)| count)).all(is_zero)
            && self.rest.is_empty()
    }

    fn to_amounts(&self) -> Amounts {
        let rest = self.rest.as_slice();
        let is_metric = |(measure, _): &(Measure, i64)| matches!(measure, Measure::Metric(_, _));
        let (metrics, rest) = rest.split_at(rest.partition_point(is_metric));
        let mut amounts = Vec::with_capacity(self.metrics.len() / 2 + self.waits.len());
        for (position, sum) in self.metrics.iter().enumerate().filter(|(_, sum)| **sum != 0) {
            let metric = u8::try_from(position / PARTS.len()).ok().and_then(Metric::from_code);
            let measure =
                metric.map(|metric| Measure::Metric(metric, PARTS[position % PARTS.len()]));
            amounts.extend(measure.map(|measure| (measure, *sum)));
        }
        amounts.extend_from_slice(metrics);
        let waits = self.waits.iter().filter(|(_, count)| *count != 0);
        amounts.extend(waits.map(|(bucket, count)| (Measure::Wait(*bucket), *count)));
        amounts.extend_from_slice(rest);
        Amounts::from_sorted(amounts)
    }

    fn metric_mut(&mut self, code: u8, part: Part) -> &mut i64 {
        let position = usize::from(code) * PARTS.len() + part as usize;
        if position >= self.metrics.len() {
            self.metrics.resize(USUAL_SUMS.max(position + 1), 0);
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
        Self { version: 1, sums: sums.to_amounts() }
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
        let zero = [(metric("nOther", Part::Value), 0)];
        let amounts: Vec<_> = once.chain(twice).chain(zero).collect();
        let mut sums = RowSums::default();
        assert!(sums.is_empty());
        sums.add(&amounts);
        assert!(!sums.is_empty());
        assert_eq!(Row::from(&sums).sums, amounts.into_iter().collect());
    }
}

//! The sums of a row to which many amounts are added, one by one and in any order.

use super::amounts::Amounts;
use super::measure::{Measure, Part};
use super::row::Row;
use crate::names::Metric;

/// The parts of a metric, in order.
const PARTS: [Part; 3] = [Part::Value, Part::Count, Part::Sum];

/// The sums of a row, of which those of known metrics and of waits are found by their numbers. To
/// add to it is faster than to add to a [`Row`], and it takes less memory.
#[derive(Clone, Debug, Default)]
pub struct RowSums {
    places: Places,
    /// The sums of known metrics, three of each, in the order in which the metrics came.
    metrics: Vec<[i64; PARTS.len()]>,
    /// Those of waits: a bucket of the histogram and its count, in order of bucket.
    waits: Vec<(u16, i64)>,
    /// Those of all other measures.
    rest: Amounts,
}

/// Where the sums of each known metric are, counted from 1; 0 if there are none.
#[derive(Clone, Debug)]
struct Places([u8; Metric::KNOWN]);

impl Default for Places {
    fn default() -> Self {
        Self([0; Metric::KNOWN])
    }
}

impl Places {
    /// The numbers of the metrics that have sums, in order, and where those are.
    fn iter(&self) -> impl Iterator<Item = (u8, usize)> {
        let places = (0..).zip(&self.0).filter(|(_, place)| **place > 0);
        places.map(|(code, place)| (code, usize::from(*place) - 1))
    }
}

impl RowSums {
    /// Adds amounts in any order, in which a measure may come more than once.
    pub fn add(&mut self, amounts: &[(Measure, i64)]) {
        for (measure, amount) in amounts.iter().filter(|(_, amount)| *amount != 0) {
            match measure {
                Measure::Metric(metric, part) => match metric.code() {
                    Some(code) => self.metric_mut(code)[*part as usize] += amount,
                    None => self.rest.add(&[(measure.clone(), *amount)]),
                },
                Measure::Wait(bucket) => *self.wait_mut(*bucket) += amount,
                _ => self.rest.add(&[(measure.clone(), *amount)]),
            }
        }
    }

    /// Adds all sums of another part of the entities.
    pub fn merge(&mut self, other: &Self) {
        for (code, place) in other.places.iter() {
            let sums = self.metric_mut(code).iter_mut();
            sums.zip(other.metrics[place]).for_each(|(sum, amount)| *sum += amount);
        }
        for (bucket, count) in &other.waits {
            *self.wait_mut(*bucket) += count;
        }
        self.rest.add(&other.rest);
    }

    /// Whether all sums are zero.
    pub fn is_empty(&self) -> bool {
        let is_zero = |sum: &i64| *sum == 0;
        self.metrics.iter().flatten().chain(self.waits.iter().map(|(_, count)| count)).all(is_zero)
            && self.rest.is_empty()
    }

    fn to_amounts(&self) -> Amounts {
        let is_metric = |(measure, _): &(Measure, i64)| matches!(measure, Measure::Metric(_, _));
        let (other_metrics, measures) = self.rest.split_at(self.rest.partition_point(is_metric));
        let size = self.metrics.len() * PARTS.len() + self.waits.len() + self.rest.len();
        let mut amounts = Vec::with_capacity(size);
        for (code, place) in self.places.iter() {
            let Some(metric) = Metric::from_code(code) else { continue };
            let sums = PARTS.into_iter().zip(self.metrics[place]).filter(|(_, sum)| *sum != 0);
            amounts.extend(sums.map(|(part, sum)| (Measure::Metric(metric.clone(), part), sum)));
        }
        amounts.extend_from_slice(other_metrics);
        let waits = self.waits.iter().filter(|(_, count)| *count != 0);
        amounts.extend(waits.map(|(bucket, count)| (Measure::Wait(*bucket), *count)));
        amounts.extend_from_slice(measures);
        Amounts::from_sorted(amounts)
    }

    fn metric_mut(&mut self, code: u8) -> &mut [i64; PARTS.len()] {
        let place = &mut self.places.0[usize::from(code)];
        if *place == 0 {
            self.metrics.push([0; PARTS.len()]);
            *place = u8::try_from(self.metrics.len()).unwrap_or_default();
        }
        &mut self.metrics[usize::from(*place) - 1]
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

    fn metric(name: &str, part: Part) -> Measure {
        Measure::Metric(Metric::parse(name).unwrap(), part)
    }

    fn measures() -> [Measure; 8] {
        [
            metric("tTalk", Part::Count),
            metric("tFlow", Part::Sum),
            metric("nOffered", Part::Value),
            metric("tOther", Part::Sum),
            Measure::Wait(7),
            Measure::Wait(3),
            Measure::OWaiting,
            Measure::Repaired,
        ]
    }

    #[test]
    fn amounts_of_every_kind_are_summed_up_as_in_a_row() {
        let measures = measures();
        let once = measures.iter().cloned().zip([1, 2, 3, 4, 5, 6, 7, 8]);
        let twice = measures.iter().cloned().zip([-1, 20, 30, 40, -5, 60, 70, 80]);
        let zero = [(metric("nOther", Part::Value), 0)];
        let amounts: Vec<_> = once.chain(twice).chain(zero).collect();
        let mut sums = RowSums::default();
        assert!(sums.is_empty());
        sums.add(&amounts);
        assert!(!sums.is_empty());
        assert_eq!(Row::from(&sums).sums, amounts.into_iter().collect());
    }

    #[test]
    fn sums_of_parts_are_those_of_the_whole() {
        let amounts: Vec<_> = measures().into_iter().zip([1, -2, 3, 4, 5, 6, 7, 8]).collect();
        let whole = Row::from(&sums_of(&[&amounts, &amounts[3..], &amounts[..6]].concat()));
        for first in 0..amounts.len() {
            let mut sums = sums_of(&amounts[first..]);
            sums.merge(&sums_of(&amounts[..first]));
            sums.merge(&sums_of(&[&amounts[3..], &amounts[..6]].concat()));
            assert_eq!(Row::from(&sums), whole);
        }
    }

    fn sums_of(amounts: &[(Measure, i64)]) -> RowSums {
        let mut sums = RowSums::default();
        sums.add(amounts);
        sums
    }
}

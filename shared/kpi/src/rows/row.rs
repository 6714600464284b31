//! The state of a row.

use super::amounts::Amounts;
use super::measure::Measure;
use crate::limits::ROW_METRIC_NAMES_MAX;
use std::collections::BTreeSet;

/// The state of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Grows by one with every committed change.
    pub version: u64,
    /// The sums that are not zero.
    pub sums: Amounts,
}

/// A row would have more than 200 metric names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the row holds {ROW_METRIC_NAMES_MAX} metric names already, and no more fit")]
pub struct RowFull;

impl Row {
    /// The sum of a measure, 0 if there is none.
    pub fn sum(&self, measure: &Measure) -> i64 {
        self.sums.get(measure)
    }

    /// Adds amounts, and 1 to the version.
    pub fn add(&mut self, amounts: &Amounts) {
        self.sums.add(amounts);
        self.version += 1;
    }

    /// Whether the metric names of amounts fit into the row (`kpis.md#bad-input`).
    pub fn has_room(&self, amounts: &Amounts) -> Result<(), RowFull> {
        // With fewer measures than names there is no need to count the names.
        if self.sums.len() + amounts.len() <= ROW_METRIC_NAMES_MAX {
            return Ok(());
        }
        let added = amounts.iter().filter(|(_, amount)| *amount > 0);
        let measures = self.sums.iter().chain(added).map(|(measure, _)| measure);
        let names: BTreeSet<_> = measures.filter_map(Measure::metric).collect();
        if names.len() <= ROW_METRIC_NAMES_MAX { Ok(()) } else { Err(RowFull) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Metric;
    use crate::rows::measure::Part;

    #[test]
    fn a_sum_of_zero_is_removed_and_the_version_grows() {
        let mut row = Row::default();
        row.add(&Amounts::from_iter([(Measure::OWaiting, 1)]));
        row.add(&Amounts::from_iter([(Measure::OWaiting, -1)]));
        assert!(row.sums.is_empty());
        assert_eq!(row.version, 2);
    }

    #[test]
    fn a_row_takes_200_metric_names_and_no_more() {
        let timer = |n: usize| {
            let metric = Metric::parse(&format!("tNew{n}")).unwrap();
            Amounts::from_iter([
                (Measure::Metric(metric.clone(), Part::Count), 1),
                (Measure::Metric(metric, Part::Sum), 5),
            ])
        };
        let mut row = Row::default();
        for n in 0..ROW_METRIC_NAMES_MAX {
            assert_eq!(row.has_room(&timer(n)), Ok(()));
            row.add(&timer(n));
        }
        assert_eq!(row.has_room(&timer(ROW_METRIC_NAMES_MAX)), Err(RowFull));
        assert_eq!(row.has_room(&timer(7)), Ok(()));
        assert_eq!(row.has_room(&Amounts::from_iter([(Measure::Wait(3), 1)])), Ok(()));
    }
}

//! Amounts by measure: the sums of a row, and what is added to them.

use super::measure::Measure;
use crate::merge::merge;
use std::ops::Deref;

/// Amounts by measure, in order of measure, none of them zero.
///
/// A sorted list: rows and contributions have tens of measures, and are mostly added as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amounts(Vec<(Measure, i64)>);

impl Amounts {
    /// The amount of a measure, 0 if there is none.
    pub fn get(&self, measure: &Measure) -> i64 {
        let position = self.0.binary_search_by(|(key, _)| key.cmp(measure));
        position.map_or(0, |position| self.0[position].1)
    }

    /// Adds amounts that are in order of measure. A sum of zero is removed.
    pub fn add(&mut self, amounts: &[(Measure, i64)]) {
        let (mut position, mut has_zero) = (0, false);
        for (measure, amount) in amounts {
            position += position_of(measure, &self.0[position..]);
            match self.0.get_mut(position) {
                Some((key, sum)) if key == measure => {
                    *sum += amount;
                    has_zero |= *sum == 0;
                }
                _ => self.0.insert(position, (measure.clone(), *amount)),
            }
        }
        if has_zero {
            self.0.retain(|(_, amount)| *amount != 0);
        }
    }

    /// Amounts that are in order of measure already, each measure once and none of them zero.
    pub(super) fn from_sorted(amounts: Vec<(Measure, i64)>) -> Self {
        Self(amounts)
    }

    /// What has to be added to `from` to make it `to`, both in order of measure.
    pub(super) fn difference(from: &[(Measure, i64)], to: &[(Measure, i64)]) -> Self {
        if from.is_empty() {
            return Self::from_sorted(to.to_vec());
        }
        let mut amounts = Vec::new();
        merge(pairs(from), pairs(to), |measure, from, to| {
            let amount = to.unwrap_or(0) - from.unwrap_or(0);
            if amount != 0 {
                amounts.push((measure.clone(), amount));
            }
        });
        Self(amounts)
    }
}

/// The amounts in order of measure.
impl Deref for Amounts {
    type Target = [(Measure, i64)];

    fn deref(&self) -> &[(Measure, i64)] {
        &self.0
    }
}

/// Sums up amounts in any order, in which a measure may come more than once.
impl FromIterator<(Measure, i64)> for Amounts {
    fn from_iter<I: IntoIterator<Item = (Measure, i64)>>(amounts: I) -> Self {
        let mut amounts = amounts.into_iter().collect();
        sum_up(&mut amounts);
        Self(amounts)
    }
}

/// Where a measure is, or belongs. Most lists are short, and the next measure is near.
fn position_of(measure: &Measure, amounts: &[(Measure, i64)]) -> usize {
    const LINEAR_SEARCH_MAX: usize = 32;
    let (near, far) = amounts.split_at(amounts.len().min(LINEAR_SEARCH_MAX));
    match near.iter().position(|(key, _)| key >= measure) {
        Some(position) => position,
        None => near.len() + far.partition_point(|(key, _)| key < measure),
    }
}

fn pairs(amounts: &[(Measure, i64)]) -> impl Iterator<Item = (&Measure, i64)> {
    amounts.iter().map(|(measure, amount)| (measure, *amount))
}

/// Sorts amounts by measure, sums up those of one measure, and removes zeros.
pub(super) fn sum_up(amounts: &mut Vec<(Measure, i64)>) {
    amounts.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    amounts.dedup_by(|(next, amount), (measure, sum)| {
        let is_same = next == measure;
        if is_same {
            *sum += *amount;
        }
        is_same
    });
    amounts.retain(|(_, amount)| *amount != 0);
}

impl<'a> IntoIterator for &'a Amounts {
    type Item = &'a (Measure, i64);
    type IntoIter = std::slice::Iter<'a, (Measure, i64)>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amounts(list: &[(u16, i64)]) -> Amounts {
        list.iter().map(|(bucket, amount)| (Measure::Wait(*bucket), *amount)).collect()
    }

    #[test]
    fn adding_a_difference_gives_its_target() {
        let lists = [&[][..], &[(1, 5)], &[(1, 3), (2, 4)], &[(0, 1), (2, 4), (9, 9)]];
        for from in lists.map(amounts) {
            for to in lists.map(amounts) {
                let mut sum = from.clone();
                sum.add(&Amounts::difference(&from, &to));
                assert_eq!(sum, to);
            }
        }
    }

    #[test]
    fn amounts_are_summed_up_by_measure_without_zeros() {
        let summed = amounts(&[(3, 1), (1, 2), (3, 4), (2, 5), (2, -5)]);
        assert_eq!(summed, amounts(&[(1, 2), (3, 5)]));
        assert_eq!(summed.get(&Measure::Wait(3)), 5);
        assert_eq!(summed.get(&Measure::Wait(2)), 0);
    }
}

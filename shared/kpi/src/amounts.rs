//! Amounts by key: what a row holds, and what is added to it.

use crate::row::Measure;
use std::cmp::Ordering;

/// Amounts by key, in order of key, none of them zero.
///
/// A sorted list: rows and books have tens of keys, and are mostly added to each other whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amounts(Vec<(Measure, i64)>);

impl Amounts {
    /// The amount of a key, 0 if there is none.
    pub fn get(&self, key: &Measure) -> i64 {
        let place = self.0.binary_search_by(|(held, _)| held.cmp(key));
        place.map_or(0, |at| self.0[at].1)
    }

    /// The amounts in order of key.
    pub fn iter(&self) -> std::slice::Iter<'_, (Measure, i64)> {
        self.0.iter()
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The amounts in order of key.
    pub fn as_slice(&self) -> &[(Measure, i64)] {
        &self.0
    }

    /// Adds other amounts, which are in order of key; what comes to zero is left out.
    pub fn add(&mut self, more: &[(Measure, i64)]) {
        let (mut at, mut zeros) = (0, false);
        for (key, amount) in more {
            at += place_of(key, &self.0[at..]);
            match self.0.get_mut(at) {
                Some((held, sum)) if held == key => {
                    *sum += amount;
                    zeros |= *sum == 0;
                }
                _ => self.0.insert(at, (key.clone(), *amount)),
            }
        }
        if zeros {
            self.0.retain(|(_, amount)| *amount != 0);
        }
    }

    /// What is to be added to `held` to make it `wanted`, both in order of key.
    pub(crate) fn between(held: &[(Measure, i64)], wanted: &[(Measure, i64)]) -> Self {
        if held.is_empty() {
            return Self::from_ordered(wanted);
        }
        let mut amounts = Vec::new();
        merge(pairs(held), pairs(wanted), |key, held, wanted| {
            let amount = wanted.unwrap_or(0) - held.unwrap_or(0);
            if amount != 0 {
                amounts.push((key.clone(), amount));
            }
        });
        Self(amounts)
    }

    /// Amounts that are in order already.
    pub(crate) fn from_ordered(amounts: &[(Measure, i64)]) -> Self {
        Self(amounts.to_vec())
    }
}

/// Sums up amounts in any order, with keys as often as they come.
impl FromIterator<(Measure, i64)> for Amounts {
    fn from_iter<I: IntoIterator<Item = (Measure, i64)>>(amounts: I) -> Self {
        let mut list = amounts.into_iter().collect();
        sum_up(&mut list);
        Self(list)
    }
}

/// Where a key stands or belongs. Most lists are short, and the next key is near.
fn place_of(key: &Measure, list: &[(Measure, i64)]) -> usize {
    const NEAR: usize = 32;
    let near = &list[..list.len().min(NEAR)];
    match near.iter().position(|(held, _)| held >= key) {
        Some(at) => at,
        None => near.len() + list[near.len()..].partition_point(|(held, _)| held < key),
    }
}

fn pairs(list: &[(Measure, i64)]) -> impl Iterator<Item = (&Measure, i64)> {
    list.iter().map(|(key, amount)| (key, *amount))
}

/// Brings amounts in order of key, each key once and none of them zero.
pub(crate) fn sum_up(amounts: &mut Vec<(Measure, i64)>) {
    amounts.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    amounts.dedup_by(|(next, more), (key, sum)| {
        let same = next == key;
        if same {
            *sum += *more;
        }
        same
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

/// Visits the keys of two ordered lists in order, each once, with what either list has.
pub(crate) fn merge<'a, K: Ord + 'a, V>(
    left: impl Iterator<Item = (&'a K, V)>,
    right: impl Iterator<Item = (&'a K, V)>,
    mut visit: impl FnMut(&'a K, Option<V>, Option<V>),
) {
    let (mut left, mut right) = (left.peekable(), right.peekable());
    loop {
        let order = match (left.peek(), right.peek()) {
            (Some((a, _)), Some((b, _))) => a.cmp(b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return,
        };
        let held = if order.is_le() { left.next() } else { None };
        let wanted = if order.is_ge() { right.next() } else { None };
        let (held, wanted) = (held.unzip(), wanted.unzip());
        if let Some(key) = held.0.or(wanted.0) {
            visit(key, held.1, wanted.1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amounts(list: &[(u16, i64)]) -> Amounts {
        list.iter().map(|(bucket, amount)| (Measure::Wait(*bucket), *amount)).collect()
    }

    #[test]
    fn a_difference_added_gives_what_was_wanted() {
        let lists = [&[][..], &[(1, 5)], &[(1, 3), (2, 4)], &[(0, 1), (2, 4), (9, 9)]];
        for held in lists.map(amounts) {
            for wanted in lists.map(amounts) {
                let mut sum = held.clone();
                sum.add(Amounts::between(held.as_slice(), wanted.as_slice()).as_slice());
                assert_eq!(sum, wanted);
            }
        }
    }

    #[test]
    fn amounts_are_summed_up_by_key_and_zeros_left_out() {
        let summed = amounts(&[(3, 1), (1, 2), (3, 4), (2, 5), (2, -5)]);
        assert_eq!(summed, amounts(&[(1, 2), (3, 5)]));
        assert_eq!(summed.get(&Measure::Wait(3)), 5);
        assert_eq!(summed.get(&Measure::Wait(2)), 0);
    }
}

//! What one entity has added to which row, and the difference between two such states
//! (`kpis.md#contributions`).

use super::amounts::Amounts;
use super::key::RowKey;
use super::measure::Measure;
use crate::merge::merge;

/// The contributions of one entity: row -> measure -> amount, in order.
///
/// All amounts are in one list, not in one list a row: contributions are built and dropped for
/// every conversation of every batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contributions {
    /// Each row, and where its amounts end.
    rows: Vec<(RowKey, usize)>,
    amounts: Vec<(Measure, i64)>,
}

/// What is to be added to one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowChange {
    /// The row.
    pub row: RowKey,
    /// What to add; never empty.
    pub amounts: Amounts,
}

impl Contributions {
    /// The changes of rows that turn these contributions into `next`, in order of row.
    pub fn difference(&self, next: &Self) -> Vec<RowChange> {
        let mut changes = Vec::with_capacity(next.rows.len());
        merge(self.rows(), next.rows(), |row, from, to| {
            let amounts = Amounts::difference(from.unwrap_or_default(), to.unwrap_or_default());
            if !amounts.is_empty() {
                changes.push(RowChange { row: row.clone(), amounts });
            }
        });
        changes
    }

    /// Adds some of the changes of a difference, in order of row: what a store commits together
    /// with those rows.
    pub fn apply(&mut self, changes: &[RowChange]) {
        let mut next = Self::default();
        let changes = changes.iter().map(|change| (&change.row, &*change.amounts));
        merge(self.rows(), changes, |row, current, added| {
            let mut sums = Amounts::from_sorted(current.unwrap_or_default().to_vec());
            sums.add(added.unwrap_or_default());
            next.open_row().extend_from_slice(&sums);
            next.close_row(row.clone());
        });
        *self = next;
    }

    /// The contributions, in order of row.
    pub fn rows(&self) -> impl Iterator<Item = (&RowKey, &[(Measure, i64)])> {
        let mut start = 0;
        self.rows.iter().map(move |(row, end)| {
            let amounts = &self.amounts[start..*end];
            start = *end;
            (row, amounts)
        })
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn with_capacity(rows: usize, amounts: usize) -> Self {
        Self { rows: Vec::with_capacity(rows), amounts: Vec::with_capacity(amounts) }
    }

    /// The buffer to which the amounts of the next row are appended, in order of measure. Rows come
    /// in order of key; [`Self::close_row`] ends one.
    pub(crate) fn open_row(&mut self) -> &mut Vec<(Measure, i64)> {
        &mut self.amounts
    }

    /// Ends the row of the amounts that were appended. Without amounts there is no row.
    pub(crate) fn close_row(&mut self, key: RowKey) {
        let start = self.rows.last().map_or(0, |(_, end)| *end);
        if self.amounts.len() > start {
            self.rows.push((key, self.amounts.len()));
        }
    }

    /// Sorts contributions that an older release wrote, whose table of names was shorter: names that
    /// are known since sort by their number now, no longer by their text.
    pub(crate) fn resort_after_upgrade(self) -> Self {
        let is_sorted = self.rows.is_sorted_by(|(a, _), (b, _)| a < b)
            && self.rows().all(|(_, amounts)| amounts.is_sorted_by(|(a, _), (b, _)| a < b));
        if is_sorted {
            return self;
        }
        let mut rows: Vec<_> = self.rows().collect();
        rows.sort_by_key(|(key, _)| *key);
        let mut sorted = Self::default();
        for (key, amounts) in rows {
            let amounts: Amounts = amounts.iter().cloned().collect();
            sorted.open_row().extend_from_slice(&amounts);
            sorted.close_row(key.clone());
        }
        sorted
    }
}

//! What an audit says.

use super::expiry::Exemption;
use crate::{RowWrite, StoredRow};
use headroom_kpi::{Amounts, Bucket, Measure, Millis, RowKey};
use std::collections::{BTreeMap, BTreeSet};

/// What is wrong, and how much was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Rows that are not the sum of the contributions, in order.
    pub differences: Vec<RowDifference>,
    /// Items that came twice, in the order in which they came.
    pub repeats: Vec<Repeat>,
    /// How much was looked at.
    pub summary: AuditSummary,
}

/// How much was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditSummary {
    /// Entities.
    pub entities: u64,
    /// Rows that are stored.
    pub rows: u64,
    /// Rows that were compared, with those that are missing.
    pub compared: u64,
    /// Rows that were left out, by why.
    pub exempt: BTreeMap<Exemption, u64>,
}

/// An item that came twice. A table has each item once, so two exports were mixed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// An entity, by its key in the table. Its contributions count each time.
    Entity(String),
    /// A row, of which the first item counts.
    Row(RowKey),
}

/// A row that is not the sum of the contributions of all entities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowDifference {
    /// The row.
    pub row: RowKey,
    /// The row as it is stored; `None` if there are contributions and no row.
    pub stored: Option<StoredRow>,
    /// The sum of the contributions; empty if there are none.
    pub right: Amounts,
}

/// A sum that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SumDifference {
    /// Which sum of the row.
    pub measure: Measure,
    /// Its stored value.
    pub stored: i64,
    /// The sum of the contributions.
    pub right: i64,
}

/// What is wrong about a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DifferenceKind {
    /// Some of its sums differ.
    Sums,
    /// There are contributions and no row.
    MissingRow,
    /// The row has sums, and there are no contributions.
    WithoutContributions,
}

impl RowDifference {
    /// What is wrong.
    pub fn kind(&self) -> DifferenceKind {
        match &self.stored {
            None => DifferenceKind::MissingRow,
            Some(_) if self.right.is_empty() => DifferenceKind::WithoutContributions,
            Some(_) => DifferenceKind::Sums,
        }
    }

    /// The sums that differ, in order of measure.
    pub fn sums(&self) -> Vec<SumDifference> {
        let empty = Amounts::default();
        let stored = self.stored.as_ref().map_or(&empty, |stored| &stored.row.sums);
        let measures = stored.iter().chain(&self.right).map(|(measure, _)| measure);
        let measures: BTreeSet<_> = measures.collect();
        let sum = |measure: &Measure| SumDifference {
            measure: measure.clone(),
            stored: stored.get(measure),
            right: self.right.get(measure),
        };
        let sums = measures.into_iter().map(sum);
        sums.filter(|sum| sum.stored != sum.right).collect()
    }

    /// What has to be added to the row so that it is right. The time of its newest event stays; of
    /// a row that is missing it is not known, and the start of the bucket stands for it, or `now`.
    pub fn repair(&self, now: Millis) -> RowWrite {
        let amounts = self.sums().into_iter().map(|sum| (sum.measure, sum.right - sum.stored));
        let start = || match self.row.bucket {
            Bucket::Now => now,
            bucket => bucket.settings_time(),
        };
        let at = self.stored.as_ref().map_or_else(start, |stored| stored.at);
        RowWrite { row: self.row.clone(), amounts: amounts.collect(), at }
    }
}

impl AuditReport {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty() && self.repeats.is_empty()
    }

    /// Adds the report of another part.
    pub fn append(&mut self, part: Self) {
        self.differences.extend(part.differences);
        self.differences.sort_by(|a, b| a.row.cmp(&b.row));
        self.repeats.extend(part.repeats);
        let AuditSummary { entities, rows, compared, exempt } = part.summary;
        self.summary.entities += entities;
        self.summary.rows += rows;
        self.summary.compared += compared;
        for (exemption, count) in exempt {
            *self.summary.exempt.entry(exemption).or_default() += count;
        }
    }
}

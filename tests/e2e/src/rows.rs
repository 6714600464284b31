//! Rows from replay, from viewers and from DynamoDB, in a form that can be compared.

use crate::Cloud;
use headroom::replay::ShownRow;
use headroom_kpi::Computed;
use headroom_kpi::settings::Formulas;
use headroom_protocol::{Histograms, RowFormatter, RowState};
use headroom_tables::layout::row_of;
use serde_dynamo::Item;
use std::collections::BTreeMap;

/// The values of a row that users see.
#[derive(Clone, Debug, PartialEq)]
pub struct RowValues {
    /// Sums that are not zero, by name.
    pub metrics: BTreeMap<String, i64>,
    /// Rates, averages and percentiles.
    pub computed: Computed,
}

/// Rows by `<subject>|<bucket>`, without rows whose sums are all zero.
pub type Rows = BTreeMap<String, RowValues>;

impl RowValues {
    pub(crate) fn from_replay(row: ShownRow) -> (String, Self) {
        let values = Self { metrics: row.metrics, computed: row.computed };
        (format!("{}|{}", row.subject, row.bucket), values)
    }

    pub(crate) fn from_state(row: &RowState) -> (String, Self) {
        let values = Self { metrics: row.metrics.clone(), computed: row.computed.clone() };
        (format!("{}|{}", row.subject, row.bucket), values)
    }
}

impl Cloud {
    /// All items of a table.
    pub async fn items(&self, table: &str) -> Vec<Item> {
        let scan = self.dynamo().scan().table_name(self.output(table)).consistent_read(true);
        let items: Result<Vec<_>, _> = scan.into_paginator().items().send().collect().await;
        items.unwrap().into_iter().map(Item::from).collect()
    }

    /// All rows in DynamoDB.
    pub async fn rows(&self) -> Rows {
        let mut rows = Rows::new();
        let formatter = RowFormatter { epoch: String::new(), formulas: Formulas::default() };
        for item in self.items("RowsTable").await {
            let (key, stored) = row_of(&item).unwrap();
            let state =
                formatter.format(&key, &stored.row, stored.epoch, stored.at, Histograms::Absent);
            if !state.metrics.is_empty() {
                rows.extend([RowValues::from_state(&state)]);
            }
        }
        rows
    }
}

//! Rows as they are shown, from wherever they come.

use crate::Cloud;
use headroom::replay::ShownRow;
use headroom_kpi::Computed;
use headroom_kpi::settings::Formula;
use headroom_protocol::RowState;
use headroom_tables::layout::row_of;
use serde_dynamo::Item;
use std::collections::BTreeMap;

/// What is shown of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// Sums that are not zero.
    pub metrics: BTreeMap<String, i64>,
    /// What follows from them.
    pub computed: Computed,
}

/// Rows by `<subject>|<bucket>`; those that show nothing are none.
pub type Rows = BTreeMap<String, Shown>;

impl Shown {
    pub(crate) fn of_replay(row: ShownRow) -> (String, Self) {
        let shown = Self { metrics: row.metrics, computed: row.computed };
        (format!("{}|{}", row.subject, row.bucket), shown)
    }

    pub(crate) fn of_state(row: &RowState) -> (String, Self) {
        let shown = Self { metrics: row.metrics.clone(), computed: row.computed.clone() };
        (format!("{}|{}", row.subject, row.bucket), shown)
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
        for item in self.items("RowsTable").await {
            let (key, stored) = row_of(&item).unwrap();
            let formula = Formula::default();
            let state = RowState::of(&key, &stored.row, String::new(), stored.at, formula);
            if !state.metrics.is_empty() {
                rows.extend([Shown::of_state(&state)]);
            }
        }
        rows
    }
}

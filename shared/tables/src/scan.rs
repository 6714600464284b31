//! Reads whole tables, page by page and at a pace, for an audit.

use crate::entities::entity_of;
use crate::error::store_error;
use crate::item::SdkItem;
use crate::layout::row_of;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use headroom_engine::{StoreError, StoredEntity, StoredRow};
use headroom_kpi::RowKey;
use serde_dynamo::Item;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// A read of all items of a table, with strongly consistent reads. A page is 1 MB, which takes 256 read
/// units.
#[derive(Debug)]
pub struct TableScan {
    client: Client,
    table: String,
    read_units_per_second: u32,
    position: Position,
    /// When the pace allows the next page.
    next_at: Instant,
}

#[derive(Debug)]
enum Position {
    Start,
    After(SdkItem),
    End,
}

impl TableScan {
    /// A scan from the beginning, which consumes so many read units a second on average.
    pub fn new(client: Client, table: impl Into<String>, read_units_per_second: u32) -> Self {
        let (position, next_at) = (Position::Start, Instant::now());
        Self { client, table: table.into(), read_units_per_second, position, next_at }
    }

    /// The next rows, of a table of rows; `None` after the last.
    pub async fn next_rows(&mut self) -> Result<Option<Vec<(RowKey, StoredRow)>>, StoreError> {
        let Some(items) = self.next_page().await? else { return Ok(None) };
        items.into_iter().map(|item| row_of(&Item::from(item))).collect::<Result<_, _>>().map(Some)
    }

    /// The next entities with their keys in the table, of a table of entities; `None` after the last.
    pub async fn next_entities(
        &mut self,
    ) -> Result<Option<Vec<(String, StoredEntity)>>, StoreError> {
        let Some(items) = self.next_page().await? else { return Ok(None) };
        items.into_iter().map(entity_of).collect::<Result<_, _>>().map(Some)
    }

    async fn next_page(&mut self) -> Result<Option<Vec<SdkItem>>, StoreError> {
        let start = match std::mem::replace(&mut self.position, Position::End) {
            Position::Start => None,
            Position::After(key) => Some(key),
            Position::End => return Ok(None),
        };
        sleep_until(self.next_at).await;
        let began_at = Instant::now();
        let scan = self.client.scan().table_name(&self.table).consistent_read(true);
        let scan = scan.return_consumed_capacity(ReturnConsumedCapacity::Total);
        let page = scan.set_exclusive_start_key(start).send().await.map_err(store_error)?;
        if let Some(key) = page.last_evaluated_key {
            self.position = Position::After(key);
            let units = page.consumed_capacity.and_then(|used| used.capacity_units);
            let wait = wait_after(units.unwrap_or_default(), self.read_units_per_second);
            self.next_at = began_at + wait;
        }
        Ok(Some(page.items.unwrap_or_default()))
    }
}

/// How long a page of so many read units has to last.
fn wait_after(units: f64, read_units_per_second: u32) -> Duration {
    let seconds = units / f64::from(read_units_per_second.max(1));
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_lasts_as_long_as_its_read_units_allow() {
        assert_eq!(wait_after(256.0, 1_024), Duration::from_millis(250));
        assert_eq!(wait_after(256.0, 32), Duration::from_secs(8));
        assert_eq!(wait_after(0.5, 0), Duration::from_millis(500));
        assert_eq!(wait_after(-1.0, 5), Duration::ZERO);
    }
}

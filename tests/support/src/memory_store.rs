//! Entities and rows in memory, with the rules of the real store.

use headroom_engine::{
    DueEntity, DueIndex, EntityStore, RowStore, RowVersion, StoreError, StoredEntity, StoredRow,
    Transaction,
};
use headroom_kpi::stored::{DecodeError, decode, encode};
use headroom_kpi::{Bucket, Due, EntityKey, Millis, Row, RowKey, Subject, Urgency};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Entities and rows in memory. Entities are kept encoded, as in DynamoDB: that takes about a fifth of
/// the memory that values would take.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    entities: HashMap<EntityKey, Item>,
    rows: HashMap<RowKey, (Row, Millis)>,
    /// Only those that are due some time: few of all.
    due: HashMap<EntityKey, Due>,
}

#[derive(Debug)]
struct Item {
    version: u64,
    bytes: Box<[u8]>,
}

impl MemoryStore {
    /// The number of entities.
    pub fn entity_count(&self) -> usize {
        self.state().entities.len()
    }

    /// The number of rows that have sums.
    pub fn row_count(&self) -> usize {
        self.with_rows(|rows| rows.count())
    }

    /// Calls `read` with an iterator over the rows that have sums, in no order.
    pub fn with_rows<T>(
        &self,
        read: impl FnOnce(&mut dyn Iterator<Item = (&RowKey, &Row)>) -> T,
    ) -> T {
        let state = self.state();
        let rows = state.rows.iter().map(|(key, (row, _))| (key, row));
        read(&mut rows.filter(|(_, row)| !row.sums.is_empty()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere cannot leave a commit half done: nothing in one can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EntityStore for MemoryStore {
    async fn load(&self, keys: &[EntityKey]) -> Result<Vec<Option<StoredEntity>>, StoreError> {
        let state = self.state();
        let read = |key| state.entities.get(key).map(Item::read).transpose();
        Ok(keys.iter().map(read).collect::<Result<_, _>>()?)
    }

    async fn commit(&self, transaction: &Transaction) -> Result<(), StoreError> {
        transaction.check()?;
        let mut state = self.state();
        state.check(transaction)?;
        state.write(transaction);
        Ok(())
    }
}

impl RowStore for MemoryStore {
    async fn rows(&self, keys: &[RowKey]) -> Result<Vec<Option<StoredRow>>, StoreError> {
        let state = self.state();
        Ok(keys.iter().map(|key| state.rows.get(key).map(stored_row)).collect())
    }

    async fn subjects(&self, bucket: &Bucket, prefix: &str) -> Result<Vec<Subject>, StoreError> {
        let state = self.state();
        let of_bucket = state.rows.keys().filter(|key| key.bucket == *bucket);
        let named = of_bucket.map(|key| (key.subject.to_string(), key.subject.clone()));
        let mut named: Vec<_> = named.filter(|(name, _)| name.starts_with(prefix)).collect();
        named.sort_unstable();
        Ok(named.into_iter().map(|(_, subject)| subject).collect())
    }

    async fn intervals(
        &self,
        subject: &Subject,
        first: &Bucket,
        last: &Bucket,
    ) -> Result<Vec<(Bucket, StoredRow)>, StoreError> {
        let state = self.state();
        let is_covered = |key: &RowKey| {
            key.subject == *subject
                && (*first..=*last).contains(&key.bucket)
                && minutes(&key.bucket) == minutes(first)
        };
        let rows = state.rows.iter().filter(|(key, _)| is_covered(key));
        let mut rows: Vec<_> = rows.map(|(key, row)| (key.bucket, stored_row(row))).collect();
        rows.sort_unstable_by_key(|(bucket, _)| *bucket);
        Ok(rows)
    }

    async fn versions(
        &self,
        subjects: &[Subject],
        buckets: &[Bucket],
    ) -> Result<HashMap<RowKey, RowVersion>, StoreError> {
        let state = self.state();
        let mut versions = HashMap::new();
        for subject in subjects {
            for bucket in buckets {
                let key = RowKey { subject: subject.clone(), bucket: *bucket };
                if let Some((row, _)) = state.rows.get(&key) {
                    versions.insert(key, RowVersion { epoch: 0, version: row.version });
                }
            }
        }
        Ok(versions)
    }
}

/// The length of an interval.
fn minutes(bucket: &Bucket) -> Option<u8> {
    match bucket {
        Bucket::Interval { minutes, .. } => Some(*minutes),
        Bucket::Now | Bucket::Day(_) => None,
    }
}

fn stored_row((row, at): &(Row, Millis)) -> StoredRow {
    StoredRow { row: row.clone(), epoch: 0, at: *at }
}

impl DueIndex for MemoryStore {
    async fn due(
        &self,
        urgency: Urgency,
        until: Millis,
        limit: usize,
    ) -> Result<Vec<DueEntity>, StoreError> {
        let state = self.state();
        let entries = state.due.iter().filter(|(_, due)| due.urgency == urgency && due.at <= until);
        let entry = |(key, due): (&EntityKey, &Due)| DueEntity {
            since: due.at,
            key: key.clone(),
            rule: due.rule.to_owned(),
        };
        let mut entries: Vec<_> = entries.map(entry).collect();
        entries.sort_unstable();
        entries.truncate(limit);
        Ok(entries)
    }
}

impl Item {
    fn read(&self) -> Result<StoredEntity, DecodeError> {
        let (entity, contributions) = decode(&self.bytes)?;
        Ok(StoredEntity { version: self.version, entity, contributions })
    }
}

impl State {
    fn check(&self, transaction: &Transaction) -> Result<(), StoreError> {
        for write in &transaction.entities {
            let version = self.entities.get(&write.key).map_or(0, |item| item.version);
            if version != write.expected_version {
                return Err(StoreError::Conflict);
            }
        }
        for change in &transaction.rows {
            let new = Row::default();
            let row = self.rows.get(&change.row).map_or(&new, |(row, _)| row);
            let room = row.has_room(&change.amounts);
            let full = |_| StoreError::RowFull(Box::new(change.row.clone()));
            room.map_err(full)?;
        }
        Ok(())
    }

    fn write(&mut self, transaction: &Transaction) {
        for write in &transaction.entities {
            let bytes = encode(&write.entity, &write.contributions).into_boxed_slice();
            let item = Item { version: write.expected_version + 1, bytes };
            self.entities.insert(write.key.clone(), item);
            match write.due {
                Some(due) => drop(self.due.insert(write.key.clone(), due)),
                None => drop(self.due.remove(&write.key)),
            }
        }
        for change in &transaction.rows {
            let (row, at) = match self.rows.get_mut(&change.row) {
                Some(row_and_time) => row_and_time,
                None => self.rows.entry(change.row.clone()).or_default(),
            };
            row.add(&change.amounts);
            *at = change.at;
        }
    }
}

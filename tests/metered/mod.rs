//! A store that counts the write units of what it writes.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use headroom_engine::{EntityStore, StoreError, StoredEntity, Transaction};
use headroom_kpi::EntityKey;
use headroom_kpi::stored::encode;
use headroom_tables::{DynamoStore, Retention, Tables};
use headroom_test_support::{ENTITIES, HttpFaults, ROWS, dynamo_with};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

type Item = HashMap<String, AttributeValue>;
type Items = HashMap<String, Item>;

/// A [`DynamoStore`] that reads every item before and after it is written, for its size. Once it
/// has written an item, nothing else may.
pub(crate) struct Metered {
    /// The same store, not measured.
    pub(crate) unmetered: DynamoStore,
    client: Client,
    faults: HttpFaults,
    /// The items that this wrote, and those that it read before.
    images: Mutex<Items>,
    units: AtomicU64,
    due_units: AtomicU64,
    reads: AtomicU64,
    /// Requests that were made for measuring.
    own_requests: AtomicUsize,
    before: AtomicUsize,
}

impl Metered {
    pub(crate) async fn new() -> Self {
        let faults = HttpFaults::default();
        let client = dynamo_with(faults.clone()).await;
        let tables = Tables { entities: ENTITIES.into(), rows: ROWS.into() };
        let unmetered = DynamoStore::new(client.clone(), tables, Retention::default());
        let (units, due_units, reads) = Default::default();
        let (own_requests, before, images) = Default::default();
        Self { unmetered, client, faults, images, units, due_units, reads, own_requests, before }
    }

    /// The write units of the due index since the last call.
    pub(crate) fn take_due(&self) -> u64 {
        self.due_units.swap(0, Ordering::Relaxed)
    }

    /// Write units and requests since the last call.
    pub(crate) fn take(&self) -> (u64, usize) {
        let requests = self.faults.requests() - self.own_requests.load(Ordering::Relaxed);
        let before = self.before.swap(requests, Ordering::Relaxed);
        (self.units.swap(0, Ordering::Relaxed), requests - before)
    }

    /// Read units since the last call.
    pub(crate) fn take_reads(&self) -> u64 {
        self.reads.swap(0, Ordering::Relaxed)
    }

    /// The items that a transaction writes, as they are now: those that `is_read` chooses by name.
    async fn read_images(
        &self,
        transaction: &Transaction,
        is_read: impl Fn(&str) -> bool,
    ) -> Items {
        let text = |text: String| AttributeValue::S(text);
        let entity = |key: &EntityKey| Item::from([("entity".into(), text(key.partition_key()))]);
        let entities = transaction.entities.iter().map(|write| (ENTITIES, entity(&write.key)));
        let rows = transaction.rows.iter().map(|write| {
            let (subject, bucket) = (write.row.subject.to_string(), write.row.bucket.to_string());
            (ROWS, Item::from([("subject".into(), text(subject)), ("bucket".into(), text(bucket))]))
        });
        let mut requests = HashMap::<_, Vec<Item>>::new();
        for (table, key) in entities.chain(rows).filter(|(_, key)| is_read(&name(key))) {
            requests.entry(table.to_owned()).or_default().push(key);
        }
        if requests.is_empty() {
            return Items::new();
        }
        self.own_requests.fetch_add(1, Ordering::Relaxed);
        let keys_and_attributes =
            |keys| KeysAndAttributes::builder().set_keys(Some(keys)).build().unwrap();
        let requested =
            requests.into_iter().map(|(table, keys)| (table, keys_and_attributes(keys))).collect();
        let response =
            self.client.batch_get_item().set_request_items(Some(requested)).send().await.unwrap();
        assert!(response.unprocessed_keys().is_none_or(HashMap::is_empty));
        let items = response.responses.unwrap().into_values().flatten();
        items.map(|item| (name(&item), item)).collect()
    }

    fn images(&self) -> MutexGuard<'_, Items> {
        self.images.lock().unwrap()
    }
}

impl EntityStore for Metered {
    /// A strongly consistent read takes a unit for each 4 KB, and one of nothing a unit as well.
    async fn load(&self, keys: &[EntityKey]) -> Result<Vec<Option<StoredEntity>>, StoreError> {
        let loaded = self.unmetered.load(keys).await?;
        let bytes = |stored: &Option<StoredEntity>| {
            stored.as_ref().map_or(0, |s| encode(&s.entity, &s.contributions).len())
        };
        let units = loaded.iter().map(|stored| (bytes(stored) + 200).div_ceil(4_096) as u64);
        self.reads.fetch_add(units.sum(), Ordering::Relaxed);
        Ok(loaded)
    }

    async fn commit(&self, transaction: &Transaction) -> Result<(), StoreError> {
        let before = self.read_images(transaction, |name| !self.images().contains_key(name)).await;
        self.images().extend(before);
        self.unmetered.commit(transaction).await?;
        let after = self.read_images(transaction, |_| true).await;
        assert_eq!(after.len(), transaction.items(), "every item is there");
        let mut images = self.images();
        for (name, image) in after {
            let before = images.get(&name);
            let due = due_units(before.and_then(due), due(&image));
            self.due_units.fetch_add(due, Ordering::Relaxed);
            self.units.fetch_add(units(before, &image, &name) + due, Ordering::Relaxed);
            images.insert(name, image);
        }
        Ok(())
    }
}

/// A transactional write takes two units for each KB of the larger of both images; a row that
/// begins also writes its entry in the index, which holds its keys alone.
fn units(before: Option<&Item>, after: &Item, name: &str) -> u64 {
    let item = 2 * before.map_or(0, size).max(size(after)).div_ceil(1024);
    let index = usize::from(before.is_none() && name.contains('|'));
    (item + index) as u64
}

/// An entry of the index of what is due takes a unit when it comes and when it goes, and both when
/// it moves: it is one of other keys then.
fn due_units(before: Option<&str>, after: Option<&str>) -> u64 {
    if before == after { 0 } else { u64::from(before.is_some()) + u64::from(after.is_some()) }
}

/// When an entity is due. Its shard never changes.
fn due(item: &Item) -> Option<&str> {
    item.get("due").map(|due| due.as_s().unwrap().as_str())
}

fn name(item: &Item) -> String {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok().cloned());
    match (text("subject"), text("bucket")) {
        (Some(subject), Some(bucket)) => format!("{subject}|{bucket}"),
        _ => text("entity").unwrap(),
    }
}

/// An item's size as DynamoDB counts it: names and texts by their UTF-8 bytes, numbers by two
/// digits to a byte and one more, and one for a sign.
fn size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value_size(value)).sum()
}

fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => {
            let digits = number.trim_start_matches('-').len();
            digits.div_ceil(2) + 1 + usize::from(number.starts_with('-'))
        }
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        _ => 1,
    }
}

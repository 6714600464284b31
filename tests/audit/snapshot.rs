//! What is stored at one moment, and its audit.

use headroom_engine::{
    AuditReport, Auditor, EntityStore, Expiry, Part, RowStore, StoredEntity, StoredRow,
};
use headroom_kpi::{Amounts, EntityKey, Millis, RowKey};
use headroom_test_support::MemoryStore;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};

/// All rows and entities.
#[derive(Clone)]
pub(crate) struct Snapshot {
    pub(crate) rows: Vec<(RowKey, StoredRow)>,
    pub(crate) entities: Vec<(String, StoredEntity)>,
}

/// An item of either table.
enum Item<'a> {
    Row(&'a (RowKey, StoredRow)),
    Entity(&'a (String, StoredEntity)),
}

impl Snapshot {
    pub(crate) fn read(store: &MemoryStore, keys: &[EntityKey]) -> Self {
        let mut row_keys: Vec<_> =
            store.with_rows(|rows| rows.map(|(key, _)| key.clone()).collect());
        row_keys.sort_unstable();
        let rows = pollster::block_on(store.rows(&row_keys)).unwrap();
        let rows = row_keys.into_iter().zip(rows.into_iter().flatten()).collect();
        let entities = pollster::block_on(store.load(keys)).unwrap();
        let entity = |(key, stored): (&EntityKey, Option<_>)| Some((key.partition_key(), stored?));
        let entities = keys.iter().zip(entities).filter_map(entity).collect();
        Self { rows, entities }
    }

    /// The rows that are not the sum of all contributions, whatever the reason: summed up plainly.
    pub(crate) fn unequal_rows(&self) -> BTreeSet<&RowKey> {
        let mut sums = BTreeMap::<&RowKey, Amounts>::new();
        for (row, amounts) in self.entities.iter().flat_map(|(_, e)| e.contributions.rows()) {
            sums.entry(row).or_default().add(amounts);
        }
        let stored = self.rows.iter().map(|(key, stored)| (key, &stored.row.sums));
        let stored: BTreeMap<_, _> = stored.collect();
        let empty = Amounts::default();
        let keys = sums.keys().chain(stored.keys()).copied();
        let is_unequal = |key: &&RowKey| {
            sums.get(key).unwrap_or(&empty) != stored.get(key).copied().unwrap_or(&empty)
        };
        keys.filter(is_unequal).collect()
    }

    /// Its audit in several parts, each of which gets the items in an order of its own.
    pub(crate) fn audit(&self, at: Millis, parts: u32) -> AuditReport {
        let mut report = AuditReport::default();
        for (seed, part) in (0..).zip(Part::split(parts)) {
            let rows = self.rows.iter().map(Item::Row);
            let mut items: Vec<_> = rows.chain(self.entities.iter().map(Item::Entity)).collect();
            items.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
            let mut auditor = Auditor::new(Expiry::new(at, 90, 400), part);
            for item in items {
                match item {
                    Item::Row((key, row)) => auditor.add_row(key.clone(), row.clone()),
                    Item::Entity((key, entity)) => auditor.add_entity(key, entity),
                }
            }
            report.append(auditor.finish());
        }
        report
    }
}

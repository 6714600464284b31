//! Each message has an outcome of its own.

use crate::setup::{
    DAY_MS, IGNORED, T0, acd_start, codes, failed, faulty, ingest, key, limits, messages,
};
use headroom_engine::{EntityStore, StoreError, StoredEntity, Transaction};
use headroom_genesys::RefusalCode;
use headroom_ingest::Limits;
use headroom_kpi::EntityKey;
use headroom_test_support::{Fault, MemoryStore};
use std::time::Duration;

/// A store that panics when one of its conversations is loaded.
#[derive(Default)]
struct Poisoned(MemoryStore);

impl EntityStore for Poisoned {
    async fn load(&self, keys: &[EntityKey]) -> Result<Vec<Option<StoredEntity>>, StoreError> {
        assert!(!keys.contains(&key("poison")), "a planned panic");
        self.0.load(keys).await
    }

    async fn commit(&self, transaction: &Transaction) -> Result<(), StoreError> {
        self.0.commit(transaction).await
    }
}

#[tokio::test]
async fn the_good_are_applied_the_useless_ignored_and_the_bad_kept_whole() {
    let ingest = ingest(MemoryStore::default());
    let (good, late) = (acd_start("a", T0), acd_start("b", T0 - 91 * DAY_MS));
    let just = acd_start("c", T0 - 89 * DAY_MS);
    let no_id = acd_start("", T0);
    let events = [&good, IGNORED, "{", &late, &just, &no_id, ""];
    let answer = ingest.handle(&messages(&events), limits()).await;
    assert_eq!(failed(&answer), [""; 0]);
    assert_eq!(ingest.store.entity_count(), 2);
    let expected = [
        (2, RefusalCode::NotJson),
        (3, RefusalCode::TooOld),
        (5, RefusalCode::MissingId),
        (6, RefusalCode::NotJson),
    ];
    assert_eq!(codes(&ingest.quarantine), expected);
    for refused in ingest.quarantine.refused.lock().unwrap().iter() {
        assert_eq!(refused.event, events[refused.index]);
    }
}

#[tokio::test]
async fn a_message_that_makes_the_code_panic_fails_alone() {
    let ingest = ingest(Poisoned::default());
    let events = [acd_start("a", T0), acd_start("poison", T0), acd_start("b", T0), "{".to_owned()];
    let events: Vec<_> = events.iter().map(String::as_str).collect();
    let answer = ingest.handle(&messages(&events), limits()).await;
    assert_eq!(failed(&answer), ["m1"]);
    assert_eq!(ingest.store.0.entity_count(), 2);
    assert_eq!(codes(&ingest.quarantine), [(3, RefusalCode::NotJson)]);
}

#[tokio::test]
async fn what_the_quarantine_does_not_take_goes_back_to_the_queue() {
    let mut ingest = ingest(MemoryStore::default());
    ingest.quarantine.is_unavailable = true;
    let good = acd_start("a", T0);
    let answer = ingest.handle(&messages(&["{", &good, "["]), limits()).await;
    let mut back = failed(&answer);
    back.sort_unstable();
    assert_eq!(back, ["m0", "m2"]);
    assert_eq!(ingest.store.entity_count(), 1);
}

#[tokio::test]
async fn without_time_everything_goes_back_and_nothing_counts_twice() {
    // The store never answers in time: it has none.
    let ingest = ingest(faulty([Fault::FailAfter]));
    let (a, b) = (acd_start("a", T0), acd_start("b", T0));
    let batch = messages(&[&a, &b, IGNORED]);
    let no_time = Limits { time: Duration::ZERO, ..limits() };
    let first = ingest.handle(&batch, no_time).await;
    assert!(failed(&first).len() <= 2, "an ignored event does not come back");
    let again = ingest.handle(&batch, limits()).await;
    assert_eq!(failed(&again), [""; 0]);
    assert_eq!(ingest.store.entity_count(), 2);
    ingest.store.with_rows(|rows| {
        for (_, row) in rows {
            assert_eq!(row.sums.iter().map(|(_, sum)| sum).max(), Some(&2));
        }
    });
}

#[tokio::test]
async fn a_store_that_is_down_sends_back_the_facts_and_only_them() {
    let ingest = ingest(faulty([Fault::Throttle; 100]));
    let good = acd_start("a", T0);
    let answer = ingest.handle(&messages(&[&good, IGNORED, "{"]), limits()).await;
    assert_eq!(failed(&answer), ["m0"]);
    assert_eq!(codes(&ingest.quarantine), [(2, RefusalCode::NotJson)]);
}

//! What a store of rows returns of the rows of a subject.

use super::{adding, row};
use headroom_engine::{EntityStore, RowStore};
use headroom_kpi::{Bucket, Measure, Millis, RowKey};
use std::collections::BTreeMap;

const HOUR: i64 = 3_600_000;

fn interval(minutes: u8, hour: i64) -> Bucket {
    Bucket::Interval { minutes, start: Millis(super::T0.0 + hour * HOUR) }
}

pub(super) async fn intervals_and_versions_are_read_by_subject(
    store: &(impl EntityStore + RowStore),
    name: &str,
) {
    let day = Bucket::Day(20_585);
    let buckets: Vec<_> = (0..5).map(|hour| interval(30, hour)).collect();
    let singles = [Bucket::Now, day, interval(15, 1), interval(60, 1)];
    let keys = buckets.iter().chain(&singles).map(|bucket| row(name, *bucket));
    let neighbour = row(&format!("{name}-2"), buckets[1]);
    let rows: Vec<_> =
        keys.chain([neighbour]).map(|key| (key, vec![(Measure::OWaiting, 1)])).collect();
    store.commit(&adding(name, 0, rows)).await.unwrap();
    store
        .commit(&adding(name, 1, vec![(row(name, day), vec![(Measure::OWaiting, 1)])]))
        .await
        .unwrap();

    let subject = row(name, day).subject;
    let read = store.intervals(&subject, &buckets[1], &buckets[3]).await.unwrap();
    assert_eq!(read.iter().map(|(bucket, _)| *bucket).collect::<Vec<_>>(), buckets[1..=3]);
    assert!(read.iter().all(|(_, stored)| stored.row.sum(&Measure::OWaiting) == 1));

    let nobody = row(&format!("{name}-3"), day).subject;
    let requested = [day, buckets[0], buckets[2], interval(60, 1), interval(30, 100)];
    let versions = store.versions(&[subject.clone(), nobody], &requested).await.unwrap();
    let by_bucket: BTreeMap<_, _> =
        versions.iter().map(|(key, row)| (key.bucket, row.version)).collect();
    let expected = [(buckets[0], 1), (buckets[2], 1), (interval(60, 1), 1), (day, 2)];
    assert_eq!(by_bucket, expected.into());
    let key = RowKey { subject, bucket: day };
    let stored = store.rows(std::slice::from_ref(&key)).await.unwrap().remove(0).unwrap();
    assert_eq!(versions[&key].epoch, stored.epoch);
}

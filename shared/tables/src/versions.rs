//! Reads of the versions of rows: no more than a verification needs, and as cheap as can be.
//!
//! A request unit covers 4 KB of items that are read together, and twice that if the read may lag
//! behind. So the intervals of a subject, which lie side by side, are read by one query, and `now`
//! and the day by a batch of keys.

use crate::item::{SdkItem, number};
use crate::layout::{BUCKET, EPOCH, SUBJECT, VERSION, row_key_of};
use crate::rows::{DynamoRows, KEYS_MAX, row_item_key};
use aws_sdk_dynamodb::types::KeysAndAttributes;
use futures_util::{StreamExt, TryStreamExt, stream};
use headroom_engine::{RowVersion, StoreError};
use headroom_kpi::{Bucket, RowKey, Subject};
use serde_dynamo::Item;
use std::collections::{BTreeMap, HashMap};

/// Requests at the same time: queries of a few milliseconds each, hundreds for a large viewer.
const REQUESTS_MAX: usize = 32;

/// The attributes that are read.
const ATTRIBUTES: &str = "#s, #b, #epoch, #version";

impl DynamoRows {
    pub(super) async fn read_versions(
        &self,
        subjects: &[Subject],
        buckets: &[Bucket],
    ) -> Result<HashMap<RowKey, RowVersion>, StoreError> {
        let (spans, single_buckets) = spans(buckets);
        let mut queries = Vec::new();
        for subject in subjects {
            queries.extend(spans.iter().map(|span| self.versions_of_span(subject, span)));
        }
        let mut keys = Vec::new();
        for subject in subjects {
            let key = |bucket| RowKey { subject: subject.clone(), bucket };
            keys.extend(single_buckets.iter().copied().map(key));
        }
        let batches: Vec<_> =
            keys.chunks(KEYS_MAX).map(|keys| self.versions_of_keys(keys)).collect();
        let of_spans = stream::iter(queries).buffer_unordered(REQUESTS_MAX).try_collect();
        let of_keys = stream::iter(batches).buffer_unordered(REQUESTS_MAX).try_collect();
        let (of_spans, of_keys): (Vec<_>, Vec<_>) = futures_util::try_join!(of_spans, of_keys)?;
        let mut versions: HashMap<_, _> = of_spans.into_iter().chain(of_keys).flatten().collect();
        versions.retain(|key, _| buckets.contains(&key.bucket));
        Ok(versions)
    }

    async fn versions_of_span(
        &self,
        subject: &Subject,
        (first, last): &(Bucket, Bucket),
    ) -> Result<Vec<(RowKey, RowVersion)>, StoreError> {
        let query = self
            .query_buckets(subject, first, last)
            .projection_expression(ATTRIBUTES)
            .expression_attribute_names("#epoch", EPOCH)
            .expression_attribute_names("#version", VERSION);
        self.query(query).await?.into_iter().map(version_of).collect()
    }

    async fn versions_of_keys(
        &self,
        keys: &[RowKey],
    ) -> Result<Vec<(RowKey, RowVersion)>, StoreError> {
        let request = KeysAndAttributes::builder()
            .set_keys(Some(keys.iter().map(row_item_key).collect()))
            .projection_expression(ATTRIBUTES)
            .expression_attribute_names("#s", SUBJECT)
            .expression_attribute_names("#b", BUCKET)
            .expression_attribute_names("#epoch", EPOCH)
            .expression_attribute_names("#version", VERSION);
        self.batch_get(request).await?.into_iter().map(version_of).collect()
    }
}

fn version_of(item: SdkItem) -> Result<(RowKey, RowVersion), StoreError> {
    let item = Item::from(item);
    let item = item.inner();
    let version = RowVersion { epoch: number(item, EPOCH)?, version: number(item, VERSION)? };
    Ok((row_key_of(item)?, version))
}

/// The first and the last of the intervals of each length, and the other buckets.
fn spans(buckets: &[Bucket]) -> (Vec<(Bucket, Bucket)>, Vec<Bucket>) {
    let mut spans = BTreeMap::<u8, (Bucket, Bucket)>::new();
    let mut single_buckets = Vec::new();
    for bucket in buckets {
        match bucket {
            Bucket::Interval { minutes, .. } => {
                let (first, last) = spans.entry(*minutes).or_insert((*bucket, *bucket));
                (*first, *last) = ((*first).min(*bucket), (*last).max(*bucket));
            }
            Bucket::Now | Bucket::Day(_) => single_buckets.push(*bucket),
        }
    }
    (spans.into_values().collect(), single_buckets)
}

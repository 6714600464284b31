//! The due index: a sparse index of the entities that are due for a gap read, in shards.

use crate::error::store_error;
use crate::item::{SdkItem, item, s, text};
use crate::layout::ENTITY;
use aws_sdk_dynamodb::Client;
use futures_util::{StreamExt, TryStreamExt, stream};
use headroom_engine::{DueEntity, DueIndex, StoreError};
use headroom_kpi::{Due, EntityKey, Id, Millis, Urgency};
use serde_dynamo::Item;

/// The index, which holds keys alone: those that are due, by [`SHARD`] and [`DUE`].
const BY_DUE: &str = "byDue";
/// Partition key of the index, `00` to `15`.
const SHARD: &str = "dueShard";
/// Sort key of the index.
const DUE: &str = "due";

/// Partitions of the index. One partition takes 1,000 write units a second, of which an entity that
/// moves in the index takes two; where the index does not keep up, DynamoDB throttles the writes to
/// the entities. 16 take 8,000 moves a second, more than rows of that many events would ever take.
const SHARDS: u32 = 16;

/// Entities in one answer: more than a minute's budget can read. An index entry has about 100
/// bytes, so that even one shard that has them all is read in one page of 1 MB.
const LIMIT_MAX: usize = 10_000;

/// Shards that are read at the same time.
const REQUESTS_MAX: usize = 8;

/// Read access to the due index of the `entities` table.
#[derive(Clone, Debug)]
pub struct DynamoDue {
    client: Client,
    table: String,
}

impl DynamoDue {
    /// The index of the entities in a table.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// What is due in a shard. Any shard may have the most overdue entities, so each is read up to
    /// the whole limit.
    async fn shard(
        &self,
        shard: u32,
        urgency: Urgency,
        until: Millis,
        limit: usize,
    ) -> Result<Vec<DueEntity>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(BY_DUE)
            .key_condition_expression("#s = :s AND #d BETWEEN :from AND :until")
            .expression_attribute_names("#s", SHARD)
            .expression_attribute_names("#d", DUE)
            .expression_attribute_values(":s", s(shard_text(shard)))
            .expression_attribute_values(":from", s(time_text(urgency, Millis(0))))
            .expression_attribute_values(":until", s(time_text(urgency, until) + AFTER_RULES))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let (mut entries, mut items) = (Vec::new(), query.into_paginator().items().send());
        while entries.len() < limit {
            let Some(item) = items.next().await else { break };
            let item = Item::from(item.map_err(store_error)?);
            entries.extend(entry(&item));
        }
        Ok(entries)
    }
}

impl DueIndex for DynamoDue {
    async fn due(
        &self,
        urgency: Urgency,
        until: Millis,
        limit: usize,
    ) -> Result<Vec<DueEntity>, StoreError> {
        let limit = limit.min(LIMIT_MAX);
        if limit == 0 {
            return Ok(Vec::new());
        }
        let shards: Vec<_> =
            (0..SHARDS).map(|shard| self.shard(shard, urgency, until, limit)).collect();
        let entries = stream::iter(shards).buffer_unordered(REQUESTS_MAX);
        let mut entries = entries.try_concat().await?;
        entries.sort_unstable();
        entries.truncate(limit);
        Ok(entries)
    }
}

/// The attributes that put an entity into the index.
pub(super) fn attributes(key: &EntityKey, at: Due) -> SdkItem {
    item([(SHARD, s(shard_text(shard(key)))), (DUE, s(due_text(at)))])
}

/// The shard of an entity, the same whoever writes it: FNV-1a of its key.
fn shard(key: &EntityKey) -> u32 {
    let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    key.partition_key().bytes().fold(0x811c_9dc5, step) % SHARDS
}

fn shard_text(shard: u32) -> String {
    format!("{shard:02}")
}

/// The greatest time of 13 digits, in the year 2286.
const AT_MAX: i64 = 9_999_999_999_999;

/// Sorts after the rules of a time: each begins with `#`.
const AFTER_RULES: &str = "~";

/// The rule of entries that a release without rules wrote.
const UNKNOWN_RULE: &str = "unknown";

/// A text that sorts as `Due` does: urgency and time, and then the rule, such as
/// `1#1778594400000#missing_metric`.
fn due_text(due: Due) -> String {
    format!("{}#{}", time_text(due.urgency, due.at), due.rule)
}

/// `0#` and milliseconds in 13 digits of what concerns gauges, `1#` of the rest.
fn time_text(urgency: Urgency, at: Millis) -> String {
    let urgency = match urgency {
        Urgency::Gauge => 0,
        Urgency::Historical => 1,
    };
    format!("{urgency}#{:013}", at.0.clamp(0, AT_MAX))
}

/// An entry of the index; `None` if it is not a conversation: a later release wrote it, and knows
/// what to read for it.
fn entry(item: &Item) -> Option<DueEntity> {
    let due: String = text(item.inner(), DUE).ok()?;
    let mut parts = due.splitn(3, '#').skip(1);
    let since = Millis(parts.next()?.parse().ok()?);
    let rule = parts.next().unwrap_or(UNKNOWN_RULE).to_owned();
    let entity: String = text(item.inner(), ENTITY).ok()?;
    let id = Id::parse(entity.strip_prefix("conversation#")?).ok()?;
    Some(DueEntity { since, key: EntityKey::Conversation(id), rule })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn texts_sort_by_urgency_and_then_by_time() {
        let due = |urgency, at, rule| due_text(Due { urgency, at: Millis(at), rule });
        let at = |urgency, at| due(urgency, at, "missing_metric");
        let text = "0#1778594400000#missing_metric";
        assert_eq!(at(Urgency::Gauge, 1_778_594_400_000), text);
        let sorted = [
            at(Urgency::Gauge, -1),
            at(Urgency::Gauge, 999),
            at(Urgency::Gauge, 1_778_594_400_000),
            at(Urgency::Gauge, i64::MAX),
            at(Urgency::Historical, 5),
        ];
        assert!(sorted.is_sorted(), "{sorted:?}");
        let until = time_text(Urgency::Gauge, Millis(999)) + AFTER_RULES;
        assert!(sorted[1] < until && until < sorted[2], "{until} includes its time");
        assert!(time_text(Urgency::Gauge, Millis(0)) < sorted[0]);
    }

    #[test]
    fn an_entry_of_a_release_without_rules_is_due_all_the_same() {
        let rule = |due: &str| {
            let attributes = [(ENTITY, s("conversation#c")), (DUE, s(due))];
            let DueEntity { since, rule, .. } = entry(&Item::from(item(attributes))).unwrap();
            (since.0, rule)
        };
        assert_eq!(rule("1#1778594400000"), (1_778_594_400_000, "unknown".to_owned()));
        assert_eq!(rule("1#0000000000005#open_session"), (5, "open_session".to_owned()));
    }

    #[test]
    fn an_entity_stays_in_its_shard_and_shards_are_about_equally_full() {
        let shard = |id: &str| shard(&EntityKey::Conversation(Id::parse(id).unwrap()));
        assert_eq!(shard("3bd57569-0c3e-5a3b-9b39-4e3a6d403df0"), 13);
        let mut counts = BTreeMap::<_, u32>::new();
        for n in 0..16_000 {
            *counts.entry(shard(&format!("3bd57569-0c3e-5a3b-9b39-{n:012x}"))).or_default() += 1;
        }
        assert_eq!(counts.len(), 16);
        assert!(counts.values().all(|count| (800..1_200).contains(count)), "{counts:?}");
    }
}

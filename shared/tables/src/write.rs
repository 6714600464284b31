//! Builds the items of a transaction.

use crate::item::{SdkItem, item, n, s};
use crate::layout::{
    AT, BYTES, ENTITY, EPOCH, EXPIRES_AT, NEAR_NAME_LIMIT, SUBJECT, VERSION, attribute,
    entity_expires, row_expires,
};
use crate::rows::row_item_key;
use crate::{DynamoStore, Retention, due};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use headroom_engine::{EntityWrite, RowWrite, StoredRow};
use headroom_kpi::limits::ROW_METRIC_NAMES_MAX;
use headroom_kpi::stored::encode;
use headroom_kpi::{Amounts, Contributions, Entity, EntityKey, Measure, Metric, RowKey, Subject};
use headroom_requests::now;
use std::collections::{BTreeSet, HashMap};

/// Sums in one update: DynamoDB takes 4 KB of an expression, and each takes up to 16 bytes of one.
const SUMS_MAX: usize = 250;

/// Removals in one update, each with a condition: DynamoDB takes 300 operators, and each takes two.
const REMOVALS_MAX: usize = 100;

/// So many new metric names in a row still leave room for all known ones.
const NEW_NAMES_MAX: usize = ROW_METRIC_NAMES_MAX - Metric::KNOWN;

/// Whether a row has to be read before it is written: a new metric name may be one too many, and an
/// update has no room for very many sums.
pub(super) fn needs_read(write: &RowWrite) -> bool {
    let amounts = &write.amounts;
    let is_removal = |(key, amount): &&(Measure, i64)| key.is_start() && *amount < 0;
    amounts.len() > SUMS_MAX
        || amounts.iter().filter(is_removal).count() > REMOVALS_MAX
        || amounts.iter().any(|(key, _)| is_new_name(key))
}

fn is_new_name(key: &Measure) -> bool {
    matches!(key, Measure::Metric(metric, _) if !metric.is_known())
}

/// The key of an entity's item.
pub(super) fn entity_item_key(key: &EntityKey) -> SdkItem {
    item([(ENTITY, s(key.partition_key()))])
}

impl DynamoStore {
    /// An entity, on condition that it is the one that was loaded.
    pub(super) fn entity_put(&self, write: &EntityWrite) -> Result<TransactWriteItem, BuildError> {
        let EntityWrite { key, expected_version, entity, contributions, .. } = write;
        let version = expected_version + 1;
        let mut item = entity_item(key, version, entity, contributions, self.retention);
        if let Some(at) = write.due {
            item.extend(due::attributes(&write.key, at));
        }
        let expected_version = (write.expected_version > 0).then_some(write.expected_version);
        put(&self.tables.entities, item, ENTITY, expected_version)
    }

    /// Adds to a row without reading it first.
    pub(super) fn blind_update(&self, write: &RowWrite) -> Result<TransactWriteItem, BuildError> {
        let mut update = Expression::default();
        update.set_once(EPOCH, now().0);
        update.set(AT, write.at.0);
        update.add(VERSION, 1);
        if let Some(expires) = row_expires(&write.row.bucket, self.retention.interval_row_days) {
            update.set(EXPIRES_AT, expires);
        }
        for (key, amount) in &write.amounts {
            if key.is_start() && *amount < 0 {
                update.remove_last(attribute(key), -amount);
            } else {
                update.add(attribute(key), *amount);
            }
        }
        update.require_none(NEAR_NAME_LIMIT);
        let request = Update::builder()
            .table_name(&self.tables.rows)
            .set_key(Some(row_item_key(&write.row)))
            .condition_expression(update.conditions.join(" AND "))
            .update_expression(update.text())
            .set_expression_attribute_names(Some(update.names))
            .set_expression_attribute_values(Some(update.values))
            .build()?;
        Ok(TransactWriteItem::builder().update(request).build())
    }

    /// Writes a row whole, on condition that it is still as it was read (`stored`).
    pub(super) fn conditional_put(
        &self,
        write: &RowWrite,
        stored: Option<&StoredRow>,
    ) -> Result<TransactWriteItem, BuildError> {
        let mut row = stored.map(|stored| stored.row.clone()).unwrap_or_default();
        row.add(&write.amounts);
        let epoch = stored.map_or_else(|| now().0.unsigned_abs(), |stored| stored.epoch);
        let next = StoredRow { row, epoch, at: write.at };
        let item = row_item(&write.row, &next, self.retention);
        put(&self.tables.rows, item, SUBJECT, stored.map(|stored| stored.row.version))
    }
}

/// The item of an entity that is not due for a gap read.
pub(super) fn entity_item(
    key: &EntityKey,
    version: u64,
    entity: &Entity,
    contributions: &Contributions,
    retention: Retention,
) -> SdkItem {
    let mut item = entity_item_key(key);
    item.insert(VERSION.into(), n(version));
    item.insert(BYTES.into(), AttributeValue::B(Blob::new(encode(entity, contributions))));
    if !is_staff(contributions) {
        let newest = entity.newest_event_time().unwrap_or_default();
        item.insert(EXPIRES_AT.into(), n(entity_expires(newest, retention.entity_days)));
    }
    item
}

/// The item of a row that is written whole.
pub(super) fn row_item(key: &RowKey, stored: &StoredRow, retention: Retention) -> SdkItem {
    let mut item = row_item_key(key);
    item.insert(VERSION.into(), n(stored.row.version));
    item.insert(EPOCH.into(), n(stored.epoch));
    item.insert(AT.into(), n(stored.at.0));
    if let Some(expires) = row_expires(&key.bucket, retention.interval_row_days) {
        item.insert(EXPIRES_AT.into(), n(expires));
    }
    if new_names(&stored.row.sums) > NEW_NAMES_MAX {
        item.insert(NEAR_NAME_LIMIT.into(), AttributeValue::Bool(true));
    }
    item.extend(stored.row.sums.iter().map(|(key, sum)| (attribute(key), n(sum))));
    item
}

/// Whether it counts in the staffing of a queue. An item that goes by itself would leave its agent
/// in there for ever.
fn is_staff(contributions: &Contributions) -> bool {
    contributions.rows().any(|(row, _)| matches!(row.subject, Subject::QueueAgents(_)))
}

fn new_names(sums: &Amounts) -> usize {
    let new = sums.iter().filter(|(key, _)| is_new_name(key));
    let names = new.filter_map(|(key, _)| key.public_name().map(|(name, _)| name));
    names.collect::<BTreeSet<_>>().len()
}

/// A whole item, on condition that the stored one has a version, or that there is none.
fn put(
    table: &str,
    item: SdkItem,
    key: &str,
    expected_version: Option<u64>,
) -> Result<TransactWriteItem, BuildError> {
    let put = Put::builder().table_name(table).set_item(Some(item));
    let put = match expected_version {
        Some(version) => put
            .condition_expression("#v = :v")
            .expression_attribute_names("#v", VERSION)
            .expression_attribute_values(":v", n(version)),
        None => put
            .condition_expression("attribute_not_exists(#k)")
            .expression_attribute_names("#k", key),
    };
    Ok(TransactWriteItem::builder().put(put.build()?).build())
}

/// An update expression. Every attribute name has a placeholder: many names have a dot, and some are
/// reserved words.
#[derive(Default)]
struct Expression {
    set: Vec<String>,
    add: Vec<String>,
    remove: Vec<String>,
    conditions: Vec<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Expression {
    fn set(&mut self, name: &str, value: i64) {
        let (name, value) = (self.name(name), self.value(value));
        self.set.push(format!("{name}={value}"));
    }

    /// Sets an attribute that does not exist yet.
    fn set_once(&mut self, name: &str, value: i64) {
        let (name, value) = (self.name(name), self.value(value));
        self.set.push(format!("{name}=if_not_exists({name},{value})"));
    }

    fn add(&mut self, name: impl Into<String>, amount: i64) {
        let (name, value) = (self.name(name), self.value(amount));
        self.add.push(format!("{name} {value}"));
    }

    /// Removes an attribute on condition that its value is `amount`. If it is more, the condition
    /// fails, and the row has to be read and written whole.
    fn remove_last(&mut self, name: String, amount: i64) {
        let (name, value) = (self.name(name), self.value(amount));
        self.conditions.push(format!("{name}={value}"));
        self.remove.push(name);
    }

    fn require_none(&mut self, name: &str) {
        let name = self.name(name);
        self.conditions.push(format!("attribute_not_exists({name})"));
    }

    fn name(&mut self, name: impl Into<String>) -> String {
        let placeholder = format!("#{:x}", self.names.len());
        self.names.insert(placeholder.clone(), name.into());
        placeholder
    }

    fn value(&mut self, value: i64) -> String {
        let placeholder = format!(":{:x}", self.values.len());
        self.values.insert(placeholder.clone(), n(value));
        placeholder
    }

    fn text(&self) -> String {
        let clauses = [("SET", &self.set), ("ADD", &self.add), ("REMOVE", &self.remove)];
        let actions = clauses.into_iter().filter(|(_, actions)| !actions.is_empty());
        let clauses = actions.map(|(keyword, actions)| format!("{keyword} {}", actions.join(", ")));
        clauses.collect::<Vec<_>>().join(" ")
    }
}

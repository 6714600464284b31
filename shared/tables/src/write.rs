//! Builds the items of a transaction.

use super::layout::{
    AT, BYTES, ENTITY, EPOCH, EXPIRES_AT, NEAR_NAME_LIMIT, SUBJECT, VERSION, attribute,
    entity_expires, row_expires,
};
use super::rows::{SdkItem, row_item_key};
use super::{Retention, Tables, due};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use headroom_engine::{EntityWrite, RowWrite, StoredRow};
use headroom_kpi::limits::ROW_METRIC_NAMES_MAX;
use headroom_kpi::stored::encode;
use headroom_kpi::{Amounts, EntityKey, Measure, Metric};
use std::collections::{BTreeSet, HashMap};
use std::fmt::{Display, Write};
use std::time::SystemTime;

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
    let is_removal =
        |(key, amount): &&(Measure, i64)| matches!(key, Measure::WaitingSince(_)) && *amount < 0;
    amounts.len() > SUMS_MAX
        || amounts.iter().filter(is_removal).count() > REMOVALS_MAX
        || amounts.iter().any(|(key, _)| is_new_name(key))
}

fn is_new_name(key: &Measure) -> bool {
    matches!(key, Measure::Metric(metric, _) if !metric.is_known())
}

/// The key of an entity's item.
pub(super) fn entity_item_key(key: &EntityKey) -> SdkItem {
    HashMap::from([(ENTITY.to_owned(), AttributeValue::S(key.partition_key()))])
}

/// An entity, on condition that it is the one that was loaded.
pub(super) fn entity(
    write: &EntityWrite,
    tables: &Tables,
    retention: Retention,
) -> Result<TransactWriteItem, BuildError> {
    let mut item = entity_item_key(&write.key);
    item.insert(VERSION.into(), number(write.expected_version + 1));
    item.insert(
        BYTES.into(),
        AttributeValue::B(Blob::new(encode(&write.entity, &write.contributions))),
    );
    let newest = write.entity.newest_event_time().unwrap_or_default();
    item.insert(EXPIRES_AT.into(), number(entity_expires(newest, retention.entity_days)));
    if let Some(at) = write.due {
        item.extend(due::attributes(&write.key, at));
    }
    let expected_version = (write.expected_version > 0).then_some(write.expected_version);
    put(&tables.entities, item, ENTITY, expected_version)
}

/// Adds to a row without reading it first.
pub(super) fn blind_update(
    write: &RowWrite,
    tables: &Tables,
    retention: Retention,
) -> Result<TransactWriteItem, BuildError> {
    let mut update = Expression::default();
    update.set_once(EPOCH, now());
    update.set(AT, write.at.0);
    update.add(VERSION, 1);
    if let Some(expires) = row_expires(&write.row.bucket, retention.interval_row_days) {
        update.set(EXPIRES_AT, expires);
    }
    for (key, amount) in &write.amounts {
        match key {
            Measure::WaitingSince(_) if *amount < 0 => update.remove_last(attribute(key), -amount),
            _ => update.add(attribute(key), *amount),
        }
    }
    update.require_none(NEAR_NAME_LIMIT);
    let request = Update::builder()
        .table_name(&tables.rows)
        .set_key(Some(row_item_key(&write.row)))
        .condition_expression(&update.condition)
        .update_expression(update.text())
        .set_expression_attribute_names(Some(update.names))
        .set_expression_attribute_values(Some(update.values))
        .build()?;
    Ok(TransactWriteItem::builder().update(request).build())
}

/// Writes a row whole, on condition that it is still as it was read (`stored`).
pub(super) fn conditional_put(
    write: &RowWrite,
    stored: Option<&StoredRow>,
    tables: &Tables,
    retention: Retention,
) -> Result<TransactWriteItem, BuildError> {
    let mut row = stored.map(|stored| stored.row.clone()).unwrap_or_default();
    row.add(&write.amounts);
    let mut item = row_item_key(&write.row);
    item.insert(VERSION.into(), number(row.version));
    item.insert(EPOCH.into(), number(stored.map_or_else(now, |stored| stored.epoch)));
    item.insert(AT.into(), number(write.at.0));
    if let Some(expires) = row_expires(&write.row.bucket, retention.interval_row_days) {
        item.insert(EXPIRES_AT.into(), number(expires));
    }
    if new_names(&row.sums) > NEW_NAMES_MAX {
        item.insert(NEAR_NAME_LIMIT.into(), AttributeValue::Bool(true));
    }
    item.extend(row.sums.iter().map(|(key, sum)| (attribute(key), number(sum))));
    put(&tables.rows, item, SUBJECT, stored.map(|stored| stored.row.version))
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
            .expression_attribute_values(":v", number(version)),
        None => put
            .condition_expression("attribute_not_exists(#k)")
            .expression_attribute_names("#k", key),
    };
    Ok(TransactWriteItem::builder().put(put.build()?).build())
}

fn number(number: impl Display) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// Milliseconds since 1970, as the epoch of a new row: a row that is lost and begins again gets
/// another.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or_default()
}

/// An update expression. Every attribute name has a placeholder: many names have a dot, and some are
/// reserved words.
#[derive(Default)]
struct Expression {
    set: String,
    add: String,
    remove: String,
    condition: String,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Expression {
    fn set(&mut self, name: impl Into<String>, value: i64) {
        let (name, value) = (self.name(name), self.value(value));
        push(&mut self.set, "SET", format_args!("{name}={value}"));
    }

    /// Sets an attribute that does not exist yet.
    fn set_once(&mut self, name: &str, value: u64) {
        let (name, value) = (self.name(name), self.value(value));
        push(&mut self.set, "SET", format_args!("{name}=if_not_exists({name},{value})"));
    }

    fn add(&mut self, name: impl Into<String>, amount: i64) {
        let (name, value) = (self.name(name), self.value(amount));
        push(&mut self.add, "ADD", format_args!("{name} {value}"));
    }

    /// Removes an attribute on condition that its value is `amount`. If it is more, the condition
    /// fails, and the row has to be read and written whole.
    fn remove_last(&mut self, name: impl Into<String>, amount: i64) {
        let (name, value) = (self.name(name), self.value(amount));
        push(&mut self.remove, "REMOVE", format_args!("{name}"));
        self.require(format_args!("{name}={value}"));
    }

    fn require_none(&mut self, name: &str) {
        let name = self.name(name);
        self.require(format_args!("attribute_not_exists({name})"));
    }

    fn require(&mut self, condition: std::fmt::Arguments<'_>) {
        let and = if self.condition.is_empty() { "" } else { " AND " };
        // Writing to a string does not fail.
        let _ = write!(self.condition, "{and}{condition}");
    }

    fn name(&mut self, name: impl Into<String>) -> String {
        let placeholder = format!("#{:x}", self.names.len());
        self.names.insert(placeholder.clone(), name.into());
        placeholder
    }

    fn value(&mut self, value: impl Display) -> String {
        let placeholder = format!(":{:x}", self.values.len());
        self.values.insert(placeholder.clone(), number(value));
        placeholder
    }

    fn text(&self) -> String {
        [self.set.as_str(), &self.add, &self.remove].join(" ")
    }
}

fn push(clause: &mut String, keyword: &str, action: std::fmt::Arguments<'_>) {
    let before = if clause.is_empty() { keyword } else { "," };
    // Writing to a string does not fail.
    let _ = write!(clause, "{before} {action}");
}

//! Items as an export of a table has them: the same attributes as are written, in the order of their
//! names.

use crate::Retention;
use crate::dynamo_documents::document_item;
use crate::entities::stored_entity;
use crate::item::SdkItem;
use crate::layout::{self, BYTES};
use crate::rows::row_item_key;
use crate::write::{entity_item, row_item};
use crate::{Document, DocumentKey};
use headroom_engine::{StoreError, StoredEntity, StoredRow};
use headroom_kpi::{EntityKey, RowKey};
use serde_dynamo::{AttributeValue, Item};
use std::collections::{BTreeMap, HashMap};

/// An item, or its key; serialises as DynamoDB's own JSON, `{"subject":{"S":"..."},...}`.
pub type Image = BTreeMap<String, AttributeValue>;

/// The item of a row that was written whole.
pub fn row_image(key: &RowKey, stored: &StoredRow, retention: Retention) -> Image {
    image(row_item(key, stored, retention))
}

/// The key of a row's item.
pub fn row_key_image(key: &RowKey) -> Image {
    image(row_item_key(key))
}

/// The item of an entity that is not due for a gap read.
pub fn entity_image(key: &EntityKey, stored: &StoredEntity, retention: Retention) -> Image {
    let StoredEntity { version, entity, contributions } = stored;
    image(entity_item(key, *version, entity, contributions, retention))
}

/// A row and its key, from its item.
pub fn row_of(image: Image) -> Result<(RowKey, StoredRow), StoreError> {
    layout::row_of(&Item::from(attributes(image)))
}

/// An entity and its key in the table, from its item.
pub fn entity_of(image: Image) -> Result<(String, StoredEntity), StoreError> {
    let item = attributes(image);
    match item.get(BYTES) {
        Some(AttributeValue::B(bytes)) => stored_entity(bytes, &item),
        _ => Err(StoreError::BadItem(BYTES.to_owned())),
    }
}

fn attributes(image: Image) -> HashMap<String, AttributeValue> {
    image.into_iter().collect()
}

/// The item of a document that does not expire.
pub fn document_image(key: &DocumentKey, document: &Document) -> Image {
    image(document_item(key, document.version, &document.body))
}

fn image(item: SdkItem) -> Image {
    Item::from(item).into_inner().into_iter().collect()
}

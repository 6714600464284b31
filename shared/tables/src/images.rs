//! Items as an export of a table has them: the same attributes as are written, in the order of their
//! names.

use crate::Retention;
use crate::dynamo_documents::document_item;
use crate::item::SdkItem;
use crate::rows::row_item_key;
use crate::write::row_item;
use crate::{Document, DocumentKey};
use headroom_engine::StoredRow;
use headroom_kpi::RowKey;
use serde_dynamo::{AttributeValue, Item};
use std::collections::BTreeMap;

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

/// The item of a document that does not expire.
pub fn document_image(key: &DocumentKey, document: &Document) -> Image {
    image(document_item(key, document.version, &document.body))
}

fn image(item: SdkItem) -> Image {
    Item::from(item).into_inner().into_iter().collect()
}

//! Documents in DynamoDB: an item each, with the keys `kind` and `name`, `version`, `body` or
//! `count`, and `expiresAt`.

use crate::documents::{COUNTS_MAX, Counters, DOCUMENTS_MAX, Document, DocumentKey, Documents};
use crate::error::store_error;
use crate::item::{SdkItem, item, n, number, s, text};
use crate::layout::{EXPIRES_AT, VERSION};
use aws_sdk_dynamodb::Client;
use headroom_engine::StoreError;
use headroom_kpi::Millis;
use serde_dynamo::Item;

const KIND: &str = "kind";
const NAME: &str = "name";
const BODY: &str = "body";
const COUNT: &str = "count";

/// Pages of 1 MB in one list: 10,000 documents of 300 bytes are three.
const PAGES_MAX: usize = 64;

/// The `ledger` table.
#[derive(Clone, Debug)]
pub struct DynamoDocuments {
    client: Client,
    table: String,
}

impl DynamoDocuments {
    /// The table of this name.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// The items of a kind between two names, at most so many.
    async fn items(
        &self,
        kind: &'static str,
        (from, to): (&str, &str),
        most: usize,
    ) -> Result<Vec<SdkItem>, StoreError> {
        // DynamoDB takes no empty text for a key, and no range that ends before it begins.
        if to.is_empty() || from > to {
            return Ok(Vec::new());
        }
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .expression_attribute_names("#k", KIND)
            .expression_attribute_names("#n", NAME)
            .expression_attribute_values(":k", s(kind))
            .expression_attribute_values(":to", s(to));
        let request = if from.is_empty() {
            query.key_condition_expression("#k = :k AND #n <= :to")
        } else {
            query
                .key_condition_expression("#k = :k AND #n BETWEEN :from AND :to")
                .expression_attribute_values(":from", s(from))
        };
        let mut items = Vec::new();
        let mut pages = request.into_paginator().send();
        let mut count = 0;
        while let Some(page) = pages.next().await {
            items.extend(page.map_err(store_error)?.items.unwrap_or_default());
            count += 1;
            if items.len() > most || count > PAGES_MAX {
                return Err(StoreError::TooManyDocuments(kind));
            }
        }
        Ok(items)
    }
}

impl Documents for DynamoDocuments {
    async fn get(&self, key: &DocumentKey) -> Result<Option<Document>, StoreError> {
        let response = self
            .client
            .get_item()
            .table_name(&self.table)
            .consistent_read(true)
            .set_key(Some(item_key(key)))
            .send()
            .await
            .map_err(store_error)?;
        let Some(item) = response.item else { return Ok(None) };
        document(item).map(|(_, document)| Some(document))
    }

    async fn put(
        &self,
        key: &DocumentKey,
        body: &str,
        expected_version: u64,
        expires: Option<Millis>,
    ) -> Result<u64, StoreError> {
        key.check(body)?;
        let put = self.client.put_item().table_name(&self.table).set_item(Some(document_item(
            key,
            expected_version + 1,
            body,
        )));
        let mut put = if expected_version == 0 {
            put.condition_expression("attribute_not_exists(#n)")
                .expression_attribute_names("#n", NAME)
        } else {
            put.condition_expression("#v = :expected")
                .expression_attribute_names("#v", VERSION)
                .expression_attribute_values(":expected", n(expected_version))
        };
        if let Some(expires) = expires {
            put = put.item(EXPIRES_AT, n(expires_at(expires)));
        }
        put.send().await.map_err(store_error)?;
        Ok(expected_version + 1)
    }

    async fn remove(&self, key: &DocumentKey, expected_version: u64) -> Result<(), StoreError> {
        self.client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(item_key(key)))
            .condition_expression("#v = :expected")
            .expression_attribute_names("#v", VERSION)
            .expression_attribute_values(":expected", n(expected_version))
            .send()
            .await
            .map(drop)
            .map_err(store_error)
    }

    async fn list(
        &self,
        kind: &'static str,
        from: &str,
        to: &str,
    ) -> Result<Vec<(String, Document)>, StoreError> {
        let items = self.items(kind, (from, to), DOCUMENTS_MAX).await?;
        items.into_iter().map(document).collect()
    }
}

impl Counters for DynamoDocuments {
    async fn add(&self, key: &DocumentKey, amount: u64, expires: Millis) -> Result<(), StoreError> {
        key.check("")?;
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item_key(key)))
            .update_expression("ADD #c :n SET #e = :e")
            .expression_attribute_names("#c", COUNT)
            .expression_attribute_names("#e", EXPIRES_AT)
            .expression_attribute_values(":n", n(amount))
            .expression_attribute_values(":e", n(expires_at(expires)))
            .send()
            .await
            .map(drop)
            .map_err(store_error)
    }

    async fn counts(
        &self,
        kind: &'static str,
        from: &str,
        to: &str,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        let items = self.items(kind, (from, to), COUNTS_MAX).await?;
        items.into_iter().map(count).collect()
    }
}

fn document(item: SdkItem) -> Result<(String, Document), StoreError> {
    let item = Item::from(item).into_inner();
    let document = Document { version: number(&item, VERSION)?, body: text(&item, BODY)? };
    Ok((text(&item, NAME)?, document))
}

fn count(item: SdkItem) -> Result<(String, u64), StoreError> {
    let item = Item::from(item).into_inner();
    Ok((text(&item, NAME)?, number(&item, COUNT)?))
}

fn item_key(key: &DocumentKey) -> SdkItem {
    item([(KIND, s(key.kind)), (NAME, s(&key.name))])
}

/// The item of a document that does not expire.
pub(crate) fn document_item(key: &DocumentKey, version: u64, body: &str) -> SdkItem {
    let mut item = item_key(key);
    item.insert(VERSION.into(), n(version));
    item.insert(BODY.into(), s(body));
    item
}

/// In whole seconds, and not too early.
fn expires_at(expires: Millis) -> i64 {
    expires.seconds().saturating_add(1)
}

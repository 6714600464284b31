//! Subscriptions: which connections get the changes of which subjects.

use super::{Connection, Connections, ConnectionsError, Subscriber, item, write};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use headroom_engine::StoreError;
use headroom_protocol::{Histograms, Pattern, SUBJECTS_MAX};
use headroom_tables::store_error;
use std::collections::BTreeSet;

/// Pages of subscribers that are read. A page is a megabyte, or about 7,000 subscribers: an account
/// cannot send to more of them.
const PAGES_MAX: usize = 32;

impl Connections {
    /// Subscribes a connection to patterns; those that its token does not allow are not stored. When
    /// this returns, every batch of the stream that is handled from then on finds the connection.
    /// The connection's `histograms` are written as well, so they must not change once it has subjects.
    pub async fn subscribe(
        &self,
        connection: &Connection,
        patterns: &BTreeSet<Pattern>,
    ) -> Result<(), ConnectionsError> {
        if patterns.is_empty() {
            return Ok(());
        }
        self.add_subjects(connection, patterns).await?;
        let stored = connection.stored_patterns(patterns);
        let items = stored.iter().map(|pattern| item::subscription(pattern, connection));
        self.write(items.map(write::put).collect()).await?;
        if self.get(&connection.id).await?.is_some() {
            return Ok(());
        }
        self.delete_subscriptions(&connection.id, &stored).await?;
        Err(ConnectionsError::NotConnected)
    }

    /// Adds patterns to the subjects of the connection's item. This comes before the subscriptions
    /// are written, so that whoever removes the connection finds all of them.
    async fn add_subjects(
        &self,
        connection: &Connection,
        patterns: &BTreeSet<Pattern>,
    ) -> Result<(), ConnectionsError> {
        let new = patterns.difference(&connection.subjects).count();
        let Some(subjects_before_max) = SUBJECTS_MAX.checked_sub(new) else {
            return Err(ConnectionsError::TooManySubjects);
        };
        let (update, waits) = match connection.histograms {
            Histograms::Present => ("ADD subjects :subjects SET waits = :waits", Some(true)),
            Histograms::Absent => ("ADD subjects :subjects", None),
        };
        let waits = waits.map(|waits| (":waits".to_owned(), AttributeValue::Bool(waits)));
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::connection_key(&connection.id)))
            .update_expression(update)
            .set_expression_attribute_values(waits.map(|waits| [waits].into()))
            .condition_expression(
                "attribute_exists(pk) AND attribute_not_exists(closing) \
                 AND (attribute_not_exists(subjects) OR size(subjects) <= :max)",
            )
            .expression_attribute_values(":subjects", string_set(patterns))
            .expression_attribute_values(":max", AttributeValue::N(subjects_before_max.to_string()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let result = request.send().await;
        result.map(drop).map_err(|error| subscribe_error(&connection.id, error))
    }

    /// Ends subscriptions. A stored pattern stays if another subject of the connection needs it.
    ///
    /// The subscriptions are deleted before the subjects: whatever happens concurrently, no subject
    /// is in the connection's item without being subscribed to.
    pub async fn unsubscribe(
        &self,
        connection: &Connection,
        patterns: &BTreeSet<Pattern>,
    ) -> Result<(), StoreError> {
        let (ended, remaining): (Vec<_>, Vec<_>) =
            connection.subjects.iter().partition(|pattern| patterns.contains(pattern));
        if ended.is_empty() {
            return Ok(());
        }
        let remaining = connection.stored_patterns(remaining);
        let mut stored = connection.stored_patterns(ended.iter().copied());
        stored.retain(|pattern| !remaining.contains(pattern));
        self.delete_subscriptions(&connection.id, &stored).await?;
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::connection_key(&connection.id)))
            .update_expression("DELETE subjects :subjects")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":subjects", string_set(ended));
        match request.send().await.map_err(store_error) {
            Ok(_) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn delete_subscriptions(
        &self,
        id: &str,
        patterns: &BTreeSet<Pattern>,
    ) -> Result<(), StoreError> {
        let keys = patterns.iter().map(|pattern| item::subscription_key(pattern, id));
        self.write(keys.map(write::delete).collect()).await
    }

    /// The subscribers of a pattern. Strongly consistent. A row's subscribers are those of all
    /// patterns that cover its subject; see [`Pattern::covering`].
    pub async fn subscribers(&self, pattern: &Pattern) -> Result<Vec<Subscriber>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .projection_expression("sk, #until, waits")
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(":pk", item::s(item::subscription_pk(pattern)));
        let mut pages = query.into_paginator().send();
        let mut subscribers = Vec::new();
        for _ in 0..PAGES_MAX {
            let Some(page) = pages.next().await else { break };
            let page = page.map_err(store_error)?;
            subscribers.extend(page.items.into_iter().flatten().filter_map(item::subscriber));
        }
        Ok(subscribers)
    }
}

/// Patterns as a string set.
fn string_set<'a>(patterns: impl IntoIterator<Item = &'a Pattern>) -> AttributeValue {
    AttributeValue::Ss(patterns.into_iter().map(Pattern::to_string).collect())
}

/// Why subjects could not be added. The item shows which part of the condition failed.
fn subscribe_error(id: &str, error: SdkError<UpdateItemError>) -> ConnectionsError {
    let Some(UpdateItemError::ConditionalCheckFailedException(failure)) = error.as_service_error()
    else {
        return store_error(error).into();
    };
    let connection = failure.item.clone().and_then(|item| item::read_open(id, item));
    match connection {
        Some(_) => ConnectionsError::TooManySubjects,
        None => ConnectionsError::NotConnected,
    }
}

//! Who is subscribed to what.

use super::{Connection, Connections, ConnectionsError, Subscriber, item, write};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use headroom_engine::StoreError;
use headroom_protocol::{Pattern, SUBJECTS_MAX};
use headroom_tables::store_error;
use std::collections::BTreeSet;

/// A page is a megabyte, or about 7,000 subscribers: more viewers than an account can send to.
const PAGES_MAX: usize = 32;

impl Connections {
    /// Subscribes a connection, as it was read, to patterns that it is allowed. When this is done,
    /// every batch of changes that is read from the stream finds it.
    pub async fn subscribe(
        &self,
        connection: &Connection,
        patterns: &BTreeSet<Pattern>,
    ) -> Result<(), ConnectionsError> {
        if patterns.is_empty() {
            return Ok(());
        }
        self.note(connection, patterns).await?;
        let stored = connection.stored(patterns);
        let items = stored.iter().map(|pattern| item::subscription(pattern, connection));
        self.write(items.map(write::put).collect()).await?;
        if self.get(&connection.id).await?.is_some() {
            return Ok(());
        }
        self.unlist(&connection.id, &stored).await?;
        Err(ConnectionsError::NotConnected)
    }

    /// Notes the patterns in the connection, which says where its subscriptions are. They are noted
    /// before they are written, so that removing it finds all.
    async fn note(
        &self,
        connection: &Connection,
        patterns: &BTreeSet<Pattern>,
    ) -> Result<(), ConnectionsError> {
        let new = patterns.difference(&connection.subjects).count();
        let Some(room) = SUBJECTS_MAX.checked_sub(new) else {
            return Err(ConnectionsError::TooManySubjects);
        };
        let open = "attribute_exists(pk) AND attribute_not_exists(closing)";
        let fits = "(attribute_not_exists(subjects) OR size(subjects) <= :room)";
        let update = self.client.update_item().table_name(&self.table);
        let update = update.set_key(Some(item::connection_key(&connection.id)));
        let update = update.update_expression("ADD subjects :subjects");
        let update = update.expression_attribute_values(":subjects", set(patterns));
        let update = update.condition_expression(format!("{open} AND {fits}"));
        let room = AttributeValue::N(room.to_string());
        let update = update.expression_attribute_values(":room", room);
        let old = ReturnValuesOnConditionCheckFailure::AllOld;
        let update = update.return_values_on_condition_check_failure(old);
        update.send().await.map(drop).map_err(|error| refused(&connection.id, &error))
    }

    /// Ends subscriptions. What other patterns of the connection still mean stays.
    ///
    /// They are unlisted before they are struck out: whatever is done at the same time, nothing is
    /// noted as subscribed that is not listed.
    pub async fn unsubscribe(
        &self,
        connection: &Connection,
        patterns: &BTreeSet<Pattern>,
    ) -> Result<(), StoreError> {
        let (gone, kept): (Vec<_>, Vec<_>) =
            connection.subjects.iter().partition(|pattern| patterns.contains(pattern));
        if gone.is_empty() {
            return Ok(());
        }
        let kept = connection.stored(kept);
        let stored = connection.stored(gone.iter().copied()).difference(&kept).cloned().collect();
        self.unlist(&connection.id, &stored).await?;
        let update = self.client.update_item().table_name(&self.table);
        let update = update.set_key(Some(item::connection_key(&connection.id)));
        let update = update.update_expression("DELETE subjects :subjects");
        let update = update.expression_attribute_values(":subjects", set(gone));
        let update = update.condition_expression("attribute_exists(pk)");
        match update.send().await {
            Err(error) if !write::condition_failed(&error) => Err(store_error(&error)),
            _ => Ok(()),
        }
    }

    async fn unlist(&self, id: &str, stored: &BTreeSet<Pattern>) -> Result<(), StoreError> {
        let keys = stored.iter().map(|pattern| item::subscription_key(pattern, id));
        self.write(keys.map(write::delete).collect()).await
    }

    /// Who is subscribed to a pattern. Strongly consistent. What other patterns mean the same
    /// subject is the caller's to ask.
    pub async fn subscribers(&self, pattern: &Pattern) -> Result<Vec<Subscriber>, StoreError> {
        let (mut subscribers, mut start) = (Vec::new(), None);
        for _ in 0..PAGES_MAX {
            let query = self.client.query().table_name(&self.table).consistent_read(true);
            let query = query.key_condition_expression("pk = :pk");
            let pk = item::s(item::subscription_pk(pattern));
            let query = query.expression_attribute_values(":pk", pk);
            let query = query.projection_expression("sk, #until");
            let query = query.expression_attribute_names("#until", "until");
            let page = query
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| store_error(&error))?;
            subscribers.extend(page.items.into_iter().flatten().filter_map(item::subscriber));
            start = page.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        Ok(subscribers)
    }
}

/// Patterns as a set of texts.
fn set<'a>(patterns: impl IntoIterator<Item = &'a Pattern>) -> AttributeValue {
    AttributeValue::Ss(patterns.into_iter().map(Pattern::to_string).collect())
}

/// Why subjects could not be noted: the item tells which part of the condition failed.
fn refused(id: &str, error: &SdkError<UpdateItemError>) -> ConnectionsError {
    if let Some(UpdateItemError::ConditionalCheckFailedException(failure)) =
        error.as_service_error()
    {
        let open = failure.item.clone().and_then(|item| item::read_open(id, item));
        return match open {
            Some(_) => ConnectionsError::TooManySubjects,
            None => ConnectionsError::NotConnected,
        };
    }
    store_error(error).into()
}

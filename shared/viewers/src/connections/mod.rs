//! The connections table: who is connected, and what they are subscribed to.
//!
//! | pk | sk | contents |
//! | --- | --- | --- |
//! | `connection#<connectionId>` | `connection` | principal, grants, expiry, subjects, waits |
//! | `subject#<pattern>` | `<connectionId>` | a subscription, where `push` finds it; expiry, waits |
//! | `principal#<sub>` | `<connectionId>` | counts as a connection of the principal |
//!
//! `queue#*` of a token for certain queues is stored as each of those queues, so that the partition
//! `subject#queue#*` contains only viewers who may see every queue.

mod item;
mod subscriptions;
mod write;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, Select};
use headroom_engine::StoreError;
use headroom_kpi::Millis;
use headroom_protocol::{Grants, Histograms, Pattern, SUBJECTS_MAX};
use headroom_tables::store_error;
use std::collections::BTreeSet;

/// How long the items of a connection are kept: API Gateway closes it after two hours, and
/// `$disconnect` may not have been delivered.
const LIFETIME: Millis = Millis((2 * 60 + 10) * 60 * 1_000);

/// Longest `sub` in bytes: DynamoDB takes keys of 2,048 bytes, and `sub` is rarely longer than 64.
const PRINCIPAL_BYTES_MAX: usize = 1_024;

/// Pages that are read to count the connections of a principal. A page has thousands, including those
/// that its reconnects have left behind.
const PAGES_MAX: usize = 16;

/// The `connections` table.
#[derive(Clone, Debug)]
pub struct Connections {
    client: Client,
    table: String,
}

/// A viewer's connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// API Gateway's `connectionId`.
    pub id: String,
    /// Claim `sub` of the token.
    pub principal: String,
    /// What the token allows.
    pub grants: Grants,
    /// When the token expires.
    pub until: Millis,
    /// When the connection was opened.
    pub connected_at: Millis,
    /// The subscriptions, as the viewer named them.
    pub subjects: BTreeSet<Pattern>,
    /// Whether its rows have their wait histograms.
    pub histograms: Histograms,
}

/// A connection that is subscribed to a pattern.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subscriber {
    /// API Gateway's `connectionId`.
    pub connection: String,
    /// When the token expires.
    pub until: Millis,
    /// Whether its rows have their wait histograms.
    pub histograms: Histograms,
}

/// Why a connection or subscription was not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionsError {
    /// The principal has too many connections.
    #[error("{0} connections are open already; close one first")]
    TooManyConnections(usize),
    /// The connection would have too many subjects.
    #[error("a connection takes {SUBJECTS_MAX} subjects; unsubscribe from some first")]
    TooManySubjects,
    /// The connection is not in the table, or is being removed.
    #[error("the connection is closed; connect again")]
    NotConnected,
    /// The claim `sub` is empty or too long for a key.
    #[error("the claim `sub` has to have 1 to {PRINCIPAL_BYTES_MAX} bytes")]
    BadPrincipal,
    /// DynamoDB failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Connection {
    /// Whether the token has expired.
    pub fn expired(&self, now: Millis) -> bool {
        now >= self.until
    }

    /// The patterns under which subscriptions are stored.
    fn stored_patterns<'a>(
        &self,
        subjects: impl IntoIterator<Item = &'a Pattern>,
    ) -> BTreeSet<Pattern> {
        subjects.into_iter().flat_map(|pattern| self.grants.expand(pattern)).collect()
    }
}

impl Connections {
    /// The table with this name.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// Writes a new connection, unless its principal has `limit` connections already.
    ///
    /// The connection is written before the count: of two concurrent ones both may be refused, but
    /// the limit is never exceeded.
    pub async fn connect(
        &self,
        connection: &Connection,
        limit: usize,
    ) -> Result<(), ConnectionsError> {
        if !(1..=PRINCIPAL_BYTES_MAX).contains(&connection.principal.len()) {
            return Err(ConnectionsError::BadPrincipal);
        }
        let items = [item::principal(connection), item::connection(connection)];
        self.write(items.map(write::put).into()).await?;
        if self.count(&connection.principal, connection.connected_at).await? <= limit {
            return Ok(());
        }
        let keys = [item::principal_key(connection), item::connection_key(&connection.id)];
        self.write(keys.map(write::delete).into()).await?;
        Err(ConnectionsError::TooManyConnections(limit))
    }

    /// Counts the connections of a principal that have not expired, in the first [`PAGES_MAX`] pages.
    async fn count(&self, principal: &str, now: Millis) -> Result<usize, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .select(Select::Count)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .filter_expression("expiresAt > :now")
            .expression_attribute_values(":pk", item::s(item::principal_pk(principal)))
            .expression_attribute_values(":now", item::seconds(now));
        let mut pages = query.into_paginator().send();
        let mut count = 0;
        for _ in 0..PAGES_MAX {
            let Some(page) = pages.next().await else { break };
            let page = page.map_err(store_error)?;
            count += usize::try_from(page.count).unwrap_or_default();
        }
        Ok(count)
    }

    /// A connection, unless it is closed or being removed. Strongly consistent.
    pub async fn get(&self, id: &str) -> Result<Option<Connection>, StoreError> {
        let request = self
            .client
            .get_item()
            .table_name(&self.table)
            .consistent_read(true)
            .set_key(Some(item::connection_key(id)));
        let response = request.send().await.map_err(store_error)?;
        Ok(response.item.and_then(|item| item::read_open(id, item)))
    }

    /// Removes a connection with all its subscriptions, including those under `matched_patterns`,
    /// where the caller found it. A connection that does not exist is no error.
    ///
    /// The connection is marked first: a concurrent `subscribe` either sees the mark and deletes what
    /// it wrote, or has listed its subjects in the connection before, where they are found.
    pub async fn remove(&self, id: &str, matched_patterns: &[Pattern]) -> Result<(), StoreError> {
        let connection = self.mark_closing(id).await?;
        let mut patterns: BTreeSet<_> = matched_patterns.iter().cloned().collect();
        let mut keys = Vec::new();
        if let Some(connection) = &connection {
            patterns.extend(connection.stored_patterns(&connection.subjects));
            keys.push(item::principal_key(connection));
        }
        keys.extend(patterns.iter().map(|pattern| item::subscription_key(pattern, id)));
        self.write(keys.into_iter().map(write::delete).collect()).await?;
        match connection {
            Some(_) => self.write(vec![write::delete(item::connection_key(id))]).await,
            None => Ok(()),
        }
    }

    /// Marks a connection as being removed, and returns it; none if it does not exist.
    async fn mark_closing(&self, id: &str) -> Result<Option<Connection>, StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::connection_key(id)))
            .update_expression("SET closing = :true")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":true", AttributeValue::Bool(true))
            .return_values(ReturnValue::AllNew);
        match request.send().await.map_err(store_error) {
            Ok(response) => Ok(response.attributes.map(|item| item::read(id, item))),
            Err(StoreError::Conflict) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

//! The viewers that are connected, and what they are subscribed to.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `connection#<connectionId>` | `connection` | who it is, what it may see, until when, its subjects |
//! | `subject#<pattern>` | `<connectionId>` | until when: a subscription, where `push` looks for it |
//! | `principal#<sub>` | `<connectionId>` | nothing: the connections of one principal |
//!
//! `queue#*` of a token that allows single queues is stored as those queues, so that the partition
//! `subject#queue#*` holds only viewers who may see all.

mod item;
mod subscriptions;
mod write;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, Select};
use headroom_engine::StoreError;
use headroom_kpi::Millis;
use headroom_protocol::{Grants, Pattern, SUBJECTS_MAX};
use headroom_tables::store_error;
use std::collections::BTreeSet;

/// A connection and its subscriptions outlive the two hours of API Gateway by a little, for
/// whatever its `$disconnect` did not reach.
const LIFE: Millis = Millis((2 * 60 + 10) * 60 * 1_000);

/// DynamoDB takes keys of 2,048 bytes; a claim `sub` is rarely longer than 64.
const PRINCIPAL_BYTES_MAX: usize = 1_024;

/// A page holds thousands of connections of one principal: what its reconnects have left behind.
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
    /// When the token's time is over.
    pub until: Millis,
    /// When it was opened.
    pub connected_at: Millis,
    /// What it is subscribed to, as it was asked for.
    pub subjects: BTreeSet<Pattern>,
}

/// One who is to get the changes of a subject.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subscriber {
    /// API Gateway's `connectionId`.
    pub connection: String,
    /// When the token's time is over.
    pub until: Millis,
}

/// Why a connection did not get what it asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionsError {
    /// The principal has as many connections as it may have.
    #[error("{0} connections are open already; close one first")]
    TooManyConnections(usize),
    /// The connection would have more subjects than the limit.
    #[error("a connection takes {SUBJECTS_MAX} subjects; unsubscribe from some first")]
    TooManySubjects,
    /// There is no such connection, or it is being removed.
    #[error("the connection is closed; connect again")]
    NotConnected,
    /// The claim `sub` is empty or too long for a key.
    #[error("the claim `sub` has to have 1 to {PRINCIPAL_BYTES_MAX} bytes")]
    BadPrincipal,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Connection {
    /// Whether the token's time is over.
    pub fn expired(&self, now: Millis) -> bool {
        now >= self.until
    }

    /// The partitions in which it is found as a subscriber of some patterns.
    fn stored<'a>(&self, patterns: impl IntoIterator<Item = &'a Pattern>) -> BTreeSet<Pattern> {
        patterns.into_iter().flat_map(|pattern| self.grants.expand(pattern)).collect()
    }
}

impl Subscriber {
    /// Whether the token's time is over.
    pub fn expired(&self, now: Millis) -> bool {
        now >= self.until
    }
}

impl Connections {
    /// The table of this name.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// Writes a connection that has just been opened, unless its principal has `limit` already.
    ///
    /// It is written before it is counted: two at the same time may both be refused, and never both
    /// be one too many.
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

    /// Connections of a principal that have not expired; a subset if there are very many.
    async fn count(&self, principal: &str, now: Millis) -> Result<usize, StoreError> {
        let (mut count, mut start) = (0, None);
        for _ in 0..PAGES_MAX {
            let query = self.client.query().table_name(&self.table).select(Select::Count);
            let query = query.consistent_read(true).key_condition_expression("pk = :pk");
            let query = query.filter_expression("expiresAt > :now");
            let query =
                query.expression_attribute_values(":pk", item::s(item::principal_pk(principal)));
            let query = query.expression_attribute_values(":now", item::seconds(now));
            let page = query
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| store_error(&error))?;
            count += usize::try_from(page.count).unwrap_or_default();
            start = page.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        Ok(count)
    }

    /// A connection, unless it is closed or being removed. Strongly consistent.
    pub async fn get(&self, id: &str) -> Result<Option<Connection>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let found = get
            .set_key(Some(item::connection_key(id)))
            .send()
            .await
            .map_err(|error| store_error(&error))?;
        Ok(found.item.and_then(|item| item::read_open(id, item)))
    }

    /// Removes a connection with its subscriptions, those among them under which it was `found`.
    /// One that is not there is no error.
    ///
    /// It is marked first: a `subscribe` that is under way either sees the mark and takes back what
    /// it wrote, or has written its subjects before, where they are found.
    pub async fn remove(&self, id: &str, found: &[Pattern]) -> Result<(), StoreError> {
        let connection = self.mark(id).await?;
        let mut patterns: BTreeSet<_> = found.iter().cloned().collect();
        if let Some(connection) = &connection {
            patterns.extend(connection.stored(&connection.subjects));
        }
        let mut keys: Vec<_> = patterns.iter().map(|p| item::subscription_key(p, id)).collect();
        keys.extend(connection.as_ref().map(item::principal_key));
        self.write(keys.into_iter().map(write::delete).collect()).await?;
        match connection {
            Some(_) => self.write(vec![write::delete(item::connection_key(id))]).await,
            None => Ok(()),
        }
    }

    /// Marks a connection as being removed, and returns it as it was; none if there is none.
    async fn mark(&self, id: &str) -> Result<Option<Connection>, StoreError> {
        let update = self.client.update_item().table_name(&self.table);
        let update = update.set_key(Some(item::connection_key(id)));
        let update = update.update_expression("SET closing = :true");
        let update = update.condition_expression("attribute_exists(pk)");
        let update = update.expression_attribute_values(":true", AttributeValue::Bool(true));
        match update.return_values(ReturnValue::AllNew).send().await {
            Ok(marked) => Ok(marked.attributes.map(|item| item::read(id, item))),
            Err(error) if write::condition_failed(&error) => Ok(None),
            Err(error) => Err(store_error(&error)),
        }
    }
}

//! The items of the table.

use super::{Connection, LIFETIME, Subscriber};
use aws_sdk_dynamodb::types::AttributeValue;
use headroom_kpi::Millis;
use headroom_protocol::{Grants, Histograms, Pattern, Queues};
use std::collections::HashMap;

/// Set if rows have their wait histograms.
pub(super) const WAITS: &str = "waits";

pub(super) type Item = HashMap<String, AttributeValue>;

pub(super) fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A time in seconds since 1970, as in TTL attributes.
pub(super) fn seconds(at: Millis) -> AttributeValue {
    AttributeValue::N(at.seconds().to_string())
}

fn key(pk: String, sk: &str) -> Item {
    [("pk", s(pk)), ("sk", s(sk))].map(|(name, value)| (name.to_owned(), value)).into()
}

pub(super) fn connection_key(id: &str) -> Item {
    key(format!("connection#{id}"), "connection")
}

pub(super) fn subscription_pk(pattern: &Pattern) -> String {
    format!("subject#{pattern}")
}

pub(super) fn subscription_key(pattern: &Pattern, id: &str) -> Item {
    key(subscription_pk(pattern), id)
}

pub(super) fn principal_pk(principal: &str) -> String {
    format!("principal#{principal}")
}

pub(super) fn principal_key(connection: &Connection) -> Item {
    key(principal_pk(&connection.principal), &connection.id)
}

fn with<const N: usize>(mut item: Item, attributes: [(&str, AttributeValue); N]) -> Item {
    item.extend(attributes.map(|(name, value)| (name.to_owned(), value)));
    item
}

fn expires_at(connection: &Connection) -> (&'static str, AttributeValue) {
    ("expiresAt", seconds(connection.connected_at + LIFETIME))
}

/// A new connection. It has no attribute `subjects`, since a string set cannot be empty.
pub(super) fn connection(connection: &Connection) -> Item {
    let queues = Vec::from(connection.grants.queues.clone()).into_iter().map(s).collect();
    with(
        connection_key(&connection.id),
        [
            ("principal", s(&connection.principal)),
            ("queues", AttributeValue::L(queues)),
            ("agents", AttributeValue::Bool(connection.grants.agents)),
            ("until", seconds(connection.until)),
            ("connectedAt", seconds(connection.connected_at)),
            expires_at(connection),
        ],
    )
}

pub(super) fn subscription(pattern: &Pattern, connection: &Connection) -> Item {
    let key = subscription_key(pattern, &connection.id);
    let mut item = with(key, [("until", seconds(connection.until)), expires_at(connection)]);
    if connection.histograms == Histograms::Present {
        item.insert(WAITS.to_owned(), AttributeValue::Bool(true));
    }
    item
}

/// Counts as a connection of its principal until the token expires, or the item does.
pub(super) fn principal(connection: &Connection) -> Item {
    let end = connection.until.min(connection.connected_at + LIFETIME);
    with(principal_key(connection), [("expiresAt", seconds(end))])
}

/// Reads a connection; none if it is being removed.
pub(super) fn read_open(id: &str, item: Item) -> Option<Connection> {
    (!item.contains_key("closing")).then(|| read(id, item))
}

/// Reads a connection. Missing or invalid attributes grant nothing: the connection has expired, and
/// no queue is allowed.
pub(super) fn read(id: &str, mut item: Item) -> Connection {
    let text = |value: AttributeValue| match value {
        AttributeValue::S(text) => Some(text),
        _ => None,
    };
    let queues: Vec<String> = match item.remove("queues") {
        Some(AttributeValue::L(queues)) => queues.into_iter().filter_map(text).collect(),
        _ => Vec::new(),
    };
    let subjects = match item.remove("subjects") {
        Some(AttributeValue::Ss(subjects)) => subjects,
        _ => Vec::new(),
    };
    Connection {
        id: id.to_owned(),
        principal: item.remove("principal").and_then(text).unwrap_or_default(),
        grants: Grants {
            queues: Queues::from(queues),
            agents: matches!(item.get("agents"), Some(AttributeValue::Bool(true))),
        },
        until: time(&item, "until"),
        connected_at: time(&item, "connectedAt"),
        subjects: subjects.iter().filter_map(|subject| subject.parse().ok()).collect(),
        histograms: histograms(&item),
    }
}

fn histograms(item: &Item) -> Histograms {
    match item.get(WAITS) {
        Some(AttributeValue::Bool(true)) => Histograms::Present,
        _ => Histograms::Absent,
    }
}

pub(super) fn subscriber(mut item: Item) -> Option<Subscriber> {
    match item.remove("sk") {
        Some(AttributeValue::S(connection)) => {
            let (until, histograms) = (time(&item, "until"), histograms(&item));
            Some(Subscriber { connection, until, histograms })
        }
        _ => None,
    }
}

fn time(item: &Item, name: &str) -> Millis {
    let seconds = match item.get(name) {
        Some(AttributeValue::N(number)) => number.parse().unwrap_or_default(),
        _ => 0_i64,
    };
    Millis(seconds.saturating_mul(1_000))
}

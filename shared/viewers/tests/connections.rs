//! Connections and subscriptions, on DynamoDB in this process.

#![allow(clippy::unwrap_used)]

use headroom_kpi::Millis;
use headroom_protocol::{Grants, Histograms, Pattern, Queues, SUBJECTS_MAX};
use headroom_viewers::{Connection, Connections, ConnectionsError, Subscriber};
use std::collections::BTreeSet;

const NOW: Millis = Millis(1_778_594_400_000);
const HOUR: Millis = Millis(3_600_000);

async fn connections() -> (Connections, aws_sdk_dynamodb::Client) {
    let client = headroom_test_support::dynamo().await;
    (Connections::new(client.clone(), headroom_test_support::CONNECTIONS), client)
}

fn connection(id: &str, queues: &[&str]) -> Connection {
    let queues = queues.iter().map(|queue| (*queue).to_owned()).collect::<Vec<_>>();
    Connection {
        id: id.into(),
        principal: "somebody".into(),
        grants: Grants { queues: Queues::from(queues), agents: false },
        until: NOW + HOUR,
        connected_at: NOW,
        subjects: BTreeSet::new(),
        histograms: Histograms::Absent,
    }
}

fn patterns(texts: &[&str]) -> BTreeSet<Pattern> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn subscriber(connection: &str, histograms: Histograms) -> Subscriber {
    Subscriber { connection: connection.into(), until: NOW + HOUR, histograms }
}

async fn subscribers(connections: &Connections, pattern: &str) -> Vec<String> {
    let list = connections.subscribers(&pattern.parse().unwrap()).await.unwrap();
    list.into_iter().map(|subscriber| subscriber.connection).collect()
}

async fn items(client: &aws_sdk_dynamodb::Client) -> usize {
    let items = client.scan().table_name(headroom_test_support::CONNECTIONS).send().await.unwrap();
    items.items.unwrap_or_default().len()
}

#[tokio::test]
async fn a_connection_is_read_as_it_was_written() {
    let (connections, _) = connections().await;
    let mut connection = connection("c1", &["q1", "q2"]);
    connections.connect(&connection, 20).await.unwrap();
    assert_eq!(connections.get("c1").await.unwrap(), Some(connection.clone()));
    assert_eq!(connections.get("c2").await.unwrap(), None);
    let subjects = patterns(&["queue#*", "queue#q1#voice"]);
    connections.subscribe(&connection, &subjects).await.unwrap();
    connection.subjects = subjects;
    assert_eq!(connections.get("c1").await.unwrap(), Some(connection));
}

#[tokio::test]
async fn histograms_are_written_with_the_first_subscription() {
    let (connections, _) = connections().await;
    for (id, histograms) in [("with", Histograms::Present), ("without", Histograms::Absent)] {
        let connection = connection(id, &["*"]);
        connections.connect(&connection, 20).await.unwrap();
        let connection = Connection { histograms, ..connection };
        connections.subscribe(&connection, &patterns(&["queue#*"])).await.unwrap();
        assert_eq!(connections.get(id).await.unwrap().unwrap().histograms, histograms);
    }
    let subscribers = connections.subscribers(&Pattern::AnyQueue).await.unwrap();
    let expected =
        [subscriber("with", Histograms::Present), subscriber("without", Histograms::Absent)];
    assert_eq!(subscribers, expected);
}

#[tokio::test]
async fn a_principal_has_at_most_so_many_connections() {
    let (connections, _) = connections().await;
    for id in ["c1", "c2"] {
        connections.connect(&connection(id, &[]), 2).await.unwrap();
    }
    let refused = connections.connect(&connection("c3", &[]), 2).await;
    assert_eq!(refused, Err(ConnectionsError::TooManyConnections(2)));
    assert_eq!(connections.get("c3").await.unwrap(), None);
    let other = Connection { principal: "somebody else".into(), ..connection("c3", &[]) };
    connections.connect(&other, 2).await.unwrap();
    connections.remove("c1", &[]).await.unwrap();
    connections.connect(&connection("c4", &[]), 2).await.unwrap();
}

#[tokio::test]
async fn expired_connections_do_not_count() {
    let (connections, _) = connections().await;
    connections.connect(&connection("c1", &[]), 1).await.unwrap();
    let later =
        Connection { until: NOW + HOUR + HOUR, connected_at: NOW + HOUR, ..connection("c2", &[]) };
    connections.connect(&later, 1).await.unwrap();
}

#[tokio::test]
async fn a_principal_that_cannot_be_a_key_is_refused() {
    let (connections, _) = connections().await;
    for principal in [String::new(), "x".repeat(1_025)] {
        let connection = Connection { principal, ..connection("c1", &[]) };
        assert_eq!(connections.connect(&connection, 1).await, Err(ConnectionsError::BadPrincipal));
    }
}

#[tokio::test]
async fn queue_star_is_stored_as_itself_or_as_each_allowed_queue() {
    let (connections, _) = connections().await;
    for connection in [connection("all", &["*"]), connection("some", &["q1", "q2"])] {
        connections.connect(&connection, 20).await.unwrap();
        connections.subscribe(&connection, &patterns(&["queue#*"])).await.unwrap();
    }
    assert_eq!(subscribers(&connections, "queue#*").await, ["all"]);
    assert_eq!(subscribers(&connections, "queue#q1#*").await, ["some"]);
    assert_eq!(subscribers(&connections, "queue#q2#*").await, ["some"]);
    assert_eq!(subscribers(&connections, "queue#q3#*").await, [""; 0]);
    let subscribers = connections.subscribers(&Pattern::AnyQueue).await.unwrap();
    assert_eq!(subscribers, [subscriber("all", Histograms::Absent)]);
}

#[tokio::test]
async fn patterns_that_are_not_allowed_are_not_stored() {
    let (connections, _) = connections().await;
    let connection = connection("c1", &["q1"]);
    connections.connect(&connection, 20).await.unwrap();
    let subjects = patterns(&["queue#q2#voice", "queue#q2#*", "agent#u#voice", "queue#q1#voice"]);
    connections.subscribe(&connection, &subjects).await.unwrap();
    for pattern in ["queue#q2#voice", "queue#q2#*", "agent#u#voice"] {
        assert_eq!(subscribers(&connections, pattern).await, [""; 0], "{pattern}");
    }
    assert_eq!(subscribers(&connections, "queue#q1#voice").await, ["c1"]);
}

#[tokio::test]
async fn unsubscribing_leaves_what_another_subscription_covers() {
    let (connections, _) = connections().await;
    connections.connect(&connection("c1", &["q1", "q2"]), 20).await.unwrap();
    let read = async || connections.get("c1").await.unwrap().unwrap();
    connections.subscribe(&read().await, &patterns(&["queue#*", "queue#q1#*"])).await.unwrap();
    connections.unsubscribe(&read().await, &patterns(&["queue#*", "api#budget"])).await.unwrap();
    assert_eq!(subscribers(&connections, "queue#q1#*").await, ["c1"]);
    assert_eq!(subscribers(&connections, "queue#q2#*").await, [""; 0]);
    assert_eq!(read().await.subjects, patterns(&["queue#q1#*"]));
    connections.unsubscribe(&read().await, &patterns(&["queue#q1#*"])).await.unwrap();
    assert_eq!(subscribers(&connections, "queue#q1#*").await, [""; 0]);
    assert_eq!(read().await.subjects, patterns(&[]));
}

#[tokio::test]
async fn a_connection_takes_a_limited_number_of_subjects_and_repeated_ones_do_not_count() {
    let (connections, _) = connections().await;
    connections.connect(&connection("c1", &["*"]), 20).await.unwrap();
    let subjects: BTreeSet<_> =
        (0..SUBJECTS_MAX).map(|n| format!("queue#{n}#voice").parse().unwrap()).collect();
    let read = async || connections.get("c1").await.unwrap().unwrap();
    connections.subscribe(&read().await, &subjects).await.unwrap();
    connections.subscribe(&read().await, &subjects).await.unwrap();
    let one_more = connections.subscribe(&read().await, &patterns(&["queue#*"])).await;
    assert_eq!(one_more, Err(ConnectionsError::TooManySubjects));
    assert_eq!(subscribers(&connections, "queue#1999#voice").await, ["c1"]);
    assert_eq!(subscribers(&connections, "queue#*").await, [""; 0]);
    connections.remove("c1", &[]).await.unwrap();
    assert_eq!(subscribers(&connections, "queue#1999#voice").await, [""; 0]);
}

#[tokio::test]
async fn removing_a_connection_leaves_nothing_and_may_be_repeated() {
    let (connections, client) = connections().await;
    let connection = connection("c1", &["q1", "q2"]);
    connections.connect(&connection, 20).await.unwrap();
    connections.subscribe(&connection, &patterns(&["queue#*", "api#budget"])).await.unwrap();
    assert_eq!(items(&client).await, 5);
    for _ in 0..2 {
        connections.remove("c1", &[]).await.unwrap();
        assert_eq!(items(&client).await, 0);
    }
}

/// Each step of `subscribe` and `remove` may fall between those of the other.
#[tokio::test]
async fn subscribing_while_a_connection_is_removed_leaves_nothing() {
    let (connections, client) = connections().await;
    let stale = connection("c1", &["*"]);
    connections.connect(&stale, 20).await.unwrap();
    connections.remove("c1", &[]).await.unwrap();
    let refused = connections.subscribe(&stale, &patterns(&["queue#*"])).await;
    assert_eq!(refused, Err(ConnectionsError::NotConnected));
    assert_eq!(items(&client).await, 0);
    for n in 0..50 {
        let connection = connection(&format!("c{n}"), &["*"]);
        connections.connect(&connection, 20).await.unwrap();
        let subjects: BTreeSet<_> =
            (0..n * 2).map(|n| format!("queue#{n}#voice").parse().unwrap()).collect();
        let (subscribed, removed) = tokio::join!(
            connections.subscribe(&connection, &subjects),
            connections.remove(&connection.id, &[]),
        );
        removed.unwrap();
        assert!(matches!(subscribed, Ok(()) | Err(ConnectionsError::NotConnected)));
        assert_eq!(items(&client).await, 0, "{n}");
    }
}

#[tokio::test]
async fn an_orphaned_subscription_is_removed_by_the_pattern_under_which_it_was_found() {
    let (connections, client) = connections().await;
    let connection = connection("c1", &["*"]);
    connections.connect(&connection, 20).await.unwrap();
    connections.subscribe(&connection, &patterns(&["queue#*"])).await.unwrap();
    let key = |name: &str| aws_sdk_dynamodb::types::AttributeValue::S(name.into());
    let delete = client.delete_item().table_name(headroom_test_support::CONNECTIONS);
    delete.key("pk", key("connection#c1")).key("sk", key("connection")).send().await.unwrap();
    connections.remove("c1", &[]).await.unwrap();
    assert_eq!(subscribers(&connections, "queue#*").await, ["c1"]);
    connections.remove("c1", &[Pattern::AnyQueue]).await.unwrap();
    assert_eq!(subscribers(&connections, "queue#*").await, [""; 0]);
}

#[tokio::test]
async fn many_subscribers_are_read_page_by_page() {
    let (connections, client) = connections().await;
    let name = "x".repeat(1_000);
    for n in 0..1_200 {
        let s = |text: String| aws_sdk_dynamodb::types::AttributeValue::S(text);
        let put = client.put_item().table_name(headroom_test_support::CONNECTIONS);
        let put = put.item("pk", s("subject#queue#*".into())).item("sk", s(format!("{n}{name}")));
        put.send().await.unwrap();
    }
    let subscribers = connections.subscribers(&Pattern::AnyQueue).await.unwrap();
    assert_eq!(subscribers.len(), 1_200, "1.2 MB");
    assert_eq!(subscribers[0].until, Millis(0), "without an expiry it has expired");
}

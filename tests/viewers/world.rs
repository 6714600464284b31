//! A deployment in memory: rows, connections, the two functions, and the stream between them.

use crate::gateway::MemoryGateway;
use aws_lambda_events::event::dynamodb::Event;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use headroom_connections::{Handler, Request, RequestContext, Response, VersionCache};
use headroom_engine::{EntityStore, Outcome, RowStore, RowWrite, StoredRow, Transaction, apply};
use headroom_genesys::{Parsed, parse};
use headroom_kpi::settings::{Formulas, Timeline};
use headroom_kpi::{Amounts, Bucket, Calendar, Measure, Millis, RowKey, Settings};
use headroom_protocol::{AuthorizerContext, Histograms, RowFormatter, RowState, ServerMessage};
use headroom_push::{Pace, Push, PushSummary};
use headroom_requests::RetryPolicy;
use headroom_tables::{DynamoDocuments, DynamoRows, DynamoStore, Retention, Tables};
use headroom_test_support::{CONNECTIONS, ENTITIES, HttpFaults, LEDGER, ROWS, dynamo_with};
use headroom_viewers::{Connections, QueueCatalog};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// 2026-05-12T14:02:42Z
pub(crate) const NOW: Millis = Millis(1_778_594_562_000);

/// No pace at all: no time between frames.
const FRAMES_PER_SECOND: u32 = u32::MAX;

pub(crate) const MINUTE: Millis = Millis(60_000);

pub(crate) struct World {
    pub(crate) client: Client,
    pub(crate) faults: HttpFaults,
    pub(crate) gateway: MemoryGateway,
    pub(crate) handler: Handler<DynamoRows, MemoryGateway>,
    pub(crate) push: Push<MemoryGateway>,
    pub(crate) now: Millis,
    pub(crate) store: DynamoStore,
}

impl World {
    pub(crate) async fn new() -> Self {
        let (faults, gateway) = (HttpFaults::default(), MemoryGateway::default());
        let client = dynamo_with(faults.clone()).await;
        let connections = Connections::new(client.clone(), CONNECTIONS);
        let formatter =
            RowFormatter { epoch: "1".into(), formulas: Timeline::new(Formulas::default()) };
        let tables = Tables { entities: ENTITIES.into(), rows: ROWS.into() };
        Self {
            handler: Handler {
                connections: connections.clone(),
                rows: DynamoRows::new(client.clone(), ROWS.into()),
                cache: VersionCache::default(),
                catalog: catalog(&client),
                gateway: gateway.clone(),
                calendar: Calendar::default(),
                formatter: formatter.clone(),
                connections_max: 20,
            },
            push: Push {
                connections,
                gateway: gateway.clone(),
                formatter,
                send_timeout: Duration::from_millis(100),
                pace: Pace::new(FRAMES_PER_SECOND),
            },
            now: NOW,
            store: DynamoStore::new(client.clone(), tables, Retention::default()),
            client,
            faults,
            gateway,
        }
    }

    /// Opens a connection for a token that allows these queues for an hour.
    pub(crate) async fn connect(&self, connection: &str, queues: &[&str]) -> Response {
        self.connect_with(connection, queues, false).await
    }

    /// The same for a token that may allow agents.
    pub(crate) async fn connect_with(
        &self,
        connection: &str,
        queues: &[&str],
        agents: bool,
    ) -> Response {
        let authorizer = AuthorizerContext {
            sub: "somebody".into(),
            queues: json!(queues).to_string(),
            agents: agents.to_string(),
            until: (self.now.seconds() + 3_600).to_string(),
        };
        self.route("$connect", connection, Some(authorizer), None).await
    }

    pub(crate) async fn route(
        &self,
        route: &str,
        connection: &str,
        authorizer: Option<AuthorizerContext>,
        body: Option<String>,
    ) -> Response {
        let request = request(route, connection, authorizer, body);
        self.handler.handle(&request, self.now).await.unwrap()
    }

    /// A viewer sends a message.
    pub(crate) async fn say(&self, connection: &str, message: impl ToString) {
        let body = Some(message.to_string());
        let response = self.route("$default", connection, None, body).await;
        assert_eq!(response.status_code, 200);
    }

    /// The messages that a connection has got since the last call.
    pub(crate) fn received(&self, connection: &str) -> Vec<ServerMessage> {
        let frames = self.gateway.take(connection).into_iter();
        frames.map(|frame| serde_json::from_str(&frame).unwrap()).collect()
    }

    /// A viewer sends a message, and gets these.
    pub(crate) async fn ask(&self, connection: &str, message: impl ToString) -> Vec<ServerMessage> {
        self.received(connection);
        self.say(connection, message).await;
        self.received(connection)
    }

    /// Adds one to a row. Returns the stream's record of it.
    pub(crate) async fn change(&self, subject: &str, bucket: &str) -> Value {
        let amounts = Amounts::from_iter([(Measure::OWaiting, 1)]);
        self.add(&key(subject, bucket), amounts).await
    }

    /// Adds to a row. Returns the stream's record of it.
    pub(crate) async fn add(&self, key: &RowKey, amounts: Amounts) -> Value {
        let before = self.image(key).await;
        let write = RowWrite { row: key.clone(), amounts, at: self.now };
        let transaction = Transaction { entities: vec![], rows: vec![write] };
        self.store.commit(&transaction).await.unwrap();
        let name = if before.is_null() { "INSERT" } else { "MODIFY" };
        record(name, &before, &self.image(key).await)
    }

    /// Folds an event. Returns the stream's records of those rows among `rows` that changed.
    pub(crate) async fn fold(&self, event: &str, rows: &[RowKey]) -> Vec<Value> {
        let mut before = Vec::new();
        for key in rows {
            before.push(self.image(key).await);
        }
        let Ok(Parsed::Facts(facts)) = parse(event.as_bytes()) else { panic!("no facts") };
        let applied =
            apply(&self.store, &Settings::default(), &[&facts], &RetryPolicy::IMMEDIATE).await;
        let stored =
            |outcome: &Outcome| matches!(outcome, Outcome::Applied | Outcome::WithoutEffect);
        assert!(applied.outcomes.iter().all(stored), "{applied:?}");
        let mut records = Vec::new();
        for (key, before) in rows.iter().zip(before) {
            let name = if before.is_null() { "INSERT" } else { "MODIFY" };
            let after = self.image(key).await;
            records.extend((before != after).then(|| record(name, &before, &after)));
        }
        records
    }

    /// Removes a row. Returns the stream's record of it.
    pub(crate) async fn remove(&self, key: &RowKey) -> Value {
        let before = self.image(key).await;
        let delete = self.client.delete_item().table_name(ROWS);
        delete.set_key(Some(item_key(key))).send().await.unwrap();
        record("REMOVE", &before, &Value::Null)
    }

    async fn image(&self, key: &RowKey) -> Value {
        let get = self.client.get_item().table_name(ROWS).consistent_read(true);
        let response = get.set_key(Some(item_key(key))).send().await.unwrap();
        response.item.map_or(Value::Null, |item| json!(serde_dynamo::Item::from(item)))
    }

    /// Pushes a batch of records of the stream.
    pub(crate) async fn push(&self, records: Vec<Value>) -> PushSummary {
        self.push.handle(&batch(&records), self.now, Duration::from_mins(1)).await.unwrap()
    }

    /// Rows as a snapshot would have them now.
    pub(crate) async fn row_states(&self, keys: &[RowKey]) -> BTreeMap<RowKey, RowState> {
        let rows = self.handler.rows.rows(keys).await.unwrap();
        let state = |(key, row): (&RowKey, Option<StoredRow>)| {
            let row = row?;
            let formatter = &self.handler.formatter;
            let state = formatter.format(key, &row.row, row.epoch, row.at, Histograms::Absent);
            Some((key.clone(), state))
        };
        keys.iter().zip(rows).filter_map(state).collect()
    }
}

/// The catalog of a new ledger, under default settings.
pub(crate) fn catalog(client: &Client) -> QueueCatalog {
    QueueCatalog::new(DynamoDocuments::new(client.clone(), LEDGER), Settings::default())
}

pub(crate) fn key(subject: &str, bucket: &str) -> RowKey {
    RowKey { subject: subject.parse().unwrap(), bucket: bucket.parse().unwrap() }
}

/// The rows of subjects in some of the buckets that are shown, and in one long past.
pub(crate) fn keys(subjects: &[&str]) -> Vec<RowKey> {
    let calendar = Calendar::default();
    let buckets = [
        Bucket::Now,
        calendar.interval(NOW),
        calendar.interval(NOW - Millis(90 * MINUTE.0)),
        calendar.day(NOW),
        calendar.interval(NOW - Millis(600 * MINUTE.0)),
    ];
    let rows = |subject: &&str| {
        let subject = subject.parse::<headroom_kpi::Subject>().unwrap();
        buckets.map(|bucket| RowKey { subject: subject.clone(), bucket })
    };
    subjects.iter().flat_map(rows).collect()
}

fn item_key(key: &RowKey) -> std::collections::HashMap<String, AttributeValue> {
    let text = |text: String| AttributeValue::S(text);
    let (subject, bucket) = (text(key.subject.to_string()), text(key.bucket.to_string()));
    [("subject".to_owned(), subject), ("bucket".to_owned(), bucket)].into()
}

fn record(name: &str, old: &Value, new: &Value) -> Value {
    let dynamodb = json!({"OldImage": old, "NewImage": new, "SizeBytes": 1});
    json!({"eventName": name, "eventID": "1", "awsRegion": "local", "dynamodb": dynamodb})
}

pub(crate) fn batch(records: &[Value]) -> Event {
    serde_json::from_value(json!({"Records": records})).unwrap()
}

/// A call of a route.
pub(crate) fn request(
    route: &str,
    connection: &str,
    authorizer: Option<AuthorizerContext>,
    body: Option<String>,
) -> Request {
    let request_context =
        RequestContext { route_key: route.into(), connection_id: connection.into(), authorizer };
    Request { request_context, body, is_base64_encoded: false }
}

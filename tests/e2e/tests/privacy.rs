//! Parsing drops personal data: none reaches a table, log line, delta or metric.

#![allow(clippy::unwrap_used, clippy::panic)]

use headroom_e2e::{Cloud, Socket, eventually};
use headroom_genesys::{Parsed, parse};
use headroom_simulator::{Feed, LineKind, Options};
use headroom_tests::{events_folder, options, simulate};
use jiff::ToSpan;
use serde_json::{Value, json};

const MARKER: &str = "Jane-Roe-555-0123";

/// The fields that parsing reads (`shared/genesys/src/events`): ids, names of metrics, and enums.
const USED: [&str; 36] = [
    "conversationId",
    "sessionId",
    "queueId",
    "userId",
    "mediaType",
    "direction",
    "acdOutcome",
    "answeredUserId",
    "disconnectType",
    "metric",
    "name",
    "recordId",
    "value",
    "eventTime",
    "metricDate",
    "emitDate",
    "connectedDurationMs",
    "alertingDurationMs",
    "interactingDurationMs",
    "heldDurationMs",
    "contactingDurationMs",
    "dialingDurationMs",
    "wrapupDurationMs",
    "id",
    "routingStatus",
    "presence",
    "presenceDefinition",
    "primary",
    "modifiedDate",
    "outOfOffice",
    "activeQueueIds",
    "dateActiveQueuesChanged",
    "user",
    "joined",
    "status",
    "startTime",
];

/// The fields that Genesys documents for this topic and that parsing does not read.
fn free_fields(topic: &str) -> Vec<String> {
    let folder = events_folder().join("schemas");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let texts =
        paths.filter(|path| path.is_file()).map(|path| std::fs::read_to_string(path).unwrap());
    let schema = texts
        .map(|text| serde_json::from_str::<Value>(&text).unwrap())
        .find(|schema| schema["x-topic"] == topic);
    let schema = schema.unwrap_or_else(|| panic!("{topic} has no schema"));
    let properties = schema["properties"].as_object().unwrap();
    properties.keys().filter(|name| !USED.contains(&name.as_str())).cloned().collect()
}

/// The event with the marker in every field that parsing does not read, known to the schema or not.
fn marked(line: &[u8]) -> Value {
    let mut event: Value = serde_json::from_slice(line).unwrap();
    let topic = event["detail-type"].as_str().unwrap().to_owned();
    let body = event["detail"]["eventBody"].as_object_mut().unwrap();
    for name in free_fields(&topic) {
        body.insert(name, json!(MARKER));
    }
    for part in body.values_mut().filter_map(Value::as_object_mut) {
        part.insert("presenceMessage".into(), json!(MARKER));
        part.insert("name".into(), json!(MARKER));
    }
    body.insert("customerName".into(), json!(MARKER));
    body.insert("attributes".into(), json!({MARKER: MARKER, "list": [MARKER]}));
    event["detail"]["metadata"] = json!({"CorrelationId": MARKER});
    event["resources"] = json!([MARKER]);
    event
}

#[tokio::test]
async fn personal_data_reaches_no_table_log_delta_or_metric() {
    let start = jiff::Timestamp::now() - 1.hours();
    let agents = true;
    let simulated = simulate(&Options { start, feed: Feed::Both, agents, ..options(5, 40) }).0;
    let used = simulated.iter().filter(|line| {
        let is_used = matches!(parse(&line.bytes), Ok(Parsed::Fact(..) | Parsed::Facts(_)));
        line.kind == LineKind::Event && is_used
    });
    let events: Vec<_> = used.map(|line| marked(&line.bytes)).collect();
    let broken = json!({"detail-type": "v2.detail.events.conversation.{id}.acd.start",
        "detail": {"eventBody": {"conversationId": "", "ani": MARKER}}});

    let cloud = Cloud::start(&[]);
    let mut claims = cloud.claims(&["*"]);
    claims["agents"] = json!(true);
    let token = cloud.sign(&claims);
    let mut socket = Socket::open(&cloud, &token, None).await.unwrap();
    let subjects = ["queue#*", "agent#*"];
    socket.send(&json!({"action": "subscribe", "id": 1, "subjects": subjects})).await;
    socket.next_of_type("snapshot").await;
    cloud.deliver(&events).await;
    cloud.deliver(&[broken]).await;
    cloud.wait_until_drained().await;
    eventually("the refused event", async || cloud.count("QuarantineQueueUrl").await == 1).await;
    socket.next_of_type("deltas").await;
    socket.send(&json!({"action": "verify", "id": 2, "have": {}})).await;
    socket.next_of_type("snapshot").await;

    for table in ["EntitiesTable", "RowsTable", "ConnectionsTable", "LedgerTable"] {
        let items = cloud.items(table).await;
        assert!(!items.is_empty(), "{table}");
        for item in items {
            assert!(!has_marker(&item), "{table}");
        }
    }
    let query = format!(
        "subject=queue%23*&subject=agent%23*&from={}&to={}",
        start - 1.hours(),
        start + 2.hours()
    );
    for format in ["json", "csv"] {
        let answer = cloud.get(&token, &format!("{query}&format={format}")).await;
        assert!(answer.body.contains("nOffered"), "{answer:?}");
        assert!(!answer.body.contains(MARKER), "{format}");
    }
    let logs = cloud.logs();
    assert!(
        logs.contains("EventsApplied") && logs.contains("event refused; put into quarantine"),
        "{logs}"
    );
    assert!(!logs.contains(MARKER) && !logs.contains(&token));
    for metric in ["nOffered", "oOnQueueUsers", "systemPresence"] {
        assert!(socket.frames.iter().any(|frame| frame.contains(metric)), "{metric}");
    }
    assert!(!socket.frames.iter().any(|frame| frame.contains(MARKER)));
    assert_eq!(cloud.quarantine().await.len(), 1, "the quarantine alone keeps an event whole");
}

/// Whether an item contains the marker, in its text or bytes.
fn has_marker(item: &serde_dynamo::Item) -> bool {
    let marker = MARKER.as_bytes();
    item.inner().iter().any(|(name, value)| match value {
        serde_dynamo::AttributeValue::B(bytes) => {
            bytes.windows(marker.len()).any(|part| part == marker)
        }
        value => name.contains(MARKER) || format!("{value:?}").contains(MARKER),
    })
}

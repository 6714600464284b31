//! `docs/protocol.schema.json`, and the schemas in `docs/asyncapi.json` and `docs/openapi.json`, are
//! what the types of the protocol say. The rest of the two is written by hand.
//!
//! `HEADROOM_UPDATE=1 cargo test -p headroom-tests --test protocol_documents` writes them anew.

#![allow(clippy::unwrap_used, clippy::panic)]

mod source;

use headroom_kpi::Computed;
use headroom_protocol::schema::{asyncapi_components, json_schema, openapi_schemas};
use headroom_protocol::{
    BUCKETS_MAX, CatalogQueue, ClientMessage, Delta, ErrorCode, Feature, KnownVersion, Pattern,
    Problem, RefusedSubject, RowState, RowsPage, SUBJECTS_PER_REQUEST_MAX, ServerMessage,
    TargetLevel,
};
use serde::Serialize;
use serde_json::{Value, json};
use source::root;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// A document as its file has it.
fn stored(file: &str) -> Value {
    let bytes = fs::read(root().join("docs").join(file)).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// The `AsyncAPI` document, with the components that the types give.
fn asyncapi() -> Value {
    let mut document = stored("asyncapi.json");
    document["components"] = asyncapi_components();
    document
}

/// The `OpenAPI` document, with the schemas that the types give.
fn openapi() -> Value {
    let mut document = stored("openapi.json");
    document["components"]["schemas"] = openapi_schemas();
    document
}

/// Compares a document with its file, or writes the file.
fn check(file: &str, document: &Value) {
    if std::env::var_os("HEADROOM_UPDATE").is_some() {
        let text = serde_json::to_string_pretty(document).unwrap() + "\n";
        fs::write(root().join("docs").join(file), text).unwrap();
    }
    assert!(
        stored(file) == *document,
        "docs/{file} is out of date: run this test with HEADROOM_UPDATE=1"
    );
}

#[test]
fn the_documents_are_those_of_the_types() {
    check("protocol.schema.json", &json_schema());
    check("asyncapi.json", &asyncapi());
    check("openapi.json", &openapi());
}

#[test]
fn descriptions_have_no_links_of_rust() {
    for document in [json_schema(), asyncapi(), openapi()] {
        assert!(!document.to_string().contains("[`"));
        assert!(!document.to_string().contains("crate::"));
    }
}

/// Checks that every reference leads somewhere.
fn check_references(document: &Value, value: &Value) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get("$ref") {
                let target = document.pointer(reference.strip_prefix('#').unwrap());
                assert!(target.is_some(), "{reference}");
            }
            object.values().for_each(|value| check_references(document, value));
        }
        Value::Array(values) => values.iter().for_each(|value| check_references(document, value)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_message_has_an_operation() {
    for document in [json_schema(), asyncapi(), openapi()] {
        check_references(&document, &document);
    }
    let document = asyncapi();
    let operations = document["operations"].to_string();
    let names = keys(&document["components"]["messages"]);
    assert_eq!(keys(&document["channels"]["viewer"]["messages"]), names);
    for name in names {
        assert!(operations.contains(&format!("#/channels/viewer/messages/{name}\"")), "{name}");
    }
}

fn computed() -> Computed {
    let ratio = Some(0.5);
    let time = || Some("2026-05-12T14:02:42Z".to_owned());
    Computed {
        asa_ms: ratio,
        aht_ms: ratio,
        answer_rate: ratio,
        abandon_rate: ratio,
        service_level: ratio,
        wait_p50_ms: ratio,
        wait_p90_ms: ratio,
        wait_p95_ms: ratio,
        avg_talk_ms: ratio,
        avg_hold_ms: ratio,
        avg_acw_ms: ratio,
        waiting_since: time(),
        interacting_since: time(),
        occupancy: ratio,
        status: Some("ON_QUEUE".to_owned()),
        status_since: time(),
        idle_since: time(),
    }
}

fn row() -> RowState {
    RowState {
        subject: "queue#q#voice".into(),
        bucket: "now".into(),
        epoch: "1.5".into(),
        version: 3,
        at: "2026-05-12T14:02:42Z".into(),
        metrics: BTreeMap::from([("oWaiting".into(), 1), ("w57".into(), 2)]),
        computed: computed(),
        name: Some("Billing".into()),
    }
}

/// A row of which nothing can be computed, as most rows are in part.
fn bare_row() -> RowState {
    RowState { computed: Computed::default(), name: None, ..row() }
}

fn server_messages() -> Vec<ServerMessage> {
    let refused = RefusedSubject { subject: "x".into(), code: ErrorCode::Forbidden };
    let levels =
        BTreeMap::from([("voice".to_owned(), TargetLevel { target: 0.8, threshold_ms: 20_000 })]);
    let queue = CatalogQueue {
        id: "q".into(),
        name: Some("Billing".into()),
        service_levels: levels.clone(),
    };
    vec![
        ServerMessage::Subscribed {
            id: 1,
            subjects: vec!["queue#*".into()],
            refused: vec![refused],
            verify_seconds: Some(60),
            features: Feature::ALL.to_vec(),
        },
        ServerMessage::Snapshot { id: Some(1), rows: vec![row(), bare_row()], last: true },
        ServerMessage::Deltas { rows: vec![Delta::between(None, &row())] },
        ServerMessage::Catalog {
            id: None,
            version: "1".into(),
            unchanged: false,
            service_levels: levels,
            queues: vec![queue],
            last: true,
        },
        ServerMessage::Pong { id: 3 },
        ServerMessage::Error { id: None, code: ErrorCode::TooMany, message: "too many".into() },
        ServerMessage::Expired,
    ]
}

fn client_messages() -> Vec<ClientMessage> {
    let versions = BTreeMap::from([("queue#q#voice|now".to_owned(), KnownVersion::default())]);
    let subjects = vec!["queue#q#voice".to_owned()];
    let requests = [
        json!({"action": "subscribe", "id": 1, "subjects": subjects, "have": versions, "waits": true}),
        json!({"action": "unsubscribe", "id": 2, "subjects": subjects}),
        json!({"action": "ping", "id": 3}),
        json!({"action": "verify", "id": 4, "have": versions, "from": "a", "to": "b"}),
        json!({"action": "verify", "id": 5, "digests": {"queue#q#voice": "cbf29ce484222325"}, "buckets": ["now"], "catalog": "1"}),
        json!({"action": "read", "id": 6, "subjects": subjects, "since": "2026-05-12T14:00:00Z", "until": "2026-05-12T15:00:00Z"}),
        json!({"action": "read", "id": 7, "subjects": subjects, "buckets": ["now"]}),
        json!({"action": "catalog", "id": 8, "version": "1"}),
    ];
    requests.iter().map(|request| ClientMessage::parse(&request.to_string()).unwrap()).collect()
}

#[test]
fn every_message_fits_the_schema_and_others_do_not() {
    let schema = jsonschema::validator_for(&json_schema()).unwrap();
    let fits = |message: &dyn Fn() -> Value| schema.is_valid(&message());
    for message in server_messages() {
        assert!(fits(&|| value(&message)), "{message:?}");
    }
    for message in client_messages() {
        assert!(fits(&|| value(&message)), "{message:?}");
    }
    for other in [
        json!({"action": "fly", "id": 1}),
        json!({"action": "ping"}),
        json!({"action": "ping", "id": 1, "more": 1}),
        json!({"type": "snapshot", "last": true}),
        json!({"type": "error", "code": "unheard_of", "message": ""}),
    ] {
        assert!(!schema.is_valid(&other), "{other}");
    }
}

#[test]
fn all_computed_values_are_in_the_schema() {
    let schema = &json_schema()["$defs"]["Computed"]["properties"];
    let computed = value(&computed());
    assert_eq!(keys(schema), keys(&computed));
}

/// Whether a value fits a schema of the `OpenAPI` document.
fn fits_openapi(name: &str, value: &Value) -> bool {
    let mut document = openapi();
    document["$ref"] = json!(format!("#/components/schemas/{name}"));
    jsonschema::validator_for(&document).unwrap().is_valid(value)
}

#[test]
fn answers_of_the_http_api_fit_its_document_and_others_do_not() {
    let as_of = "2026-05-12T14:02:42Z".to_owned();
    let (rows, next) = (vec![row(), bare_row()], Some("eyJ".to_owned()));
    let page = RowsPage { as_of, stale: true, lag_seconds: Some(3), rows, next };
    assert!(fits_openapi("RowsPage", &value(&page)));
    let first = RowsPage { lag_seconds: None, next: None, ..page };
    assert!(fits_openapi("RowsPage", &value(&first)));
    let (kind, title) = ("about:blank".to_owned(), "Forbidden".to_owned());
    let problem = Problem { kind, title, status: 403, detail: "no".to_owned() };
    assert!(fits_openapi("Problem", &value(&problem)));
    assert!(!fits_openapi("Problem", &json!({"message": "Forbidden"})));
    assert!(!fits_openapi("RowsPage", &json!({"rows": []})));
}

/// The schemas of the parameters of the HTTP API, by name.
fn parameters() -> BTreeMap<String, Value> {
    let document = openapi();
    let list = document["paths"]["/v1/rows"]["parameters"].as_array().unwrap();
    let name = |parameter: &Value| parameter["name"].as_str().unwrap().to_owned();
    let parameters: BTreeMap<_, _> =
        list.iter().map(|parameter| (name(parameter), parameter["schema"].clone())).collect();
    assert_eq!(parameters.len(), list.len(), "each has a name of its own");
    parameters
}

/// Whether a text is one of the values of a parameter of the HTTP API.
fn fits_parameter(name: &str, text: &str) -> bool {
    let schema = jsonschema::validator_for(&parameters()[name]["items"]).unwrap();
    schema.is_valid(&json!(text))
}

#[test]
fn the_limits_of_parameters_are_those_of_requests() {
    assert_eq!(parameters()["subject"]["maxItems"], json!(SUBJECTS_PER_REQUEST_MAX));
    assert_eq!(parameters()["bucket"]["maxItems"], json!(BUCKETS_MAX));
}

#[test]
fn the_patterns_of_parameters_are_what_is_read() {
    for subject in [
        "queue#*",
        "queue#q#*",
        "queue#q#voice",
        "queue#q#agents",
        "agent#*",
        "agent#u",
        "agent#u#*",
        "agent#u#voice",
        "api#budget",
        "",
        "queue",
        "queue#",
        "queue#q",
        "queue#*#voice",
        "queue#q#VOICE",
        "queue#q#a#b",
        "agent#",
        "agent#*#*",
        "api#other",
        "queue##voice",
    ] {
        assert_eq!(
            fits_parameter("subject", subject),
            subject.parse::<Pattern>().is_ok(),
            "{subject}"
        );
    }
    for bucket in ["now", "current", "today", "PT30M#2026-05-12T14:00:00Z", "P1D#2026-05-12"] {
        assert!(fits_parameter("bucket", bucket), "{bucket}");
    }
    for bucket in ["", "yesterday", "PT20M#2026-05-12T14:00:00Z", "P1D", "PT30M#2026-05-12"] {
        assert!(!fits_parameter("bucket", bucket), "{bucket}");
    }
}

fn keys(value: &Value) -> BTreeSet<&String> {
    value.as_object().unwrap().keys().collect()
}

fn value(message: &impl Serialize) -> Value {
    serde_json::to_value(message).unwrap()
}

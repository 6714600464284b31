//! The protocol for programs: what `docs/protocol.schema.json`, `docs/asyncapi.json` and
//! `docs/openapi.json` have of the types of the messages.
//!
//! A test compares the documents with what is generated here.

use crate::{ClientMessage, Problem, RowsPage, ServerMessage};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

/// The schema of `headroom_kpi::Computed`, whose crate has no schemas. Ratios with denominator 0 are
/// absent.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", transform = without_required)]
#[allow(dead_code, reason = "the derived schema is all that is needed of it")]
pub(crate) struct Computed {
    /// Average speed of answer.
    asa_ms: Option<f64>,
    /// Average handle time.
    aht_ms: Option<f64>,
    /// Answered / offered, 0 to 1.
    answer_rate: Option<f64>,
    /// Abandoned / offered, 0 to 1.
    abandon_rate: Option<f64>,
    /// The service level, 0 to 1. Of queues only.
    service_level: Option<f64>,
    /// The 50th percentile of waits.
    wait_p50_ms: Option<f64>,
    /// The 90th percentile of waits.
    wait_p90_ms: Option<f64>,
    /// The 95th percentile of waits.
    wait_p95_ms: Option<f64>,
    /// Average talk time.
    avg_talk_ms: Option<f64>,
    /// Average hold time.
    avg_hold_ms: Option<f64>,
    /// Average after-call work.
    avg_acw_ms: Option<f64>,
    /// When the longest open wait began, ISO-8601.
    waiting_since: Option<String>,
    /// When the oldest open session began in which an agent is connected, ISO-8601.
    interacting_since: Option<String>,
    /// The share of the time on queue in which an agent was at work, 0 to 1. Of agents only.
    occupancy: Option<f64>,
    /// The status of an agent now, as Genesys shows it.
    status: Option<String>,
    /// Since when, ISO-8601.
    status_since: Option<String>,
    /// Since when the agent of a queue who has been idle for longest has been so, ISO-8601.
    idle_since: Option<String>,
}

/// Any of the values may be absent.
fn without_required(schema: &mut Schema) {
    schema.remove("required");
}

/// The JSON Schema of a message in either direction: [`ClientMessage`] as the server reads it, and
/// [`ServerMessage`] as it writes it.
pub fn json_schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Headroom viewer protocol, version 1",
        "description": "Generated from shared/protocol. docs/protocol.md is the specification.",
        "oneOf": [{"$ref": "#/$defs/ClientMessage"}, {"$ref": "#/$defs/ServerMessage"}],
        "$defs": message_definitions(&SchemaSettings::draft2020_12()),
    })
}

/// The `components` of the `AsyncAPI` document: the messages, by name, and the schemas of their parts.
pub fn asyncapi_components() -> Value {
    let mut schemas = message_definitions(&document_settings(SchemaSettings::draft07()));
    let mut messages = variants(schemas.remove("ClientMessage"), "action", request_name);
    messages.append(&mut variants(schemas.remove("ServerMessage"), "type", str::to_owned));
    json!({"messages": messages, "schemas": schemas})
}

/// The `components.schemas` of the `OpenAPI` document: the answers of the HTTP API.
pub fn openapi_schemas() -> Value {
    let settings = document_settings(SchemaSettings::draft2020_12()).for_serialize();
    let mut schemas = definitions::<RowsPage>(settings.clone());
    schemas.append(&mut definitions::<Problem>(settings));
    schemas.into()
}

/// Settings for a document that has its schemas among its components.
fn document_settings(settings: SchemaSettings) -> SchemaSettings {
    settings.with(|settings| settings.definitions_path = "/components/schemas".into())
}

fn message_definitions(settings: &SchemaSettings) -> Map<String, Value> {
    let mut schemas = definitions::<ClientMessage>(settings.clone().for_deserialize());
    schemas.append(&mut definitions::<ServerMessage>(settings.clone().for_serialize()));
    schemas
}

/// The schemas of a type and of its parts, by name.
fn definitions<T: JsonSchema>(settings: SchemaSettings) -> Map<String, Value> {
    let mut generator = settings.into_generator();
    generator.subschema_for::<T>();
    generator.take_definitions(true)
}

/// The name of a request among the messages: `catalog` is both a request and its answer.
fn request_name(action: &str) -> String {
    format!("{action}Request")
}

/// The messages of an enum, by the value of its tag.
fn variants(schema: Option<Value>, tag: &str, name: impl Fn(&str) -> String) -> Map<String, Value> {
    let schema = schema.unwrap_or_default();
    let variants = schema["oneOf"].as_array().into_iter().flatten();
    let message = |variant: &Value| {
        let mut payload = variant.clone();
        let summary = payload.as_object_mut()?.remove("description")?;
        let value = payload["properties"][tag]["const"].as_str()?.to_owned();
        let message = json!({"name": value, "summary": summary, "payload": payload});
        Some((name(&value), message))
    };
    variants.filter_map(message).collect()
}

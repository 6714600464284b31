//! The protocol for programs: JSON Schema and `AsyncAPI`, from the types of the messages.
//!
//! Both are files of `docs`. A test compares them with what is generated here.

use crate::{ClientMessage, ServerMessage};
use schemars::JsonSchema;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// The schema of [`headroom_kpi::Computed`], whose crate has no schemas. Ratios with denominator 0 are
/// absent.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[allow(dead_code, reason = "the derived schema is all that is needed of it")]
pub(crate) struct Computed {
    /// Average speed of answer.
    #[schemars(skip_serializing_if = "Option::is_none")]
    asa_ms: Option<f64>,
    /// Average handle time.
    #[schemars(skip_serializing_if = "Option::is_none")]
    aht_ms: Option<f64>,
    /// Answered / offered, 0 to 1.
    #[schemars(skip_serializing_if = "Option::is_none")]
    answer_rate: Option<f64>,
    /// Abandoned / offered, 0 to 1.
    #[schemars(skip_serializing_if = "Option::is_none")]
    abandon_rate: Option<f64>,
    /// The service level, 0 to 1. Of queues only.
    #[schemars(skip_serializing_if = "Option::is_none")]
    service_level: Option<f64>,
    /// The 50th percentile of waits.
    #[schemars(skip_serializing_if = "Option::is_none")]
    wait_p50_ms: Option<f64>,
    /// The 90th percentile of waits.
    #[schemars(skip_serializing_if = "Option::is_none")]
    wait_p90_ms: Option<f64>,
    /// The 95th percentile of waits.
    #[schemars(skip_serializing_if = "Option::is_none")]
    wait_p95_ms: Option<f64>,
    /// Average talk time.
    #[schemars(skip_serializing_if = "Option::is_none")]
    avg_talk_ms: Option<f64>,
    /// Average hold time.
    #[schemars(skip_serializing_if = "Option::is_none")]
    avg_hold_ms: Option<f64>,
    /// Average after-call work.
    #[schemars(skip_serializing_if = "Option::is_none")]
    avg_acw_ms: Option<f64>,
    /// When the longest open wait began, ISO-8601.
    #[schemars(skip_serializing_if = "Option::is_none")]
    waiting_since: Option<String>,
    /// When the oldest open session began in which an agent is connected, ISO-8601.
    #[schemars(skip_serializing_if = "Option::is_none")]
    interacting_since: Option<String>,
    /// The share of the time on queue in which an agent was at work, 0 to 1. Of agents only.
    #[schemars(skip_serializing_if = "Option::is_none")]
    occupancy: Option<f64>,
    /// The status of an agent now, as Genesys shows it.
    #[schemars(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// Since when, ISO-8601.
    #[schemars(skip_serializing_if = "Option::is_none")]
    status_since: Option<String>,
    /// Since when the agent of a queue who has been idle for longest has been so, ISO-8601.
    #[schemars(skip_serializing_if = "Option::is_none")]
    idle_since: Option<String>,
}

/// The JSON Schema of a message in either direction: [`ClientMessage`] as the server reads it, and
/// [`ServerMessage`] as it writes it.
pub fn json_schema() -> Value {
    let mut definitions = client_definitions(SchemaSettings::draft2020_12());
    definitions.append(&mut server_definitions(SchemaSettings::draft2020_12()));
    without_links(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Headroom viewer protocol, version 1",
        "description": "Generated from shared/protocol. docs/protocol.md is the specification.",
        "oneOf": [{"$ref": "#/$defs/ClientMessage"}, {"$ref": "#/$defs/ServerMessage"}],
        "$defs": definitions,
    }))
}

/// A document whose descriptions have the texts of links in place of links to Rust's documentation.
pub(crate) fn without_links(mut document: Value) -> Value {
    match &mut document {
        Value::Object(object) => {
            for (name, value) in object {
                match value {
                    Value::String(text) if name == "description" => *text = plain(text),
                    _ => *value = without_links(value.take()),
                }
            }
        }
        Value::Array(values) => {
            for value in values {
                *value = without_links(value.take());
            }
        }
        _ => {}
    }
    document
}

/// A text with `code` in place of [`code`] and [`code`](link).
fn plain(text: &str) -> String {
    let mut parts = text.split("[`");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once("`]").unwrap_or((part, ""));
        let link = rest.strip_prefix('(').and_then(|link| link.split_once(')'));
        let rest = link.map_or(rest, |(_, rest)| rest);
        plain.extend(["`", code, "`", rest]);
    }
    plain
}

/// The schemas of some types, by name.
pub(crate) fn definitions(
    settings: SchemaSettings,
    add: impl FnOnce(&mut SchemaGenerator),
) -> Map<String, Value> {
    let mut generator = settings.into_generator();
    add(&mut generator);
    generator.take_definitions(true)
}

fn client_definitions(settings: SchemaSettings) -> Map<String, Value> {
    definitions(settings.for_deserialize(), |generator| {
        generator.subschema_for::<ClientMessage>();
    })
}

fn server_definitions(settings: SchemaSettings) -> Map<String, Value> {
    definitions(settings.for_serialize(), |generator| {
        generator.subschema_for::<ServerMessage>();
    })
}

/// Requests, and the messages that answer them.
const REQUESTS: [(&str, &[&str]); 6] = [
    ("subscribe", &["subscribed", "snapshot", "error"]),
    ("unsubscribe", &["error"]),
    ("ping", &["pong", "error"]),
    ("verify", &["catalog", "snapshot", "error"]),
    ("read", &["snapshot", "error"]),
    ("catalog", &["catalog", "error"]),
];

/// Messages that answer no request.
const NOTIFICATIONS: [&str; 2] = ["deltas", "expired"];

/// The name of a request among the messages: `catalog` is both a request and its answer.
fn request_name(action: &str) -> String {
    format!("{action}Request")
}

/// The `AsyncAPI` document of the WebSocket, as the server sees it.
pub fn asyncapi() -> Value {
    let settings = || {
        SchemaSettings::draft07()
            .with(|settings| settings.definitions_path = "/components/schemas".into())
    };
    let mut schemas = client_definitions(settings());
    schemas.append(&mut server_definitions(settings()));
    let mut messages = variants(schemas.remove("ClientMessage"), "action", request_name);
    messages.append(&mut variants(schemas.remove("ServerMessage"), "type", str::to_owned));
    let channel_messages: Map<_, _> = messages
        .keys()
        .map(|name| (name.clone(), reference("components/messages", name)))
        .collect();
    without_links(json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Headroom viewer protocol",
            "version": "1",
            "description": "Rows of queues and agents over a WebSocket. Generated from shared/protocol; docs/protocol.md is the specification.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"stack": server()},
        "channels": {"viewer": {
            "address": "/",
            "servers": [{"$ref": "#/servers/stack"}],
            "messages": channel_messages,
            "bindings": {"ws": handshake()},
        }},
        "operations": operations(),
        "components": {"messages": messages, "schemas": schemas},
    }))
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

fn reference(path: &str, name: &str) -> Value {
    json!({"$ref": format!("#/{path}/{name}")})
}

fn server() -> Value {
    json!({
        "host": "{api}.execute-api.{region}.amazonaws.com",
        "pathname": "/{stage}",
        "protocol": "wss",
        "description": "Output ViewerUrl of the stack.",
        "variables": {
            "api": {"description": "The id of the WebSocket API."},
            "region": {"description": "The region of the stack."},
            "stage": {"default": "v1"},
        },
    })
}

fn handshake() -> Value {
    let subprotocols = json!({
        "type": "string",
        "description": "headroom.v1, bearer.<JWT>: the token travels here, never in the URL. The server selects headroom.v1.",
    });
    json!({
        "method": "GET",
        "headers": {
            "type": "object",
            "properties": {"Sec-WebSocket-Protocol": subprotocols},
            "required": ["Sec-WebSocket-Protocol"],
        },
        "bindingVersion": "0.1.0",
    })
}

fn operations() -> Map<String, Value> {
    let channel = || json!({"$ref": "#/channels/viewer"});
    let message = |name: &str| reference("channels/viewer/messages", name);
    let request = |(action, answers): &(&str, &[&str])| {
        let answers: Vec<_> = answers.iter().map(|name| message(name)).collect();
        let operation = json!({
            "action": "receive",
            "channel": channel(),
            "messages": [message(&request_name(action))],
            "reply": {"channel": channel(), "messages": answers},
        });
        ((*action).to_owned(), operation)
    };
    let notification = |name: &&str| {
        let operation =
            json!({"action": "send", "channel": channel(), "messages": [message(name)]});
        ((*name).to_owned(), operation)
    };
    REQUESTS.iter().map(request).chain(NOTIFICATIONS.iter().map(notification)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_have_no_links_of_rust() {
        assert_eq!(plain("As in [`RowState`], see [`A`](crate::A)."), "As in `RowState`, see `A`.");
        assert_eq!(plain("none [1]"), "none [1]");
        for document in [json_schema(), asyncapi()] {
            assert!(!document.to_string().contains("crate::"));
        }
    }
}

//! Answers have the shapes of Genesys' schemas, and no field besides.

use super::*;
use jsonschema::Validator;
use serde_json::json;
use std::path::Path;

fn schema(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/schemas/api");
    let text = std::fs::read(folder.join(format!("{name}.json"))).unwrap();
    let mut schema: Value = serde_json::from_slice(&text).unwrap();
    close(&mut schema);
    schema
}

/// Makes a field that is not in a schema an error, wherever fields are listed.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.values_mut().for_each(close);
            if fields.contains_key("properties") && fields.get("type") == Some(&json!("object")) {
                fields.insert("additionalProperties".to_owned(), json!(false));
            }
        }
        Value::Array(values) => values.iter_mut().for_each(close),
        _ => {}
    }
}

fn assert_fits(schema: &Value, value: &Value) {
    let validator: Validator = jsonschema::validator_for(schema).unwrap();
    if let Err(error) = validator.validate(value) {
        panic!("{error} at {} in {value}", error.instance_path());
    }
}

#[test]
fn conversations_fit_their_schema_at_any_time() {
    let schema = schema("conversations-details-multiget.response");
    for seed in 0..3 {
        let run = simulate(&options(seed, 200));
        let (start, end) = (ms(START), run.archive.end_ms().unwrap());
        let ids = run.archive.conversations();
        for at in [start + 600_000, start + 3_600_000, end] {
            let conversations = Client::as_of(&run.archive, at).conversations(&ids);
            assert!(!conversations.is_empty());
            assert_fits(&schema, &json!({ "conversations": conversations }));
        }
    }
}

#[test]
fn a_page_of_a_query_is_the_same_with_a_count() {
    let mut schema = schema("conversations-details-multiget.response");
    schema["properties"]["totalHits"] = json!({ "type": "integer" });
    let run = simulate(&options(3, 50));
    let body = json!({ "interval": "2026-05-12T00:00:00.000Z/2026-05-13T00:00:00.000Z" });
    let path = "/api/v2/analytics/conversations/details/query";
    let page = json(&Client::at_end(&run.archive).post(path, &body));
    assert_eq!(page["totalHits"], 50);
    assert_fits(&schema, &page);
}

#[test]
fn one_conversation_has_attributes_as_well() {
    let mut schema = schema("conversations-details-multiget.response");
    let participant = "AnalyticsParticipantWithoutAttributes";
    schema["definitions"][participant]["properties"]["attributes"] = json!({ "type": "object" });
    let run = simulate(&options(3, 5));
    for id in run.archive.conversations() {
        let path = format!("/api/v2/analytics/conversations/{id}/details");
        let conversation = json(&Client::at_end(&run.archive).get(&path));
        assert_eq!(text(&conversation, "conversationId"), Some(id.as_str()));
        assert!(conversation["participants"][0]["attributes"]["customerName"].is_string());
        assert_fits(&schema, &json!({ "conversations": [conversation] }));
    }
}

/// What the product must drop is there to be dropped.
#[test]
fn personal_data_is_in_the_answers() {
    let run = simulate(&options(3, 300));
    let conversations = Client::at_end(&run.archive).conversations(&run.archive.conversations());
    let text = json!(conversations).to_string();
    for field in ["ani", "dnis", "addressFrom", "participantName", "subject", "callbackUserName"] {
        assert!(text.contains(&format!("\"{field}\"")), "{field}");
    }
    assert!(text.contains("wrapUpNote"));
}

#[test]
fn queues_and_members_fit_their_schemas() {
    let run = simulate(&options(3, 100));
    let mut client = Client::at_end(&run.archive);
    for queue in each(&json(&client.get("/api/v2/routing/queues")), "entities") {
        assert_fits(&schema("routing-queue"), queue);
        let path = format!("/api/v2/routing/queues/{}/members", text(queue, "id").unwrap());
        for member in each(&json(&client.get(&path)), "entities") {
            assert_fits(&schema("queue-member"), member);
        }
    }
}

#[test]
fn errors_fit_their_schema() {
    let run = simulate(&options(3, 1));
    let mut client = Client::at_end(&run.archive);
    for (path, status) in [
        ("/api/v2/nothing", 404),
        ("/api/v2/users?pageSize=x", 400),
        ("/api/v2/analytics/conversations/details", 400),
        ("/api/v2/analytics/conversations/no-id/details", 404),
    ] {
        let refused = client.get(path);
        let body = json(&refused);
        assert_eq!((refused.status, &body["status"]), (status, &json!(status)), "{path}");
        assert_eq!(text(&body, "contextId"), refused.header("inin-correlation-id"));
        assert_fits(&schema("error-body"), &body);
    }
}

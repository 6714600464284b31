//! Rows by HTTP, for programs: `OpenAPI`, from the types of the answers.
//!
//! It is a file of `docs`. A test compares it with what is generated here.

use crate::schema::{definitions, without_links};
use crate::{BUCKETS_MAX, Problem, ROWS_PATH, RowsPage, SUBJECTS_PER_REQUEST_MAX};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// The texts that are patterns of subjects.
const SUBJECT: &str = r"^(queue#(\*|[^#*][^#]*#(\*|[0-9a-z_-]{1,32}))|agent#(\*|[^#*][^#]*(#(\*|[0-9a-z_-]{1,32}))?)|api#budget)$";
/// The texts that name buckets.
const BUCKET: &str = r"^(now|current|today|(PT15M|PT30M|PT1H)#[12]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):(00|15|30|45):00Z|P1D#[12]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]))$";

/// The `OpenAPI` document of the rows.
pub fn openapi() -> Value {
    let settings = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into());
    let schemas = definitions(settings.for_serialize(), |generator| {
        generator.subschema_for::<RowsPage>();
        generator.subschema_for::<Problem>();
    });
    without_links(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Headroom rows",
            "version": "1",
            "description": "Rows of queues and agents by HTTP, for spreadsheets and reports. Screens take the WebSocket (asyncapi.json). Generated from shared/protocol; docs/rest.md is the specification.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [server()],
        "security": [{"token": []}],
        "paths": {ROWS_PATH: {
            "parameters": parameters(),
            "get": operation("readRows", "Rows of some subjects", true),
            "head": operation("checkRows", "The headers of `GET`, such as the `ETag`", false),
        }},
        "components": {
            "schemas": schemas,
            "headers": headers(),
            "securitySchemes": {"token": {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "The token of the WebSocket, with the same claims.",
            }},
        },
    }))
}

fn server() -> Value {
    json!({
        "url": "https://{api}.execute-api.{region}.amazonaws.com",
        "description": "Output RowsUrl of the stack, without the path.",
        "variables": {
            "api": {"default": "api", "description": "The id of the HTTP API."},
            "region": {"default": "us-east-1", "description": "The region of the stack."},
        },
    })
}

fn parameters() -> Value {
    let time = |name: &str, description: &str, example: &str| {
        let schema = json!({"type": "string", "format": "date-time"});
        parameter(name, description, &schema, example)
    };
    let subjects = json!({
        "type": "array",
        "items": {"type": "string", "pattern": SUBJECT},
        "minItems": 1,
        "maxItems": SUBJECTS_PER_REQUEST_MAX,
    });
    let buckets = json!({
        "type": "array",
        "items": {"type": "string", "pattern": BUCKET},
        "minItems": 1,
        "maxItems": BUCKETS_MAX,
    });
    let mut subject = parameter(
        "subject",
        "A subject, or a wildcard: `queue#*`, `queue#<id>#*`, `queue#<id>#<media>`, `queue#<id>#agents`, `agent#*`, `agent#<id>`, `agent#<id>#*`, `agent#<id>#<media>` or `api#budget`. May be repeated. In a URL `#` is `%23`.",
        &subjects,
        "queue#*",
    );
    subject["required"] = json!(true);
    subject["explode"] = json!(true);
    let mut bucket = parameter(
        "bucket",
        "Buckets, with commas: `now`, `current` (the present interval), `today`, or names such as `PT30M#2026-05-12T14:00:00Z` and `P1D#2026-05-12`. Without it and without `from`: `now,current,today`.",
        &buckets,
        "now",
    );
    bucket["explode"] = json!(false);
    let format = json!({"type": "string", "enum": ["json", "csv"], "default": "json"});
    json!([
        subject,
        bucket,
        time(
            "from",
            "With `to`, in place of `bucket`: the intervals that begin from this time on.",
            "2026-05-12T08:00:00Z"
        ),
        time("to", "Up to, but not with, this time.", "2026-05-12T12:00:00Z"),
        parameter("format", "The form of the answer.", &format, "csv"),
        parameter(
            "cursor",
            "`next` of the page before, with all other parameters as they were.",
            &json!({"type": "string"}),
            "eyJx"
        ),
    ])
}

fn parameter(name: &str, description: &str, schema: &Value, example: &str) -> Value {
    let example = if schema["type"] == "array" { json!([example]) } else { json!(example) };
    json!({"name": name, "in": "query", "description": description, "schema": schema, "example": example})
}

fn operation(id: &str, summary: &str, has_content: bool) -> Value {
    let mut responses = Map::new();
    let mut add = |status: &str, description: &str, content: Option<Value>, headers: &[&str]| {
        let headers: Map<_, _> =
            headers.iter().map(|name| ((*name).to_owned(), header(name))).collect();
        let mut response = json!({"description": description, "headers": headers});
        if let Some(content) = content.filter(|_| has_content) {
            response["content"] = content;
        }
        responses.insert(status.to_owned(), response);
    };
    let cached = ["ETag", "Cache-Control", "Link"];
    add("200", "A page of rows.", Some(page()), &cached);
    add("304", "The rows are those of `If-None-Match`.", None, &cached[..2]);
    add(
        "400",
        "A parameter is wrong; `detail` says which and what to write.",
        Some(problem()),
        &[],
    );
    add("401", "No token, or one that has expired since.", Some(refusal()), &[]);
    add("403", "The token is not valid, or does not allow a subject.", Some(refusal()), &[]);
    add(
        "429",
        "Too many requests. With `Retry-After` if it was the database that refused.",
        Some(refusal()),
        &["Retry-After"],
    );
    add("503", "The database did not answer. Ask again.", Some(refusal()), &["Retry-After"]);
    let if_none_match = json!({
        "name": "If-None-Match",
        "in": "header",
        "description": "The `ETag` of an answer to the same request.",
        "schema": {"type": "string"},
    });
    json!({"operationId": id, "summary": summary, "parameters": [if_none_match], "responses": responses})
}

fn page() -> Value {
    json!({
        "application/json": {"schema": schema("RowsPage")},
        "text/csv": {"schema": {"type": "string"}},
    })
}

fn problem() -> Value {
    json!({"application/problem+json": {"schema": schema("Problem")}})
}

/// A refusal by the function, or by API Gateway before it.
fn refusal() -> Value {
    let message = json!({"type": "object", "properties": {"message": {"type": "string"}}});
    json!({
        "application/problem+json": {"schema": schema("Problem")},
        "application/json": {"schema": message},
    })
}

fn schema(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn header(name: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{name}")})
}

fn headers() -> Value {
    let text =
        |description: &str| json!({"description": description, "schema": {"type": "string"}});
    json!({
        "ETag": text("Changes when a row of the page does, or `stale`."),
        "Cache-Control": text("`private, max-age=1`: deltas are a second apart."),
        "Link": text("With `rel=\"next\"`: the next page, as a relative address."),
        "Retry-After": text("Seconds to wait."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_have_names_of_their_own_and_descriptions_have_no_links_of_rust() {
        let document = openapi();
        let parameters = document["paths"][ROWS_PATH]["parameters"].as_array().unwrap().clone();
        let names: std::collections::BTreeSet<_> =
            parameters.iter().map(|parameter| parameter["name"].as_str().unwrap()).collect();
        assert_eq!(names.len(), parameters.len());
        assert!(!document.to_string().contains("crate::"));
    }
}

//! Simulated events look as Genesys' do.

#![allow(clippy::unwrap_used, clippy::panic)]

use headroom_genesys::{TOPICS, TopicEntry};
use headroom_simulator::{LineKind, Options};
use headroom_tests::{events_folder, options, simulate};
use jsonschema::Validator;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

fn schema(name: &str) -> Value {
    let path = events_folder().join(format!("schemas/{name}.json"));
    let text = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap()
}

/// The schema of a body in which a field that Genesys does not have is an error.
fn strict(topic: &str) -> Validator {
    let name = topic.trim_start_matches("v2.").replace(".{id}", "");
    let mut schema = schema(&name);
    schema["additionalProperties"] = Value::Bool(false);
    jsonschema::validator_for(&schema).unwrap()
}

#[test]
fn every_simulated_event_fits_the_schema_of_its_topic() {
    let envelope = jsonschema::validator_for(&schema("envelope")).unwrap();
    let mut topics = BTreeMap::<String, Validator>::new();
    for seed in 0..5 {
        let (lines, _) = simulate(&Options { agents: seed > 1, ..options(seed, 300) });
        for line in lines.iter().filter(|line| line.kind != LineKind::Broken) {
            let event: Value = serde_json::from_slice(&line.bytes).unwrap();
            assert_fits(&envelope, &event, "envelope");
            let topic = event["detail-type"].as_str().unwrap();
            let body = topics.entry(topic.to_owned()).or_insert_with(|| strict(topic));
            assert_fits(body, &event["detail"]["eventBody"], topic);
        }
    }
    // Ours comes from gap reads, not from Genesys.
    let used = |entry: &&TopicEntry| entry.topic.is_some();
    let theirs = TOPICS.iter().filter(used).filter(|entry| entry.template.starts_with("v2."));
    for entry in theirs {
        assert!(topics.contains_key(entry.template), "no event of {}", entry.template);
    }
}

fn assert_fits(schema: &Validator, value: &Value, what: &str) {
    if let Err(error) = schema.validate(value) {
        panic!("{what}: {error} at {} in {value}", error.instance_path());
    }
}

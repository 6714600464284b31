//! `headroom gaps`

use super::*;

fn json(folder: &TempDir, file: &str) -> serde_json::Value {
    let output = headroom(folder, &["gaps", "--json", file]);
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn losses_show_as_conversations_that_are_due_and_as_requests() {
    let folder = simulated(&["-q", "--faults", "lose=0.05"]);
    let gaps = json(&folder, "events.ndjson");
    let due = gaps["due"].as_u64().unwrap();
    assert!(due > 10, "{gaps}");
    assert_eq!(due, gaps["gauge"].as_u64().unwrap() + gaps["historical"].as_u64().unwrap());
    assert!(gaps["requests"].as_u64().unwrap() >= due.div_ceil(100), "{gaps}");
    let text = headroom(&folder, &["gaps", "--examples", "1", "events.ndjson"]);
    let text = String::from_utf8(text.stdout).unwrap();
    let rule = &gaps["rules"][0];
    assert!(text.contains(rule["rule"].as_str().unwrap()), "{text}");
    assert!(text.contains(rule["examples"][0].as_str().unwrap()), "{text}");
}

#[test]
fn the_settings_say_which_optional_rules_count() {
    let folder = simulated(&["-q", "--metrics-topic", "--faults", "lose=0.1"]);
    let settings = r#"{"gaps":{"rules":{"missingOutbound":true}}}"#;
    fs::write(folder.path().join("settings.json"), settings).unwrap();
    let arguments = ["gaps", "--json", "--settings", "settings.json", "events.ndjson"];
    let output = headroom(&folder, &arguments);
    let gaps: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(gaps["rules"].as_array().unwrap().len() >= 3, "{gaps}");
    fails(&folder, &["gaps", "--settings", "nowhere.json", "events.ndjson"], "cannot read nowhere");
}

#[test]
fn an_empty_file_has_no_gaps() {
    let folder = folder();
    fs::write(folder.path().join("empty.ndjson"), "").unwrap();
    let gaps = json(&folder, "empty.ndjson");
    assert_eq!(gaps["conversations"], 0);
    assert_eq!(gaps["due"], 0);
}

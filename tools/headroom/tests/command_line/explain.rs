//! `headroom explain`

use super::*;

/// A published conversation: a blind transfer, with derived metrics alone.
const TRANSFER: &str = "F15-captured-user-end-blind-transfer";

fn field(name: &str) -> String {
    format!("{}/../../events/field/{name}/events.ndjson", env!("CARGO_MANIFEST_DIR"))
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_conversation_is_explained_as_text_and_as_json() {
    let folder = folder();
    let (id, file) = ("6c19270e-ef8f-5239-ad37-a8641f901873", field(TRANSFER));
    let text = headroom(&folder, &["explain", id, &file]);
    assert!(text.status.success(), "{}", stderr(&text));
    let golden = include_str!("../capture/golden/transfer.txt");
    assert_eq!(stdout(&text), golden);
    let json = headroom(&folder, &["explain", "--json", id, &file]);
    let json: serde_json::Value = serde_json::from_str(&stdout(&json)).unwrap();
    assert_eq!(json["conversation"], id);
    assert_eq!(json["metrics"][0]["metric"], "tContacting");
    assert_eq!(json["metrics"][0]["effective"], true);
}

#[test]
fn a_conversation_of_a_simulated_file_is_found_among_thousands_of_lines() {
    let folder = simulated(&["-q"]);
    let events = read(&folder, "events.ndjson");
    let id = events.lines().find_map(|line| {
        let event: serde_json::Value = serde_json::from_str(line).ok()?;
        event["detail"]["eventBody"]["conversationId"].as_str().map(str::to_owned)
    });
    let id = id.unwrap();
    let output = headroom(&folder, &["explain", &id, "events.ndjson"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stdout(&output).starts_with(&format!("Conversation {id}\n")));
}

#[test]
fn an_unknown_conversation_is_an_error_and_a_bad_id_a_wrong_command_line() {
    let folder = simulated(&["-q"]);
    fails(&folder, &["explain", "nowhere", "events.ndjson"], "is about conversation nowhere");
    is_refused(
        &folder,
        &["explain", "a#b", "events.ndjson"],
        "the conversation's id has a control",
    );
    fails(&folder, &["explain", "nowhere", "nowhere.ndjson"], "cannot read nowhere.ndjson");
}

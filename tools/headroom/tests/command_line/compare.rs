//! `headroom compare`

use super::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A folder with simulated events, and `answer.json`: what Genesys would respond to a query by queue and
/// half hour, from the simulator's true rows.
fn day() -> TempDir {
    let folder = simulated(&["-q", "--metrics-topic"]);
    let truth = read(&folder, "events.truth.ndjson");
    let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for row in truth.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let subject = row["subject"].as_str().unwrap().to_owned();
        let Some(start) = row["bucket"].as_str().unwrap().strip_prefix("PT30M#") else { continue };
        if subject.starts_with("queue#") {
            let end: jiff::Timestamp = start.parse().unwrap();
            let end = end + jiff::SignedDuration::from_mins(30);
            let interval = format!("{start}/{end}");
            let data = json!({"interval": interval, "metrics": metrics(&row["metrics"])});
            groups.entry(subject).or_default().push(data);
        }
    }
    let results: Vec<_> =
        groups.into_iter().map(|(subject, data)| result(&subject, &data)).collect();
    write(&folder, &json!({"results": results}));
    folder
}

fn metrics(sums: &Value) -> Vec<Value> {
    let mut stats: BTreeMap<&str, BTreeMap<&str, &Value>> = BTreeMap::new();
    for (name, sum) in sums.as_object().unwrap() {
        let (metric, part) = name.split_once('.').unwrap_or((name, "count"));
        stats.entry(metric).or_default().insert(part, sum);
    }
    stats.into_iter().map(|(metric, stats)| json!({"metric": metric, "stats": stats})).collect()
}

fn result(subject: &str, data: &[Value]) -> Value {
    let parts: Vec<_> = subject.split('#').collect();
    json!({"group": {"queueId": parts[1], "mediaType": parts[2]}, "data": data})
}

fn write(folder: &TempDir, answer: &Value) {
    fs::write(folder.path().join("answer.json"), answer.to_string()).unwrap();
}

const COMPARE: [&str; 4] = ["compare", "--answer", "answer.json", "events.ndjson"];

#[test]
fn the_true_numbers_are_equal_and_the_exit_code_is_0() {
    let folder = day();
    let output = headroom(&folder, &COMPARE);
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}{}", stderr(&output));
    assert!(text.contains("           0  differences"), "{text}");
}

#[test]
fn differences_are_listed_and_the_exit_code_is_1() {
    let folder = day();
    let mut answer: Value = serde_json::from_str(&read(&folder, "answer.json")).unwrap();
    let mut planted = 0;
    for metrics in answer["results"].as_array_mut().unwrap().iter_mut().take(3) {
        let metrics = metrics["data"][0]["metrics"].as_array_mut().unwrap();
        let offered = metrics.iter_mut().find(|entry| entry["metric"] == "nOffered").unwrap();
        offered["stats"]["count"] = json!(offered["stats"]["count"].as_i64().unwrap() + 5);
        planted += 1;
    }
    assert_eq!(planted, 3);
    write(&folder, &answer);
    let output = headroom(&folder, &COMPARE);
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}{}", stderr(&output));
    assert!(text.contains("           3  differences"), "{text}");
    let lines = text.lines().filter(|line| line.contains("nOffered") && line.contains("-5"));
    assert_eq!(lines.count(), 3, "{text}");
    let json = headroom(&folder, &[&COMPARE[..], &["--json"]].concat());
    assert_eq!(json.status.code(), Some(1));
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["differences"].as_array().unwrap().len(), 3);
    assert_eq!(json["differences"][0]["metric"], "nOffered");
}

#[test]
fn a_bad_answer_is_named_and_an_absent_one_is_a_wrong_command_line() {
    let folder = day();
    write(&folder, &json!({"results": [{"group": {"queueId": "q"}, "data": []}]}));
    fails(&folder, &COMPARE, "answer.json: it is not grouped by mediaType");
    is_refused(&folder, &["compare", "events.ndjson"], "--answer");
    let bad_interval = [&COMPARE[..], &["--interval", "today"]].concat();
    is_refused(&folder, &bad_interval, "use START/END");
}

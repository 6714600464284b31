//! `headroom cost`: the example of `docs/cost.md`, and what follows from the load.

use super::*;
use serde_json::Value;

const PAGE: &str = include_str!("../../../../docs/cost.md");

fn cost(arguments: &[&str]) -> String {
    let output = headroom(&folder(), &[&["cost"], arguments].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Dollars of a line; of all without one.
fn dollars(arguments: &[&str], name: &str) -> f64 {
    let json: Value = serde_json::from_str(&cost(&[&["--json"], arguments].concat())).unwrap();
    if name.is_empty() {
        return json["total"].as_f64().unwrap();
    }
    let lines = json["lines"].as_array().unwrap();
    let line = lines.iter().find(|line| line["name"] == name).unwrap();
    line["dollars"].as_f64().unwrap()
}

#[test]
fn the_example_of_the_page_is_what_the_command_prints() {
    let (_, example) = PAGE.split_once("<!-- cost:begin -->\n").unwrap();
    let (example, _) = example.split_once("<!-- cost:end -->").unwrap();
    let message = "put the output of `headroom cost` between the marks of docs/cost.md";
    assert_eq!(example, cost(&[]), "{message}");
}

#[test]
fn together_is_the_sum_of_the_lines() {
    let json: Value = serde_json::from_str(&cost(&["--json"])).unwrap();
    let lines = json["lines"].as_array().unwrap().iter();
    let sum: f64 = lines.map(|line| line["dollars"].as_f64().unwrap()).sum();
    assert!((json["total"].as_f64().unwrap() - sum).abs() < 1e-9);
}

#[test]
fn verification_is_paid_by_the_subject_for_all_viewers_and_frames_by_the_shard() {
    let verification = |arguments: &[&str]| dollars(arguments, "DynamoDB, verification");
    let ten = verification(&["--queues", "10"]);
    assert!((verification(&["--queues", "100"]) - 10.0 * ten).abs() < 1e-9);
    let alone = |seconds| verification(&["--viewers", "1", "--verify-seconds", seconds]);
    assert!((alone("120") - alone("60") / 2.0).abs() < 1e-9);
    assert!((verification(&["--viewers", "200"]) - ten).abs() < 1e-9, "they share what is read");
    let watched = verification(&["--queues", "100", "--watched-queues", "10"]);
    assert!((watched - ten).abs() < 1e-9);
    let frames = |shards: &str| dollars(&["--shards", shards], "API Gateway, frames");
    assert!(frames("1") < frames("4") && frames("4") < 4.0 * frames("1"));
}

#[test]
fn larger_batches_and_no_gap_reads_cost_less() {
    let ingest = |window: &str| dollars(&["--batch-window", window], "DynamoDB, ingest");
    assert!(ingest("20") < ingest("0"));
    assert!(dollars(&["--no-gap-reads"], "") < dollars(&[], ""));
    assert!(dollars(&["--viewers", "0"], "") < dollars(&[], ""));
}

#[test]
fn status_changes_have_a_line_of_their_own() {
    assert!(!cost(&[]).contains("agents' status"));
    assert!(cost(&["--status-changes", "220"]).contains("| DynamoDB, agents' status "));
    let events = dollars(&["--status-changes", "220"], "EventBridge, events");
    assert!(events > dollars(&[], "EventBridge, events"));
    let status = |queues: &str, window: &str| {
        let load = ["--status-changes", "220", "--queues-per-agent", queues];
        let window = ["--batch-size", "100", "--batch-window", window];
        dollars(&[&load[..], &window].concat(), "DynamoDB, agents' status")
    };
    assert!(status("1", "0") < status("10", "0") && status("10", "0") < status("40", "0"));
    assert!(status("30", "20") < status("30", "0") / 2.0, "batches share the rows of queues");
}

#[test]
fn exports_are_paid_by_the_table_and_by_the_hour_and_are_off_by_default() {
    assert!(!cost(&[]).contains("DynamoDB, exports"));
    let exports =
        |arguments: &[&str]| dollars(&[&["--exports"], arguments].concat(), "DynamoDB, exports");
    let least = exports(&["--calls", "0", "--rows-gb", "0"]);
    assert!((0.7..0.8).contains(&least), "increments of ten megabytes: {least}");
    let large = exports(&["--calls", "0", "--rows-gb", "10"]);
    assert!((4.2..4.4).contains(&(large - least)), "a full export a week: {large}");
    assert!(exports(&["--agents", "1000"]) > exports(&[]));
}

#[test]
fn audits_are_paid_by_what_both_tables_hold_and_are_off_by_default() {
    assert!(!cost(&[]).contains("audits"));
    let audits = |gb: &str| {
        let load = ["--audits", "--calls", "0", "--rows-gb", gb];
        dollars(&load, "DynamoDB and Lambda, audits")
    };
    assert!(audits("0").abs() < 0.01);
    let gigabyte = audits("1");
    // 262,144 read units at $0.125 per million, and 262 s of 1.769 GB, 4.3 times.
    assert!((0.15..0.18).contains(&gigabyte), "{gigabyte}");
    assert!((audits("3") - 3.0 * gigabyte).abs() < 0.011, "but for rounding");
}

#[test]
fn a_load_that_cannot_be_is_refused_with_what_can() {
    let folder = folder();
    for (arguments, message) in [
        (["--hours", "25"], "use more than 0 and at most 24"),
        (["--queues", "0"], "use more than 0"),
        (["--agents", "many"], "use a number from 0 to 1,000,000"),
    ] {
        is_refused(&folder, &[&["cost"], &arguments[..]].concat(), message);
    }
}

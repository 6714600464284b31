//! `headroom simulate --live`: events at the pace of real time.

use super::*;
use std::io::{BufRead, BufReader};
use std::process::Child;

const RATE: [&str; 5] = ["simulate", "-q", "--live", "--rate", "1000"];

#[test]
fn events_come_as_they_happen_and_an_interrupt_of_an_endless_run_is_success() {
    let folder = folder();
    let (mut child, mut lines) = start(&folder, &RATE);
    let began = jiff::Timestamp::now();
    for _ in 0..50 {
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        let event: serde_json::Value = serde_json::from_str(&line).unwrap();
        let time: jiff::Timestamp = event["time"].as_str().unwrap().parse().unwrap();
        // An event is delivered within a second of its time.
        let ahead = time.duration_since(jiff::Timestamp::now()).as_secs();
        assert!(ahead <= 1 && time.duration_since(began).as_secs() > -60, "{ahead}");
    }
    interrupt(&child);
    // A full pipe would block the command, which then could not see the interrupt.
    std::io::copy(&mut lines, &mut std::io::sink()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn the_file_of_a_live_run_grows_and_an_interrupt_before_its_end_is_an_error() {
    let folder = folder();
    let arguments = ["--for", "1h", "--out", "live.ndjson", "--truth", "rows.ndjson"];
    let (mut child, _) = start(&folder, &[&RATE[..], &arguments].concat());
    while fs::read(folder.path().join("live.ndjson")).map_or(0, |read| read.len()) < 10_000 {
        assert_eq!(child.try_wait().unwrap(), None);
        std::thread::yield_now();
    }
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(names(&folder), ["live.ndjson"]);
}

#[test]
fn a_short_run_ends_by_itself_and_writes_the_true_rows() {
    let folder = folder();
    let arguments = ["--for", "300ms", "--truth", "rows.ndjson", "--faults", "late=0.5,dup=0.5"];
    let output = headroom(&folder, &[&RATE[..], &arguments].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    fs::write(folder.path().join("events.ndjson"), &output.stdout).unwrap();
    let replayed = headroom(&folder, &["replay", "--strict", "events.ndjson"]);
    assert_eq!(replayed.status.code(), Some(0));
    assert_eq!(metrics(&replayed.stdout), metrics(read(&folder, "rows.ndjson").as_bytes()));
}

#[test]
fn agents_have_rows_in_a_live_run_too() {
    let folder = folder();
    let arguments = ["--agents", "--for", "1s", "--truth", "rows.ndjson", "--faults", "dup=0.5"];
    let output = headroom(&folder, &[&RATE[..], &arguments].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("v2.users.{id}.activity"));
    fs::write(folder.path().join("events.ndjson"), &output.stdout).unwrap();
    let replayed = headroom(&folder, &["replay", "--strict", "events.ndjson"]);
    assert_eq!(replayed.status.code(), Some(0));
    let rows = read(&folder, "rows.ndjson");
    assert!(rows.contains("#agents\"") && rows.contains("oOnQueueUsers."));
    assert_eq!(metrics(&replayed.stdout), metrics(rows.as_bytes()));
}

#[test]
fn simulate_options_that_contradict_each_other_are_refused() {
    let folder = folder();
    is_refused(&folder, &["simulate", "--rate", "1", "--out", "a"], "--rate and --for go together");
    is_refused(&folder, &["simulate", "--live", "--conversations", "5"], "cannot be used with");
    is_refused(&folder, &["simulate", "--live", "--truth", "a", "--out", "a"], "both a");
}

fn start(folder: &TempDir, arguments: &[&str]) -> (Child, BufReader<impl std::io::Read>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headroom"));
    command.current_dir(folder).args(arguments).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let stdout = child.stdout.take().unwrap();
    (child, BufReader::new(stdout))
}

fn interrupt(child: &Child) {
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
}

fn metrics(rows: &[u8]) -> Vec<serde_json::Value> {
    let strip = |line: &[u8]| {
        let mut row: serde_json::Value = serde_json::from_slice(line).unwrap();
        row.as_object_mut().unwrap().remove("computed");
        row
    };
    rows.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(strip).collect()
}

//! What people meet on the command line, with the built binary.

#![allow(clippy::unwrap_used)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use headroom_simulator::{Faults, Feed, LineKind, Load, Options, Rules};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::convert::Infallible;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

fn headroom(folder: &TempDir, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headroom"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A folder with some simulated events in it.
fn simulated(arguments: &[&str]) -> TempDir {
    let folder = folder();
    let mut all = vec!["simulate", "--conversations", "200", "--out", "events.ndjson"];
    all.extend_from_slice(arguments);
    let output = headroom(&folder, &all);
    assert!(output.status.success(), "{}", stderr(&output));
    folder
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

fn names(folder: &TempDir) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A command fails with exit code 3 and a message, and leaves nothing behind.
fn fails(folder: &TempDir, arguments: &[&str], message: &str) {
    let before = names(folder);
    let output = headroom(folder, arguments);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains(message), "{:?} in {}", message, stderr(&output));
    assert!(output.stdout.is_empty());
    assert_eq!(names(folder), before);
}

fn gzip(path: &Path, bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    let packed = encoder.finish().unwrap();
    fs::write(path, &packed).unwrap();
    packed
}

#[test]
fn a_missing_file_is_named() {
    fails(&folder(), &["replay", "--out", "rows", "nowhere.ndjson"], "cannot read nowhere.ndjson");
}

#[test]
fn a_folder_is_not_read() {
    let folder = folder();
    fs::create_dir(folder.path().join("day")).unwrap();
    fails(&folder, &["replay", "--out", "rows", "day"], "day is a folder");
    fails(&folder, &["replay", "--out", "day", "day"], "day is a folder");
}

#[test]
fn truncated_gzip_says_so_and_writes_nothing() {
    let folder = simulated(&["-q"]);
    let packed = gzip(&folder.path().join("events.gz"), read(&folder, "events.ndjson").as_bytes());
    fs::write(folder.path().join("half.gz"), &packed[..packed.len() / 2]).unwrap();
    let arguments = ["replay", "--out", "rows", "--rejects", "bad", "half.gz"];
    fails(&folder, &arguments, "half.gz: the gzip data is damaged or ends early");
}

#[test]
fn a_failing_run_leaves_the_file_of_an_earlier_one_alone() {
    let folder = simulated(&["-q"]);
    fs::write(folder.path().join("rows"), "earlier").unwrap();
    fails(&folder, &["replay", "--out", "rows", "events.ndjson", "nowhere"], "cannot read nowhere");
    assert_eq!(read(&folder, "rows"), "earlier");
}

#[test]
fn an_empty_file_has_no_events_and_no_rows() {
    let folder = folder();
    fs::write(folder.path().join("empty.ndjson"), "").unwrap();
    let output = headroom(&folder, &["replay", "--out", "rows", "empty.ndjson"]);
    assert!(output.status.success());
    assert!(stderr(&output).contains("empty.ndjson has no events"), "{}", stderr(&output));
    assert_eq!(read(&folder, "rows"), "");
}

#[test]
fn a_line_of_ten_megabytes_and_one_that_is_not_utf8_are_refused_and_kept_whole() {
    let folder = simulated(&["-q"]);
    let mut bytes = read(&folder, "events.ndjson").into_bytes();
    let long = format!("{{\"detail-type\":\"{}\"}}", "x".repeat(10_000_000));
    bytes.extend_from_slice(long.as_bytes());
    bytes.extend_from_slice(b"\n{\"detail-type\":\"\xff\"}\n");
    fs::write(folder.path().join("hard.ndjson"), bytes).unwrap();
    let output = headroom(&folder, &["replay", "--rejects", "bad", "hard.ndjson"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let rejects = read(&folder, "bad");
    let rejects: Vec<serde_json::Value> =
        rejects.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rejects.len(), 2);
    assert_eq!(rejects[0]["code"], "too_large");
    assert_eq!(rejects[0]["event"], long);
    assert_eq!(rejects[1]["code"], "not_json");
    assert_eq!(rejects[1]["eventBase64"], "eyJkZXRhaWwtdHlwZSI6Iv8ifQ==");
    // They hold personal data.
    let mode = fs::metadata(folder.path().join("bad")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_shuffled_file_with_repeats_and_broken_lines_gives_the_exact_rows_and_rejects() {
    let folder = folder();
    let mut lines = Vec::new();
    let faults = "dup=0.3,reorder=0.5,garbage=0.03".parse().unwrap();
    let truth = headroom_simulator::run(&options(faults), |line| {
        lines.push(line);
        Ok::<_, Infallible>(())
    });
    lines.shuffle(&mut ChaCha8Rng::seed_from_u64(1));
    let file: Vec<_> = lines.iter().map(|line| line.bytes.as_slice()).collect();
    fs::write(folder.path().join("events.ndjson"), file.join(&b'\n')).unwrap();
    truth.unwrap().write_to(fs::File::create(folder.path().join("truth")).unwrap()).unwrap();

    let run = |extra: &[&str]| {
        let mut all = vec!["replay", "--out", "rows", "--rejects", "bad", "events.ndjson"];
        all.extend_from_slice(extra);
        headroom(&folder, &all).status.code()
    };
    assert_eq!(run(&[]), Some(0));
    assert_eq!(metrics(&read(&folder, "rows")), metrics(&read(&folder, "truth")));
    let mut broken: Vec<_> =
        lines.into_iter().filter(|line| line.kind == LineKind::Broken).map(|l| l.bytes).collect();
    broken.sort();
    assert_eq!(rejected(&read(&folder, "bad")), broken);
    assert_eq!(run(&["--strict"]), Some(1));
}

fn options(faults: Faults) -> Options {
    Options {
        seed: 1,
        start: "2026-05-12T06:00:00Z".parse().unwrap(),
        load: Load::Conversations(300),
        feed: Feed::Both,
        faults,
        rules: Rules::default(),
    }
}

/// The lines in a rejects file, as they were.
fn rejected(rejects: &str) -> Vec<Vec<u8>> {
    let line = |reject: &str| {
        let reject: serde_json::Value = serde_json::from_str(reject).unwrap();
        match reject["eventBase64"].as_str() {
            Some(exact) => STANDARD.decode(exact).unwrap(),
            None => reject["event"].as_str().unwrap().as_bytes().to_vec(),
        }
    };
    let mut lines: Vec<_> = rejects.lines().map(line).collect();
    lines.sort();
    lines
}

/// Rows without what is computed from them: percentiles of the truth are exact, ours are not.
fn metrics(rows: &str) -> Vec<String> {
    let strip = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        format!("{} {} {}", row["subject"], row["bucket"], row["metrics"])
    };
    rows.lines().map(strip).collect()
}

#[test]
fn batches_gzip_and_several_files_change_nothing() {
    let folder = simulated(&["-q"]);
    let events = read(&folder, "events.ndjson");
    let half = events[..events.len() / 2].rfind('\n').unwrap() + 1;
    fs::write(folder.path().join("a.ndjson"), &events[..half]).unwrap();
    gzip(&folder.path().join("b"), &events.as_bytes()[half..]);
    let rows = |arguments: &[&str]| {
        let output = headroom(&folder, arguments);
        assert!(output.status.success(), "{}", stderr(&output));
        output.stdout
    };
    let whole = rows(&["replay", "events.ndjson"]);
    assert_eq!(rows(&["replay", "--batch", "1", "events.ndjson"]), whole);
    assert_eq!(rows(&["replay", "b", "a.ndjson"]), whole);
}

#[test]
fn lines_may_end_as_on_windows_and_the_last_one_not_at_all() {
    let folder = simulated(&["-q"]);
    let events = read(&folder, "events.ndjson");
    let windows = events.trim_end().replace('\n', "\r\n");
    fs::write(folder.path().join("windows.ndjson"), windows).unwrap();
    let rows = |file| headroom(&folder, &["replay", "--strict", file]);
    assert_eq!(rows("windows.ndjson").stdout, rows("events.ndjson").stdout);
    assert_eq!(rows("windows.ndjson").status.code(), Some(0));
}

#[test]
fn bad_settings_say_what_and_where() {
    let folder = simulated(&["-q"]);
    let cases = [
        ("{", "settings.json: EOF while parsing"),
        (r#"{"timezone":"UTC"}"#, "unknown field `timezone`, expected one of `timeZone`"),
        (r#"{"intervalMinutes":7}"#, "use 15, 30 or 60"),
    ];
    for (json, message) in cases {
        fs::write(folder.path().join("settings.json"), json).unwrap();
        fails(&folder, &["replay", "--settings", "settings.json", "events.ndjson"], message);
    }
}

#[test]
fn a_wrong_command_line_exits_with_2_and_says_how_it_goes() {
    let folder = folder();
    for arguments in [&["replay", "--batch", "0"][..], &["simulate"], &["report"], &["fly"]] {
        let output = headroom(&folder, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains("--help"), "{}", stderr(&output));
    }
}

#[test]
fn every_command_has_help_with_examples() {
    let folder = folder();
    for command in ["replay", "simulate", "report"] {
        let output = headroom(&folder, &[command, "--help"]);
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(help.contains("Examples:"), "{help}");
        assert!(help.contains(&format!("headroom {command}")), "{help}");
    }
}

#[test]
fn a_report_shows_the_queues_of_the_latest_day() {
    let folder = simulated(&["-q"]);
    headroom(&folder, &["replay", "--out", "rows.ndjson", "events.ndjson"]);
    let shown = headroom(&folder, &["report", "rows.ndjson", "--sort", "sl"]);
    let table = String::from_utf8(shown.stdout).unwrap();
    assert!(table.starts_with("Queues on 2026-05-12\n"), "{table}");
    assert!(table.contains("longest wait"), "{table}");
    fails(&folder, &["report", "rows.ndjson", "--day", "2020-01-01"], "no rows of then; there are");
    fails(&folder, &["report", "events.ndjson"], "line 1 is no row of `headroom replay`");
}

/// A wrong command line: exit code 2, a message, and nothing written.
fn is_refused(folder: &TempDir, arguments: &[&str], message: &str) {
    let before = names(folder);
    let output = headroom(folder, arguments);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains(message), "{:?} in {}", message, stderr(&output));
    assert_eq!(names(folder), before);
}

#[test]
fn outputs_do_not_overwrite_each_other_or_what_is_read() {
    let folder = simulated(&["-q"]);
    let events = read(&folder, "events.ndjson");
    let refused = |arguments: &[&str], message| is_refused(&folder, arguments, message);
    refused(
        &["replay", "--out", "events.ndjson", "./events.ndjson"],
        "an input and --out are both",
    );
    refused(&["replay", "--out", "a", "--rejects", "./a", "events.ndjson"], "--out and --rejects");
    refused(&["replay", "--rejects", "-", "events.ndjson"], "--out and --rejects are both -");
    refused(&["replay", "-", "-"], "the standard input can be read once");
    refused(&["simulate", "--out", "a", "--truth", "a"], "--out and --truth are both a");
    refused(&["simulate", "--out", "-"], "say where the true rows go");
    assert_eq!(read(&folder, "events.ndjson"), events);
}

#[test]
fn links_stay_links_and_devices_stay_devices() {
    let folder = simulated(&["-q"]);
    fs::write(folder.path().join("real"), "old").unwrap();
    std::os::unix::fs::symlink("real", folder.path().join("link")).unwrap();
    let output = headroom(&folder, &["replay", "--out", "link", "events.ndjson"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(folder.path().join("link").is_symlink());
    assert!(read(&folder, "real").starts_with("{\"subject\":"));
    let streamed = headroom(&folder, &["replay", "-q", "--out", "/dev/stdout", "events.ndjson"]);
    assert_eq!(String::from_utf8(streamed.stdout).unwrap(), read(&folder, "real"));
    assert!(!Path::new("/dev/stdout").is_file() || Path::new("/dev/stdout").is_symlink());
}

#[test]
fn more_files_than_can_be_open_at_once_are_read() {
    let folder = simulated(&["-q"]);
    let events = read(&folder, "events.ndjson");
    let mut arguments = vec!["replay".to_owned(), "-q".to_owned()];
    for (number, line) in events.lines().enumerate().take(1_500) {
        let name = format!("{number}.ndjson");
        fs::write(folder.path().join(&name), line).unwrap();
        arguments.push(name);
    }
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let output = headroom(&folder, &arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(!output.stdout.is_empty());
}

#[test]
fn truncated_gzip_counts_the_lines_that_could_be_read() {
    let folder = folder();
    let packed = gzip(&folder.path().join("whole.gz"), &b"{}\n".repeat(100));
    fs::write(folder.path().join("short.gz"), &packed[..packed.len() - 8]).unwrap();
    fails(&folder, &["replay", "short.gz"], "after 100 whole lines");
}

#[test]
fn refused_lines_are_kept_although_the_reader_of_the_rows_went_away() {
    let folder = simulated(&["-q", "--faults", "garbage=0.1"]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_headroom"))
        .current_dir(&folder)
        .args(["replay", "--strict", "--rejects", "bad", "events.ndjson"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("refused"), "{}", stderr(&output));
    assert!(read(&folder, "bad").lines().count() > 100);
}

#[test]
fn an_interrupt_leaves_nothing_behind() {
    let folder = folder();
    let mut child = Command::new(env!("CARGO_BIN_EXE_headroom"))
        .current_dir(&folder)
        .args(["simulate", "-q", "--conversations", "100000000", "--out", "events.ndjson"])
        .spawn()
        .unwrap();
    // It has begun once its hidden files are there, long before it could end.
    while names(&folder).len() < 2 {
        assert_eq!(child.try_wait().unwrap(), None);
        std::thread::yield_now();
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(names(&folder), Vec::<String>::new());
}

#[test]
fn nobody_to_talk_to_is_no_reason_to_fail() {
    let folder = simulated(&["-q"]);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_headroom"));
    command.current_dir(&folder).args(["replay", "--out", "rows", "events.ndjson"]);
    assert_eq!(command.stderr(full).status().unwrap().code(), Some(0));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = simulated(&["-q"]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_headroom"))
        .current_dir(&folder)
        .args(["replay", "-q", "events.ndjson"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn the_same_seed_gives_the_same_files_and_truth_is_written_beside_them() {
    let files =
        |folder: &TempDir| (read(folder, "events.ndjson"), read(folder, "events.truth.ndjson"));
    let (first, second) = (simulated(&["--seed", "5"]), simulated(&["--seed", "5"]));
    assert_eq!(files(&first), files(&second));
    let names: Vec<PathBuf> = names(&first).into_iter().map(PathBuf::from).collect();
    assert_eq!(names, ["events.ndjson", "events.truth.ndjson"].map(PathBuf::from));
}

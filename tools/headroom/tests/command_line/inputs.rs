//! The inputs of `headroom replay`.

use super::*;

#[test]
fn a_missing_input_is_named_in_the_error() {
    fails(&folder(), &["replay", "--out", "rows", "nowhere.ndjson"], "cannot read nowhere.ndjson");
}

#[test]
fn a_folder_is_refused_as_input_and_as_output() {
    let folder = folder();
    fs::create_dir(folder.path().join("day")).unwrap();
    fails(&folder, &["replay", "--out", "rows", "day"], "day is a folder");
    fails(&folder, &["replay", "--out", "day", "day"], "day is a folder");
}

#[test]
fn truncated_gzip_is_an_error_and_no_output_is_written() {
    let folder = simulated(&["-q"]);
    let packed = gzip(&folder.path().join("events.gz"), read(&folder, "events.ndjson").as_bytes());
    fs::write(folder.path().join("half.gz"), &packed[..packed.len() / 2]).unwrap();
    let arguments = ["replay", "--out", "rows", "--rejects", "bad", "half.gz"];
    fails(&folder, &arguments, "half.gz: the gzip data is damaged or ends early");
}

#[test]
fn the_error_of_truncated_gzip_counts_the_complete_lines() {
    let folder = folder();
    let packed = gzip(&folder.path().join("whole.gz"), &b"{}\n".repeat(100));
    fs::write(folder.path().join("short.gz"), &packed[..packed.len() - 8]).unwrap();
    fails(&folder, &["replay", "short.gz"], "after 100 whole lines");
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
    // Refused lines may hold personal data: only the owner may read them.
    let mode = fs::metadata(folder.path().join("bad")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn batches_threads_gzip_and_several_files_change_nothing() {
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
    for threads in ["1", "2"] {
        assert_eq!(rows(&["replay", "--threads", threads, "b", "a.ndjson"]), whole);
    }
    is_refused(&folder, &["replay", "--threads", "3", "events.ndjson"], "3 is not in 1..=2");
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
        let replay = ["replay", "--out", "rows", "--rejects", "bad", "events.ndjson"];
        headroom(&folder, &[&replay[..], extra].concat()).status.code()
    };
    assert_eq!(run(&[]), Some(0));
    assert_eq!(metrics(&read(&folder, "rows")), metrics(&read(&folder, "truth")));
    let mut broken: Vec<_> =
        lines.into_iter().filter(|line| line.kind == LineKind::Broken).map(|l| l.bytes).collect();
    broken.sort();
    assert_eq!(rejected(&read(&folder, "bad")), broken);
    let rejects = read(&folder, "bad");
    for threads in ["1", "2"] {
        assert_eq!(run(&["--strict", "--threads", threads]), Some(1));
        assert_eq!(metrics(&read(&folder, "rows")), metrics(&read(&folder, "truth")));
        assert!(read(&folder, "bad") == rejects, "the same order on {threads} threads");
    }
}

fn options(faults: Faults) -> Options {
    Options {
        seed: 1,
        start: "2026-05-12T06:00:00Z".parse().unwrap(),
        load: Load::Conversations(300),
        feed: Feed::Both,
        faults,
        rules: Rules::default(),
        assumptions: Assumptions::default(),
        agents: false,
    }
}

/// Rows without their computed values: the percentiles of the truth are exact, those of replay are
/// estimates.
fn metrics(rows: &str) -> Vec<String> {
    let strip = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        format!("{} {} {}", row["subject"], row["bucket"], row["metrics"])
    };
    rows.lines().map(strip).collect()
}

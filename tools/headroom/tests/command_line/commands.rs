//! Help, settings, wrong command lines and `headroom report`.

use super::*;

#[test]
fn an_error_in_settings_names_the_file_and_the_value() {
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
fn a_wrong_command_line_exits_with_2_and_points_to_the_help() {
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
    let commands = "replay explain gaps compare simulate put watch budget report token settings cost export views query audit";
    for command in commands.split(' ') {
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
    let report = headroom(&folder, &["report", "rows.ndjson", "--sort", "sl"]);
    let table = String::from_utf8(report.stdout).unwrap();
    assert!(table.starts_with("Queues on 2026-05-12\n"), "{table}");
    assert!(table.contains("longest wait"), "{table}");
    fails(&folder, &["report", "rows.ndjson", "--day", "2020-01-01"], "no rows of then; there are");
    fails(&folder, &["report", "events.ndjson"], "line 1 is no row of `headroom replay`");
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

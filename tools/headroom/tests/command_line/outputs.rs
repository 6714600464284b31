//! The outputs of commands.

use super::*;
use std::time::{Duration, Instant};

#[test]
fn a_failed_run_does_not_change_the_output_of_an_earlier_one() {
    let folder = simulated(&["-q"]);
    fs::write(folder.path().join("rows"), "earlier").unwrap();
    fails(&folder, &["replay", "--out", "rows", "events.ndjson", "nowhere"], "cannot read nowhere");
    assert_eq!(read(&folder, "rows"), "earlier");
}

#[test]
fn outputs_that_would_overwrite_each_other_or_an_input_are_refused() {
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
fn an_output_may_be_a_symbolic_link_or_a_device() {
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

/// Runs a command whose standard output is closed.
fn with_closed_stdout(folder: &TempDir, arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_headroom"))
        .current_dir(folder)
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    child.wait_with_output().unwrap()
}

#[test]
fn refused_lines_are_kept_although_the_reader_of_the_rows_closed_the_pipe() {
    let folder = simulated(&["-q", "--faults", "garbage=0.1"]);
    let output =
        with_closed_stdout(&folder, &["replay", "--strict", "--rejects", "bad", "events.ndjson"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("refused"), "{}", stderr(&output));
    assert!(read(&folder, "bad").lines().count() > 100);
}

#[test]
fn an_interrupt_leaves_no_file_behind() {
    let folder = folder();
    let mut child = Command::new(env!("CARGO_BIN_EXE_headroom"))
        .current_dir(&folder)
        .args(["simulate", "-q", "--conversations", "100000000", "--out", "events.ndjson"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The command has begun once its two temporary files are there, long before it could end.
    let start = Instant::now();
    while names(&folder).len() < 2 {
        assert_eq!(child.try_wait().unwrap(), None);
        assert!(start.elapsed() < Duration::from_mins(1), "the command did not begin");
        std::thread::yield_now();
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(names(&folder), Vec::<String>::new());
}

#[test]
fn messages_that_cannot_be_written_are_no_failure() {
    let folder = simulated(&["-q"]);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_headroom"));
    command.current_dir(&folder).args(["replay", "--out", "rows", "events.ndjson"]);
    assert_eq!(command.stderr(full).status().unwrap().code(), Some(0));
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let folder = simulated(&["-q"]);
    let output = with_closed_stdout(&folder, &["replay", "-q", "events.ndjson"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

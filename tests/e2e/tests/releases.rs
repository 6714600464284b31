//! The functions of the last release and of this one side by side, on the same tables, with traffic.
//!
//! `make release-check` builds both and runs this.

#![allow(clippy::unwrap_used, clippy::panic)]

use headroom::viewer::Viewer;
use headroom_e2e::{
    Cloud, Day, Rows, SHORT_VISIBILITY, TIMEOUT, eventually, root, rows_of, viewer,
};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::Instant;

const FAULTS: &str = "dup=0.2,reorder=0.2,late=0.02";
/// Functions of which both releases run in turn: what writes rows, and what sends them on.
const BOTH: [&str; 2] = ["ingest", "push"];

/// Lays out functions of which each process is of the other release than the process before.
fn lay_out(folder: &Path) {
    let (last, next) = (root().join("target/last-release"), root().join("target/lambda"));
    for entry in fs::read_dir(&next).unwrap() {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        let (function, name) = (folder.join(&name), name.to_str().unwrap());
        if !BOTH.contains(&name) {
            symlink(path, function).unwrap();
            continue;
        }
        let runs = function.join("runs");
        fs::create_dir_all(&runs).unwrap();
        let bootstrap = |release: &Path| {
            let path = release.join(name).join("bootstrap");
            assert!(path.exists(), "{} is not there: run `make release-check`", path.display());
            path.display().to_string()
        };
        let (last, next, runs) = (bootstrap(&last), bootstrap(&next), runs.display());
        let script = format!(
            "#!/bin/sh\nrun=0\nwhile ! mkdir \"{runs}/$run\" 2>/dev/null; do run=$((run + 1)); done\n\
             [ $((run % 2)) = 0 ] && exec \"{last}\"\nexec \"{next}\"\n"
        );
        let path = function.join("bootstrap");
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// The rows that both releases keep: the last one ignores events of agents.
fn of_both(mut rows: Rows) -> Rows {
    rows.retain(|key, _| {
        let subject = key.split('|').next().unwrap_or_default();
        let is_status = subject.starts_with("agent#") && subject.matches('#').count() == 1;
        !is_status && !subject.ends_with("#agents")
    });
    rows
}

/// Number of processes of a function so far.
fn runs(folder: &Path, name: &str) -> usize {
    fs::read_dir(folder.join(name).join("runs")).unwrap().count()
}

#[tokio::test]
async fn two_releases_on_the_same_tables_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    lay_out(folder.path());
    let day = Day::new(11, 0.22, FAULTS);
    let batches = [("IngestBatchSize", "100"), ("IngestBatchWindowSeconds", "1")];
    let parameters = [&batches[..], &[("Settings", &*day.settings)]].concat();
    let functions = folder.path().to_str().unwrap();
    let cloud = Cloud::start_with(&parameters, &["--functions", functions, "--quiet-seconds", "1"]);
    cloud.set_visibility(SHORT_VISIBILITY).await;
    // A process that is killed is followed by one of the other release.
    cloud.inject_faults("ingest", &[400; 12], false);
    cloud.inject_faults("push", &[60; 6], false);

    let mut viewer = viewer(&cloud, cloud.token(&["*"]), &["queue#*"]);
    let rows = of_both(day.rows.clone());
    let mut expected = rows.clone();
    expected.retain(|key, _| key.starts_with("queue#"));
    let deadline = Instant::now() + TIMEOUT;
    let is_complete =
        |viewer: &Viewer| rows_of(viewer).is_some_and(|rows| of_both(rows) == expected);
    let is_shown = viewer.until(deadline, is_complete);
    let is_stored = eventually("all rows", async || {
        cloud.count("IngestQueueUrl").await == 0 && of_both(cloud.rows().await) == rows
    });
    let (is_shown, (), ()) = tokio::join!(is_shown, day.put(&cloud), is_stored);
    assert!(is_shown.unwrap(), "a viewer does not get all rows");
    assert_eq!(cloud.count("DeadLetterQueueUrl").await, 0);
    let [ingest, push] = BOTH.map(|name| runs(folder.path(), name));
    println!(
        "{} conversations, {} rows; processes of the two releases in turn: {ingest} of ingest, {push} of push",
        day.conversations,
        rows.len()
    );
    assert!(ingest >= 10 && push >= 4, "{ingest} and {push} processes");
}

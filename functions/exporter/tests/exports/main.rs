//! Whatever happens between runs and within them, the windows of increments are an unbroken chain from a
//! full export on, and nothing is exported twice.

#![allow(clippy::unwrap_used, clippy::panic)]

mod cloud;

use cloud::{Cloud, DAY, Job};
use headroom_exporter::Progress;
use headroom_exporter::export::{ATTEMPTS_MAX, Kind, Table, Window};
use headroom_test_support::Fault;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// What happens before a run, and in it.
#[derive(Clone, Debug)]
struct Step {
    /// Minutes since the last run.
    minutes: i64,
    interruption: Interruption,
    refuses: bool,
    /// What becomes of each export under way: 0 it goes on, 1 it fails, otherwise it is complete.
    outcomes: Vec<u8>,
    /// The call of the run that fails, and how.
    fault: Option<(usize, Fault)>,
}

#[derive(Clone, Copy, Debug)]
enum Interruption {
    None,
    /// Point-in-time recovery was switched off and on.
    RecoveryAnew,
    /// It was switched off.
    RecoveryOff,
    /// The tables were restored: they are others.
    Restore,
}

fn steps() -> impl Strategy<Value = Step> {
    let minutes = prop_oneof![20 => Just(15_i64), 8 => 30..130_i64, 2 => 400..3_000_i64,
        1 => 20_000..60_000_i64];
    let interruption = prop_oneof![
        40 => Just(Interruption::None),
        1 => Just(Interruption::RecoveryAnew),
        1 => Just(Interruption::RecoveryOff),
        1 => Just(Interruption::Restore),
    ];
    let fault = prop::sample::select(&[
        Fault::Conflict,
        Fault::Throttle,
        Fault::FailBefore,
        Fault::FailAfter,
        Fault::CrashBefore,
        Fault::CrashAfter,
    ]);
    let fault = prop::option::weighted(0.5, (0..24_usize, fault));
    let outcomes = prop::collection::vec(0..8_u8, 12);
    let parts = (minutes, interruption, prop::bool::weighted(0.05), outcomes, fault);
    parts.prop_map(|(minutes, interruption, refuses, outcomes, fault)| Step {
        minutes,
        interruption,
        refuses,
        outcomes,
        fault,
    })
}

fn interrupt(cloud: &Cloud, interruption: Interruption) {
    let mut state = cloud.state();
    match interruption {
        Interruption::None => {}
        Interruption::RecoveryAnew => state.recovery = Some(state.now),
        Interruption::RecoveryOff => state.recovery = None,
        Interruption::Restore => {
            state.generation += 1;
            state.recovery = Some(state.now);
        }
    }
}

async fn take(cloud: &Cloud, step: &Step) {
    cloud.wait(step.minutes);
    interrupt(cloud, step.interruption);
    cloud.state().refuses = step.refuses;
    cloud.progress(|index| match step.outcomes.get(index) {
        Some(0) => Progress::Running,
        Some(1) => Progress::Failed("S3AccessDenied".into()),
        _ => Progress::Complete,
    });
    cloud.run(step.fault).await;
}

/// Hours in which nothing goes wrong any more.
async fn recover(cloud: &Cloud, hours: usize) {
    let recovery = cloud.state().recovery;
    let now = cloud.state().now;
    cloud.state().recovery = recovery.or(Some(now));
    cloud.state().refuses = false;
    for _ in 0..4 * hours {
        cloud.wait(15);
        cloud.run(None).await.unwrap();
        cloud.progress(|_| Progress::Complete);
    }
    cloud.run(None).await.unwrap();
}

fn marker(cloud: &Cloud) -> Value {
    serde_json::from_str(cloud.state().marker.as_deref().unwrap()).unwrap()
}

fn assert_nothing_twice(jobs: &[Job]) {
    let mut exports: HashMap<_, Vec<&Job>> = HashMap::new();
    for export in jobs {
        let route = &export.export.route.table_id;
        let Window { kind, from, .. } = export.window();
        exports.entry((route, kind, from)).or_default().push(export);
    }
    for attempts in exports.values() {
        let usable = attempts.iter().filter(|export| !export.has_failed()).count();
        assert!(usable <= 1 && attempts.len() <= ATTEMPTS_MAX as usize, "twice: {attempts:#?}");
        assert!(
            attempts.iter().all(|export| export.window() == attempts[0].window()),
            "{attempts:#?}"
        );
    }
}

/// Each increment begins where a full export or another increment of the table ends, and overlaps none.
fn assert_chains(jobs: &[Job]) {
    for export in jobs.iter().filter(|export| export.window().kind == Kind::Incremental) {
        let window = export.window();
        let windows = || {
            let of_table = |other: &&Job| other.export.route == export.export.route;
            jobs.iter().filter(of_table).map(Job::window)
        };
        assert!(windows().any(|other| other.to == window.from), "nothing before {window:?}");
        let overlap = windows().find(|other| {
            other.kind == Kind::Incremental
                && *other != window
                && other.from < window.to
                && window.from < other.to
        });
        assert_eq!(overlap, None, "overlaps {window:?}");
    }
}

/// What the marker says of rows is what is there: an unbroken chain of complete exports.
fn assert_marker(cloud: &Cloud) {
    let (marker, jobs) = (marker(cloud), &cloud.state().jobs);
    let rows = &marker["tables"]["rows"];
    let mut until = rows["full"]["to"].clone();
    let exists = |part: &Value| {
        jobs.iter().any(|export| {
            export.table == Table::Rows
                && part["prefix"] == export.export.prefix(Table::Rows)
                && export.progress == Progress::Complete
        })
    };
    assert!(exists(&rows["full"]), "{rows:#}");
    for part in rows["increments"].as_array().unwrap() {
        assert_eq!(part["from"], until);
        assert!(exists(part), "{part:#}");
        until = part["to"].clone();
    }
    assert_eq!(rows["coveredUntil"], until);
}

#[test]
fn whatever_happens_the_chain_is_unbroken_and_nothing_is_exported_twice() {
    let seed = RandomState::new().hash_one(0);
    println!("seed {seed}");
    let config = Config {
        cases: 400,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..Config::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let histories = prop::collection::vec(steps(), 1..50);
    let result = TestRunner::new(config).run(&histories, |history| {
        runtime.block_on(async {
            let cloud = Cloud::new();
            for step in &history {
                take(&cloud, step).await;
            }
            recover(&cloud, 12).await;
            let jobs = cloud.state().jobs.clone();
            assert_nothing_twice(&jobs);
            assert_chains(&jobs);
            assert_marker(&cloud);
            assert_eq!(marker(&cloud)["tables"]["rows"]["coveredUntil"], cloud.newest().text());
        });
        Ok(())
    });
    if let Err(error) = result {
        panic!("seed {seed}: {error}");
    }
}

#[tokio::test]
async fn three_weeks_are_an_increment_an_hour_and_a_full_export_a_week_and_of_names_one_a_day() {
    let cloud = Cloud::new();
    recover(&cloud, 21 * 24).await;
    let jobs = cloud.state().jobs.clone();
    let count = |table, kind| {
        jobs.iter().filter(|export| export.table == table && export.window().kind == kind).count()
    };
    assert_eq!(count(Table::Rows, Kind::Full), 3);
    assert_eq!(count(Table::Rows, Kind::Incremental), 21 * 24 - 1);
    assert_eq!(count(Table::Catalog, Kind::Full), 21);
    assert_eq!(count(Table::Catalog, Kind::Incremental), 0);
    assert!(jobs.iter().all(|export| export.window().to.0 - export.window().from.0 <= 1));
}

#[tokio::test]
async fn after_a_pause_windows_are_as_long_as_they_may_be() {
    let cloud = Cloud::new();
    recover(&cloud, 3).await;
    cloud.wait(3 * DAY / cloud::MINUTE);
    let summary = cloud.run(None).await.unwrap();
    assert!(summary.minutes_not_exported.unwrap() > 3 * 24 * 60);
    let jobs = cloud.state().jobs.clone();
    let hours: Vec<_> =
        jobs.iter().map(|export| export.window().to.0 - export.window().from.0).collect();
    assert_eq!(hours[hours.len() - 5..], [1, 24, 24, 24, 0].map(i64::from)[..], "{hours:?}");
}

#[tokio::test]
async fn a_window_that_fails_is_exported_again_and_after_the_third_time_a_full_export_makes_up_for_it()
 {
    let cloud = Cloud::new();
    recover(&cloud, 3).await;
    let fails = |_| Progress::Failed("S3AccessDenied: no".into());
    let full = |cloud: &Cloud| {
        let jobs = cloud.state().jobs.clone();
        jobs.iter().filter(|e| (e.table, e.window().kind) == (Table::Rows, Kind::Full)).count()
    };
    cloud.wait(60);
    let before = full(&cloud);
    for attempt in 1..=3 {
        cloud.run(None).await.unwrap();
        let last = cloud.state().jobs.last().unwrap().export.clone();
        assert_eq!(last.attempt, attempt);
        assert_eq!(full(&cloud), before);
        cloud.progress(fails);
        cloud.wait(1);
    }
    let summary = cloud.run(None).await.unwrap();
    assert_eq!((summary.failures, summary.starts, full(&cloud)), (1, 1, before + 1));
}

#[tokio::test]
async fn the_marker_says_what_is_covered_final_and_pending() {
    let cloud = Cloud::new();
    recover(&cloud, 30).await;
    cloud.wait(60);
    cloud.run(None).await.unwrap();
    let marker = marker(&cloud);
    let rows = &marker["tables"]["rows"];
    assert_eq!(marker["lateHours"], 24);
    assert_eq!(rows["full"]["prefix"], "bi/rows/full/20260601T010000Z");
    assert_eq!(rows["increments"][0]["prefix"], "bi/rows/incremental/20260601T010000Z");
    assert_eq!(rows["coveredUntil"], "2026-06-02T06:00:00Z");
    assert_eq!(rows["finalUntil"], "2026-06-01T06:00:00Z");
    assert_eq!(rows["pending"][0]["from"], "2026-06-02T06:00:00Z");
    let ledger = &marker["tables"]["ledger"];
    assert_eq!(ledger["coveredUntil"], "2026-06-02T01:00:00Z");
    assert_eq!((&ledger["increments"], &ledger["finalUntil"]), (&json!([]), &Value::Null));
}

#[tokio::test]
async fn while_recovery_is_off_or_requests_are_refused_each_run_is_a_failure() {
    let cloud = Cloud::new();
    recover(&cloud, 3).await;
    cloud.wait(60);
    cloud.state().refuses = true;
    assert!(cloud.run(None).await.unwrap().failures > 0);
    cloud.state().refuses = false;
    cloud.state().recovery = None;
    cloud.wait(15);
    let summary = cloud.run(None).await.unwrap();
    assert_eq!((summary.failures, summary.starts), (2, 0));
}

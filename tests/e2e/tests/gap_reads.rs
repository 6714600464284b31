//! The gap reader reads what events did not bring: the built function on the local cloud, from a
//! Platform API over HTTP, within the budget.

#![allow(clippy::unwrap_used, clippy::panic)]

use headroom::viewer::Viewer;
use headroom_e2e::{CLIENT, Cloud, Genesys, Rows, TIMEOUT, eventually, rows_of, viewer};
use headroom_tests::is_without_trace;
use serde_json::{Value, json};
use std::time::Instant;
use tokio::task::JoinHandle;

/// Number of conversations in one request.
const IDS_PER_CALL: u64 = 100;

/// The gap reader's share of a minute: a tenth of what Genesys allows a token.
const REQUESTS_PER_MINUTE: u64 = 30;

/// Agents are left out: those of this simulation have no statuses. `agents.rs` reads agents.
const SETTINGS: &str = r#"{"agents": {"enabled": false}}"#;

fn start(genesys: &Genesys) -> Cloud {
    let options = ["--genesys", &genesys.url, "--genesys-client", CLIENT, "--gap-reads", "0"];
    let cloud = Cloud::start_with(&[("Settings", SETTINGS)], &options);
    assert!(cloud.deployment.functions.contains_key("gap-reader"));
    cloud
}

/// Runs the gap reader until no conversation is due, and folds in what each run has read.
async fn read_gaps(cloud: &Cloud) {
    eventually("no conversation is due", async || {
        let run = cloud.invoke("gap-reader").await;
        cloud.wait_until_drained().await;
        let idle = |run: &Value| run["due"] == 0 && run["windowsLeft"] == 0 && run["busy"] == false;
        run.as_ref().is_some_and(idle)
    })
    .await;
}

/// The rows of queues and agents, without the metric that marks repaired numbers and those whose loss
/// cannot be seen.
fn without_provenance(mut rows: Rows) -> Rows {
    rows.retain(|key, _| !key.starts_with("api#"));
    for values in rows.values_mut() {
        values.metrics.remove("repaired");
        values.metrics.retain(|sum, _| !is_without_trace(sum));
    }
    rows.retain(|_, values| !values.metrics.is_empty());
    rows
}

fn assert_rows(actual: &Rows, expected: &Rows) {
    for (key, values) in expected {
        let metrics = actual.get(key).map(|row| &row.metrics);
        assert_eq!(metrics, Some(&values.metrics), "{key}");
    }
    assert_eq!(actual.len(), expected.len());
}

fn request_count(genesys: &Genesys, kind: &str) -> u64 {
    genesys.request_report()["byKind"][kind].as_u64().unwrap_or(0)
}

/// Neither the client's secret nor a token is in the logs or tables.
fn assert_nothing_leaked(cloud: &Cloud, tables: &str) {
    let secret = CLIENT.split_once(':').unwrap().1;
    for text in [cloud.logs().as_str(), tables] {
        assert!(!text.contains(secret), "the secret leaked");
        assert!(!text.contains("Bearer"), "a token leaked");
    }
}

#[tokio::test]
async fn what_was_lost_is_read_and_every_row_is_the_truth() {
    let genesys = Genesys::start(31, 600, "lose=0.05,dup=0.05,reorder=0.1");
    let cloud = start(&genesys);
    genesys.put(&cloud).await;
    cloud.wait_until_drained().await;
    let before = without_provenance(cloud.rows().await);
    read_gaps(&cloud).await;

    let rows = cloud.rows().await;
    let truth = without_provenance(genesys.truth());
    assert_rows(&without_provenance(rows.clone()), &truth);
    assert_ne!(before, truth, "nothing was missing");
    let calls = request_count(&genesys, "conversations");
    let lost = genesys.lost().len();
    let read = genesys.request_report()["ids"].as_object().unwrap().len();
    // Losses that do not change the numbers need not be read. Fewer calls are not possible.
    let least = (read as u64).div_ceil(IDS_PER_CALL);
    let most = genesys.request_report()["mostInAMinute"].as_u64().unwrap();
    println!(
        "{lost} conversations lost something, {read} were read: {calls} calls, {least} at least; \
         at most {most} requests in a minute"
    );
    assert!(calls * 100 <= least * 102);
    assert!(most <= REQUESTS_PER_MINUTE);
    let budget = &rows["api#budget|now"].metrics;
    assert_eq!(budget["minute.allowed"], 30);
    assert_eq!(budget["requests.gap"], i64::try_from(calls).unwrap());
    assert_nothing_leaked(&cloud, &format!("{:?}", cloud.items("LedgerTable").await));
}

/// Connects viewers. Each stays until its budget row counts calls for gaps, and returns their number.
async fn watch(cloud: &Cloud, count: usize) -> Vec<JoinHandle<i64>> {
    let connect = |number: usize| {
        let mut claims = cloud.claims(&["*"]);
        claims["sub"] = json!(format!("viewer-{number}"));
        let mut viewer = viewer(cloud, cloud.sign(&claims), &["queue#*", "api#budget"]);
        tokio::spawn(async move {
            let has_calls = |viewer: &Viewer| gap_calls(viewer).is_some();
            assert!(viewer.until(Instant::now() + TIMEOUT, has_calls).await.unwrap());
            gap_calls(&viewer).unwrap()
        })
    };
    let viewers = (0..count).map(connect).collect();
    eventually("subscriptions", async || {
        let items = cloud.items("ConnectionsTable").await;
        let budget = items.iter().filter(|item| format!("{item:?}").contains("api#budget"));
        budget.count() >= count
    })
    .await;
    viewers
}

fn gap_calls(viewer: &Viewer) -> Option<i64> {
    rows_of(viewer)?.get("api#budget|now")?.metrics.get("requests.gap").copied()
}

#[tokio::test]
async fn fifty_viewers_cost_no_more_requests_than_one() {
    let mut requests = Vec::new();
    for count in [1, 50] {
        let genesys = Genesys::start(33, 150, "lose=0.05");
        let cloud = start(&genesys);
        let viewers = watch(&cloud, count).await;
        genesys.put(&cloud).await;
        cloud.wait_until_drained().await;
        read_gaps(&cloud).await;
        for viewer in viewers {
            assert!(viewer.await.unwrap() > 0);
        }
        requests.push(genesys.request_report()["byKind"].clone());
    }
    println!("with one viewer {}, with fifty {}", requests[0], requests[1]);
    assert_eq!(requests[0], requests[1]);
}

#[tokio::test]
async fn a_reader_killed_anywhere_loses_no_gap_and_counts_nothing_twice() {
    let genesys = Genesys::start(32, 200, "lose=0.1");
    let cloud = start(&genesys);
    genesys.put(&cloud).await;
    cloud.wait_until_drained().await;
    // After each kill the lease has to expire. tests/gap_reads kills the reader at every call.
    cloud.inject_faults("gap-reader", &[60, 250], false);
    read_gaps(&cloud).await;
    assert_eq!(cloud.fault_count("gap-reader"), 2);
    assert_rows(&without_provenance(cloud.rows().await), &without_provenance(genesys.truth()));
    assert!(genesys.request_report()["mostInAMinute"].as_u64().unwrap() <= REQUESTS_PER_MINUTE);
}

/// Which events of a file are put on the bus.
type Feed = fn(&Value) -> bool;

const FEEDS: [(&str, Feed); 3] =
    [("details", |event| !is_metric(event)), ("metrics", is_metric), ("both", |_| true)];

fn is_metric(event: &Value) -> bool {
    event["detail-type"] == "v2.analytics.conversation.{id}.metrics"
}

#[tokio::test]
async fn where_nothing_is_lost_nothing_is_read() {
    for (name, is_in_feed) in FEEDS {
        let genesys = Genesys::start(34, 200, "");
        genesys.keep_events(is_in_feed);
        let cloud = start(&genesys);
        genesys.put(&cloud).await;
        cloud.wait_until_drained().await;
        read_gaps(&cloud).await;
        assert_eq!(genesys.request_report()["ids"], json!({}), "{name}");
    }
}

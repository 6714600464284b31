//! What events did not bring, the gap reader reads: the built function on the local cloud, over
//! HTTP, within the budget.

#![allow(clippy::unwrap_used, clippy::panic)]

use headroom::watch::Viewer;
use headroom_e2e::{CLIENT, Cloud, Genesys, PATIENCE, Rows, eventually, rows_of, viewer};
use serde_json::{Value, json};
use std::time::Instant;
use tokio::task::JoinHandle;

/// Conversations in one call.
const IDS_PER_CALL: u64 = 100;

/// A tenth of what Genesys allows a token.
const REQUESTS_PER_MINUTE: u64 = 30;

fn start(genesys: &Genesys) -> Cloud {
    let options = ["--genesys", &genesys.url, "--genesys-client", CLIENT, "--gap-reads", "0"];
    let cloud = Cloud::start_with(&[], &options);
    assert!(cloud.made.functions.contains_key("gap-reader"));
    cloud
}

/// Reads gaps until none is left that is due; what was read is folded in between.
async fn read_gaps(cloud: &Cloud) {
    eventually("no gap", async || {
        let run = cloud.invoke("gap-reader").await;
        cloud.drained().await;
        let quiet =
            |run: &Value| run["due"] == 0 && run["windowsLeft"] == 0 && run["busy"] == false;
        run.as_ref().is_some_and(quiet)
    })
    .await;
}

/// The rows of queues and agents, without what tells repaired numbers from others.
fn numbers(mut rows: Rows) -> Rows {
    rows.retain(|key, _| !key.starts_with("api#"));
    for shown in rows.values_mut() {
        shown.metrics.remove("repaired");
    }
    rows.retain(|_, shown| !shown.metrics.is_empty());
    rows
}

fn assert_rows(found: &Rows, wanted: &Rows) {
    for (key, shown) in wanted {
        let row = found.get(key).map(|row| &row.metrics);
        assert_eq!(row, Some(&shown.metrics), "{key}");
    }
    assert_eq!(found.len(), wanted.len());
}

fn asked(genesys: &Genesys, kind: &str) -> u64 {
    genesys.asked()["byKind"][kind].as_u64().unwrap_or(0)
}

/// Nobody may see the secret, nor a token that was got with it.
fn assert_nothing_leaked(cloud: &Cloud, tables: &str) {
    let secret = CLIENT.split_once(':').unwrap().1;
    for text in [cloud.logs().as_str(), tables] {
        assert!(!text.contains(secret), "the secret");
        assert!(!text.contains("Bearer"), "a token");
    }
}

#[tokio::test]
async fn what_was_lost_is_read_and_every_row_is_the_truth() {
    let genesys = Genesys::start(31, "lose=0.05,dup=0.05,reorder=0.1");
    let cloud = start(&genesys);
    genesys.put(&cloud).await;
    cloud.drained().await;
    let before = numbers(cloud.rows().await);
    read_gaps(&cloud).await;

    let (found, truth) = (cloud.rows().await, genesys.truth());
    assert_rows(&numbers(found.clone()), &truth);
    assert_ne!(before, truth, "nothing was missing");
    let (calls, lost) = (asked(&genesys, "conversations"), genesys.lost().len());
    let read = genesys.asked()["ids"].as_object().unwrap().len();
    // What was lost and left the numbers right need not be read: fewer calls are not possible.
    let least = (read as u64).div_ceil(IDS_PER_CALL);
    let most = genesys.asked()["mostInAMinute"].as_u64().unwrap();
    println!(
        "{lost} conversations lost something, {read} were read: {calls} calls, {least} at least; \
         at most {most} requests in a minute"
    );
    assert!(calls * 100 <= least * 102);
    assert!(most <= REQUESTS_PER_MINUTE);
    let budget = &found["api#budget|now"].metrics;
    assert_eq!(budget["minute.allowed"], 30);
    assert_eq!(budget["requests.gap"], i64::try_from(calls).unwrap());
    assert_nothing_leaked(&cloud, &format!("{:?}", cloud.items("LedgerTable").await));
}

/// Viewers who stay connected until they hold a budget with the calls for gaps.
async fn watch(cloud: &Cloud, count: usize) -> Vec<JoinHandle<i64>> {
    let connect = |number: usize| {
        let mut claims = cloud.claims(&["*"]);
        claims["sub"] = json!(format!("viewer-{number}"));
        let mut viewer = viewer(cloud, cloud.sign(&claims), &["queue#*", "api#budget"]);
        tokio::spawn(async move {
            let found = |viewer: &Viewer| calls_seen(viewer).is_some();
            assert!(viewer.until(Instant::now() + PATIENCE, found).await.unwrap());
            calls_seen(&viewer).unwrap()
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

fn calls_seen(viewer: &Viewer) -> Option<i64> {
    rows_of(viewer)?.get("api#budget|now")?.metrics.get("requests.gap").copied()
}

#[tokio::test]
async fn fifty_viewers_cost_no_more_requests_than_one() {
    let mut asked = Vec::new();
    for count in [1, 50] {
        let genesys = Genesys::start(33, "lose=0.05");
        let cloud = start(&genesys);
        let viewers = watch(&cloud, count).await;
        genesys.put(&cloud).await;
        cloud.drained().await;
        read_gaps(&cloud).await;
        for viewer in viewers {
            assert!(viewer.await.unwrap() > 0);
        }
        asked.push(genesys.asked()["byKind"].clone());
    }
    println!("with one viewer {}, with fifty {}", asked[0], asked[1]);
    assert_eq!(asked[0], asked[1]);
}

#[tokio::test]
async fn a_reader_killed_anywhere_loses_no_gap_and_counts_nothing_twice() {
    let genesys = Genesys::start(32, "lose=0.1");
    let cloud = start(&genesys);
    genesys.put(&cloud).await;
    cloud.drained().await;
    // Each time its lease has to run out; tests/gap_reads kills it at every single call.
    cloud.disturb("gap-reader", &[60, 250], false);
    read_gaps(&cloud).await;
    assert_eq!(cloud.disturbed("gap-reader"), 2);
    assert_rows(&numbers(cloud.rows().await), &genesys.truth());
    assert!(genesys.asked()["mostInAMinute"].as_u64().unwrap() <= REQUESTS_PER_MINUTE);
}

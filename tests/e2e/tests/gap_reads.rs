//! What events did not bring, the gap reader reads: the built function on the local cloud, over
//! HTTP, within the budget.

#![allow(clippy::unwrap_used, clippy::panic)]

use headroom_e2e::{CLIENT, Cloud, Genesys, Rows, eventually};
use serde_json::Value;

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

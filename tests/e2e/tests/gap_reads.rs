//! What events did not bring, the gap reader reads: on the local cloud, over HTTP, within the budget.

#![allow(clippy::unwrap_used, clippy::panic)]

use headroom_e2e::{CLIENT, Cloud, Genesys, Rows, eventually};
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

/// Conversations in one call.
const IDS_PER_CALL: u64 = 100;

/// A centre of the day before, so that all is over and overdue.
fn yesterday() -> String {
    (Timestamp::now() - 25.hours()).to_string()
}

fn start(genesys: &Genesys) -> Cloud {
    Cloud::start_with(&[], &["--genesys", &genesys.url, "--genesys-client", CLIENT, "--gap-reads", "0"])
}

/// Puts the events, and reads gaps until none is due; what is read is folded in between.
async fn repair(cloud: &Cloud, genesys: &Genesys) -> Vec<Value> {
    genesys.put(cloud).await;
    cloud.drained().await;
    let mut runs = Vec::new();
    eventually("no gap", async || {
        let run = cloud.invoke("gap-reader").await;
        cloud.drained().await;
        let due = run["due"].as_u64().unwrap();
        runs.push(run);
        due == 0
    })
    .await;
    runs
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
    let wrong = wanted.iter().find(|(key, shown)| {
        found.get(*key).is_none_or(|row| row.metrics != shown.metrics)
    });
    assert_eq!(wrong.map(|(key, shown)| (key, found.get(key), shown)), None);
    let more = found.keys().find(|key| !wanted.contains_key(*key));
    assert_eq!(more, None);
}

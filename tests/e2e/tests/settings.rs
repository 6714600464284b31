//! Settings that are put into the ledger take effect at an interval boundary, without a deployment.

#![allow(clippy::unwrap_used)]

use headroom_e2e::{Cloud, acd_start, eventually, headroom};
use headroom_kpi::{Calendar, Millis};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::process::{Command, Stdio};

const QUEUE: &str = "11111111-0000-4000-8000-000000000000";
const OTHER_QUEUE: &str = "22222222-0000-4000-8000-000000000000";

/// A call that enters a queue at a time, which may be to come.
fn offered(queue: &str, conversation: &str, time: Millis) -> Value {
    let mut event = acd_start(queue, conversation);
    event["detail"]["eventBody"]["eventTime"] = json!(time.0);
    event
}

/// Puts settings into the ledger by the command line, and returns when they take effect.
fn put(cloud: &Cloud, settings: &str) -> Millis {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.json");
    std::fs::write(&file, settings).unwrap();
    let mut command = Command::new(headroom());
    command.args(["settings", "put", "--ledger", cloud.output("LedgerTable")]).arg(file);
    command.envs(&cloud.deployment.environment).stdin(Stdio::null());
    let output = command.output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{message}");
    let (_, rest) = message.split_once("In force from ").unwrap();
    let time: Timestamp = rest.split(' ').next().unwrap().parse().unwrap();
    Millis(time.as_millisecond())
}

#[tokio::test]
async fn settings_that_are_put_hold_for_events_from_the_boundary_on() {
    let cloud = Cloud::start(&[]);
    // Ingest runs, and knows its settings, before they change.
    cloud.deliver(&[acd_start(QUEUE, "first")]).await;
    eventually("the first row", async || !cloud.rows().await.is_empty()).await;
    let boundary = put(&cloud, r#"{"intervalMinutes": 15}"#);

    let [before, after] = [30, 15].map(|minutes| Calendar::new("UTC", minutes).unwrap());
    let row = |queue, bucket| format!("queue#{queue}#voice|{bucket}");
    let old = row(OTHER_QUEUE, before.interval(boundary - Millis(1)));
    let new = row(QUEUE, after.interval(boundary));
    let mut count = 0;
    eventually("a call after the boundary in an interval of 15 minutes", async || {
        count += 1;
        cloud.deliver(&[offered(QUEUE, &format!("after-{count}"), boundary)]).await;
        cloud.rows().await.contains_key(&new)
    })
    .await;
    cloud.deliver(&[offered(OTHER_QUEUE, "before", boundary - Millis(1))]).await;
    eventually("a call before the boundary in an interval of 30 minutes", async || {
        cloud.rows().await.contains_key(&old)
    })
    .await;
}

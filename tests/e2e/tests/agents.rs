//! Agents: status, staffing of queues and times, from lossy events and the Platform API, on the local
//! cloud with the built functions; and who may see them. `HEADROOM_SHIFT_HOURS=8` makes it a whole shift.

#![allow(clippy::unwrap_used, clippy::panic)]

use headroom_e2e::{
    CLIENT, Cloud, Genesys, Rows, SHORT_VISIBILITY, Socket, eventually, headroom, root,
};
use headroom_tables::{DocumentKey, DynamoDocuments, read_json, write_json};
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use std::process::Command;

fn start(genesys: &Genesys) -> Cloud {
    let options = ["--genesys", &genesys.url, "--genesys-client", CLIENT, "--gap-reads", "0"];
    let options = [&options[..], &["--quiet-seconds", "1"]].concat();
    // As a centre of this size would be set up: many changes share the rows of queues.
    let batches = [("IngestBatchSize", "100"), ("IngestBatchWindowSeconds", "1")];
    Cloud::start_with(&batches, &options)
}

/// A document of the gap reader's agents job.
async fn document(cloud: &Cloud, name: &str) -> Option<(Value, u64)> {
    let documents = DynamoDocuments::new(cloud.dynamo(), cloud.output("LedgerTable"));
    let stored = read_json::<Value>(&documents, &DocumentKey::new("agents", name)).await.unwrap();
    stored.map(|document| (document.value, document.version))
}

/// Lets the daily read of all changes be due, since before the first event.
async fn let_changes_be_due(cloud: &Cloud, genesys: &Genesys) {
    let (_, version) = document(cloud, "changes").await.unwrap();
    let documents = DynamoDocuments::new(cloud.dynamo(), cloud.output("LedgerTable"));
    let before = (genesys.start - 25.hours()).as_millisecond();
    let progress = json!({"from": before, "began": before, "next": null});
    let key = DocumentKey::new("agents", "changes");
    write_json(&documents, &key, &progress, version, None).await.unwrap();
}

/// Whether the members of all queues were read.
async fn is_round_complete(cloud: &Cloud) -> bool {
    document(cloud, "round").await.is_some_and(|(round, _)| round["queues"].is_null())
}

/// Whether the changes of all agents were read in the last hour.
async fn is_changes_read_complete(cloud: &Cloud) -> bool {
    let hour_ago = (Timestamp::now() - 1.hour()).as_millisecond();
    let is_complete = |changes: &Value| {
        changes["next"].is_null() && changes["began"].as_i64().is_some_and(|at| at > hour_ago)
    };
    document(cloud, "changes").await.is_some_and(|(changes, _)| is_complete(&changes))
}

/// Runs the gap reader until a read is complete, and nothing else is due.
async fn read_gaps(cloud: &Cloud, mut is_complete: impl AsyncFnMut() -> bool) {
    eventually("nothing is due", async || {
        let run = cloud.invoke("gap-reader").await;
        cloud.wait_until_drained().await;
        let is_idle = |run: &Value| {
            ["due", "windowsLeft", "agentsDue", "agentsRead"].iter().all(|key| run[*key] == 0)
                && run["busy"] == false
        };
        run.as_ref().is_some_and(is_idle) && is_complete().await
    })
    .await;
}

/// The rows of agents' statuses and of the staffing of queues. What agents did in conversations is
/// compared in `gap_reads.rs`, with Genesys' own metrics: without those, some losses leave no trace.
fn compared(mut rows: Rows) -> Rows {
    let is_status =
        |subject: &str| subject.starts_with("agent#") && subject.matches('#').count() == 1;
    let is_compared = |key: &String| {
        let subject = key.split('|').next().unwrap_or_default();
        is_status(subject) || subject.ends_with("#agents")
    };
    rows.retain(|key, values| is_compared(key) && !values.metrics.is_empty());
    rows
}

/// The differences of agents' rows from the truth.
fn differences(actual: &Rows, truth: &Rows) -> Vec<String> {
    let keys = actual.keys().chain(truth.keys()).collect::<std::collections::BTreeSet<_>>();
    let metrics = |rows: &Rows, key: &String| rows.get(key).map(|row| row.metrics.clone());
    let differs = |key: &&&String| metrics(actual, key) != metrics(truth, key);
    let text = |key: &String| {
        format!("{key}: {:?} should be {:?}", metrics(actual, key), metrics(truth, key))
    };
    keys.iter().filter(differs).map(|key| text(key)).collect()
}

#[tokio::test]
async fn a_shift_with_losses_comes_right_and_only_some_may_see_it() {
    let genesys = Genesys::start_with_agents(47, "lose=0.05,dup=0.05,reorder=0.1");
    let cloud = start(&genesys);
    cloud.set_visibility(SHORT_VISIBILITY).await;
    cloud.inject_faults("ingest", &[40, 400, 90], false);
    genesys.put(&cloud).await;
    cloud.wait_until_drained().await;
    let before = compared(cloud.rows().await);
    read_gaps(&cloud, async || is_round_complete(&cloud).await).await;
    let_changes_be_due(&cloud, &genesys).await;
    read_gaps(&cloud, async || is_changes_read_complete(&cloud).await).await;

    let (rows, truth) = (compared(cloud.rows().await), compared(genesys.truth()));
    assert_eq!(differences(&rows, &truth), [""; 0]);
    assert_ne!(before, truth, "nothing was missing");
    let report = genesys.request_report();
    let calls = |kind: &str| report["byKind"][kind].as_u64().unwrap_or(0);
    let agents = rows.keys().filter(|key| is_agent_now(key)).count();
    println!(
        "{agents} agents; {} calls for members, {} for changes ({} at least); at most {} requests \
         in a minute",
        calls("routingActivity") + calls("members"),
        calls("userDetails"),
        agents.div_ceil(100),
        report["mostInAMinute"]
    );
    assert!(agents >= 200, "{agents} agents");
    assert!(report["mostInAMinute"].as_u64().unwrap() <= 30);
    is_shown_to_those_who_may_see_it(&cloud, &rows).await;
}

fn is_agent_now(key: &str) -> bool {
    key.starts_with("agent#") && key.ends_with("|now") && key.matches('#').count() == 1
}

async fn is_shown_to_those_who_may_see_it(cloud: &Cloud, rows: &Rows) {
    let mut claims = cloud.claims(&["*"]);
    claims["agents"] = json!(false);
    let subjects = ["queue#*", "agent#*"];
    let text = async |claims: &Value| {
        let mut socket = Socket::open(cloud, &cloud.sign(claims), None).await.unwrap();
        socket.send(&json!({"action": "subscribe", "id": 1, "subjects": subjects})).await;
        while socket.next_of_type("snapshot").await["last"] != true {}
        socket.frames.concat()
    };
    let queues_only = text(&claims).await;
    assert!(queues_only.contains("#agents") && queues_only.contains("oMemberUsers"));
    claims["agents"] = json!(true);
    let with_agents = text(&claims).await;
    for key in rows.keys().filter(|key| is_agent_now(key)) {
        let id = key.trim_start_matches("agent#").trim_end_matches("|now");
        assert!(!queues_only.contains(id), "{id} without the claim");
        assert!(with_agents.contains(&format!(r#""subject":"agent#{id}""#)), "{id} with it");
    }
    assert_watch_shows_agents(cloud, &cloud.sign(&claims));
}

/// `headroom watch --agents` shows the staffing of queues, and agents with the time in their status.
fn assert_watch_shows_agents(cloud: &Cloud, token: &str) {
    let url = &cloud.deployment.viewer_url;
    let output = Command::new(headroom())
        .args(["watch", url, "--agents", "--once"])
        .env("HEADROOM_TOKEN", token)
        .current_dir(root())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for part in ["Staffing now", "longest idle", "not responding", "occupancy"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

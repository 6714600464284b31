//! Events on the bus lead to exact rows in DynamoDB and at viewers, whatever fails on the way.

#![allow(clippy::unwrap_used, clippy::panic)]

use headroom::viewer::Viewer;
use headroom_e2e::{
    Cloud, Day, QuarantinedEvent, Rows, SAFE_VISIBILITY, SHORT_VISIBILITY, TIMEOUT, eventually,
    rows_of, viewer,
};
use std::time::Instant;

const FAULTS: &str = "dup=0.2,reorder=0.2,late=0.02,garbage=0.02";

/// A local cloud with the batches of a busy centre.
fn busy_cloud(day: &Day) -> Cloud {
    let batches = [("IngestBatchSize", "100"), ("IngestBatchWindowSeconds", "1")];
    let parameters = [&batches[..], &[("Settings", &day.settings)]].concat();
    Cloud::start(&parameters)
}

fn all_queues(cloud: &Cloud) -> Viewer {
    viewer(cloud, cloud.token(&["*"]), &["queue#*"])
}

fn of_queues(rows: &Rows) -> Rows {
    let queues = rows.iter().filter(|(key, _)| key.starts_with("queue#"));
    queues.map(|(key, values)| (key.clone(), values.clone())).collect()
}

/// Keeps a viewer connected until it has the expected rows. Cuts its connection `cuts` times before.
async fn watch(mut viewer: Viewer, expected: &Rows, cuts: u64) -> Viewer {
    let deadline = Instant::now() + TIMEOUT;
    for cut in 0..cuts {
        // Between frames: after each three frames of changes.
        let frames = viewer.counts().delta_frames + 3;
        let reached = viewer.until(deadline, |viewer| viewer.counts().delta_frames >= frames).await;
        assert!(reached.unwrap(), "cut {cut}: no further frames");
        viewer.disconnect();
    }
    let is_complete = |viewer: &Viewer| rows_of(viewer).is_some_and(|rows| rows == *expected);
    if !viewer.until(deadline, is_complete).await.unwrap() {
        let rows = rows_of(&viewer).unwrap_or_else(|| panic!("rows of a viewer stay stale"));
        let wrong = expected.iter().find(|(key, values)| rows.get(*key) != Some(values));
        panic!("a viewer has {} rows of {}; {wrong:?}", rows.len(), expected.len());
    }
    viewer
}

async fn rows_are(cloud: &Cloud, day: &Day) {
    eventually("all rows", async || {
        cloud.count("IngestQueueUrl").await == 0 && cloud.rows().await == day.rows
    })
    .await;
}

fn expected_quarantine(day: &Day) -> Vec<QuarantinedEvent> {
    let event = |(code, event): &(String, String)| QuarantinedEvent {
        code: code.clone(),
        event: event.clone(),
    };
    let mut events: Vec<_> = day.refused.iter().map(event).collect();
    events.sort_unstable();
    events
}

#[tokio::test]
async fn rows_and_viewers_agree_with_replay_and_refused_events_are_in_quarantine() {
    let day = Day::new(7, 0.22, FAULTS);
    assert!(day.conversations >= 2_000, "{} conversations", day.conversations);
    let cloud = busy_cloud(&day);
    // Two concurrent writers of a conversation may return a message to the queue.
    cloud.set_visibility(SAFE_VISIBILITY).await;
    let expected = of_queues(&day.rows);
    let steady = watch(all_queues(&cloud), &expected, 0);
    let restless = watch(all_queues(&cloud), &expected, 3);
    let (steady, restless, (), ()) =
        tokio::join!(steady, restless, day.put(&cloud), rows_are(&cloud, &day));
    assert_eq!((steady.counts().connects, steady.counts().losses), (1, 0));
    assert!(restless.counts().connects >= 4);
    let late = watch(all_queues(&cloud), &expected, 0).await;
    assert_eq!(late.counts().delta_frames, 0, "a viewer that connects at the end needs no deltas");

    assert_eq!(cloud.quarantine().await, expected_quarantine(&day));
    assert_eq!(cloud.count("DeadLetterQueueUrl").await, 0);
    println!(
        "{} conversations, {} rows, {} refused; frames: steady {:?}, cut off {:?}",
        day.conversations,
        day.rows.len(),
        day.refused.len(),
        steady.counts(),
        restless.counts()
    );
}

#[tokio::test]
async fn functions_killed_in_the_middle_of_batches_change_nothing() {
    let day = Day::new(8, 0.22, FAULTS);
    assert!(day.conversations >= 2_000, "{} conversations", day.conversations);
    let cloud = busy_cloud(&day);
    cloud.set_visibility(SHORT_VISIBILITY).await;
    cloud.inject_faults("ingest", &[3, 200, 20, 90, 150, 40, 300, 10, 60, 120], false);
    cloud.inject_faults("push", &[1, 30, 5, 60, 15], false);
    let expected = of_queues(&day.rows);
    let steady = watch(all_queues(&cloud), &expected, 0);
    let restless = watch(all_queues(&cloud), &expected, 3);
    let outage = async {
        eventually("pushes that were killed", async || cloud.fault_count("push") >= 5).await;
        cloud.inject_faults("push", &[], true);
        let before = cloud.fault_count("push");
        eventually("pushes that fail", async || cloud.fault_count("push") >= before + 5).await;
        cloud.inject_faults("push", &[], false);
    };
    let (steady, restless, (), (), ()) =
        tokio::join!(steady, restless, day.put(&cloud), rows_are(&cloud, &day), outage);
    let late = watch(all_queues(&cloud), &expected, 0).await;
    assert!(cloud.fault_count("ingest") >= 5, "{} kills", cloud.fault_count("ingest"));

    // A batch that is killed after it refused an event is delivered again, and refuses it twice.
    let mut quarantine = cloud.quarantine().await;
    quarantine.dedup();
    let mut expected_quarantine = expected_quarantine(&day);
    expected_quarantine.dedup();
    assert_eq!(quarantine, expected_quarantine);
    assert_eq!(cloud.count("DeadLetterQueueUrl").await, 0);
    println!(
        "killed: {} of ingest, {} of push; frames: steady {:?}, cut off {:?}, late {:?}",
        cloud.fault_count("ingest"),
        cloud.fault_count("push"),
        steady.counts(),
        restless.counts(),
        late.counts()
    );
}

//! Events on the bus, rows in DynamoDB, and viewers who hold them: exactly, whatever happens.

#![allow(clippy::unwrap_used, clippy::panic)]

use headroom::watch::Viewer;
use headroom_e2e::{Cloud, Day, Kept, PATIENCE, Rows, eventually, rows_of, viewer};
use std::time::Instant;

const FAULTS: &str = "dup=0.2,reorder=0.2,late=0.02,garbage=0.02";

fn all_queues(cloud: &Cloud) -> Viewer {
    viewer(cloud, cloud.token(&["*"]), &["queue#*"])
}

fn of_queues(rows: &Rows) -> Rows {
    let queues = rows.iter().filter(|(key, _)| key.starts_with("queue#"));
    queues.map(|(key, shown)| (key.clone(), shown.clone())).collect()
}

/// Stays connected until it holds these rows; is cut off so many times before.
async fn watch(mut viewer: Viewer, wanted: &Rows, cuts: u64) -> Viewer {
    let deadline = Instant::now() + PATIENCE;
    for cut in 0..cuts {
        // Each time in the middle: when it has got some more of what changed.
        let more = viewer.counts().delta_frames + 3;
        let got = viewer.until(deadline, |viewer| viewer.counts().delta_frames >= more).await;
        assert!(got.unwrap(), "cut {cut}: nothing more to see");
        viewer.cut();
    }
    let holds = |viewer: &Viewer| rows_of(viewer).is_some_and(|rows| rows == *wanted);
    if !viewer.until(deadline, holds).await.unwrap() {
        let held = rows_of(&viewer);
        let held = held.unwrap_or_else(|| panic!("rows of a viewer stay stale"));
        let wrong = wanted.iter().find(|(key, shown)| held.get(*key) != Some(shown));
        panic!("a viewer holds {} rows of {}; {wrong:?}", held.len(), wanted.len());
    }
    viewer
}

async fn rows_are(cloud: &Cloud, day: &Day) {
    eventually("all rows", async || {
        cloud.count("IngestQueueUrl").await == 0 && cloud.rows().await == day.rows
    })
    .await;
}

fn expected(day: &Day) -> Vec<Kept> {
    let kept = |(code, event): &(String, String)| Kept { code: code.clone(), event: event.clone() };
    let mut kept: Vec<_> = day.refused.iter().map(kept).collect();
    kept.sort_unstable();
    kept
}

#[tokio::test]
async fn rows_and_viewers_hold_what_replay_gives_and_the_broken_is_in_quarantine() {
    let day = Day::new(7, 0.22, FAULTS);
    assert!(day.conversations >= 2_000, "{} conversations", day.conversations);
    let cloud = Cloud::start(&[("Settings", &day.settings)]);
    // Two writers of the same conversations may send a message back to the queue.
    cloud.shorten_visibility().await;
    let wanted = of_queues(&day.rows);
    let steady = watch(all_queues(&cloud), &wanted, 0);
    let restless = watch(all_queues(&cloud), &wanted, 3);
    let (steady, restless, (), ()) =
        tokio::join!(steady, restless, day.put(&cloud), rows_are(&cloud, &day));
    assert_eq!((steady.counts().connects, steady.counts().losses), (1, 0));
    assert!(restless.counts().connects >= 4);
    let late = watch(all_queues(&cloud), &wanted, 0).await;
    assert_eq!(late.counts().delta_frames, 0, "it came when all was over");

    assert_eq!(cloud.quarantine().await, expected(&day));
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
    let cloud = Cloud::start(&[("Settings", &day.settings)]);
    cloud.shorten_visibility().await;
    cloud.disturb("ingest", &[3, 200, 20, 90, 150, 40, 300, 10, 60, 120], false);
    cloud.disturb("push", &[1, 30, 5, 60, 15], false);
    let wanted = of_queues(&day.rows);
    let steady = watch(all_queues(&cloud), &wanted, 0);
    let restless = watch(all_queues(&cloud), &wanted, 3);
    let outage = async {
        eventually("pushes that were killed", async || cloud.disturbed("push") >= 5).await;
        cloud.disturb("push", &[], true);
        let before = cloud.disturbed("push");
        eventually("pushes that fail", async || cloud.disturbed("push") >= before + 5).await;
        cloud.disturb("push", &[], false);
    };
    let (steady, restless, (), (), ()) =
        tokio::join!(steady, restless, day.put(&cloud), rows_are(&cloud, &day), outage);
    let late = watch(all_queues(&cloud), &wanted, 0).await;
    assert!(cloud.disturbed("ingest") >= 5, "{} kills", cloud.disturbed("ingest"));

    // What was refused in a batch that was killed afterwards is refused, and kept, once more.
    let mut kept = cloud.quarantine().await;
    kept.dedup();
    let mut wanted = expected(&day);
    wanted.dedup();
    assert_eq!(kept, wanted);
    assert_eq!(cloud.count("DeadLetterQueueUrl").await, 0);
    println!(
        "killed: {} of ingest, {} of push; frames: steady {:?}, cut off {:?}, late {:?}",
        cloud.disturbed("ingest"),
        cloud.disturbed("push"),
        steady.counts(),
        restless.counts(),
        late.counts()
    );
}

//! What viewers cost: one frame for each push window, whatever the number of events.

#![allow(clippy::unwrap_used)]

use headroom_e2e::{Cloud, TIMEOUT, acd_start, rows_of, viewer};
use std::time::Instant;

const QUEUE: &str = "11111111-0000-4000-8000-000000000000";
const EVENTS: usize = 2_000;
const VIEWERS: usize = 10;
/// The batching window of push, in seconds: the template's default.
const WINDOW_SECONDS: f64 = 1.0;

#[tokio::test]
async fn a_viewer_gets_one_frame_for_each_push_window_whatever_the_rate_of_events() {
    let cloud = Cloud::start(&[]);
    let began = Instant::now();
    let events = async {
        for part in 0..EVENTS / 100 {
            let starts = (0..100).map(|n| acd_start(QUEUE, &format!("c{part}-{n}")));
            cloud.deliver(&starts.collect::<Vec<_>>()).await;
        }
    };
    let watching = async |_: usize| {
        let mut viewer = viewer(&cloud, cloud.token(&["*"]), &["queue#*"]);
        let key = format!("queue#{QUEUE}#voice|now");
        let waiting = i64::try_from(EVENTS).unwrap();
        let complete = viewer.until(Instant::now() + TIMEOUT, |viewer| {
            let rows = rows_of(viewer).unwrap_or_default();
            rows.get(&key).is_some_and(|row| row.metrics.get("oWaiting") == Some(&waiting))
        });
        assert!(complete.await.unwrap(), "a viewer has not received all changes");
        viewer.counts().delta_frames
    };
    let viewers = futures_util::future::join_all((0..VIEWERS).map(watching));
    let (frames, ()) = tokio::join!(viewers, events);
    let windows = began.elapsed().as_secs_f64() / WINDOW_SECONDS;
    println!("{EVENTS} events in {windows:.0} windows: delta frames of each viewer {frames:?}");
    for count in frames {
        assert!(f64::from(u32::try_from(count).unwrap()) <= windows + 1.0, "{count} frames");
    }
}

//! Events are lost, and the rows come right all the same, for as few calls as possible.
//!
//! Now and then all events that tell of a thing are lost, such as both of an agent's work after a
//! callback: nobody can know that there was one. The seeds here have none of these.

use crate::centre::{Centre, HOUR, Process};
use headroom_kpi::Millis;
use headroom_simulator::{Options, RequestKind};
use headroom_test_support::FaultPlan;
use headroom_tests::options;

/// Hours without anything due after which all is done.
const QUIET: i64 = 3;

/// The calls for so many conversations, if every call is full.
fn least(conversations: u64) -> u64 {
    conversations.div_ceil(100)
}

/// A day without five percent of its events. Gives the calls, how many conversations have lost
/// something, how many were read, and how often.
async fn day(seed: u64, conversations: u64, patience: Option<Millis>) -> [u64; 4] {
    let options = Options { faults: "lose=0.05".parse().unwrap(), ..options(seed, conversations) };
    let mut centre = Centre::new(&options).await;
    if let Some(patience) = patience {
        (centre.batch.live_wait, centre.batch.settled_wait) = (patience, patience);
    }
    let mut process = centre.process(&FaultPlan::default());
    centre.until_quiet(&mut process, QUIET).await;
    assert_eq!(centre.differences(), [""; 0]);
    let (ids, lost) = (centre.request_log().ids, centre.lost().len() as u64);
    let calls = centre.calls(RequestKind::Conversations);
    [calls, lost, ids.len() as u64, ids.values().sum()]
}

#[tokio::test(start_paused = true)]
async fn with_five_percent_of_all_events_lost_rows_come_right_for_the_least_calls() {
    let [calls, lost, read, times] = day(13, 26_000, None).await;
    println!("{lost} conversations lost events; {read} were read, {times} times, in {calls} calls");
    assert!(calls * 100 <= least(lost) * 102, "{calls} calls for {lost} conversations");
}

/// Where nothing is in a hurry, all calls but the last are full.
#[tokio::test(start_paused = true)]
async fn reads_that_may_wait_fill_their_calls() {
    let [calls, lost, read, times] = day(2, 8_000, Some(Millis(4 * HOUR))).await;
    println!("{lost} conversations lost events; {read} were read, {times} times, in {calls} calls");
    assert!(calls <= least(times) + 2, "{calls} calls for {times} reads");
    assert!(calls * 100 <= least(lost) * 102, "{calls} calls for {lost} conversations");
}

/// Runs a reader until an outage was found and backfilled. Gives how many conversations that brought.
async fn backfill(centre: &mut Centre, process: &mut Process) -> u64 {
    let mut hits = 0;
    loop {
        let backfill = centre.minute(process).await.backfill;
        hits += backfill.backfilled;
        if hits > 0 && backfill.windows_left == 0 {
            return hits;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn twenty_minutes_of_silence_are_read_back() {
    let quiet = options(7, 6_000);
    let options = Options { faults: "outage=200m+20m".parse().unwrap(), ..quiet.clone() };
    let mut centre = Centre::new(&options).await;
    centre.remember(&quiet, 2).await;
    let mut process = centre.process(&FaultPlan::default());
    let hits = backfill(&mut centre, &mut process).await;
    let pages = centre.calls(RequestKind::Query);
    centre.until_quiet(&mut process, QUIET).await;
    assert_eq!(centre.differences(), [""; 0]);
    let (calls, lost) = (centre.calls(RequestKind::Conversations), centre.lost().len());
    println!("{lost} conversations lost events; {hits} on {pages} pages, and {calls} gap calls");
    assert_eq!(pages, least(hits));
    let read = centre.request_log().ids.len() as u64;
    assert!(read * 2 < hits, "{read} were read by their ids as well");
}

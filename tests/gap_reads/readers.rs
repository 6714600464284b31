//! Several readers at once ask for no more than one.

use crate::centre::Centre;
use futures_util::future::join_all;
use headroom_simulator::{ApiFaults, Options};
use headroom_test_support::FaultPlan;
use headroom_tests::options;
use std::collections::BTreeMap;

/// Requests of a morning by kind and what was asked for, with so many readers at once.
async fn requests(readers: usize) -> (Vec<u64>, BTreeMap<String, u64>, Vec<String>) {
    let options = Options { faults: "lose=0.05".parse().unwrap(), ..options(7, 1_500) };
    let mut centre = Centre::new(&options).await;
    let faults = ApiFaults { latency_ms: 150, ..ApiFaults::default() };
    centre.stand_in().set_faults(faults);
    let (mut processes, mut busy) = (Vec::new(), 0);
    for _ in 0..readers {
        processes.push(centre.process(&FaultPlan::default()));
    }
    for _ in 0..360 {
        centre.receive().await;
        let now = centre.now();
        let runs = processes.iter_mut().map(|process| process.run(now));
        let summaries = join_all(runs).await;
        busy += summaries.iter().filter(|summary| summary.busy).count();
        centre.next_minute().await;
    }
    assert!(readers == 1 || busy > 20, "{busy}");
    let log = centre.request_log();
    (log.by_kind.into_values().collect(), log.ids, centre.differences())
}

#[tokio::test(start_paused = true)]
async fn five_readers_ask_for_what_one_does() {
    let alone = requests(1).await;
    for readers in [2, 3, 5] {
        assert_eq!(requests(readers).await, alone, "{readers} readers");
    }
}

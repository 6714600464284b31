//! Far more to read than the budget covers, and a Genesys that says "not now".

use crate::centre::{Centre, MINUTE};
use headroom_engine::DueIndex;
use headroom_genesys::budget::Limits;
use headroom_kpi::{EntityKey, Millis, Urgency};
use headroom_simulator::{ApiFaults, Options, RequestKind, ThrottleWindow};
use headroom_test_support::FaultPlan;
use headroom_tests::options;
use std::collections::BTreeMap;

/// What is due now, with its urgency and time.
async fn due(centre: &Centre) -> BTreeMap<String, (Urgency, Millis)> {
    let mut due = BTreeMap::new();
    for urgency in [Urgency::Gauge, Urgency::Historical] {
        for entry in centre.store.due(urgency, centre.now(), usize::MAX).await.unwrap() {
            let EntityKey::Conversation(id) = entry.key else { continue };
            due.insert(id.to_string(), (urgency, entry.since));
        }
    }
    due
}

/// A day of losses comes at once; a minute covers a tenth of it at most.
#[tokio::test(start_paused = true)]
async fn a_backlog_is_worked_off_in_order_of_value_and_never_above_the_budget() {
    let options = Options { faults: "lose=0.05".parse().unwrap(), ..options(7, 3_000) };
    let mut centre = Centre::new(&options).await;
    // 6 requests a minute, of 10 conversations each.
    centre.limits = Limits::new(2, 20_000, 400_000).unwrap();
    centre.batch.ids_per_call = 10;
    while centre.now().0 < options.start.as_millisecond() + 300 * MINUTE {
        centre.receive().await;
        centre.next_minute().await;
    }
    centre.lines.clear();
    let backlog = due(&centre).await;
    assert!(backlog.len() > 10 * 60, "{}", backlog.len());
    let mut process = centre.process(&FaultPlan::default());
    let (mut ids_before, mut order) = (BTreeMap::new(), Vec::new());
    for _ in 0..60 {
        centre.minute(&mut process).await;
        let ids = centre.request_log().ids;
        let new = ids.keys().filter(|id| !ids_before.contains_key(*id));
        let mut values: Vec<_> = new.filter_map(|id| backlog.get(id)).collect();
        values.sort_unstable();
        order.extend(values.into_iter().copied());
        ids_before = ids;
    }
    let log = centre.request_log();
    println!(
        "{} due, {} read in an hour with {:?}, at most {} in a minute",
        backlog.len(),
        order.len(),
        log.by_kind,
        log.most_in_a_minute
    );
    assert!(log.most_in_a_minute <= 6, "{}", log.most_in_a_minute);
    assert_eq!(log.by_status.get(&429), None);
    assert!(centre.calls(RequestKind::Conversations) >= order.len().div_ceil(10) as u64);
    assert_eq!(order.len(), backlog.len());
    assert!(order.is_sorted(), "live before settled, and the most overdue first");
}

/// Each minute another process runs: what Genesys said outlives the one that heard it.
#[tokio::test(start_paused = true)]
async fn after_429_nothing_is_asked_before_its_time_by_any_process() {
    let options = Options { faults: "lose=0.05".parse().unwrap(), ..options(7, 2_000) };
    let mut centre = Centre::new(&options).await;
    let start = options.start.as_millisecond();
    let throttled = ThrottleWindow {
        from_ms: start + 120 * MINUTE - 500,
        until_ms: start + 120 * MINUTE + 89_500,
    };
    let faults = ApiFaults { throttled: vec![throttled], ..ApiFaults::default() };
    centre.stand_in().set_faults(faults);
    centre.batch.ids_per_call = 2;
    for _ in 0..240 {
        let mut process = centre.process(&FaultPlan::default());
        centre.minute(&mut process).await;
    }
    let log = centre.request_log();
    let refused: Vec<_> = log.requests.iter().filter(|request| request.status == 429).collect();
    println!("{} requests, {} of them refused", log.requests.len(), refused.len());
    assert_eq!(refused.len(), 1, "{refused:?}");
    let after = log.requests.iter().filter(|request| request.at_ms > refused[0].at_ms);
    let first = after.map(|request| request.at_ms).min().unwrap();
    assert!(first >= throttled.until_ms, "{first} is before {}", throttled.until_ms);
    assert!(log.most_in_a_minute <= 30);
}

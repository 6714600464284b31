//! A Genesys that has its days: errors, broken answers, tokens that end, calls that are too large.

use crate::centre::Centre;
use headroom_simulator::{ApiFault, ApiFaults, Options, PlannedFault, RequestKind};
use headroom_test_support::FaultPlan;
use headroom_tests::options;

fn planned(status: u16) -> PlannedFault {
    PlannedFault { of: Some(RequestKind::Conversations), fault: ApiFault::Status { status } }
}

#[tokio::test(start_paused = true)]
async fn rows_come_right_from_a_genesys_that_often_fails() {
    let options = Options { faults: "lose=0.05".parse().unwrap(), ..options(7, 600) };
    let mut centre = Centre::new(&options).await;
    let expired = PlannedFault { of: None, fault: ApiFault::TokenExpired };
    let next = [expired, planned(413), planned(400), planned(500), planned(401)].into();
    let faults = ApiFaults {
        next,
        seed: 7,
        error_share: 0.2,
        truncated_share: 0.1,
        latency_ms: 900,
        ..ApiFaults::default()
    };
    centre.stand_in().set_faults(faults);
    let mut process = centre.process(&FaultPlan::default());
    centre.until_quiet(&mut process, 5).await;
    assert_eq!(centre.differences(), [""; 0]);
    println!("{:?}", centre.request_log().by_status);
    assert!(centre.request_log().most_in_a_minute <= 30);
}

/// A call that is too large is asked for in halves, and those that follow are as small.
#[tokio::test(start_paused = true)]
async fn a_call_that_is_too_large_is_halved() {
    let options = Options { faults: "lose=0.05".parse().unwrap(), ..options(7, 600) };
    let mut centre = Centre::new(&options).await;
    let mut process = centre.process(&FaultPlan::default());
    let from = options.start.as_millisecond() + 240 * crate::centre::MINUTE;
    while centre.now().0 < from {
        centre.receive().await;
        centre.next_minute().await;
    }
    let next = [planned(413), planned(413)].into();
    centre.stand_in().set_faults(ApiFaults { next, ..ApiFaults::default() });
    let summary = centre.minute(&mut process).await;
    println!("{summary:?}");
    assert!(summary.repair.read >= 100);
    // Halves of halves: 25 each.
    let calls = summary.repair.read.div_ceil(25) + 2;
    assert_eq!(centre.calls(RequestKind::Conversations), calls);
}

//! Events about agents are lost, and their rows come right all the same.

use crate::centre::{Centre, HOUR};
use headroom_gap_reader::AgentRules;
use headroom_kpi::Millis;
use headroom_kpi::settings::AgentSettings;
use headroom_simulator::{Options, RequestKind};
use headroom_test_support::FaultPlan;
use headroom_tests::options;

fn rules() -> AgentRules {
    let day = Millis(24 * HOUR);
    let settings = AgentSettings::default();
    AgentRules { settings, round_interval: day, changes_interval: day }
}

/// Hours without anything due after which conversations are done.
const QUIET: i64 = 3;
/// Hours after that until the reads of a day have repaired what left no trace.
const A_DAY: i64 = 26;

async fn differences(options: &Options) -> (Centre, Vec<String>) {
    let mut centre = Centre::new(options).await;
    centre.agents = rules();
    let mut process = centre.process(&FaultPlan::default());
    centre.until_quiet(&mut process, QUIET).await;
    centre.step = 30;
    let end = centre.now() + Millis(A_DAY * HOUR);
    while centre.now() < end {
        centre.minute(&mut process).await;
    }
    let differences = centre.differences();
    (centre, differences)
}

#[tokio::test(start_paused = true)]
async fn with_five_percent_of_all_events_lost_rows_of_agents_come_right() {
    let faults = "lose=0.05,dup=0.1,reorder=0.1".parse().unwrap();
    let options = Options { agents: true, faults, ..options(17, 1_500) };
    let (centre, differences) = differences(&options).await;
    assert_eq!(differences, [""; 0]);
    println!("calls by kind: {:?}", centre.request_log().by_kind);
    assert!(centre.calls(RequestKind::UserDetails) > 0);
}

#[tokio::test(start_paused = true)]
async fn where_nothing_is_lost_members_are_read_and_changes_once_a_day() {
    let options = Options { agents: true, ..options(18, 500) };
    let (centre, differences) = differences(&options).await;
    assert_eq!(differences, [""; 0]);
    println!("calls by kind: {:?}", centre.request_log().by_kind);
}

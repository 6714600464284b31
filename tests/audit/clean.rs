//! Nothing is found where nothing is wrong.

use crate::centre::{simulate, small};
use headroom_engine::Exemption;
use headroom_kpi::{Millis, Settings, Subject};
use headroom_simulator::{Load, Options};

/// More conversations by `AUDIT_CONVERSATIONS=100000`.
#[test]
fn a_centre_under_faults_has_no_difference() {
    let number = std::env::var("AUDIT_CONVERSATIONS").ok();
    let conversations = number.map_or(300, |number| number.parse().unwrap());
    let options = Options { load: Load::Conversations(conversations), ..small(7) };
    let (snapshot, newest) = simulate(&options, &Settings::default());
    let report = snapshot.audit(newest, 3);
    assert!(report.is_clean(), "{:#?} {:?}", report.differences, report.repeats);
    assert!(report.summary.entities >= conversations, "{:?}", report.summary);
    assert_eq!(report.summary.rows, snapshot.rows.len() as u64);
    let forgotten = report.summary.exempt.get(&Exemption::AgentForgets).copied();
    assert_eq!(report.summary.compared + forgotten.unwrap_or_default(), report.summary.rows);
    println!("{:?}", report.summary);
}

#[test]
fn small_centres_of_many_seeds_have_no_difference() {
    for seed in 0..20 {
        let (snapshot, newest) = simulate(&small(seed), &Settings::default());
        let report = snapshot.audit(newest, 1);
        assert!(report.is_clean(), "seed {seed}: {:#?}", report.differences);
        assert!(report.summary.exempt.is_empty(), "seed {seed}: {:?}", report.summary);
    }
}

/// What an agent has forgotten is still in the rows: these are left out, and no others.
#[test]
fn rows_of_a_time_that_an_agent_has_forgotten_are_left_out() {
    let load = Load::Rate { per_second: 0.0005, duration_seconds: 5.0 * 86_400.0 };
    let options = Options { load, ..small(3) };
    let mut settings = Settings::default();
    settings.agents.window = Millis(0);
    let (snapshot, newest) = simulate(&options, &settings);
    let report = snapshot.audit(newest, 1);
    assert!(report.is_clean(), "{:#?}", report.differences);
    let exempt = report.summary.exempt;
    assert_eq!(exempt.keys().collect::<Vec<_>>(), [&Exemption::AgentForgets]);
    let unequal = snapshot.unequal_rows();
    assert!(unequal.len() > 100, "the agents have forgotten {} rows", unequal.len());
    assert!(exempt[&Exemption::AgentForgets] >= unequal.len() as u64, "{exempt:?}");
    assert!(unequal.iter().all(|row| matches!(row.subject, Subject::AgentStatus(_))));
    assert!(report.summary.compared > 100, "{}", report.summary.compared);
}

//! What Genesys does not know, and what comes twice.

use crate::centre::{Centre, HOUR, MINUTE};
use crate::rows::rows;
use crate::stream::{envelope, facts};
use headroom::replay::ShownRow;
use headroom_kpi::facts::FactKind;
use headroom_kpi::{EntityKey, Fact, Millis};
use headroom_simulator::{ApiFaults, Options};
use headroom_test_support::FaultPlan;
use headroom_tests::{is_without_trace, options};
use std::collections::BTreeMap;

#[tokio::test(start_paused = true)]
async fn what_genesys_does_not_know_is_closed_and_not_asked_for_again() {
    // The seed has no after-call work of hours: a conversation that waits for it is due for a while,
    // and no longer when its events come.
    let options = Options { faults: "lose=0.05".parse().unwrap(), ..options(11, 300) };
    let mut centre = Centre::new(&options).await;
    let faults = ApiFaults { unknown_share: 1.0, ..ApiFaults::default() };
    centre.stand_in().set_faults(faults);
    let mut process = centre.process(&FaultPlan::default());
    centre.until_quiet(&mut process, 6).await;
    let log = centre.request_log();
    assert!(log.ids.len() > 100);
    let most = log.ids.values().max().unwrap();
    let closed: Vec<_> = centre
        .published
        .iter()
        .filter(|e| e.detail_type == "headroom.conversation.closed")
        .collect();
    println!("{} read, {} closed, {most} times at most", log.ids.len(), closed.len());
    assert_eq!(closed.len(), log.ids.len());
    let before = log.ids;
    for _ in 0..2 * HOUR / MINUTE {
        centre.minute(&mut process).await;
    }
    assert_eq!(centre.request_log().ids, before);
}

/// The same event some milliseconds off.
fn shifted((key, fact): (EntityKey, Fact), by: i64) -> (EntityKey, Fact) {
    let at = |time: Millis| Millis(time.0 + by);
    let kind = match fact.kind {
        FactKind::Metric(mut metric) => {
            metric.emitted = at(metric.emitted);
            FactKind::Metric(metric)
        }
        FactKind::AcdEnd(id, mut end) => {
            end.time = at(end.time);
            FactKind::AcdEnd(id, end)
        }
        FactKind::UserEnd(id, mut end) => {
            end.time = at(end.time);
            FactKind::UserEnd(id, end)
        }
        kind => kind,
    };
    (key, Fact { kind, ..fact })
}

/// The sums of the rows, but for those of metrics whose loss nobody can see: their events may be the
/// first to bring them.
fn rows_with_trace(centre: &Centre) -> BTreeMap<String, i64> {
    let named = |row: ShownRow| {
        let sums = row.metrics.into_iter().filter(|(sum, _)| !is_without_trace(sum));
        sums.map(move |(sum, value)| (format!("{} {} {sum}", row.subject, row.bucket), value))
            .collect::<Vec<_>>()
    };
    rows(&centre.store).into_iter().flat_map(named).collect()
}

#[tokio::test(start_paused = true)]
async fn a_repair_made_twice_and_events_that_come_after_it_change_nothing() {
    let options = Options { faults: "lose=0.05".parse().unwrap(), ..options(7, 600) };
    let (lines, _) =
        headroom_tests::simulate(&Options { faults: <_>::default(), ..options.clone() });
    let mut centre = Centre::new(&options).await;
    let received: std::collections::BTreeSet<_> =
        centre.lines.iter().map(|line| line.bytes.clone()).collect();
    let lost: Vec<_> = lines.iter().filter(|line| !received.contains(&line.bytes)).collect();
    let mut process = centre.process(&FaultPlan::default());
    centre.until_quiet(&mut process, 5).await;
    assert_eq!(centre.differences(), [""; 0]);
    let before = rows_with_trace(&centre);
    let now = centre.now();
    let published = centre.published.clone();
    for entry in published.iter().rev() {
        centre.fold(facts(envelope(entry, now).as_bytes())).await;
    }
    assert_eq!(rows_with_trace(&centre), before);
    for (nth, line) in lost.iter().enumerate() {
        let by = [-50, 0, 50][nth % 3];
        let late = facts(&line.bytes).into_iter().map(|fact| shifted(fact, by));
        centre.fold(late.collect()).await;
    }
    println!("{} lost events came late", lost.len());
    assert_eq!(rows_with_trace(&centre), before);
}

//! What is computed when rows of an agent are read, and what settings leave out.

use crate::example::morning;
use crate::facts::{USER, id, time};
use crate::rows::{agent, contributions, name, texts};
use headroom_kpi::settings::{Formulas, OccupancyFormula};
use headroom_kpi::{AgentStatus, Amounts, Computed, Millis, Row, Settings, Status, Subject};

fn row(bucket: &str) -> Row {
    row_of("agent#A", bucket)
}

fn row_of(subject: &str, bucket: &str) -> Row {
    let contributions = contributions(&agent(USER, &morning()), &Settings::default());
    let mut rows = contributions.rows();
    let row = rows.find(|(key, _)| {
        (key.subject.to_string(), key.bucket.to_string()) == (subject.into(), bucket.into())
    });
    let amounts: Amounts = row.unwrap().1.iter().cloned().collect();
    let mut row = Row::default();
    row.add(&amounts);
    row
}

fn computed(subject: &str, row: &Row, occupancy: OccupancyFormula) -> Computed {
    let formulas = Formulas { occupancy, ..Formulas::default() };
    Computed::new(&subject.parse::<Subject>().unwrap(), row, formulas)
}

const DAY: &str = "P1D#2026-05-12";

#[test]
#[allow(clippy::float_cmp)]
fn occupancy_is_time_at_work_by_time_on_queue() {
    let occupancy = |formula| computed("agent#A", &row(DAY), formula).occupancy.unwrap();
    let switches = OccupancyFormula::default();
    assert_eq!(occupancy(switches), 900_000.0 / 2_999_800.0);
    let switches = OccupancyFormula { include_not_responding: true, ..switches };
    assert_eq!(occupancy(switches), 900_000.0 / 3_299_800.0);
}

#[test]
#[allow(clippy::float_cmp)]
fn communicating_is_in_the_denominator_and_by_a_switch_in_the_numerator() {
    let mut row = row(DAY);
    let agent_status = AgentStatus {
        routing: Some((status("COMMUNICATING"), time("12:00:00.000"))),
        ..AgentStatus::default()
    };
    let bucket = DAY.parse().unwrap();
    row.add(&agent_status.open_time(&bucket, time("12:00:01.000"), &Settings::default()));
    let occupancy = |include_communicating| {
        let formula = OccupancyFormula { include_communicating, ..OccupancyFormula::default() };
        computed("agent#A", &row, formula).occupancy.unwrap()
    };
    assert_eq!(occupancy(false), 900_000.0 / 3_000_800.0);
    assert_eq!(occupancy(true), 901_000.0 / 3_000_800.0);
}

fn status(text: &str) -> Status {
    Status::parse(text).unwrap()
}

#[test]
fn the_open_stretch_is_added_to_the_rows_that_it_reaches_into() {
    let status = AgentStatus::new(&row("now"));
    let open = |bucket: &str, at: &str| {
        let amounts = status.open_time(&bucket.parse().unwrap(), time(at), &Settings::default());
        amounts.iter().map(|(measure, time)| (name(measure), *time)).collect::<Vec<_>>()
    };
    let times = |idle: i64, on_queue: i64| {
        let routing = ("tAgentRoutingStatus.IDLE".to_owned(), idle);
        vec![routing, ("tSystemPresence.ON_QUEUE".to_owned(), on_queue)]
    };
    let interval = "PT30M#2026-05-12T10:00:00Z";
    assert_eq!(open(interval, "10:20:00.300"), times(1_200_000, 1_200_300));
    assert_eq!(open(interval, "11:00:00.000"), times(1_799_700, 1_800_000));
    assert_eq!(open("PT30M#2026-05-12T10:30:00Z", "10:40:00.000"), times(600_000, 600_000));
    assert_eq!(open("PT30M#2026-05-12T09:30:00Z", "10:40:00.000"), []);
    assert_eq!(open(DAY, "10:20:00.300"), times(1_200_000, 1_200_300));
    assert_eq!(open(DAY, "2026-05-13T01:00:00Z"), times(50_399_700, 50_400_000));
    assert_eq!(open("P1D#2026-05-13", "2026-05-13T01:00:00Z"), times(3_600_000, 3_600_000));
}

#[test]
#[allow(clippy::float_cmp)]
fn with_the_open_stretch_occupancy_is_that_of_now() {
    let mut day = row(DAY);
    let status = AgentStatus::new(&row("now"));
    day.add(&status.open_time(&DAY.parse().unwrap(), time("10:20:00.300"), &Settings::default()));
    let computed = computed("agent#A", &day, OccupancyFormula::default());
    assert_eq!(computed.occupancy, Some(900_000.0 / 4_199_800.0));
}

#[test]
fn a_now_row_says_the_status_and_a_queue_who_is_idle_for_longest() {
    let formula = OccupancyFormula::default();
    let agent = computed("agent#A", &row("now"), formula);
    assert_eq!(agent.status.as_deref(), Some("ON_QUEUE"));
    assert_eq!(agent.status_since.as_deref(), Some("2026-05-12T10:00:00Z"));
    let queue = row_of("queue#Q1#agents", "now");
    let queue = computed("queue#Q1#agents", &queue, formula);
    assert_eq!(queue.idle_since.as_deref(), Some("2026-05-12T10:00:00Z"));
    assert_eq!(Computed { idle_since: None, ..queue }, Computed::default());
}

#[test]
fn without_rows_of_agents_the_staffing_of_queues_stays() {
    let mut settings = Settings::default();
    settings.agents.rows = false;
    let rows = texts(&contributions(&agent(USER, &morning()), &settings));
    let subjects: Vec<_> = rows.keys().map(|(subject, _)| subject.as_str()).collect();
    assert_eq!(subjects, ["queue#Q1#agents", "queue#Q2#agents"]);
}

#[test]
fn only_queues_that_are_wanted_have_a_staffing() {
    let mut settings = Settings::default();
    settings.agents.queues = Some([id("Q2")].into());
    let rows = texts(&contributions(&agent(USER, &morning()), &settings));
    let subjects: std::collections::BTreeSet<_> =
        rows.keys().map(|(subject, _)| subject.as_str()).collect();
    assert_eq!(subjects.into_iter().collect::<Vec<_>>(), ["agent#A", "queue#Q2#agents"]);
}

#[test]
fn a_stretch_that_is_open_for_more_than_31_days_is_not_added() {
    let agent_status =
        AgentStatus { routing: Some((status("IDLE"), Millis(0))), ..AgentStatus::default() };
    let day = "P1D#1970-01-02".parse().unwrap();
    let at = Millis(31 * 24 * 3_600_000);
    assert_eq!(agent_status.open_time(&day, at, &Settings::default()).len(), 1);
    assert_eq!(agent_status.open_time(&day, at + Millis(1), &Settings::default()).len(), 0);
}

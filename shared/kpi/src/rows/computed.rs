//! Rates and averages, computed when a row is read and never stored (`kpis.md#computed-values`).

use super::agent_measure::{AgentMeasure, StatusMetric};
use super::agent_status::AgentStatus;
use super::histogram;
use super::key::Subject;
use super::measure::{Measure, Part};
use super::row::Row;
use crate::names::Metric;
use crate::settings::{Formulas, OccupancyFormula, ServiceLevelFormula};
use crate::status::Status;
use crate::time::{Millis, utc};
use serde::{Deserialize, Serialize};

/// Rates and averages of a row. A ratio with denominator 0 is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Computed {
    /// Average speed of answer: average of `tAnswered`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asa_ms: Option<f64>,
    /// Average handle time: average of `tHandle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aht_ms: Option<f64>,
    /// Answered / offered, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_rate: Option<f64>,
    /// Abandoned / offered, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abandon_rate: Option<f64>,
    /// The service level by the formula, 0 to 1. Of queues only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_level: Option<f64>,
    /// The 50th percentile of waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_p50_ms: Option<f64>,
    /// The 90th percentile of waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_p90_ms: Option<f64>,
    /// The 95th percentile of waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_p95_ms: Option<f64>,
    /// Average of `tTalkComplete`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avg_talk_ms: Option<f64>,
    /// Average of `tHeldComplete`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avg_hold_ms: Option<f64>,
    /// Average of `tAcw`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avg_acw_ms: Option<f64>,
    /// When the longest open wait began, UTC, to the second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<String>,
    /// When the oldest open session began in which an agent is connected, UTC, to the second. Of
    /// queues only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interacting_since: Option<String>,
    /// The share of the time on queue in which an agent was at work, 0 to 1. Of agents only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occupancy: Option<f64>,
    /// The status of an agent now, as Genesys shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Since when, UTC, to the second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_since: Option<String>,
    /// Since when the agent of a queue who has been idle for longest has been so, UTC, to the second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_since: Option<String>,
}

impl Computed {
    /// Computes the rates and averages of a row. Agents have no service level: who answers has no
    /// part in who abandons (`kpis.md#service-level`).
    pub fn new(subject: &Subject, row: &Row, formulas: Formulas) -> Self {
        match subject {
            Subject::AgentStatus(_) => Self::of_agent(row, formulas),
            Subject::QueueAgents(_) => {
                Self { idle_since: since(row, Measure::is_start), ..Self::default() }
            }
            _ => Self::of_conversations(subject, row, formulas),
        }
    }

    fn of_agent(row: &Row, formulas: Formulas) -> Self {
        let status = AgentStatus::new(row).shown();
        let since = |(_, since): &(String, Millis)| utc(since.seconds()).to_string();
        Self {
            occupancy: occupancy(row, formulas.occupancy),
            status_since: status.as_ref().map(since),
            status: status.map(|(status, _)| status),
            ..Self::default()
        }
    }

    fn of_conversations(subject: &Subject, row: &Row, formulas: Formulas) -> Self {
        let offered = row.sum(&Measure::Metric(Metric::N_OFFERED, Part::Value));
        let waits = waits(row);
        let is_queue = matches!(subject, Subject::Queue { .. });
        Self {
            asa_ms: average(row, Metric::T_ANSWERED),
            aht_ms: average(row, Metric::T_HANDLE),
            answer_rate: ratio(count(row, Metric::T_ANSWERED), offered),
            abandon_rate: ratio(count(row, Metric::T_ABANDON), offered),
            service_level: if is_queue { service_level(row, formulas.service_level) } else { None },
            wait_p50_ms: histogram::quantile(&waits, 0.5),
            wait_p90_ms: histogram::quantile(&waits, 0.9),
            wait_p95_ms: histogram::quantile(&waits, 0.95),
            avg_talk_ms: average(row, Metric::T_TALK_COMPLETE),
            avg_hold_ms: average(row, Metric::T_HELD_COMPLETE),
            avg_acw_ms: average(row, Metric::T_ACW),
            waiting_since: since(row, |key| matches!(key, Measure::WaitingSince(_))),
            interacting_since: since(row, |key| matches!(key, Measure::InteractingSince(_))),
            ..Self::default()
        }
    }
}

/// Genesys' formula with its three switches. Abandons that are not part of it are subtracted once,
/// with the short ones among them.
fn service_level(row: &Row, formula: ServiceLevelFormula) -> Option<f64> {
    let answered = count(row, Metric::T_ANSWERED);
    let abandoned = match (formula.include_abandons, formula.include_short_abandons) {
        (false, _) => 0,
        (true, false) => count(row, Metric::T_ABANDON) - count(row, Metric::T_SHORT_ABANDON),
        (true, true) => count(row, Metric::T_ABANDON),
    };
    let flow_outs = if formula.include_flowouts { count(row, Metric::T_FLOW_OUT) } else { 0 };
    let in_time = answered - row.sum(&Measure::Metric(Metric::N_OVER_SLA, Part::Value));
    ratio(in_time, answered + abandoned + flow_outs)
}

/// Time at work by time on queue (`kpis.md#occupancy`).
fn occupancy(row: &Row, formula: OccupancyFormula) -> Option<f64> {
    let time = |status| {
        let measure = AgentMeasure::Status(StatusMetric::RoutingTime, status);
        row.sum(&Measure::Agent(Box::new(measure)))
    };
    let (interacting, communicating) = (time(Status::INTERACTING), time(Status::COMMUNICATING));
    let not_responding =
        if formula.include_not_responding { time(Status::NOT_RESPONDING) } else { 0 };
    let busy = interacting + if formula.include_communicating { communicating } else { 0 };
    ratio(busy, interacting + communicating + time(Status::IDLE) + not_responding)
}

/// The earliest start by which measures of a kind count something: they are in order of start.
fn since(row: &Row, is_of_kind: fn(&Measure) -> bool) -> Option<String> {
    let (measure, _) = row.sums.iter().find(|(measure, _)| is_of_kind(measure))?;
    measure.start().map(|second| utc(second).to_string())
}

/// The buckets of the histogram with their counts.
fn waits(row: &Row) -> Vec<(u16, i64)> {
    let wait = |(measure, count): &(Measure, i64)| match measure {
        Measure::Wait(bucket) => Some((*bucket, *count)),
        _ => None,
    };
    row.sums.iter().filter_map(wait).collect()
}

fn count(row: &Row, timer: Metric) -> i64 {
    row.sum(&Measure::Metric(timer, Part::Count))
}

fn average(row: &Row, timer: Metric) -> Option<f64> {
    let sum = row.sum(&Measure::Metric(timer.clone(), Part::Sum));
    ratio(sum, count(row, timer))
}

/// Sums stay far below 2^53, so an `f64` holds them exactly.
#[allow(clippy::cast_precision_loss)]
fn ratio(part: i64, whole: i64) -> Option<f64> {
    (whole != 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;
    use crate::names::Media;
    use crate::rows::amounts::Amounts;
    use crate::rows::waiting::{TaggedSecond, Waiting};

    fn queue() -> Subject {
        Subject::Queue { id: Id::parse("q").unwrap(), media: Media::new("voice") }
    }

    #[test]
    fn an_agent_has_the_rates_of_a_queue_but_no_service_level() {
        let agent = Subject::Agent { id: Id::parse("u").unwrap(), media: Media::new("voice") };
        let of_queue = Computed::new(&queue(), &queue_row(), Formulas::default());
        let of_agent = Computed::new(&agent, &queue_row(), Formulas::default());
        assert!(of_queue.service_level.is_some());
        assert_eq!(of_agent, Computed { service_level: None, ..of_queue });
    }

    fn queue_row() -> Row {
        let timer = |metric: Metric, count, sum| {
            Amounts::from_iter([
                (Measure::Metric(metric.clone(), Part::Count), count),
                (Measure::Metric(metric, Part::Sum), sum),
            ])
        };
        let mut row = Row::default();
        row.add(&Amounts::from_iter([
            (Measure::Metric(Metric::N_OFFERED, Part::Value), 20),
            (Measure::Metric(Metric::N_OVER_SLA, Part::Value), 2),
        ]));
        row.add(&timer(Metric::T_ANSWERED, 10, 123_456));
        row.add(&timer(Metric::T_ABANDON, 5, 40_000));
        row.add(&timer(Metric::T_SHORT_ABANDON, 3, 9_000));
        row.add(&timer(Metric::T_FLOW_OUT, 5, 90_000));
        row
    }

    fn level(include_flowouts: bool, include_short_abandons: bool, include_abandons: bool) -> f64 {
        let service_level =
            ServiceLevelFormula { include_flowouts, include_short_abandons, include_abandons };
        let formulas = Formulas { service_level, ..Formulas::default() };
        Computed::new(&queue(), &queue_row(), formulas).service_level.unwrap()
    }

    #[test]
    fn rates_and_averages_come_from_the_sums() {
        let computed = Computed::new(&queue(), &queue_row(), Formulas::default());
        assert_eq!(computed.asa_ms, Some(12_345.6));
        assert_eq!(computed.answer_rate, Some(0.5));
        assert_eq!(computed.abandon_rate, Some(0.25));
        assert_eq!(computed.service_level, Some(8.0 / 15.0));
        assert_eq!(computed.aht_ms, None);
    }

    #[test]
    #[allow(clippy::float_cmp)]
    fn each_switch_of_the_formula_changes_the_denominator() {
        assert_eq!(level(true, true, true), 8.0 / 20.0);
        assert_eq!(level(false, false, true), 8.0 / 12.0);
        assert_eq!(level(false, true, false), 8.0 / 10.0);
        assert_eq!(level(false, false, false), 8.0 / 10.0);
    }

    #[test]
    fn the_longest_wait_is_computed_as_its_start() {
        let wait = |second, tag| {
            let tag = Id::parse(tag).unwrap();
            (Measure::WaitingSince(Box::new(Waiting { second, tag })), 1)
        };
        let mut row = Row::default();
        let waits = [wait(1_778_594_562, "2f"), wait(1_778_594_600, "31"), (Measure::OWaiting, 2)];
        row.add(&Amounts::from_iter(waits));
        let computed = Computed::new(&queue(), &row, Formulas::default());
        assert_eq!(computed.waiting_since.unwrap(), "2026-05-12T14:02:42Z");
    }

    #[test]
    fn the_oldest_conversation_with_an_agent_is_computed_as_its_start() {
        let interacting = |second, tag, count| {
            (Measure::InteractingSince(Box::new(TaggedSecond { second, tag })), count)
        };
        let starts = [interacting(1_778_594_600, 1, 1), interacting(1_778_594_562, 7, 2)];
        let mut row = Row::default();
        row.add(&Amounts::from_iter(starts));
        let since = |row: &Row| {
            Computed::new(&queue(), row, Formulas::default()).interacting_since.unwrap()
        };
        assert_eq!(since(&row), "2026-05-12T14:02:42Z");
        row.add(&Amounts::from_iter([interacting(1_778_594_562, 7, -1)]));
        assert_eq!(since(&row), "2026-05-12T14:02:42Z");
        row.add(&Amounts::from_iter([interacting(1_778_594_562, 7, -1)]));
        assert_eq!(since(&row), "2026-05-12T14:03:20Z");
    }

    #[test]
    fn an_empty_row_has_no_rates_or_averages() {
        let computed = Computed::new(&queue(), &Row::default(), Formulas::default());
        assert_eq!(computed, Computed::default());
    }
}

//! The views of facts: by queue, by agent, and of agents' statuses, each by interval and by day.

use super::dialect::Dialect;
use super::schema::{Measures, Percentile, Ratio, Schema};
use super::view::{Column, View};
use headroom_kpi::settings::{Formulas, OccupancyFormula, ServiceLevelFormula};

/// Writes the views, and the statements that load what they are made of.
pub(crate) struct Views {
    pub(super) dialect: Dialect,
    pub(super) schema: Schema,
    pub(super) zone: String,
    pub(super) formulas: Formulas,
    /// An interval is final so many hours after its end.
    pub(super) late_hours: u16,
}

/// What the rows of a fact are of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Queue,
    Agent,
    AgentStatus,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Grain {
    Interval,
    Day,
}

impl Views {
    /// All views.
    pub(super) fn all(&self) -> Vec<View> {
        use Grain::{Day, Interval};
        let fact = |name, about, kind, grain| self.fact(name, about, kind, grain);
        vec![
            fact(
                "queue_intervals",
                "A queue and media type in an interval.",
                Kind::Queue,
                Interval,
            ),
            fact("queue_days", "A queue and media type on a local day.", Kind::Queue, Day),
            fact(
                "agent_intervals",
                "An agent and media type in an interval.",
                Kind::Agent,
                Interval,
            ),
            fact("agent_days", "An agent and media type on a local day.", Kind::Agent, Day),
            fact(
                "agent_status_intervals",
                "The statuses of an agent in an interval: closed stretches, split at its borders.",
                Kind::AgentStatus,
                Interval,
            ),
            fact(
                "agent_status_days",
                "The statuses of an agent on a local day.",
                Kind::AgentStatus,
                Day,
            ),
            self.waits(),
            self.queues(),
            self.calendar(),
            self.corrections(),
        ]
    }

    fn fact(&self, name: &'static str, about: &'static str, kind: Kind, grain: Grain) -> View {
        let mut columns = match kind {
            Kind::Queue => vec![Column::new("queue_id", "id", "The queue's id in Genesys Cloud")],
            _ => vec![Column::new("agent_id", "id", "The agent's user id in Genesys Cloud")],
        };
        if kind != Kind::AgentStatus {
            columns.push(Column::plain("media", "The media type, in lower case"));
        }
        columns.extend(self.time_columns(grain));
        columns.extend(self.measures(kind));
        columns.extend(row_columns());
        let kind = match kind {
            Kind::Queue => "queue",
            Kind::Agent => "agent",
            Kind::AgentStatus => "status",
        };
        let grain = if grain == Grain::Day { "day" } else { "interval" };
        let source = format!("FROM headroom_rows\nWHERE kind = '{kind}' AND grain = '{grain}'");
        View { name, about, columns, source }
    }

    fn time_columns(&self, grain: Grain) -> Vec<Column> {
        if grain == Grain::Day {
            return vec![Column::new(
                "local_date",
                "day",
                "The day, in the deployment's time zone",
            )];
        }
        let local = self.dialect.local("interval_start_utc", &self.zone);
        vec![
            Column::plain("interval_start_utc", "Start of the interval, UTC"),
            Column::new("interval_start_local", &local, "Start of the interval, local time"),
            Column::new("local_date", format!("CAST({local} AS DATE)"), "Its day, local time"),
            Column::plain("interval_minutes", "Length of the interval: 15, 30 or 60"),
        ]
    }

    fn measures(&self, kind: Kind) -> Vec<Column> {
        let Schema { conversations, queues, statuses, percentiles, .. } = &self.schema;
        let mut columns = Vec::new();
        let groups: &[&Measures] = match kind {
            Kind::Queue => &[conversations, queues],
            Kind::Agent => &[conversations],
            Kind::AgentStatus => &[statuses],
        };
        for sum in groups.iter().flat_map(|measures| measures.columns()) {
            columns.push(Column::plain(&sum.column, &sum.meaning));
        }
        columns.extend(self.parts(kind));
        for ratio in groups.iter().flat_map(|measures| &measures.ratios) {
            columns.push(ratio_column(ratio, &columns));
        }
        if kind != Kind::AgentStatus {
            let percentile = |percentile: &Percentile| {
                let meaning = format!("{} (`{}`)", percentile.meaning, percentile.engine);
                Column::plain(&percentile.column, &meaning)
            };
            columns.extend(percentiles.iter().map(percentile));
        }
        columns
    }

    /// Numerators and denominators by the switches of the settings.
    fn parts(&self, kind: Kind) -> Vec<Column> {
        match kind {
            Kind::Queue => vec![
                Column::new(
                    "service_level_part",
                    "t_answered_count - n_over_sla",
                    "Numerator of the service level",
                ),
                Column::new(
                    "service_level_whole",
                    service_level_whole(self.formulas.service_level),
                    "Denominator of the service level, by the switches",
                ),
            ],
            Kind::Agent => Vec::new(),
            Kind::AgentStatus => {
                let (part, whole) = occupancy(self.formulas.occupancy);
                vec![
                    Column::new("occupancy_part", part, "Numerator of the occupancy"),
                    Column::new("occupancy_whole", whole, "Denominator of the occupancy"),
                ]
            }
        }
    }
}

/// What stands at the end of each fact.
pub(super) fn row_columns() -> Vec<Column> {
    vec![
        Column::plain(
            "other_sums",
            "Sums that have no column: metrics that are new, organisation presences",
        ),
        Column::plain("epoch", "Which history of the row; it changes when the row began again"),
        Column::plain("version", "Grows by one with every change of the row"),
        Column::plain("newest_event_at", "Time of the newest event of the last change, UTC"),
        Column::plain(
            "written_at",
            "When that version was written, UTC; NULL if only full exports have it",
        ),
        Column::plain(
            "is_removed",
            "Whether the table has removed the row since, by its time to live",
        ),
    ]
}

fn ratio_column(ratio: &Ratio, columns: &[Column]) -> Column {
    let sql = |name: &str| {
        let column = columns.iter().find(|column| column.name == name);
        column.map_or_else(|| name.to_owned(), |column| column.sql.clone())
    };
    let (part, whole) = (sql(&ratio.part), sql(&ratio.whole));
    let Ratio { meaning, part: p, whole: w, engine, .. } = ratio;
    let meaning = format!("{meaning} (`{engine}`): {p} by {w}");
    let sql = format!("CAST({part} AS DOUBLE) / NULLIF({whole}, 0)");
    Column::new(&ratio.column, sql, &meaning)
}

/// `kpis.md#service-level`
fn service_level_whole(formula: ServiceLevelFormula) -> String {
    let mut whole = "t_answered_count".to_owned();
    match (formula.include_abandons, formula.include_short_abandons) {
        (false, _) => {}
        (true, true) => whole.push_str(" + t_abandon_count"),
        (true, false) => whole.push_str(" + t_abandon_count - t_short_abandon_count"),
    }
    if formula.include_flowouts {
        whole.push_str(" + t_flow_out_count");
    }
    whole
}

/// `kpis.md#occupancy`: numerator and denominator.
fn occupancy(formula: OccupancyFormula) -> (String, String) {
    let mut part = "routing_interacting_ms".to_owned();
    let mut whole =
        "routing_interacting_ms + routing_communicating_ms + routing_idle_ms".to_owned();
    if formula.include_communicating {
        part.push_str(" + routing_communicating_ms");
    }
    if formula.include_not_responding {
        whole.push_str(" + routing_not_responding_ms");
    }
    (part, whole)
}

//! The views: facts by queue and agent, dimensions, and corrections.

use super::dialect::Dialect;
use super::histogram::representative_sql;
use super::schema::{Measures, Percentile, Ratio, Schema};
use headroom_kpi::settings::{Formulas, OccupancyFormula, ServiceLevelFormula};

/// What the views depend on besides their definition.
#[derive(Clone, Debug)]
pub(crate) struct Parameters {
    pub(crate) zone: String,
    pub(crate) formulas: Formulas,
    /// An interval is final so many hours after its end.
    pub(crate) late_hours: u16,
}

/// A view.
pub(crate) struct View {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) columns: Vec<Column>,
    /// From `FROM` on.
    source: String,
}

/// A column of a view.
pub(crate) struct Column {
    pub(crate) name: String,
    sql: String,
    pub(crate) meaning: String,
}

impl Column {
    fn new(name: &str, sql: impl Into<String>, meaning: &str) -> Self {
        Self { name: name.to_owned(), sql: sql.into(), meaning: meaning.to_owned() }
    }

    /// A column that is taken over.
    fn plain(name: &str, meaning: &str) -> Self {
        Self::new(name, name, meaning)
    }
}

impl View {
    /// The statement that makes it.
    pub(crate) fn statement(&self) -> String {
        let column = |column: &Column| match column.sql == column.name {
            true => format!("  {}", column.name),
            false => format!("  {} AS {}", column.sql, column.name),
        };
        let columns: Vec<_> = self.columns.iter().map(column).collect();
        let Self { name, about, source, .. } = self;
        let columns = columns.join(",\n");
        format!("-- {about}\nCREATE OR REPLACE VIEW {name} AS\nSELECT\n{columns}\n{source};\n")
    }
}

/// Writes the views.
pub(crate) struct Views<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) schema: &'a Schema,
    pub(crate) parameters: &'a Parameters,
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

/// Sums of which corrections tell the state before and after.
pub(super) const CORRECTED: [&str; 8] = [
    "n_offered",
    "t_answered_count",
    "t_answered_ms",
    "n_over_sla",
    "t_abandon_count",
    "t_handle_count",
    "t_handle_ms",
    "t_acw_ms",
];

impl Views<'_> {
    /// All views.
    pub(crate) fn all(&self) -> Vec<View> {
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
        let local = self.dialect.local("interval_start_utc", &self.parameters.zone);
        vec![
            Column::plain("interval_start_utc", "Start of the interval, UTC"),
            Column::new("interval_start_local", &local, "Start of the interval, local time"),
            Column::new("local_date", format!("CAST({local} AS DATE)"), "Its day, local time"),
            Column::plain("interval_minutes", "Length of the interval: 15, 30 or 60"),
        ]
    }

    fn measures(&self, kind: Kind) -> Vec<Column> {
        let Schema { conversations, queues, statuses, percentiles, .. } = self.schema;
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
        let formulas = self.parameters.formulas;
        match kind {
            Kind::Queue => vec![
                Column::new(
                    "service_level_part",
                    "t_answered_count - n_over_sla",
                    "Numerator of the service level",
                ),
                Column::new(
                    "service_level_whole",
                    service_level_whole(formulas.service_level),
                    "Denominator of the service level, by the switches",
                ),
            ],
            Kind::Agent => Vec::new(),
            Kind::AgentStatus => {
                let (part, whole) = occupancy(formulas.occupancy);
                vec![
                    Column::new("occupancy_part", part, "Numerator of the occupancy"),
                    Column::new("occupancy_whole", whole, "Denominator of the occupancy"),
                ]
            }
        }
    }

    fn waits(&self) -> View {
        let elements = self.dialect.wait_elements();
        let wait = representative_sql(self.dialect, elements.bucket);
        let columns = vec![
            Column::new("queue_id", "id", "The queue's id in Genesys Cloud"),
            Column::plain("media", "The media type, in lower case"),
            Column::plain("grain", "`interval` or `day`: never add up both"),
            Column::plain("interval_start_utc", "Start of the interval, UTC; of a day NULL"),
            Column::new(
                "local_date",
                "day",
                "The day, in the deployment's time zone; of an interval NULL",
            ),
            Column::new("wait_ms", wait, "The wait that stands for the bucket, within 5 %"),
            Column::new("waits", elements.count, "Waits in the bucket, answered and abandoned"),
        ];
        let source = format!("FROM headroom_rows\n{}\nWHERE kind = 'queue'", elements.join);
        let about =
            "Histograms of waits, a bucket a row: for percentiles over several queues or days.";
        View { name: "queue_waits", about, columns, source }
    }

    fn queues(&self) -> View {
        let json = |key| self.dialect.json_text("c.body", key);
        let columns = vec![
            Column::new("queue_id", "q.id", "The queue's id in Genesys Cloud"),
            Column::new(
                "queue_name",
                format!("coalesce({}, q.id)", json("name")),
                "Its name in the catalog; its id where the catalog does not have it",
            ),
            Column::new("division_id", json("divisionId"), "Its division, if it is known"),
        ];
        let source = "FROM (\n  SELECT id FROM headroom_rows WHERE kind = 'queue'\n  UNION\n  \
                      SELECT id FROM headroom_catalog\n) q\nLEFT JOIN headroom_catalog c ON c.id = q.id";
        let about = "The queues that have rows or stand in the catalog.";
        View { name: "queues", about, columns, source: source.to_owned() }
    }

    fn calendar(&self) -> View {
        let local = self.dialect.local("interval_start_utc", &self.parameters.zone);
        let date = format!("coalesce(day, CAST({local} AS DATE))");
        let limits =
            format!("SELECT min({date}) AS first_day, max({date}) AS last_day FROM headroom_rows");
        let source = format!("FROM (\n  {}\n) days", self.dialect.days(&limits));
        let columns = vec![
            Column::new("local_date", "day", "A day, in the deployment's time zone"),
            Column::new("year", "year(day)", "The year"),
            Column::new("quarter", "quarter(day)", "The quarter, 1 to 4"),
            Column::new("month", "month(day)", "The month, 1 to 12"),
            Column::new("iso_year", self.dialect.year_of_week(), "The year of the ISO week"),
            Column::new("iso_week", "week(day)", "The ISO week, 1 to 53"),
            Column::new("weekday", self.dialect.day_of_week(), "1, Monday, to 7, Sunday"),
            Column::new(
                "is_weekend",
                format!("{} >= 6", self.dialect.day_of_week()),
                "Saturday or Sunday",
            ),
        ];
        let about = "Every day from the first row to the last one.";
        View { name: "calendar", about, columns, source }
    }

    fn corrections(&self) -> View {
        let end = self.dialect.add_minutes("interval_start_utc", "interval_minutes");
        let minutes = (u32::from(self.parameters.late_hours) * 60).to_string();
        let last = self.dialect.add_minutes(&format!("({end})"), &minutes);
        let mut columns = vec![
            Column::plain("subject", "The row's subject, such as `queue#<queueId>#<media>`"),
            Column::plain("interval_start_utc", "Start of the interval, UTC"),
            Column::plain(
                "written_at",
                "When it was corrected, UTC; NULL if only full exports have it",
            ),
            Column::plain("version_before", "Version of the row before"),
            Column::plain("version", "Version of the row after"),
        ];
        let over = "OVER (PARTITION BY subject, bucket ORDER BY epoch, version)";
        let mut before = vec![format!("lag(version) {over} AS version_before")];
        for sum in CORRECTED {
            let name = format!("{sum}_before");
            before.push(format!("lag({sum}) {over} AS {name}"));
            columns.push(Column::plain(&name, &format!("{sum} before")));
            columns.push(Column::plain(sum, &format!("{sum} after")));
        }
        let source = format!(
            "FROM (\n  SELECT *,\n    {}\n  FROM headroom_images\n  WHERE interval_start_utc IS NOT NULL\n) steps\n\
             WHERE version_before IS NOT NULL AND (written_at IS NULL OR written_at >= {last})",
            before.join(",\n    ")
        );
        let about = "Changes of intervals after they were final, between any two loads.";
        View { name: "corrections", about, columns, source }
    }
}

/// What stands at the end of each fact.
fn row_columns() -> Vec<Column> {
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

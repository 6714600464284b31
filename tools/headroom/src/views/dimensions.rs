//! The views beside the facts: histograms, queues, the calendar, corrections.

use super::facts::Views;
use super::histogram::representative_sql;
use super::view::{Column, View};

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

impl Views {
    pub(super) fn waits(&self) -> View {
        let elements = self.dialect.pick("w", "wait_bucket, wait_count");
        let count = self.dialect.pick("w.waits", "wait_count");
        let wait = representative_sql(self.dialect, self.dialect.pick("w.bucket", "wait_bucket"));
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
            Column::new("waits", count, "Waits in the bucket, answered and abandoned"),
        ];
        let source = format!(
            "FROM headroom_rows\nCROSS JOIN UNNEST(waits) AS t({elements})\nWHERE kind = 'queue'"
        );
        let about =
            "Histograms of waits, a bucket a row: for percentiles over several queues or days.";
        View { name: "queue_waits", about, columns, source }
    }

    pub(super) fn queues(&self) -> View {
        let extract = self.dialect.pick("json_extract_string", "json_extract_scalar");
        let json = |key| format!("{extract}(c.body, '$.{key}')");
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

    pub(super) fn calendar(&self) -> View {
        let local = self.dialect.local("interval_start_utc", &self.zone);
        let date = format!("coalesce(day, CAST({local} AS DATE))");
        let limits =
            format!("SELECT min({date}) AS first_day, max({date}) AS last_day FROM headroom_rows");
        let source = format!("FROM (\n  {}\n) days", self.dialect.days(&limits));
        let weekday = self.dialect.pick("isodow(day)", "day_of_week(day)");
        let week_year = self.dialect.pick("isoyear(day)", "year_of_week(day)");
        let columns = vec![
            Column::new("local_date", "day", "A day, in the deployment's time zone"),
            Column::new("year", "year(day)", "The year"),
            Column::new("quarter", "quarter(day)", "The quarter, 1 to 4"),
            Column::new("month", "month(day)", "The month, 1 to 12"),
            Column::new("iso_year", week_year, "The year of the ISO week"),
            Column::new("iso_week", "week(day)", "The ISO week, 1 to 53"),
            Column::new("weekday", weekday, "1, Monday, to 7, Sunday"),
            Column::new("is_weekend", format!("{weekday} >= 6"), "Saturday or Sunday"),
        ];
        let about = "Every day from the first row to the last one.";
        View { name: "calendar", about, columns, source }
    }

    pub(super) fn corrections(&self) -> View {
        let end = self.dialect.add_minutes("interval_start_utc", "interval_minutes");
        let minutes = (u32::from(self.late_hours) * 60).to_string();
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

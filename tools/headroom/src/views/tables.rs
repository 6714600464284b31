//! The tables of Parquet, made of the lines of exports.

use super::dialect::Dialect;
use super::dimensions::CORRECTED;
use super::facts::Views;
use super::histogram::{rank_bucket, representative_sql};
use super::load::TABLES;

/// The start of an interval; of a day there is none.
const START: &str = "CASE WHEN bucket LIKE 'PT%' THEN CAST(replace(replace(split_part(bucket, '#', 2), 'T', ' '), 'Z', '') \
                     AS TIMESTAMP) END AS interval_start_utc";

impl Views {
    /// The queries of [`TABLES`], over `headroom_loaded`.
    pub(super) fn tables(&self) -> Vec<(&'static str, String)> {
        vec![(TABLES[0], self.rows()), (TABLES[1], Self::images()), (TABLES[2], Self::catalog())]
    }

    fn rows(&self) -> String {
        let sums: Vec<_> = self.schema.columns().into_iter().map(|sum| sum.column).collect();
        let mut columns: Vec<String> = [
            "subject",
            "bucket",
            "CASE WHEN subject LIKE 'agent#%#%' THEN 'agent' WHEN subject LIKE 'agent#%' THEN 'status' \
             WHEN subject LIKE 'queue#%' THEN 'queue' ELSE 'other' END AS kind",
            "split_part(subject, '#', 2) AS id",
            "split_part(subject, '#', 3) AS media",
            "CASE WHEN bucket LIKE 'P1D#%' THEN 'day' ELSE 'interval' END AS grain",
            START,
            "CASE split_part(bucket, '#', 1) WHEN 'PT15M' THEN 15 WHEN 'PT30M' THEN 30 WHEN 'PT1H' THEN 60 END \
             AS interval_minutes",
            "CASE WHEN bucket LIKE 'P1D#%' THEN CAST(split_part(bucket, '#', 2) AS DATE) END AS day",
            "epoch",
            "version",
            "is_removed",
            "CASE WHEN NOT is_removed THEN written_at END AS written_at",
        ]
        .map(str::to_owned)
        .into();
        let newest_event_at = self.dialect.pick(
            "make_timestamp_ms(event_ms)",
            "CAST(from_unixtime(event_ms / 1E3) AS TIMESTAMP)",
        );
        columns.push(format!("{newest_event_at} AS newest_event_at"));
        columns.extend(sums);
        for percentile in &self.schema.percentiles {
            let wait = representative_sql(self.dialect, &format!("rank_{}", percentile.column));
            columns.push(format!("{wait} AS {}", percentile.column));
        }
        columns.extend(["waits".to_owned(), "other_sums".to_owned()]);
        let ranks: Vec<_> = self
            .schema
            .percentiles
            .iter()
            .map(|percentile| {
                format!(
                    "{} AS rank_{}",
                    rank_bucket(self.dialect, percentile.share),
                    percentile.column
                )
            })
            .collect();
        format!(
            "SELECT\n  {}\nFROM (\n  SELECT *,\n    {}\n  FROM (\n    SELECT *, {} AS wait_count\n    FROM (\n{}\n    ) winners\n  ) counted\n) ranked",
            columns.join(",\n  "),
            ranks.join(",\n    "),
            self.dialect.pick(
                "list_sum(list_transform(waits, lambda w: w.waits))",
                "reduce(waits, CAST(0 AS BIGINT), (n, w) -> n + w.waits, n -> n)",
            ),
            self.winners()
        )
    }

    /// The newest image of each row.
    fn winners(&self) -> &'static str {
        match self.dialect {
            // Only the keys are sorted: all columns of all rows would be gigabytes.
            Dialect::Duckdb => {
                "      SELECT * FROM headroom_loaded WHERE rowid IN (\n        SELECT id FROM (\n          \
                 SELECT rowid AS id, row_number() OVER (PARTITION BY subject, bucket\n            \
                 ORDER BY epoch DESC, version DESC, is_removed DESC, written_at DESC NULLS LAST) AS place\n          \
                 FROM headroom_loaded WHERE subject IS NOT NULL\n        ) WHERE place = 1\n      )"
            }
            Dialect::Athena => {
                "      SELECT * FROM (\n        SELECT *, row_number() OVER (PARTITION BY subject, bucket\n          \
                 ORDER BY epoch DESC, version DESC, is_removed DESC, written_at DESC NULLS LAST) AS place\n        \
                 FROM headroom_loaded WHERE subject IS NOT NULL\n      ) WHERE place = 1"
            }
        }
    }

    /// Each image of rows that have several, once.
    fn images() -> String {
        let sums: Vec<_> = CORRECTED.iter().map(|sum| format!("max({sum}) AS {sum}")).collect();
        format!(
            "SELECT subject, bucket, epoch, version,\n  {START},\n  \
             CASE split_part(bucket, '#', 1) WHEN 'PT15M' THEN 15 WHEN 'PT30M' THEN 30 WHEN 'PT1H' THEN 60 END AS interval_minutes,\n  \
             min(CASE WHEN NOT is_removed THEN written_at END) AS written_at,\n  {}\n\
             FROM headroom_loaded\nWHERE subject IN (\n  SELECT subject FROM headroom_loaded WHERE subject IS NOT NULL\n  \
             GROUP BY subject, bucket HAVING count(DISTINCT epoch) > 1 OR count(DISTINCT version) > 1\n)\n\
             GROUP BY subject, bucket, epoch, version",
            sums.join(",\n  ")
        )
    }

    /// The newest document of each queue.
    fn catalog() -> String {
        "SELECT queue_id AS id, max_by(body, version) AS body\nFROM headroom_loaded\n\
         WHERE subject IS NULL\nGROUP BY queue_id"
            .to_owned()
    }
}

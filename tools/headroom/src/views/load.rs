//! What is loaded from exports, once: `headroom_rows`, the newest image of each row; `headroom_images`,
//! all images of rows that have several; and `headroom_catalog`, the documents of queues.
//!
//! Of all images of a row the one with the greatest epoch and version counts, so the order of exports and
//! repeats do not matter. A removal has the image before it: it marks the row, and takes nothing away.

use super::dialect::{Dialect, quoted};
use super::facts::Views;
use std::fmt::Write;

/// Attributes of a row's item that are no sums.
const NO_SUMS: [&str; 7] = ["subject", "bucket", "epoch", "version", "at", "expiresAt", "crowded"];

/// The tables that are loaded.
pub(super) const TABLES: [&str; 3] = ["headroom_rows", "headroom_images", "headroom_catalog"];

impl Views {
    /// For DuckDB: from a folder of exports to files of Parquet in another folder.
    pub(crate) fn duckdb_load(&self, exports: &str, parquet: &str) -> String {
        let map = "'MAP(VARCHAR, STRUCT(S VARCHAR, N VARCHAR))'";
        let glob = quoted(&format!("{exports}/**/data/*.gz"));
        let lines = format!(
            "SELECT coalesce(Item, NewImage, OldImage) AS item,\n    \
             Item IS NULL AND NewImage IS NULL AS is_removed,\n    \
             make_timestamp(CAST(Metadata.WriteTimestampMicros.N AS BIGINT)) AS written_at\n  \
             FROM read_json({glob}, format = 'newline_delimited', columns = {{\n    \
             Item: {map},\n    NewImage: {map},\n    OldImage: {map},\n    \
             Metadata: 'STRUCT(WriteTimestampMicros STRUCT(N VARCHAR))'}})"
        );
        let mut sql =
            "-- Loads exports of the tables into Parquet; docs/bi.md explains it.\n".to_owned();
        let loaded = self.loaded(&lines);
        let _ = writeln!(sql, "CREATE OR REPLACE TEMP TABLE headroom_loaded AS\n{loaded};\n");
        for (table, query) in self.tables() {
            let file = quoted(&format!("{parquet}/{table}.parquet"));
            let _ =
                writeln!(sql, "COPY (\n{query}\n) TO {file} (FORMAT parquet, COMPRESSION zstd);\n");
        }
        sql
    }

    /// For DuckDB: the tables over files of Parquet.
    pub(super) fn duckdb_tables(parquet: &str) -> String {
        let view = |table: &&str| {
            let file = quoted(&format!("{parquet}/{table}.parquet"));
            format!("CREATE OR REPLACE VIEW {table} AS SELECT * FROM read_parquet({file});\n")
        };
        TABLES.iter().map(view).collect()
    }

    /// For Athena: from exports below a location to tables of Parquet.
    pub(super) fn athena_load(&self, location: &str) -> String {
        let exports = quoted(location);
        let mut sql = format!(
            "-- Loads exports of the tables into Parquet; docs/bi.md explains it. Athena runs one statement at a time.\n\
             CREATE EXTERNAL TABLE IF NOT EXISTS headroom_lines (line string)\n\
             ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\001'\nSTORED AS TEXTFILE\nLOCATION {exports};\n\n"
        );
        let lines = "SELECT coalesce(json_extract(line, '$.Item'), json_extract(line, '$.NewImage'), \
                     json_extract(line, '$.OldImage')) AS item,\n    \
                     json_extract(line, '$.Item') IS NULL AND json_extract(line, '$.NewImage') IS NULL AS is_removed,\n    \
                     CAST(from_unixtime(CAST(json_extract_scalar(line, \
                     '$.Metadata.WriteTimestampMicros.N') AS BIGINT) / 1E6) AS TIMESTAMP) AS written_at\n  \
                     FROM headroom_lines\n  WHERE \"$path\" LIKE '%/data/%.gz'";
        let loaded = self.loaded(lines);
        let mut statements = vec![("headroom_loaded", loaded)];
        statements.extend(self.tables());
        for (table, query) in statements {
            let _ = write!(
                sql,
                "DROP TABLE IF EXISTS {table};\n\nCREATE TABLE {table} WITH (format = 'PARQUET') AS\n{query};\n\n"
            );
        }
        sql.push_str("DROP TABLE headroom_loaded;\n");
        sql
    }

    /// The items as columns. `lines` gives each `item`, whether it `is_removed`, and `written_at`.
    fn loaded(&self, lines: &str) -> String {
        let dialect = self.dialect;
        let (subject, bucket) = (dialect.text("subject"), dialect.text("bucket"));
        let mut columns = vec![
            format!("{subject} AS subject"),
            format!("{bucket} AS bucket"),
            format!("{} AS epoch", dialect.number("epoch")),
            format!("{} AS version", dialect.number("version")),
            format!("{} AS event_ms", dialect.number("at")),
            "is_removed".to_owned(),
            "written_at".to_owned(),
            format!("{} AS queue_id", dialect.text("name")),
            format!("{} AS body", dialect.text("body")),
        ];
        for sum in self.schema.columns() {
            let number = dialect.number(&sum.attribute);
            columns.push(format!("coalesce({number}, 0) AS {}", sum.column));
        }
        columns.push(format!("{} AS waits", self.histogram()));
        columns.push(format!("{} AS other_sums", self.other_sums()));
        format!(
            "WITH lines AS (\n  {lines}\n), items AS (\n  SELECT *, {} AS others\n  FROM lines\n  \
             WHERE item IS NOT NULL AND ({subject} IS NOT NULL AND {bucket} <> 'now' OR {} = 'queue')\n)\n\
             SELECT\n  {}\nFROM items",
            self.others(),
            dialect.text("kind"),
            columns.join(",\n  ")
        )
    }

    /// The attributes that have no column of their own.
    fn others(&self) -> String {
        let columns = self.schema.columns();
        let sums = columns.iter().map(|sum| sum.attribute.as_str());
        let names: Vec<_> = sums.chain(NO_SUMS).map(quoted).collect();
        let names = names.join(", ");
        self.dialect.pick(
            format!("list_filter(map_entries(item), lambda e: e.key NOT IN ({names}))"),
            format!(
                "map_entries(map_filter(CAST(item AS MAP(VARCHAR, JSON)), (k, v) -> k NOT IN ({names})))"
            ),
        )
    }

    /// The histogram: buckets and their counts, in order.
    fn histogram(&self) -> &'static str {
        match self.dialect {
            Dialect::Duckdb => {
                "list_sort(list_transform(list_filter(others, lambda e: regexp_full_match(e.key, 'w[0-9]+')), \
                 lambda e: {'bucket': CAST(substr(e.key, 2) AS INTEGER), 'waits': CAST(e.value.N AS BIGINT)}))"
            }
            Dialect::Athena => {
                "array_sort(transform(filter(others, e -> regexp_like(e[1], '^w[0-9]+$')), \
                 e -> CAST(ROW(CAST(substr(e[1], 2) AS INTEGER), CAST(json_extract_scalar(e[2], '$.N') AS BIGINT)) \
                 AS ROW(bucket INTEGER, waits BIGINT))))"
            }
        }
    }

    /// Sums that the definition does not have.
    fn other_sums(&self) -> &'static str {
        match self.dialect {
            Dialect::Duckdb => {
                "map_from_entries(list_transform(list_filter(others, \
                 lambda e: e.value.N IS NOT NULL AND NOT regexp_full_match(e.key, 'w[0-9]+')), \
                 lambda e: {'k': e.key, 'v': CAST(e.value.N AS BIGINT)}))"
            }
            Dialect::Athena => {
                "map_from_entries(transform(filter(others, e -> json_extract_scalar(e[2], '$.N') IS NOT NULL \
                 AND NOT regexp_like(e[1], '^w[0-9]+$')), \
                 e -> ROW(e[1], CAST(json_extract_scalar(e[2], '$.N') AS BIGINT))))"
            }
        }
    }
}

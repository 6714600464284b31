//! What DuckDB and Athena say in different words.

/// Whose SQL is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Dialect {
    /// DuckDB
    Duckdb,
    /// Amazon Athena (engine version 3)
    Athena,
}

/// Where the elements of a row's histogram are read from, and how each is called.
pub(super) struct WaitElements {
    pub(super) join: &'static str,
    pub(super) bucket: &'static str,
    pub(super) count: &'static str,
}

impl Dialect {
    /// A time in UTC as the wall clock of a time zone shows it.
    pub(super) fn local(self, time: &str, zone: &str) -> String {
        let zone = quoted(zone);
        match self {
            Self::Duckdb => format!("timezone({zone}, timezone('UTC', {time}))"),
            Self::Athena => {
                format!("CAST(at_timezone(with_timezone({time}, 'UTC'), {zone}) AS TIMESTAMP)")
            }
        }
    }

    /// A time, later by some minutes.
    pub(super) fn add_minutes(self, time: &str, minutes: &str) -> String {
        match self {
            Self::Duckdb => format!("{time} + to_minutes({minutes})"),
            Self::Athena => format!("date_add('minute', {minutes}, {time})"),
        }
    }

    /// The days between those that a query gives as `first_day` and `last_day`, as rows of `day`.
    pub(super) fn days(self, limits: &str) -> String {
        match self {
            Self::Duckdb => format!(
                "SELECT CAST(unnest(generate_series(first_day, last_day, INTERVAL 1 DAY)) AS DATE) AS day\n  \
                 FROM ({limits}) limits"
            ),
            Self::Athena => format!(
                "SELECT day FROM ({limits}) limits\n  \
                 CROSS JOIN UNNEST(sequence(first_day, last_day, INTERVAL '1' DAY)) AS t(day)"
            ),
        }
    }

    /// The number of a day in its week, from Monday, 1, on.
    pub(super) fn day_of_week(self) -> &'static str {
        match self {
            Self::Duckdb => "isodow(day)",
            Self::Athena => "day_of_week(day)",
        }
    }

    /// The year that the week of a day belongs to.
    pub(super) fn year_of_week(self) -> &'static str {
        match self {
            Self::Duckdb => "isoyear(day)",
            Self::Athena => "year_of_week(day)",
        }
    }

    /// The name in a document of a queue.
    pub(super) fn json_text(self, json: &str, key: &str) -> String {
        match self {
            Self::Duckdb => format!("json_extract_string({json}, '$.{key}')"),
            Self::Athena => format!("json_extract_scalar({json}, '$.{key}')"),
        }
    }

    pub(super) fn wait_elements(self) -> WaitElements {
        match self {
            Self::Duckdb => WaitElements {
                join: "CROSS JOIN UNNEST(waits) AS t(w)",
                bucket: "w.bucket",
                count: "w.waits",
            },
            Self::Athena => WaitElements {
                join: "CROSS JOIN UNNEST(waits) AS t(wait_bucket, wait_count)",
                bucket: "wait_bucket",
                count: "wait_count",
            },
        }
    }

    /// An element of a list, counted from 1.
    pub(super) fn element(self, list: &str, index: &str) -> String {
        match self {
            Self::Duckdb => format!("({list})[{index}]"),
            Self::Athena => format!("element_at({list}, {index})"),
        }
    }

    /// A list.
    pub(super) fn list(self, elements: &str) -> String {
        match self {
            Self::Duckdb => format!("[{elements}]"),
            Self::Athena => format!("ARRAY[{elements}]"),
        }
    }

    /// An attribute of the column `item` that is a text.
    pub(super) fn text(self, attribute: &str) -> String {
        self.value(attribute, 'S')
    }

    /// An attribute of the column `item` that is a whole number.
    pub(super) fn number(self, attribute: &str) -> String {
        format!("CAST({} AS BIGINT)", self.value(attribute, 'N'))
    }

    fn value(self, attribute: &str, value_type: char) -> String {
        match self {
            Self::Duckdb => format!("item[{}].{value_type}", quoted(attribute)),
            Self::Athena => {
                format!("json_extract_scalar(item, '$[\"{attribute}\"][\"{value_type}\"]')")
            }
        }
    }
}

/// A text in quotes.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_does_not_end_a_text() {
        assert_eq!(quoted("it's"), "'it''s'");
    }
}

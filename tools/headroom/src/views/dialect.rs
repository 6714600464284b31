//! What DuckDB and Athena say in different words.

/// Whose SQL is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Dialect {
    /// DuckDB
    Duckdb,
    /// Amazon Athena (engine version 3)
    Athena,
}

impl Dialect {
    /// What one of both says.
    pub(super) fn pick<T>(self, duckdb: T, athena: T) -> T {
        match self {
            Self::Duckdb => duckdb,
            Self::Athena => athena,
        }
    }

    /// A time in UTC as the wall clock of a time zone shows it.
    pub(super) fn local(self, time: &str, zone: &str) -> String {
        let zone = quoted(zone);
        self.pick(
            format!("timezone({zone}, timezone('UTC', {time}))"),
            format!("CAST(at_timezone(with_timezone({time}, 'UTC'), {zone}) AS TIMESTAMP)"),
        )
    }

    /// A time, later by some minutes.
    pub(super) fn add_minutes(self, time: &str, minutes: &str) -> String {
        self.pick(
            format!("{time} + to_minutes({minutes})"),
            format!("date_add('minute', {minutes}, {time})"),
        )
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

    /// An attribute of the column `item` that is a text.
    pub(super) fn text(self, attribute: &str) -> String {
        self.value(attribute, 'S')
    }

    /// An attribute of the column `item` that is a whole number.
    pub(super) fn number(self, attribute: &str) -> String {
        format!("CAST({} AS BIGINT)", self.value(attribute, 'N'))
    }

    fn value(self, attribute: &str, value_type: char) -> String {
        self.pick(
            format!("item[{}].{value_type}", quoted(attribute)),
            format!("json_extract_scalar(item, '$[\"{attribute}\"][\"{value_type}\"]')"),
        )
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

//! The configuration, from environment variables.

use headroom_aws::{Environment, EnvironmentError};
use headroom_tables::Tables;
use std::ops::RangeInclusive;

/// Parts that the rows can be split into.
const PARTS: RangeInclusive<u32> = 1..=256;

/// Read units a second: fewer would take hours for a gigabyte, more than a table gives.
const READ_UNITS: RangeInclusive<u32> = 32..=100_000;

/// The configuration of the function; the fields say from which variable.
#[derive(Clone, Debug)]
pub struct Config {
    /// `ENTITIES_TABLE`, `ROWS_TABLE`
    pub tables: Tables,
    /// `LEDGER_TABLE`
    pub ledger_table: String,
    /// `READ_UNITS`: how many read units a second it consumes, on average.
    pub read_units: u32,
    /// `PARTS`, `RETENTION_DAYS`, `INTERVAL_ROWS_DAYS`
    pub rules: Rules,
}

/// What is audited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Parts of the rows, of which each run compares one.
    pub parts: u32,
    /// Days that entities are kept.
    pub retention_days: u32,
    /// Days that rows of intervals are kept.
    pub interval_rows_days: u32,
}

impl Config {
    /// Reads the variables.
    pub fn read(environment: &Environment) -> Result<Self, EnvironmentError> {
        let rules = Rules {
            parts: environment.within("PARTS", 8, PARTS)?,
            retention_days: environment.parsed("RETENTION_DAYS", 90)?,
            interval_rows_days: environment.parsed("INTERVAL_ROWS_DAYS", 400)?,
        };
        Ok(Self {
            tables: Tables {
                entities: environment.required("ENTITIES_TABLE")?,
                rows: environment.required("ROWS_TABLE")?,
            },
            ledger_table: environment.required("LEDGER_TABLE")?,
            read_units: environment.within("READ_UNITS", 1_000, READ_UNITS)?,
            rules,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, String> {
        let needed = [("ENTITIES_TABLE", "e"), ("ROWS_TABLE", "r"), ("LEDGER_TABLE", "l")];
        let environment = Environment::from_pairs(&[&needed, variables].concat());
        Config::read(&environment).map_err(|error| error.to_string())
    }

    #[test]
    fn variables_have_defaults_and_errors_say_what_to_write() {
        let config = read(&[]).unwrap();
        let rules = Rules { parts: 8, retention_days: 90, interval_rows_days: 400 };
        assert_eq!((config.rules, config.read_units), (rules, 1_000));
        assert_eq!(
            read(&[("PARTS", "0")]).unwrap_err(),
            "the environment variable PARTS cannot be used: it is 0; it has to be 1 to 256"
        );
        assert!(read(&[("READ_UNITS", "1")]).unwrap_err().contains("32 to 100000"));
        assert!(read(&[("ROWS_TABLE", "")]).unwrap_err().contains("ROWS_TABLE is missing"));
    }
}

//! The configuration, from environment variables.

use crate::run::Rules;
use headroom_aws::{Environment, EnvironmentError};

/// Hours after which an interval counts as final, where nothing else is said: what is missing of a
/// conversation after a day is given up (`kpis.md#gap-rules`).
const LATE_HOURS: i64 = 24;

/// The configuration of the function; the fields say from which variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `ROWS_TABLE`, `LEDGER_TABLE`, `EXPORT_BUCKET`, `LATE_HOURS`
    pub rules: Rules,
    /// `KMS_KEY_ARN`: the key that files are encrypted with; without it, one of S3.
    pub key_arn: Option<String>,
}

impl Config {
    /// Reads the variables.
    pub fn read(environment: &Environment) -> Result<Self, EnvironmentError> {
        let rules = Rules {
            rows_table: environment.required("ROWS_TABLE")?,
            ledger_table: environment.required("LEDGER_TABLE")?,
            bucket: environment.required("EXPORT_BUCKET")?,
            late_hours: environment.within("LATE_HOURS", LATE_HOURS, 1..=720)?,
        };
        Ok(Self { rules, key_arn: environment.optional("KMS_KEY_ARN") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, String> {
        let needed = [("ROWS_TABLE", "r"), ("LEDGER_TABLE", "l"), ("EXPORT_BUCKET", "b")];
        let environment = Environment::from_pairs(&[&needed, variables].concat());
        Config::read(&environment).map_err(|error| error.to_string())
    }

    #[test]
    fn variables_have_defaults_and_errors_say_what_to_write() {
        let config = read(&[]).unwrap();
        assert_eq!((config.rules.late_hours, config.key_arn), (24, None));
        assert_eq!(read(&[("KMS_KEY_ARN", "k")]).unwrap().key_arn.as_deref(), Some("k"));
        let error = read(&[("LATE_HOURS", "0")]).unwrap_err();
        assert!(error.contains("LATE_HOURS") && error.contains("1 to 720"), "{error}");
        assert!(read(&[("EXPORT_BUCKET", "")]).unwrap_err().contains("EXPORT_BUCKET is missing"));
    }
}

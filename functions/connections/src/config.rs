//! The function's configuration.

use headroom_aws::{Environment, EnvironmentError};
use headroom_kpi::Calendar;
use headroom_protocol::RowFormatter;

/// The environment variables of the function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `CONNECTIONS_TABLE`
    pub connections_table: String,
    /// `ROWS_TABLE`
    pub rows_table: String,
    /// `LEDGER_TABLE`
    pub ledger_table: String,
    /// `MANAGEMENT_ENDPOINT`: the API's address for `@connections`, with its stage.
    pub management_endpoint: String,
    /// `CONNECTIONS_PER_PRINCIPAL`
    pub connections_max: usize,
    /// `SETTINGS`
    pub calendar: Calendar,
    /// `EPOCH` and `SETTINGS`
    pub formatter: RowFormatter,
}

/// Default of `CONNECTIONS_PER_PRINCIPAL`.
const CONNECTIONS_MAX: usize = 20;

impl Config {
    /// Reads the variables.
    pub fn read(environment: &Environment<'_>) -> Result<Self, EnvironmentError> {
        let settings = environment.settings()?;
        Ok(Self {
            connections_table: environment.required("CONNECTIONS_TABLE")?,
            rows_table: environment.required("ROWS_TABLE")?,
            ledger_table: environment.required("LEDGER_TABLE")?,
            management_endpoint: environment.required("MANAGEMENT_ENDPOINT")?,
            connections_max: environment.parsed("CONNECTIONS_PER_PRINCIPAL", CONNECTIONS_MAX)?,
            calendar: settings.calendar,
            formatter: RowFormatter {
                epoch: environment.optional("EPOCH").unwrap_or_else(|| "1".to_owned()),
                formula: settings.formula,
            },
        })
    }
}

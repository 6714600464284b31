//! The function's configuration.

use headroom_aws::{Environment, EnvironmentError};
use headroom_protocol::RowFormatter;

/// The environment variables of the function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `CONNECTIONS_TABLE`
    pub connections_table: String,
    /// `MANAGEMENT_ENDPOINT`: the API's address for `@connections`, with its stage.
    pub management_endpoint: String,
    /// `EPOCH` and `SETTINGS`
    pub formatter: RowFormatter,
}

impl Config {
    /// Reads the variables.
    pub fn read(environment: &Environment<'_>) -> Result<Self, EnvironmentError> {
        Ok(Self {
            connections_table: environment.required("CONNECTIONS_TABLE")?,
            management_endpoint: environment.required("MANAGEMENT_ENDPOINT")?,
            formatter: RowFormatter {
                epoch: environment.optional("EPOCH").unwrap_or_else(|| "1".to_owned()),
                formula: environment.settings()?.formula,
            },
        })
    }
}

//! The function's configuration.

use headroom_aws::{Environment, EnvironmentError};
use headroom_protocol::Presentation;

/// What the environment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `CONNECTIONS_TABLE`
    pub connections_table: String,
    /// `MANAGEMENT_ENDPOINT`: the API's address for `@connections`, with its stage.
    pub management_endpoint: String,
    /// `EPOCH` and `SETTINGS`
    pub presentation: Presentation,
}

impl Config {
    /// Reads it.
    pub fn read(environment: &Environment<'_>) -> Result<Self, EnvironmentError> {
        Ok(Self {
            connections_table: environment.required("CONNECTIONS_TABLE")?,
            management_endpoint: environment.required("MANAGEMENT_ENDPOINT")?,
            presentation: Presentation {
                epoch: environment.optional("EPOCH").unwrap_or_else(|| "1".to_owned()),
                formula: environment.settings()?.formula,
            },
        })
    }
}

//! The configuration, from environment variables.

use crate::agents::AgentRules;
use crate::repair::BatchPolicy;
use crate::run::Rules;
use headroom_aws::{Environment, EnvironmentError};
use headroom_genesys::budget::{IDS_PER_CALL, Limits, LimitsError, request_wait};
use headroom_kpi::{Millis, Settings, Urgency};

/// The configuration of the function; the fields say from which variable.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// `ENTITIES_TABLE`
    pub entities_table: String,
    /// `LEDGER_TABLE`
    pub ledger_table: String,
    /// `EVENT_BUS`: its name or ARN.
    pub event_bus: String,
    /// `GENESYS_API_URL`
    pub api_url: String,
    /// `GENESYS_LOGIN_URL`
    pub login_url: String,
    /// `GENESYS_SECRET_ARN`: of a secret with `{"clientId": ..., "clientSecret": ...}`.
    pub secret_arn: String,
    /// `BUDGET_SHARE_PERCENT`, `BUDGET_PER_DAY`, `BUDGET_PER_MONTH`
    pub limits: Limits,
    /// `IDS_PER_CALL`, `REFERENCE_HOURS`, `AGENT_HOURS`, `AGENT_CHANGES_HOURS`, and the calendar and
    /// agents of `SETTINGS`.
    pub rules: Rules,
    /// `SETTINGS`
    pub settings: Settings,
}

/// A configuration that the function cannot start with.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A variable is missing or cannot be parsed.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// The budget is not possible.
    #[error("BUDGET_SHARE_PERCENT, BUDGET_PER_DAY or BUDGET_PER_MONTH cannot be used: {0}")]
    Limits(#[from] LimitsError),
    /// `IDS_PER_CALL`
    #[error("IDS_PER_CALL is {0}; a call takes 1 to 100 conversations")]
    IdsPerCall(usize),
    /// `REFERENCE_HOURS`
    #[error("REFERENCE_HOURS is {0}; queues are read every 1 to 168 hours")]
    ReferenceHours(i64),
    /// `AGENT_HOURS` or `AGENT_CHANGES_HOURS`
    #[error("{0} is {1}; agents are read every {2} to 168 hours")]
    AgentHours(&'static str, i64, i64),
}

const HOUR: i64 = 3_600_000;

impl Config {
    /// Reads the variables.
    pub fn read(environment: &Environment) -> Result<Self, ConfigError> {
        let limits = Limits::new(
            environment.parsed("BUDGET_SHARE_PERCENT", 10)?,
            environment.parsed("BUDGET_PER_DAY", 20_000)?,
            environment.parsed("BUDGET_PER_MONTH", 400_000)?,
        )?;
        Ok(Self {
            entities_table: environment.required("ENTITIES_TABLE")?,
            ledger_table: environment.required("LEDGER_TABLE")?,
            event_bus: environment.required("EVENT_BUS")?,
            api_url: environment.required("GENESYS_API_URL")?,
            login_url: environment.required("GENESYS_LOGIN_URL")?,
            secret_arn: environment.required("GENESYS_SECRET_ARN")?,
            limits,
            rules: rules(environment)?,
            settings: environment.settings()?,
        })
    }
}

fn rules(environment: &Environment) -> Result<Rules, ConfigError> {
    let ids_per_call = environment.parsed("IDS_PER_CALL", IDS_PER_CALL)?;
    if !(1..=IDS_PER_CALL).contains(&ids_per_call) {
        return Err(ConfigError::IdsPerCall(ids_per_call));
    }
    let hours = environment.parsed("REFERENCE_HOURS", 6)?;
    if !(1..=168).contains(&hours) {
        return Err(ConfigError::ReferenceHours(hours));
    }
    let settings = environment.settings()?;
    Ok(Rules {
        batch: BatchPolicy {
            ids_per_call,
            live_wait: request_wait(Urgency::Gauge),
            settled_wait: request_wait(Urgency::Historical),
        },
        catalog_interval: Millis(hours * HOUR),
        calendar: settings.calendar,
        agents: AgentRules {
            settings: settings.agents,
            round_interval: agent_interval(
                "AGENT_HOURS",
                environment.parsed("AGENT_HOURS", 24)?,
                1,
            )?,
            changes_interval: agent_interval(
                "AGENT_CHANGES_HOURS",
                environment.parsed("AGENT_CHANGES_HOURS", 24)?,
                0,
            )?,
        },
    })
}

/// How often something of agents is read: the hours of a variable, which has to be `least` at least.
fn agent_interval(name: &'static str, hours: i64, least: i64) -> Result<Millis, ConfigError> {
    if !(least..=168).contains(&hours) {
        return Err(ConfigError::AgentHours(name, hours, least));
    }
    Ok(Millis(hours * HOUR))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEEDED: [(&str, &str); 6] = [
        ("ENTITIES_TABLE", "e"),
        ("LEDGER_TABLE", "l"),
        ("EVENT_BUS", "b"),
        ("GENESYS_API_URL", "https://api.example"),
        ("GENESYS_LOGIN_URL", "https://login.example"),
        ("GENESYS_SECRET_ARN", "arn"),
    ];

    fn read(variables: &[(&str, &str)]) -> Result<Config, String> {
        let environment = Environment::from_pairs(&[&NEEDED, variables].concat());
        Config::read(&environment).map_err(|error| error.to_string())
    }

    #[test]
    fn variables_have_defaults() {
        let config = read(&[]).unwrap();
        assert_eq!(config.rules.batch.ids_per_call, 100);
        assert_eq!(config.rules.catalog_interval, Millis(6 * HOUR));
    }

    #[test]
    fn an_error_names_the_variable_and_says_what_to_write() {
        let wrong = |variable: (&str, &str)| read(&[variable]).unwrap_err();
        assert!(wrong(("EVENT_BUS", "")).contains("EVENT_BUS is missing"));
        assert!(wrong(("IDS_PER_CALL", "101")).contains("1 to 100"));
        assert!(wrong(("AGENT_HOURS", "0")).contains("AGENT_HOURS is 0"));
        assert!(wrong(("AGENT_CHANGES_HOURS", "169")).contains("every 0 to 168"));
        assert!(wrong(("REFERENCE_HOURS", "0")).contains("1 to 168"));
        assert!(wrong(("BUDGET_SHARE_PERCENT", "0")).contains("use 1 to 100"));
        assert!(wrong(("BUDGET_PER_DAY", "many")).contains("BUDGET_PER_DAY"));
    }
}

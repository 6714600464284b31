//! The configuration, from environment variables.

use crate::agents::AgentRules;
use crate::repair::BatchPolicy;
use crate::run::Rules;
use headroom_aws::{Environment, EnvironmentError};
use headroom_genesys::budget::{IDS_PER_CALL, Limits, request_wait};
use headroom_kpi::{HOUR_MS, Millis, Settings, Urgency};

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

/// The variables of the limits, which depend on each other.
const BUDGET_VARIABLES: &str = "BUDGET_SHARE_PERCENT, BUDGET_PER_DAY or BUDGET_PER_MONTH";

impl Config {
    /// Reads the variables.
    pub fn read(environment: &Environment) -> Result<Self, EnvironmentError> {
        let limits = Limits::new(
            environment.parsed("BUDGET_SHARE_PERCENT", 10)?,
            environment.parsed("BUDGET_PER_DAY", 20_000)?,
            environment.parsed("BUDGET_PER_MONTH", 400_000)?,
        );
        let limits = limits.map_err(|error| EnvironmentError::bad(BUDGET_VARIABLES, error))?;
        let settings = environment.settings()?;
        Ok(Self {
            entities_table: environment.required("ENTITIES_TABLE")?,
            ledger_table: environment.required("LEDGER_TABLE")?,
            event_bus: environment.required("EVENT_BUS")?,
            api_url: environment.required("GENESYS_API_URL")?,
            login_url: environment.required("GENESYS_LOGIN_URL")?,
            secret_arn: environment.required("GENESYS_SECRET_ARN")?,
            limits,
            rules: rules(environment, &settings)?,
            settings,
        })
    }
}

fn rules(environment: &Environment, settings: &Settings) -> Result<Rules, EnvironmentError> {
    // At most a week.
    let hours = |name, default: i64, least| -> Result<Millis, EnvironmentError> {
        Ok(Millis(environment.within(name, default, least..=168)? * HOUR_MS))
    };
    Ok(Rules {
        batch: BatchPolicy {
            ids_per_call: environment.within("IDS_PER_CALL", IDS_PER_CALL, 1..=IDS_PER_CALL)?,
            live_wait: request_wait(Urgency::Gauge),
            settled_wait: request_wait(Urgency::Historical),
        },
        catalog_interval: hours("REFERENCE_HOURS", 6, 1)?,
        calendar: settings.calendar.clone(),
        agents: AgentRules {
            settings: settings.agents.clone(),
            round_interval: hours("AGENT_HOURS", 24, 1)?,
            changes_interval: hours("AGENT_CHANGES_HOURS", 24, 0)?,
        },
    })
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
        assert_eq!(config.rules.catalog_interval, Millis(6 * HOUR_MS));
    }

    #[test]
    fn an_error_names_the_variable_and_says_what_to_write() {
        let wrong = |variable: (&str, &str)| read(&[variable]).unwrap_err();
        assert!(wrong(("EVENT_BUS", "")).contains("EVENT_BUS is missing"));
        assert!(wrong(("IDS_PER_CALL", "101")).contains("1 to 100"));
        assert!(wrong(("AGENT_HOURS", "0")).contains("AGENT_HOURS cannot be used: it is 0"));
        assert!(wrong(("AGENT_CHANGES_HOURS", "169")).contains("0 to 168"));
        assert!(wrong(("REFERENCE_HOURS", "0")).contains("1 to 168"));
        assert!(wrong(("BUDGET_SHARE_PERCENT", "0")).contains("use 1 to 100"));
        assert!(wrong(("BUDGET_PER_DAY", "many")).contains("BUDGET_PER_DAY"));
    }
}

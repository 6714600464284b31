//! A function's configuration: environment variables, checked when it starts.

use headroom_kpi::Settings;
use headroom_kpi::settings::{SettingsDocument, SettingsError};
use std::fmt::Display;
use std::str::FromStr;

/// A function that is not configured right does not start.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// A variable that must be there is not.
    #[error("the environment variable {0} is missing; the template sets it")]
    Missing(String),
    /// A variable has a value that cannot be used.
    #[error("the environment variable {0} cannot be used: {1}")]
    Bad(String, String),
    /// The settings document is not right.
    #[error("the settings cannot be used: {0}")]
    Settings(#[from] SettingsError),
}

impl EnvironmentError {
    /// An error of a variable with a value that cannot be used.
    pub fn bad(name: &str, error: impl Display) -> Self {
        Self::Bad(name.to_owned(), error.to_string())
    }
}

/// Where variables come from: the process, or a test.
#[derive(Clone, Copy)]
pub struct Environment<'a>(&'a dyn Fn(&str) -> Option<String>);

impl Environment<'static> {
    /// The variables of this process.
    pub fn of_process() -> Self {
        Self(&|name| std::env::var(name).ok())
    }
}

impl<'a> Environment<'a> {
    /// Variables by a function.
    pub fn new(variable: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self(variable)
    }

    /// A variable that may be absent; one that is empty is.
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.trim().is_empty())
    }

    /// A variable that must be there.
    pub fn required(&self, name: &str) -> Result<String, EnvironmentError> {
        self.optional(name).ok_or_else(|| EnvironmentError::Missing(name.to_owned()))
    }

    /// A variable that is read as something, with a default.
    pub fn parsed<T: FromStr>(&self, name: &str, default: T) -> Result<T, EnvironmentError>
    where
        T::Err: Display,
    {
        let Some(value) = self.optional(name) else { return Ok(default) };
        value.trim().parse().map_err(|error| EnvironmentError::bad(name, error))
    }

    /// The settings document in `SETTINGS`; without one, the defaults.
    pub fn settings(&self) -> Result<Settings, EnvironmentError> {
        let Some(text) = self.optional("SETTINGS") else { return Ok(Settings::default()) };
        let document: SettingsDocument = serde_json::from_str(&text)
            .map_err(|error| EnvironmentError::bad("SETTINGS", error))?;
        Ok(Settings::try_from(document)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str) -> Option<String> {
        let value = match name {
            "DAYS" => "30",
            "BAD" => "thirty",
            "EMPTY" => " ",
            "SETTINGS" => r#"{"timeZone":"Asia/Kolkata"}"#,
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[test]
    fn variables_are_read_or_the_error_names_them() {
        let environment = Environment::new(&variable);
        assert_eq!(environment.parsed("DAYS", 1).unwrap(), 30);
        assert_eq!(environment.parsed("EMPTY", 1).unwrap(), 1);
        assert!(
            environment.required("EMPTY").unwrap_err().to_string().contains("EMPTY is missing")
        );
        assert!(environment.parsed("BAD", 1).unwrap_err().to_string().contains("BAD"));
        let settings = environment.settings().unwrap();
        assert_eq!(settings.calendar.zone().iana_name(), Some("Asia/Kolkata"));
    }

    #[test]
    fn settings_that_are_wrong_stop_the_function() {
        let wrong = |_: &str| Some(r#"{"timeZone":"Mars"}"#.to_owned());
        let error = Environment::new(&wrong).settings().unwrap_err();
        assert!(error.to_string().contains("there is no time zone"), "{error}");
    }
}

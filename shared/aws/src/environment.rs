//! A function's configuration: environment variables, checked when it starts.

use headroom_kpi::Settings;
use headroom_kpi::settings::{SettingsDocument, SettingsError};
use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt::Display;
use std::ops::RangeInclusive;
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

/// The variables of a process, or those of a test. What is not UTF-8 is left out.
pub struct Environment(HashMap<String, String>);

impl Environment {
    /// The variables of this process.
    pub fn of_process() -> Self {
        let text = |(name, value): (OsString, OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self(std::env::vars_os().filter_map(text).collect())
    }

    /// These variables; of several with one name the last.
    pub fn from_pairs(variables: &[(&str, &str)]) -> Self {
        let text = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self(variables.iter().map(text).collect())
    }

    /// A variable that may be absent; one that is empty is.
    pub fn optional(&self, name: &str) -> Option<String> {
        self.0.get(name).filter(|value| !value.trim().is_empty()).cloned()
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

    /// A variable that is read as a number within a range, with a default.
    pub fn within<T: FromStr + PartialOrd + Display>(
        &self,
        name: &str,
        default: T,
        range: RangeInclusive<T>,
    ) -> Result<T, EnvironmentError>
    where
        T::Err: Display,
    {
        let value = self.parsed(name, default)?;
        if range.contains(&value) {
            return Ok(value);
        }
        let (least, most) = range.into_inner();
        Err(EnvironmentError::bad(name, format!("it is {value}; it has to be {least} to {most}")))
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

    #[test]
    fn variables_are_read_or_the_error_names_them() {
        let environment = Environment::from_pairs(&[
            ("DAYS", "30"),
            ("BAD", "thirty"),
            ("EMPTY", " "),
            ("SETTINGS", r#"{"timeZone":"Asia/Kolkata"}"#),
        ]);
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
        let wrong = Environment::from_pairs(&[("SETTINGS", r#"{"timeZone":"Mars"}"#)]);
        let error = wrong.settings().unwrap_err();
        assert!(error.to_string().contains("there is no time zone"), "{error}");
    }
}

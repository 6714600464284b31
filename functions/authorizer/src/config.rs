//! The function's configuration.

use crate::{Authorizer, FetchError, HttpFetch, Issuer, KeySource, Keys, KeysError, Origins};
use headroom_aws::{Environment, EnvironmentError};

/// The environment variables of the function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `JWT_ISSUER`, `JWT_AUDIENCE`
    pub issuer: Issuer,
    /// `ORIGINS`
    pub origins: Origins,
    /// `JWKS` or `JWKS_URL`
    pub keys: KeyConfig,
}

/// Where the issuer's keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyConfig {
    /// `JWKS`: the JSON of the JWK set.
    Json(String),
    /// `JWKS_URL`: the URL of the JWK set.
    Url(String),
}

/// Why the function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A variable is missing or invalid.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// Both or neither of `JWKS` and `JWKS_URL`.
    #[error(
        "set either JWKS (the JWK set as JSON) or JWKS_URL (https://.../.well-known/jwks.json)"
    )]
    OneKeySource,
    /// `JWKS` is invalid.
    #[error("the environment variable JWKS cannot be used: {0}")]
    Keys(#[from] KeysError),
    /// `JWKS_URL` is invalid.
    #[error("the environment variable JWKS_URL cannot be used: {0}")]
    KeysUrl(#[from] FetchError),
}

impl Config {
    /// Reads the variables. An empty one counts as missing: that is how the template leaves unused
    /// ones.
    pub fn read(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        let keys = match (environment.optional("JWKS"), environment.optional("JWKS_URL")) {
            (Some(json), None) => KeyConfig::Json(json),
            (None, Some(url)) => KeyConfig::Url(url),
            _ => return Err(ConfigError::OneKeySource),
        };
        let issuer = Issuer {
            name: environment.required("JWT_ISSUER")?,
            audience: environment.required("JWT_AUDIENCE")?,
        };
        let origins = environment.parsed("ORIGINS", Origins::default())?;
        Ok(Self { issuer, origins, keys })
    }

    /// The authorizer. Configured keys are parsed now; others are fetched when the first token
    /// arrives.
    pub fn authorizer(self) -> Result<Authorizer, ConfigError> {
        let keys = match self.keys {
            KeyConfig::Json(json) => KeySource::Static(Keys::parse(json.as_bytes())?),
            KeyConfig::Url(url) => KeySource::fetched(HttpFetch::new(url.trim())?),
        };
        Ok(Authorizer::new(self.issuer, self.origins, keys))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Authorizer, String> {
        let variable = |name: &str| {
            let variable = variables.iter().find(|(other, _)| *other == name);
            variable.map(|(_, value)| (*value).to_owned())
        };
        let config = Config::read(&Environment::new(&variable));
        config.and_then(Config::authorizer).map_err(|error| error.to_string())
    }

    const ISSUER: [(&str, &str); 2] = [("JWT_ISSUER", "i"), ("JWT_AUDIENCE", "a")];

    #[test]
    fn an_invalid_variable_is_named_with_what_to_write() {
        let with = |variables: &[(&str, &str)]| {
            read(&[&ISSUER, variables].concat()).err().unwrap_or_default()
        };
        assert_eq!(with(&[("JWKS", ""), ("JWKS_URL", "https://issuer.example/jwks")]), "");
        assert!(with(&[]).contains("JWKS_URL"));
        assert!(with(&[("JWKS", "{}"), ("JWKS_URL", "https://i.example")]).contains("either"));
        assert!(with(&[("JWKS", "{")]).contains("JWKS cannot be used: no JWK set"));
        assert!(with(&[("JWKS", r#"{"keys":[]}"#)]).contains("no usable key"));
        assert!(with(&[("JWKS_URL", "http://issuer.example")]).contains("is not https"));
        let origins = [("JWKS_URL", "https://i.example"), ("ORIGINS", "*")];
        assert!(with(&origins).contains("ORIGINS cannot be used: `*` is no origin"));
        let missing = read(&[("JWKS_URL", "https://i.example")]).err().unwrap();
        assert!(missing.contains("JWT_ISSUER is missing"), "{missing}");
    }
}

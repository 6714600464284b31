//! What the environment says.

use crate::{Authorizer, FetchError, HttpFetch, Issuer, KeySource, Keys, KeysError, Origins};
use headroom_aws::{Environment, EnvironmentError};

/// The function's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `JWT_ISSUER`, `JWT_AUDIENCE`
    pub issuer: Issuer,
    /// `ORIGINS`
    pub origins: Origins,
    /// `JWKS` or `JWKS_URL`
    pub keys: KeysFrom,
}

/// Where keys come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeysFrom {
    /// `JWKS`: the set itself.
    Text(String),
    /// `JWKS_URL`: where it is.
    Address(String),
}

/// Settings that the function cannot start with.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A setting is missing or cannot be read.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// Both ways to the keys, or neither.
    #[error(
        "set either JWKS (the JWK set as JSON) or JWKS_URL (https://.../.well-known/jwks.json)"
    )]
    OneKeySource,
    /// `JWKS`
    #[error("the environment variable JWKS cannot be used: {0}")]
    Keys(#[from] KeysError),
    /// `JWKS_URL`
    #[error("the environment variable JWKS_URL cannot be used: {0}")]
    Address(#[from] FetchError),
}

impl Config {
    /// Reads the settings; a template leaves those empty that are not given.
    pub fn read(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        let keys = match (environment.optional("JWKS"), environment.optional("JWKS_URL")) {
            (Some(text), None) => KeysFrom::Text(text),
            (None, Some(address)) => KeysFrom::Address(address),
            _ => return Err(ConfigError::OneKeySource),
        };
        let issuer = Issuer {
            name: environment.required("JWT_ISSUER")?,
            audience: environment.required("JWT_AUDIENCE")?,
        };
        let origins = environment.parsed("ORIGINS", Origins::default())?;
        Ok(Self { issuer, origins, keys })
    }

    /// Puts it together. Keys that are given are read now; others when the first token comes.
    pub fn authorizer(self) -> Result<Authorizer, ConfigError> {
        let keys = match self.keys {
            KeysFrom::Text(text) => KeySource::Given(Keys::parse(text.as_bytes())?),
            KeysFrom::Address(address) => KeySource::fetched(HttpFetch::new(address.trim())?),
        };
        Ok(Authorizer::new(self.issuer, self.origins, keys))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Authorizer, String> {
        let find = |name: &str| variables.iter().find(|(given, _)| *given == name);
        let variable = |name: &str| find(name).map(|(_, value)| (*value).to_owned());
        let config = Config::read(&Environment::new(&variable));
        config.and_then(Config::authorizer).map_err(|error| error.to_string())
    }

    const ISSUER: [(&str, &str); 2] = [("JWT_ISSUER", "i"), ("JWT_AUDIENCE", "a")];

    #[test]
    fn a_wrong_setting_says_which_and_what_to_write() {
        let with =
            |more: &[(&str, &str)]| read(&[&ISSUER, more].concat()).err().unwrap_or_default();
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

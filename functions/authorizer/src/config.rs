//! The function's configuration.

use crate::{Authorizer, HttpFetch, Issuer, KeySource, Keys, Origins};
use headroom_aws::{Environment, EnvironmentError};

impl Authorizer {
    /// Reads the variables `JWT_ISSUER`, `JWT_AUDIENCE`, `ORIGINS`, and either `JWKS` or `JWKS_URL`.
    /// An empty one counts as missing: that is how the template leaves unused ones. Configured keys
    /// are parsed now; others are fetched when the first token arrives.
    pub fn configured(environment: &Environment) -> Result<Self, EnvironmentError> {
        let keys = key_source(environment)?;
        let issuer = Issuer {
            name: environment.required("JWT_ISSUER")?,
            audience: environment.required("JWT_AUDIENCE")?,
        };
        Ok(Self::new(issuer, environment.parsed("ORIGINS", Origins::default())?, keys))
    }
}

fn key_source(environment: &Environment) -> Result<KeySource, EnvironmentError> {
    match (environment.optional("JWKS"), environment.optional("JWKS_URL")) {
        (Some(json), None) => Keys::parse(json.as_bytes())
            .map(KeySource::Static)
            .map_err(|error| EnvironmentError::bad("JWKS", error)),
        (None, Some(url)) => HttpFetch::new(url.trim())
            .map(KeySource::fetched)
            .map_err(|error| EnvironmentError::bad("JWKS_URL", error)),
        _ => {
            let message = "set either JWKS (the JWK set as JSON) or JWKS_URL \
                       (https://.../.well-known/jwks.json)";
            Err(EnvironmentError::bad("JWKS", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Authorizer, String> {
        Authorizer::configured(&Environment::from_pairs(variables))
            .map_err(|error| error.to_string())
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

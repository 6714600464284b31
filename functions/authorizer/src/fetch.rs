//! Fetches the issuer's keys over HTTP.

use crate::keys::JWK_SET_BYTES_MAX;
use headroom_requests::is_loopback;
use std::time::Duration;
use ureq::http::Uri;

/// Limit for the whole request: a viewer waits for it.
const FETCH_TIMEOUT: Duration = Duration::from_secs(3);

/// Fetches the issuer's keys. May block.
pub trait FetchKeys: Send + Sync {
    /// The JSON of the JWK set.
    fn fetch(&self) -> Result<Vec<u8>, FetchError>;
}

/// Why keys cannot be fetched.
#[derive(Debug, thiserror::Error)]
#[error("cannot fetch the keys: {0}")]
pub struct FetchError(pub String);

/// Fetches keys from a URL.
#[derive(Clone, Debug)]
pub struct HttpFetch {
    agent: ureq::Agent,
    address: Uri,
}

impl HttpFetch {
    /// Fetches from an `https` URL; `http` is accepted for loopback only, where nobody can change the
    /// response on its way.
    pub fn new(address: &str) -> Result<Self, FetchError> {
        let invalid = |reason: &str| FetchError(format!("`{address}` {reason}"));
        let uri: Uri = address.parse().map_err(|_| invalid("is no address"))?;
        let host = uri.host().ok_or_else(|| invalid("has no host; write https://..."))?;
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if is_loopback(host) => {}
            _ => return Err(invalid("is not https, and keys can be changed on the way")),
        }
        Ok(Self { agent: agent(), address: uri })
    }
}

/// Redirects are an error: they could lead to somebody else's keys.
fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(FETCH_TIMEOUT))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false);
    config.build().new_agent()
}

impl FetchKeys for HttpFetch {
    fn fetch(&self) -> Result<Vec<u8>, FetchError> {
        let fetch_error = |error: ureq::Error| FetchError(error.to_string());
        let mut response = self.agent.get(&self.address).call().map_err(fetch_error)?;
        if response.status() != 200 {
            return Err(FetchError(format!("the issuer answers {}", response.status())));
        }
        let body = response.body_mut().with_config().limit(JWK_SET_BYTES_MAX as u64);
        body.read_to_vec().map_err(fetch_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_fetched_over_https_or_from_this_machine() {
        for good in [
            "https://issuer.example/jwks",
            "http://127.0.0.1:9/jwks",
            "http://[::1]:9/jwks",
            "http://localhost:9/jwks",
        ] {
            assert!(HttpFetch::new(good).is_ok(), "{good}");
        }
        for bad in [
            "http://issuer.example/jwks",
            "file:///etc/passwd",
            "/jwks",
            "",
            "http://127.0.0.1.example/",
        ] {
            assert!(HttpFetch::new(bad).is_err(), "{bad}");
        }
    }
}

//! The issuer's keys over HTTP.

use crate::keys::SET_BYTES_MAX;
use headroom_requests::is_loopback;
use std::time::Duration;
use ureq::http::Uri;

/// From the first packet to the last: a viewer waits for it.
const FETCH_TIME_MAX: Duration = Duration::from_secs(3);

/// A way to the issuer's keys. It may block.
pub trait Fetch: Send + Sync {
    /// The JWK set as it is now.
    fn fetch(&self) -> Result<Vec<u8>, FetchError>;
}

/// Keys that cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot fetch the keys: {0}")]
pub struct FetchError(pub String);

/// Fetches from an address.
#[derive(Clone, Debug)]
pub struct HttpFetch {
    agent: ureq::Agent,
    address: Uri,
}

impl HttpFetch {
    /// From an `https` address; `http` is for loopback alone, where there is nobody in between.
    pub fn new(address: &str) -> Result<Self, FetchError> {
        let wrong = |why: &str| FetchError(format!("`{address}` {why}"));
        let uri: Uri = address.parse().map_err(|_| wrong("is no address"))?;
        let host = uri.host().ok_or_else(|| wrong("has no host; write https://..."))?;
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if is_loopback(host) => {}
            _ => return Err(wrong("is not https, and keys can be changed on the way")),
        }
        Ok(Self { agent: agent(), address: uri })
    }
}

/// Without redirects: the address is the issuer's own, and what it says is said of no other.
fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(FETCH_TIME_MAX))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false);
    config.build().new_agent()
}

impl Fetch for HttpFetch {
    fn fetch(&self) -> Result<Vec<u8>, FetchError> {
        let failed = |error: ureq::Error| FetchError(error.to_string());
        let mut response = self.agent.get(&self.address).call().map_err(failed)?;
        if response.status() != 200 {
            return Err(FetchError(format!("the issuer answers {}", response.status())));
        }
        let body = response.body_mut().with_config().limit(SET_BYTES_MAX as u64);
        body.read_to_vec().map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_over_https_or_from_this_machine() {
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

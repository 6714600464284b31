//! The origins of web pages that may connect.

use crate::Denied;
use std::collections::BTreeSet;
use std::str::FromStr;

/// Most origins on the list.
const ORIGINS_MAX: usize = 100;

/// The allowed origins. If the list is empty, only clients that send no `Origin` may connect, which
/// no browser is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(BTreeSet<String>);

/// Why a list of origins is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginsError {
    /// Not an origin: it could never match, or match more than was intended.
    #[error(
        "`{0}` is no origin; write scheme, host and port alone, such as https://board.example.com \
         or http://localhost:8080, separated by commas"
    )]
    NotAnOrigin(String),
    /// Too many entries.
    #[error("more than {ORIGINS_MAX} origins")]
    TooMany,
}

impl FromStr for Origins {
    type Err = OriginsError;

    fn from_str(text: &str) -> Result<Self, OriginsError> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let origins: BTreeSet<_> = entries.map(normalize).collect::<Result<_, _>>()?;
        if origins.len() > ORIGINS_MAX {
            return Err(OriginsError::TooMany);
        }
        Ok(Self(origins))
    }
}

/// An origin as browsers send it: in lower case, without the scheme's default port.
fn normalize(text: &str) -> Result<String, OriginsError> {
    let invalid = || OriginsError::NotAnOrigin(text.to_owned());
    let lower = text.to_ascii_lowercase();
    let (scheme, authority) = lower.split_once("://").ok_or_else(invalid)?;
    let default_port = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => return Err(invalid()),
    };
    let is_authority_char = |c: char| c.is_ascii_alphanumeric() || "-.:[]_".contains(c);
    if authority.is_empty() || !authority.chars().all(is_authority_char) {
        return Err(invalid());
    }
    Ok(format!("{scheme}://{}", authority.strip_suffix(default_port).unwrap_or(authority)))
}

impl Origins {
    /// Accepts a handshake without an origin, and one with exactly one origin of the list.
    pub fn check(&self, origins: &[&str]) -> Result<(), Denied> {
        match origins {
            [] => Ok(()),
            [origin] if self.0.contains(*origin) => Ok(()),
            _ => Err(Denied::Origin),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_to_match_in_scheme_host_and_port() {
        let list: Origins = "https://Board.example.com:443, http://localhost:8080".parse().unwrap();
        let allowed = |origins: &[&str]| list.check(origins).is_ok();
        assert!(allowed(&[]) && allowed(&["https://board.example.com"]));
        assert!(allowed(&["http://localhost:8080"]));
        for foreign in [
            "http://board.example.com",
            "https://board.example.com:8443",
            "https://board.example.com.evil.example",
            "https://evil.board.example.com",
            "http://localhost",
            "null",
            "",
        ] {
            assert!(!allowed(&[foreign]), "{foreign}");
        }
        assert!(!allowed(&["http://localhost:8080", "http://localhost:8080"]));
        assert!(Origins::default().check(&["https://board.example.com"]).is_err());
    }

    #[test]
    fn a_text_that_is_no_origin_is_an_error() {
        for text in
            ["*", "https://*", "board.example.com", "https://a/", "https://", "ftp://a", "null"]
        {
            assert!(text.parse::<Origins>().is_err(), "{text}");
        }
        let many: Vec<_> = (0..=ORIGINS_MAX).map(|n| format!("https://h{n}")).collect();
        assert_eq!(many.join(",").parse::<Origins>(), Err(OriginsError::TooMany));
    }
}

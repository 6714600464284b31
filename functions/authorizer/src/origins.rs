//! The pages that may connect.

use crate::Denied;
use std::collections::BTreeSet;
use std::str::FromStr;

/// Origins on the list, at most.
const ORIGINS_MAX: usize = 100;

/// The list of origins. Without any, only clients that send none may connect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(BTreeSet<String>);

/// An entry that could never match, or matched more than it says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginsError {
    /// No origin.
    #[error(
        "`{0}` is no origin; write scheme, host and port alone, such as https://board.example.com \
         or http://localhost:8080, separated by commas"
    )]
    NotAnOrigin(String),
    /// A long list.
    #[error("more than {ORIGINS_MAX} origins")]
    TooMany,
}

impl FromStr for Origins {
    type Err = OriginsError;

    fn from_str(text: &str) -> Result<Self, OriginsError> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let origins: BTreeSet<_> = entries.map(origin).collect::<Result<_, _>>()?;
        if origins.len() > ORIGINS_MAX {
            return Err(OriginsError::TooMany);
        }
        Ok(Self(origins))
    }
}

/// As browsers write it: lower case, and no port that the scheme has anyway.
fn origin(text: &str) -> Result<String, OriginsError> {
    let wrong = || OriginsError::NotAnOrigin(text.to_owned());
    let lower = text.to_ascii_lowercase();
    let (scheme, authority) = lower.split_once("://").ok_or_else(wrong)?;
    let usual_port = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => return Err(wrong()),
    };
    let of_authority = |c: char| c.is_ascii_alphanumeric() || "-.:[]_".contains(c);
    if authority.is_empty() || !authority.chars().all(of_authority) {
        return Err(wrong());
    }
    Ok(format!("{scheme}://{}", authority.strip_suffix(usual_port).unwrap_or(authority)))
}

impl Origins {
    /// Whether a handshake may go on: no origin, or exactly one that is on the list.
    pub fn allow(&self, sent: &[&str]) -> Result<(), Denied> {
        match sent {
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
        let allowed = |sent: &[&str]| list.allow(sent).is_ok();
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
        assert!(Origins::default().allow(&["https://board.example.com"]).is_err());
    }

    #[test]
    fn what_is_no_origin_is_refused_at_the_start() {
        for text in
            ["*", "https://*", "board.example.com", "https://a/", "https://", "ftp://a", "null"]
        {
            assert!(text.parse::<Origins>().is_err(), "{text}");
        }
        let many: Vec<_> = (0..=ORIGINS_MAX).map(|n| format!("https://h{n}")).collect();
        assert_eq!(many.join(",").parse::<Origins>(), Err(OriginsError::TooMany));
    }
}

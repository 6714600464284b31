//! Access tokens, and the rate limit of each one.

use super::message::{ApiRequest, Response, decoded, json_type, to_json};
use super::refusal::Refusal;
use crate::chance::Chance;
use crate::time::{MINUTE_MS, SECOND_MS};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use std::collections::BTreeMap;

/// Limit of valid tokens: beyond it, the token that expires first is dropped.
const TOKENS_MAX: usize = 1_000;

pub(super) struct Tokens {
    /// The value of `Authorization` that gets a token.
    authorization: String,
    lifetime_s: u32,
    limit_per_minute: u32,
    valid: BTreeMap<String, Token>,
}

struct Token {
    expires: i64,
    /// Start of the current minute. It begins with the first request after the last one: an
    /// assumption, since Genesys documents only that the minute counts down.
    minute: i64,
    count: u32,
}

/// The requests of a token in the current minute.
pub(super) struct MinuteUsage {
    count: u32,
    limit: u32,
    reset_s: u32,
}

#[derive(Serialize)]
struct TokenBody<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u32,
}

/// An error of RFC 6749, with the field that Genesys adds.
#[derive(Serialize)]
struct OAuthError<'a> {
    error: &'a str,
    description: &'a str,
    error_description: &'a str,
}

impl Tokens {
    /// `key` is the client's id and secret with a colon between.
    pub(super) fn new(key: &str, lifetime_s: u32, limit_per_minute: u32) -> Self {
        let authorization = format!("Basic {}", BASE64_STANDARD.encode(key));
        Self { authorization, lifetime_s, limit_per_minute, valid: BTreeMap::new() }
    }

    /// Answers a request for a token.
    pub(super) fn issue(
        &mut self,
        request: &ApiRequest,
        now: i64,
        chance: &mut Chance,
    ) -> Response {
        if request.authorization != self.authorization {
            return refused(401, "invalid_client", "client not found or secret invalid");
        }
        let form = String::from_utf8_lossy(&request.body);
        if !form.split('&').any(|pair| decoded(pair) == "grant_type=client_credentials") {
            return refused(400, "unsupported_grant_type", "use client_credentials");
        }
        self.drop_expired(now);
        let text = format!("{}{}", chance.id(), chance.id());
        let body =
            TokenBody { access_token: &text, token_type: "bearer", expires_in: self.lifetime_s };
        let body = to_json(&body);
        let expires = now + i64::from(self.lifetime_s) * SECOND_MS;
        self.valid.insert(text, Token { expires, minute: now - MINUTE_MS, count: 0 });
        Response { status: 200, headers: vec![json_type()], body }
    }

    /// Counts a request of a token.
    pub(super) fn count(&mut self, request: &ApiRequest, now: i64) -> Result<MinuteUsage, Refusal> {
        let text = request.authorization.strip_prefix("Bearer ").unwrap_or_default();
        let token = self.valid.get_mut(text).filter(|token| token.expires > now);
        let token = token.ok_or_else(Refusal::unauthorized)?;
        if now - token.minute >= MINUTE_MS {
            (token.minute, token.count) = (now, 0);
        }
        token.count += 1;
        let reset_ms = u32::try_from(token.minute + MINUTE_MS - now).unwrap_or_default();
        let (count, limit) = (token.count, self.limit_per_minute);
        Ok(MinuteUsage { count, limit, reset_s: reset_ms.div_ceil(1_000) })
    }

    pub(super) fn expire_all(&mut self) {
        self.valid.clear();
    }

    /// Drops expired tokens, and more if there is no room for another one.
    fn drop_expired(&mut self, now: i64) {
        self.valid.retain(|_, token| token.expires > now);
        while self.valid.len() >= TOKENS_MAX {
            let first = self.valid.iter().min_by_key(|(_, token)| token.expires);
            let first = first.map(|(text, _)| text.clone());
            first.and_then(|text| self.valid.remove(&text));
        }
    }
}

impl MinuteUsage {
    /// The seconds to wait, if the limit is exceeded.
    pub(super) const fn retry_after(&self) -> Option<u32> {
        if self.count > self.limit { Some(self.reset_s) } else { None }
    }

    pub(super) fn headers(&self) -> [(&'static str, String); 3] {
        [
            ("inin-ratelimit-count", self.count.to_string()),
            ("inin-ratelimit-allowed", self.limit.to_string()),
            ("inin-ratelimit-reset", self.reset_s.to_string()),
        ]
    }
}

fn refused(status: u16, error: &str, description: &str) -> Response {
    let body = OAuthError { error, description, error_description: description };
    Response { status, headers: vec![json_type()], body: to_json(&body) }
}

//! Access tokens, and the rate limit of each one.

use super::message::{ApiRequest, ApiResponse};
use super::refusal::Refusal;
use crate::chance::Chance;
use crate::json::Object;
use crate::time::{MINUTE_MS, SECOND_MS};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
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
    /// The seconds to wait, if there are more than the limit.
    pub(super) retry_after: Option<u32>,
    pub(super) headers: [(&'static str, String); 3],
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
    ) -> ApiResponse {
        if request.authorization != self.authorization {
            return refused(401, "invalid_client", "client not found or secret invalid");
        }
        let mut form = form_urlencoded::parse(&request.body);
        if !form.any(|(name, value)| name == "grant_type" && value == "client_credentials") {
            return refused(400, "unsupported_grant_type", "use client_credentials");
        }
        self.drop_expired(now);
        let text = format!("{}{}", chance.id(), chance.id());
        let body = Object::default()
            .with("access_token", &text)
            .with("token_type", "bearer")
            .with("expires_in", self.lifetime_s);
        let expires = now + i64::from(self.lifetime_s) * SECOND_MS;
        self.valid.insert(text, Token { expires, minute: now - MINUTE_MS, count: 0 });
        ApiResponse::json(200, body.into_bytes())
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
        let wait_ms = u32::try_from(token.minute + MINUTE_MS - now).unwrap_or_default();
        let (count, limit) = (token.count, self.limit_per_minute);
        let seconds = wait_ms.div_ceil(1_000);
        let headers = [
            ("inin-ratelimit-count", count.to_string()),
            ("inin-ratelimit-allowed", limit.to_string()),
            ("inin-ratelimit-reset", seconds.to_string()),
        ];
        Ok(MinuteUsage { retry_after: (count > limit).then_some(seconds), headers })
    }

    pub(super) fn expire_all(&mut self) {
        self.valid.clear();
    }

    /// Drops expired tokens, and more if there is no room for another one.
    fn drop_expired(&mut self, now: i64) {
        self.valid.retain(|_, token| token.expires > now);
        while self.valid.len() >= TOKENS_MAX {
            let first = self.valid.iter().min_by_key(|(_, token)| token.expires);
            let Some(text) = first.map(|(text, _)| text.clone()) else { return };
            self.valid.remove(&text);
        }
    }
}

/// An error of RFC 6749, with the field that Genesys adds.
fn refused(status: u16, error: &str, description: &str) -> ApiResponse {
    let body = Object::default()
        .with("error", error)
        .with("description", description)
        .with("error_description", description);
    ApiResponse::json(status, body.into_bytes())
}

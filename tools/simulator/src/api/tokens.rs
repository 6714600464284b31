//! Access tokens, and what is left of each one's minute.

use super::message::{decoded, json};
use super::refusal::Refusal;
use super::{Answer, ApiOptions, ApiRequest};
use crate::chance::Chance;
use crate::json::Object;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::collections::BTreeMap;

/// Genesys limits the requests of each minute.
const WINDOW_MS: i64 = 60_000;
/// Tokens that are kept; the one that ends first makes room.
const TOKENS_MAX: usize = 1_000;

pub(super) struct Tokens {
    /// The value of `Authorization` that gets a token.
    authorization: String,
    lifetime_s: u32,
    allowed: u32,
    live: BTreeMap<String, Token>,
}

struct Token {
    ends: i64,
    /// Start of the minute that counts: fixed, from the first request in it (an assumption:
    /// Genesys shows only that the minute counts down).
    minute: i64,
    count: u32,
}

/// A request on a token's account.
pub(super) struct Spent {
    count: u32,
    allowed: u32,
    reset_s: u32,
}

impl Tokens {
    pub(super) fn new(options: &ApiOptions) -> Self {
        let pair = format!("{}:{}", options.client_id, options.client_secret);
        Self {
            authorization: format!("Basic {}", BASE64_STANDARD.encode(pair)),
            lifetime_s: options.token_seconds,
            allowed: options.limit_per_minute,
            live: BTreeMap::new(),
        }
    }

    /// Answers a request for a token. Errors are as RFC 6749 has them, in Genesys' fields.
    pub(super) fn issue(&mut self, request: &ApiRequest, now: i64, chance: &mut Chance) -> Answer {
        if request.authorization != self.authorization {
            return refused(401, "invalid_client", "client not found or secret invalid");
        }
        let form = String::from_utf8_lossy(&request.body).into_owned();
        if !form.split('&').any(|pair| decoded(pair) == "grant_type=client_credentials") {
            return refused(400, "unsupported_grant_type", "use client_credentials");
        }
        self.make_room(now);
        let token = format!("{}{}", chance.id(), chance.id());
        let ends = now + i64::from(self.lifetime_s) * 1_000;
        let mut body = Object::new();
        body.text("access_token", &token).text("token_type", "bearer");
        body.int("expires_in", i64::from(self.lifetime_s));
        self.live.insert(token, Token { ends, minute: now - WINDOW_MS, count: 0 });
        Answer { status: 200, headers: vec![json()], body: body.close() }
    }

    /// Counts a request against its token.
    pub(super) fn spend(&mut self, request: &ApiRequest, now: i64) -> Result<Spent, Refusal> {
        let token = request.authorization.strip_prefix("Bearer ").unwrap_or_default();
        let token = self.live.get_mut(token).filter(|token| token.ends > now);
        let token = token.ok_or_else(Refusal::unauthorized)?;
        if now - token.minute >= WINDOW_MS {
            (token.minute, token.count) = (now, 0);
        }
        token.count += 1;
        let left = token.minute + WINDOW_MS - now;
        let reset_s = u32::try_from(left).unwrap_or_default().div_ceil(1_000);
        Ok(Spent { count: token.count, allowed: self.allowed, reset_s })
    }

    pub(super) fn expire_all(&mut self) {
        self.live.clear();
    }

    fn make_room(&mut self, now: i64) {
        self.live.retain(|_, token| token.ends > now);
        while self.live.len() >= TOKENS_MAX {
            let first = self.live.iter().min_by_key(|(_, token)| token.ends);
            let first = first.map(|(text, _)| text.clone());
            first.and_then(|text| self.live.remove(&text));
        }
    }
}

impl Spent {
    /// If the minute is used up: seconds to wait.
    pub(super) const fn excess(&self) -> Option<u32> {
        if self.count > self.allowed { Some(self.reset_s) } else { None }
    }

    pub(super) fn headers(&self) -> [(&'static str, String); 3] {
        [
            ("inin-ratelimit-count", self.count.to_string()),
            ("inin-ratelimit-allowed", self.allowed.to_string()),
            ("inin-ratelimit-reset", self.reset_s.to_string()),
        ]
    }
}

fn refused(status: u16, error: &str, description: &str) -> Answer {
    let mut body = Object::new();
    body.text("error", error).text("description", description);
    body.text("error_description", description);
    Answer { status, headers: vec![json()], body: body.close() }
}

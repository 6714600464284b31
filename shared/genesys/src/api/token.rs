//! The access token.

use super::error::CallError;
use serde::Deserialize;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

/// How long before its end a token is renewed; one with a short life, when half of that is over.
const MARGIN: Duration = Duration::from_mins(1);

/// The longest life of a token: a client can choose up to two days.
const LIFE_MAX: Duration = Duration::from_hours(48);

/// The longest token: a longer one fits into no header.
const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// The token of all callers. Has no `Debug` form, as a token has none.
#[derive(Default)]
pub(super) struct TokenCache(Mutex<Option<Token>>);

pub(super) struct Token {
    bearer: String,
    /// When to get another; none if Genesys did not say how long it lives. It is used until it is
    /// refused then.
    renew_at: Option<Instant>,
}

/// The response to a login. `expires_in` is in seconds.
#[derive(Deserialize)]
struct LoginBody {
    access_token: String,
    expires_in: Option<f64>,
}

impl Token {
    /// The token in the response to a login that was sent at a time.
    pub(super) fn read(body: &[u8], sent_at: Instant) -> Option<Self> {
        let LoginBody { access_token: bearer, expires_in } = serde_json::from_slice(body).ok()?;
        let fits = !bearer.is_empty() && bearer.len() <= TOKEN_BYTES_MAX;
        // Any other character could end the header and begin another.
        let is_valid = fits && bearer.bytes().all(|byte| byte.is_ascii_graphic());
        let life = expires_in.map(|seconds| seconds.clamp(0.0, LIFE_MAX.as_secs_f64()));
        let renew_at = life.map(Duration::from_secs_f64).map(|life| sent_at + usable_time(life));
        is_valid.then_some(Self { bearer, renew_at })
    }

    fn is_usable(&self, refused: Option<&str>) -> bool {
        let is_fresh = self.renew_at.is_none_or(|at| Instant::now() < at);
        is_fresh && refused != Some(&self.bearer)
    }
}

fn usable_time(life: Duration) -> Duration {
    life.saturating_sub(MARGIN.min(life / 2))
}

impl TokenCache {
    /// A token that can be used, other than one that Genesys refused. While one caller logs in,
    /// the others wait for the token that it gets.
    pub(super) async fn token(
        &self,
        deadline: Instant,
        refused: Option<&str>,
        login: impl Future<Output = Result<Token, CallError>>,
    ) -> Result<String, CallError> {
        let lock = timeout_at(deadline, self.0.lock()).await;
        let mut cached = lock.map_err(|_| CallError::DeadlineExceeded)?;
        if let Some(token) = cached.as_ref().filter(|token| token.is_usable(refused)) {
            return Ok(token.bearer.clone());
        }
        *cached = None;
        let token = login.await?;
        Ok(cached.insert(token).bearer.clone())
    }
}

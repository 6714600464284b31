//! The access token, kept while it is good.

use super::client::Calls;
use super::error::CallError;
use super::transport::{ContentType, Host, Method, Request, Transport};
use crate::budget::{Purpose, RateLimiter};
use serde::Deserialize;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

/// A token is renewed so long before it ends, or when half of a short life is over.
const MARGIN: Duration = Duration::from_mins(1);

/// The longest life that is believed: Genesys lets one choose up to two days.
const LIFE_MAX: Duration = Duration::from_hours(48);

/// Longer ones fit into no header.
const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// One token for all callers. Nothing here has a `Debug` form.
#[derive(Default)]
pub(super) struct TokenCache(Mutex<Option<Token>>);

struct Token {
    bearer: String,
    /// When to get another. None if Genesys did not say: then it is good until it is refused.
    renew_at: Option<Instant>,
}

/// The answer to a login. `expires_in` is in seconds.
#[derive(Deserialize)]
struct LoginBody {
    access_token: String,
    expires_in: Option<f64>,
}

impl Token {
    fn is_good(&self) -> bool {
        self.renew_at.is_none_or(|at| Instant::now() < at)
    }

    /// The token of an answer to a request that was sent at a time.
    fn read(body: &[u8], asked: Instant) -> Option<Self> {
        let body: LoginBody = serde_json::from_slice(body).ok()?;
        let bearer = body.access_token;
        let fits = !bearer.is_empty() && bearer.len() <= TOKEN_BYTES_MAX;
        // Anything else could end the header and begin another.
        let good = fits && bearer.bytes().all(|byte| byte.is_ascii_graphic());
        let life = body.expires_in.map(|s| s.clamp(0.0, LIFE_MAX.as_secs_f64()));
        let renew_at = life.map(Duration::from_secs_f64).map(|life| asked + life - margin(life));
        good.then_some(Self { bearer, renew_at })
    }
}

fn margin(life: Duration) -> Duration {
    MARGIN.min(life / 2)
}

impl<T: Transport, M: RateLimiter> Calls<'_, T, M> {
    /// A good token, other than one that was refused. Who comes while another fetches one waits
    /// for that one.
    pub(super) async fn token(&self, refused: Option<&str>) -> Result<String, CallError> {
        let lock = timeout_at(self.deadline, self.client.token.0.lock());
        let mut kept = lock.await.map_err(|_| CallError::DeadlineExceeded)?;
        let good = kept.as_ref().filter(|token| token.is_good());
        if let Some(token) = good.filter(|token| refused != Some(&token.bearer)) {
            return Ok(token.bearer.clone());
        }
        *kept = None;
        let token = self.login().await?;
        Ok(kept.insert(token).bearer.clone())
    }

    async fn login(&self) -> Result<Token, CallError> {
        let request = Request {
            host: Host::Login,
            method: Method::Post,
            path: "/oauth/token".to_owned(),
            authorization: self.client.credentials.basic(),
            body: Some((ContentType::Form, b"grant_type=client_credentials".to_vec())),
        };
        self.exchange(Purpose::Token, &request, &mut super::call::Tries::new(), Token::read).await
    }
}

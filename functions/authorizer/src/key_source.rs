//! Provides the issuer's keys: configured ones, or fetched ones with a cache.

use crate::{AuthError, Denied, FetchError, FetchKeys, Key, Keys, KeysUnavailable};
use jsonwebtoken::Header;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Keys of this age are fetched again, so that a key which the issuer has withdrawn is not accepted
/// for longer.
const REFRESH_AFTER: Duration = Duration::from_mins(10);
/// Keys are used up to this age if they cannot be fetched again, so that an issuer's outage does not
/// become ours.
const USABLE_FOR: Duration = Duration::from_hours(4);
/// Shortest time between two fetches: anybody can send tokens with made-up key ids.
const FETCH_INTERVAL_MIN: Duration = Duration::from_mins(1);
/// The same while there are no keys, so that nobody can connect.
const FIRST_FETCH_INTERVAL_MIN: Duration = Duration::from_secs(5);

/// Where keys come from.
pub enum KeySource {
    /// The stack's parameters: these keys, until the stack is deployed again.
    Static(Keys),
    /// The issuer.
    Fetched(KeyCache),
}

/// Keys that are fetched from the issuer, and kept for a while.
pub struct KeyCache {
    fetcher: Arc<dyn FetchKeys>,
    /// Locked during a fetch, so that concurrent handshakes wait for the same one.
    state: Mutex<CacheState>,
}

#[derive(Default)]
struct CacheState {
    /// The last keys that were fetched, and when.
    keys: Option<(Keys, Instant)>,
    /// When the last fetch began, whether or not it succeeded.
    last_fetch: Option<Instant>,
}

impl KeySource {
    /// Keys from the issuer. They are fetched when the first token arrives.
    pub fn fetched(fetcher: impl FetchKeys + 'static) -> Self {
        Self::Fetched(KeyCache { fetcher: Arc::new(fetcher), state: Mutex::default() })
    }

    /// The key that a token names in its header.
    pub(crate) async fn find(&self, header: &Header, now: Instant) -> Result<Key, AuthError> {
        match self {
            Self::Static(keys) => Ok(keys.find(header).cloned()?),
            Self::Fetched(cache) => cache.find(header, now).await,
        }
    }
}

impl KeyCache {
    async fn find(&self, header: &Header, now: Instant) -> Result<Key, AuthError> {
        let mut state = self.state.lock().await;
        if state.is_old(now) && state.may_fetch(now) {
            self.refresh(&mut state, now).await;
        }
        match state.find(header, now) {
            // The issuer may have published a new key.
            Err(AuthError::Denied(Denied::UnknownKey)) if state.may_fetch(now) => {
                self.refresh(&mut state, now).await;
                state.find(header, now)
            }
            result => result,
        }
    }

    /// Fetches the keys. If that fails the old ones stay.
    async fn refresh(&self, state: &mut CacheState, now: Instant) {
        state.last_fetch = Some(now);
        let fetcher = Arc::clone(&self.fetcher);
        let response = tokio::task::spawn_blocking(move || fetcher.fetch())
            .await
            .unwrap_or_else(|error| Err(FetchError(error.to_string())));
        match response.map(|json| Keys::parse(&json)) {
            Ok(Ok(keys)) => state.keys = Some((keys, now)),
            Ok(Err(error)) => tracing::warn!(%error, "cannot use the issuer's JWK set"),
            Err(error) => tracing::warn!(%error, "cannot fetch the issuer's JWK set"),
        }
    }
}

impl CacheState {
    fn is_old(&self, now: Instant) -> bool {
        match &self.keys {
            Some((_, fetched_at)) => now.duration_since(*fetched_at) >= REFRESH_AFTER,
            None => true,
        }
    }

    fn may_fetch(&self, now: Instant) -> bool {
        let interval_min =
            if self.keys.is_some() { FETCH_INTERVAL_MIN } else { FIRST_FETCH_INTERVAL_MIN };
        self.last_fetch.is_none_or(|last| now.duration_since(last) >= interval_min)
    }

    fn find(&self, header: &Header, now: Instant) -> Result<Key, AuthError> {
        match &self.keys {
            Some((keys, fetched_at)) if now.duration_since(*fetched_at) < USABLE_FOR => {
                Ok(keys.find(header).cloned()?)
            }
            _ => Err(KeysUnavailable.into()),
        }
    }
}

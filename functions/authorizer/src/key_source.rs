//! Keys that are given, or fetched and kept for a while.

use crate::{Denied, Fetch, FetchError, Key, Keys, Named, NoPass, Unavailable};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Keys this old are fetched anew: one that the issuer has withdrawn counts no longer than that.
const FRESH_FOR: Duration = Duration::from_mins(10);
/// Keys that cannot be fetched anew are used for so long: an issuer's bad hour is not ours.
const SERVED_FOR: Duration = Duration::from_hours(4);
/// Between two fetches, at least: tokens with made-up key names come in any number.
const FETCH_EVERY: Duration = Duration::from_mins(1);
/// The same while there are no keys at all and nobody can connect.
const FETCH_EVERY_AT_FIRST: Duration = Duration::from_secs(5);

/// Where keys come from.
pub enum KeySource {
    /// From the stack's parameters: they are what they are until it is deployed again.
    Given(Keys),
    /// From the issuer.
    Fetched(Fetched),
}

/// Fetched keys.
pub struct Fetched {
    fetch: Arc<dyn Fetch>,
    /// Held during a fetch: whoever comes meanwhile waits for it.
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    keys: Option<(Keys, Instant)>,
    tried: Option<Instant>,
}

impl KeySource {
    /// Keys from a way to the issuer. The first fetch is for the first token.
    pub fn fetched(fetch: impl Fetch + 'static) -> Self {
        Self::Fetched(Fetched { fetch: Arc::new(fetch), held: Mutex::default() })
    }

    /// The key that a token names.
    pub(crate) async fn find(&self, named: &Named, now: Instant) -> Result<Key, NoPass> {
        match self {
            Self::Given(keys) => Ok(keys.find(named).cloned()?),
            Self::Fetched(fetched) => fetched.find(named, now).await,
        }
    }
}

impl Fetched {
    async fn find(&self, named: &Named, now: Instant) -> Result<Key, NoPass> {
        let mut held = self.held.lock().await;
        if held.is_old(now) && held.may_fetch(now) {
            self.renew(&mut held, now).await;
        }
        match held.find(named, now) {
            // The issuer may have a new key.
            Err(NoPass::Denied(Denied::UnknownKey)) if held.may_fetch(now) => {
                self.renew(&mut held, now).await;
                held.find(named, now)
            }
            found => found,
        }
    }

    /// Keeps what was held if it fails.
    async fn renew(&self, held: &mut Held, now: Instant) {
        held.tried = Some(now);
        let fetch = Arc::clone(&self.fetch);
        let fetched = tokio::task::spawn_blocking(move || fetch.fetch()).await;
        let fetched = fetched.unwrap_or_else(|lost| Err(FetchError(lost.to_string())));
        match fetched.map(|json| Keys::parse(&json)) {
            Ok(Ok(keys)) => held.keys = Some((keys, now)),
            Ok(Err(error)) => tracing::warn!(%error, "the issuer's keys cannot be used"),
            Err(error) => tracing::warn!(%error, "the issuer's keys cannot be fetched"),
        }
    }
}

impl Held {
    fn is_old(&self, now: Instant) -> bool {
        self.keys.as_ref().is_none_or(|(_, fetched)| now.duration_since(*fetched) >= FRESH_FOR)
    }

    fn may_fetch(&self, now: Instant) -> bool {
        let every = if self.keys.is_some() { FETCH_EVERY } else { FETCH_EVERY_AT_FIRST };
        self.tried.is_none_or(|tried| now.duration_since(tried) >= every)
    }

    fn find(&self, named: &Named, now: Instant) -> Result<Key, NoPass> {
        let served = |fetched: Instant| now.duration_since(fetched) < SERVED_FOR;
        match &self.keys {
            Some((keys, fetched)) if served(*fetched) => Ok(keys.find(named).cloned()?),
            _ => Err(Unavailable.into()),
        }
    }
}

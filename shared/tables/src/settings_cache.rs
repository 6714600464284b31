//! The settings in force: those of the stack, and the service levels of queues from the catalog.

use headroom_engine::StoreError;
use headroom_kpi::{Id, Millis, Settings};
use headroom_tables::catalog::{CatalogQueue, QUEUE_KIND, version_key};
use headroom_tables::{Documents, LAST_NAME};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// How long settings are taken for current. A change takes effect at least 5 minutes after it was
/// read (`kpis.md#effective-times`), so that every function knows it by then.
const REFRESH_INTERVAL_MS: i64 = 60_000;

/// A batch does not wait longer for the ledger. Some thousands of queues are read within a second.
const REFRESH_TIMEOUT: Duration = Duration::from_secs(5);

/// Settings of the stack and of the catalog together. What the stack sets for a queue takes
/// precedence over the catalog, and the catalog over the fallbacks of media types.
#[derive(Debug)]
pub struct CatalogSettings {
    stack: Settings,
    /// Locked while the ledger is read.
    cache: Mutex<Option<CachedSettings>>,
}

/// The settings as they were last read.
#[derive(Debug)]
struct CachedSettings {
    checked_at: Millis,
    /// The version of the document `catalog/version`; 0 without one.
    version: u64,
    settings: Arc<Settings>,
}

impl CatalogSettings {
    /// The stack's settings, before anything is read of the catalog.
    pub fn new(stack: Settings) -> Self {
        Self { stack, cache: Mutex::new(None) }
    }

    /// The settings as they are now. Asks the ledger once a minute for the catalog's version, and
    /// reads the catalog if that has changed. While the ledger does not answer, the settings stay
    /// as they were. Fails if they were never read: no event may be folded under unknown settings.
    pub async fn current(
        &self,
        ledger: &impl Documents,
        now: Millis,
    ) -> Result<Arc<Settings>, StoreError> {
        let mut cache = self.cache.lock().await;
        let is_fresh = |cached: &&CachedSettings| cached.is_fresh(now);
        if let Some(cached) = cache.as_ref().filter(is_fresh) {
            return Ok(Arc::clone(&cached.settings));
        }
        let late = |_| Err(StoreError::Unanswered("the catalog was not read in time".into()));
        let refresh = timeout(REFRESH_TIMEOUT, self.refresh(ledger, cache.as_ref()));
        let refreshed = match (refresh.await.unwrap_or_else(late), cache.take()) {
            (Ok((version, settings)), _) => CachedSettings { checked_at: now, version, settings },
            (Err(error), None) => return Err(error),
            // A ledger that does not answer is not asked again for every batch.
            (Err(error), Some(cached)) => {
                tracing::warn!(%error, "catalog could not be read; its last settings stay in force");
                CachedSettings { checked_at: now, ..cached }
            }
        };
        Ok(Arc::clone(&cache.insert(refreshed).settings))
    }

    /// The catalog's version, and the settings with it.
    async fn refresh(
        &self,
        ledger: &impl Documents,
        cached: Option<&CachedSettings>,
    ) -> Result<(u64, Arc<Settings>), StoreError> {
        // The version first: queues that are written after it are at worst read once more.
        let document = ledger.get(&version_key()).await?;
        let version = document.map_or(0, |document| document.version);
        match cached {
            Some(cached) if cached.version == version => {
                Ok((version, Arc::clone(&cached.settings)))
            }
            _ => Ok((version, Arc::new(self.read(ledger).await?))),
        }
    }

    async fn read(&self, ledger: &impl Documents) -> Result<Settings, StoreError> {
        let mut settings = self.stack.clone();
        for (name, document) in ledger.list(QUEUE_KIND, "", LAST_NAME).await? {
            let queue = serde_json::from_str::<CatalogQueue>(&document.body);
            if let (Ok(id), Ok(queue)) = (Id::parse(&name), queue) {
                queue.apply_to(&id, &mut settings);
            } else {
                // One queue under the fallback of its media type is better than no settings.
                tracing::error!(name, "queue of the catalog is not readable; fallback in force");
            }
        }
        Ok(settings)
    }
}

impl CachedSettings {
    fn is_fresh(&self, now: Millis) -> bool {
        (now - self.checked_at).0.abs() < REFRESH_INTERVAL_MS
    }
}

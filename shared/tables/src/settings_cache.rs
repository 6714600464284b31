//! The settings with all their versions: those of the stack, those that were put into the ledger, and
//! the service levels of queues from the catalog.

use crate::catalog::{CatalogQueue, QUEUE_KIND, version_key};
use crate::settings::settings_versions;
use crate::{Documents, LAST_NAME};
use headroom_engine::StoreError;
use headroom_kpi::{Id, Millis, Settings};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// How long settings are taken for current. A change takes effect at least 5 minutes after it was
/// written (`kpis.md#effective-times`), so that every function knows it by then.
const REFRESH_INTERVAL_MS: i64 = 60_000;

/// An invocation does not wait longer for the ledger. Some thousands of queues are read within a second.
const REFRESH_TIMEOUT: Duration = Duration::from_secs(5);

/// The settings of the stack, which are in force from the beginning, and the versions of the ledger.
/// What a version sets for a queue takes precedence over the catalog, and the catalog over the
/// fallbacks of media types.
#[derive(Debug)]
pub struct SettingsCache {
    stack: Settings,
    /// Whether the service levels of the catalog's queues are read as well.
    reads_queues: bool,
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

impl SettingsCache {
    /// The stack's settings and the versions, without the catalog. Reads nothing yet.
    pub fn new(stack: Settings) -> Self {
        Self { stack, reads_queues: false, cache: Mutex::new(None) }
    }

    /// The same with the service levels of the catalog, for whoever derives metrics.
    pub fn with_queues(stack: Settings) -> Self {
        Self { reads_queues: true, ..Self::new(stack) }
    }

    /// The settings as they are now. Asks the ledger once a minute whether they have changed, and
    /// reads them again if so. While the ledger does not answer, the settings stay
    /// as they were. Fails if they were never read: no event may be folded under unknown settings.
    pub async fn current(
        &self,
        ledger: &impl Documents,
        now: Millis,
    ) -> Result<Arc<Settings>, StoreError> {
        let mut cache = self.cache.lock().await;
        let is_fresh =
            |cached: &&CachedSettings| (now - cached.checked_at).0.abs() < REFRESH_INTERVAL_MS;
        if let Some(cached) = cache.as_ref().filter(is_fresh) {
            return Ok(Arc::clone(&cached.settings));
        }
        let late = |_| Err(StoreError::Unanswered("the settings were not read in time".into()));
        let refresh = timeout(REFRESH_TIMEOUT, self.refresh(ledger, cache.as_ref()));
        let refreshed = match (refresh.await.unwrap_or_else(late), cache.take()) {
            (Ok((version, settings)), _) => CachedSettings { checked_at: now, version, settings },
            (Err(error), None) => return Err(error),
            // A ledger that does not answer is not asked again for every invocation.
            (Err(error), Some(cached)) => {
                tracing::warn!(%error, "settings could not be read from the ledger table; the last ones stay in force");
                CachedSettings { checked_at: now, ..cached }
            }
        };
        Ok(Arc::clone(&cache.insert(refreshed).settings))
    }

    /// The version of all that changes, and the settings with it.
    async fn refresh(
        &self,
        ledger: &impl Documents,
        cached: Option<&CachedSettings>,
    ) -> Result<(u64, Arc<Settings>), StoreError> {
        // The version first: what is written after it is at worst read once more.
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
        for version in settings_versions(ledger).await? {
            settings.change(version.from, version.settings()?);
        }
        if self.reads_queues {
            read_queues(ledger, &mut settings).await?;
        }
        Ok(settings)
    }
}

/// Adds the service levels of the catalog's queues.
async fn read_queues(ledger: &impl Documents, settings: &mut Settings) -> Result<(), StoreError> {
    for (name, document) in ledger.list(QUEUE_KIND, "", LAST_NAME).await? {
        let queue = serde_json::from_str::<CatalogQueue>(&document.body);
        if let (Ok(id), Ok(queue)) = (Id::parse(&name), queue) {
            queue.apply_to(&id, settings);
        } else {
            // One queue under the fallback of its media type is better than no settings.
            tracing::error!(name, "queue of the catalog is not readable; fallback in force");
        }
    }
    Ok(())
}

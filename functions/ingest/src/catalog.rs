//! The settings in force: those of the stack, and what reference reads know of queues.

use headroom_engine::StoreError;
use headroom_kpi::{Id, Millis, Settings};
use headroom_tables::catalog::{CatalogQueue, QUEUE_KIND, version_key};
use headroom_tables::{Documents, LAST_NAME};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::timeout;

/// How long settings are taken for current. A change holds from at least 5 minutes later on
/// (`kpis.md`, section 7), so that nobody is behind by then.
const LOOK_EVERY_MS: i64 = 60_000;

/// A batch waits no longer for the ledger. Some thousands of queues are read within a second.
const TO_LOOK: Duration = Duration::from_secs(5);

/// Settings of the stack and of the catalog together. What the stack sets for a queue counts
/// before what the catalog says, and that before the fallbacks of media types.
#[derive(Debug)]
pub struct CatalogSettings {
    stack: Settings,
    held: Mutex<Option<Held>>,
}

/// What was last read of the catalog.
#[derive(Clone, Debug)]
struct Held {
    looked: Millis,
    /// Of `catalog/version`; 0 without one.
    version: u64,
    settings: Arc<Settings>,
}

impl CatalogSettings {
    /// The stack's settings, with nothing read of the catalog yet.
    pub fn new(stack: Settings) -> Self {
        Self { stack, held: Mutex::new(None) }
    }

    /// The settings as they are now. Looks into the ledger once a minute, and reads the catalog if
    /// it has changed. If the ledger does not answer, they are what they were before; an error if
    /// there is no before: nothing may be folded under settings that are not known.
    pub async fn current(
        &self,
        ledger: &impl Documents,
        now: Millis,
    ) -> Result<Arc<Settings>, StoreError> {
        let held = self.held().clone();
        let Some(held) = held else {
            let first = self.look_in_time(ledger, now, None).await?;
            return Ok(self.hold(first));
        };
        if (now - held.looked).0.abs() < LOOK_EVERY_MS {
            return Ok(held.settings);
        }
        // Noted first: a ledger that does not answer is not asked for every batch.
        self.hold(Held { looked: now, ..held.clone() });
        match self.look_in_time(ledger, now, Some(&held)).await {
            Ok(new) => Ok(self.hold(new)),
            Err(error) => {
                tracing::warn!(%error, "the catalog cannot be read; its last settings still hold");
                Ok(held.settings)
            }
        }
    }

    async fn look_in_time(
        &self,
        ledger: &impl Documents,
        now: Millis,
        held: Option<&Held>,
    ) -> Result<Held, StoreError> {
        let late = |_| StoreError::Unanswered("no time is left".into());
        timeout(TO_LOOK, self.look(ledger, now, held)).await.map_err(late)?
    }

    async fn look(
        &self,
        ledger: &impl Documents,
        now: Millis,
        held: Option<&Held>,
    ) -> Result<Held, StoreError> {
        // The version first: what is written after it is read is at worst read once more.
        let version = ledger.get(&version_key()).await?;
        let version = version.map_or(0, |document| document.version);
        let same = held.filter(|held| held.version == version);
        let settings = match same {
            Some(held) => Arc::clone(&held.settings),
            None => Arc::new(self.read(ledger).await?),
        };
        Ok(Held { looked: now, version, settings })
    }

    async fn read(&self, ledger: &impl Documents) -> Result<Settings, StoreError> {
        let mut settings = self.stack.clone();
        for (name, document) in ledger.list(QUEUE_KIND, "", LAST_NAME).await? {
            let queue = serde_json::from_str::<CatalogQueue>(&document.body);
            if let (Ok(id), Ok(queue)) = (Id::parse(&name), queue) {
                queue.apply_to(&id, &mut settings);
            } else {
                // One queue's numbers under its media type's fallback are better than none at all.
                tracing::error!(name, "a queue of the catalog cannot be read");
            }
        }
        Ok(settings)
    }

    fn hold(&self, new: Held) -> Arc<Settings> {
        let settings = Arc::clone(&new.settings);
        *self.held() = Some(new);
        settings
    }

    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        // It is replaced as a whole.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

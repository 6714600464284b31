//! The names of queues, from the catalog that the gap reader writes to the ledger table.

use headroom_engine::StoreError;
use headroom_kpi::Millis;
use headroom_tables::catalog::{CatalogQueue, QUEUE_KIND};
use headroom_tables::{DynamoDocuments, LAST_NAME, list_json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// Names of this age are read again. The gap reader itself reads them from Genesys once a day.
const REFRESH_AFTER: Millis = Millis(10 * 60_000);
/// Time until another attempt after a read that failed.
const RETRY_AFTER: Millis = Millis(60_000);
/// A snapshot does not wait longer than this for names.
const READ_TIMEOUT: Duration = Duration::from_millis(500);

/// Names by queue id.
pub(crate) type NamesById = BTreeMap<String, String>;

/// Reads the names of queues, and keeps them for some minutes. Names are for display: if they cannot
/// be read, the last ones are used, or none.
#[derive(Debug)]
pub struct QueueNames {
    ledger: DynamoDocuments,
    /// Locked while names are read.
    cache: Mutex<Cache>,
}

#[derive(Debug)]
struct Cache {
    names: Arc<NamesById>,
    refresh_at: Millis,
}

impl QueueNames {
    /// Names from the ledger table. Reads nothing yet.
    pub fn new(ledger: DynamoDocuments) -> Self {
        let cache = Cache { names: Arc::default(), refresh_at: Millis(i64::MIN) };
        Self { ledger, cache: Mutex::new(cache) }
    }

    /// The names that are known at a time.
    pub(crate) async fn get(&self, now: Millis) -> Arc<NamesById> {
        let mut cache = self.cache.lock().await;
        if now < cache.refresh_at {
            return Arc::clone(&cache.names);
        }
        cache.refresh_at = now + RETRY_AFTER;
        match timeout(READ_TIMEOUT, self.read()).await {
            Ok(Ok(names)) => {
                *cache = Cache { names: Arc::new(names), refresh_at: now + REFRESH_AFTER };
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "cannot read queue names from the ledger table; rows have old names or none");
            }
            Err(_) => tracing::warn!("timeout while reading queue names from the ledger table"),
        }
        Arc::clone(&cache.names)
    }

    async fn read(&self) -> Result<NamesById, StoreError> {
        let queues = list_json::<CatalogQueue>(&self.ledger, QUEUE_KIND, "", LAST_NAME).await?;
        let names = queues.into_iter().map(|(id, queue)| (id, queue.value.name));
        Ok(names.filter(|(_, name)| !name.is_empty()).collect())
    }
}

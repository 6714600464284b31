//! Names and service levels of queues, from the catalog that the gap reader writes to the ledger
//! table, and from the settings of the stack.

use headroom_engine::StoreError;
use headroom_kpi::settings::ServiceLevel;
use headroom_kpi::{Id, Media, Millis, Settings, Subject};
use headroom_protocol::{
    Catalog, CatalogQueue, Grants, OTHER_MEDIA, Pattern, ServiceLevels, TargetLevel,
};
use headroom_tables::catalog::{CatalogQueue as StoredQueue, QUEUE_KIND};
use headroom_tables::{DynamoDocuments, LAST_NAME, list_json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// What is older is read again. The gap reader itself reads it from Genesys once a day.
const REFRESH_AFTER: Millis = Millis(60_000);
/// A snapshot does not wait longer than this for names.
const READ_TIMEOUT: Duration = Duration::from_millis(500);

/// Reads the catalog, and keeps it for a minute. It is for display: if it cannot be read, the last
/// one is used, or none.
#[derive(Debug)]
pub struct QueueCatalog {
    ledger: DynamoDocuments,
    settings: Settings,
    /// Locked while the catalog is read.
    cache: Mutex<Cache>,
}

#[derive(Debug)]
struct Cache {
    queues: Arc<Queues>,
    refresh_at: Millis,
}

/// All queues of which anything is known.
#[derive(Debug)]
pub struct Queues {
    /// Names by queue.
    names: BTreeMap<Id, String>,
    /// Media types by queue, of which it has service levels of its own.
    media: BTreeMap<Id, Vec<Media>>,
    /// With the service levels of the catalog.
    settings: Settings,
}

impl QueueCatalog {
    /// The catalog of the ledger table, under the settings of the stack. Reads nothing yet.
    pub fn new(ledger: DynamoDocuments, settings: Settings) -> Self {
        let queues = Arc::new(Queues::new(BTreeMap::new(), settings.clone()));
        let cache = Mutex::new(Cache { queues, refresh_at: Millis(i64::MIN) });
        Self { ledger, settings, cache }
    }

    /// Follows the settings; what was read keeps its service levels until it is read again.
    pub fn follow(&mut self, settings: &Settings) {
        if self.settings != *settings {
            self.settings = settings.clone();
        }
    }

    /// What is known at a time.
    pub async fn queues(&self, now: Millis) -> Arc<Queues> {
        let mut cache = self.cache.lock().await;
        if now < cache.refresh_at {
            return Arc::clone(&cache.queues);
        }
        cache.refresh_at = now + REFRESH_AFTER;
        match timeout(READ_TIMEOUT, self.read()).await {
            Ok(Ok(queues)) => cache.queues = Arc::new(Queues::new(queues, self.settings.clone())),
            Ok(Err(error)) => {
                tracing::warn!(%error, "cannot read the catalog from the ledger table; rows have old names or none");
            }
            Err(_) => tracing::warn!("timeout while reading the catalog from the ledger table"),
        }
        Arc::clone(&cache.queues)
    }

    async fn read(&self) -> Result<BTreeMap<Id, StoredQueue>, StoreError> {
        let queues = list_json::<StoredQueue>(&self.ledger, QUEUE_KIND, "", LAST_NAME).await?;
        let queue = |(id, queue): (String, _)| Some((Id::parse(&id).ok()?, queue));
        let queues = queues.into_iter().map(|(id, queue)| (id, queue.value));
        Ok(queues.filter_map(queue).collect())
    }
}

impl Queues {
    fn new(queues: BTreeMap<Id, StoredQueue>, mut settings: Settings) -> Self {
        for (id, queue) in &queues {
            queue.apply_to(id, &mut settings);
        }
        let mut media = BTreeMap::<_, Vec<_>>::new();
        for (id, name) in settings.queues.keys() {
            media.entry(id.clone()).or_default().push(name.clone());
        }
        let names = queues.into_iter().map(|(id, queue)| (id, queue.name));
        Self { names: names.filter(|(_, name)| !name.is_empty()).collect(), media, settings }
    }

    /// The name of a subject's queue, if it is known; none of an agent.
    pub fn name(&self, subject: &Subject) -> Option<&String> {
        match subject {
            Subject::Queue { id, .. } | Subject::QueueAgents(id) => self.names.get(id),
            Subject::Agent { .. } | Subject::AgentStatus(_) | Subject::ApiBudget => None,
        }
    }

    /// The catalog of the queues that are allowed, with the service levels in force at a time.
    pub fn catalog(&self, grants: &Grants, now: Millis) -> Result<Catalog, serde_json::Error> {
        let mut ids: Vec<_> = self.names.keys().chain(self.media.keys()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.retain(|id| grants.allows(&Pattern::Queue((*id).clone())));
        let mut queues: Vec<_> = ids.into_iter().map(|id| self.queue(id, now)).collect();
        // Viewers look up ids as texts.
        queues.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        let by_media = self.settings.media_service_levels(now).into_iter();
        let mut levels: ServiceLevels =
            by_media.map(|(media, level)| (media.as_str().to_owned(), target(level))).collect();
        levels.insert(OTHER_MEDIA.to_owned(), target(Settings::other_media_service_level()));
        Catalog::new(levels, queues)
    }

    fn queue(&self, id: &Id, now: Millis) -> CatalogQueue {
        let level = |media: &Media| {
            let level = self.settings.service_level(id, media, now);
            (media.as_str().to_owned(), target(level))
        };
        let media = self.media.get(id).into_iter().flatten();
        CatalogQueue {
            id: id.to_string(),
            name: self.names.get(id).cloned(),
            service_levels: media.map(level).collect(),
        }
    }
}

fn target(level: ServiceLevel) -> TargetLevel {
    TargetLevel { target: level.percentage, threshold_ms: level.duration.0 }
}

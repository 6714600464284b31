//! Keeps the catalog up to date: the names and service levels of queues.
//!
//! Page by page: how far it came stands in the ledger, and a run that gets no more permits, or is
//! killed, leaves the rest to the next one. Only queues that changed are written. A queue that
//! Genesys no longer has stays in the catalog, since rows and settings of the past still need it.

use crate::api::Api;
use crate::error::JobError;
use headroom_engine::StoreError;
use headroom_genesys::api::{MediaSettings, PAGE_SIZE, Page, Queue, Transport};
use headroom_kpi::settings::ServiceLevel;
use headroom_kpi::{Calendar, Id, Media, Millis};
use headroom_tables::catalog::{CatalogQueue, QUEUE_KIND, bump_version};
use headroom_tables::{DocumentKey, Documents, Versioned, read_json, write_json};
use serde::{Deserialize, Serialize};

/// Pages of the list of queues. Genesys' largest organisations have some dozens.
const PAGE_MAX: u32 = 1_000;

/// The catalog job of one run.
pub(crate) struct CatalogSync<'a, D, T> {
    pub(crate) documents: &'a D,
    pub(crate) api: &'a Api<'a, T, D>,
    pub(crate) calendar: &'a Calendar,
    /// How often the catalog is read.
    pub(crate) interval: Millis,
    pub(crate) summary: CatalogSummary,
}

/// What the catalog job of a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogSummary {
    /// Documents of the catalog that were written.
    pub catalog_changes: u64,
}

/// How far the catalog was read: the ledger's document `reference/progress`. Fields of earlier
/// releases, which read members and users too, are skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    /// When this round began, in ms since 1970.
    began: i64,
    /// The next page, from 1; 0 when the round is complete.
    page: u32,
    /// Whether queues may have been written without a new version of the catalog.
    #[serde(rename = "untold")]
    version_bump_pending: bool,
}

fn progress_key() -> DocumentKey {
    DocumentKey::new("reference", "progress")
}

impl<D: Documents, T: Transport> CatalogSync<'_, D, T> {
    /// Reads on where the run before stopped, or begins a round when it is time.
    pub(crate) async fn run(&mut self) -> Result<(), JobError> {
        let stored = read_json::<Progress>(self.documents, &progress_key()).await?;
        let mut progress = stored.unwrap_or_default();
        let now = self.api.clock.now();
        if progress.value.page == 0 && now.0 >= progress.value.began + self.interval.0 {
            progress.value.began = now.0;
            progress.value.page = 1;
            progress.save(self.documents, &progress_key()).await?;
        }
        while progress.value.page != 0 {
            self.read_page(&mut progress).await?;
            progress.save(self.documents, &progress_key()).await?;
        }
        Ok(())
    }

    async fn read_page(&mut self, progress: &mut Versioned<Progress>) -> Result<(), JobError> {
        let number = progress.value.page;
        let page = self.api.request_now(&async |calls| calls.queues(number).await).await?;
        let effective = self.calendar.effective(self.api.clock.now());
        for queue in &page.entities {
            self.update(progress, queue, effective).await?;
        }
        if progress.value.version_bump_pending {
            bump_version(self.documents).await?;
            progress.value.version_bump_pending = false;
        }
        progress.value.page = next_page(&page, number);
        Ok(())
    }

    /// Writes a queue, if it has changed. A new service level takes effect at a time that no cache
    /// can be behind for (`kpis.md#effective-times`).
    ///
    /// That the catalog needs a new version, so that caches of it are read again, is recorded
    /// first: if this run is killed in between, the next one writes the version.
    async fn update(
        &mut self,
        progress: &mut Versioned<Progress>,
        queue: &Queue,
        effective: Millis,
    ) -> Result<(), StoreError> {
        let Ok(id) = Id::parse(&queue.id) else { return Ok(()) };
        let key = DocumentKey::new(QUEUE_KIND, id.to_string());
        let stored = read_json::<CatalogQueue>(self.documents, &key).await?.unwrap_or_default();
        let division = queue.division.as_ref().and_then(|division| division.id.clone());
        let mut value = stored.value.clone();
        value.name = queue.name.clone().unwrap_or_default();
        value.division_id = division.unwrap_or_default();
        for (media, level) in service_levels(queue) {
            value.learn(&media, level, effective);
        }
        if stored.version > 0 && stored.value == value {
            return Ok(());
        }
        if !progress.value.version_bump_pending {
            progress.value.version_bump_pending = true;
            progress.save(self.documents, &progress_key()).await?;
        }
        write_json(self.documents, &key, &value, stored.version, None).await?;
        self.summary.catalog_changes += 1;
        Ok(())
    }
}

/// The page after a page; 0 after the last one. Where Genesys does not give the number of pages,
/// the list goes on as long as pages are full.
pub(crate) fn next_page<A>(page: &Page<A>, number: u32) -> u32 {
    let is_last = match page.page_count {
        Some(pages) => number >= pages,
        None => page.entities.len() < PAGE_SIZE as usize,
    };
    if is_last || number >= PAGE_MAX { 0 } else { number + 1 }
}

/// The service levels of a queue, by media types in the words of conversations: there, `call` is
/// `voice`.
fn service_levels(queue: &Queue) -> Vec<(Media, ServiceLevel)> {
    let level = |(name, settings): (&String, &Option<MediaSettings>)| {
        let level = settings.as_ref()?.service_level?;
        let (duration, percentage) = (Millis(level.duration_ms?), level.percentage?);
        let media = Media::new(if name == "call" { "voice" } else { name });
        Some((media, ServiceLevel { duration, percentage }))
    };
    queue.media_settings.iter().flatten().filter_map(level).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(queues: usize, page_count: Option<u32>) -> Page<usize> {
        Page { entities: (0..queues).collect(), page_count }
    }

    #[test]
    fn a_round_ends_with_the_last_page_or_with_one_that_is_not_full() {
        assert_eq!(next_page(&page(3, Some(2)), 1), 2);
        assert_eq!(next_page(&page(100, Some(2)), 2), 0);
        assert_eq!(next_page(&page(100, None), 2), 3);
        assert_eq!(next_page(&page(99, None), 2), 0);
        assert_eq!(next_page(&page(100, None), PAGE_MAX), 0);
    }

    #[test]
    fn progress_of_a_release_that_read_members_and_users_is_readable() {
        let stored = r#"{"began":7,"stage":"members","page":2,"queues":["q1"],"at":0,"members":["u"],"untold":true}"#;
        let progress = Progress { began: 7, page: 2, version_bump_pending: true };
        assert_eq!(serde_json::from_str::<Progress>(stored).unwrap(), progress);
    }
}

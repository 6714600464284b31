//! Finds outages of the event feed, and reads the conversations of that time page by page.

mod feed;
mod outage;
mod window;

use crate::api::Api;
use crate::error::{JobError, ends_requests};
use crate::events::{details, publish};
use crate::recent::note_reads;
use feed::{FeedHealth, window_key};
use headroom_aws::events::{EventBus, EventPublisher};
use headroom_engine::StoreError;
use headroom_genesys::api::{CallError, Conversations, Transport};
use headroom_kpi::Millis;
use headroom_tables::{Counters, Documents, Versioned, write_json};
use serde::Serialize;
use window::{ATTEMPTS_MAX, BackfillWindow};

/// Pages of a run: some of the minute's permits are left for gauges.
const PAGES_MAX: usize = 20;

/// The backfill job of one run.
pub(crate) struct Backfill<'a, D, B, T> {
    pub(crate) run_id: &'a str,
    pub(crate) documents: &'a D,
    pub(crate) api: &'a Api<'a, T, D>,
    pub(crate) publisher: &'a EventPublisher<B>,
    pub(crate) summary: BackfillSummary,
}

/// What the backfill job of a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BackfillSummary {
    /// Minutes that were found to be an outage.
    #[serde(rename = "silentMinutes")]
    pub outage_minutes: u64,
    /// Conversations that were read with a window.
    #[serde(rename = "readBack")]
    pub backfilled: u64,
    /// Windows that are still to be read.
    #[serde(rename = "windowsLeft")]
    pub windows_left: u64,
    /// Those of them that gap reads wait for.
    #[serde(rename = "windowsWaitedFor")]
    pub windows_pending: u64,
    /// Windows that could not be read for a day.
    #[serde(rename = "windowsGivenUp")]
    pub windows_abandoned: u64,
}

impl<D: Documents + Counters, B: EventBus, T: Transport> Backfill<'_, D, B, T> {
    /// Checks the feed, and reads the windows that are ready, the newest first. A page is recorded
    /// when all of it is on the bus: a run that is killed before reads it again.
    pub(crate) async fn run(&mut self) -> Result<(), JobError> {
        let now = self.api.clock.now();
        let feed = FeedHealth::check(self.documents, now).await?;
        self.summary.outage_minutes = feed.outage_minutes;
        self.summary.windows_left = feed.windows.len() as u64;
        let pending = feed.windows.iter().filter(|window| !window.value.is_stuck());
        self.summary.windows_pending = pending.count() as u64;
        let mut windows = feed.windows;
        windows.retain(|w| w.value.is_ready(feed.checked_until) && w.value.is_due(now));
        let mut pages = 0;
        for window in windows {
            let mut next = Some(window);
            while let Some(window) = next {
                if pages == PAGES_MAX {
                    return Ok(());
                }
                pages += 1;
                next = self.read_page(pages, window).await?;
            }
        }
        Ok(())
    }

    /// Reads a page. Returns the window as it is then, if it goes on now.
    async fn read_page(
        &mut self,
        number: usize,
        window: Versioned<BackfillWindow>,
    ) -> Result<Option<Versioned<BackfillWindow>>, JobError> {
        let (from, to) = window.value.interval();
        let page = window.value.page;
        let response =
            self.api.request(async |calls| calls.conversations_between(from, to, page).await);
        match response.await {
            Ok((read_at, page)) => self.publish_page(number, window, read_at, page).await,
            Err(error) if ends_requests(&error) => Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, from = from.0, to = to.0, "a page of an outage cannot be read");
                let is_large = matches!(error, CallError::TimedOut | CallError::RequestTooLarge(_));
                if !is_large || window.value.has_started() || !self.split(&window).await? {
                    self.record_failure(window).await?;
                }
                Ok(None)
            }
        }
    }

    async fn publish_page(
        &mut self,
        number: usize,
        window: Versioned<BackfillWindow>,
        read_at: Millis,
        page: Conversations,
    ) -> Result<Option<Versioned<BackfillWindow>>, JobError> {
        let Conversations { conversations, total_hits } = page;
        let ids: Vec<_> = conversations.iter().filter_map(|read| read.id().ok()).collect();
        let events = conversations.into_iter().flat_map(|read| details(read, read_at));
        publish(self.publisher, events.collect()).await?;
        self.summary.backfilled += ids.len() as u64;
        let note = format!("{}-page-{number}", self.run_id);
        note_reads(self.documents, self.api.clock.now(), &note, &ids).await?;
        if window.value.is_too_large(total_hits) {
            self.split(&window).await?;
            return Ok(None);
        }
        let Some(value) = window.value.next_page(total_hits) else {
            self.remove(&window).await?;
            return Ok(None);
        };
        let version = self.put(&value, window.version).await?;
        Ok(Some(Versioned { version, value }))
    }

    /// Records that a window could not be read, and abandons it in the end.
    async fn record_failure(&mut self, window: Versioned<BackfillWindow>) -> Result<(), JobError> {
        let BackfillWindow { from, to, failures, .. } = window.value;
        let failures = failures + 1;
        if failures < ATTEMPTS_MAX {
            let value = BackfillWindow { failures, ..window.value };
            return Ok(self.put(&value, window.version).await.map(drop)?);
        }
        tracing::error!(
            from,
            to,
            "backfill failed {failures} times; this outage is abandoned, and its conversations are \
             read by their ids as far as they are known"
        );
        self.remove(&window).await?;
        self.summary.windows_abandoned += 1;
        Ok(())
    }

    async fn remove(&mut self, window: &Versioned<BackfillWindow>) -> Result<(), StoreError> {
        self.documents.remove(&window_key(window.value.from), window.version).await?;
        self.summary.windows_left -= 1;
        self.summary.windows_pending -= u64::from(!window.value.is_stuck());
        Ok(())
    }

    /// Replaces a window by its halves. Returns false if it is too short.
    async fn split(&self, window: &Versioned<BackfillWindow>) -> Result<bool, JobError> {
        let Some([first, second]) = window.value.halves() else { return Ok(false) };
        // The second half first: the first one has the name of the whole, and overwrites it.
        match self.put(&second, 0).await {
            // It is there from a run that was killed before it came further.
            Ok(_) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
        self.put(&first, window.version).await?;
        Ok(true)
    }

    async fn put(&self, window: &BackfillWindow, expected_version: u64) -> Result<u64, StoreError> {
        write_json(self.documents, &window_key(window.from), window, expected_version, None).await
    }
}

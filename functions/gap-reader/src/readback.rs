//! Reads silent windows back, page by page.

use crate::document::{Held, write};
use crate::error::{ReadError, ends_reads};
use crate::feed::{Feed, window_key};
use crate::figures::Figures;
use crate::learned;
use crate::publish::publish;
use crate::reader::{Outside, Reader, Run};
use crate::recent::note;
use crate::window::{Next, TRIES_MAX, Window};
use headroom_engine::StoreError;
use headroom_genesys::api::{CallError, Conversations};
use headroom_kpi::Millis;
use headroom_tables::Documents;

/// Pages of a run: some of the minute's share is left for live gaps.
const PAGES_MAX: usize = 20;

impl<O: Outside> Reader<O> {
    /// Reads windows that are ripe, the newest first. A page is noted when all of it is on the
    /// bus: a run that is killed before reads it again, and nothing is lost.
    pub(crate) async fn read_back(
        &self,
        run: &Run,
        feed: &Feed,
        figures: &mut Figures,
    ) -> Result<(), ReadError> {
        let mut pages = 0;
        figures.windows_left = feed.windows.len() as u64;
        let waited_for = feed.windows.iter().filter(|held| !held.value.is_stuck());
        figures.windows_waited_for = waited_for.count() as u64;
        let now = self.clock.now();
        let ripe = |window: &Window| window.is_ripe(feed.judged) && window.is_to_be_tried(now);
        for held in feed.windows.iter().filter(|held| ripe(&held.value)) {
            let mut held = held.clone();
            loop {
                if pages == PAGES_MAX {
                    return Ok(());
                }
                pages += 1;
                match self.read_page(run, pages, held, figures).await? {
                    Some(next) => held = next,
                    None => break,
                }
            }
        }
        Ok(())
    }

    /// Reads a page; gives the window as it is then, if it is to be gone on with now.
    async fn read_page(
        &self,
        run: &Run,
        number: usize,
        held: Held<Window>,
        figures: &mut Figures,
    ) -> Result<Option<Held<Window>>, ReadError> {
        let window = held.value;
        let (from, to) = window.interval();
        let answer = self
            .ask(run, async |calls| calls.conversations_between(from, to, window.page).await)
            .await;
        match answer {
            Ok(page) => self.keep_page(run, number, held, page, figures).await,
            Err(error) if ends_reads(&error) => Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, from = window.from, "a window cannot be read");
                let large = matches!(error, CallError::TimedOut | CallError::RequestTooLarge(_));
                let cut = large && !window.has_begun() && self.cut(held.clone()).await?;
                if !cut {
                    self.tried(held, figures).await?;
                }
                Ok(None)
            }
        }
    }

    async fn keep_page(
        &self,
        run: &Run,
        number: usize,
        held: Held<Window>,
        (asked_at, page): (Millis, Conversations),
        figures: &mut Figures,
    ) -> Result<Option<Held<Window>>, ReadError> {
        let Conversations { conversations, total_hits } = page;
        let ids: Vec<_> = conversations.iter().filter_map(|one| one.id().ok()).collect();
        let events = conversations.into_iter().flat_map(|one| learned::details(one, asked_at));
        publish(&self.bus, &self.retry, events.collect()).await?;
        figures.read_back += ids.len() as u64;
        if !ids.is_empty() {
            note(&*self.ledger, self.clock.now(), &run.part("page", number), &ids).await?;
        }
        let next = match held.value.after_page(total_hits) {
            Next::Page(next) => next,
            Next::Done => {
                self.ledger.remove(&window_key(&held.value), held.version).await?;
                figures.windows_left -= 1;
                figures.windows_waited_for -= u64::from(!held.value.is_stuck());
                return Ok(None);
            }
            Next::Cut => return self.cut(held).await.map(|_| None),
        };
        let version = self.put(&next, held.version).await?;
        Ok(Some(Held { version, value: next }))
    }

    /// Counts that a window could not be read, and gives it up in the end.
    async fn tried(&self, held: Held<Window>, figures: &mut Figures) -> Result<(), ReadError> {
        let tried = Window { tries: held.value.tries + 1, ..held.value };
        if tried.tries < TRIES_MAX {
            self.put(&tried, held.version).await?;
            return Ok(());
        }
        tracing::error!(from = tried.from, to = tried.to, "a window is given up");
        self.ledger.remove(&window_key(&tried), held.version).await?;
        figures.windows_given_up += 1;
        figures.windows_left -= 1;
        Ok(())
    }

    /// Puts the halves of a window in its place; false if it is too short.
    async fn cut(&self, held: Held<Window>) -> Result<bool, ReadError> {
        let Some([first, second]) = held.value.parts() else { return Ok(false) };
        // The second one first: the first has the name of the whole, and overwrites it.
        match self.put(&second, 0).await {
            // It is there from a run that was killed before it came further.
            Ok(_) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
        self.put(&first, held.version).await?;
        Ok(true)
    }

    async fn put(&self, window: &Window, held: u64) -> Result<u64, StoreError> {
        write(&*self.ledger, &window_key(window), window, held, None).await
    }
}

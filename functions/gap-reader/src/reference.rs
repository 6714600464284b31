//! Reads queues, members and users into the catalog, now and then.
//!
//! Page by page: how far it came stands in the ledger, and a run that is denied more requests, or
//! is killed, leaves the rest to the next. Only documents that changed are written.

mod catalog;
mod progress;

use crate::document::{Held, read, write};
use crate::error::ReadError;
use crate::figures::Figures;
use crate::reader::{BudgetedCalls, Outside, Reader, Run};
use headroom_engine::StoreError;
use headroom_genesys::api::{PAGE_SIZE, Page};
use headroom_kpi::Id;
use headroom_tables::DocumentKey;
use progress::{Progress, Stage};

/// Pages of a list. Genesys' largest lists have some hundred.
const PAGE_MAX: u32 = 1_000;

/// Whether a list goes on after a page: by its count of pages, or, where Genesys does not say, as
/// long as pages are full.
fn has_more<T>(page: &Page<T>, number: u32) -> bool {
    let more = match page.page_count {
        Some(pages) => number < pages,
        None => page.entities.len() >= PAGE_SIZE as usize,
    };
    more && number < PAGE_MAX
}

/// Pages of a run. The budget leaves far fewer.
const PAGES_MAX: usize = 200;

fn key() -> DocumentKey {
    DocumentKey::new("reference", "progress")
}

impl<O: Outside> Reader<O> {
    /// Reads on where the run before stopped, or begins anew when it is time.
    pub(crate) async fn read_reference(
        &self,
        run: &Run,
        figures: &mut Figures,
    ) -> Result<(), ReadError> {
        let held = read::<Progress>(&*self.ledger, &key()).await?;
        let mut held = held.unwrap_or(Held { version: 0, value: Progress::default() });
        let now = self.clock.now();
        if held.value.stage == Stage::Done {
            if now.0 < held.value.began + self.rules.reference_every.0 {
                return Ok(());
            }
            held.value = Progress::begun(now);
            self.save(&mut held).await?;
        }
        for _ in 0..PAGES_MAX {
            match held.value.stage {
                Stage::Queues => self.read_queues(run, &mut held, figures).await?,
                Stage::Members => self.read_members(run, &mut held, figures).await?,
                Stage::Users => self.read_users(run, &mut held, figures).await?,
                Stage::Done => break,
            }
            self.save(&mut held).await?;
        }
        Ok(())
    }

    async fn read_queues(
        &self,
        run: &Run,
        held: &mut Held<Progress>,
        figures: &mut Figures,
    ) -> Result<(), ReadError> {
        let number = held.value.page;
        let (_, page) = self
            .ask_now(run, &async |calls: &BudgetedCalls<'_, O>| calls.queues(number).await)
            .await?;
        let now = self.clock.now();
        let mut changed = Vec::new();
        for queue in &page.entities {
            let Ok(id) = Id::parse(&queue.id) else { continue };
            changed.extend(self.learned_queue(&id, queue, now).await?);
            held.value.note_queue(&id);
        }
        if !has_more(&page, number) {
            changed.extend(self.queues_gone(&held.value).await?);
        }
        self.write_queues(held, changed, figures).await?;
        held.value.after_queues(has_more(&page, number));
        Ok(())
    }

    async fn read_members(
        &self,
        run: &Run,
        held: &mut Held<Progress>,
        figures: &mut Figures,
    ) -> Result<(), ReadError> {
        let Some(queue) = held.value.queue() else {
            held.value.next_stage();
            return Ok(());
        };
        let number = held.value.page;
        let (_, page) = self
            .ask_now(run, &async |calls: &BudgetedCalls<'_, O>| calls.members(&queue, number).await)
            .await?;
        held.value.note_members(page.entities.iter().map(|member| member.id.clone()));
        if has_more(&page, number) && held.value.has_room() {
            held.value.page += 1;
            return Ok(());
        }
        let members = held.value.take_members();
        figures.catalog_changes += u64::from(self.write_members(&queue, &members).await?);
        held.value.next_queue();
        Ok(())
    }

    async fn read_users(
        &self,
        run: &Run,
        held: &mut Held<Progress>,
        figures: &mut Figures,
    ) -> Result<(), ReadError> {
        let number = held.value.page;
        let (_, page) = self
            .ask_now(run, &async |calls: &BudgetedCalls<'_, O>| calls.users(number).await)
            .await?;
        for user in &page.entities {
            figures.catalog_changes += u64::from(self.write_user(user).await?);
        }
        if has_more(&page, number) {
            held.value.page += 1;
        } else {
            held.value.next_stage();
        }
        Ok(())
    }

    async fn save(&self, held: &mut Held<Progress>) -> Result<(), StoreError> {
        held.version = write(&*self.ledger, &key(), &held.value, held.version, None).await?;
        Ok(())
    }
}

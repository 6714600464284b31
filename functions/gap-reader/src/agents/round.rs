//! A round: the members of all queues, with their statuses.
//!
//! A user's lists are whole or absent, so nothing is published before all queues are read. Page by
//! page: each page is a document, and a run that gets no more permits leaves the rest to the next.

use super::page::RoundPage;
use super::reads::{AgentReads, KIND, key};
use super::state::AgentState;
use crate::catalog::next_page;
use crate::error::JobError;
use crate::events::publish;
use headroom_aws::events::EventBus;
use headroom_engine::StoreError;
use headroom_genesys::api::{QueueMember, Transport};
use headroom_kpi::{Id, Millis};
use headroom_tables::catalog::QUEUE_KIND;
use headroom_tables::{Documents, LAST_NAME, Versioned, list_json, read_json, write_json};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The shortest time from one round to the next, where outages follow each other.
const AFTER_OUTAGE_MIN: Millis = Millis(3_600_000);
/// Queues in a request: its response has all members of each.
const QUEUES_MAX: usize = 50;
/// User ids in a document.
const USERS_PER_DOCUMENT: usize = 5_000;
/// Events that are published together.
const EVENTS_MAX: usize = 500;
/// When DynamoDB may remove a page.
const PAGE_LIFETIME: Millis = Millis(2 * 24 * 3_600_000);

/// How far a round is: the ledger's document `agents/round`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Round {
    /// When it began, in ms since 1970.
    began: i64,
    /// The queues that are still to be read, the next one last; `None` if the round is complete.
    queues: Option<Vec<String>>,
    /// Queues whose members no response had in full, to be read by themselves.
    incomplete: Vec<String>,
    /// Pages so far.
    pages: u32,
    /// Whether the feed was silent when it was last looked at.
    had_outage: bool,
}

impl Round {
    /// The round to read on; a new one when it is time, or an outage of the feed is over.
    pub(super) async fn load<D: Documents, B, T: Transport>(
        reads: &AgentReads<'_, D, B, T>,
        has_outage: bool,
    ) -> Result<Option<Versioned<Self>>, StoreError> {
        let stored = read_json::<Self>(reads.documents, &key("round")).await?;
        let mut round = stored.unwrap_or_default();
        let now = reads.api.clock.now();
        let is_time = now.0 >= round.value.began + reads.rules.round_interval.0;
        let is_over = round.value.had_outage
            && !has_outage
            && now.0 >= round.value.began + AFTER_OUTAGE_MIN.0;
        let begins = round.value.queues.is_none() && (is_time || is_over);
        let changed = round.value.had_outage != has_outage;
        round.value.had_outage = has_outage;
        if begins {
            round.value.began = now.0;
            let queues = wanted_queues(reads).await?;
            // Before the catalog is read, a round would take everybody out of all queues.
            if queues.is_empty() {
                return Ok(None);
            }
            round.value.queues = Some(queues);
            round.value.pages = 0;
        }
        if begins || changed {
            round.save(reads.documents, &key("round")).await?;
        }
        Ok(round.value.queues.is_some().then_some(round))
    }

    /// Takes out the queues of the next request; none if all are read.
    fn take_batch(&mut self) -> Vec<Id> {
        let queues = self.queues.get_or_insert_default();
        let batch = queues.split_off(queues.len().saturating_sub(QUEUES_MAX));
        batch.iter().filter_map(|queue| Id::parse(queue).ok()).collect()
    }
}

/// The queues of the catalog whose staffing is wanted.
async fn wanted_queues<D: Documents, B, T>(
    reads: &AgentReads<'_, D, B, T>,
) -> Result<Vec<String>, StoreError> {
    let queues = reads.documents.list(QUEUE_KIND, "", LAST_NAME).await?;
    let is_wanted =
        |name: &String| Id::parse(name).is_ok_and(|id| reads.rules.settings.is_wanted(&id));
    Ok(queues.into_iter().map(|(name, _)| name).filter(is_wanted).collect())
}

impl<D: Documents, B: EventBus, T: Transport> AgentReads<'_, D, B, T> {
    /// Reads the queues that are left, and then publishes what was read.
    pub(super) async fn read_round(&mut self, mut round: Versioned<Round>) -> Result<(), JobError> {
        loop {
            let batch = round.value.take_batch();
            if batch.is_empty() {
                break;
            }
            let request = self.api.request(async |calls| calls.queue_members(&batch).await);
            let (_, response) = request.await?;
            round.value.incomplete.extend(response.incomplete);
            self.save_pages(&mut round, response.members).await?;
        }
        // Each by itself: what a minute allows may end with any of them.
        while let Some(queue) = round.value.incomplete.last().cloned() {
            let members = match Id::parse(&queue) {
                Ok(queue) => self.members_of(&queue).await?,
                Err(_) => Vec::new(),
            };
            round.value.incomplete.pop();
            self.save_pages(&mut round, members).await?;
        }
        self.publish_round(&round.value).await?;
        round.value.queues = None;
        round.save(self.documents, &key("round")).await?;
        Ok(())
    }

    /// All members of a queue.
    async fn members_of(&self, queue: &Id) -> Result<Vec<QueueMember>, JobError> {
        let mut members = Vec::new();
        let mut number = 1;
        while number != 0 {
            let page = self.api.request(async |calls| calls.members_of(queue, number).await);
            let (_, page) = page.await?;
            number = next_page(&page, number);
            members.extend(page.entities);
        }
        Ok(members)
    }

    /// Saves members as pages, and how far the round is.
    async fn save_pages(
        &self,
        round: &mut Versioned<Round>,
        members: Vec<QueueMember>,
    ) -> Result<(), JobError> {
        for page in RoundPage::pages(members) {
            self.save_page(&round.value, &page).await?;
            round.value.pages += 1;
        }
        round.save(self.documents, &key("round")).await?;
        Ok(())
    }

    /// Saves a page, in place of one of an earlier round or run.
    async fn save_page(&self, round: &Round, page: &RoundPage) -> Result<(), StoreError> {
        let key = key(format!("page-{:05}", round.pages));
        let stored = self.documents.get(&key).await?.map_or(0, |document| document.version);
        let expires = Some(Millis(round.began) + PAGE_LIFETIME);
        write_json(self.documents, &key, page, stored, expires).await.map(drop)
    }

    /// Publishes the state of every member of a queue, and of those who were one in the round
    /// before.
    async fn publish_round(&mut self, round: &Round) -> Result<(), JobError> {
        let read_at = Millis(round.began);
        let mut states = BTreeMap::new();
        let last = format!("page-{:05}", round.pages.saturating_sub(1));
        if round.pages > 0 {
            let pages = list_json::<RoundPage>(self.documents, KIND, "page-00000", &last).await?;
            for (_, page) in pages {
                page.value.add_to(&mut states, read_at);
            }
        }
        let members: BTreeSet<_> = states.keys().cloned().collect();
        for id in self.users().await? {
            let empty = || AgentState::without_queues(id.to_string(), read_at);
            states.entry(id.to_string()).or_insert_with(empty);
        }
        let states: Vec<_> = states.into_values().collect();
        for part in states.chunks(EVENTS_MAX) {
            publish(self.publisher, part.iter().map(AgentState::event).collect()).await?;
            self.summary.agents_read += part.len() as u64;
        }
        self.save_users(&members).await.map_err(JobError::from)
    }

    /// The users of the round before.
    pub(super) async fn users(&self) -> Result<Vec<Id>, StoreError> {
        let lists =
            list_json::<Vec<String>>(self.documents, KIND, "users-00000", "users-99999").await?;
        let ids = lists.into_iter().flat_map(|(_, list)| list.value);
        Ok(ids.filter_map(|id| Id::parse(&id).ok()).collect())
    }

    async fn save_users(&self, users: &BTreeSet<String>) -> Result<(), StoreError> {
        let users: Vec<_> = users.iter().collect();
        let lists = self.documents.list(KIND, "users-00000", "users-99999").await?;
        let count = users.len().div_ceil(USERS_PER_DOCUMENT).max(lists.len());
        for number in 0..count {
            let part = users.chunks(USERS_PER_DOCUMENT).nth(number).unwrap_or_default();
            let version = lists.get(number).map_or(0, |(_, document)| document.version);
            let key = key(format!("users-{number:05}"));
            write_json(self.documents, &key, &part, version, None).await?;
        }
        Ok(())
    }
}

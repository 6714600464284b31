//! Reads the changes of agents: of those who lack one, and from time to time of all.

use super::reads::{AgentReads, key};
use super::state::change_events;
use crate::error::JobError;
use crate::events::publish;
use crate::recent::note_reads;
use headroom_aws::events::EventBus;
use headroom_engine::StoreError;
use headroom_genesys::api::{PAGE_SIZE, Transport, UserChanges};
use headroom_kpi::{Id, Millis};
use headroom_tables::{Documents, Versioned, read_json};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Users in a request: as many as are on one page.
const USERS_MAX: usize = PAGE_SIZE as usize;
/// What is missing began this long before it was due, at most: one that began earlier comes with the
/// read of all changes.
const LOOKBACK: Millis = Millis(4 * 3_600_000);
/// How far the API may be behind. What happened in this time is read once more.
const LAG: Millis = Millis(2 * 60_000);
/// The API takes no longer interval of a filtered query than 31 days.
const SPAN_MAX: Millis = Millis(30 * 24 * 3_600_000);

/// How far the read of all changes is: the ledger's document `agents/changes`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ChangesProgress {
    /// From when on changes are read.
    from: i64,
    /// When this read began.
    began: i64,
    /// The next user, by position; `None` if all were read.
    next: Option<usize>,
}

impl ChangesProgress {
    /// The read to go on with; a new one when it is time. The first one begins an interval after
    /// the start: before that there is nothing to compare.
    pub(super) async fn load<D: Documents, B, T: Transport>(
        reads: &AgentReads<'_, D, B, T>,
    ) -> Result<Option<Versioned<Self>>, StoreError> {
        let (now, interval) = (reads.api.clock.now(), reads.rules.changes_interval);
        if interval == Millis(0) {
            return Ok(None);
        }
        let stored = read_json::<Self>(reads.documents, &key("changes")).await?;
        let mut progress = stored.unwrap_or_default();
        let value = &mut progress.value;
        if value.began == 0 {
            *value = Self { from: now.0, began: now.0, next: None };
            progress.save(reads.documents, &key("changes")).await?;
        } else if value.next.is_none() && now.0 >= value.began + interval.0 {
            let from = (value.began - LAG.0).max(now.0 - SPAN_MAX.0);
            *value = Self { from, began: now.0, next: Some(0) };
            progress.save(reads.documents, &key("changes")).await?;
        }
        Ok(progress.value.next.is_some().then_some(progress))
    }
}

impl<D: Documents, B: EventBus, T: Transport> AgentReads<'_, D, B, T> {
    /// Reads the changes of agents that lack one, from a time before each has been due.
    pub(super) async fn read_due(&mut self, due: BTreeMap<Id, Millis>) -> Result<(), JobError> {
        let now = self.api.clock.now();
        self.summary.agents_due = due.len() as u64;
        let mut due: Vec<_> = due.into_iter().collect();
        // Those who have lacked something longest come first, if the permits end.
        due.sort_unstable_by_key(|(_, since)| *since);
        for (number, batch) in due.chunks(USERS_MAX).enumerate() {
            let since = batch.iter().map(|(_, since)| *since).min().unwrap_or(now);
            let from = (since - LOOKBACK).max(now - SPAN_MAX);
            let ids: Vec<_> = batch.iter().map(|(id, _)| id.clone()).collect();
            self.read_changes(&ids, from).await?;
            let note = format!("{}-agents-{number}", self.run_id);
            note_reads(self.documents, self.api.clock.now(), &note, &ids).await?;
        }
        Ok(())
    }

    /// Reads the changes of all members of queues.
    pub(super) async fn read_all_changes(
        &mut self,
        mut progress: Versioned<ChangesProgress>,
    ) -> Result<(), JobError> {
        let users = self.users().await?;
        while let Some(next) = progress.value.next {
            let batch = users.iter().skip(next).take(USERS_MAX).cloned().collect::<Vec<_>>();
            if !batch.is_empty() {
                self.read_changes(&batch, Millis(progress.value.from)).await?;
            }
            let end = next + batch.len();
            progress.value.next = (end < users.len()).then_some(end);
            progress.save(self.documents, &key("changes")).await?;
        }
        Ok(())
    }

    async fn read_changes(&mut self, users: &[Id], from: Millis) -> Result<(), JobError> {
        let to = self.api.clock.now();
        let request = self.api.request(async |calls| calls.user_changes(users, from, to).await);
        let (read_at, changes) = request.await?;
        let changes = changes_by_user(users, changes);
        let events =
            changes.into_values().flat_map(|user| change_events(user, read_at, to - LAG)).collect();
        publish(self.publisher, events).await?;
        self.summary.agents_read += users.len() as u64;
        Ok(())
    }
}

/// The changes of each user that was asked for. Of one who has none, or whom the API does not know,
/// all were read as well: otherwise the same gap would be due for ever.
fn changes_by_user(users: &[Id], changes: Vec<UserChanges>) -> BTreeMap<String, UserChanges> {
    let without = users.iter().map(|id| (id.to_string(), UserChanges::without(id)));
    let mut by_user: BTreeMap<_, _> = without.collect();
    for user in changes {
        by_user.entry(user.user.clone()).and_modify(|changes| *changes = user);
    }
    by_user
}

#[cfg(test)]
mod tests {
    use super::*;
    use headroom_genesys::api::RoutingChange;

    #[test]
    fn whoever_was_asked_for_was_read_and_nobody_else() {
        let id = |text| Id::parse(text).unwrap();
        let routing = vec![RoutingChange { since: 7, status: "IDLE".to_owned() }];
        let user = UserChanges { routing, ..UserChanges::without(&id("a")) };
        let other = UserChanges::without(&id("c"));
        let changes = changes_by_user(&[id("a"), id("b")], vec![user.clone(), other]);
        let expected = [user, UserChanges::without(&id("b"))];
        assert_eq!(changes.into_values().collect::<Vec<_>>(), expected);
    }
}

//! How far queues, members and users were read.

use headroom_kpi::{Id, Millis};
use serde::{Deserialize, Serialize};

/// Queues whose members are read. Genesys' largest organisations have some thousands.
const QUEUES_MAX: usize = 5_000;
/// Members of a queue that are noted; with the queues they have to fit into a document.
const MEMBERS_MAX: usize = 4_000;

/// What is read next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Stage {
    /// A page of queues.
    Queues,
    /// A page of members of a queue.
    Members,
    /// A page of users.
    Users,
    /// Nothing, until it is time again.
    #[default]
    Done,
}

/// The ledger's document `reference/progress`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Progress {
    /// When this round began, in milliseconds since 1970.
    pub(super) began: i64,
    pub(super) stage: Stage,
    /// The next page, from 1.
    pub(super) page: u32,
    /// The queues that were found.
    queues: Vec<String>,
    /// Which of them is read.
    at: usize,
    /// Members of it that were found.
    members: Vec<String>,
    /// Whether documents of queues may have changed without the catalog's version telling it.
    pub(super) untold: bool,
}

impl Progress {
    /// A round that begins.
    pub(super) fn begun(now: Millis) -> Self {
        Self { began: now.0, stage: Stage::Queues, page: 1, ..Self::default() }
    }

    /// Notes that a queue was found.
    pub(super) fn note_queue(&mut self, id: &Id) {
        let id = id.to_string();
        // A page that is read again brings the same ones.
        if self.queues.len() < QUEUES_MAX && !self.queues.contains(&id) {
            self.queues.push(id);
        }
    }

    /// Whether a queue was found in this round, as far as that is known.
    pub(super) fn has_queue(&self, name: &str) -> bool {
        self.queues.len() >= QUEUES_MAX || self.queues.iter().any(|queue| queue == name)
    }

    /// The queue whose members are read; none when all were.
    pub(super) fn queue(&self) -> Option<Id> {
        self.queues.get(self.at).and_then(|queue| Id::parse(queue).ok())
    }

    /// Goes on after a page of queues.
    pub(super) fn after_queues(&mut self, more: bool) {
        if more { self.page += 1 } else { self.next_stage() }
    }

    /// Goes on with the next queue.
    pub(super) fn next_queue(&mut self) {
        (self.at, self.page) = (self.at + 1, 1);
        self.members.clear();
    }

    /// Goes on with what comes next.
    pub(super) fn next_stage(&mut self) {
        self.page = 1;
        self.stage = match self.stage {
            Stage::Queues => Stage::Members,
            Stage::Members => Stage::Users,
            Stage::Users | Stage::Done => Stage::Done,
        };
        if self.stage == Stage::Done {
            *self = Self { began: self.began, ..Self::default() };
        }
    }

    /// Notes members.
    pub(super) fn note_members(&mut self, ids: impl Iterator<Item = String>) {
        let room = MEMBERS_MAX.saturating_sub(self.members.len());
        self.members.extend(ids.filter(|id| Id::parse(id).is_ok()).take(room));
    }

    /// Whether more members can be noted.
    pub(super) fn has_room(&self) -> bool {
        self.members.len() < MEMBERS_MAX
    }

    /// The members that were found, in order, each once.
    pub(super) fn take_members(&mut self) -> Vec<String> {
        let mut members = std::mem::take(&mut self.members);
        members.sort_unstable();
        members.dedup();
        members
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_then_the_members_of_each_then_users() {
        let mut progress = Progress::begun(Millis(7));
        let queue = |n: u32| Id::parse(&format!("q{n}")).unwrap();
        progress.note_queue(&queue(1));
        progress.after_queues(true);
        assert_eq!((progress.stage, progress.page), (Stage::Queues, 2));
        progress.note_queue(&queue(2));
        progress.after_queues(false);
        assert_eq!((progress.stage, progress.queue()), (Stage::Members, Some(queue(1))));
        progress.note_members(["b", "a", "b", "#"].map(str::to_owned).into_iter());
        assert_eq!(progress.take_members(), ["a", "b"]);
        progress.next_queue();
        progress.next_queue();
        assert_eq!(progress.queue(), None);
        progress.next_stage();
        assert_eq!(progress.stage, Stage::Users);
        progress.next_stage();
        assert_eq!(progress, Progress { began: 7, ..Progress::default() });
    }

    #[test]
    fn a_round_of_the_largest_organisation_fits_into_a_document() {
        let mut progress = Progress::begun(Millis(7));
        for n in 0..=QUEUES_MAX {
            let id = format!("{n:08}-0000-0000-0000-000000000000");
            progress.note_queue(&Id::parse(&id).unwrap());
            progress.note_members(std::iter::once(id));
        }
        let body = serde_json::to_string(&progress).unwrap();
        assert!(body.len() < headroom_tables::BODY_BYTES_MAX, "{}", body.len());
        assert!(!progress.has_room());
    }
}

//! The versions of rows that were read a moment ago, for the viewers that verify theirs now.
//!
//! Viewers watch the same rows, so that a hundred of them cost hardly more than one. What is cached
//! belongs to one instance of the function. There are few of these: what makes Lambda start another
//! one is load that shares what an instance has read.

use headroom_engine::{RowStore, RowVersion, StoreError};
use headroom_kpi::{Bucket, Millis, RowKey, Subject};
use headroom_protocol::DIGEST_AGE_SECONDS_MAX;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is older is read again.
const AGE_MAX: Millis = Millis(DIGEST_AGE_SECONDS_MAX as i64 * 1_000);

/// Rows that are cached: 20 MB of them.
const ROWS_MAX: usize = 100_000;

/// Versions of rows, and lists of the subjects of buckets.
#[derive(Debug, Default)]
pub struct VersionCache {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The version of a row, or that there is none; and when it was read.
    versions: HashMap<RowKey, (Option<RowVersion>, Millis)>,
    /// The subjects of a bucket whose text begins with a prefix.
    subjects: HashMap<(Bucket, String), (Vec<Subject>, Millis)>,
}

/// Versions of rows, all of which are at most [`AGE_MAX`] old.
#[derive(Debug, Default)]
pub(crate) struct Versions {
    pub(crate) rows: HashMap<RowKey, RowVersion>,
    /// The subjects whose versions were read just now.
    pub(crate) read: HashSet<Subject>,
}

impl VersionCache {
    /// The versions of all rows that subjects have in some buckets.
    pub(crate) async fn versions(
        &self,
        rows: &impl RowStore,
        subjects: &[Subject],
        buckets: &[Bucket],
        now: Millis,
    ) -> Result<Versions, StoreError> {
        let unread = self.unread(subjects, buckets, now);
        self.read(rows, &unread, buckets, now).await?;
        let state = self.state();
        let mut versions = Versions { read: unread.into_iter().collect(), ..Versions::default() };
        for key in keys(subjects, buckets) {
            if let Some((Some(version), _)) = state.versions.get(&key) {
                versions.rows.insert(key, *version);
            }
        }
        Ok(versions)
    }

    /// Reads versions anew, whether they are cached or not.
    pub(crate) async fn read(
        &self,
        rows: &impl RowStore,
        subjects: &[Subject],
        buckets: &[Bucket],
        now: Millis,
    ) -> Result<(), StoreError> {
        if subjects.is_empty() || buckets.is_empty() {
            return Ok(());
        }
        let mut versions = rows.versions(subjects, buckets).await?;
        let mut state = self.state();
        state.make_room(now);
        for key in keys(subjects, buckets) {
            let version = versions.remove(&key);
            state.versions.insert(key, (version, now));
        }
        Ok(())
    }

    /// The subjects that have a row in a bucket and whose text begins with a prefix.
    pub(crate) async fn subjects(
        &self,
        rows: &impl RowStore,
        bucket: Bucket,
        prefix: &str,
        now: Millis,
    ) -> Result<Vec<Subject>, StoreError> {
        let key = (bucket, prefix.to_owned());
        if let Some((subjects, read_at)) = self.state().subjects.get(&key)
            && is_recent(*read_at, now)
        {
            return Ok(subjects.clone());
        }
        let subjects = rows.subjects(&bucket, prefix).await?;
        self.state().subjects.insert(key, (subjects.clone(), now));
        Ok(subjects)
    }

    /// The subjects of which not all versions are cached.
    fn unread(&self, subjects: &[Subject], buckets: &[Bucket], now: Millis) -> Vec<Subject> {
        let state = self.state();
        let is_cached = |subject: &&Subject| {
            keys(std::slice::from_ref(*subject), buckets).all(|key| {
                state.versions.get(&key).is_some_and(|(_, read_at)| is_recent(*read_at, now))
            })
        };
        subjects.iter().filter(|subject| !is_cached(subject)).cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere cannot leave an entry half written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Drops what is too old, and everything if the rest is still too much.
    fn make_room(&mut self, now: Millis) {
        if self.versions.len() < ROWS_MAX {
            return;
        }
        self.versions.retain(|_, (_, read_at)| is_recent(*read_at, now));
        self.subjects.retain(|_, (_, read_at)| is_recent(*read_at, now));
        if self.versions.len() >= ROWS_MAX {
            self.versions.clear();
        }
    }
}

/// Clocks may be set back: what was read in the future is not recent.
fn is_recent(read_at: Millis, now: Millis) -> bool {
    (Millis(0)..AGE_MAX).contains(&(now - read_at))
}

fn keys(subjects: &[Subject], buckets: &[Bucket]) -> impl Iterator<Item = RowKey> {
    let of_subject = |subject: &Subject| {
        let subject = subject.clone();
        buckets.iter().map(move |bucket| RowKey { subject: subject.clone(), bucket: *bucket })
    };
    subjects.iter().flat_map(of_subject)
}

//! Whole rows, for viewers that do not hold them.

use crate::Handler;
use crate::failure::{Failure, too_many};
use crate::wanted::{Wanted, buckets};
use futures_util::{StreamExt, TryStreamExt, stream};
use headroom_engine::{RowStore, StoreError, StoredRow};
use headroom_kpi::{Bucket, Millis, RowKey};
use headroom_protocol::{Grants, Held, RowState, snapshot_frames};
use headroom_viewers::Connection;
use headroom_viewers::Gateway;
use metrics::counter;
use std::collections::BTreeSet;

/// Rows that an answer is about: the six buckets of 2,000 subjects. With the sums of each that is
/// some tens of megabytes, and read within seconds.
const ROWS_MAX: usize = 12_000;

/// Lists under way at once.
const LISTS_AT_ONCE: usize = 8;

impl<R: RowStore + Sync, G: Gateway + Sync> Handler<R, G> {
    /// Sends the wanted rows, except those that the viewer has shown to be current.
    pub(crate) async fn snapshot(
        &self,
        connection: &Connection,
        id: u64,
        wanted: &Wanted<'_>,
        now: Millis,
    ) -> Result<(), Failure> {
        let keys = self.keys(&connection.grants, wanted, now).await?;
        if keys.len() > ROWS_MAX {
            let message = format!("{} rows; watch fewer subjects, by name", keys.len());
            return Err(too_many(id, message));
        }
        let keys: Vec<_> = keys.into_iter().collect();
        let rows = self.rows.rows(&keys).await?;
        let found = keys.iter().zip(rows);
        let states = found.filter_map(|(key, row)| self.news(&connection.grants, wanted, key, row));
        let states: Vec<_> = states.collect();
        counter!("SnapshotRows").increment(states.len() as u64);
        for frame in snapshot_frames(&states)? {
            self.gateway.post(&connection.id, &frame).await?;
        }
        Ok(())
    }

    /// What there is to say of a row, if the viewer does not know it and may. One that it holds and
    /// that is not there is said to hold nothing.
    fn news(
        &self,
        grants: &Grants,
        wanted: &Wanted<'_>,
        key: &RowKey,
        row: Option<StoredRow>,
    ) -> Option<RowState> {
        let held = wanted.have.get(&format!("{}|{}", key.subject, key.bucket));
        let state = match row {
            Some(StoredRow { row, epoch, at }) => self.presentation.row(key, &row, epoch, at),
            None => held.map(|_| self.presentation.absent(key))?,
        };
        let known = held.is_some_and(|Held { epoch, version }| {
            (epoch.as_str(), *version) == (state.epoch.as_str(), state.version)
        });
        (!known && grants.allow_subject(&state.subject)).then_some(state)
    }

    async fn keys(
        &self,
        grants: &Grants,
        wanted: &Wanted<'_>,
        now: Millis,
    ) -> Result<BTreeSet<RowKey>, StoreError> {
        let buckets = buckets(&self.calendar, now);
        let mut keys = wanted.named(grants);
        for subject in wanted.subjects(grants) {
            let row = |bucket: &Bucket| RowKey { subject: subject.clone(), bucket: *bucket };
            keys.extend(buckets.iter().map(row));
        }
        let prefixes = wanted.prefixes(grants);
        let all = prefixes.iter().flat_map(|prefix| buckets.iter().map(move |b| (prefix, b)));
        let lists: Vec<_> = all.map(|(prefix, bucket)| self.list(*bucket, prefix)).collect();
        let mut lists = stream::iter(lists).buffer_unordered(LISTS_AT_ONCE);
        while let Some(listed) = lists.try_next().await? {
            let has = |key: &RowKey| wanted.has(grants, &key.subject.to_string());
            keys.extend(listed.into_iter().filter(has));
        }
        Ok(keys)
    }

    async fn list(&self, bucket: Bucket, prefix: &str) -> Result<Vec<RowKey>, StoreError> {
        let subjects = self.rows.subjects(&bucket, prefix).await?;
        Ok(subjects.into_iter().map(|subject| RowKey { subject, bucket }).collect())
    }
}

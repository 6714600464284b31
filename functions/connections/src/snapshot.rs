//! Reads and sends snapshots.

use crate::Handler;
use crate::message::MessageError;
use crate::queue_names::NamesById;
use crate::snapshot_request::{SnapshotRequest, current_buckets};
use futures_util::{StreamExt, TryStreamExt, stream};
use headroom_engine::{RowStore, StoreError, StoredRow};
use headroom_kpi::{Bucket, Millis, RowKey, Subject};
use headroom_protocol::{RowState, row_name, snapshot_frames};
use headroom_viewers::{Connection, Gateway};
use metrics::counter;
use std::collections::BTreeSet;

/// Most rows of a snapshot: the six buckets of 2,000 subjects. With their sums these are some tens
/// of megabytes, which are read within seconds.
const ROWS_MAX: usize = 12_000;

/// Concurrent lists of subjects.
const CONCURRENT_LISTS: usize = 8;

impl<R: RowStore + Sync, G: Gateway + Sync> Handler<R, G> {
    /// Sends the rows that a request is about, without those of which the viewer has the current
    /// version. `id` is the number of the viewer's request, for errors.
    pub(crate) async fn send_snapshot(
        &self,
        connection: &Connection,
        id: u64,
        request: &SnapshotRequest<'_>,
        now: Millis,
    ) -> Result<(), MessageError> {
        let keys = self.row_keys(connection, request, now).await?;
        if keys.len() > ROWS_MAX {
            let message = format!("{} rows; watch fewer subjects, by name", keys.len());
            return Err(MessageError::too_many(id, message));
        }
        let keys: Vec<_> = keys.into_iter().collect();
        let (rows, names) = tokio::join!(self.rows.rows(&keys), self.queue_names.get(now));
        let mut changed = Vec::new();
        for (key, row) in keys.iter().zip(rows?) {
            changed.extend(self.changed_row(connection, request, &names, key, row));
        }
        counter!("SnapshotRows").increment(changed.len() as u64);
        for frame in snapshot_frames(&changed)? {
            self.gateway.post(&connection.id, &frame).await?;
        }
        Ok(())
    }

    /// A row for a viewer; none if the viewer has this version, or may not see it. A row that the
    /// viewer has and that no longer exists is replaced by a tombstone.
    fn changed_row(
        &self,
        connection: &Connection,
        request: &SnapshotRequest<'_>,
        names: &NamesById,
        key: &RowKey,
        row: Option<StoredRow>,
    ) -> Option<RowState> {
        let viewer_version = request.known_versions.get(&row_name(&key.subject, key.bucket));
        let mut state = match row {
            Some(StoredRow { row, epoch, at }) => self.formatter.format(key, &row, epoch, at),
            None if viewer_version.is_some() => self.formatter.tombstone(key),
            None => return None,
        };
        let is_current =
            viewer_version.is_some_and(|v| v.epoch == state.epoch && v.version == state.version);
        if is_current || !connection.grants.allows_subject(&state.subject) {
            return None;
        }
        if let Subject::Queue { id, .. } | Subject::QueueAgents(id) = &key.subject {
            state.name = names.get(&id.to_string()).cloned();
        }
        Some(state)
    }

    async fn row_keys(
        &self,
        connection: &Connection,
        request: &SnapshotRequest<'_>,
        now: Millis,
    ) -> Result<BTreeSet<RowKey>, StoreError> {
        let grants = &connection.grants;
        let buckets = current_buckets(&self.calendar, now);
        let mut keys = request.listed_rows(grants);
        for subject in request.subjects(grants) {
            for bucket in &buckets {
                keys.insert(RowKey { subject: subject.clone(), bucket: *bucket });
            }
        }
        let prefixes = request.prefixes(grants);
        let mut lists = Vec::new();
        for prefix in &prefixes {
            lists.extend(buckets.iter().map(|bucket| self.list_rows(*bucket, prefix)));
        }
        let mut lists = stream::iter(lists).buffer_unordered(CONCURRENT_LISTS);
        while let Some(rows) = lists.try_next().await? {
            let is_covered = |key: &RowKey| request.covers(grants, &key.subject.to_string());
            keys.extend(rows.into_iter().filter(is_covered));
        }
        Ok(keys)
    }

    async fn list_rows(&self, bucket: Bucket, prefix: &str) -> Result<Vec<RowKey>, StoreError> {
        let subjects = self.rows.subjects(&bucket, prefix).await?;
        Ok(subjects.into_iter().map(|subject| RowKey { subject, bucket }).collect())
    }
}

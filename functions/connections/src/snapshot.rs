//! Reads and sends snapshots.

use crate::Handler;
use crate::message_error::MessageError;
use crate::snapshot_request::SnapshotRequest;
use futures_util::{StreamExt, TryStreamExt, stream};
use headroom_engine::{RowStore, StoreError, StoredRow};
use headroom_kpi::{Bucket, Millis, RowKey, Subject};
use headroom_protocol::{
    KnownVersion, KnownVersions, ROWS_MAX, RowState, row_name, snapshot_frames,
};
use headroom_viewers::{Connection, Gateway, Queues, SubjectFilter, current_buckets};
use metrics::counter;
use std::collections::BTreeSet;

/// Concurrent lists of subjects.
const CONCURRENT_LISTS: usize = 8;

impl<R: RowStore + Sync, G: Gateway + Sync> Handler<R, G> {
    /// Sends the rows that a request is about, without those of which the viewer has the current
    /// version. `id` is the number of the viewer's request.
    pub(crate) async fn send_snapshot(
        &self,
        connection: &Connection,
        id: u64,
        request: &SnapshotRequest<'_>,
        now: Millis,
    ) -> Result<(), MessageError> {
        let keys = self.row_keys(request, now).await?;
        self.send_rows(connection, id, keys, request.known_versions, now).await
    }

    /// Sends rows, without those of which the viewer has the current version.
    pub(crate) async fn send_rows(
        &self,
        connection: &Connection,
        id: u64,
        keys: BTreeSet<RowKey>,
        known_versions: &KnownVersions,
        now: Millis,
    ) -> Result<(), MessageError> {
        if keys.len() > ROWS_MAX {
            let message = format!("{} rows; watch fewer subjects, by name", keys.len());
            return Err(MessageError::too_many(message));
        }
        let keys: Vec<_> = keys.into_iter().collect();
        let (rows, queues) = tokio::join!(self.rows.rows(&keys), self.catalog.queues(now));
        let mut changed = Vec::new();
        for (key, row) in keys.iter().zip(rows?) {
            let viewer_version = known_versions.get(&row_name(&key.subject, key.bucket));
            changed.extend(self.changed_row(connection, viewer_version, &queues, key, row));
        }
        self.send_states(connection, id, &changed).await
    }

    /// Sends rows that were read for a viewer who may see them.
    pub(crate) async fn send_read_rows(
        &self,
        connection: &Connection,
        id: u64,
        rows: Vec<(RowKey, StoredRow)>,
        now: Millis,
    ) -> Result<(), MessageError> {
        let queues = self.catalog.queues(now).await;
        let state = |(key, row)| self.changed_row(connection, None, &queues, &key, Some(row));
        let states: Vec<_> = rows.into_iter().filter_map(state).collect();
        self.send_states(connection, id, &states).await
    }

    async fn send_states(
        &self,
        connection: &Connection,
        id: u64,
        states: &[RowState],
    ) -> Result<(), MessageError> {
        counter!("SnapshotRows").increment(states.len() as u64);
        for frame in snapshot_frames(id, states)? {
            self.gateway.post(&connection.id, &frame).await?;
        }
        Ok(())
    }

    /// A row for a viewer; none if the viewer has this version, or may not see it. A row that the
    /// viewer has and that no longer exists is replaced by a tombstone.
    fn changed_row(
        &self,
        connection: &Connection,
        viewer_version: Option<&KnownVersion>,
        queues: &Queues,
        key: &RowKey,
        row: Option<StoredRow>,
    ) -> Option<RowState> {
        let mut state = match row {
            Some(StoredRow { row, epoch, at }) => {
                self.formatter.format(key, &row, epoch, at, connection.histograms)
            }
            None if viewer_version.is_some() => self.formatter.tombstone(key),
            None => return None,
        };
        let is_current =
            viewer_version.is_some_and(|v| v.epoch == state.epoch && v.version == state.version);
        if is_current || !connection.grants.allows_subject(&key.subject) {
            return None;
        }
        state.name = queues.name(&key.subject).cloned();
        Some(state)
    }

    async fn row_keys(
        &self,
        request: &SnapshotRequest<'_>,
        now: Millis,
    ) -> Result<BTreeSet<RowKey>, StoreError> {
        let filter = &request.filter;
        let buckets = current_buckets(&self.calendar, now);
        let mut keys = request.listed_rows();
        for subject in filter.subjects() {
            for bucket in &buckets {
                keys.insert(RowKey { subject: subject.clone(), bucket: *bucket });
            }
        }
        let list = async |bucket: Bucket, prefix: &str| self.rows.subjects(&bucket, prefix).await;
        keys.append(&mut wildcard_rows(filter, &buckets, list).await?);
        Ok(keys)
    }
}

/// The rows in some buckets whose subjects are covered by wildcards. `list` gives the subjects that have
/// a row in a bucket and whose text begins with a prefix.
pub(crate) async fn wildcard_rows(
    filter: &SubjectFilter<'_>,
    buckets: &[Bucket],
    list: impl AsyncFn(Bucket, &str) -> Result<Vec<Subject>, StoreError>,
) -> Result<BTreeSet<RowKey>, StoreError> {
    let prefixes = filter.prefixes();
    let pairs = prefixes.iter().flat_map(|prefix| buckets.iter().map(move |b| (*b, prefix)));
    let list = async |(bucket, prefix): (Bucket, &String)| {
        let mut subjects = list(bucket, prefix).await?;
        subjects.retain(|subject| filter.covers(subject));
        Ok::<_, StoreError>(subjects.into_iter().map(move |subject| RowKey { subject, bucket }))
    };
    let lists: Vec<_> = pairs.map(list).collect();
    let rows: Vec<_> = stream::iter(lists).buffer_unordered(CONCURRENT_LISTS).try_collect().await?;
    Ok(rows.into_iter().flatten().collect())
}

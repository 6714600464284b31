//! Reads a page of rows.

use crate::cursor::Position;
use crate::error::ReadError;
use futures_util::{StreamExt, TryStreamExt, stream};
use headroom_engine::{RowStore, StoreError, StoredRow};
use headroom_kpi::{Bucket, RowKey, Subject};
use headroom_protocol::{PAGE_ROWS_MAX, RowState};
use headroom_viewers::SubjectFilter;
use std::collections::BTreeMap;

/// Concurrent lists of subjects.
const CONCURRENT_LISTS: usize = 8;

/// Lists of subjects for one page: a page ends before it takes seconds.
const LISTS_MAX: usize = 240;

/// Bytes of the rows of a page, as JSON. Lambda takes responses of 6 MB, in which each quote has two
/// bytes. A row has one or two kilobytes.
const PAGE_BYTES_MAX: usize = 3_000_000;

/// The rows that a page may have, and where the next one begins.
#[derive(Debug)]
pub(crate) struct PageKeys {
    /// Each with the index of its bucket.
    pub(crate) keys: Vec<(usize, RowKey)>,
    pub(crate) next: Option<Position>,
}

/// The rows from a position on that the filter covers, by bucket and then by subject.
pub(crate) async fn page_keys(
    rows: &(impl RowStore + Sync),
    filter: &SubjectFilter<'_>,
    buckets: &[Bucket],
    from: &Position,
) -> Result<PageKeys, StoreError> {
    let lists = SubjectLists::new(filter);
    let end = buckets.len().min(from.bucket.saturating_add(lists.buckets_max()));
    let indexes: Vec<_> = (from.bucket..end).collect();
    let read =
        async |index: usize| Ok::<_, StoreError>((index, lists.read(rows, buckets[index]).await?));
    let reads: Vec<_> = indexes.into_iter().map(read).collect();
    let mut reads = stream::iter(reads).buffered(CONCURRENT_LISTS);
    let mut keys = Vec::new();
    while let Some((index, subjects)) = reads.try_next().await? {
        let mut after = from.after.clone().filter(|_| index == from.bucket);
        for (text, subject) in subjects {
            if after.as_ref().is_some_and(|after| text <= *after) {
                continue;
            }
            if keys.len() == PAGE_ROWS_MAX {
                return Ok(PageKeys { keys, next: Some(Position { bucket: index, after }) });
            }
            keys.push((index, RowKey { subject, bucket: buckets[index] }));
            after = Some(text);
        }
    }
    let next = (end < buckets.len()).then_some(Position { bucket: end, after: None });
    Ok(PageKeys { keys, next })
}

/// The subjects of each bucket.
struct SubjectLists<'a> {
    filter: &'a SubjectFilter<'a>,
    prefixes: Vec<String>,
    /// Those without a wildcard, whether they have a row or not.
    subjects: BTreeMap<String, Subject>,
}

impl<'a> SubjectLists<'a> {
    fn new(filter: &'a SubjectFilter<'a>) -> Self {
        let subjects = filter.subjects().into_iter();
        let subjects = subjects.map(|subject| (subject.to_string(), subject)).collect();
        Self { filter, prefixes: filter.prefixes().into_iter().collect(), subjects }
    }

    /// Buckets whose subjects are listed for one page.
    fn buckets_max(&self) -> usize {
        LISTS_MAX.checked_div(self.prefixes.len()).unwrap_or(usize::MAX)
    }

    async fn read(
        &self,
        rows: &(impl RowStore + Sync),
        bucket: Bucket,
    ) -> Result<BTreeMap<String, Subject>, StoreError> {
        let mut subjects = self.subjects.clone();
        for prefix in &self.prefixes {
            let listed = rows.subjects(&bucket, prefix).await?.into_iter();
            let listed = listed.filter(|subject| self.filter.covers(subject));
            subjects.extend(listed.map(|subject| (subject.to_string(), subject)));
        }
        Ok(subjects)
    }
}

/// A row that was read, and where its page would end with it.
pub(crate) struct ReadRow {
    pub(crate) position: usize,
    pub(crate) key: RowKey,
    pub(crate) row: StoredRow,
}

/// The rows for a client, as many as fit into a page; and if some do not, where the next one begins.
pub(crate) fn fitting(
    rows: &[ReadRow],
    state: impl Fn(&ReadRow) -> RowState,
) -> Result<(Vec<RowState>, Option<Position>), ReadError> {
    let (mut states, mut bytes) = (Vec::with_capacity(rows.len()), 0);
    let mut last: Option<&ReadRow> = None;
    for row in rows {
        let state = state(row);
        bytes += serde_json::to_string(&state)?.len();
        if let Some(last) = last.filter(|_| bytes > PAGE_BYTES_MAX) {
            let after = Some(last.key.subject.to_string());
            return Ok((states, Some(Position { bucket: last.position, after })));
        }
        states.push(state);
        last = Some(row);
    }
    Ok((states, None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use headroom_kpi::{Computed, Millis, Row};

    fn read_row(number: usize) -> ReadRow {
        let subject = format!("queue#{number}#voice").parse().unwrap();
        let row = StoredRow { row: Row::default(), epoch: 1, at: Millis(0) };
        ReadRow { position: 3, key: RowKey { subject, bucket: Bucket::Now }, row }
    }

    /// A row of about so many bytes.
    fn state(row: &ReadRow, bytes: usize) -> RowState {
        RowState {
            subject: row.key.subject.to_string(),
            bucket: "now".into(),
            epoch: "x".repeat(bytes),
            version: 1,
            at: String::new(),
            metrics: BTreeMap::new(),
            computed: Computed::default(),
            name: None,
        }
    }

    #[test]
    fn a_page_ends_before_it_is_too_large_and_has_one_row_at_least() {
        let rows: Vec<_> = (0..4).map(read_row).collect();
        let fitting = |bytes| fitting(&rows, |row| state(row, bytes)).unwrap();
        assert_eq!((fitting(10).0.len(), fitting(10).1), (4, None));
        let (states, next) = fitting(PAGE_BYTES_MAX / 2 - 200);
        let after = Some("queue#1#voice".to_owned());
        assert_eq!((states.len(), next), (2, Some(Position { bucket: 3, after })));
        assert_eq!(fitting(PAGE_BYTES_MAX + 1).0.len(), 1);
    }
}

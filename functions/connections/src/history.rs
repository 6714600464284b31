//! Reads rows of the past, for trends.

use crate::Handler;
use crate::message_error::MessageError;
use futures_util::{StreamExt, TryStreamExt, stream};
use headroom_engine::{RowStore, StoredRow};
use headroom_kpi::{Bucket, Millis, RowKey, Subject};
use headroom_protocol::{KnownVersions, Pattern, ROWS_MAX};
use headroom_viewers::{Connection, Gateway};
use std::collections::BTreeSet;

/// Concurrent queries, of a subject each.
const CONCURRENT_READS: usize = 16;

/// Which rows are read of some subjects.
pub(crate) enum Past<'a> {
    /// Those of intervals that begin from the first time up to, but not with, the second; ISO-8601.
    Span(&'a str, &'a str),
    /// Those of the buckets with these names.
    Buckets(&'a [String]),
}

impl<R: RowStore + Sync, G: Gateway + Sync> Handler<R, G> {
    /// Sends rows of the past.
    pub(crate) async fn read(
        &self,
        connection: &Connection,
        id: u64,
        subjects: &[String],
        past: Past<'_>,
        now: Millis,
    ) -> Result<(), MessageError> {
        let subjects = allowed_subjects(connection, subjects)?;
        match past {
            Past::Span(since, until) => {
                let (since, until) = (time(since)?, time(until)?);
                let rows = self.read_span(subjects, since, until).await?;
                self.send_read_rows(connection, id, rows, now).await
            }
            Past::Buckets(names) => {
                let keys = keys(&subjects, names)?;
                self.send_rows(connection, id, keys, &KnownVersions::new(), now).await
            }
        }
    }

    async fn read_span(
        &self,
        subjects: BTreeSet<Subject>,
        since: Millis,
        until: Millis,
    ) -> Result<Vec<(RowKey, StoredRow)>, MessageError> {
        let length = i64::from(self.calendar.interval_minutes()) * 60_000;
        let start = |time: i64| time.div_euclid(length) * length;
        let (first, last) = (Millis(start(since.0 + length - 1)), Millis(start(until.0 - 1)));
        if last < first {
            return Ok(Vec::new());
        }
        check_count(subjects.len(), (last.0 - first.0) / length + 1)?;
        let (first, last) = (self.calendar.interval(first), self.calendar.interval(last));
        let read = async |subject: Subject| {
            let rows = self.rows.intervals(&subject, &first, &last).await?;
            let key = move |bucket| RowKey { subject: subject.clone(), bucket };
            Ok::<_, MessageError>(rows.into_iter().map(move |(bucket, row)| (key(bucket), row)))
        };
        let reads: Vec<_> = subjects.into_iter().map(read).collect();
        let rows: Vec<_> = stream::iter(reads).buffered(CONCURRENT_READS).try_collect().await?;
        Ok(rows.into_iter().flatten().collect())
    }
}

/// Subjects without wildcards, all of which the token allows. An error does not repeat them.
fn allowed_subjects(
    connection: &Connection,
    names: &[String],
) -> Result<BTreeSet<Subject>, MessageError> {
    let mut subjects = BTreeSet::new();
    for name in names {
        let Ok(Pattern::Subject(subject)) = name.parse() else {
            let message = "a subject is none of a row; name each without a wildcard";
            return Err(MessageError::bad_request(message));
        };
        if !connection.grants.allows_subject(&subject) {
            return Err(MessageError::forbidden());
        }
        subjects.insert(subject);
    }
    Ok(subjects)
}

fn keys(subjects: &BTreeSet<Subject>, names: &[String]) -> Result<BTreeSet<RowKey>, MessageError> {
    // Keys are a set: what is named twice is read once.
    check_count(subjects.len(), i64::try_from(names.len()).unwrap_or(i64::MAX))?;
    let mut keys = BTreeSet::new();
    for name in names {
        let bucket: Bucket = name.parse()?;
        keys.extend(subjects.iter().map(|subject| RowKey { subject: subject.clone(), bucket }));
    }
    Ok(keys)
}

fn check_count(subjects: usize, buckets: i64) -> Result<(), MessageError> {
    let rows = buckets.saturating_mul(i64::try_from(subjects).unwrap_or(i64::MAX));
    if rows <= i64::try_from(ROWS_MAX).unwrap_or(i64::MAX) {
        return Ok(());
    }
    let message = format!("{rows} rows; read fewer subjects or a shorter span, {ROWS_MAX} at once");
    Err(MessageError::too_many(message))
}

fn time(text: &str) -> Result<Millis, MessageError> {
    let time: Result<jiff::Timestamp, _> = text.parse();
    let time = time.map(|time| Millis(time.as_millisecond()));
    time.map_err(|_| {
        let message = "`since` and `until` are times such as 2026-05-12T14:00:00Z";
        MessageError::bad_request(message)
    })
}

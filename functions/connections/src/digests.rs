//! Verifies rows by one digest for each subject.
//!
//! Digests are compared with versions that were read for all viewers, up to 15 seconds before. A
//! subject whose digest differs may just have changed since: its versions are read again, and if it
//! differs still, the viewer gets its rows.

use crate::Handler;
use crate::message_error::MessageError;
use crate::snapshot::wildcard_rows;
use crate::version_cache::Versions;
use headroom_engine::{RowStore, RowVersion, StoreError};
use headroom_kpi::{Bucket, Millis, RowKey, Subject};
use headroom_protocol::{
    DIGEST_SPAN_MS_MAX, KnownVersion, KnownVersions, Pattern, ROWS_MAX, SubjectDigests,
    interval_span_ms, row_name, subject_digest,
};
use headroom_viewers::{Connection, Gateway, SubjectFilter, current_buckets};
use std::collections::BTreeSet;

/// A verification by digests.
pub(crate) struct DigestRequest<'a> {
    pub(crate) digests: &'a SubjectDigests,
    /// The names of the buckets that the digests are about.
    pub(crate) buckets: &'a [String],
    /// As in [`SubjectFilter`].
    pub(crate) range: (Option<&'a str>, Option<&'a str>),
}

/// The buckets that a verification looks at.
struct Buckets {
    /// Those that the digests are about.
    compared: Vec<Bucket>,
    /// Those in which subscribed subjects may have new rows: the current ones that are not compared.
    new: Vec<Bucket>,
    /// Both.
    read: Vec<Bucket>,
}

/// A subject that the viewer names and may see.
struct Listed<'a> {
    subject: Subject,
    digest: &'a str,
    /// Whether it is subscribed to: then its new rows are sent as well.
    is_covered: bool,
}

impl<R: RowStore + Sync, G: Gateway + Sync> Handler<R, G> {
    /// Sends the rows of the subjects that differ, and of those that are new.
    pub(crate) async fn verify_digests(
        &self,
        connection: &Connection,
        id: u64,
        request: &DigestRequest<'_>,
        now: Millis,
    ) -> Result<(), MessageError> {
        let buckets = self.buckets(request.buckets, now)?;
        if request.digests.len() * buckets.compared.len() > ROWS_MAX {
            let message = "too many subjects times buckets; verify a range of subjects at once";
            return Err(MessageError::too_many(message));
        }
        let filter = SubjectFilter {
            patterns: &connection.subjects,
            range: request.range,
            grants: &connection.grants,
        };
        let listed = listed(request.digests, &filter);
        let mut keys = BTreeSet::new();
        let mut known_versions = KnownVersions::new();
        for Listed { subject, .. } in self.differing(&listed, &buckets, now).await? {
            for bucket in &buckets.compared {
                // Whatever the viewer has: it gets this row, or learns that there is none.
                known_versions.insert(row_name(subject, bucket), KnownVersion::default());
                keys.insert(RowKey { subject: subject.clone(), bucket: *bucket });
            }
        }
        keys.extend(self.new_rows(&listed, &buckets, &filter, now).await?);
        self.send_rows(connection, id, keys, &known_versions, now).await
    }

    fn buckets(&self, names: &[String], now: Millis) -> Result<Buckets, MessageError> {
        let names: BTreeSet<_> = names.iter().collect();
        let compared: Result<Vec<Bucket>, _> = names.iter().map(|name| name.parse()).collect();
        let compared = compared?;
        let mut new = current_buckets(&self.calendar, now);
        new.retain(|bucket| !compared.contains(bucket));
        let read = [compared.as_slice(), &new].concat();
        if interval_span_ms(&read) >= DIGEST_SPAN_MS_MAX {
            let message = "intervals of more than 48 hours up to now; verify them by `have`";
            return Err(MessageError::bad_request(message));
        }
        Ok(Buckets { compared, new, read })
    }

    /// The subjects whose rows are others than the digest says.
    async fn differing<'a>(
        &self,
        listed: &'a [Listed<'a>],
        buckets: &Buckets,
        now: Millis,
    ) -> Result<Vec<&'a Listed<'a>>, StoreError> {
        let subjects = subjects(listed);
        let versions = self.cache.versions(&self.rows, &subjects, &buckets.read, now).await?;
        let mut differing = self.compare(listed.iter(), &versions, buckets);
        let mut outdated: Vec<_> = differing.iter().map(|listed| listed.subject.clone()).collect();
        outdated.retain(|subject| !versions.read.contains(subject));
        if outdated.is_empty() {
            return Ok(differing);
        }
        self.cache.read(&self.rows, &outdated, &buckets.read, now).await?;
        let versions = self.cache.versions(&self.rows, &subjects, &buckets.read, now).await?;
        differing = self.compare(differing.into_iter(), &versions, buckets);
        Ok(differing)
    }

    fn compare<'a>(
        &self,
        listed: impl Iterator<Item = &'a Listed<'a>>,
        versions: &Versions,
        buckets: &Buckets,
    ) -> Vec<&'a Listed<'a>> {
        let differs = |listed: &&Listed| {
            let version = |bucket: &Bucket| {
                let key = RowKey { subject: listed.subject.clone(), bucket: *bucket };
                Some((bucket.to_string(), self.known_version(versions.rows.get(&key)?)))
            };
            let rows = buckets.compared.iter().filter_map(version).collect();
            subject_digest(&rows) != listed.digest
        };
        listed.filter(differs).collect()
    }

    fn known_version(&self, RowVersion { epoch, version }: &RowVersion) -> KnownVersion {
        KnownVersion { epoch: self.formatter.row_epoch(*epoch), version: *version }
    }

    /// The rows of subscribed subjects that the viewer cannot have named: those in current buckets
    /// that its digests are not about, and those of subjects that it does not name.
    async fn new_rows(
        &self,
        listed: &[Listed<'_>],
        buckets: &Buckets,
        filter: &SubjectFilter<'_>,
        now: Millis,
    ) -> Result<BTreeSet<RowKey>, StoreError> {
        let named: BTreeSet<_> = listed.iter().map(|listed| listed.subject.clone()).collect();
        let covered = listed.iter().filter(|listed| listed.is_covered);
        let covered: Vec<_> = covered.map(|listed| listed.subject.clone()).collect();
        let versions = self.cache.versions(&self.rows, &covered, &buckets.new, now).await?;
        let mut rows: BTreeSet<_> = versions.rows.into_keys().collect();

        let current = current_buckets(&self.calendar, now);
        let mut unnamed = filter.subjects();
        unnamed.retain(|subject| !named.contains(subject));
        let versions = self.cache.versions(&self.rows, &unnamed, &current, now).await?;
        rows.extend(versions.rows.into_keys());

        let list = async |bucket: Bucket, prefix: &str| {
            self.cache.subjects(&self.rows, bucket, prefix, now).await
        };
        let listed = wildcard_rows(filter, &current, list).await?;
        rows.extend(listed.into_iter().filter(|key| !named.contains(&key.subject)));
        Ok(rows)
    }
}

/// The subjects that the viewer names and may see, whether it is subscribed to them or not.
fn listed<'a>(digests: &'a SubjectDigests, filter: &SubjectFilter<'_>) -> Vec<Listed<'a>> {
    let mut listed = Vec::new();
    for (name, digest) in digests {
        let Ok(Pattern::Subject(subject)) = name.parse() else { continue };
        if filter.grants.allows_subject(&subject) {
            let is_covered = filter.covers(&subject);
            listed.push(Listed { subject, digest, is_covered });
        }
    }
    listed
}

fn subjects(listed: &[Listed]) -> Vec<Subject> {
    listed.iter().map(|listed| listed.subject.clone()).collect()
}

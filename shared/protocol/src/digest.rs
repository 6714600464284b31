//! What a viewer has of a subject, in one number.

use crate::versions::KnownVersion;
use fnv::FnvHasher;
use headroom_kpi::Bucket;
use std::collections::BTreeMap;
use std::hash::Hasher;

/// The versions of a subject's rows, by bucket.
pub type BucketVersions = BTreeMap<String, KnownVersion>;

/// Digests by subject.
pub type SubjectDigests = BTreeMap<String, String>;

/// The digest of a subject's rows: FNV-1a with 64 bits, as 16 hexadecimal digits, of a line
/// `<bucket>|<epoch>|<version>` for each row, in the byte order of buckets. Rows that are no more
/// are left out. Stale rows, which have the default version, make it differ from any other.
pub fn subject_digest(versions: &BucketVersions) -> String {
    let rows = versions.iter().filter(|(_, version)| !version.is_tombstone());
    let lines = rows
        .map(|(bucket, KnownVersion { epoch, version })| format!("{bucket}|{epoch}|{version}\n"));
    text_digest(&lines.collect::<String>())
}

/// FNV-1a with 64 bits of a text, as 16 hexadecimal digits.
pub fn text_digest(text: &str) -> String {
    let mut hasher = FnvHasher::default();
    hasher.write(text.as_bytes());
    format!("{:016x}", hasher.finish())
}

/// The time from the start of the first interval to that of the last, in milliseconds.
pub fn interval_span_ms(buckets: &[Bucket]) -> i64 {
    let start = |bucket: &Bucket| match bucket {
        Bucket::Interval { start, .. } => Some(start.0),
        Bucket::Now | Bucket::Day(_) => None,
    };
    let starts = || buckets.iter().filter_map(start);
    starts().max().zip(starts().min()).map_or(0, |(last, first)| last - first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(rows: &[(&str, &str, u64)]) -> BucketVersions {
        let version = |epoch: &&str, version| KnownVersion { epoch: (*epoch).into(), version };
        rows.iter().map(|(bucket, epoch, n)| ((*bucket).to_owned(), version(epoch, *n))).collect()
    }

    #[test]
    fn a_digest_is_as_the_specification_says() {
        assert_eq!(subject_digest(&versions(&[])), "cbf29ce484222325");
        let rows = [("now", "1.1778594562000", 12), ("P1D#2026-05-12", "1.1778594562000", 7)];
        assert_eq!(subject_digest(&versions(&rows)), "49c5e4f630b1bd1d");
    }

    #[test]
    fn rows_that_are_no_more_do_not_count_and_stale_rows_do() {
        let row = ("now", "1.5", 3);
        let digest = |rows: &[_]| subject_digest(&versions(rows));
        assert_eq!(digest(&[row, ("P1D#2026-05-12", "1.0", 0)]), digest(&[row]));
        assert_ne!(digest(&[row, ("P1D#2026-05-12", "", 0)]), digest(&[row]));
    }

    #[test]
    fn every_part_of_a_row_changes_the_digest() {
        let rows = [("now", "1.5", 3), ("now", "1.5", 4), ("now", "1.6", 3), ("P1D#x", "1.5", 3)];
        let digests: std::collections::BTreeSet<_> =
            rows.iter().map(|row| subject_digest(&versions(&[*row]))).collect();
        assert_eq!(digests.len(), rows.len());
    }
}

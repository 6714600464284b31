//! Which rows a snapshot is about.

use headroom_kpi::RowKey;
use headroom_protocol::{KnownVersions, Pattern};
use headroom_viewers::SubjectFilter;
use std::collections::BTreeSet;

/// The rows that a snapshot is about: the current rows of subscriptions, and rows that the viewer
/// lists.
pub(crate) struct SnapshotRequest<'a> {
    /// The subjects of the subscriptions.
    pub(crate) filter: SubjectFilter<'a>,
    /// The versions that the viewer has.
    pub(crate) known_versions: &'a KnownVersions,
    /// Whether the snapshot is about all rows in `known_versions`, or only about those that the
    /// subscriptions cover.
    pub(crate) verify_all: bool,
}

impl SnapshotRequest<'_> {
    /// The rows in `known_versions` that the snapshot is about, and that are allowed.
    pub(crate) fn listed_rows(&self) -> BTreeSet<RowKey> {
        let mut rows = BTreeSet::new();
        for name in self.known_versions.keys() {
            let Some((subject, bucket)) = name.rsplit_once('|') else { continue };
            let (Ok(Pattern::Subject(subject)), Ok(bucket)) = (subject.parse(), bucket.parse())
            else {
                continue;
            };
            let included = if self.verify_all {
                self.filter.grants.allows_subject(&subject)
            } else {
                self.filter.covers(&subject)
            };
            if included {
                rows.insert(RowKey { subject, bucket });
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headroom_protocol::{Grants, KnownVersion};

    #[test]
    fn only_allowed_rows_can_be_listed() {
        let claims = serde_json::json!({"queues": ["a", "c"]});
        let grants = Grants::from_claims(&claims).unwrap();
        let names = ["queue#a#voice|now", "queue#b#voice|now", "agent#u#voice|now", "x", "|now"];
        let known_versions =
            names.iter().map(|name| ((*name).to_owned(), KnownVersion::default())).collect();
        let patterns = ["queue#c#*".parse().unwrap()].into();
        let filter = SubjectFilter { patterns: &patterns, range: (None, None), grants: &grants };
        let listed = |verify_all| -> Vec<String> {
            let request = SnapshotRequest { filter, known_versions: &known_versions, verify_all };
            let rows = request.listed_rows();
            rows.iter().map(|key| key.subject.to_string()).collect()
        };
        assert_eq!(listed(true), ["queue#a#voice"]);
        assert_eq!(listed(false), [""; 0]);
    }
}

//! The rows that a viewer holds.

use crate::server::{Delta, RowState, ServerMessage};
use crate::versions::{KnownVersion, KnownVersions, row_name, split_row_name};
use std::collections::BTreeMap;

/// A viewer's rows, and which of them are stale.
///
/// A row that is reported as fresh is the newest state that the viewer has heard of. A delta that
/// does not follow the state at hand marks its row as stale, and so it stays until a whole row of
/// that version or a later one arrives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    rows: BTreeMap<String, Row>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Row {
    /// The last state that is known in full.
    state: Option<RowState>,
    /// A later version, of which a delta was received that could not be applied.
    missed: Option<KnownVersion>,
}

impl View {
    /// Applies the rows of a message. Returns whether any of them is stale: then subscribe again
    /// with [`known_versions`](Self::known_versions).
    pub fn apply(&mut self, message: ServerMessage) -> bool {
        let mut is_stale = false;
        match message {
            ServerMessage::Snapshot { rows, .. } => {
                for state in rows {
                    // A row that is no more, and that the viewer never had.
                    if state.version == 0 && !self.contains(&state.subject, &state.bucket) {
                        continue;
                    }
                    is_stale |= self.row(&state.subject, &state.bucket).apply_state(state);
                }
            }
            ServerMessage::Deltas { rows } => {
                for delta in rows {
                    is_stale |= self.row(&delta.subject, &delta.bucket).apply_delta(delta);
                }
            }
            _ => {}
        }
        is_stale
    }

    fn row(&mut self, subject: &str, bucket: &str) -> &mut Row {
        self.rows.entry(row_name(subject, bucket)).or_default()
    }

    /// The versions at hand, for `subscribe` and `verify`. Stale rows have the default version, so
    /// that the server sends them whole; it would not send old buckets that are not listed.
    pub fn known_versions(&self) -> KnownVersions {
        self.rows.iter().map(|(name, row)| (name.clone(), row.known_version())).collect()
    }

    /// The rows in the order of subject and bucket, each with whether it is stale.
    pub fn rows(&self) -> impl Iterator<Item = (&RowState, bool)> {
        self.rows.values().filter_map(|row| Some((row.state.as_ref()?, row.missed.is_some())))
    }

    /// Whether there is a row, or something was missed of one.
    pub(crate) fn contains(&self, subject: &str, bucket: &str) -> bool {
        self.rows.contains_key(&row_name(subject, bucket))
    }

    /// The names of the rows, including those of which no state is known.
    pub(crate) fn row_names(&self) -> impl Iterator<Item = &String> {
        self.rows.keys()
    }

    /// Whether any row is stale, including rows of which no state is known.
    pub fn is_stale(&self) -> bool {
        self.rows.values().any(|row| row.missed.is_some())
    }

    /// Drops all rows of the buckets for which `keep` is false, such as past intervals.
    pub fn retain_buckets(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.rows.retain(|name, _| split_row_name(name).is_none_or(|(_, bucket)| keep(bucket)));
    }
}

impl Row {
    fn known_version(&self) -> KnownVersion {
        match (&self.state, &self.missed) {
            (Some(RowState { epoch, version, .. }), None) => {
                KnownVersion { epoch: epoch.clone(), version: *version }
            }
            _ => KnownVersion::default(),
        }
    }

    /// Takes over a whole row, unless a later version of the same epoch is known. Returns whether
    /// the row is stale.
    fn apply_state(&mut self, mut state: RowState) -> bool {
        if let Some(current) = &mut self.state {
            if current.epoch == state.epoch && current.version > state.version {
                return self.missed.is_some();
            }
            state.name = state.name.or(current.name.take());
        }
        // A missed version of another epoch is taken to be older: epochs have no order.
        self.missed
            .take_if(|missed| missed.epoch != state.epoch || missed.version <= state.version);
        self.state = Some(state);
        self.missed.is_some()
    }

    /// Applies a delta whose base is at or before the current state: a snapshot is often ahead of
    /// deltas that were sent earlier. Any other delta makes the row stale, unless its version is
    /// known already. Returns whether the row is stale.
    fn apply_delta(&mut self, delta: Delta) -> bool {
        let is_stale = self.missed.is_some();
        match &mut self.state {
            Some(row) if row.epoch == delta.epoch && row.version >= delta.version => {}
            Some(row) if row.epoch == delta.epoch && row.version >= delta.base && !is_stale => {
                row.update(delta);
            }
            None if delta.base == 0 && !is_stale => self.state = Some(RowState::from(delta)),
            _ => self.mark_missed(delta.epoch, delta.version),
        }
        self.missed.is_some()
    }

    fn mark_missed(&mut self, epoch: String, version: u64) {
        let is_newer = |missed: &KnownVersion| missed.epoch == epoch && missed.version > version;
        if !self.missed.as_ref().is_some_and(is_newer) {
            self.missed = Some(KnownVersion { epoch, version });
        }
    }
}

impl RowState {
    fn update(&mut self, delta: Delta) {
        self.version = delta.version;
        self.at = delta.at;
        self.computed = delta.computed;
        self.metrics.extend(delta.set);
        self.metrics.retain(|name, _| !delta.unset.contains(name));
    }
}

/// The first state of a new row.
impl From<Delta> for RowState {
    fn from(delta: Delta) -> Self {
        Self {
            subject: delta.subject,
            bucket: delta.bucket,
            epoch: delta.epoch,
            version: delta.version,
            at: delta.at,
            metrics: delta.set,
            computed: delta.computed,
            name: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headroom_kpi::Computed;
    use proptest::prelude::*;

    /// The states of a row, one for each version.
    fn history(sums: &[Vec<i64>], epoch: &str) -> Vec<RowState> {
        let state = |(version, sums): (u64, &Vec<i64>)| RowState {
            subject: "queue#q#voice".into(),
            bucket: "now".into(),
            epoch: epoch.into(),
            version,
            at: format!("at {version}"),
            metrics: (0..)
                .zip(sums)
                .filter(|(_, sum)| **sum != 0)
                .map(|(n, sum)| (format!("n{n}"), *sum))
                .collect(),
            computed: Computed { asa_ms: sums.first().map(|_| 1.0), ..Computed::default() },
            name: None,
        };
        (1..).zip(sums).map(state).collect()
    }

    fn deltas(history: &[RowState]) -> Vec<ServerMessage> {
        let before = std::iter::once(None).chain(history.iter().map(Some));
        let delta =
            |(before, after)| ServerMessage::Deltas { rows: vec![Delta::between(before, after)] };
        before.zip(history).map(delta).collect()
    }

    /// One delta for the changes from index `first` to index `last`.
    fn coalesced(history: &[RowState], first: usize, last: usize) -> ServerMessage {
        let before = |index: usize| index.checked_sub(1).map(|previous| &history[previous]);
        let steps = (first..=last).map(|n| RowState::changed_metrics(before(n), &history[n]));
        let base = before(first).map_or(0, |row| row.version);
        let changed = steps.flatten().collect();
        ServerMessage::Deltas { rows: vec![Delta::since(base, &history[last], &changed)] }
    }

    fn snapshot(row: &RowState) -> ServerMessage {
        ServerMessage::Snapshot { id: None, rows: vec![row.clone()], last: true }
    }

    #[test]
    fn rows_of_dropped_buckets_are_gone_and_the_others_stay() {
        let mut view = View::default();
        for bucket in ["now", "PT30M#a", "PT30M#b"] {
            let row = RowState { bucket: bucket.into(), ..history(&[vec![1]], "e").remove(0) };
            view.apply(snapshot(&row));
        }
        view.retain_buckets(|bucket| bucket != "PT30M#a");
        let buckets: Vec<_> = view.rows().map(|(row, _)| row.bucket.clone()).collect();
        assert_eq!(buckets, ["PT30M#b", "now"]);
        assert!(!view.is_stale());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Deltas (of one change or several) and snapshots are lost, repeated and reordered. A row
        /// that is reported as fresh is the newest state that was received, unaltered; a snapshot of
        /// the newest state makes it fresh.
        #[test]
        fn a_row_is_right_or_reported_as_stale(
            sums in prop::collection::vec(prop::collection::vec(0..3_i64, 0..4), 1..8),
            order in prop::collection::vec((0..8_usize, 1..4_usize, prop::bool::weighted(0.2)), 0..16),
        ) {
            let history = history(&sums, "e");
            let mut view = View::default();
            let mut newest_received = 0;
            for (index, changes, whole) in order {
                let Some(state) = history.get(index) else { continue };
                let delta = || coalesced(&history, (index + 1).saturating_sub(changes), index);
                view.apply(if whole { snapshot(state) } else { delta() });
                newest_received = newest_received.max(state.version);
                for (row, stale) in view.rows() {
                    let version = usize::try_from(row.version).unwrap();
                    prop_assert_eq!(row, &history[version - 1]);
                    prop_assert_eq!(stale, row.version < newest_received);
                }
            }
            let newest = history.last().unwrap();
            view.apply(snapshot(newest));
            let rows: Vec<_> = view.rows().collect();
            prop_assert_eq!(rows, vec![(newest, false)]);
        }
    }

    #[test]
    fn a_missing_delta_makes_a_row_stale_until_it_arrives_whole() {
        let history = history(&[vec![1], vec![2], vec![3], vec![4]], "e");
        let deltas = deltas(&history);
        let mut view = View::default();
        assert!(!view.apply(snapshot(&history[0])));
        assert!(view.apply(deltas[2].clone()));
        let version = &view.known_versions()["queue#q#voice|now"];
        assert_eq!(version, &KnownVersion::default(), "a stale row is requested whole");
        assert!(!view.apply(snapshot(&history[2])));
        assert!(!view.apply(deltas[1].clone()), "an old delta changes nothing");
        assert!(!view.apply(deltas[3].clone()));
        assert_eq!(view.rows().next(), Some((&history[3], false)));
    }

    #[test]
    fn the_name_of_a_queue_stays_when_later_messages_leave_it_out() {
        let history = history(&[vec![1], vec![2], vec![3]], "e");
        let mut view = View::default();
        view.apply(snapshot(&RowState { name: Some("Billing".into()), ..history[0].clone() }));
        view.apply(deltas(&history)[1].clone());
        view.apply(snapshot(&history[2]));
        let expected = RowState { name: Some("Billing".into()), ..history[2].clone() };
        assert_eq!(view.rows().next(), Some((&expected, false)));
    }

    #[test]
    fn versions_of_another_epoch_are_not_compared() {
        let (old, new) = (history(&[vec![1]], "old"), history(&[vec![5], vec![6]], "new"));
        let mut view = View::default();
        view.apply(snapshot(&old[0]));
        assert!(view.apply(deltas(&new)[1].clone()));
        view.apply(snapshot(&new[1]));
        assert_eq!(view.rows().next(), Some((&new[1], false)));
    }
}

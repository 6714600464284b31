//! What a viewer holds.

use crate::client::{Have, Held};
use crate::server::{Delta, RowState, ServerMessage};
use std::collections::BTreeMap;

/// The rows of a viewer, and which of them are known to be behind.
///
/// A viewer never shows a stale number as fresh: a row is changed only by the delta that follows
/// what is held, and is stale for as long as a later state of it was heard of and not seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    rows: BTreeMap<String, Row>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Row {
    state: Option<RowState>,
    /// What was heard of and not seen.
    missed: Option<Held>,
}

/// What a message did to a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// No row has missed anything by it.
    Current,
    /// At least one row has missed something: subscribe again with [`View::have`].
    Missed,
}

impl View {
    /// Takes in a message.
    pub fn apply(&mut self, message: ServerMessage) -> Effect {
        let mut missed = false;
        match message {
            ServerMessage::Snapshot { rows, .. } => {
                for row in rows {
                    missed |= self.row(&row.subject, &row.bucket).take(row);
                }
            }
            ServerMessage::Deltas { rows } => {
                for delta in rows {
                    missed |= self.row(&delta.subject, &delta.bucket).change(delta);
                }
            }
            _ => {}
        }
        if missed { Effect::Missed } else { Effect::Current }
    }

    fn row(&mut self, subject: &str, bucket: &str) -> &mut Row {
        self.rows.entry(format!("{subject}|{bucket}")).or_default()
    }

    /// What is held, for `subscribe` and `verify`. Stale rows are named as well, with no version:
    /// they are wanted whole, and the server does not know of them otherwise if they are old.
    pub fn have(&self) -> Have {
        self.rows.iter().map(|(key, row)| (key.clone(), row.held())).collect()
    }

    /// The rows, by subject and bucket, each with whether it is stale.
    pub fn rows(&self) -> impl Iterator<Item = (&RowState, bool)> {
        self.rows.values().filter_map(|row| Some((row.state.as_ref()?, row.missed.is_some())))
    }

    /// Whether anything was heard of and not seen, of rows held or not.
    pub fn is_stale(&self) -> bool {
        self.rows.values().any(|row| row.missed.is_some())
    }

    /// Lets go of all rows of some buckets: of intervals long past, for a viewer that runs for days.
    pub fn forget(&mut self, mut unwanted: impl FnMut(&str) -> bool) {
        self.rows.retain(|key, _| key.rsplit_once('|').is_none_or(|(_, bucket)| !unwanted(bucket)));
    }
}

impl Row {
    fn held(&self) -> Held {
        match (&self.state, &self.missed) {
            (Some(RowState { epoch, version, .. }), None) => {
                Held { epoch: epoch.clone(), version: *version }
            }
            _ => Held::default(),
        }
    }

    /// A snapshot counts, unless a later state of the same history is held. Says whether the row is
    /// stale.
    fn take(&mut self, state: RowState) -> bool {
        let later = |held: &RowState| held.epoch == state.epoch && held.version > state.version;
        if !self.state.as_ref().is_some_and(later) {
            // What was missed of another history is past, as far as can be told.
            self.missed
                .take_if(|missed| missed.epoch != state.epoch || missed.version <= state.version);
            self.state = Some(state);
        }
        self.missed.is_some()
    }

    /// A delta counts if it changes what is held, or something before it: a snapshot is often ahead
    /// of the deltas that are under way. One that leaves a hole makes the row stale. Says
    /// whether it is.
    fn change(&mut self, delta: Delta) -> bool {
        let whole = self.missed.is_none();
        match &mut self.state {
            Some(held) if held.epoch == delta.epoch && held.version >= delta.version => {}
            Some(held) if held.epoch == delta.epoch && held.version >= delta.base && whole => {
                held.update(delta);
            }
            None if delta.base == 0 && whole => self.state = Some(RowState::from(delta)),
            _ => self.miss(delta.epoch, delta.version),
        }
        self.missed.is_some()
    }

    fn miss(&mut self, epoch: String, version: u64) {
        let later = |missed: &Held| missed.epoch == epoch && missed.version > version;
        if !self.missed.as_ref().is_some_and(later) {
            self.missed = Some(Held { epoch, version });
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

/// A row begins with the delta that made it.
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
        };
        (1..).zip(sums).map(state).collect()
    }

    fn deltas(history: &[RowState]) -> Vec<ServerMessage> {
        let before = std::iter::once(None).chain(history.iter().map(Some));
        let delta =
            |(before, after)| ServerMessage::Deltas { rows: vec![Delta::between(before, after)] };
        before.zip(history).map(delta).collect()
    }

    /// The delta of all changes from the one at `first` to the one at `last`.
    fn coalesced(history: &[RowState], first: usize, last: usize) -> ServerMessage {
        let before = |at: usize| at.checked_sub(1).map(|at| &history[at]);
        let steps = (first..=last).map(|at| RowState::changed(before(at), &history[at]));
        let base = before(first).map_or(0, |row| row.version);
        let touched = steps.flatten().collect();
        ServerMessage::Deltas { rows: vec![Delta::of(base, &history[last], &touched)] }
    }

    fn snapshot(row: &RowState) -> ServerMessage {
        ServerMessage::Snapshot { rows: vec![row.clone()], last: true }
    }

    #[test]
    fn rows_that_are_let_go_are_gone_and_the_others_stay() {
        let mut view = View::default();
        for bucket in ["now", "PT30M#a", "PT30M#b"] {
            let row = RowState { bucket: bucket.into(), ..history(&[vec![1]], "e").remove(0) };
            view.apply(snapshot(&row));
        }
        view.forget(|bucket| bucket == "PT30M#a");
        let left: Vec<_> = view.rows().map(|(row, _)| row.bucket.clone()).collect();
        assert_eq!(left, ["PT30M#b", "now"]);
        assert!(!view.is_stale());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Deltas of one change or several, and snapshots, lost, repeated and out of order: a row that is shown as fresh is
        /// the newest that was heard of, and as it was then; a snapshot of the newest mends it.
        #[test]
        fn a_view_is_right_or_knows_that_it_is_not(
            sums in prop::collection::vec(prop::collection::vec(0..3_i64, 0..4), 1..8),
            order in prop::collection::vec((0..8_usize, 1..4_usize, prop::bool::weighted(0.2)), 0..16),
        ) {
            let history = history(&sums, "e");
            let (mut view, mut heard) = (View::default(), 0);
            for (at, changes, whole) in order {
                let Some(state) = history.get(at) else { continue };
                let delta = || coalesced(&history, (at + 1).saturating_sub(changes), at);
                view.apply(if whole { snapshot(state) } else { delta() });
                heard = heard.max(state.version);
                for (row, stale) in view.rows() {
                    let version = usize::try_from(row.version).unwrap();
                    prop_assert_eq!(row, &history[version - 1]);
                    prop_assert_eq!(stale, row.version < heard);
                }
            }
            let newest = history.last().unwrap();
            view.apply(snapshot(newest));
            let shown: Vec<_> = view.rows().collect();
            prop_assert_eq!(shown, vec![(newest, false)]);
        }
    }

    #[test]
    fn a_hole_makes_a_row_stale_until_it_comes_whole() {
        let history = history(&[vec![1], vec![2], vec![3], vec![4]], "e");
        let deltas = deltas(&history);
        let mut view = View::default();
        assert_eq!(view.apply(snapshot(&history[0])), Effect::Current);
        assert_eq!(view.apply(deltas[2].clone()), Effect::Missed);
        let have = view.have();
        assert_eq!(have["queue#q#voice|now"], Held::default(), "a stale row is wanted whole");
        assert_eq!(view.apply(snapshot(&history[2])), Effect::Current);
        assert_eq!(view.apply(deltas[1].clone()), Effect::Current, "an old delta changes nothing");
        assert_eq!(view.apply(deltas[3].clone()), Effect::Current);
        assert_eq!(view.rows().next(), Some((&history[3], false)));
    }

    #[test]
    fn another_epoch_is_another_history() {
        let (old, new) = (history(&[vec![1]], "old"), history(&[vec![5], vec![6]], "new"));
        let mut view = View::default();
        view.apply(snapshot(&old[0]));
        assert_eq!(view.apply(deltas(&new)[1].clone()), Effect::Missed);
        view.apply(snapshot(&new[1]));
        assert_eq!(view.rows().next(), Some((&new[1], false)));
    }
}

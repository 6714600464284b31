//! Changes as JSON of the protocol.

use crate::changes::Change;
use headroom_kpi::{Millis, RowKey, Subject};
use headroom_protocol::{Delta, Histograms, RowFormatter};
use std::collections::BTreeMap;

/// A row's delta, encoded once for all viewers, or once for those with histograms and those without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EncodedDelta {
    pub(crate) subject: Subject,
    /// The newest event time in the change.
    pub(crate) at: Millis,
    pub(crate) json: String,
}

/// Encodes changes as deltas, in the order of their rows.
pub(crate) fn encode(
    changes: &BTreeMap<RowKey, Change>,
    formatter: &RowFormatter,
    histograms: Histograms,
) -> Result<Vec<EncodedDelta>, serde_json::Error> {
    changes.iter().map(|(key, change)| encode_change(key, change, formatter, histograms)).collect()
}

fn encode_change(
    key: &RowKey,
    change: &Change,
    formatter: &RowFormatter,
    histograms: Histograms,
) -> Result<EncodedDelta, serde_json::Error> {
    let after = &change.after;
    let state = formatter.format(key, &after.row, after.epoch, change.at, histograms);
    let measures = change.changed_measures.iter();
    let changed = measures.filter_map(|measure| histograms.name(measure)).collect();
    let json = serde_json::to_string(&Delta::since(change.base_version(), &state, &changed))?;
    Ok(EncodedDelta { subject: key.subject.clone(), at: change.at, json })
}

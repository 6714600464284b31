//! Conversations and agents that were read a moment ago. Their events may not have been folded yet, and
//! the index of what is due lags behind, so they still look due.

use headroom_engine::StoreError;
use headroom_kpi::{Id, Millis};
use headroom_tables::{DocumentKey, Documents, list_json, time_name, write_json};
use std::collections::BTreeSet;

/// How long one is not read again. The queue in front of ingest is seldom further behind.
const RECENT: Millis = Millis(15 * 60_000);
/// When DynamoDB may remove a note.
const EXPIRES_AFTER: Millis = Millis(3_600_000);
const KIND: &str = "recent";

/// The ids of what was read in the last quarter of an hour.
pub(crate) async fn recent_reads(
    documents: &impl Documents,
    now: Millis,
) -> Result<BTreeSet<Id>, StoreError> {
    let from = time_name(now - RECENT);
    // The clock of another reader may be ahead.
    let to = time_name(now + RECENT);
    let notes = list_json::<Vec<String>>(documents, KIND, &from, &to).await?;
    let ids = notes.into_iter().flat_map(|(_, note)| note.value);
    Ok(ids.filter_map(|id| Id::parse(&id).ok()).collect())
}

/// Notes conversations or agents that were read. `name` is one that no other note has.
pub(crate) async fn note_reads(
    documents: &impl Documents,
    now: Millis,
    name: &str,
    ids: &[Id],
) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
    let key = DocumentKey::new(KIND, format!("{}-{name}", time_name(now)));
    match write_json(documents, &key, &ids, 0, Some(now + EXPIRES_AFTER)).await {
        // Nobody else writes this note: an earlier write of it succeeded without a response.
        Ok(_) | Err(StoreError::Conflict) => Ok(()),
        Err(error) => Err(error),
    }
}

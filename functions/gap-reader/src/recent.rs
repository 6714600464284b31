//! Which conversations were read just now: what was published of them may not be folded yet, and
//! the index of what is due lags behind.

use crate::document::{list, write};
use headroom_engine::StoreError;
use headroom_kpi::{Id, Millis};
use headroom_tables::{DocumentKey, Documents, time_name};
use std::collections::BTreeSet;

/// So long a conversation that was read is not read again: longer than the queue before ingest is
/// ever behind, as long as it is not behind for good.
pub(crate) const RECENT: Millis = Millis(15 * 60_000);
/// So long a note is kept.
const KEPT: Millis = Millis(3_600_000);
const KIND: &str = "recent";

/// The conversations that were read in the last quarter of an hour.
pub(crate) async fn recent(
    ledger: &impl Documents,
    now: Millis,
) -> Result<BTreeSet<Id>, StoreError> {
    // Another machine's clock may be ahead of ours.
    let to = time_name(now + RECENT);
    let notes = list::<Vec<String>>(ledger, KIND, &time_name(now - RECENT), &to).await?;
    let ids = notes.into_iter().flat_map(|(_, held)| held.value);
    Ok(ids.filter_map(|id| Id::parse(&id).ok()).collect())
}

/// Notes conversations that were read. `part` is a name that no other note has.
pub(crate) async fn note(
    ledger: &impl Documents,
    now: Millis,
    part: &str,
    ids: &[Id],
) -> Result<(), StoreError> {
    let key = DocumentKey::new(KIND, format!("{}-{part}", time_name(now)));
    let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
    match write(ledger, &key, &ids, 0, Some(now + KEPT)).await {
        // Nobody else writes it: it is our own, whose answer was lost.
        Ok(_) | Err(StoreError::Conflict) => Ok(()),
        Err(error) => Err(error),
    }
}

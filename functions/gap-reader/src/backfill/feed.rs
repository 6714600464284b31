//! Whether the event feed had an outage, and which windows of it are still to be read.

use super::outage::{EventCounts, KEPT, slots_to_check, slots_to_compare};
use super::window::{BackfillWindow, outage_windows};
use headroom_engine::StoreError;
use headroom_kpi::Millis;
use headroom_tables::event_counts::{FEED_KIND, SLOT};
use headroom_tables::{
    Counters, DocumentKey, Documents, LAST_NAME, Versioned, list_json, read_json, time_name,
    write_json,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// The kind of the windows' documents.
const WINDOW_KIND: &str = "readback";

/// How far the feed was checked: the ledger's document `silence/watermark`, in ms since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct FeedProgress {
    #[serde(rename = "judged")]
    checked_until: i64,
    /// The first slot that has any event.
    since: i64,
}

/// What is known of the feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FeedHealth {
    /// How far it was checked.
    pub(super) checked_until: Millis,
    /// Minutes that this check found to be an outage.
    pub(super) outage_minutes: u64,
    /// Windows that are still to be read, the newest first.
    pub(super) windows: Vec<Versioned<BackfillWindow>>,
}

/// The document of the window that starts at a time.
pub(super) fn window_key(from: i64) -> DocumentKey {
    DocumentKey::new(WINDOW_KIND, time_name(Millis(from)))
}

impl FeedHealth {
    /// Checks the slots that are over. Windows are written before the progress: a run that is
    /// killed in between checks the same slots again, to the same end.
    pub(super) async fn check<D>(documents: &D, now: Millis) -> Result<Self, StoreError>
    where
        D: Documents + Counters,
    {
        let key = DocumentKey::new("silence", "watermark");
        let progress = read_json::<FeedProgress>(documents, &key).await?;
        let since = match &progress {
            Some(progress) => Some(Millis(progress.value.since)),
            None => counts(documents, now - KEPT..now).await?.into_keys().next(),
        };
        let Some(since) = since else { return Ok(Self::default()) };
        let checked = progress.as_ref().map(|progress| Millis(progress.value.checked_until));
        let slots = slots_to_check(checked, since, now);
        let checked_until = slots.end;
        let mut outage_minutes = 0;
        if !slots.is_empty() {
            let mut events = EventCounts { since, by_slot: BTreeMap::new() };
            for slots in slots_to_compare(&slots) {
                events.by_slot.extend(counts(documents, slots).await?);
            }
            let outage = events.outage(slots);
            put_windows(documents, &outage).await?;
            let value = FeedProgress { checked_until: checked_until.0, since: since.0 };
            let version = progress.map_or(0, |progress| progress.version);
            write_json(documents, &key, &value, version, None).await?;
            outage_minutes = outage.len() as u64 * SLOT.0.unsigned_abs() / 60_000;
        }
        let mut windows = windows(documents).await?;
        windows.reverse();
        Ok(Self { checked_until, outage_minutes, windows })
    }
}

/// The event counts of slots, by their starts.
async fn counts(
    counters: &impl Counters,
    slots: Range<Millis>,
) -> Result<BTreeMap<Millis, u64>, StoreError> {
    let last = time_name(slots.end - Millis(1));
    let counts = counters.counts(FEED_KIND, &time_name(slots.start), &last).await?;
    let by_start = |(name, count): (String, u64)| Some((Millis(name.parse().ok()?), count));
    Ok(counts.into_iter().filter_map(by_start).collect())
}

/// The windows that are to be read, the oldest first.
async fn windows(documents: &impl Documents) -> Result<Vec<Versioned<BackfillWindow>>, StoreError> {
    let windows = list_json(documents, WINDOW_KIND, "", LAST_NAME).await?;
    Ok(windows.into_iter().map(|(_, window)| window).collect())
}

/// Writes the windows of an outage, which is given by the starts of its slots.
async fn put_windows(documents: &impl Documents, outage: &[Millis]) -> Result<(), StoreError> {
    if outage.is_empty() {
        return Ok(());
    }
    let stored = windows(documents).await?;
    let values: Vec<_> = stored.iter().map(|window| window.value).collect();
    for window in outage_windows(outage, &values) {
        tracing::warn!(from = window.from, to = window.to, "the event feed had an outage");
        let replaced = stored.iter().find(|stored| stored.value.from == window.from);
        let version = replaced.map_or(0, |stored| stored.version);
        write_json(documents, &window_key(window.from), &window, version, None).await?;
    }
    Ok(())
}

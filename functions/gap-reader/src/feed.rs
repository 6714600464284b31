//! Watches whether the feed itself was silent.

use crate::document::{Held, list, read, write};
use crate::error::ReadError;
use crate::figures::Figures;
use crate::reader::{Outside, Reader};
use crate::silence::{Heard, KEPT, Stretch, to_judge, to_read};
use crate::window::{Window, around, merge};
use headroom_engine::StoreError;
use headroom_kpi::Millis;
use headroom_tables::event_counts::{FEED_KIND, SLOT};
use headroom_tables::{Counters, DocumentKey, Documents, LAST_NAME, time_name};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Windows to be read back, by their starts.
const READBACK: &str = "readback";

/// How far slots were judged. The ledger's document `silence/watermark`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Watermark {
    judged: i64,
    /// The first slot in which anything was heard.
    since: i64,
}

/// What is known of the feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Feed {
    /// How far it was judged.
    pub(crate) judged: Millis,
    /// Windows to be read back, the newest first.
    pub(crate) windows: Vec<Held<Window>>,
}

/// The document of a window.
pub(crate) fn window_key(window: &Window) -> DocumentKey {
    DocumentKey::new(READBACK, time_name(Millis(window.from)))
}

impl<O: Outside> Reader<O> {
    /// Judges the slots that are over. Windows are in the ledger before the watermark moves over
    /// them: a run that is killed in between judges them again, to the same end.
    pub(crate) async fn watch_feed(&self, figures: &mut Figures) -> Result<Feed, ReadError> {
        let (ledger, now) = (&*self.ledger, self.clock.now());
        let key = DocumentKey::new("silence", "watermark");
        let mark = read::<Watermark>(ledger, &key).await?;
        let since = match &mark {
            Some(held) => Some(Millis(held.value.since)),
            None => self.first_heard(now).await?,
        };
        let Some(since) = since else { return Ok(Feed::default()) };
        let stretch = to_judge(mark.as_ref().map(|held| Millis(held.value.judged)), since, now);
        if stretch.0 < stretch.1 {
            let silent = self.heard(since, stretch).await?.silent(stretch);
            self.keep_windows(&around(&silent)).await?;
            let value = Watermark { judged: stretch.1.0, since: since.0 };
            let version = mark.map_or(0, |held| held.version);
            write(ledger, &key, &value, version, None).await?;
            let silent = i64::try_from(silent.len()).unwrap_or_default();
            figures.silent_minutes = u64::try_from(silent * SLOT.0 / 60_000).unwrap_or_default();
        }
        let mut windows = self.windows().await?;
        windows.reverse();
        Ok(Feed { judged: stretch.1, windows })
    }

    async fn first_heard(&self, now: Millis) -> Result<Option<Millis>, StoreError> {
        let counts = self.counts((now - KEPT, now)).await?;
        Ok(counts.first_key_value().map(|(slot, _)| *slot))
    }

    async fn heard(&self, since: Millis, stretch: Stretch) -> Result<Heard, StoreError> {
        let mut counts = BTreeMap::new();
        for stretch in to_read(stretch) {
            counts.extend(self.counts(stretch).await?);
        }
        Ok(Heard { since, counts })
    }

    async fn counts(&self, (from, to): Stretch) -> Result<BTreeMap<Millis, u64>, StoreError> {
        let last = time_name(Millis(to.0 - 1));
        let counts = self.ledger.counts(FEED_KIND, &time_name(from), &last).await?.into_iter();
        let by_time = |(name, count): (String, u64)| Some((Millis(name.parse().ok()?), count));
        Ok(counts.filter_map(by_time).collect())
    }

    /// The windows to be read back, the oldest first.
    async fn windows(&self) -> Result<Vec<Held<Window>>, StoreError> {
        let windows = list::<Window>(&*self.ledger, READBACK, "", LAST_NAME).await?;
        Ok(windows.into_iter().map(|(_, held)| held).collect())
    }

    async fn keep_windows(&self, new: &[Window]) -> Result<(), StoreError> {
        if new.is_empty() {
            return Ok(());
        }
        let held = self.windows().await?;
        let known: Vec<_> = held.iter().map(|held| held.value).collect();
        let version =
            |from: i64| held.iter().find(|h| h.value.from == from).map_or(0, |h| h.version);
        let merged = merge(&known, new);
        for window in &merged.put {
            tracing::warn!(from = window.from, to = window.to, "the feed was silent");
            write(&*self.ledger, &window_key(window), window, version(window.from), None).await?;
        }
        for from in merged.remove {
            let key = window_key(&Window::new(Millis(from), Millis(from)));
            self.ledger.remove(&key, version(from)).await?;
        }
        Ok(())
    }
}

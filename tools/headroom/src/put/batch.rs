//! Entries that go together.

use super::entry::REQUEST_BYTES_MAX;
use super::{Entry, Waiting};
use std::time::{Duration, Instant};

/// Entries that a request takes.
const REQUEST_ENTRIES_MAX: usize = 10;
/// So long a first entry waits for others: a live stream stays live.
const WAIT_MAX: Duration = Duration::from_millis(200);

/// Gathers entries to requests.
#[derive(Default)]
pub(super) struct Batch {
    waiting: Vec<Waiting>,
    bytes: usize,
    due: Option<Instant>,
}

impl Batch {
    /// Adds an entry; gives out what goes without it, because it has no room, or with it, because
    /// it fills the request.
    pub(super) fn push(&mut self, entry: Waiting, now: Instant) -> Option<Vec<Waiting>> {
        let size = Entry::size(&entry.entry);
        let before = (self.bytes + size > REQUEST_BYTES_MAX).then(|| self.take());
        self.bytes += size;
        self.waiting.push(entry);
        self.due.get_or_insert(now + WAIT_MAX);
        match before {
            Some(before) if !before.is_empty() => Some(before),
            _ => (self.waiting.len() == REQUEST_ENTRIES_MAX).then(|| self.take()),
        }
    }

    /// When what waits has waited long enough.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// All that waits.
    pub(super) fn take(&mut self) -> Vec<Waiting> {
        (self.bytes, self.due) = (0, None);
        std::mem::take(&mut self.waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(bytes: usize) -> Waiting {
        let line = format!(
            r#"{{"detail-type":"a","source":"s","detail":{{"x":"{}"}}}}"#,
            "y".repeat(bytes)
        );
        Waiting {
            number: 1,
            file: None,
            entry: Entry::read(line.as_bytes()).unwrap(),
            bytes: Vec::new(),
        }
    }

    #[test]
    fn ten_entries_or_256_kilobytes_go_together() {
        let (mut batch, now) = (Batch::default(), Instant::now());
        let mut sizes = Vec::new();
        let many = [100; 25].into_iter().chain([100_000; 5]).chain([262_134, 1, 262_134]);
        for bytes in many {
            sizes.extend(batch.push(entry(bytes), now).map(|request| request.len()));
        }
        sizes.push(batch.take().len());
        assert_eq!(sizes, [10, 10, 7, 2, 1, 1, 1, 1]);
    }

    #[test]
    fn the_first_entry_says_how_long_the_others_may_take() {
        let (mut batch, now) = (Batch::default(), Instant::now());
        assert_eq!(batch.due(), None);
        batch.push(entry(1), now);
        batch.push(entry(1), now + Duration::from_millis(150));
        assert_eq!(batch.due(), Some(now + WAIT_MAX));
        assert_eq!(batch.take().len(), 2);
        assert_eq!(batch.due(), None);
    }
}

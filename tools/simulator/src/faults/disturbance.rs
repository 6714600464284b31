//! Lets the faults happen to the stream, with bounded memory.

use super::{Faults, garbage};
use crate::archive::Archive;
use crate::chance::{Chance, Part};
use crate::events::envelope::redeliver;
use crate::timeline::Timeline;
use crate::{Line, LineKind, Options};

/// Lines that are held back at the same time, at most: about 130 MB of them. With more, the one
/// that is due first goes at once.
const HELD_LINES_MAX: usize = 100_000;

const MINUTE_MS: i64 = 60_000;
const REPEATED_WITHIN_MS: i64 = 5 * MINUTE_MS;
const REORDERED_WITHIN_MS: i64 = 3 * MINUTE_MS;
const LATE_MS_MIN: i64 = 5 * MINUTE_MS;
const LATE_MS_MAX: i64 = 4 * 60 * MINUTE_MS;

/// The way of the stream.
pub(crate) struct Disturbance {
    faults: Faults,
    chance: Chance,
    held: Timeline<Line>,
    start: i64,
    archive: Option<Archive>,
}

impl Disturbance {
    /// What is lost is noted in the archive, if there is one.
    pub(crate) fn new(options: &Options, archive: Option<&Archive>) -> Self {
        Self {
            faults: options.faults,
            chance: Chance::new(options.seed, Part::Faults),
            held: Timeline::new(),
            start: options.start.as_millisecond(),
            archive: archive.cloned(),
        }
    }

    /// Takes a line, and gives on what is due.
    pub(crate) fn pass<E>(
        &mut self,
        time: i64,
        line: Line,
        sink: &mut impl FnMut(Line) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.faults == Faults::default() {
            return sink(line);
        }
        self.take(time, line);
        while let Some((_, line)) = self.held.pop_due(time) {
            sink(line)?;
        }
        while self.held.len() > HELD_LINES_MAX {
            // It goes before its time, so that the next one is not late.
            self.held.pop().map_or(Ok(()), |(_, line)| sink(Line { due_ms: time, ..line }))?;
        }
        Ok(())
    }

    /// Gives on all that is still held back.
    pub(crate) fn flush<E>(
        &mut self,
        sink: &mut impl FnMut(Line) -> Result<(), E>,
    ) -> Result<(), E> {
        while let Some((_, line)) = self.held.pop() {
            sink(line)?;
        }
        Ok(())
    }

    fn take(&mut self, time: i64, line: Line) {
        if self.is_out(time) {
            return self.lose(&line);
        }
        let broken = self.garbage(&line);
        if self.chance.happens(self.faults.lose) {
            self.lose(&line);
        } else {
            let repeat = self.repeat(time, &line);
            let due = time + self.delay();
            if self.is_out(due) {
                self.lose(&line);
            } else {
                self.hold(due, line);
                if let Some((due, repeat)) = repeat {
                    self.hold_unless_out(due, repeat);
                }
            }
        }
        if let Some(broken) = broken {
            self.hold(time, broken);
        }
    }

    fn is_out(&self, time: i64) -> bool {
        self.faults.outage.is_some_and(|outage| outage.has(time - self.start))
    }

    fn lose(&self, line: &Line) {
        if let Some(archive) = self.archive.as_ref().filter(|_| line.kind == LineKind::Event) {
            archive.lose(&line.bytes);
        }
    }

    /// A second delivery that is lost leaves the first.
    fn hold_unless_out(&mut self, due_ms: i64, line: Line) {
        if !self.is_out(due_ms) {
            self.hold(due_ms, line);
        }
    }

    fn hold(&mut self, due_ms: i64, line: Line) {
        self.held.push(due_ms, Line { due_ms, ..line });
    }

    fn garbage(&mut self, line: &Line) -> Option<Line> {
        let wanted = line.kind == LineKind::Event && self.chance.happens(self.faults.garbage);
        let bytes = wanted.then(|| garbage::spoil(&line.bytes, &mut self.chance))?;
        Some(Line { bytes, kind: LineKind::Broken, due_ms: line.due_ms })
    }

    /// A second delivery. What has no use has none the second time either.
    fn repeat(&mut self, time: i64, line: &Line) -> Option<(i64, Line)> {
        if !self.chance.happens(self.faults.dup) {
            return None;
        }
        let at_once = self.chance.happens(0.5);
        let delay = if at_once { 0 } else { self.chance.between(1..=REPEATED_WITHIN_MS) };
        let mut repeat = line.clone();
        if line.kind == LineKind::Event {
            repeat.kind = LineKind::Repeat;
        }
        if self.chance.happens(0.5) {
            let delivered = time + delay + self.chance.between(150..=2000);
            redeliver(&mut repeat.bytes, self.chance.id(), delivered);
        }
        Some((time + delay, repeat))
    }

    fn delay(&mut self) -> i64 {
        if self.chance.happens(self.faults.late) {
            self.chance.between(LATE_MS_MIN..=LATE_MS_MAX)
        } else if self.chance.happens(self.faults.reorder) {
            self.chance.between(1000..=REORDERED_WITHIN_MS)
        } else {
            0
        }
    }
}

//! Applies the faults to the stream, with bounded memory.

use super::{Faults, garbage};
use crate::archive::Archive;
use crate::chance::{Chance, Part};
use crate::events::envelope::{conversation_id, is_about_user, publish_again, redeliver, user_id};
use crate::time::{HOUR_MS, MINUTE_MS, SECOND_MS};
use crate::timeline::Timeline;
use crate::{Line, LineKind, Options};

/// Delayed lines that are held at the same time: about 130 MB. Beyond it, the line that is due
/// first is delivered early.
const DELAYED_LINES_MAX: usize = 100_000;

const REPEAT_DELAY_MS_MAX: i64 = 5 * MINUTE_MS;
const REORDER_DELAY_MS_MAX: i64 = 3 * MINUTE_MS;
const LATE_DELAY_MS_MIN: i64 = 5 * MINUTE_MS;
const LATE_DELAY_MS_MAX: i64 = 4 * HOUR_MS;

/// Passes lines from the publisher to the sink.
pub(crate) struct FaultInjector {
    faults: Faults,
    chance: Chance,
    delayed: Timeline<Line>,
    start: i64,
    /// Whether agents have lives of their own.
    has_agents: bool,
    archive: Option<Archive>,
}

impl FaultInjector {
    /// Lost events are counted in the archive, if there is one.
    pub(crate) fn new(options: &Options, archive: Option<&Archive>) -> Self {
        Self {
            faults: options.faults,
            chance: Chance::new(options.seed, Part::Faults),
            delayed: Timeline::new(),
            start: options.start.as_millisecond(),
            has_agents: options.agents,
            archive: archive.cloned(),
        }
    }

    /// Accepts the next line, and delivers the lines that are due.
    pub(crate) fn pass<E>(
        &mut self,
        time: i64,
        line: Line,
        sink: &mut impl FnMut(Line) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.faults == Faults::default() {
            return sink(line);
        }
        self.accept(time, line);
        while let Some((_, line)) = self.delayed.pop_due(time) {
            sink(line)?;
        }
        while self.delayed.len() > DELAYED_LINES_MAX {
            // Delivered early, so due now: the next line must not be due before it.
            self.delayed.pop().map_or(Ok(()), |(_, line)| sink(Line { due_ms: time, ..line }))?;
        }
        Ok(())
    }

    /// Delivers all lines that are still delayed.
    pub(crate) fn flush<E>(
        &mut self,
        sink: &mut impl FnMut(Line) -> Result<(), E>,
    ) -> Result<(), E> {
        while let Some((_, line)) = self.delayed.pop() {
            sink(line)?;
        }
        Ok(())
    }

    fn accept(&mut self, time: i64, line: Line) {
        if self.is_outage(time) {
            return self.lose(&line);
        }
        let broken = self.garbage(&line);
        if self.chance.happens(self.faults.lose) {
            self.lose(&line);
        } else {
            self.deliver(time, line);
        }
        if let Some(broken) = broken {
            self.schedule(time, broken);
        }
    }

    /// Schedules a line once or twice. If the first delivery is lost, so is the second.
    fn deliver(&mut self, time: i64, line: Line) {
        let repeat = self.repeat(time, &line);
        let due_ms = time + self.delay();
        if self.is_outage(due_ms) {
            return self.lose(&line);
        }
        self.schedule(due_ms, line);
        if let Some((due_ms, repeat)) = repeat.filter(|(due_ms, _)| !self.is_outage(*due_ms)) {
            self.schedule(due_ms, repeat);
        }
    }

    fn is_outage(&self, time: i64) -> bool {
        self.faults.outage.is_some_and(|outage| outage.includes(time - self.start))
    }

    fn lose(&self, line: &Line) {
        let Some(archive) = self.archive.as_ref().filter(|_| line.kind == LineKind::Event) else {
            return;
        };
        if let Some((_, id)) = conversation_id(&line.bytes) {
            archive.count_lost_event(id);
        } else if let Some(id) = user_id(&line.bytes) {
            archive.note_lost_status(id);
        }
    }

    fn schedule(&mut self, due_ms: i64, line: Line) {
        self.delayed.push(due_ms, Line { due_ms, ..line });
    }

    fn garbage(&mut self, line: &Line) -> Option<Line> {
        // Without lives of agents, nothing is drawn for events about them.
        let is_taken = self.has_agents || !is_about_user(&line.bytes);
        let is_valid = line.kind == LineKind::Event && is_taken;
        if !is_valid || !self.chance.happens(self.faults.garbage) {
            return None;
        }
        let bytes = garbage::broken_line(&line.bytes, &mut self.chance);
        Some(Line { bytes, kind: LineKind::Broken, due_ms: line.due_ms })
    }

    /// A second delivery, with the time when it is due.
    fn repeat(&mut self, time: i64, line: &Line) -> Option<(i64, Line)> {
        if !self.chance.happens(self.faults.dup) {
            return None;
        }
        let at_once = self.chance.happens(0.5);
        let delay = if at_once { 0 } else { self.chance.between(1..=REPEAT_DELAY_MS_MAX) };
        let mut repeat = line.clone();
        if line.kind == LineKind::Event {
            repeat.kind = LineKind::Repeat;
        }
        if self.chance.happens(0.5) {
            let delivered = time + delay + self.chance.between(150..=2000);
            redeliver(&mut repeat.bytes, self.chance.id(), delivered);
            // On the time beside the body of an event about an agent, numbers depend: it stays.
            if !self.has_agents || !is_about_user(&line.bytes) {
                publish_again(&mut repeat.bytes, delivered);
            }
        }
        Some((time + delay, repeat))
    }

    fn delay(&mut self) -> i64 {
        if self.chance.happens(self.faults.late) {
            self.chance.between(LATE_DELAY_MS_MIN..=LATE_DELAY_MS_MAX)
        } else if self.chance.happens(self.faults.reorder) {
            self.chance.between(SECOND_MS..=REORDER_DELAY_MS_MAX)
        } else {
            0
        }
    }
}

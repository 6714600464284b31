//! The engine over lines: parse, apply in batches, count.

use super::progress::Progress;
use super::{Batch, Lines, Rejects, ShownRow, Summary, shown_rows};
use crate::CliError;
use crate::files::Input;
use headroom_genesys::{Parsed, Refusal, parse};
use headroom_kpi::{EntityKey, Fact, Settings};
use headroom_store::{MemoryStore, NoPause, Outcome, apply};
use std::time::Instant;

/// A replay under way.
pub struct Replay {
    store: MemoryStore,
    settings: Settings,
    rejects: Rejects,
    summary: Summary,
    batch: usize,
    began: Instant,
    /// Facts of the current batch, and the place in it of the line that each came from.
    facts: Vec<(EntityKey, Fact)>,
    places: Vec<usize>,
}

impl Replay {
    /// Begins with nothing known.
    pub fn new(settings: Settings, rejects: Rejects, batch: usize) -> Self {
        Self {
            store: MemoryStore::default(),
            settings,
            rejects,
            summary: Summary::default(),
            batch,
            began: Instant::now(),
            facts: Vec::new(),
            places: Vec::new(),
        }
    }

    /// Replays an input to its end.
    pub fn input(&mut self, input: Input, progress: &Progress) -> Result<(), CliError> {
        let name = input.path.display().to_string();
        let mut lines = Lines::new(input);
        while let Some(batch) = lines.next_batch(self.batch)? {
            self.batch(&name, &batch)?;
            progress.tick(self.summary.lines);
        }
        Ok(())
    }

    fn batch(&mut self, name: &str, batch: &Batch<'_>) -> Result<(), CliError> {
        self.facts.clear();
        self.places.clear();
        for (place, line) in batch.iter().enumerate() {
            if line.1.is_empty() {
                continue;
            }
            self.summary.lines += 1;
            match parse(line.1) {
                Ok(Parsed::Fact(key, fact)) => {
                    self.facts.push((key, fact));
                    self.places.push(place);
                }
                Ok(Parsed::Ignored(what)) => self.summary.ignore(what),
                Err(refusal) => self.refuse(name, line, &refusal)?,
            }
        }
        self.apply(name, batch)
    }

    fn apply(&mut self, name: &str, batch: &Batch<'_>) -> Result<(), CliError> {
        let applied = apply(&self.store, &self.settings, &self.facts, &NoPause);
        let outcomes = pollster::block_on(applied).outcomes;
        for (at, outcome) in outcomes.into_iter().enumerate() {
            let line = batch.line(self.places[at]);
            match outcome {
                Outcome::Applied => self.summary.applied += 1,
                Outcome::WithoutEffect => self.summary.without_effect += 1,
                Outcome::Refused(refusal) => self.refuse(name, line, &refusal)?,
                Outcome::Failed(error) => {
                    return Err(CliError::Engine { line: line.0, message: error.to_string() });
                }
            }
        }
        Ok(())
    }

    fn refuse(&mut self, name: &str, line: (u64, &[u8]), why: &Refusal) -> Result<(), CliError> {
        *self.summary.refused.entry(why.code).or_default() += 1;
        self.rejects.keep(Some(name), line, why)
    }

    /// Lines seen so far.
    pub fn lines(&self) -> u64 {
        self.summary.lines
    }

    /// The store as it is now.
    pub fn store(&self) -> &MemoryStore {
        &self.store
    }

    /// The rows as they are now.
    pub fn rows(&self) -> Vec<ShownRow> {
        shown_rows(&self.store, self.settings.formula)
    }

    /// Ends the rejects file, and sums up.
    pub fn finish(mut self) -> Result<Summary, CliError> {
        self.rejects.finish()?;
        self.summary.entities = self.store.entity_count();
        self.summary.rows = self.store.row_count();
        self.summary.took = self.began.elapsed();
        Ok(self.summary)
    }
}

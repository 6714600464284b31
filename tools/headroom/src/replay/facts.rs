//! Reads the facts of inputs, for commands that look at conversations rather than rows.

use super::lines::Lines;
use super::parsing::Batches;
use super::{BATCH_DEFAULT, Progress, Summary, default_threads, parsers};
use crate::CliError;
use crate::files::Input;
use headroom_genesys::Parser;
use headroom_kpi::{EntityKey, Fact};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Reads the facts of inputs, one after the other.
pub struct FactReader {
    parsers: Vec<Parser>,
    summary: Summary,
}

impl Default for FactReader {
    fn default() -> Self {
        Self { parsers: parsers(default_threads()), summary: Summary::default() }
    }
}

impl FactReader {
    /// Calls `visit` with each fact of an input, in order.
    pub fn input(
        &mut self,
        input: Input,
        progress: &Progress,
        mut visit: impl FnMut(EntityKey, Fact),
    ) -> Result<(), CliError> {
        let mut batches = Batches::new(Lines::new(input), &mut self.parsers, BATCH_DEFAULT);
        while let Some(mut chunks) = batches.next()? {
            for chunk in &mut chunks {
                self.summary.note_parsed(chunk);
                for (key, fact) in chunk.facts.drain(..) {
                    visit(key, fact);
                }
            }
            batches.reuse(chunks);
            progress.tick(self.summary.lines);
        }
        Ok(())
    }

    /// How many lines were read, ignored and refused so far.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }
}

/// Calls `visit` with each fact of some files, with a progress bar. Returns how many lines were read,
/// ignored and refused.
pub(crate) fn read_facts(
    files: &[PathBuf],
    quiet: bool,
    mut visit: impl FnMut(EntityKey, Fact),
) -> Result<Summary, CliError> {
    let bytes = Arc::new(AtomicU64::new(0));
    let progress = Progress::new(files, Arc::clone(&bytes), quiet);
    let mut reader = FactReader::default();
    for path in files {
        reader.input(Input::open(path, &bytes)?, &progress, &mut visit)?;
    }
    progress.finish();
    Ok(reader.summary)
}

//! Reads the facts of inputs, for commands that look at conversations rather than rows.

use super::lines::Lines;
use super::parsing::ParsedChunks;
use super::{Progress, Summary, default_threads};
use crate::CliError;
use crate::files::Input;
use crate::terminal::check_interrupt;
use headroom_genesys::Parser;
use headroom_kpi::{EntityKey, Fact};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Reads the facts of inputs, one after the other.
#[derive(Default)]
pub struct FactReader {
    parser: Parser,
    summary: Summary,
}

impl FactReader {
    /// Calls `visit` with each fact of an input, in order.
    pub fn input(
        &mut self,
        input: Input,
        progress: &Progress,
        mut visit: impl FnMut(EntityKey, Fact),
    ) -> Result<(), CliError> {
        let parser = std::mem::take(&mut self.parser);
        let mut chunks = ParsedChunks::new(Lines::new(input), parser, default_threads())?;
        while let Some(mut chunk) = chunks.next()? {
            check_interrupt()?;
            self.summary.lines += chunk.line_count;
            for kind in chunk.ignored.drain(..) {
                self.summary.ignore(kind);
            }
            for (_, refusal) in &chunk.refused {
                *self.summary.refused.entry(refusal.code).or_default() += 1;
            }
            for (key, fact) in chunk.facts.drain(..) {
                visit(key, fact);
            }
            chunks.reuse(chunk);
            progress.tick(self.summary.lines);
        }
        let panicked = || CliError::Engine {
            line: self.summary.lines,
            message: "the parser panicked".to_owned(),
        };
        self.parser = chunks.finish().ok_or_else(panicked)?;
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

//! Reads the facts of files, for commands that look at conversations rather than rows.

use super::lines::Lines;
use super::parsing::Batches;
use super::{BATCH_DEFAULT, Progress, Summary, default_threads, parsers};
use crate::CliError;
use headroom_kpi::{EntityKey, Fact};
use std::path::PathBuf;

/// Calls `visit` with each fact of some files, in order, with a progress bar unless it is `quiet`.
/// Returns how many lines were read, ignored and refused.
pub fn read_facts(
    files: &[PathBuf],
    quiet: bool,
    mut visit: impl FnMut(EntityKey, Fact),
) -> Result<Summary, CliError> {
    let progress = Progress::new(files, quiet);
    let mut parsers = parsers(default_threads());
    let mut summary = Summary::default();
    for path in files {
        let lines = Lines::new(progress.open(path)?);
        let mut batches = Batches::new(lines, &mut parsers, BATCH_DEFAULT, false);
        while let Some(mut chunks) = batches.next()? {
            for chunk in &mut chunks {
                summary.note_parsed(chunk);
                for (key, fact) in chunk.facts.drain(..) {
                    visit(key, fact);
                }
            }
            batches.reuse(chunks);
            progress.tick(summary.lines);
        }
    }
    progress.finish();
    Ok(summary)
}

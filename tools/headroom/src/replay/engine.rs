//! The engine over lines: parse, apply in batches, count.

use super::lines::Lines;
use super::output::{RowLine, each_row};
use super::parsing::{ParsedChunk, ParsedChunks};
use super::progress::Progress;
use super::{Rejects, ShownRow, Summary};
use crate::CliError;
use crate::files::{Finished, Input, Output};
use crate::terminal::check_interrupt;
use headroom_engine::{Accumulator, Message, Outcome, Rejected};
use headroom_genesys::{Parser, Refusal, RefusalCode};
use headroom_kpi::settings::Formula;
use headroom_kpi::{Conversation, Entity, EntityKey, Id, Settings};
use std::time::Instant;

/// A batch ends early at this size, so that memory does not depend on the length of lines.
const BATCH_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A replay under way.
pub struct Replay {
    threads: usize,
    parser: Parser,
    accumulator: Accumulator,
    formula: Formula,
    rejects: Rejects,
    summary: Summary,
    batch: Batch,
    began: Instant,
}

/// Parsed chunks whose facts wait to be applied together. A chunk is kept for as long as its facts
/// wait: a fact that the engine refuses is kept by its line.
#[derive(Default)]
struct Batch {
    size: usize,
    chunks: Vec<ParsedChunk>,
}

impl Replay {
    /// Begins with nothing known; `batch` facts are applied together, on one thread or two.
    pub fn new(settings: Settings, rejects: Rejects, batch: usize, threads: usize) -> Self {
        Self {
            threads,
            parser: Parser::default(),
            formula: settings.formula,
            accumulator: Accumulator::new(settings, threads),
            rejects,
            summary: Summary::default(),
            batch: Batch { size: batch, chunks: Vec::new() },
            began: Instant::now(),
        }
    }

    /// Replays an input to its end. `name` tells it apart among refused lines.
    pub fn input(
        &mut self,
        input: Input,
        name: Option<&str>,
        progress: &Progress,
    ) -> Result<(), CliError> {
        let parser = std::mem::take(&mut self.parser);
        let mut chunks = ParsedChunks::new(Lines::new(input), parser, self.threads)?;
        while let Some(chunk) = chunks.next()? {
            check_interrupt()?;
            self.note_parsed(name, &chunk)?;
            if chunk.facts.is_empty() {
                chunks.reuse(chunk);
            } else {
                self.batch.chunks.push(chunk);
            }
            if self.batch.is_full() {
                for chunk in self.apply(name)? {
                    chunks.reuse(chunk);
                }
            }
            progress.tick(self.summary.lines);
        }
        self.parser = chunks.finish().ok_or_else(|| self.error("the parser panicked"))?;
        self.apply(name).map(drop)
    }

    /// Counts what needs no engine: lines that are ignored or refused.
    fn note_parsed(&mut self, name: Option<&str>, chunk: &ParsedChunk) -> Result<(), CliError> {
        self.summary.lines += chunk.line_count;
        for kind in &chunk.ignored {
            self.summary.ignore(kind.clone());
        }
        for (position, refusal) in &chunk.refused {
            self.refuse(name, chunk.chunk.line(*position), refusal)?;
        }
        Ok(())
    }

    /// Applies all facts that wait. Returns their chunks.
    fn apply(&mut self, name: Option<&str>) -> Result<Vec<ParsedChunk>, CliError> {
        let chunks = std::mem::take(&mut self.batch.chunks);
        let (messages, lines): (Vec<_>, Vec<_>) = chunks.iter().flat_map(messages).unzip();
        let size = self.batch.size;
        for (messages, lines) in messages.chunks(size).zip(lines.chunks(size)) {
            let outcomes = self.accumulator.apply(messages);
            for (line, outcome) in lines.iter().zip(outcomes) {
                self.note(name, *line, outcome)?;
            }
        }
        Ok(chunks)
    }

    fn note(
        &mut self,
        name: Option<&str>,
        line: (u64, &[u8]),
        outcome: Outcome,
    ) -> Result<(), CliError> {
        match outcome {
            Outcome::Applied => self.summary.applied += 1,
            Outcome::WithoutEffect => self.summary.without_effect += 1,
            Outcome::Refused(rejected) => self.refuse(name, line, &refusal(&rejected))?,
            Outcome::Failed(error) => {
                return Err(CliError::Engine { line: line.0, message: error.to_string() });
            }
        }
        Ok(())
    }

    fn error(&self, message: impl Into<String>) -> CliError {
        CliError::Engine { line: self.summary.lines, message: message.into() }
    }

    fn refuse(
        &mut self,
        name: Option<&str>,
        line: (u64, &[u8]),
        why: &Refusal,
    ) -> Result<(), CliError> {
        *self.summary.refused.entry(why.code).or_default() += 1;
        self.rejects.keep(name, line, (why.code.as_str(), &why.message))
    }

    /// Lines seen so far.
    pub fn lines(&self) -> u64 {
        self.summary.lines
    }

    /// Calls `visit` with each conversation as it is now, in no order.
    pub fn each_conversation(
        &self,
        mut visit: impl FnMut(&Id, &Conversation),
    ) -> Result<(), CliError> {
        for entity in self.accumulator.entities() {
            let (key, entity) = entity.map_err(|error| self.error(error.to_string()))?;
            if let (EntityKey::Conversation(id), Entity::Conversation(conversation)) =
                (key, &entity)
            {
                visit(id, conversation);
            }
        }
        Ok(())
    }

    /// The rows as they are now, by subject and bucket.
    pub fn rows(&mut self) -> Result<Vec<ShownRow>, CliError> {
        let mut rows = Vec::new();
        self.each_row(|row| {
            rows.push(row.into());
            Ok(())
        })?;
        Ok(rows)
    }

    /// Writes the rows, one to a line.
    pub fn write_rows(&mut self, output: &mut Output) -> Result<(), CliError> {
        self.each_row(|row| output.json_line(&row))
    }

    fn each_row(
        &mut self,
        show: impl FnMut(RowLine<'_>) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        self.accumulator.build_rows().map_err(|error| self.error(error.to_string()))?;
        each_row(self.accumulator.rows(), self.formula, show)
    }

    /// Ends the rejects file, which has still to be given its name, and sums up.
    pub fn finish(mut self) -> Result<(Summary, Option<Finished>), CliError> {
        let rejects = self.rejects.finish()?;
        self.summary.entities = self.accumulator.entity_count();
        self.summary.rows = self.accumulator.rows().count();
        self.summary.duration = self.began.elapsed();
        Ok((self.summary, rejects))
    }
}

/// The refusal of a fact that the engine has no room for.
fn refusal(rejected: &Rejected) -> Refusal {
    let code = match rejected {
        Rejected::ConversationFull => RefusalCode::ConversationFull,
        Rejected::RowFull(_) => RefusalCode::RowFull,
    };
    code.because(rejected.to_string())
}

/// The lines of a chunk that have facts: the facts, and the line's number and bytes.
fn messages(chunk: &ParsedChunk) -> impl Iterator<Item = (Message<'_>, (u64, &[u8]))> {
    let mut start = 0;
    chunk.lines.iter().map(move |(position, end)| {
        let facts = &chunk.facts[start..*end];
        start = *end;
        (facts, chunk.chunk.line(*position))
    })
}

impl Batch {
    fn is_full(&self) -> bool {
        let bytes = || self.chunks.iter().map(|chunk| chunk.chunk.size()).sum::<usize>();
        let facts: usize = self.chunks.iter().map(|chunk| chunk.facts.len()).sum();
        facts >= self.size || bytes() > BATCH_BYTES_MAX
    }
}

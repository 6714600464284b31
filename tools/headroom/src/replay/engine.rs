//! The engine over lines: parse, apply in batches, count.

use super::output::{RowLine, each_row};
use super::progress::Progress;
use super::{Chunk, Lines, Rejects, ShownRow, Summary};
use crate::CliError;
use crate::files::{Finished, Input, Output};
use crate::terminal::check_interrupt;
use headroom_engine::{Accumulator, Message, Outcome, Rejected};
use headroom_genesys::{Parsed, Parser, Refusal, RefusalCode};
use headroom_kpi::settings::Formula;
use headroom_kpi::stored::DecodeError;
use headroom_kpi::{EntityKey, Fact, Settings};
use std::time::Instant;

/// A batch ends early at this size, so that memory does not depend on the length of lines.
const BATCH_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A replay under way.
pub struct Replay {
    parser: Parser,
    accumulator: Accumulator,
    formula: Formula,
    rejects: Rejects,
    summary: Summary,
    batch: Batch,
    began: Instant,
}

/// Facts that wait to be applied together, and the lines that they come from.
#[derive(Default)]
struct Batch {
    size: usize,
    facts: Vec<(EntityKey, Fact)>,
    /// The lines with facts, in order.
    lines: Vec<LineOfBatch>,
    chunks: Vec<Chunk>,
    spare: Vec<Chunk>,
}

/// A line with facts.
struct LineOfBatch {
    chunk: usize,
    /// Which line of the chunk.
    line: usize,
    /// Where its facts end in the batch; they begin where those of the line before end.
    facts_end: usize,
}

impl Replay {
    /// Begins with nothing known; `batch` facts are applied together.
    pub fn new(settings: Settings, rejects: Rejects, batch: usize) -> Self {
        Self {
            parser: Parser::default(),
            formula: settings.formula,
            accumulator: Accumulator::new(settings),
            rejects,
            summary: Summary::default(),
            batch: Batch { size: batch, ..Batch::default() },
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
        let mut lines = Lines::new(input);
        let mut chunk = Chunk::default();
        while lines.next_chunk(&mut chunk)? {
            check_interrupt()?;
            self.parse(name, &chunk)?;
            chunk = self.batch.keep(chunk);
            if self.batch.is_full() {
                self.apply(name)?;
            }
            progress.tick(self.summary.lines);
        }
        self.apply(name)
    }

    fn parse(&mut self, name: Option<&str>, chunk: &Chunk) -> Result<(), CliError> {
        for (place, line) in chunk.lines().enumerate() {
            if line.trim_ascii().is_empty() {
                continue;
            }
            self.summary.lines += 1;
            match self.parser.parse(line) {
                Ok(Parsed::Fact(key, fact)) => self.batch.push([(key, fact)], place),
                Ok(Parsed::Facts(facts)) => self.batch.push(facts, place),
                Ok(Parsed::Ignored(kind)) => self.summary.ignore(kind),
                Err(refusal) => self.refuse(name, chunk.line(place), &refusal)?,
            }
        }
        Ok(())
    }

    /// Applies all facts that wait.
    fn apply(&mut self, name: Option<&str>) -> Result<(), CliError> {
        let batch = std::mem::take(&mut self.batch);
        for (messages, lines) in
            batch.messages().chunks(batch.size).zip(batch.lines.chunks(batch.size))
        {
            let outcomes = self.accumulator.apply(messages);
            for (line, outcome) in lines.iter().zip(outcomes) {
                self.note(name, batch.chunks[line.chunk].line(line.line), outcome)?;
            }
        }
        self.batch = batch.emptied();
        Ok(())
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
        let damaged = |error: DecodeError| CliError::Engine {
            line: self.summary.lines,
            message: error.to_string(),
        };
        self.accumulator.build_rows().map_err(damaged)?;
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

impl Batch {
    fn push(&mut self, facts: impl IntoIterator<Item = (EntityKey, Fact)>, line: usize) {
        self.facts.extend(facts);
        let (chunk, facts_end) = (self.chunks.len(), self.facts.len());
        self.lines.push(LineOfBatch { chunk, line, facts_end });
    }

    /// The facts of each line.
    fn messages(&self) -> Vec<Message<'_>> {
        let mut start = 0;
        let mut messages = Vec::with_capacity(self.lines.len());
        for line in &self.lines {
            messages.push(&self.facts[start..line.facts_end]);
            start = line.facts_end;
        }
        messages
    }

    /// Keeps a chunk for as long as facts of it wait: a fact that the engine refuses is kept by
    /// its line. Gives back one to be filled.
    fn keep(&mut self, chunk: Chunk) -> Chunk {
        if self.lines.last().is_none_or(|last| last.chunk < self.chunks.len()) {
            return chunk;
        }
        self.chunks.push(chunk);
        self.spare.pop().unwrap_or_default()
    }

    fn is_full(&self) -> bool {
        let bytes = || self.chunks.iter().map(Chunk::size).sum::<usize>();
        self.facts.len() >= self.size || bytes() > BATCH_BYTES_MAX
    }

    fn emptied(mut self) -> Self {
        self.facts.clear();
        self.lines.clear();
        self.spare.append(&mut self.chunks);
        self
    }
}

//! The engine over lines: parse, apply in batches, count.

use super::lines::Lines;
use super::output::{NamedRows, RowStyle};
use super::parsing::{Batches, ParsedChunk};
use super::progress::Progress;
use super::{Rejects, ShownRow, Summary, parsers};
use crate::CliError;
use crate::files::{Finished, Input, Output};
use headroom_engine::{Accumulator, Message, Outcome, Rejected};
use headroom_genesys::{Parser, Refusal, RefusalCode};
use headroom_kpi::settings::Formulas;
use headroom_kpi::{Conversation, Entity, EntityKey, Id, Settings};
use headroom_tables::Retention;
use headroom_tables::images::entity_image;
use std::time::Instant;

/// A replay under way.
pub struct Replay {
    /// One for each thread.
    parsers: Vec<Parser>,
    accumulator: Accumulator,
    formulas: Formulas,
    rejects: Rejects,
    summary: Summary,
    batch: usize,
    began: Instant,
}

/// The number of a line, and its bytes if refused lines are kept.
type Line<'a> = (u64, &'a [u8]);

impl Replay {
    /// Begins with nothing known; `batch` facts are applied together, on so many threads.
    pub fn new(settings: Settings, rejects: Rejects, batch: usize, threads: usize) -> Self {
        Self {
            parsers: parsers(threads),
            formulas: settings.formulas,
            accumulator: Accumulator::new(settings, threads),
            rejects,
            summary: Summary::default(),
            batch,
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
        let mut parsers = std::mem::take(&mut self.parsers);
        let lines = Lines::new(input);
        let mut batches = Batches::new(lines, &mut parsers, self.batch, self.rejects.are_kept());
        while let Some(mut chunks) = batches.next()? {
            for chunk in &mut chunks {
                self.summary.note_parsed(chunk);
            }
            self.apply(name, &chunks)?;
            batches.reuse(chunks);
            progress.tick(self.summary.lines);
        }
        self.parsers = parsers;
        Ok(())
    }

    /// Applies all facts of a batch, and keeps its refused lines in order.
    fn apply(&mut self, name: Option<&str>, chunks: &[ParsedChunk]) -> Result<(), CliError> {
        let mut refused: Vec<_> = chunks.iter().flat_map(refused_lines).collect();
        let (messages, lines): (Vec<_>, Vec<_>) = chunks.iter().flat_map(messages).unzip();
        for (messages, lines) in messages.chunks(self.batch).zip(lines.chunks(self.batch)) {
            let outcomes = self.accumulator.apply(messages);
            for (line, outcome) in lines.iter().zip(outcomes) {
                refused.extend(self.note(*line, outcome)?);
            }
        }
        refused.sort_by_key(|((number, _), _)| *number);
        refused.iter().try_for_each(|(line, why)| {
            self.rejects.keep(name, *line, (why.code.as_str(), &why.message))
        })
    }

    /// Counts an outcome. Returns the line with the reason if it was refused.
    fn note<'a>(
        &mut self,
        line: Line<'a>,
        outcome: Outcome,
    ) -> Result<Option<(Line<'a>, Refusal)>, CliError> {
        match outcome {
            Outcome::Applied => self.summary.applied += 1,
            Outcome::WithoutEffect => self.summary.without_effect += 1,
            Outcome::Refused(rejected) => {
                let why = refusal(&rejected);
                self.summary.refuse(why.code);
                return Ok(Some((line, why)));
            }
            Outcome::Failed(error) => {
                return Err(CliError::Engine { line: line.0, message: error.to_string() });
            }
        }
        Ok(None)
    }

    fn error(&self, message: impl Into<String>) -> CliError {
        CliError::Engine { line: self.summary.lines, message: message.into() }
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
        let formulas = self.formulas;
        Ok(self.named_rows()?.shown(formulas))
    }

    /// Writes the rows, one to a line, with the sums that have a public name or all `stored_sums`.
    pub fn write_rows(&mut self, output: &mut Output, stored_sums: bool) -> Result<(), CliError> {
        let (formulas, threads) = (self.formulas, self.parsers.len());
        // Nothing more is parsed: the memory of layouts is for rows.
        self.parsers.clear();
        self.named_rows()?.write(output, RowStyle { formulas, stored_sums }, threads)
    }

    /// Writes the entities as items of their table, one to a line, in order.
    pub fn write_entities(&self, output: &mut Output) -> Result<(), CliError> {
        for entity in self.accumulator.stored_entities() {
            let (key, stored) = entity.map_err(|error| self.error(error.to_string()))?;
            output.json_line(&entity_image(key, &stored, Retention::default()))?;
        }
        Ok(())
    }

    fn named_rows(&mut self) -> Result<NamedRows<'_>, CliError> {
        self.accumulator.build_rows().map_err(|error| self.error(error.to_string()))?;
        Ok(NamedRows::new(self.accumulator.rows()))
    }

    /// Ends the rejects file, which has still to be given its name, and sums up.
    pub fn finish(mut self) -> Result<(Summary, Option<Finished>), CliError> {
        let rejects = self.rejects.finish()?;
        for key in self.accumulator.keys() {
            match key {
                EntityKey::Conversation(_) => self.summary.conversations += 1,
                EntityKey::Agent(_) => self.summary.agents += 1,
                EntityKey::ApiBudget(_) => {}
            }
        }
        self.summary.rows = self.accumulator.rows().count();
        self.summary.duration = self.began.elapsed();
        Ok((self.summary, rejects))
    }
}

/// The refusal of a fact that the engine has no room for.
fn refusal(rejected: &Rejected) -> Refusal {
    let code = match rejected {
        Rejected::ConversationFull => RefusalCode::ConversationFull,
        Rejected::AgentFull => RefusalCode::AgentFull,
        Rejected::RowFull(_) => RefusalCode::RowFull,
    };
    code.because(rejected.to_string())
}

/// The lines of a chunk that have facts, and the facts.
fn messages(chunk: &ParsedChunk) -> impl Iterator<Item = (Message<'_>, Line<'_>)> {
    let mut start = 0;
    chunk.lines.iter().map(move |(position, end)| {
        let facts = &chunk.facts[start..*end];
        start = *end;
        (facts, chunk.chunk.line(*position))
    })
}

/// The lines of a chunk that were refused when they were parsed, and why.
fn refused_lines(chunk: &ParsedChunk) -> impl Iterator<Item = (Line<'_>, Refusal)> {
    let line = |(position, why): &(usize, Refusal)| (chunk.chunk.line(*position), why.clone());
    chunk.refused.iter().map(line)
}

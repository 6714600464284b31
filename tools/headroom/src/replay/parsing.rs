//! Parses the lines of an input, a batch of chunks at a time, on one thread or several.

use super::lines::{Chunk, Lines};
use crate::CliError;
use crate::terminal::check_interrupt;
use headroom_engine::on_threads;
use headroom_genesys::{Ignored, Parsed, Parser, Refusal, RefusalCode};
use headroom_kpi::{EntityKey, Fact};
use std::sync::{Mutex, PoisonError};

/// A batch ends early at this size, so that memory does not depend on the length of lines.
const BATCH_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Some lines, and what they say. Its memory is reused for the next ones.
#[derive(Default)]
pub(super) struct ParsedChunk {
    pub(super) chunk: Chunk,
    /// The number of lines that are not empty.
    pub(super) line_count: u64,
    pub(super) facts: Vec<(EntityKey, Fact)>,
    /// The lines with facts, in order: which line of the chunk, and where its facts end.
    pub(super) lines: Vec<(usize, usize)>,
    pub(super) ignored: Vec<Ignored>,
    /// The lines that cannot be used, or not all of them, in order.
    pub(super) refused: Vec<(usize, Refusal)>,
}

impl ParsedChunk {
    fn parse(&mut self, parser: &mut Parser) {
        self.facts.clear();
        self.lines.clear();
        self.ignored.clear();
        self.refused.clear();
        self.line_count = 0;
        let mut position = 0;
        while position < self.chunk.line_count() {
            let (_, line) = self.chunk.line(position);
            let is_empty = line.trim_ascii().is_empty();
            match parser.parse(line) {
                _ if is_empty => {}
                // An archive of the bus has no line ends, if Firehose wrote it.
                Err(refusal)
                    if refusal.code == RefusalCode::NotJson
                        && self.chunk.split_values(position) =>
                {
                    continue;
                }
                parsed => self.add(position, parsed),
            }
            position += 1;
        }
    }

    fn add(&mut self, position: usize, parsed: Result<Parsed, Refusal>) {
        self.line_count += 1;
        match parsed {
            Ok(Parsed::Fact(key, fact)) => self.facts.push((key, fact)),
            Ok(Parsed::Facts(facts)) => self.facts.extend(facts),
            Ok(Parsed::Partial(facts, refusal)) => {
                self.facts.extend(facts);
                self.refused.push((position, refusal));
            }
            Ok(Parsed::Ignored(kind)) => return self.ignored.push(kind),
            Err(refusal) => return self.refused.push((position, refusal)),
        }
        self.lines.push((position, self.facts.len()));
    }
}

/// The parsed chunks of an input, a batch at a time and in order. The threads take turns to read a
/// chunk, which each of them then parses.
pub(super) struct Batches<'a> {
    source: Mutex<Source>,
    parsers: &'a mut [Parser],
}

impl<'a> Batches<'a> {
    /// Begins with an input. A batch has `facts_max` facts or a few more, and there is a thread for
    /// each parser. It keeps the bytes of its lines as well, or only their numbers.
    pub(super) fn new(
        lines: Lines,
        parsers: &'a mut [Parser],
        facts_max: usize,
        keeps_bytes: bool,
    ) -> Self {
        let source = Source {
            lines,
            error: None,
            spare: Vec::new(),
            memory: Vec::new(),
            keeps_bytes,
            facts_max,
            facts: 0,
            bytes: 0,
        };
        Self { source: Mutex::new(source), parsers }
    }

    /// The next batch; none at the end of the input.
    pub(super) fn next(&mut self) -> Result<Option<Vec<ParsedChunk>>, CliError> {
        let source = &self.source;
        let parts = on_threads(&mut *self.parsers, |parser| parse_chunks(source, parser));
        let mut chunks: Vec<_> = parts.into_iter().flatten().collect();
        chunks.sort_unstable_by_key(|chunk| chunk.chunk.line(0).0);
        if chunks.is_empty() {
            return source_of(&mut self.source).error.take().map_or(Ok(None), Err);
        }
        Ok(Some(chunks))
    }

    /// Takes the memory of a batch for another one.
    pub(super) fn reuse(&mut self, chunks: Vec<ParsedChunk>) {
        let source = source_of(&mut self.source);
        (source.facts, source.bytes) = (0, 0);
        source.spare.extend(chunks);
    }
}

/// The source while no thread reads. After a panic there is no next batch.
fn source_of(source: &mut Mutex<Source>) -> &mut Source {
    source.get_mut().unwrap_or_else(PoisonError::into_inner)
}

/// Parses chunks until the batch is full, or the input ends.
fn parse_chunks(source: &Mutex<Source>, parser: &mut Parser) -> Vec<ParsedChunk> {
    let mut chunks = Vec::new();
    // Nothing more is read if another thread has panicked while it read.
    let next = |previous: Option<&mut ParsedChunk>| source.lock().ok()?.next(previous);
    while let Some(mut chunk) = next(chunks.last_mut()) {
        chunk.parse(parser);
        chunks.push(chunk);
    }
    chunks
}

/// Where the threads read.
struct Source {
    lines: Lines,
    /// What ended the input too early. It comes after the chunks before it.
    error: Option<CliError>,
    /// Chunks whose memory is used again.
    spare: Vec<ParsedChunk>,
    /// Memory of chunks whose bytes are not kept. It is still in the processor's cache when the thread
    /// that parsed them reads the next ones into it.
    memory: Vec<Vec<u8>>,
    keeps_bytes: bool,
    facts_max: usize,
    /// How many facts and bytes the batch has so far.
    facts: usize,
    bytes: usize,
}

impl Source {
    /// The lines of the next chunk, for a thread that has parsed the `previous` one.
    fn next(&mut self, previous: Option<&mut ParsedChunk>) -> Option<ParsedChunk> {
        if let Some(previous) = previous {
            self.facts += previous.facts.len();
            if !self.keeps_bytes {
                self.memory.push(previous.chunk.take_memory());
            }
        }
        if self.facts >= self.facts_max || self.bytes > BATCH_BYTES_MAX || self.error.is_some() {
            return None;
        }
        let mut chunk = self.spare.pop().unwrap_or_default();
        if let Some(memory) = self.memory.pop() {
            chunk.chunk.give_memory(memory);
        }
        let read = check_interrupt().and_then(|()| self.lines.next_chunk(&mut chunk.chunk));
        self.bytes += chunk.chunk.size();
        match read {
            Ok(has_lines) => has_lines.then_some(chunk),
            Err(error) => {
                self.error = Some(error);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Input;
    use std::io::{Cursor, Error, Read, Result};
    use std::panic::{AssertUnwindSafe, catch_unwind};

    /// Lines that are no events, and then an error or a panic.
    fn lines(end: impl FnMut() -> Result<usize> + Send + 'static) -> Lines {
        let reader = Cursor::new(b"{}\n".repeat(200_000)).chain(End(end));
        Lines::new(Input::from_reader("test", reader))
    }

    fn parsers(threads: usize) -> Vec<Parser> {
        (0..threads).map(|_| Parser::default()).collect()
    }

    struct End<F>(F);

    impl<F: FnMut() -> Result<usize>> Read for End<F> {
        fn read(&mut self, _: &mut [u8]) -> Result<usize> {
            (self.0)()
        }
    }

    #[test]
    fn an_error_comes_after_the_chunks_before_it() {
        for threads in [1, 2] {
            let mut parsers = parsers(threads);
            let lines = lines(|| Err(Error::other("broken")));
            let mut batches = Batches::new(lines, &mut parsers, 1, false);
            let mut count = 0;
            let error = loop {
                match batches.next() {
                    Ok(chunks) => {
                        let chunks = chunks.unwrap();
                        count += chunks.iter().map(|chunk| chunk.line_count).sum::<u64>();
                        batches.reuse(chunks);
                    }
                    Err(error) => break error,
                }
            };
            assert!(error.to_string().contains("broken"), "{error}");
            assert!(count > 100_000, "{count}");
        }
    }

    #[test]
    fn chunks_are_in_order_on_any_number_of_threads() {
        for threads in [1, 2, 5] {
            let mut parsers = parsers(threads);
            let mut batches = Batches::new(lines(|| Ok(0)), &mut parsers, 1, false);
            let mut next = 1;
            while let Some(chunks) = batches.next().unwrap() {
                for chunk in &chunks {
                    assert_eq!(chunk.chunk.line(0).0, next);
                    next += chunk.line_count;
                }
                batches.reuse(chunks);
            }
            assert_eq!(next, 200_001);
        }
    }

    #[test]
    fn a_panic_on_any_thread_is_one_here() {
        for threads in [1, 2] {
            let mut parsers = parsers(threads);
            let lines = lines(|| panic!("as it is meant to"));
            let mut batches = Batches::new(lines, &mut parsers, 1, false);
            let result = catch_unwind(AssertUnwindSafe(|| {
                while let Some(chunks) = batches.next().unwrap() {
                    batches.reuse(chunks);
                }
            }));
            assert!(result.is_err());
        }
    }
}

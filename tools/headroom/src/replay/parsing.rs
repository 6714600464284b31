//! Parses the lines of an input, a chunk at a time: on this thread, or on one beside it.

use super::lines::{Chunk, Lines};
use crate::CliError;
use headroom_genesys::{Ignored, Parsed, Parser, Refusal, RefusalCode};
use headroom_kpi::{EntityKey, Fact};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{Builder, JoinHandle};

/// Chunks that the thread beside parses ahead, while a batch is applied. With 256 KB each they take
/// less memory than a batch.
const CHUNKS_AHEAD_MAX: usize = 32;

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

/// The parsed chunks of an input, in order.
pub(super) enum ParsedChunks {
    /// Parsed when they are asked for.
    Here(ChunkParser, Vec<ParsedChunk>),
    /// Parsed on a thread of its own.
    Beside {
        chunks: Receiver<Result<ParsedChunk, CliError>>,
        spare: Sender<ParsedChunk>,
        thread: JoinHandle<Parser>,
    },
}

impl ParsedChunks {
    /// Begins to parse an input, on this thread or on another one.
    pub(super) fn new(lines: Lines, parser: Parser, threads: usize) -> Result<Self, CliError> {
        let parser = ChunkParser { lines, parser };
        if threads < 2 { Ok(Self::Here(parser, Vec::new())) } else { Self::beside(parser) }
    }

    fn beside(parser: ChunkParser) -> Result<Self, CliError> {
        let (to, chunks) = sync_channel(CHUNKS_AHEAD_MAX);
        let (spare, from) = channel();
        let thread = Builder::new().name("parser".to_owned()).spawn(move || parser.run(&to, &from));
        Ok(Self::Beside { chunks, spare, thread: thread.map_err(CliError::Runtime)? })
    }

    /// The next chunk; none at the end of the input.
    pub(super) fn next(&mut self) -> Result<Option<ParsedChunk>, CliError> {
        match self {
            Self::Here(parser, spare) => parser.next(spare.pop().unwrap_or_default()),
            // The thread hangs up at the end of the input, and if it panics.
            Self::Beside { chunks, .. } => chunks.recv().ok().transpose(),
        }
    }

    /// Takes the memory of a chunk for another one.
    pub(super) fn reuse(&mut self, chunk: ParsedChunk) {
        match self {
            Self::Here(_, spare) => spare.push(chunk),
            // At the end of the input there is nobody to take it.
            Self::Beside { spare, .. } => drop(spare.send(chunk)),
        }
    }

    /// Returns the parser after the last chunk. None if its thread panicked.
    pub(super) fn finish(self) -> Option<Parser> {
        match self {
            Self::Here(parser, _) => Some(parser.parser),
            Self::Beside { thread, .. } => thread.join().ok(),
        }
    }
}

/// Reads and parses chunks.
pub(super) struct ChunkParser {
    lines: Lines,
    parser: Parser,
}

impl ChunkParser {
    fn next(&mut self, mut chunk: ParsedChunk) -> Result<Option<ParsedChunk>, CliError> {
        if !self.lines.next_chunk(&mut chunk.chunk)? {
            return Ok(None);
        }
        chunk.parse(&mut self.parser);
        Ok(Some(chunk))
    }

    /// Sends all chunks, until the end, an error, or nobody wants more.
    fn run(
        mut self,
        chunks: &SyncSender<Result<ParsedChunk, CliError>>,
        spare: &Receiver<ParsedChunk>,
    ) -> Parser {
        while let Some(chunk) = self.next(spare.try_recv().unwrap_or_default()).transpose() {
            let is_error = chunk.is_err();
            if chunks.send(chunk).is_err() || is_error {
                break;
            }
        }
        self.parser
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Input;
    use std::io::{Cursor, Error, Read, Result};

    /// Lines that are no events, and then an error or a panic.
    fn chunks(end: impl FnMut() -> Result<usize> + Send + 'static, threads: usize) -> ParsedChunks {
        let reader = Cursor::new(b"{}\n".repeat(200_000)).chain(End(end));
        let lines = Lines::new(Input::from_reader("test", reader));
        ParsedChunks::new(lines, Parser::default(), threads).unwrap()
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
            let mut chunks = chunks(|| Err(Error::other("broken")), threads);
            let mut lines = 0;
            let error = loop {
                match chunks.next() {
                    Ok(chunk) => lines += chunk.unwrap().line_count,
                    Err(error) => break error,
                }
            };
            assert!(error.to_string().contains("broken"), "{error}");
            assert!(lines > 100_000, "{lines}");
            assert!(chunks.finish().is_some());
        }
    }

    #[test]
    fn a_panic_on_the_thread_is_found_out() {
        let mut chunks = chunks(|| panic!("as it is meant to"), 2);
        while chunks.next().unwrap().is_some() {}
        assert!(chunks.finish().is_none());
    }
}

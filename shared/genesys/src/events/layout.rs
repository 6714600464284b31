//! Layouts of events: the text around their values, which is the same in many events.
//!
//! A producer writes the same keys in the same order, so an event is mostly text that has come
//! before. It is compared as a whole, and only values are looked at. Most values, such as ids and
//! times, have the same length in every event, so even text with values in it is compared as one.
//! Layouts are learned from events that were scanned, so an event that fits one is JSON and reads the
//! same.

use super::envelope::Envelope;
use super::pattern::{Pattern, integer_length, string_length};
use super::scan::{Value, integer};
use std::mem::take;

/// Pieces of all layouts, at most. An event of a usual topic has about 30, and shares the first ones
/// with others.
const PIECES_MAX: usize = 8_192;
/// Values of an event whose layout is learned.
const VALUES_MAX: usize = 64;
/// Runs that may follow on one: they are tried one after the other.
const NEXT_MAX: usize = 32;
/// Digits of a number that is a time: all of them have as many.
const TIME_DIGITS: usize = 13;

/// The layouts of events so far, as a tree: events that begin the same share their first runs.
#[derive(Debug, Default)]
pub(crate) struct Layouts {
    /// Where layouts begin.
    first: Vec<Run>,
    pieces: usize,
}

/// Some text, and the value behind it.
#[derive(Clone, Debug)]
struct Piece {
    /// The text from the value before to this one, its quotes included.
    literal: Box<[u8]>,
    /// None at the end of the event.
    value: Option<Place>,
}

/// The place of a value.
#[derive(Clone, Copy, Debug)]
struct Place {
    is_text: bool,
    /// The number of the field that it is read into.
    field: Option<u32>,
    /// None if it has another length in every event.
    length: Option<usize>,
}

/// Pieces that follow on each other in all layouts so far.
#[derive(Debug, Default)]
struct Run {
    /// Only the last one has a value of any length, or none.
    pieces: Vec<Piece>,
    /// All of them, without a last value of any length.
    pattern: Pattern,
    /// The values in the pattern that are looked at.
    values: Vec<Value>,
    end: End,
    /// What may follow.
    next: Vec<Run>,
}

/// What stands behind a run.
#[derive(Clone, Copy, Debug, Default)]
enum End {
    /// Nothing: it ends the event.
    #[default]
    Event,
    /// A value of any length.
    Value(Place),
    /// Another run.
    Run,
}

impl Layouts {
    /// Reads an event of a known layout; `None` for any other text.
    pub(crate) fn read(&self, text: &[u8], envelope: &mut Envelope) -> Option<()> {
        let (mut runs, mut rest) = (&self.first, text);
        loop {
            let (run, text, behind) = runs.iter().find_map(|run| run.split(rest))?;
            for Value { start, end, is_text, field } in &run.values {
                read(&text[*start..*end], *is_text, *field, envelope)?;
            }
            (runs, rest) = (&run.next, behind);
            match run.end {
                End::Event => return Some(()),
                End::Run => {}
                End::Value(Place { is_text, field, .. }) => {
                    let length = length(rest, is_text, field)?;
                    read(&rest[..length], is_text, field, envelope)?;
                    rest = &rest[length..];
                }
            }
        }
    }

    /// Learns the layout of a text from its values. Of a text with hardly any values, or with lists
    /// of them, there is nothing to learn.
    pub(crate) fn learn(&mut self, text: &[u8], values: &[Value]) {
        let is_usual = !values.is_empty() && values.len() <= VALUES_MAX;
        if is_usual && self.pieces + values.len() < PIECES_MAX {
            self.pieces += learn(&mut self.first, &pieces(text, values));
        }
    }
}

impl Run {
    fn new(pieces: Vec<Piece>, next: Vec<Self>) -> Self {
        let mut run = Self { next, ..Self::default() };
        for Piece { literal, value } in &pieces {
            run.pattern.literal(literal);
            run.end = value.map_or(End::Event, |place| run.add(place));
        }
        Self { pieces, ..run }
    }

    /// Adds a value to the pattern, unless it has any length. Returns what stands behind the run then.
    fn add(&mut self, place: Place) -> End {
        let Some(length) = place.length else { return End::Value(place) };
        let start = self.pattern.len();
        self.pattern.any(length);
        if place.field.is_some() || !place.is_text {
            let Place { is_text, field, .. } = place;
            self.values.push(Value { start, end: start + length, is_text, field });
        }
        End::Run
    }

    /// Splits a text that begins with this run.
    fn split<'t>(&self, text: &'t [u8]) -> Option<(&Self, &'t [u8], &'t [u8])> {
        let (start, rest) = self.pattern.split(text)?;
        let fits = match self.end {
            End::Event => rest.is_empty(),
            End::Value(place) if !place.is_text => {
                rest.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b'-')
            }
            End::Value(_) | End::Run => true,
        };
        fits.then_some((self, start, rest))
    }

    /// Keeps so many pieces, and lets the others follow.
    fn keep(&mut self, count: usize) {
        let mut pieces = take(&mut self.pieces);
        let rest = pieces.split_off(count);
        let next = take(&mut self.next);
        *self = if rest.is_empty() {
            Self::new(pieces, next)
        } else {
            Self::new(pieces, vec![Self::new(rest, next)])
        };
    }
}

/// The pieces of an event.
fn pieces(text: &[u8], values: &[Value]) -> Vec<Piece> {
    let mut start = 0;
    let mut pieces: Vec<_> = values
        .iter()
        .map(|value| {
            let literal = text[start..value.start].into();
            start = value.end;
            Piece { literal, value: Some(Place::new(*value, &text[value.start..value.end])) }
        })
        .collect();
    pieces.push(Piece { literal: text[start..].into(), value: None });
    pieces
}

impl Place {
    fn new(Value { is_text, field, .. }: Value, text: &[u8]) -> Self {
        let has_length = if is_text { text.is_ascii() } else { text.len() == TIME_DIGITS };
        Self { is_text, field, length: has_length.then_some(text.len()) }
    }
}

impl Piece {
    /// The length of its value; none if that has any, or if there is no value.
    fn length(&self) -> Option<usize> {
        self.value.and_then(|place| place.length)
    }

    fn has_any_length(&self) -> bool {
        self.value.is_some() && self.length().is_none()
    }

    /// Whether another piece is the same, but for the length of its value.
    fn is_alike(&self, other: &Self) -> bool {
        let kind = |piece: &Self| piece.value.map(|place| (place.is_text, place.field));
        self.literal == other.literal && kind(self) == kind(other)
    }
}

/// Adds pieces to the layouts that begin with these runs. Returns how many of them are new. A value that
/// has another length than before may have any from then on.
fn learn(runs: &mut Vec<Run>, pieces: &[Piece]) -> usize {
    let [first, ..] = pieces else { return 0 };
    let Some(run) = runs.iter_mut().find(|run| run.pieces[0].is_alike(first)) else {
        if runs.len() == NEXT_MAX {
            return 0;
        }
        runs.extend(run_of(pieces));
        return pieces.len();
    };
    let mut alike = 0;
    for (earlier, piece) in run.pieces.iter_mut().zip(pieces) {
        if !earlier.is_alike(piece) {
            break;
        }
        alike += 1;
        if let Some(place) = earlier.value.as_mut().filter(|place| place.length != piece.length()) {
            place.length = None;
            break;
        }
    }
    run.keep(alike);
    learn(&mut run.next, &pieces[alike..])
}

/// The run of some pieces, with those that follow on it.
fn run_of(pieces: &[Piece]) -> Option<Run> {
    let runs: Vec<_> = pieces.split_inclusive(Piece::has_any_length).collect();
    let mut runs = runs.into_iter().rev();
    let last = Run::new(runs.next()?.to_vec(), Vec::new());
    Some(runs.fold(last, |next, pieces| Run::new(pieces.to_vec(), vec![next])))
}

/// The length of a value at the start of a text.
fn length(text: &[u8], is_text: bool, field: Option<u32>) -> Option<usize> {
    if is_text { string_length(text, field.is_some()) } else { integer_length(text) }
}

/// Reads a value into its field.
fn read(text: &[u8], is_text: bool, field: Option<u32>, envelope: &mut Envelope) -> Option<()> {
    let field = field.and_then(|number| envelope.field(number));
    if is_text {
        if let Some(field) = field {
            field.read_text(text);
        }
        return Some(());
    }
    let (value, length) = integer(text)?;
    if let Some(field) = field {
        field.read_integer(value);
    }
    (length == text.len()).then_some(())
}

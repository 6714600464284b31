//! Layouts of events: the text between their values, which is the same in many events.
//!
//! A producer writes the same keys in the same order, so an event is mostly text that has come
//! before. It is compared as a whole, and only values are looked at. Layouts are learned from events
//! that were scanned, so an event that fits one is JSON and reads the same.

use super::envelope::Envelope;
use super::scan::{Value, integer, is_plain, quote};

/// Steps of all layouts, at most. An event of a usual topic has about 30, and shares the first ones
/// with others.
const STEPS_MAX: usize = 4_096;
/// Values of an event whose layout is learned.
const VALUES_MAX: usize = 64;
/// Steps that may follow on one: they are tried one after the other.
const NEXT_MAX: usize = 32;

/// The layouts of events so far, as a tree: events that begin the same share their first steps.
#[derive(Debug, Default)]
pub(crate) struct Layouts {
    steps: Vec<Step>,
    /// Where layouts begin.
    first: Vec<usize>,
}

/// Some text, and the value behind it.
#[derive(Debug)]
struct Step {
    /// The text from the value before to this one, its quotes included.
    literal: Box<[u8]>,
    /// How many quotes are in the literal.
    quotes: usize,
    /// None at the end of the event.
    value: Option<Value>,
    /// The steps that may follow, those of longer literals first: one literal may begin another.
    next: Vec<usize>,
}

/// Whether bytes are [plain](is_plain) UTF-8.
pub(crate) fn is_plain_text(bytes: &[u8]) -> bool {
    is_plain(bytes) && (bytes.is_ascii() || std::str::from_utf8(bytes).is_ok())
}

impl Layouts {
    /// Reads plain text of a known layout; `None` for any other text.
    pub(crate) fn read(&self, text: &[u8], envelope: &mut Envelope) -> Option<()> {
        let (mut step, mut rest) = self.follow(&self.first, text)?;
        let mut quotes = step.quotes;
        while let Some(value) = step.value {
            let (length, (next, behind)) = self.pass(step, value, rest)?;
            read(value, &rest[..length], envelope)?;
            (step, rest) = (next, behind);
            quotes += step.quotes;
        }
        // With as many quotes as stand around the strings, there are none in them.
        (rest.is_empty() && quotes == count_quotes(text)).then_some(())
    }

    /// The length of the value at the start of `rest`, and the step that follows on it.
    fn pass<'t>(
        &self,
        step: &Step,
        value: Value,
        rest: &'t [u8],
    ) -> Option<(usize, (&Step, &'t [u8]))> {
        // Most strings, such as ids and times, have the same length in every event.
        let usual = value.end - value.start;
        let usual_rest = rest.get(usual..).filter(|_| value.is_text);
        if let Some(next) = usual_rest.and_then(|rest| self.follow(&step.next, rest)) {
            return Some((usual, next));
        }
        let length = if value.is_text { quote(rest)? } else { integer(rest)?.1 };
        Some((length, self.follow(&step.next, &rest[length..])?))
    }

    /// The step whose literal stands at the start of a text, and the text behind it.
    fn follow<'t>(&self, steps: &[usize], text: &'t [u8]) -> Option<(&Step, &'t [u8])> {
        let mut steps = steps.iter().map(|position| &self.steps[*position]);
        steps.find_map(|step| Some((step, text.strip_prefix(&*step.literal)?)))
    }

    /// Learns the layout of a text from its values. Of a text with hardly any values, or with lists
    /// of them, there is nothing to learn.
    pub(crate) fn learn(&mut self, text: &[u8], values: &[Value]) {
        if values.is_empty() || values.len() > VALUES_MAX {
            return;
        }
        let (mut start, mut previous) = (0, None);
        for value in values {
            previous = self.step(previous, &text[start..value.start], Some(*value));
            if previous.is_none() {
                return;
            }
            start = value.end;
        }
        self.step(previous, &text[start..], None);
    }

    /// The step that follows on another one, or begins a layout; it is added if it is new. `None`
    /// if there is no room for it.
    fn step(
        &mut self,
        previous: Option<usize>,
        literal: &[u8],
        value: Option<Value>,
    ) -> Option<usize> {
        let kind = |value: Value| (value.is_text, value.field);
        let next = self.next(previous);
        let existing = next.iter().copied().find(|position| {
            let step = &self.steps[*position];
            *step.literal == *literal && step.value.map(kind) == value.map(kind)
        });
        if existing.is_some() {
            return existing;
        }
        let new = self.steps.len();
        if new == STEPS_MAX || next.len() == NEXT_MAX {
            return None;
        }
        let place =
            next.partition_point(|position| self.steps[*position].literal.len() > literal.len());
        match previous {
            Some(previous) => self.steps[previous].next.insert(place, new),
            None => self.first.insert(place, new),
        }
        let quotes = count_quotes(literal);
        self.steps.push(Step { literal: literal.into(), quotes, value, next: Vec::new() });
        Some(new)
    }

    fn next(&self, previous: Option<usize>) -> &[usize] {
        previous.map_or(&self.first, |previous| &self.steps[previous].next)
    }
}

/// Reads a value of this kind into its field.
fn read(value: Value, text: &[u8], envelope: &mut Envelope) -> Option<()> {
    let Some(number) = value.field else { return Some(()) };
    let field = envelope.field(number)?;
    if value.is_text {
        return field.read_text(text);
    }
    field.read_integer(integer(text)?.0);
    Some(())
}

fn count_quotes(text: &[u8]) -> usize {
    memchr::memchr_iter(b'"', text).count()
}

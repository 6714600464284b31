//! The stored form of facts. The order of fields is part of it.

use super::codec::{DecodeError, Read, Reader, Stored, Writer};
use crate::facts::conversation::Conversation;
use crate::facts::session::{AcdSession, CustomerSession, Slot, UserSession};
use crate::facts::{
    AcdEnd, AcdStart, Acw, BudgetReport, BudgetScope, Durations, MetricFact, MetricSession,
    Outcome, Source, Transfer, UserEnd, UserStart, Work,
};
use crate::time::Millis;

/// A type is stored as its fields, in the order in which they are listed here; `field: form` is
/// stored by the functions of a module of this file.
macro_rules! stored_fields {
    ($($type:ident $(<$parameter:ident>)? { $($field:ident $(: $form:ident)?),+ })*) => {$(
        impl $(<$parameter: Stored>)? Stored for $type $(<$parameter>)? {
            fn write(&self, to: &mut Writer) {
                $(stored_fields!(@write self.$field, to $(, $form)?);)+
            }

            fn read(from: &mut Reader<'_>) -> Read<Self> {
                $(let $field = stored_fields!(@read from $(, $form)?)?;)+
                Ok(Self { $($field),+ })
            }
        }
    )*};
    (@write $value:expr, $to:ident) => { $value.write($to) };
    (@write $value:expr, $to:ident, $form:ident) => { $form::write($value, $to) };
    (@read $from:ident) => { Stored::read($from) };
    (@read $from:ident, $form:ident) => { $form::read($from) };
}
pub(super) use stored_fields;

stored_fields! {
    AcdSession { id, start, end }
    UserSession { id, start, end, acw }
    CustomerSession { id, start, end }
    AcdStart { time, queue, media }
    AcdEnd { time, queue, media, outcome: outcome, connected: optional_duration, answered_user }
    UserStart { time, work }
    UserEnd { time, work, durations, transfer: transfer }
    Acw { time, work, wrapup: optional_duration }
    Work { user, outbound, queue, media }
    Durations {
        alerting: duration, interacting: duration, hold: duration, contacting: duration,
        dialing: duration
    }
    BudgetReport { at, scope, sums }
}

/// All of a conversation but its last read, which version 2 appended.
impl Stored for Conversation {
    fn write(&self, to: &mut Writer) {
        self.closed.write(to);
        self.acd_sessions.write(to);
        self.user_sessions.write(to);
        self.customer_sessions.write(to);
        self.metrics.write(to);
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        let mut conversation = Self::default();
        conversation.closed = Stored::read(from)?;
        conversation.acd_sessions = Stored::read(from)?;
        conversation.user_sessions = Stored::read(from)?;
        conversation.customer_sessions = Stored::read(from)?;
        conversation.metrics = Stored::read(from)?;
        Ok(conversation)
    }
}

/// Bits of the byte that says when a conversation was read: whether a time follows, and whether the
/// API does not know the conversation.
const READ: u8 = 1;
const NOT_FOUND: u8 = 2;

impl Conversation {
    pub(super) fn write_reads(&self, to: &mut Writer) {
        let not_found = if self.not_found { NOT_FOUND } else { 0 };
        to.byte(u8::from(self.last_read.is_some()) | not_found);
        if let Some(time) = self.last_read {
            time.write(to);
        }
    }

    pub(super) fn read_reads(&mut self, from: &mut Reader<'_>) -> Read<()> {
        let flags = from.byte()?;
        if flags > READ | NOT_FOUND {
            return Err(DecodeError::Malformed);
        }
        self.not_found = flags & NOT_FOUND > 0;
        self.last_read = (flags & READ > 0).then(|| Millis::read(from)).transpose()?;
        Ok(())
    }
}

impl Stored for BudgetScope {
    fn write(&self, to: &mut Writer) {
        match self {
            Self::Now => to.byte(0),
            Self::Day(day) => {
                to.byte(1);
                to.signed(i64::from(*day));
            }
        }
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        match from.byte()? {
            0 => Ok(Self::Now),
            1 => from.signed()?.try_into().map(Self::Day).map_err(|_| DecodeError::Malformed),
            _ => Err(DecodeError::Malformed),
        }
    }
}

/// A byte 0, or the source and the value.
impl<T: Stored> Stored for Slot<T> {
    fn write(&self, to: &mut Writer) {
        match &self.0 {
            None => to.byte(0),
            Some((source, value)) => {
                to.byte(source_code(*source));
                value.write(to);
            }
        }
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        match from.byte()? {
            0 => Ok(Self(None)),
            code => Ok(Self(Some((source(code)?, T::read(from)?)))),
        }
    }
}

/// In the first byte of a metric fact: it has a record in place of a session.
const RECORD: u8 = 4;

impl Stored for (Source, MetricFact) {
    fn write(&self, to: &mut Writer) {
        let (source, fact) = self;
        let record = if matches!(fact.session, MetricSession::Record(_)) { RECORD } else { 0 };
        to.byte(source_code(*source) | record);
        fact.session.id().write(to);
        fact.metric.write(to);
        fact.emitted.write(to);
        fact.value.write(to);
        fact.queue.write(to);
        fact.user.write(to);
        fact.media.write(to);
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        let flags = from.byte()?;
        let (source, id) = (source(flags & 3)?, Stored::read(from)?);
        let is_session = flags >> 2 == 0;
        let fact = MetricFact {
            session: if is_session {
                MetricSession::Session(id)
            } else {
                MetricSession::Record(id)
            },
            metric: Stored::read(from)?,
            emitted: Stored::read(from)?,
            value: Stored::read(from)?,
            queue: Stored::read(from)?,
            user: Stored::read(from)?,
            media: Stored::read(from)?,
        };
        Ok((source, fact))
    }
}

fn source_code(source: Source) -> u8 {
    match source {
        Source::Event => 1,
        Source::Api => 2,
    }
}

fn source(code: u8) -> Read<Source> {
    match code {
        1 => Ok(Source::Event),
        2 => Ok(Source::Api),
        _ => Err(DecodeError::Malformed),
    }
}

/// Milliseconds that are no time, and so not relative to the base time.
mod duration {
    use super::{Millis, Read, Reader, Writer};

    pub(super) fn write(duration: Millis, to: &mut Writer) {
        to.signed(duration.0);
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Read<Millis> {
        from.signed().map(Millis)
    }
}

mod optional_duration {
    use super::{Millis, Read, Reader, Stored, Writer};

    pub(super) fn write(duration: Option<Millis>, to: &mut Writer) {
        duration.map(|duration| duration.0).write(to);
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Read<Option<Millis>> {
        Ok(Option::<i64>::read(from)?.map(Millis))
    }
}

/// An optional value of a few, as one byte: 0, or its position from 1 on.
macro_rules! stored_choice {
    ($module:ident: $type:ident [$($variant:ident),+]) => {
        mod $module {
            use super::{DecodeError, Read, Reader, $type, Writer};

            const ALL: &[$type] = &[$($type::$variant),+];

            pub(super) fn write(value: Option<$type>, to: &mut Writer) {
                let position = ALL.iter().position(|choice| Some(*choice) == value);
                to.count(position.map_or(0, |position| position + 1));
            }

            pub(super) fn read(from: &mut Reader<'_>) -> Read<Option<$type>> {
                match usize::from(from.byte()?).checked_sub(1) {
                    None => Ok(None),
                    Some(position) => {
                        ALL.get(position).copied().map(Some).ok_or(DecodeError::Malformed)
                    }
                }
            }
        }
    };
}

stored_choice!(outcome: Outcome [Answered, Abandon, FlowOut]);
stored_choice!(transfer: Transfer [Blind, Consult]);

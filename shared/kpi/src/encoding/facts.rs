//! Facts in bytes: lists of sessions, each with flags that say which of its parts follow.

use super::DecodeError;
use crate::codec::{Reader, Writer};
use crate::facts::{
    AcdEnd, AcdSession, AcdStart, Acw, Conversation, CustomerSession, Durations, LastRead,
    MetricFact, MetricSession, Outcome, Slot, Source, Transfer, UserEnd, UserSession, UserStart,
    Work,
};
use crate::{Id, Media, Millis};

type Read<T> = Result<T, DecodeError>;

pub(super) fn write(conversation: &Conversation, to: &mut Writer) {
    optional(conversation.closed.as_ref(), to, |at, to| to.time(*at));
    list(&conversation.acd, to, |session, to| {
        to.id(&session.id);
        slot(&session.start, to, write_acd_start);
        slot(&session.end, to, write_acd_end);
    });
    list(&conversation.user, to, |session, to| {
        to.id(&session.id);
        slot(&session.start, to, |event, to| {
            to.time(event.time);
            write_work(&event.work, to);
        });
        slot(&session.end, to, write_user_end);
        slot(&session.acw, to, |event, to| {
            to.time(event.time);
            write_work(&event.work, to);
            optional(event.wrapup.as_ref(), to, |ms, to| to.signed(ms.0));
        });
    });
    list(&conversation.customer, to, |session, to| {
        to.id(&session.id);
        slot(&session.start, to, |at, to| to.time(*at));
        slot(&session.end, to, |at, to| to.time(*at));
    });
    list(&conversation.metrics, to, write_metric);
}

pub(super) fn read(from: &mut Reader<'_>) -> Read<Conversation> {
    let mut conversation = Conversation::default();
    conversation.closed = read_optional(from, Reader::time)?;
    conversation.acd = read_list(from, |from| {
        let (id, start) = (from.id()?, read_slot(from, read_acd_start)?);
        Ok(AcdSession { id, start, end: read_slot(from, read_acd_end)? })
    })?;
    conversation.user = read_list(from, |from| {
        let (id, start) = (from.id()?, read_slot(from, read_user_start)?);
        let end = read_slot(from, read_user_end)?;
        Ok(UserSession { id, start, end, acw: read_slot(from, read_acw)? })
    })?;
    conversation.customer = read_list(from, |from| {
        let (id, start) = (from.id()?, read_slot(from, Reader::time)?);
        Ok(CustomerSession { id, start, end: read_slot(from, Reader::time)? })
    })?;
    conversation.metrics = read_list(from, read_metric)?;
    Ok(conversation)
}

pub(super) fn write_read(read: LastRead, to: &mut Writer) {
    match read {
        LastRead::Never => to.byte(0),
        LastRead::At(at) => {
            to.byte(1);
            to.time(at);
        }
        LastRead::Gone => to.byte(2),
    }
}

pub(super) fn read_read(from: &mut Reader<'_>) -> Read<LastRead> {
    match from.byte()? {
        0 => Ok(LastRead::Never),
        1 => from.time().map(LastRead::At),
        2 => Ok(LastRead::Gone),
        _ => Err(DecodeError::Malformed),
    }
}

fn write_acd_start(event: &AcdStart, to: &mut Writer) {
    to.time(event.time);
    to.id(&event.queue);
    optional(event.media.as_ref(), to, |media, to| to.media(media));
}

fn read_acd_start(from: &mut Reader<'_>) -> Read<AcdStart> {
    let (time, queue) = (from.time()?, from.id()?);
    Ok(AcdStart { time, queue, media: read_optional(from, Reader::media)? })
}

fn write_acd_end(event: &AcdEnd, to: &mut Writer) {
    to.time(event.time);
    to.id(&event.queue);
    optional(event.media.as_ref(), to, |media, to| to.media(media));
    to.byte(match event.outcome {
        None => 0,
        Some(Outcome::Answered) => 1,
        Some(Outcome::Abandon) => 2,
        Some(Outcome::FlowOut) => 3,
    });
    optional(event.connected.as_ref(), to, |ms, to| to.signed(ms.0));
    optional(event.answered_user.as_ref(), to, |user, to| to.id(user));
}

fn read_acd_end(from: &mut Reader<'_>) -> Read<AcdEnd> {
    let (time, queue) = (from.time()?, from.id()?);
    let media: Option<Media> = read_optional(from, Reader::media)?;
    let outcome = match from.byte()? {
        0 => None,
        1 => Some(Outcome::Answered),
        2 => Some(Outcome::Abandon),
        3 => Some(Outcome::FlowOut),
        _ => return Err(DecodeError::Malformed),
    };
    let connected = read_optional(from, |from| from.signed().map(Millis))?;
    let answered_user = read_optional(from, Reader::id)?;
    Ok(AcdEnd { time, queue, media, outcome, connected, answered_user })
}

fn write_work(work: &Work, to: &mut Writer) {
    to.id(&work.user);
    to.byte(u8::from(work.outbound));
    optional(work.queue.as_ref(), to, |queue, to| to.id(queue));
    optional(work.media.as_ref(), to, |media, to| to.media(media));
}

fn read_work(from: &mut Reader<'_>) -> Read<Work> {
    let user = from.id()?;
    let outbound = from.byte()? == 1;
    let queue: Option<Id> = read_optional(from, Reader::id)?;
    Ok(Work { user, queue, media: read_optional(from, Reader::media)?, outbound })
}

fn read_user_start(from: &mut Reader<'_>) -> Read<UserStart> {
    Ok(UserStart { time: from.time()?, work: read_work(from)? })
}

fn write_user_end(event: &UserEnd, to: &mut Writer) {
    to.time(event.time);
    write_work(&event.work, to);
    let spent = event.durations;
    for ms in [spent.alerting, spent.interacting, spent.held, spent.contacting, spent.dialing] {
        to.signed(ms.0);
    }
    to.byte(match event.transfer {
        None => 0,
        Some(Transfer::Blind) => 1,
        Some(Transfer::Consult) => 2,
    });
}

fn read_user_end(from: &mut Reader<'_>) -> Read<UserEnd> {
    let (time, work) = (from.time()?, read_work(from)?);
    let mut ms = || from.signed().map(Millis);
    let durations = Durations {
        alerting: ms()?,
        interacting: ms()?,
        held: ms()?,
        contacting: ms()?,
        dialing: ms()?,
    };
    let transfer = match from.byte()? {
        0 => None,
        1 => Some(Transfer::Blind),
        2 => Some(Transfer::Consult),
        _ => return Err(DecodeError::Malformed),
    };
    Ok(UserEnd { time, work, durations, transfer })
}

fn read_acw(from: &mut Reader<'_>) -> Read<Acw> {
    let (time, work) = (from.time()?, read_work(from)?);
    Ok(Acw { time, work, wrapup: read_optional(from, |from| from.signed().map(Millis))? })
}

fn write_metric((source, fact): &(Source, MetricFact), to: &mut Writer) {
    let record = matches!(fact.session, MetricSession::Record(_));
    to.byte(source_flag(*source) | u8::from(record) << 2);
    to.id(fact.session.id());
    to.metric(&fact.metric);
    to.time(fact.emitted);
    to.signed(fact.value);
    optional(fact.queue.as_ref(), to, |queue, to| to.id(queue));
    optional(fact.user.as_ref(), to, |user, to| to.id(user));
    to.media(&fact.media);
}

fn read_metric(from: &mut Reader<'_>) -> Read<(Source, MetricFact)> {
    let flags = from.byte()?;
    let (source, id) = (read_source(flags & 3)?, from.id()?);
    let session = match flags >> 2 {
        0 => MetricSession::Session(id),
        _ => MetricSession::Record(id),
    };
    let (metric, emitted, value) = (from.metric()?, from.time()?, from.signed()?);
    let (queue, user) = (read_optional(from, Reader::id)?, read_optional(from, Reader::id)?);
    let media = from.media()?;
    Ok((source, MetricFact { session, metric, emitted, value, queue, user, media }))
}

fn source_flag(source: Source) -> u8 {
    match source {
        Source::Event => 1,
        Source::Api => 2,
    }
}

fn read_source(flag: u8) -> Read<Source> {
    match flag {
        1 => Ok(Source::Event),
        2 => Ok(Source::Api),
        _ => Err(DecodeError::Malformed),
    }
}

/// Nothing, or where it was read and what it says.
fn slot<T>(slot: &Slot<T>, to: &mut Writer, write: impl FnOnce(&T, &mut Writer)) {
    match &slot.0 {
        None => to.byte(0),
        Some((source, event)) => {
            to.byte(source_flag(*source));
            write(event, to);
        }
    }
}

fn read_slot<'a, T>(
    from: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Read<T>,
) -> Read<Slot<T>> {
    match from.byte()? {
        0 => Ok(Slot(None)),
        flag => Ok(Slot(Some((read_source(flag)?, read(from)?)))),
    }
}

pub(super) fn optional<T>(value: Option<&T>, to: &mut Writer, write: impl FnOnce(&T, &mut Writer)) {
    to.byte(u8::from(value.is_some()));
    if let Some(value) = value {
        write(value, to);
    }
}

pub(super) fn read_optional<'a, T>(
    from: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Read<T>,
) -> Read<Option<T>> {
    match from.byte()? {
        0 => Ok(None),
        1 => read(from).map(Some),
        _ => Err(DecodeError::Malformed),
    }
}

pub(super) fn list<T>(items: &[T], to: &mut Writer, mut write: impl FnMut(&T, &mut Writer)) {
    to.count(items.len());
    for item in items {
        write(item, to);
    }
}

pub(super) fn read_list<'a, T>(
    from: &mut Reader<'a>,
    mut read: impl FnMut(&mut Reader<'a>) -> Read<T>,
) -> Read<Vec<T>> {
    let count = from.count()?;
    let mut items = Vec::with_capacity(count.min(RESERVED_MAX));
    for _ in 0..count {
        items.push(read(from)?);
    }
    Ok(items)
}

/// Room that is made for a list before it is read: damaged bytes may announce a longer one.
const RESERVED_MAX: usize = 64;

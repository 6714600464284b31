//! Contributions in bytes: rows, each with its amounts by key.

use super::facts::list;
use super::{DecodeError, budget};
use crate::books::Contributions;
use crate::codec::{Reader, Writer};
use crate::row::{Bucket, Measure, Part, RowKey, Subject, SubjectKind, Waiting};
use crate::{Millis, row};

type Read<T> = Result<T, DecodeError>;

const MINUTE_MS: i64 = 60_000;

pub(super) fn write(books: &Contributions, to: &mut Writer) {
    to.count(books.len());
    for (row, amounts) in books.rows() {
        write_row(row, to);
        list(amounts, to, |(key, amount), to| {
            write_key(key, to);
            to.signed(*amount);
        });
    }
}

pub(super) fn read(from: &mut Reader<'_>) -> Read<Contributions> {
    let mut books = Contributions::default();
    for _ in 0..from.count()? {
        let row = read_row(from)?;
        let amounts = books.begin();
        for _ in 0..from.count()? {
            amounts.push((read_key(from)?, from.signed()?));
        }
        books.end(row);
    }
    Ok(books)
}

/// Whether there is a row or a key that version 1 has no form for.
pub(super) fn has_reads(books: &Contributions) -> bool {
    let is_new = |key: &Measure| matches!(key, Measure::Repaired | Measure::Budget(_));
    books.rows().any(|(row, amounts)| {
        row.subject.kind == SubjectKind::Api || amounts.iter().any(|(key, _)| is_new(key))
    })
}

/// In a row's first byte: it is the one of the API budget, which needs no id.
const API: u8 = 0x80;

/// Kind and bucket share a byte: half of a row's share of the item would be such bytes.
fn write_row(RowKey { subject, bucket }: &RowKey, to: &mut Writer) {
    let (tag, number) = match bucket {
        Bucket::Now => (0, None),
        Bucket::Day(day) => (1, Some(i64::from(*day))),
        Bucket::Interval { minutes, start } => {
            (minutes / 15 + 1, Some(start.0 / (i64::from(*minutes) * MINUTE_MS)))
        }
    };
    match subject.kind {
        SubjectKind::Agent => to.byte(tag << 1),
        SubjectKind::Queue => to.byte(1 | tag << 1),
        SubjectKind::Api => to.byte(API | tag << 1),
    }
    if subject.kind != SubjectKind::Api {
        to.id(&subject.id);
        to.media(&subject.media);
    }
    if let Some(number) = number {
        to.signed(number);
    }
}

fn read_row(from: &mut Reader<'_>) -> Read<RowKey> {
    let flags = from.byte()?;
    let subject = read_subject(flags, from)?;
    let bucket = match (flags & !API) >> 1 {
        0 => Bucket::Now,
        1 => Bucket::Day(i32::try_from(from.signed()?).map_err(|_| DecodeError::Malformed)?),
        tag @ (2 | 3 | 5) => {
            let minutes = (tag - 1) * 15;
            let length = i64::from(minutes) * MINUTE_MS;
            let start = from.signed()?.checked_mul(length).ok_or(DecodeError::Malformed)?;
            Bucket::Interval { minutes, start: Millis(start) }
        }
        _ => return Err(DecodeError::Malformed),
    };
    Ok(row::RowKey { subject, bucket })
}

fn read_subject(flags: u8, from: &mut Reader<'_>) -> Read<Subject> {
    let kind = match flags & (API | 1) {
        0 => SubjectKind::Agent,
        1 => SubjectKind::Queue,
        API => return Ok(Subject::budget()),
        _ => return Err(DecodeError::Malformed),
    };
    Ok(Subject { kind, id: from.id()?, media: from.media()? })
}

fn write_key(key: &Measure, to: &mut Writer) {
    match key {
        Measure::Metric(metric, part) => {
            to.byte(match part {
                Part::Value => 0,
                Part::Count => 1,
                Part::Sum => 2,
            });
            to.metric(metric);
        }
        Measure::Wait(bucket) => {
            to.byte(3);
            to.unsigned(u64::from(*bucket));
        }
        Measure::OWaiting => to.byte(4),
        Measure::OAlerting => to.byte(5),
        Measure::OInteracting => to.byte(6),
        Measure::WaitingSince(waiting) => {
            to.byte(7);
            to.time(Millis(waiting.second * 1_000));
            to.id(&waiting.session);
        }
        Measure::Repaired => to.byte(8),
        Measure::Budget(sum) => {
            to.byte(9);
            budget::write_sum(*sum, to);
        }
    }
}

fn read_key(from: &mut Reader<'_>) -> Read<Measure> {
    Ok(match from.byte()? {
        0 => Measure::Metric(from.metric()?, Part::Value),
        1 => Measure::Metric(from.metric()?, Part::Count),
        2 => Measure::Metric(from.metric()?, Part::Sum),
        3 => Measure::Wait(u16::try_from(from.unsigned()?).map_err(|_| DecodeError::Malformed)?),
        4 => Measure::OWaiting,
        5 => Measure::OAlerting,
        6 => Measure::OInteracting,
        7 => {
            let second = from.time()?.seconds();
            Measure::WaitingSince(Box::new(Waiting { second, session: from.id()? }))
        }
        8 => Measure::Repaired,
        9 => Measure::Budget(budget::read_sum(from)?),
        _ => return Err(DecodeError::Malformed),
    })
}

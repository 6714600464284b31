//! The stored form of contributions: rows, each with its amounts by measure.

use super::codec::{DecodeError, Read, Reader, Stored, Writer, write_list};
use crate::bucket::Bucket;
use crate::rows::contributions::Contributions;
use crate::rows::key::{RowKey, Subject};
use crate::rows::measure::{Measure, Part};
use crate::rows::waiting::{TaggedSecond, Waiting};
use crate::time::{MINUTE_MS, Millis};

impl Stored for Contributions {
    fn write(&self, to: &mut Writer) {
        to.count(self.len());
        for (row, amounts) in self.rows() {
            row.write(to);
            write_list(amounts, to);
        }
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        let mut contributions = Self::default();
        for _ in 0..from.count()? {
            let row = RowKey::read(from)?;
            let amounts = contributions.open_row();
            for _ in 0..from.count()? {
                amounts.push(Stored::read(from)?);
            }
            contributions.close_row(row);
        }
        Ok(contributions)
    }
}

/// Whether there is a row or a measure that version 1 has no form for.
pub(super) fn has_reads(contributions: &Contributions) -> bool {
    let is_new = |measure: &Measure| matches!(measure, Measure::Repaired | Measure::Budget(_));
    contributions.rows().any(|(row, amounts)| {
        row.subject == Subject::ApiBudget || amounts.iter().any(|(measure, _)| is_new(measure))
    })
}

/// Whether there are starts of interacting sessions among contributions: what version 3 brought.
pub(super) fn has_starts(contributions: &Contributions) -> bool {
    let is_start = |measure: &Measure| matches!(measure, Measure::InteractingSince(_));
    contributions.rows().any(|(_, amounts)| amounts.iter().any(|(measure, _)| is_start(measure)))
}

/// Bits of the first byte of a row, which has the kind of its subject and of its bucket: together
/// they take half the space of two bytes in each of some ten rows.
const QUEUE: u8 = 1;
const API_BUDGET: u8 = 0x80;
/// Of an agent or a queue, without a media type.
const WITHOUT_MEDIA: u8 = 0x40;
const WITHOUT_MEDIA_OF_QUEUE: u8 = WITHOUT_MEDIA | QUEUE;

impl Stored for RowKey {
    fn write(&self, to: &mut Writer) {
        let (bucket_code, number) = match self.bucket {
            Bucket::Now => (0, None),
            Bucket::Day(day) => (1, Some(i64::from(day))),
            Bucket::Interval { minutes, start } => {
                (minutes / 15 + 1, Some(start.0 / (i64::from(minutes) * MINUTE_MS)))
            }
        };
        match &self.subject {
            Subject::Agent { id, media } => {
                to.byte(bucket_code << 1);
                id.write(to);
                media.write(to);
            }
            Subject::Queue { id, media } => {
                to.byte(QUEUE | bucket_code << 1);
                id.write(to);
                media.write(to);
            }
            Subject::ApiBudget => to.byte(API_BUDGET | bucket_code << 1),
            Subject::AgentStatus(id) => {
                to.byte(WITHOUT_MEDIA | bucket_code << 1);
                id.write(to);
            }
            Subject::QueueAgents(id) => {
                to.byte(WITHOUT_MEDIA_OF_QUEUE | bucket_code << 1);
                id.write(to);
            }
        }
        if let Some(number) = number {
            to.signed(number);
        }
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        let flags = from.byte()?;
        let subject = match flags & (API_BUDGET | WITHOUT_MEDIA | QUEUE) {
            0 => Subject::Agent { id: Stored::read(from)?, media: Stored::read(from)? },
            QUEUE => Subject::Queue { id: Stored::read(from)?, media: Stored::read(from)? },
            API_BUDGET => Subject::ApiBudget,
            WITHOUT_MEDIA => Subject::AgentStatus(Stored::read(from)?),
            WITHOUT_MEDIA_OF_QUEUE => Subject::QueueAgents(Stored::read(from)?),
            _ => return Err(DecodeError::Malformed),
        };
        let bucket = match (flags & !(API_BUDGET | WITHOUT_MEDIA)) >> 1 {
            0 => Bucket::Now,
            1 => Bucket::Day(i32::try_from(from.signed()?).map_err(|_| DecodeError::Malformed)?),
            code @ (2 | 3 | 5) => {
                let minutes = (code - 1) * 15;
                let length = i64::from(minutes) * MINUTE_MS;
                let start = from.signed()?.checked_mul(length).ok_or(DecodeError::Malformed)?;
                Bucket::Interval { minutes, start: Millis(start) }
            }
            _ => return Err(DecodeError::Malformed),
        };
        Ok(Self { subject, bucket })
    }
}

impl Stored for Measure {
    fn write(&self, to: &mut Writer) {
        match self {
            Self::Metric(metric, part) => {
                to.byte(*part as u8);
                metric.write(to);
            }
            Self::Wait(bucket) => {
                to.byte(3);
                to.unsigned(u64::from(*bucket));
            }
            Self::OWaiting => to.byte(4),
            Self::OAlerting => to.byte(5),
            Self::OInteracting => to.byte(6),
            Self::WaitingSince(waiting) => {
                to.byte(7);
                Millis(waiting.second * 1_000).write(to);
                waiting.tag.write(to);
            }
            Self::Repaired => to.byte(8),
            Self::Budget(metric) => {
                to.byte(9);
                metric.write(to);
            }
            Self::InteractingSince(interacting) => {
                to.byte(10);
                Millis(interacting.second * 1_000).write(to);
                to.byte(interacting.tag);
            }
            Self::Agent(measure) => {
                to.byte(11);
                measure.write(to);
            }
        }
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        Ok(match from.byte()? {
            0 => Self::Metric(Stored::read(from)?, Part::Value),
            1 => Self::Metric(Stored::read(from)?, Part::Count),
            2 => Self::Metric(Stored::read(from)?, Part::Sum),
            3 => Self::Wait(u16::try_from(from.unsigned()?).map_err(|_| DecodeError::Malformed)?),
            4 => Self::OWaiting,
            5 => Self::OAlerting,
            6 => Self::OInteracting,
            7 => {
                let second = Millis::read(from)?.seconds();
                Self::WaitingSince(Box::new(Waiting { second, tag: Stored::read(from)? }))
            }
            8 => Self::Repaired,
            9 => Self::Budget(Stored::read(from)?),
            10 => {
                let second = Millis::read(from)?.seconds();
                Self::InteractingSince(Box::new(TaggedSecond { second, tag: from.byte()? }))
            }
            11 => Self::Agent(Box::new(Stored::read(from)?)),
            _ => return Err(DecodeError::Malformed),
        })
    }
}

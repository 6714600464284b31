//! The stored form of an agent. The order of fields is part of it.

use super::codec::{DecodeError, Read, Reader, Stored, Writer};
use super::conversation::stored_fields;
use crate::facts::Agent;
use crate::facts::agent::{Change, Presence, QueueList, QueueMark, Run, Stream};
use crate::id::Id;
use crate::rows::agent_measure::AgentMeasure;
use crate::rows::waiting::TaggedSecond;
use crate::time::Millis;

stored_fields! {
    Agent { user, forgotten_until, routing, presence, joined, marks, members, out_of_office, details_until }
    Presence { system, organization }
    QueueList { at, queues }
    QueueMark { queue, at, joined }
    Stream<T> { first, events, reads }
    Run<T> { since, value }
}

/// A change is reported soon after it is made: the distance takes one or two bytes.
impl<T: Stored> Stored for Change<T> {
    fn write(&self, to: &mut Writer) {
        self.at.write(to);
        to.signed(self.reported_at.0.wrapping_sub(self.at.0));
        self.value.write(to);
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        let at = Millis::read(from)?;
        let reported_at = Millis(at.0.wrapping_add(from.signed()?));
        Ok(Self { at, reported_at, value: Stored::read(from)? })
    }
}

impl Stored for AgentMeasure {
    fn write(&self, to: &mut Writer) {
        match self {
            Self::Status(metric, status) => {
                to.byte(0);
                metric.write(to);
                status.write(to);
            }
            Self::Organization(metric, id) => {
                to.byte(1);
                metric.write(to);
                // It was an id, or is `other`, which could be one.
                Id::parse(id).unwrap_or_else(|_| Id::from_name(id)).write(to);
            }
            Self::Gauge(gauge) => {
                to.byte(2);
                gauge.write(to);
            }
            Self::IdleSince(idle) => {
                to.byte(3);
                Millis(idle.second * 1_000).write(to);
                to.byte(idle.tag);
            }
        }
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        Ok(match from.byte()? {
            0 => Self::Status(Stored::read(from)?, Stored::read(from)?),
            1 => {
                let metric = Stored::read(from)?;
                Self::Organization(metric, from.id()?.to_string().into())
            }
            2 => Self::Gauge(Stored::read(from)?),
            3 => {
                let second = Millis::read(from)?.seconds();
                Self::IdleSince(TaggedSecond { second, tag: from.byte()? })
            }
            _ => return Err(DecodeError::Malformed),
        })
    }
}

//! The sessions of a conversation: each has a slot for every kind of event.

use super::fact::{AcdEnd, AcdStart, Acw, Event, UserEnd, UserStart, Work};
use super::join::{Source, keep_greater};
use crate::id::Id;
use crate::names::Media;
use crate::time::Millis;

/// The greatest value of one kind of event of one session. Events rank above API responses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slot<T>(pub(crate) Option<(Source, T)>);

impl<T: Ord> Slot<T> {
    /// Keeps the greater value. Returns whether that changed anything.
    pub(super) fn join(&mut self, source: Source, value: T) -> bool {
        keep_greater(&mut self.0, Some((source, value)))
    }
}

impl<T> Slot<T> {
    /// The value, whatever its source.
    pub(crate) fn value(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }
}

/// What all kinds of session have.
pub(crate) trait Session {
    /// An upper bound of what it adds to the stored form, in bytes: with all its events and
    /// contributions, but without texts (see [`Event::texts`]).
    const ENCODED_SIZE_MAX: usize;
    /// A session without events.
    fn new(id: Id) -> Self;
    /// `sessionId`
    fn id(&self) -> &Id;
    /// The events of it, in the order start, end, acw.
    fn events(&self) -> impl Iterator<Item = &dyn Event>;
    /// Whether it has a start and no end.
    fn is_open(&self) -> bool;

    /// The newest event time of it.
    fn newest_event_time(&self) -> Option<Millis> {
        self.events().map(Event::time).max()
    }
}

/// A conversation's stay in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AcdSession {
    pub(crate) id: Id,
    pub(crate) start: Slot<AcdStart>,
    pub(crate) end: Slot<AcdEnd>,
}

/// A user's part in a conversation, from alerting to after-call work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserSession {
    pub(crate) id: Id,
    pub(crate) start: Slot<UserStart>,
    pub(crate) end: Slot<UserEnd>,
    pub(crate) acw: Slot<Acw>,
}

/// The customer's part in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CustomerSession {
    pub(crate) id: Id,
    pub(crate) start: Slot<Millis>,
    pub(crate) end: Slot<Millis>,
}

impl AcdSession {
    /// The queue of the start, or else of the end.
    pub(crate) fn queue(&self) -> Option<&Id> {
        let start = self.start.value().map(|start| &start.queue);
        start.or_else(|| self.end.value().map(|end| &end.queue))
    }

    /// The media type of the start, or else of the end, or else unknown.
    pub(crate) fn media(&self) -> Media {
        let start = self.start.value().and_then(|start| start.media.as_ref());
        let media = start.or_else(|| self.end.value()?.media.as_ref());
        media.cloned().unwrap_or(Media::UNKNOWN)
    }

    /// The time in the queue: `connectedDurationMs`, or else end - start, at least 0 since the
    /// clocks of the two events may disagree (`kpis.md#wait`).
    pub(crate) fn wait(&self) -> Option<Millis> {
        let end = self.end.value()?;
        let measured = || self.start.value().map(|start| (end.time - start.time).max(Millis(0)));
        end.connected.or_else(measured)
    }

    /// When it was offered: its start, or else the end minus the time in the queue.
    pub(crate) fn offered(&self) -> Option<Millis> {
        let start = self.start.value().map(|start| start.time);
        start.or_else(|| self.end.value().and_then(|end| Some(end.time - end.connected?)))
    }
}

impl UserSession {
    /// What start, end and after-call work say about the work, in this order: the first value of
    /// each field counts (`kpis.md#session-values`).
    fn works(&self) -> impl Iterator<Item = &Work> {
        let start = self.start.value().map(|start| &start.work);
        let end = self.end.value().map(|end| &end.work);
        let acw = self.acw.value().map(|acw| &acw.work);
        start.into_iter().chain(end).chain(acw)
    }

    /// The user.
    pub(crate) fn user(&self) -> Option<&Id> {
        self.works().map(|work| &work.user).next()
    }

    /// The queue that the work comes from, if any.
    pub(crate) fn queue(&self) -> Option<&Id> {
        self.works().find_map(|work| work.queue.as_ref())
    }

    /// The media type, or unknown.
    pub(crate) fn media(&self) -> Media {
        self.works().find_map(|work| work.media.clone()).unwrap_or(Media::UNKNOWN)
    }

    /// Whether any event says that the contact is outbound.
    pub(crate) fn outbound(&self) -> bool {
        self.works().any(|work| work.outbound)
    }
}

macro_rules! sessions {
    ($($type:ident($size:literal): $($slot:ident),+;)*) => {$(
        impl Session for $type {
            const ENCODED_SIZE_MAX: usize = $size;
            fn new(id: Id) -> Self {
                Self { id, $($slot: Slot(None)),+ }
            }
            fn id(&self) -> &Id {
                &self.id
            }
            fn events(&self) -> impl Iterator<Item = &dyn Event> {
                [$(self.$slot.value().map(|event| event as &dyn Event)),+].into_iter().flatten()
            }
            fn is_open(&self) -> bool {
                self.start.value().is_some() && self.end.value().is_none()
            }
        }
    )*};
}

sessions! {
    AcdSession(400): start, end;
    UserSession(900): start, end, acw;
    CustomerSession(36): start, end;
}

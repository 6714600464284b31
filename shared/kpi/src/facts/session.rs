//! The sessions of a conversation, each a few slots.

use super::{AcdEnd, AcdStart, Acw, Outcome, Source, UserEnd, UserStart, Work};
use crate::{Id, Media, Millis};

/// What is known of one kind of event of one session: the greatest, events before answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot<T>(pub(crate) Option<(Source, T)>);

impl<T: Ord> Slot<T> {
    /// Keeps the greater one; says whether that changed anything.
    pub(super) fn join(&mut self, source: Source, value: T) -> bool {
        let new = Some((source, value));
        let greater = self.0 < new;
        if greater {
            self.0 = new;
        }
        greater
    }
}

impl<T> Slot<T> {
    /// What is known, whatever its source.
    pub fn value(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }
}

/// A session, as something to find by its id.
pub(super) trait Keyed {
    /// What it adds to the encoded conversation at most, texts apart, with all its events
    /// and contributions.
    const WEIGHT_MAX: usize;
    fn new(id: Id) -> Self;
    fn id(&self) -> &Id;
}

/// What all kinds of session have.
pub trait Session {
    /// The newest event time of it.
    fn newest(&self) -> Option<Millis>;
    /// Whether it has a start and no end.
    fn is_open(&self) -> bool;
}

/// A conversation's stay in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcdSession {
    /// `sessionId`
    pub id: Id,
    /// From `acd.start`
    pub start: Slot<AcdStart>,
    /// From `acd.end`
    pub end: Slot<AcdEnd>,
}

/// A user's part in a conversation, from its alert to its after-call work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSession {
    /// `sessionId`
    pub id: Id,
    /// From `user.start`
    pub start: Slot<UserStart>,
    /// From `user.end`
    pub end: Slot<UserEnd>,
    /// From `acw`
    pub acw: Slot<Acw>,
}

/// The customer's part in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerSession {
    /// `sessionId`
    pub id: Id,
    /// From `customer.start`
    pub start: Slot<Millis>,
    /// From `customer.end`
    pub end: Slot<Millis>,
}

impl AcdSession {
    /// The queue: what the start says, or else the end.
    pub fn queue(&self) -> Option<&Id> {
        let start = self.start.value().map(|s| &s.queue);
        start.or_else(|| self.end.value().map(|e| &e.queue))
    }

    /// The media type: the first one said by start or end, or unknown.
    pub fn media(&self) -> Media {
        let start = self.start.value().and_then(|s| s.media.as_ref());
        let said = start.or_else(|| self.end.value()?.media.as_ref());
        said.cloned().unwrap_or(Media::UNKNOWN)
    }

    /// The time in the queue, as far as it is known: `connectedDurationMs`, or else end - start,
    /// where clocks that disagree never make it negative.
    pub fn wait(&self) -> Option<Millis> {
        let end = self.end.value()?;
        let measured = || self.start.value().map(|s| (end.time - s.time).max(Millis(0)));
        end.connected.or_else(measured)
    }

    /// When it was offered: its start, or the end less the time in the queue.
    pub fn offered(&self) -> Option<Millis> {
        let start = self.start.value().map(|s| s.time);
        start.or_else(|| self.end.value().and_then(|e| Some(e.time - e.connected?)))
    }

    /// Whether `user` answered it from `queue`, at or after `from`.
    pub(crate) fn answered_by(&self, user: &Id, queue: &Id, from: Millis) -> bool {
        self.end.value().is_some_and(|end| {
            end.outcome == Some(Outcome::Answered)
                && end.time >= from
                && end.answered_user.as_ref() == Some(user)
                && self.queue() == Some(queue)
        })
    }
}

impl UserSession {
    /// Start, end and after-call work say who works on what; the first one known counts.
    fn works(&self) -> impl Iterator<Item = &Work> {
        let start = self.start.value().map(|s| &s.work);
        let end = self.end.value().map(|e| &e.work);
        let acw = self.acw.value().map(|a| &a.work);
        start.into_iter().chain(end).chain(acw)
    }

    /// The user.
    pub fn user(&self) -> Option<&Id> {
        self.works().map(|work| &work.user).next()
    }

    /// The queue that brought the work, if one did: the first one said.
    pub fn queue(&self) -> Option<&Id> {
        self.works().find_map(|work| work.queue.as_ref())
    }

    /// The media type: the first one said, or unknown.
    pub fn media(&self) -> Media {
        self.works().find_map(|work| work.media.clone()).unwrap_or(Media::UNKNOWN)
    }

    /// Whether the work is on an outbound contact.
    pub fn outbound(&self) -> bool {
        self.works().any(|work| work.outbound)
    }
}

macro_rules! sessions {
    ($($type:ident($weight:literal): $($slot:ident $time:expr),+;)*) => {$(
        impl Keyed for $type {
            const WEIGHT_MAX: usize = $weight;
            fn new(id: Id) -> Self {
                Self { id, $($slot: Slot(None)),+ }
            }
            fn id(&self) -> &Id {
                &self.id
            }
        }
        impl Session for $type {
            fn newest(&self) -> Option<Millis> {
                [$(self.$slot.value().map($time)),+].into_iter().flatten().max()
            }
            fn is_open(&self) -> bool {
                self.start.value().is_some() && self.end.value().is_none()
            }
        }
    )*};
}

sessions! {
    AcdSession(400): start |e| e.time, end |e| e.time;
    UserSession(600): start |e| e.time, end |e| e.time, acw |e| e.time;
    CustomerSession(36): start |at| *at, end |at| *at;
}

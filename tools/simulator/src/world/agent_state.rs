//! An agent's routing status, presence and queues, as they are and as events report them.

use crate::agents::{Presence, QueueSet, RoutingStatus};
use crate::id::Id;
use crate::truth::AgentNow;
use std::ops::Range;

/// A value that is current since a time.
#[derive(Clone, Copy)]
pub(crate) struct Current<T> {
    pub(crate) value: T,
    /// Since when it has not changed.
    pub(crate) since: i64,
    /// The start that the newest event reports. It may be later: Genesys may report a value again.
    pub(crate) reported_since: i64,
    /// Whether an event has reported it.
    pub(crate) is_known: bool,
}

/// What an agent does beside taking work from queues, and what events say of it.
pub(crate) struct AgentState {
    pub(crate) user: Id,
    pub(crate) routing: Current<RoutingStatus>,
    pub(crate) presence: Current<Presence>,
    pub(crate) joined: Current<QueueSet>,
    pub(crate) members: QueueSet,
    pub(crate) out_of_office: Current<bool>,
    /// An alert was not answered, and the agent has not come back since.
    pub(super) is_not_responding: bool,
    /// The agent is in a call of his or her own.
    pub(super) is_calling: bool,
    /// Interactions in which the agent is connected, or that have after-call work.
    pub(super) interactions: u8,
    /// Calls of the agent's own to a customer, likewise.
    pub(super) own_calls: u8,
    /// Alerts that are over without an answer, as long as they keep the agent from other work.
    pub(super) missed_alerts: u8,
    /// Steps of an earlier plan are no longer taken.
    pub(super) plan: u32,
}

impl<T: PartialEq + Copy> Current<T> {
    pub(super) const fn new(value: T, since: i64) -> Self {
        Self { value, since, reported_since: since, is_known: false }
    }

    /// Replaces the value. The same value again is a new report of it. Returns the stretch that is
    /// over, if events have reported it.
    pub(super) fn replace(
        &mut self,
        value: T,
        since: i64,
        is_known: bool,
    ) -> Option<(T, Range<i64>)> {
        self.reported_since = since;
        if self.value == value && self.is_known {
            return None;
        }
        let over = self.is_known.then_some((self.value, self.since..since));
        *self = Self { value, since, reported_since: since, is_known };
        over
    }

    fn reported(&self) -> Option<(T, i64)> {
        self.is_known.then_some((self.value, self.since))
    }
}

impl AgentState {
    /// An agent who has been offline since a time.
    pub(super) const fn new(user: Id, queues: QueueSet, since: i64) -> Self {
        Self {
            user,
            routing: Current::new(RoutingStatus::OffQueue, since),
            presence: Current::new(Presence::OFFLINE, since),
            joined: Current::new(queues, since),
            members: queues,
            out_of_office: Current::new(false, since),
            is_not_responding: false,
            is_calling: false,
            interactions: 0,
            own_calls: 0,
            missed_alerts: 0,
            plan: 0,
        }
    }

    /// Whether the agent takes work from queues.
    pub(super) fn is_available(&self) -> bool {
        self.presence.value.is_on_queue() && !self.is_calling && !self.is_not_responding
    }

    /// The routing status that follows from the presence and from the number of conversations that
    /// occupy the agent. Of several things the agent does, work of queues decides.
    pub(super) fn routing_status(
        &self,
        presence: Presence,
        busy: u8,
        interacting_from_alert: bool,
    ) -> RoutingStatus {
        let alerts = busy.saturating_sub(self.interactions + self.own_calls + self.missed_alerts);
        let is_alerting = interacting_from_alert && alerts > 0;
        if self.interactions > 0 || is_alerting {
            RoutingStatus::Interacting
        } else if self.is_calling || self.own_calls > 0 {
            RoutingStatus::Communicating
        } else if !presence.is_on_queue() {
            RoutingStatus::OffQueue
        } else if self.is_not_responding {
            RoutingStatus::NotResponding
        } else {
            RoutingStatus::Idle
        }
    }

    /// An event has reported everything.
    pub(super) const fn note_report(&mut self) {
        self.routing.is_known = true;
        self.presence.is_known = true;
        self.joined.is_known = true;
        self.out_of_office.is_known = true;
    }

    /// What events have said by now. They do not tell of queues that an agent has not joined.
    pub(super) fn now(&self) -> AgentNow {
        let joined = self.joined.reported().map(|(queues, _)| queues).unwrap_or_default();
        AgentNow {
            user: self.user,
            routing: self.routing.reported(),
            presence: self.presence.reported(),
            joined,
            members: joined,
            is_out_of_office: self.out_of_office.reported().is_some_and(|(is_active, _)| is_active),
        }
    }
}

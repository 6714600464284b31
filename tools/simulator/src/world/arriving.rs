//! How conversations begin.

use super::World;
use super::agenda::{Step, Task};
use super::conversation::{Conversation, CustomerSession, Disconnect, FlowSession, UserSession};
use super::lanes::{LANES, Media, OUTBOUND_SHARE, SALES};
use super::party::Party;
use crate::facts::{conversation_extra, extra};
use crate::{Load, Story};

/// Queues are observed this often.
const OBSERVE_MS: i64 = 300_000;

impl World<'_> {
    pub(super) fn next_arrival(&mut self) {
        if self.to_come > 0 {
            let time = self.demand.next(self.now, &mut self.chance);
            self.agenda.push(time, Task::Arrive);
        }
    }

    pub(super) fn arrive(&mut self) {
        self.to_come -= 1;
        self.next_arrival();
        let outbound = self.chance.happens(OUTBOUND_SHARE);
        let caller = if outbound { self.staff.pick_for_call() } else { None };
        let lane = self.first_lane();
        let media = if caller.is_some() { Media::Voice } else { LANES[lane].media };
        let mut it = self.begin(media, caller.is_some());
        self.recorder.begun(&it);
        match caller {
            Some(agent) => self.call_customer(&mut it, agent),
            None => self.come_in(&mut it, lane),
        }
        self.put_back(it);
    }

    fn begin(&mut self, media: Media, outbound: bool) -> Box<Conversation> {
        self.begun += 1;
        let customer = CustomerSession {
            participant: self.chance.id(),
            session: self.chance.id(),
            start: self.now,
            end: None,
            disconnect: Disconnect::Untold,
        };
        Box::new(Conversation {
            number: self.begun,
            id: self.chance.id(),
            cut: self.cut(),
            party: Party::new(&mut self.chance),
            media,
            outbound,
            customer,
            flow: None,
            acds: Vec::new(),
            users: Vec::new(),
            consulting: None,
            acws_due: 0,
        })
    }

    /// With a count of conversations, this share is cut short, each at a time of its own.
    const CUT_SHORT: f64 = 0.04;

    fn cut(&mut self) -> i64 {
        let own = self.now + self.chance.lognormal_ms(120.0, 1.5, 1..=36_000);
        let is_cut = self.chance.happens(Self::CUT_SHORT);
        match self.options.load {
            Load::Conversations(_) if is_cut => own,
            _ => self.end.unwrap_or(i64::MAX),
        }
    }

    fn first_lane(&mut self) -> usize {
        let whole: f64 = LANES.iter().map(|lane| lane.share).sum();
        let mut rest = self.chance.unit() * whole;
        let found = LANES.iter().position(|lane| {
            rest -= lane.share;
            rest < 0.0
        });
        found.unwrap_or_default()
    }

    fn come_in(&mut self, it: &mut Conversation, lane: usize) {
        self.publisher.customer_start(it);
        match it.media {
            Media::Voice => self.enter_ivr(it, lane),
            Media::Message => {
                self.happened(Story::Message);
                let in_ms = self.chance.between(300..=4000);
                self.schedule(it, in_ms, Step::Enter { lane });
            }
            _ => {
                let in_ms = self.chance.between(100..=2000);
                self.schedule(it, in_ms, Step::Enter { lane });
            }
        }
    }

    fn enter_ivr(&mut self, it: &mut Conversation, lane: usize) {
        let (participant, session) = (self.chance.id(), self.chance.id());
        let start = self.now + self.chance.between(150..=500);
        let flow = FlowSession { participant, session, start };
        self.publisher.flow_start(it, &flow);
        self.recorder.flow(it, &flow);
        it.flow = Some(flow);
        let length = self.chance.lognormal_ms(25.0, 0.5, 3..=180);
        if self.chance.happens(0.2) {
            self.schedule(it, length / 2 + 500, Step::Attribute);
        }
        let to = (!self.chance.happens(0.04)).then_some(lane);
        self.schedule(it, length + 500, Step::LeaveIvr { to });
    }

    pub(super) fn leave_ivr(&mut self, it: &mut Conversation, to: Option<usize>) {
        let Some(flow) = &it.flow else { return };
        self.publisher.flow_end(it, flow, self.now, to.is_some());
        let how = if to.is_some() { Disconnect::Transfer } else { Disconnect::Peer };
        self.recorder.finished(it, flow.session, self.now, how);
        let (start, session) = (flow.start, self.now);
        let fact = conversation_extra("tIvr", session - start, it, self.now, &mut self.chance);
        self.tell(it, &fact);
        if let Some(lane) = to {
            let in_ms = self.chance.between(80..=300);
            self.schedule(it, in_ms, Step::Enter { lane });
        } else {
            self.happened(Story::HungUpInIvr);
            self.customer_leaves(it, Disconnect::Endpoint);
        }
    }

    /// An agent calls a customer, of their own accord or on behalf of a queue.
    fn call_customer(&mut self, it: &mut Conversation, agent: usize) {
        let user = self.staff.user(agent);
        let mut session = UserSession::new((agent, user), Media::Voice, self.now, &mut self.chance);
        session.outbound = true;
        session.queue = self.chance.happens(0.4).then_some(SALES);
        session.connected = Some(self.now);
        let in_queue = session.queue.is_some();
        let story = if in_queue { Story::OutboundOnBehalfOfQueue } else { Story::OutboundCall };
        self.happened(story);
        self.publisher.customer_start(it);
        self.user_starts(it, session);
        let fact = extra("nOutbound", 1, &it.users[0], self.now, &mut self.chance);
        self.tell(it, &fact);
        self.dial(it, 0);
    }

    pub(super) fn observe(&mut self) {
        for (lane, waiting) in LANES.iter().zip(&self.waiting) {
            self.publisher.observations(lane, waiting.len(), self.now);
        }
        if self.is_open() {
            self.agenda.push(self.now + OBSERVE_MS, Task::Observe);
        }
    }
}

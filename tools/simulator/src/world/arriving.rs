//! The beginning of conversations.

use super::World;
use super::agenda::{Step, Task};
use super::agent_session::{Disconnect, UserSession};
use super::conversation::{Conversation, CustomerSession, FlowSession};
use super::lanes::{LANES, Media, OUTBOUND_SHARE, Queue, SALES};
use super::party::Party;
use crate::Load;
use crate::facts::{extra, without_agent};
use crate::time::MINUTE_MS;
use crate::truth::Story;

/// The time between two observations of the queues.
const OBSERVE_EVERY_MS: i64 = 5 * MINUTE_MS;
/// The share of conversations that are cut short when their number is given.
const CUT_SHORT: f64 = 0.04;

impl World<'_> {
    pub(super) fn schedule_arrival(&mut self) {
        if self.remaining > 0 {
            let time = self.demand.next(self.now, &mut self.chance);
            self.agenda.push(time, Task::Arrive);
        }
    }

    pub(super) fn arrive(&mut self) {
        self.remaining -= 1;
        self.schedule_arrival();
        let outbound = self.chance.happens(OUTBOUND_SHARE);
        let caller = if outbound { self.staff.pick_for_call() } else { None };
        let lane = self.first_lane();
        let media = if caller.is_some() { Media::Voice } else { LANES[lane].media };
        let mut conversation = self.begin(media, caller.is_some());
        self.recorder.conversation_started(&conversation);
        match caller {
            Some(agent) => self.call_customer(&mut conversation, agent),
            None => self.come_in(&mut conversation, lane),
        }
        self.put_back(conversation);
    }

    fn begin(&mut self, media: Media, outbound: bool) -> Box<Conversation> {
        self.started += 1;
        let customer = CustomerSession {
            participant: self.chance.id(),
            session: self.chance.id(),
            start: self.now,
            end: None,
            disconnect: None,
        };
        Box::new(Conversation {
            number: self.started,
            id: self.chance.id(),
            published_until: self.published_until(),
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

    /// The end of the run, or a random time if the conversation is to be cut short.
    fn published_until(&mut self) -> i64 {
        let cut_at = self.now + self.chance.lognormal_ms(120.0, 1.5, 1..=36_000);
        let is_cut_short = self.chance.happens(CUT_SHORT);
        match self.options.load {
            Load::Conversations(_) if is_cut_short => cut_at,
            _ => self.end.unwrap_or(i64::MAX),
        }
    }

    /// A random lane, by the lanes' shares.
    fn first_lane(&mut self) -> usize {
        let sum: f64 = LANES.iter().map(|lane| lane.share).sum();
        let mut rest = self.chance.unit() * sum;
        let lane = LANES.iter().position(|lane| {
            rest -= lane.share;
            rest < 0.0
        });
        lane.unwrap_or_default()
    }

    fn come_in(&mut self, conversation: &mut Conversation, lane: usize) {
        self.connect_customer(conversation, Some(LANES[lane].queue));
        match conversation.media {
            Media::Voice => self.enter_ivr(conversation, lane),
            Media::Message => {
                self.count_story(Story::Message);
                let in_ms = self.chance.between(300..=4000);
                self.schedule(conversation, in_ms, Step::Enter { lane });
            }
            _ => {
                let in_ms = self.chance.between(100..=2000);
                self.schedule(conversation, in_ms, Step::Enter { lane });
            }
        }
    }

    /// The customer's session begins.
    fn connect_customer(&mut self, conversation: &Conversation, queue: Option<Queue>) {
        self.publisher.customer_start(conversation);
        let queue = queue.filter(|_| self.options.assumptions.connected_has_queue);
        let at = (conversation, self.now);
        let fact = without_agent("nConnected", 1, queue, at, &mut self.chance);
        self.add_fact(conversation, &fact);
    }

    fn enter_ivr(&mut self, conversation: &mut Conversation, lane: usize) {
        let flow = FlowSession {
            participant: self.chance.id(),
            session: self.chance.id(),
            start: self.now + self.chance.between(150..=500),
        };
        self.publisher.flow_start(conversation, &flow);
        self.recorder.flow_started(conversation, &flow);
        conversation.flow = Some(flow);
        let length = self.chance.lognormal_ms(25.0, 0.5, 3..=180);
        if self.chance.happens(0.2) {
            self.schedule(conversation, length / 2 + 500, Step::Attribute);
        }
        let hangs_up = self.chance.happens(0.04);
        let to = if hangs_up { None } else { Some(lane) };
        self.schedule(conversation, length + 500, Step::LeaveIvr { to });
    }

    pub(super) fn leave_ivr(&mut self, conversation: &mut Conversation, to: Option<usize>) {
        let Some(flow) = &conversation.flow else { return };
        self.publisher.flow_end(conversation, flow, self.now, to.is_some());
        let disconnect = if to.is_some() { Disconnect::Transfer } else { Disconnect::Peer };
        self.recorder.change_session(conversation, flow.session, |record| {
            record.finish(self.now, disconnect);
        });
        let (length, at) = (self.now - flow.start, (&*conversation, self.now));
        let fact = without_agent("tIvr", length, None, at, &mut self.chance);
        self.add_fact(conversation, &fact);
        if let Some(lane) = to {
            let in_ms = self.chance.between(80..=300);
            self.schedule(conversation, in_ms, Step::Enter { lane });
        } else {
            self.count_story(Story::HungUpInIvr);
            self.end_customer(conversation, Disconnect::Endpoint);
        }
    }

    /// An agent calls a customer, some of them on behalf of a queue.
    fn call_customer(&mut self, conversation: &mut Conversation, agent: usize) {
        let mut session = self.user_session(agent, Media::Voice);
        session.outbound = true;
        session.connected = Some(self.now);
        if self.chance.happens(0.4) {
            session.queue = Some(SALES);
            self.count_story(Story::OutboundOnBehalfOfQueue);
        } else {
            self.count_story(Story::OutboundCall);
        }
        self.connect_customer(conversation, None);
        let user = self.start_user(conversation, session);
        self.begin_work(conversation, user);
        self.add_extra(conversation, user, "nOutbound", 1);
        self.dial(conversation, user);
    }

    /// A new session of an agent.
    pub(super) fn user_session(&mut self, agent: usize, media: Media) -> UserSession {
        let user = self.staff.user(agent);
        UserSession::new((agent, user), media, self.now, &mut self.chance)
    }

    /// Adds a fact of an agent's session that only Genesys reports.
    pub(super) fn add_extra(
        &mut self,
        conversation: &Conversation,
        user: usize,
        metric: &'static str,
        value: i64,
    ) {
        let session = &conversation.users[user];
        let fact = extra(metric, value, session, self.now, &mut self.chance);
        self.add_fact(conversation, &fact);
    }

    pub(super) fn observe(&mut self) {
        for (lane, waiting) in LANES.iter().zip(&self.waiting) {
            self.publisher.observations(lane, waiting.len(), self.now);
        }
        if self.is_open() {
            self.agenda.push(self.now + OBSERVE_EVERY_MS, Task::Observe);
        }
    }
}

//! What agents do beside their work: shifts, breaks, meetings, lost connections, and what else keeps
//! them from it.

use super::World;
use super::agenda::{AgentStep, Task};
use super::agent_state::{AgentState, Current};
use super::lanes::{QUEUES, Queue};
use crate::agents::{Presence, QueueSet, RoutingStatus};
use crate::time::{HOUR_MS, MINUTE_MS, SECOND_MS};

/// The time between two presences of an agent, at least.
const PRESENCE_MS_MIN: i64 = 3 * SECOND_MS;
/// No step is taken so near the end of the run: all of its changes are published, or none.
const BEFORE_END_MS: i64 = 2 * SECOND_MS;
/// The median time until something happens to an agent who is on queue, in seconds.
const UNDISTURBED_S: f64 = 2700.0;
/// Agents on duty for each that is needed: about a sixth of the time they do something else.
const AGENTS_FOR_EACH: f64 = 1.19;

/// What keeps an agent from work: the presence, how often of a hundred times, and for how many
/// seconds.
const ABSENCES: [(Presence, i64, i64, i64); 8] = [
    (Presence::BREAK, 34, 240, 1000),
    (Presence::MEAL, 12, 1500, 3600),
    (Presence::TRAINING, 6, 1200, 5400),
    (Presence::MEETING, 10, 600, 3600),
    (Presence::COACHING, 8, 600, 2400),
    (Presence::BACK_OFFICE, 12, 300, 3600),
    (Presence::AWAY, 10, 60, 900),
    (Presence::IDLE, 8, 60, 900),
];

impl World<'_> {
    /// The number of agents on duty where so many are needed on queue.
    pub(super) fn agents_on_duty(&self, needed: usize) -> usize {
        if !self.options.agents {
            return needed;
        }
        let needed = i32::try_from(needed).unwrap_or(i32::MAX);
        let count = crate::chance::round((f64::from(needed) * AGENTS_FOR_EACH).ceil());
        usize::try_from(count).unwrap_or_default()
    }

    /// Gives an agent a past, and some queues in which others have more to do.
    pub(super) fn vary(&mut self, state: &mut AgentState) {
        let since = self.now - self.agent_chance.between(HOUR_MS..=14 * HOUR_MS);
        state.presence = Current::new(Presence::OFFLINE, since);
        state.routing = Current::new(RoutingStatus::OffQueue, since);
        state.out_of_office = Current::new(self.agent_chance.happens(0.03), since);
        if self.agent_chance.happens(0.4) {
            let queue = self.any_queue();
            state.members = state.members.with(queue);
            if self.agent_chance.happens(0.5) {
                state.joined = Current::new(state.joined.value.with(queue), since);
            }
        }
        state.joined.since -= self.agent_chance.between(0..=HOUR_MS);
    }

    /// An agent who is at work when the run begins. No event says so.
    pub(super) fn open_on_queue(&mut self, agent: usize) {
        let online = self.now - self.agent_chance.between(10 * MINUTE_MS..=3 * HOUR_MS);
        let idle = self.now - self.agent_chance.between(SECOND_MS..=10 * MINUTE_MS);
        let state = &mut self.states[agent];
        state.presence = Current::new(Presence::ON_QUEUE, online);
        state.routing = Current::new(RoutingStatus::Idle, idle);
        self.recorder.agent_began(agent, &self.states[agent]);
        self.wait_for_interruption(agent);
    }

    /// A shift begins or ends.
    pub(super) fn follow_roster(&mut self, agent: usize, on: bool) {
        let step = if on { AgentStep::BeginShift } else { AgentStep::EndShift };
        self.plan(agent, 0, step);
    }

    /// What the agent does next; anything that was planned before is not done any more.
    fn plan(&mut self, agent: usize, in_ms: i64, step: AgentStep) {
        self.states[agent].plan += 1;
        let plan = self.states[agent].plan;
        self.agenda.push(self.now + in_ms, Task::Agent { agent, plan, step });
    }

    fn plan_within(&mut self, agent: usize, (from_s, to_s): (i64, i64), step: AgentStep) {
        let in_ms = self.agent_chance.between(from_s * SECOND_MS..=to_s * SECOND_MS);
        self.plan(agent, in_ms, step);
    }

    fn wait_for_interruption(&mut self, agent: usize) {
        if self.is_open() {
            let in_ms = self.agent_chance.lognormal_ms(UNDISTURBED_S, 0.8, 20..=14_400);
            self.plan(agent, in_ms, AgentStep::Interrupt);
        }
    }

    pub(super) fn take_agent_step(&mut self, agent: usize, plan: u32, step: AgentStep) {
        if self.states[agent].plan != plan
            || self.end.is_some_and(|end| self.now > end - BEFORE_END_MS)
        {
            return;
        }
        let ready_at = self.states[agent].presence.since + PRESENCE_MS_MIN;
        if self.now < ready_at {
            self.agenda.push(ready_at, Task::Agent { agent, plan, step });
            return;
        }
        match step {
            AgentStep::BeginShift => self.begin_shift(agent),
            AgentStep::Return => self.return_to_queue_work(agent),
            AgentStep::Interrupt => self.interrupt(agent),
            AgentStep::EndShift => self.end_shift(agent),
            AgentStep::LogOut => self.change_presence(agent, Presence::OFFLINE),
        }
        self.update_staff(agent);
        self.serve(agent);
    }

    fn begin_shift(&mut self, agent: usize) {
        if self.states[agent].out_of_office.value {
            self.set_out_of_office(agent, false);
        }
        if self.states[agent].presence.value == Presence::OFFLINE {
            self.change_presence(agent, Presence::AVAILABLE);
        }
        self.plan_within(agent, (5, 150), AgentStep::Return);
    }

    fn return_to_queue_work(&mut self, agent: usize) {
        self.states[agent].is_calling = false;
        match self.states[agent].presence.value {
            // After a long time without a connection the agent logs in again.
            Presence::OFFLINE if self.now - self.states[agent].presence.since > MINUTE_MS => {
                self.change_presence(agent, Presence::AVAILABLE);
                return self.plan_within(agent, (5, 90), AgentStep::Return);
            }
            Presence::BREAK if self.agent_chance.happens(0.1) => {
                self.change_presence(agent, Presence::MEAL);
                return self.plan_within(agent, (900, 2700), AgentStep::Return);
            }
            Presence::ON_QUEUE => self.update_routing(agent),
            _ => self.change_presence(agent, Presence::ON_QUEUE),
        }
        self.wait_for_interruption(agent);
    }

    fn end_shift(&mut self, agent: usize) {
        self.states[agent].is_calling = false;
        if self.agent_chance.happens(0.06) {
            self.set_out_of_office(agent, true);
        }
        if self.states[agent].presence.value == Presence::OFFLINE {
            return;
        }
        if self.agent_chance.happens(0.6) {
            self.change_presence(agent, Presence::OFFLINE);
        } else {
            self.change_presence(agent, Presence::AVAILABLE);
            self.plan_within(agent, (10, 300), AgentStep::LogOut);
        }
    }

    /// Something happens to an agent who is on queue.
    fn interrupt(&mut self, agent: usize) {
        if !self.is_open() {
            return;
        }
        match self.agent_chance.between(0..=99) {
            0..=54 => return self.leave(agent),
            55..=69 => return self.lose_connection(agent),
            70..=79 => return self.call(agent),
            80..=85 => self.change_foreign_presence(agent),
            86..=93 => self.change_joined(agent),
            94..=97 => self.change_members(agent),
            _ => self.report_again(agent),
        }
        self.wait_for_interruption(agent);
    }

    /// The agent takes a break, also in the middle of a call: then the call goes on.
    fn leave(&mut self, agent: usize) {
        let mut rest = self.agent_chance.between(0..=99);
        let absence = ABSENCES.into_iter().find(|(_, share, ..)| {
            rest -= share;
            rest < 0
        });
        let (presence, _, from_s, to_s) = absence.unwrap_or(ABSENCES[0]);
        self.states[agent].is_calling =
            presence == Presence::BACK_OFFICE && self.agent_chance.happens(0.5);
        self.change_presence(agent, presence);
        self.plan_within(agent, (from_s, to_s), AgentStep::Return);
    }

    /// The browser crashes. Within a minute Genesys takes the agent back as before.
    fn lose_connection(&mut self, agent: usize) {
        let is_quiet = self.staff.busy(agent) == 0
            && self.now > self.states[agent].routing.since + PRESENCE_MS_MIN;
        if is_quiet && self.agent_chance.happens(0.5) {
            self.crash(agent);
        } else {
            self.change_presence(agent, Presence::OFFLINE);
        }
        let away_s = if self.agent_chance.happens(0.5) { (3, 58) } else { (61, 1800) };
        self.plan_within(agent, away_s, AgentStep::Return);
    }

    /// The routing status goes with the browser, and no event says so.
    fn crash(&mut self, agent: usize) {
        let since = self.now + self.lag();
        self.set_presence(agent, Presence::OFFLINE, since);
        self.states[agent].is_not_responding = false;
        self.set_routing(agent, RoutingStatus::OffQueue, (since, false));
    }

    /// A call with a colleague, which is not of a queue.
    fn call(&mut self, agent: usize) {
        if self.staff.busy(agent) > 0 {
            return self.wait_for_interruption(agent);
        }
        self.states[agent].is_calling = true;
        self.update_routing(agent);
        self.plan_within(agent, (20, 400), AgentStep::Return);
    }

    /// Another system reports a presence, which does not count.
    fn change_foreign_presence(&mut self, agent: usize) {
        let presence = self.agent_chance.pick(&[Presence::AWAY, Presence::BUSY, Presence::OFFLINE]);
        self.publisher.foreign_presence(&self.states[agent], presence, self.now);
    }

    /// The agent joins or leaves a queue in which others have more to do.
    fn change_joined(&mut self, agent: usize) {
        let queues = self.spare_queues(agent, self.states[agent].members);
        if queues.is_empty() || self.now < self.states[agent].joined.since + PRESENCE_MS_MIN {
            return;
        }
        let queue = self.agent_chance.pick(&queues);
        self.set_joined(agent, queue, !self.states[agent].joined.value.has(queue));
    }

    /// A supervisor adds the agent to a queue, or removes the agent from one.
    fn change_members(&mut self, agent: usize) {
        let (members, joined) = (self.states[agent].members, self.states[agent].joined.value);
        let queues = self.spare_queues(agent, members);
        if queues.is_empty() {
            let queue = self.any_queue();
            return self.set_members(agent, members.with(queue));
        }
        let queue = self.agent_chance.pick(&queues);
        self.set_members(agent, members.without(queue));
        if joined.has(queue) {
            self.set_joined(agent, queue, false);
        }
    }

    /// Genesys reports the status once more, as one that begins now.
    fn report_again(&mut self, agent: usize) {
        let routing = self.states[agent].routing;
        if self.options.assumptions.statuses_are_repeated && self.now > routing.reported_since {
            self.set_routing(agent, routing.value, (self.now, true));
        }
    }

    /// The queues of a set from which the agent gets no work.
    fn spare_queues(&self, agent: usize, queues: QueueSet) -> Vec<Queue> {
        queues.minus(self.staff.queues(agent)).queues().collect()
    }

    fn any_queue(&mut self) -> Queue {
        Queue(self.agent_chance.index(QUEUES.len()))
    }

    /// Changes the presence, and with it the routing status, which may be dated a little earlier.
    fn change_presence(&mut self, agent: usize, presence: Presence) {
        let (first, second) = (self.now + self.lag(), self.now + 2 * self.lag());
        let (first, second) = (first.min(second), first.max(second) + 1);
        self.states[agent].is_not_responding &= presence.is_on_queue();
        let is_routing_first = self.agent_chance.happens(0.3);
        let status = self.routing_status(agent, presence);
        let routing = self.states[agent].routing;
        let is_change = status != routing.value;
        let since = if is_routing_first { first } else { second };
        let since = since.max(routing.reported_since + 1);
        if is_change && is_routing_first {
            self.set_routing(agent, status, (since, true));
        }
        self.set_presence(agent, presence, if is_routing_first { second } else { first });
        if is_change && !is_routing_first {
            self.set_routing(agent, status, (since, true));
        }
    }
}

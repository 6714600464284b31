//! The lives of agents: shifts, breaks, meetings, lost connections, and what else keeps them from
//! work.

use super::World;
use super::agenda::{LifeStep, Task};
use super::lanes::{QUEUES, Queue};
use super::life::{Current, Life};
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
    pub(super) fn vary(&mut self, life: &mut Life) {
        let since = self.now - self.habits.between(HOUR_MS..=14 * HOUR_MS);
        life.presence = Current::new(Presence::OFFLINE, since);
        life.routing = Current::new(RoutingStatus::OffQueue, since);
        life.out_of_office = Current::new(self.habits.happens(0.03), since);
        if self.habits.happens(0.4) {
            let queue = self.any_queue();
            life.members = life.members.with(queue);
            if self.habits.happens(0.5) {
                life.joined = Current::new(life.joined.value.with(queue), since);
            }
        }
        life.joined.since -= self.habits.between(0..=HOUR_MS);
    }

    /// An agent who is at work when the run begins. No event says so.
    pub(super) fn open_on_queue(&mut self, agent: usize) {
        let online = self.now - self.habits.between(10 * MINUTE_MS..=3 * HOUR_MS);
        let idle = self.now - self.habits.between(SECOND_MS..=10 * MINUTE_MS);
        let life = &mut self.lives[agent];
        life.is_on_shift = true;
        life.presence = Current::new(Presence::ON_QUEUE, online);
        life.routing = Current::new(RoutingStatus::Idle, idle);
        self.recorder.life_began(agent, &self.lives[agent]);
        self.wait_for_interruption(agent);
    }

    /// A shift begins or ends.
    pub(super) fn follow_roster(&mut self, agent: usize, on: bool) {
        let step = if on { LifeStep::BeginShift } else { LifeStep::EndShift };
        self.plan(agent, 0, step);
    }

    /// What the agent does next; anything that was planned before is not done any more.
    fn plan(&mut self, agent: usize, in_ms: i64, step: LifeStep) {
        self.lives[agent].plan += 1;
        let plan = self.lives[agent].plan;
        self.agenda.push(self.now + in_ms, Task::Live { agent, plan, step });
    }

    fn plan_within(&mut self, agent: usize, (from_s, to_s): (i64, i64), step: LifeStep) {
        let in_ms = self.habits.between(from_s * SECOND_MS..=to_s * SECOND_MS);
        self.plan(agent, in_ms, step);
    }

    fn wait_for_interruption(&mut self, agent: usize) {
        if self.is_open() {
            let in_ms = self.habits.lognormal_ms(UNDISTURBED_S, 0.8, 20..=14_400);
            self.plan(agent, in_ms, LifeStep::Interrupt);
        }
    }

    pub(super) fn live(&mut self, agent: usize, plan: u32, step: LifeStep) {
        if self.lives[agent].plan != plan
            || self.end.is_some_and(|end| self.now > end - BEFORE_END_MS)
        {
            return;
        }
        let ready_at = self.lives[agent].presence.since + PRESENCE_MS_MIN;
        if self.now < ready_at {
            self.agenda.push(ready_at, Task::Live { agent, plan, step });
            return;
        }
        match step {
            LifeStep::BeginShift => self.begin_shift(agent),
            LifeStep::Return => self.return_to_queue_work(agent),
            LifeStep::Interrupt => self.interrupt(agent),
            LifeStep::EndShift => self.end_shift(agent),
            LifeStep::LogOut => self.change_presence(agent, Presence::OFFLINE),
        }
        self.follow_life(agent);
        self.serve(agent);
    }

    fn begin_shift(&mut self, agent: usize) {
        self.lives[agent].is_on_shift = true;
        if self.lives[agent].out_of_office.value {
            self.set_out_of_office(agent, false);
        }
        if self.lives[agent].presence.value == Presence::OFFLINE {
            self.change_presence(agent, Presence::AVAILABLE);
        }
        self.plan_within(agent, (5, 150), LifeStep::Return);
    }

    fn return_to_queue_work(&mut self, agent: usize) {
        self.lives[agent].is_calling = false;
        match self.lives[agent].presence.value {
            // After a long time without a connection the agent logs in again.
            Presence::OFFLINE if self.now - self.lives[agent].presence.since > MINUTE_MS => {
                self.change_presence(agent, Presence::AVAILABLE);
                return self.plan_within(agent, (5, 90), LifeStep::Return);
            }
            Presence::BREAK if self.habits.happens(0.1) => {
                self.change_presence(agent, Presence::MEAL);
                return self.plan_within(agent, (900, 2700), LifeStep::Return);
            }
            Presence::ON_QUEUE => self.update_routing(agent),
            _ => self.change_presence(agent, Presence::ON_QUEUE),
        }
        self.wait_for_interruption(agent);
    }

    fn end_shift(&mut self, agent: usize) {
        let life = &mut self.lives[agent];
        (life.is_on_shift, life.is_calling) = (false, false);
        if self.habits.happens(0.06) {
            self.set_out_of_office(agent, true);
        }
        if self.lives[agent].presence.value == Presence::OFFLINE {
            return;
        }
        if self.habits.happens(0.6) {
            self.change_presence(agent, Presence::OFFLINE);
        } else {
            self.change_presence(agent, Presence::AVAILABLE);
            self.plan_within(agent, (10, 300), LifeStep::LogOut);
        }
    }

    /// Something happens to an agent who is on queue.
    fn interrupt(&mut self, agent: usize) {
        if !self.is_open() {
            return;
        }
        match self.habits.between(0..=99) {
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
        let mut rest = self.habits.between(0..=99);
        let absence = ABSENCES.into_iter().find(|(_, share, ..)| {
            rest -= share;
            rest < 0
        });
        let (presence, _, from_s, to_s) = absence.unwrap_or(ABSENCES[0]);
        self.lives[agent].is_calling =
            presence == Presence::BACK_OFFICE && self.habits.happens(0.5);
        self.change_presence(agent, presence);
        self.plan_within(agent, (from_s, to_s), LifeStep::Return);
    }

    /// The browser crashes. Within a minute Genesys takes the agent back as before.
    fn lose_connection(&mut self, agent: usize) {
        let is_quiet = self.staff.busy(agent) == 0
            && self.now > self.lives[agent].routing.since + PRESENCE_MS_MIN;
        if is_quiet && self.habits.happens(0.5) {
            self.crash(agent);
        } else {
            self.change_presence(agent, Presence::OFFLINE);
        }
        let away_s = if self.habits.happens(0.5) { (3, 58) } else { (61, 1800) };
        self.plan_within(agent, away_s, LifeStep::Return);
    }

    /// The routing status goes with the browser, and no event says so.
    fn crash(&mut self, agent: usize) {
        let since = self.now + self.lag();
        self.set_presence(agent, Presence::OFFLINE, since);
        self.lives[agent].is_not_responding = false;
        self.set_routing(agent, RoutingStatus::OffQueue, (since, false));
    }

    /// A call with a colleague, which is not of a queue.
    fn call(&mut self, agent: usize) {
        if self.staff.busy(agent) > 0 {
            return self.wait_for_interruption(agent);
        }
        self.lives[agent].is_calling = true;
        self.update_routing(agent);
        self.plan_within(agent, (20, 400), LifeStep::Return);
    }

    /// Another system reports a presence, which does not count.
    fn change_foreign_presence(&mut self, agent: usize) {
        let presence = self.habits.pick(&[Presence::AWAY, Presence::BUSY, Presence::OFFLINE]);
        self.publisher.foreign_presence(&self.lives[agent], presence, self.now);
    }

    /// The agent joins or leaves a queue in which others have more to do.
    fn change_joined(&mut self, agent: usize) {
        let queues = self.spare_queues(agent, self.lives[agent].members);
        if queues.is_empty() || self.now < self.lives[agent].joined.since + PRESENCE_MS_MIN {
            return;
        }
        let (queue, joined) = (self.habits.pick(&queues), self.lives[agent].joined.value);
        let is_joined = joined.has(queue);
        self.set_joined(agent, if is_joined { joined.without(queue) } else { joined.with(queue) });
    }

    /// A supervisor adds the agent to a queue, or removes the agent from one.
    fn change_members(&mut self, agent: usize) {
        let (members, joined) = (self.lives[agent].members, self.lives[agent].joined.value);
        let queues = self.spare_queues(agent, members);
        if queues.is_empty() {
            let queue = self.any_queue();
            return self.set_members(agent, members.with(queue));
        }
        let queue = self.habits.pick(&queues);
        self.set_members(agent, members.without(queue));
        if joined.has(queue) {
            self.set_joined(agent, joined.without(queue));
        }
    }

    /// Genesys reports the status once more, as one that begins now.
    fn report_again(&mut self, agent: usize) {
        let routing = self.lives[agent].routing;
        if self.options.assumptions.statuses_are_repeated && self.now > routing.reported_since {
            self.set_routing(agent, routing.value, (self.now, true));
        }
    }

    /// The queues of a set from which the agent gets no work.
    fn spare_queues(&self, agent: usize, queues: QueueSet) -> Vec<Queue> {
        queues.minus(self.staff.queues(agent)).queues().collect()
    }

    fn any_queue(&mut self) -> Queue {
        Queue(self.habits.index(QUEUES.len()))
    }

    /// Changes the presence, and with it the routing status, which may be dated a little earlier.
    fn change_presence(&mut self, agent: usize, presence: Presence) {
        let (first, second) = (self.now + self.lag(), self.now + 2 * self.lag());
        let (first, second) = (first.min(second), first.max(second) + 1);
        let life = &mut self.lives[agent];
        life.is_not_responding &= presence.is_on_queue();
        let routing_at = |time: i64, life: &Life| time.max(life.routing.reported_since + 1);
        let is_routing_first = self.habits.happens(0.3);
        let life = &self.lives[agent];
        let status = self.routing_status(agent, presence);
        let is_change = status != life.routing.value;
        let since = routing_at(if is_routing_first { first } else { second }, life);
        if is_change && is_routing_first {
            self.set_routing(agent, status, (since, true));
        }
        self.set_presence(agent, presence, if is_routing_first { second } else { first });
        if is_change && !is_routing_first {
            self.set_routing(agent, status, (since, true));
        }
    }
}

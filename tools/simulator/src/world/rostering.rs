//! Rosters: how many agents are on duty, by the expected load.

use super::World;
use super::agenda::{Task, Work};
use super::lanes::{GROUPS, LANES, Lane, OUTBOUND_SHARE, VOICE_GROUPS};
use super::staff::SHIFTS;
use crate::chance::round;
use crate::time::{HOUR_MS, MINUTE_MS};

/// The time that a roster is for.
const ROSTER_MS: i64 = 15 * MINUTE_MS;
const SHIFT_MS: i64 = 8 * HOUR_MS;
/// The first shift begins this long before midnight.
const SHIFTS_BEGIN_MS: i64 = 2 * HOUR_MS;
/// Agent time of an outbound call, in seconds. The groups that take calls share outbound calls.
const OUTBOUND_HANDLE_S: f64 = 150.0;

impl World<'_> {
    /// Makes the roster for the next quarter of an hour, in which agents come and go one by one.
    pub(super) fn roster(&mut self) {
        let is_at_start = self.now == self.options.start.as_millisecond();
        let is_opening = self.started == 0
            && self.conversations.is_empty()
            && (is_at_start || !self.options.agents);
        let shift = (self.demand.time_of_day(self.now) + SHIFTS_BEGIN_MS) / SHIFT_MS;
        let shift = usize::try_from(shift).unwrap_or_default() % SHIFTS;
        for group in 0..GROUPS.len() {
            let needed = agents_needed(group, self.demand.rate(self.now + ROSTER_MS));
            let count = self.agents_on_duty(needed);
            let hired_before = self.staff.agents.len();
            let changes = self.staff.roster(group, (shift, count), &mut self.chance);
            for agent in hired_before..self.staff.agents.len() {
                self.recorder.agent_hired(self.staff.user(agent), group, self.now);
                self.add_agent_state(agent);
            }
            for (agent, on) in changes {
                if is_opening {
                    self.staff.change_duty(agent, on, self.now);
                    if self.options.agents {
                        self.open_on_queue(agent);
                    }
                } else {
                    let time = self.now + self.chance.between(0..=ROSTER_MS - 1);
                    self.agenda.push(time, Task::Duty { agent, on });
                }
            }
        }
        if self.is_open() {
            self.agenda.push(self.now + ROSTER_MS, Task::Roster);
        }
    }

    pub(super) fn change_duty(&mut self, agent: usize, on: bool) {
        if self.options.agents {
            return self.follow_roster(agent, on);
        }
        self.staff.change_duty(agent, on, self.now);
        self.follow_duty(agent, on);
        self.serve(agent);
    }

    /// Lets an agent take one more conversation.
    pub(super) fn release(&mut self, agent: usize, work: Work) {
        self.staff.release(agent, self.now);
        self.end_work(agent, work);
        self.serve(agent);
    }
}

/// The agents that a group needs for this rate of conversations: the load, and a reserve by its
/// square root.
fn agents_needed(group: usize, per_second: f64) -> usize {
    let agent_seconds = |lane: &Lane| {
        let parts = lane.groups.iter().filter(|(served_by, _)| *served_by == group);
        parts.map(|(_, part)| part).sum::<f64>() * lane.share * lane.handle_s
    };
    let inbound: f64 = LANES.iter().map(agent_seconds).sum();
    let outbound =
        if VOICE_GROUPS.contains(&group) { OUTBOUND_SHARE * OUTBOUND_HANDLE_S / 3.0 } else { 0.0 };
    let load = per_second * (inbound + outbound) / f64::from(GROUPS[group].capacity);
    let agents = round((load + GROUPS[group].reserve * load.sqrt()).ceil());
    usize::try_from(agents).unwrap_or_default().max(1)
}

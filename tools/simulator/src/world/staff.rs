//! Agents: who works, who is free, and how many it takes.

use super::World;
use super::agenda::Task;
use super::lanes::{GROUPS, LANES, OUTBOUND_SHARE, VOICE_GROUPS};
use crate::chance::{Chance, round};
use crate::id::Id;
use std::collections::VecDeque;

/// Rosters are made for so long.
const ROSTER_MS: i64 = 900_000;
/// Agents work in one of three shifts a day.
const SHIFT_MS: i64 = 8 * 3_600_000;
const SHIFTS: usize = 3;
/// The night shift begins at 22:00.
const SHIFTS_BEGIN_MS: i64 = 2 * 3_600_000;
/// Outbound work is done by every group that takes calls; so long does a call take, in seconds.
const OUTBOUND_HANDLE_S: f64 = 150.0;

pub(super) struct Agent {
    pub(super) user: Id,
    group: usize,
    /// Conversations the agent is in.
    busy: u8,
    on_duty: bool,
    /// What the last roster says.
    rostered: bool,
    idle_since: i64,
    /// Whether the agent is in the group's list of free ones.
    listed: bool,
}

#[derive(Default)]
pub(super) struct Staff {
    agents: Vec<Agent>,
    /// Agents by group and shift.
    shifts: [[Vec<usize>; SHIFTS]; GROUPS.len()],
    /// Free agents by group, the longest idle first; who is free no more is skipped.
    free: [VecDeque<usize>; GROUPS.len()],
}

impl Staff {
    pub(super) fn user(&self, agent: usize) -> Id {
        self.agents[agent].user
    }

    pub(super) fn lanes(&self, agent: usize) -> &'static [usize] {
        GROUPS[self.agents[agent].group].lanes
    }

    pub(super) fn is_free(&self, agent: usize) -> bool {
        let it = &self.agents[agent];
        it.on_duty && it.busy < GROUPS[it.group].hands
    }

    /// Gives the agent who is idle longest, of all with the skill for the lane, something to do.
    pub(super) fn pick(&mut self, lane: usize) -> Option<usize> {
        self.pick_of(LANES[lane].groups.iter().map(|(group, _)| *group))
    }

    /// Likewise of all who take calls.
    pub(super) fn pick_for_call(&mut self) -> Option<usize> {
        self.pick_of(VOICE_GROUPS.into_iter())
    }

    fn pick_of(&mut self, groups: impl Iterator<Item = usize>) -> Option<usize> {
        let fronts = groups.filter_map(|group| self.front(group)).collect::<Vec<_>>();
        let agent = fronts.into_iter().min_by_key(|agent| self.agents[*agent].idle_since)?;
        self.free[self.agents[agent].group].pop_front();
        self.agents[agent].listed = false;
        self.occupy(agent);
        self.list(agent);
        Some(agent)
    }

    /// The first of a group who is really free.
    fn front(&mut self, group: usize) -> Option<usize> {
        while let Some(agent) = self.free[group].front().copied() {
            if self.is_free(agent) {
                return Some(agent);
            }
            self.free[group].pop_front();
            self.agents[agent].listed = false;
        }
        None
    }

    pub(super) fn occupy(&mut self, agent: usize) {
        self.agents[agent].busy += 1;
    }

    fn free_a_hand(&mut self, agent: usize, now: i64) {
        let it = &mut self.agents[agent];
        it.busy = it.busy.saturating_sub(1);
        it.idle_since = now;
        self.list(agent);
    }

    fn change_duty(&mut self, agent: usize, on: bool, now: i64) {
        let it = &mut self.agents[agent];
        it.on_duty = on;
        it.idle_since = now;
        self.list(agent);
    }

    fn list(&mut self, agent: usize) {
        if self.is_free(agent) && !self.agents[agent].listed {
            self.agents[agent].listed = true;
            self.free[self.agents[agent].group].push_back(agent);
        }
    }

    fn hire(&mut self, group: usize, shift: usize, chance: &mut Chance) {
        self.shifts[group][shift].push(self.agents.len());
        self.agents.push(Agent {
            user: chance.id(),
            group,
            busy: 0,
            on_duty: false,
            rostered: false,
            idle_since: 0,
            listed: false,
        });
    }

    /// Who of a group begins and who ends, so that `wanted` of this shift and none else work.
    fn roster(
        &mut self,
        group: usize,
        (shift, wanted): (usize, usize),
        chance: &mut Chance,
    ) -> Vec<(usize, bool)> {
        while self.shifts[group][shift].len() < wanted {
            self.hire(group, shift, chance);
        }
        let mut changes = Vec::new();
        for (at, agents) in self.shifts[group].iter().enumerate() {
            for (rank, agent) in agents.iter().enumerate() {
                let on = at == shift && rank < wanted;
                if self.agents[*agent].rostered != on {
                    self.agents[*agent].rostered = on;
                    changes.push((*agent, on));
                }
            }
        }
        changes
    }
}

impl World<'_> {
    /// Makes the rosters for the next quarter of an hour. People come and go within it.
    pub(super) fn roster(&mut self) {
        let opening = self.begun == 0 && self.conversations.is_empty();
        let shift = (self.demand.local(self.now) + SHIFTS_BEGIN_MS) / SHIFT_MS;
        let shift = usize::try_from(shift).unwrap_or_default() % SHIFTS;
        for group in 0..GROUPS.len() {
            let wanted = wanted(group, self.demand.at(self.now + ROSTER_MS));
            let staff = self.staff.agents.len();
            let changes = self.staff.roster(group, (shift, wanted), &mut self.chance);
            for agent in &self.staff.agents[staff..] {
                self.recorder.hired(agent.user, group, self.now);
            }
            for (agent, on) in changes {
                if opening {
                    self.staff.change_duty(agent, on, self.now);
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
        self.staff.change_duty(agent, on, self.now);
        let user = self.staff.user(agent);
        self.publisher.presence(user, on, self.now);
        self.publisher.routing_status(user, if on { "IDLE" } else { "OFF_QUEUE" }, self.now);
        self.serve(agent);
    }

    pub(super) fn release(&mut self, agent: usize) {
        self.staff.free_a_hand(agent, self.now);
        self.serve(agent);
    }
}

/// Agents that a group needs at this rate of conversations: the load, and a reserve by its root.
fn wanted(group: usize, per_second: f64) -> usize {
    let of_lane = |lane: &super::lanes::Lane| {
        let part = lane.groups.iter().filter(|(it, _)| *it == group).map(|(_, part)| part);
        part.sum::<f64>() * lane.share * lane.handle_s
    };
    let inbound: f64 = LANES.iter().map(of_lane).sum();
    let outbound =
        if VOICE_GROUPS.contains(&group) { OUTBOUND_SHARE * OUTBOUND_HANDLE_S / 3.0 } else { 0.0 };
    let load = per_second * (inbound + outbound) / f64::from(GROUPS[group].hands);
    let wanted = round((load + GROUPS[group].reserve * load.sqrt()).ceil());
    usize::try_from(wanted).unwrap_or_default().max(1)
}

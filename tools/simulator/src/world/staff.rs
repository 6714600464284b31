//! Agents: who is on duty, and who is free.

use super::lanes::{GROUPS, LANES, VOICE_GROUPS};
use crate::agents::QueueSet;
use crate::chance::Chance;
use crate::id::Id;
use std::collections::VecDeque;

/// Every agent works in one of this many shifts a day.
pub(super) const SHIFTS: usize = 3;

pub(super) struct Agent {
    pub(super) user: Id,
    group: usize,
    /// The number of conversations that the agent is in.
    busy: u8,
    on_duty: bool,
    /// Whether the last roster has the agent on duty.
    rostered: bool,
    idle_since: i64,
    /// Whether the agent is in the group's list of free agents.
    listed: bool,
}

#[derive(Default)]
pub(super) struct Staff {
    pub(super) agents: Vec<Agent>,
    /// Agents by group and shift.
    shifts: [[Vec<usize>; SHIFTS]; GROUPS.len()],
    /// Free agents by group, the longest idle first. Agents who are no longer free are skipped.
    free: [VecDeque<usize>; GROUPS.len()],
}

impl Staff {
    pub(super) fn user(&self, agent: usize) -> Id {
        self.agents[agent].user
    }

    pub(super) fn lanes(&self, agent: usize) -> &'static [usize] {
        GROUPS[self.agents[agent].group].lanes
    }

    /// The queues that the agent's work comes from.
    pub(super) fn queues(&self, agent: usize) -> QueueSet {
        self.lanes(agent).iter().map(|lane| LANES[*lane].queue).collect()
    }

    /// The number of conversations that the agent is in.
    pub(super) fn busy(&self, agent: usize) -> u8 {
        self.agents[agent].busy
    }

    pub(super) fn is_on_duty(&self, agent: usize) -> bool {
        self.agents[agent].on_duty
    }

    pub(super) fn is_free(&self, agent: usize) -> bool {
        let agent = &self.agents[agent];
        agent.on_duty && agent.busy < GROUPS[agent.group].capacity
    }

    /// Occupies the longest idle agent with the skill for a lane.
    pub(super) fn pick(&mut self, lane: usize) -> Option<usize> {
        self.pick_from(LANES[lane].groups.iter().map(|(group, _)| *group))
    }

    /// Occupies the longest idle agent who takes calls.
    pub(super) fn pick_for_call(&mut self) -> Option<usize> {
        self.pick_from(VOICE_GROUPS.into_iter())
    }

    fn pick_from(&mut self, groups: impl Iterator<Item = usize>) -> Option<usize> {
        let candidates: Vec<_> = groups.filter_map(|group| self.first_free(group)).collect();
        let agent = candidates.into_iter().min_by_key(|agent| self.agents[*agent].idle_since)?;
        self.free[self.agents[agent].group].pop_front();
        self.agents[agent].listed = false;
        self.occupy(agent);
        self.list_if_free(agent);
        Some(agent)
    }

    /// The first free agent of a group. Removes those before who are no longer free.
    fn first_free(&mut self, group: usize) -> Option<usize> {
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

    pub(super) fn release(&mut self, agent: usize, now: i64) {
        let entry = &mut self.agents[agent];
        entry.busy = entry.busy.saturating_sub(1);
        entry.idle_since = now;
        self.list_if_free(agent);
    }

    pub(super) fn change_duty(&mut self, agent: usize, on: bool, now: i64) {
        let entry = &mut self.agents[agent];
        entry.on_duty = on;
        entry.idle_since = now;
        self.list_if_free(agent);
    }

    fn list_if_free(&mut self, agent: usize) {
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

    /// Puts `count` agents of a group on the roster, all of one shift. Returns the agents who begin
    /// (true) or end duty.
    pub(super) fn roster(
        &mut self,
        group: usize,
        (shift, count): (usize, usize),
        chance: &mut Chance,
    ) -> Vec<(usize, bool)> {
        while self.shifts[group][shift].len() < count {
            self.hire(group, shift, chance);
        }
        let mut changes = Vec::new();
        for (index, agents) in self.shifts[group].iter().enumerate() {
            for (rank, agent) in agents.iter().enumerate() {
                let on = index == shift && rank < count;
                if self.agents[*agent].rostered != on {
                    self.agents[*agent].rostered = on;
                    changes.push((*agent, on));
                }
            }
        }
        changes
    }
}

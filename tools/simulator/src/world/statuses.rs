//! Changes of agents' statuses and queues: what they report, and what they book.

use super::World;
use super::lanes::{GROUPS, LANES};
use super::life::Life;
use crate::agents::{Presence, QueueSet, RoutingStatus};
use crate::id::Id;

/// How long after a step its changes are dated, at most.
const LAG_MS_MAX: i64 = 400;

impl World<'_> {
    /// Makes the lives of agents who were hired.
    pub(super) fn begin_life(&mut self, user: Id, group: usize) {
        let queues: QueueSet = GROUPS[group].lanes.iter().map(|lane| LANES[*lane].queue).collect();
        let mut life = Life::new(user, queues, self.now);
        if self.options.agents {
            self.vary(&mut life);
        }
        self.recorder.life_began(self.lives.len(), &life);
        self.lives.push(life);
    }

    pub(super) fn lag(&mut self) -> i64 {
        self.habits.between(0..=LAG_MS_MAX)
    }

    /// Changes the routing status. A change that is not published is one that follows from the
    /// presence (`kpis.md#agent-stretches`).
    pub(super) fn set_routing(
        &mut self,
        agent: usize,
        status: RoutingStatus,
        (since, is_published): (i64, bool),
    ) {
        if self.is_after_end(since) {
            return;
        }
        let life = &mut self.lives[agent];
        let is_known = is_published || life.routing.is_known;
        if let Some((status, stretch)) = life.set_routing(status, since, is_known) {
            self.truth.add_routing((life.user, status), &stretch);
        }
        self.recorder.routing_changed(agent, status, since);
        if is_published {
            self.publish_routing(agent, since);
        }
    }

    pub(super) fn set_presence(&mut self, agent: usize, presence: Presence, since: i64) {
        if self.is_after_end(since) {
            return;
        }
        let life = &mut self.lives[agent];
        if let Some((presence, stretch)) = life.set_presence(presence, since) {
            self.truth.add_presence((life.user, presence), &stretch);
        }
        self.recorder.presence_changed(agent, presence, since);
        self.publish_presence(agent, since);
    }

    /// Changes the queues that an agent has joined.
    pub(super) fn set_joined(&mut self, agent: usize, queues: QueueSet) {
        let life = &mut self.lives[agent];
        let before = life.joined.value;
        life.joined.value = queues;
        life.joined.since = self.now;
        self.recorder.joined_changed(agent, queues, self.now);
        self.publish_activity(agent, self.now);
        let life = &self.lives[agent];
        for queue in before.minus(queues).queues() {
            self.publisher.queue_user(life, queue, false, self.now);
        }
        for queue in queues.minus(before).queues() {
            self.publisher.queue_user(life, queue, true, self.now);
        }
    }

    /// Changes the queues that an agent is a member of, which no event reports.
    pub(super) fn set_members(&mut self, agent: usize, queues: QueueSet) {
        self.lives[agent].members = queues;
        self.recorder.members_changed(agent, queues, self.now);
    }

    pub(super) fn set_out_of_office(&mut self, agent: usize, is_active: bool) {
        let office = &mut self.lives[agent].out_of_office;
        (office.value, office.since) = (is_active, self.now);
        self.recorder.out_of_office_changed(agent, is_active, self.now);
        self.publish_activity(agent, self.now);
    }

    fn publish_routing(&mut self, agent: usize, time: i64) {
        if self.options.agents {
            self.publish_activity(agent, time);
        }
        let life = &self.lives[agent];
        self.publisher.routing_status(life, time);
    }

    fn publish_presence(&mut self, agent: usize, time: i64) {
        if self.options.agents {
            self.publish_activity(agent, time);
        }
        let life = &self.lives[agent];
        self.publisher.presence(life, time);
    }

    fn publish_activity(&mut self, agent: usize, time: i64) {
        let life = &mut self.lives[agent];
        life.note_report();
        self.publisher.activity(life, time);
    }

    fn is_after_end(&self, time: i64) -> bool {
        self.end.is_some_and(|end| time > end)
    }
}

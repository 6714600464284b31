//! The simulated world: customers, queues and agents, step by step.
//!
//! A step changes one conversation. Conversations depend on each other only through routing:
//! [`queueing`] and [`rostering`] match waiting customers with free agents.

mod agenda;
pub(crate) mod agent_session;
pub(crate) mod agent_state;
mod alerting;
mod arriving;
mod callbacks;
pub(crate) mod conversation;
mod demand;
mod ending;
pub(crate) mod lanes;
pub(crate) mod party;
mod queueing;
mod rostering;
mod shifts;
mod staff;
mod statuses;
mod talking;
mod transferring;
mod working;

use crate::archive::{Archive, Recorder};
use crate::chance::{Chance, Part, round};
use crate::events::Publisher;
use crate::facts::{Fact, Official};
use crate::time::SECOND_MS;
use crate::timeline::Timeline;
use crate::truth::{Story, Truth};
use crate::{Load, Options};
use agenda::{Step, Task, Waiting};
use agent_state::AgentState;
use conversation::Conversation;
use demand::Demand;
use lanes::LANES;
use staff::Staff;
use std::collections::{BTreeMap, VecDeque};

/// Events and metrics are dated less than this after the step that they belong to.
const DATED_AHEAD_MS_MAX: i64 = SECOND_MS;

/// The simulated contact centre.
pub(crate) struct World<'a> {
    options: &'a Options,
    now: i64,
    /// End of the run and of publishing, if the load is a rate.
    end: Option<i64>,
    /// The number of conversations that have not begun.
    remaining: u64,
    started: u64,
    agenda: Timeline<Task>,
    conversations: BTreeMap<u64, Box<Conversation>>,
    waiting: [VecDeque<Waiting>; LANES.len()],
    staff: Staff,
    /// In the order of the staff.
    states: Vec<AgentState>,
    demand: Demand,
    chance: Chance,
    /// For what agents do beside their work.
    agent_chance: Chance,
    pub(crate) publisher: Publisher,
    recorder: Recorder,
    truth: Truth,
}

impl<'a> World<'a> {
    pub(crate) fn new(options: &'a Options, archive: Option<&Archive>) -> Self {
        let start = options.start.as_millisecond();
        let (remaining, end) = match options.load {
            Load::Conversations(count) => (count, None),
            Load::Rate { duration_seconds, .. } => {
                (u64::MAX, Some(start + round(duration_seconds * 1000.0)))
            }
        };
        let mut world = Self {
            options,
            now: start,
            end,
            remaining,
            started: 0,
            agenda: Timeline::new(),
            conversations: BTreeMap::new(),
            waiting: Default::default(),
            staff: Staff::default(),
            states: Vec::new(),
            demand: Demand::new(options),
            chance: Chance::new(options.seed, Part::World),
            agent_chance: Chance::new(options.seed, Part::Agents),
            publisher: Publisher::new(options),
            recorder: Recorder::new(options, archive),
            truth: Truth::new(options.feed, &options.rules),
        };
        world.perform(Task::Roster);
        world.agenda.push(world.now, Task::Observe);
        world.schedule_arrival();
        world
    }

    /// Performs the next task, and returns its time; `None` when the run is over.
    pub(crate) fn step(&mut self) -> Option<i64> {
        let (time, task) = self.agenda.pop()?;
        if self.end.is_some_and(|end| time > end) {
            return None;
        }
        self.now = time;
        self.perform(task);
        Some(time)
    }

    /// The truth at the end of the run.
    pub(crate) fn into_truth(mut self) -> Truth {
        for conversation in self.conversations.values() {
            self.truth.add_conversation(conversation);
        }
        for state in &self.states {
            self.truth.agents.add_now(&state.now());
        }
        self.recorder.run_ended(self.end.unwrap_or(self.now + DATED_AHEAD_MS_MAX));
        self.truth
    }

    fn perform(&mut self, task: Task) {
        match task {
            Task::Arrive => self.arrive(),
            Task::Roster => self.roster(),
            Task::Duty { agent, on } => self.change_duty(agent, on),
            Task::Observe => self.observe(),
            Task::Release { agent, work } => self.release(agent, work),
            Task::Agent { agent, plan, step } => self.take_agent_step(agent, plan, step),
            Task::Step { number, step } => {
                // A timer may outlive its conversation.
                if let Some(conversation) = self.conversations.remove(&number) {
                    self.take_step(conversation, step);
                }
            }
        }
    }

    fn take_step(&mut self, mut boxed: Box<Conversation>, step: Step) {
        let conversation = &mut *boxed;
        match step {
            Step::LeaveIvr { to } => self.leave_ivr(conversation, to),
            Step::Attribute => self.publisher.attributes(conversation, self.now),
            Step::Enter { lane } => self.enter_queue(conversation, lane),
            Step::LosePatience { acd } => self.lose_patience(conversation, acd),
            Step::FlowOut { acd } => self.flow_out(conversation, acd),
            Step::Dial { acd } => self.dial_customer(conversation, acd),
            Step::Answer { user } => self.answer(conversation, user),
            Step::RingOut { user } => self.ring_out(conversation, user),
            Step::EndSegment { user } => self.end_segment(conversation, user),
            Step::Acw { user } => self.complete_acw(conversation, user),
            Step::EndConsult { user } => self.end_consult(conversation, user),
            Step::EndCallback { user } => self.hang_up(conversation, user),
            Step::EndVoicemail => self.end_voicemail(conversation),
        }
        self.put_back(boxed);
    }

    /// Keeps a conversation that continues, and adds one that is over to the truth.
    fn put_back(&mut self, conversation: Box<Conversation>) {
        if conversation.is_over() {
            self.truth.add_conversation(&conversation);
        } else {
            self.conversations.insert(conversation.number, conversation);
        }
    }

    fn schedule(&mut self, conversation: &Conversation, in_ms: i64, step: Step) {
        self.agenda.push(self.now + in_ms, Task::Step { number: conversation.number, step });
    }

    /// Adds a fact to the truth, and publishes and records its official form.
    fn add_fact(&mut self, conversation: &Conversation, fact: &Fact) {
        self.truth.add_fact(fact, conversation.published_until);
        if let Some(official) = &fact.official {
            self.publish_official(conversation, fact.metric, official);
        }
    }

    fn add_facts(&mut self, conversation: &Conversation, facts: &[Fact]) {
        for fact in facts {
            self.add_fact(conversation, fact);
        }
    }

    fn publish_official(
        &mut self,
        conversation: &Conversation,
        metric: &'static str,
        official: &Official,
    ) {
        self.recorder.metric(conversation, metric, official);
        self.publisher.official(conversation, metric, official);
    }

    fn count_story(&mut self, story: Story) {
        self.truth.count_story(story);
    }

    /// Whether conversations are in progress or still to begin.
    fn is_open(&self) -> bool {
        self.remaining > 0 || !self.conversations.is_empty()
    }
}

//! The world: customers, queues and agents, event by event.
//!
//! Only routing ties conversations together: a task touches one conversation at a time, and agents
//! meet waiting customers in [`staff`] and [`queueing`] alone.

mod agenda;
mod alerting;
mod arriving;
pub(crate) mod conversation;
mod demand;
mod ending;
pub(crate) mod lanes;
mod leaving;
pub(crate) mod party;
mod queueing;
mod staff;
mod talking;
mod transferring;

use crate::archive::{Archive, Recorder};
use crate::chance::{Chance, Part};
use crate::events::Publisher;
use crate::facts::{Fact, Official};
use crate::timeline::Timeline;
use crate::truth::Truth;
use crate::{Load, Options, Story};
use agenda::{Step, Task};
use conversation::Conversation;
use demand::Demand;
use lanes::LANES;
use queueing::Waiting;
use staff::Staff;
use std::collections::{BTreeMap, VecDeque};

/// What is dated ahead is so by less than this.
const LAST_WORD_MS: i64 = 1_000;

/// The simulated contact centre.
pub(crate) struct World<'a> {
    options: &'a Options,
    now: i64,
    /// With a rate: when the run ends, and publishing with it.
    end: Option<i64>,
    /// Conversations that are still to begin.
    to_come: u64,
    begun: u64,
    agenda: Timeline<Task>,
    conversations: BTreeMap<u64, Box<Conversation>>,
    waiting: [VecDeque<Waiting>; LANES.len()],
    staff: Staff,
    demand: Demand,
    chance: Chance,
    pub(crate) publisher: Publisher,
    recorder: Recorder,
    truth: Truth,
}

impl<'a> World<'a> {
    pub(crate) fn new(options: &'a Options, archive: Option<&Archive>) -> Self {
        let start = options.start.as_millisecond();
        let (to_come, end) = match options.load {
            Load::Conversations(count) => (count, None),
            Load::Rate { duration_seconds, .. } => {
                (u64::MAX, Some(start + crate::chance::round(duration_seconds * 1000.0)))
            }
        };
        let mut world = Self {
            options,
            now: start,
            end,
            to_come,
            begun: 0,
            agenda: Timeline::new(),
            conversations: BTreeMap::new(),
            waiting: Default::default(),
            staff: Staff::default(),
            demand: Demand::new(options),
            chance: Chance::new(options.seed, Part::World),
            publisher: Publisher::new(options),
            recorder: Recorder::new(options, archive),
            truth: Truth::new(options),
        };
        world.open();
        world
    }

    /// Does what is due next, and tells the time of it; nothing when the run is over.
    pub(crate) fn step(&mut self) -> Option<i64> {
        let (time, task) = self.agenda.pop()?;
        if self.end.is_some_and(|end| time > end) {
            return None;
        }
        self.now = time;
        self.perform(task);
        Some(time)
    }

    /// What is true at the end.
    pub(crate) fn into_truth(mut self) -> Truth {
        for conversation in self.conversations.values() {
            self.truth.settle(conversation);
        }
        self.recorder.ended(self.end.unwrap_or(self.now + LAST_WORD_MS));
        self.truth
    }

    fn open(&mut self) {
        self.perform(Task::Roster);
        self.agenda.push(self.now, Task::Observe);
        self.next_arrival();
    }

    fn perform(&mut self, task: Task) {
        match task {
            Task::Arrive => self.arrive(),
            Task::Roster => self.roster(),
            Task::Duty { agent, on } => self.change_duty(agent, on),
            Task::Observe => self.observe(),
            Task::Release { agent } => self.release(agent),
            Task::Step { number, step } => {
                // A timer may outlive its conversation.
                if let Some(conversation) = self.conversations.remove(&number) {
                    self.take_step(conversation, step);
                }
            }
        }
    }

    fn take_step(&mut self, mut conversation: Box<Conversation>, step: Step) {
        let it = &mut *conversation;
        match step {
            Step::LeaveIvr { to } => self.leave_ivr(it, to),
            Step::Attribute => self.publisher.attributes(it, self.now),
            Step::Enter { lane } => self.enter_queue(it, lane),
            Step::LosePatience { acd } => self.lose_patience(it, acd),
            Step::FlowOut { acd } => self.flow_out(it, acd),
            Step::Answer { user } => self.answer(it, user),
            Step::RingOut { user } => self.ring_out(it, user),
            Step::EndSegment { user } => self.end_segment(it, user),
            Step::EarlyAcw { user } | Step::Acw { user } => self.complete_acw(it, user),
            Step::EndConsult { user } => self.end_consult(it, user),
            Step::EndCallback { user } => self.end_callback(it, user),
            Step::EndVoicemail => self.end_voicemail(it),
        }
        self.put_back(conversation);
    }

    /// Keeps a conversation that goes on, and settles one that is over.
    fn put_back(&mut self, conversation: Box<Conversation>) {
        if conversation.is_over() {
            self.truth.settle(&conversation);
        } else {
            self.conversations.insert(conversation.number, conversation);
        }
    }

    fn schedule(&mut self, conversation: &Conversation, in_ms: i64, step: Step) {
        self.agenda.push(self.now + in_ms, Task::Step { number: conversation.number, step });
    }

    /// Puts a fact on the books, and publishes Genesys' own record of it.
    fn tell(&mut self, conversation: &Conversation, fact: &Fact) {
        self.truth.count(fact, conversation.cut);
        if let Some(official) = &fact.official {
            self.tell_official(conversation, fact.metric, official);
        }
    }

    fn tell_official(
        &mut self,
        conversation: &Conversation,
        metric: &'static str,
        official: &Official,
    ) {
        self.recorder.metric(conversation, metric, official);
        self.publisher.official(conversation, metric, official);
    }

    fn tell_all(&mut self, conversation: &Conversation, facts: &[Fact]) {
        for fact in facts {
            self.tell(conversation, fact);
        }
    }

    fn happened(&mut self, story: Story) {
        self.truth.happened(story);
    }

    /// Whether anything is still to come besides the staff's own comings and goings.
    fn is_open(&self) -> bool {
        self.to_come > 0 || !self.conversations.is_empty()
    }
}

//! What is going on when the run ends (`kpis.md`, section 4), as far as it is told.

use super::calendar::instant;
use super::computed::Computed;
use super::row::{Subject, TruthRow};
use super::{Story, Truth};
use crate::id::Id;
use crate::world::conversation::{AcdSession, Conversation, Outcome, ToldOutcome, UserSession};
use crate::world::lanes::{Media, Queue};
use std::collections::BTreeMap;

/// The `now` rows.
#[derive(Default)]
pub(super) struct Gauges(BTreeMap<(Subject, Media), Gauge>);

#[derive(Default)]
struct Gauge {
    waiting: i64,
    alerting: i64,
    interacting: i64,
    /// The earliest start of those who wait, in ms.
    waiting_since: Option<i64>,
}

impl Truth {
    /// Adds what of a conversation is still open, by the events that are published.
    pub(crate) fn settle(&mut self, conversation: &Conversation) {
        if is_cut_short(conversation) {
            self.happened(Story::CutShort);
        }
        if !self.feed.has_detail() {
            return;
        }
        for acd in conversation.acds.iter().filter(|acd| waits(conversation, acd)) {
            self.waits(acd.queue, acd.media, acd.start);
        }
        for user in conversation.users.iter().filter(|user| is_open(conversation, user)) {
            let connected = is_connected(conversation, user);
            self.works(user.queue, (user.user, user.media), connected);
        }
    }

    /// Adds somebody who waits since then.
    pub(crate) fn waits(&mut self, queue: Queue, media: Media, since: i64) {
        self.gauges.wait(Subject::Queue(queue), media, since);
    }

    /// Adds an agent who is alerted or connected.
    pub(crate) fn works(&mut self, queue: Option<Queue>, agent: (Id, Media), connected: bool) {
        let (user, media) = agent;
        for subject in queue.map(Subject::Queue).into_iter().chain([Subject::Agent(user)]) {
            self.gauges.work(subject, media, connected);
        }
    }
}

impl Gauges {
    fn wait(&mut self, subject: Subject, media: Media, since: i64) {
        let gauge = self.0.entry((subject, media)).or_default();
        gauge.waiting += 1;
        gauge.waiting_since = gauge.waiting_since.map_or(Some(since), |it| Some(it.min(since)));
    }

    fn work(&mut self, subject: Subject, media: Media, connected: bool) {
        let gauge = self.0.entry((subject, media)).or_default();
        let count = if connected { &mut gauge.interacting } else { &mut gauge.alerting };
        *count += 1;
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = TruthRow> {
        self.0.iter().map(|((subject, media), gauge)| TruthRow {
            subject: subject.text(*media),
            bucket: "now".to_owned(),
            metrics: gauge.metrics(),
            computed: Computed { waiting_since: gauge.since(), ..Computed::default() },
        })
    }
}

impl Gauge {
    fn metrics(&self) -> BTreeMap<String, i64> {
        let all = [
            ("oWaiting", self.waiting),
            ("oAlerting", self.alerting),
            ("oInteracting", self.interacting),
        ];
        let some = all.into_iter().filter(|(_, count)| *count != 0);
        some.map(|(metric, count)| (metric.to_owned(), count)).collect()
    }

    fn since(&self) -> Option<String> {
        self.waiting_since.map(|ms| instant(ms - ms.rem_euclid(1000)).to_string())
    }
}

/// A told start and no told end.
fn waits(conversation: &Conversation, acd: &AcdSession) -> bool {
    let ended = acd.end.as_ref().is_some_and(|end| conversation.tells(end.time));
    acd.start_told && conversation.tells(acd.start) && !ended
}

/// A told start and no told end.
fn is_open(conversation: &Conversation, user: &UserSession) -> bool {
    let ended = user.end.is_some_and(|end| conversation.tells(end));
    user.start_told && conversation.tells(user.start) && !ended
}

/// By the rule, which goes by what is told: an agent who writes a second e-mail counts as alerted.
fn is_connected(conversation: &Conversation, user: &UserSession) -> bool {
    user.queue.is_none()
        || user.outbound
        || conversation.acds.iter().any(|acd| answered_by(conversation, acd, user))
}

fn answered_by(conversation: &Conversation, acd: &AcdSession, user: &UserSession) -> bool {
    let Some(end) = acd.end.as_ref().filter(|end| conversation.tells(end.time)) else {
        return false;
    };
    user.queue == Some(acd.queue)
        && end.told.outcome == Some(ToldOutcome::Known(Outcome::Answered))
        && end.told.answered_user == Some(user.user)
        && end.time >= user.start
}

/// Whether anything happened of which nothing is published.
fn is_cut_short(conversation: &Conversation) -> bool {
    let last = conversation.users.iter().filter_map(|user| user.end).max();
    let end = conversation.customer.end.max(last);
    !conversation.is_over() || end.is_some_and(|end| !conversation.tells(end))
}

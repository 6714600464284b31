//! The sessions that are open at the end of a run, by the published events (`kpis.md#gauges`).

use super::computed::{Computed, TruthRow};
use super::row::Subject;
use crate::id::Id;
use crate::world::agent_session::UserSession;
use crate::world::conversation::{AcdSession, Conversation};
use crate::world::lanes::{Media, Queue};
use std::collections::BTreeMap;

/// The `now` rows.
#[derive(Default)]
pub(crate) struct Gauges(BTreeMap<(Subject, Media), Gauge>);

#[derive(Default)]
struct Gauge {
    counts: BTreeMap<&'static str, i64>,
    /// The earliest start of the waits, in ms.
    waiting_since: Option<i64>,
    /// The earliest start of the sessions of a queue in which an agent is connected, in ms.
    interacting_since: Option<i64>,
}

impl Gauges {
    pub(super) fn add_open_sessions(&mut self, conversation: &Conversation) {
        for acd in conversation.acds.iter().filter(|acd| is_waiting(conversation, acd)) {
            self.add_waiting(acd.queue, acd.media, acd.start);
        }
        for user in conversation.users.iter().filter(|user| is_working(conversation, user)) {
            let is_alerting = is_alerting(conversation, user);
            self.add_working(user.queue, (user.user, user.media), user.start, is_alerting);
        }
    }

    /// Adds a customer who has been waiting since a time.
    pub(crate) fn add_waiting(&mut self, queue: Queue, media: Media, since: i64) {
        let gauge = self.0.entry((Subject::Queue(queue), media)).or_default();
        gauge.count("oWaiting");
        note_start(&mut gauge.waiting_since, since);
    }

    /// Adds an agent who is alerted, or else connected, in a session since a time.
    pub(crate) fn add_working(
        &mut self,
        queue: Option<Queue>,
        (user, media): (Id, Media),
        since: i64,
        is_alerting: bool,
    ) {
        for subject in queue.map(Subject::Queue).into_iter().chain([Subject::Agent(user)]) {
            let gauge = self.0.entry((subject, media)).or_default();
            gauge.count(if is_alerting { "oAlerting" } else { "oInteracting" });
            if !is_alerting && matches!(subject, Subject::Queue(_)) {
                note_start(&mut gauge.interacting_since, since);
            }
        }
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = TruthRow> {
        self.0.iter().map(|((subject, media), gauge)| TruthRow {
            subject: subject.text(*media),
            bucket: "now".to_owned(),
            metrics: gauge
                .counts
                .iter()
                .map(|(metric, count)| ((*metric).into(), *count))
                .collect(),
            computed: Computed::of_times(&[
                ("waitingSince", gauge.waiting_since),
                ("interactingSince", gauge.interacting_since),
            ]),
        })
    }
}

/// Keeps the earliest start.
fn note_start(earliest: &mut Option<i64>, since: i64) {
    *earliest = Some(earliest.map_or(since, |earliest| earliest.min(since)));
}

impl Gauge {
    fn count(&mut self, metric: &'static str) {
        *self.counts.entry(metric).or_default() += 1;
    }
}

/// Whether the start of a wait is published and its end is not.
fn is_waiting(conversation: &Conversation, acd: &AcdSession) -> bool {
    let has_ended = acd.end.as_ref().is_some_and(|end| conversation.publishes(end.time));
    acd.start_published && conversation.publishes(acd.start) && !has_ended
}

/// Whether the start of an agent's session is published and its end is not.
fn is_working(conversation: &Conversation, user: &UserSession) -> bool {
    let has_ended = user.end.is_some_and(|end| conversation.publishes(end));
    user.start_published && conversation.publishes(user.start) && !has_ended
}

/// Whether the wait that brought a session is still on, by the published events
/// (`kpis.md#working`).
fn is_alerting(conversation: &Conversation, user: &UserSession) -> bool {
    let is_on = |acd: &AcdSession| {
        Some(acd.queue) == user.queue && acd.start <= user.start && is_waiting(conversation, acd)
    };
    conversation.acds.iter().any(is_on)
}

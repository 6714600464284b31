//! Queues, members and users, as the Platform API lists them.

use crate::Rules;
use crate::events::detail::DIVISION;
use crate::id::Id;
use crate::world::lanes::{GROUPS, LANES, QUEUES};
use crate::world::party::staff_name;
use serde::Serialize;
use std::collections::BTreeMap;

pub(super) struct Agent {
    pub(super) user: Id,
    pub(super) group: usize,
    /// Since when the agent exists, in ms.
    pub(super) hired: i64,
}

/// The lists as of a time.
pub(crate) struct Catalog<'a> {
    pub(super) rules: &'a Rules,
    pub(super) agents: &'a [Agent],
    pub(super) as_of: i64,
}

/// A page of a list, with the length of the list.
pub(crate) struct Page<T> {
    pub(crate) entities: Vec<T>,
    pub(crate) total: usize,
}

/// Media types with their names in a queue's settings.
const MEDIA: [(&str, &str); 5] = [
    ("call", "voice"),
    ("callback", "callback"),
    ("chat", "chat"),
    ("email", "email"),
    ("message", "message"),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueueView {
    id: &'static str,
    name: &'static str,
    division: Division,
    date_created: &'static str,
    member_count: usize,
    user_member_count: usize,
    joined_member_count: usize,
    media_settings: BTreeMap<&'static str, MediaSettings>,
    scoring_method: &'static str,
    skill_evaluation_method: &'static str,
    auto_answer_only: bool,
    enable_transcription: bool,
    self_uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MediaSettings {
    enable_auto_answer: bool,
    alerting_timeout_seconds: i64,
    service_level: ServiceLevel,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ServiceLevel {
    percentage: f64,
    duration_ms: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MemberView {
    id: Id,
    name: String,
    user: UserView,
    ring_number: i64,
    joined: bool,
    member_by: &'static str,
    self_uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserView {
    id: Id,
    name: String,
    division: Division,
    email: String,
    username: String,
    state: &'static str,
    version: i64,
    self_uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Division {
    id: Id,
    name: &'static str,
    self_uri: String,
}

impl Catalog<'_> {
    pub(crate) fn queues(&self, skip: usize, take: usize) -> Page<QueueView> {
        let queues = (0..QUEUES.len()).skip(skip).take(take);
        Page { entities: queues.map(|queue| self.queue(queue)).collect(), total: QUEUES.len() }
    }

    /// The members of a queue; `None` if there is no such queue.
    pub(crate) fn members(&self, id: &str, skip: usize, take: usize) -> Option<Page<MemberView>> {
        let queue = QUEUES.iter().position(|queue| queue.id == id)?;
        let page = self.members_of(queue).skip(skip).take(take);
        let entities = page.map(|(index, agent)| MemberView::new(id, index, agent)).collect();
        Some(Page { entities, total: self.members_of(queue).count() })
    }

    pub(crate) fn users(&self, skip: usize, take: usize) -> Page<UserView> {
        let page = self.agents().skip(skip).take(take);
        let entities = page.map(|(index, agent)| UserView::new(index, agent)).collect();
        Page { entities, total: self.agents().count() }
    }

    fn agents(&self) -> impl Iterator<Item = (usize, &Agent)> {
        self.agents.iter().enumerate().filter(|(_, agent)| agent.hired <= self.as_of)
    }

    fn members_of(&self, queue: usize) -> impl Iterator<Item = (usize, &Agent)> {
        self.agents().filter(move |(_, agent)| serves(agent.group, queue))
    }

    fn queue(&self, index: usize) -> QueueView {
        let queue = &QUEUES[index];
        let members = self.members_of(index).count();
        let settings = MEDIA.map(|(name, media)| (name, self.media_settings(queue.id, media)));
        QueueView {
            id: queue.id,
            name: queue.name,
            division: Division::new(),
            date_created: "2025-01-15T08:00:00.000Z",
            member_count: members,
            user_member_count: members,
            joined_member_count: members,
            media_settings: settings.into(),
            scoring_method: "TimestampAndPriority",
            skill_evaluation_method: "BEST",
            auto_answer_only: true,
            enable_transcription: false,
            self_uri: format!("/api/v2/routing/queues/{}", queue.id),
        }
    }

    fn media_settings(&self, queue: &str, media: &str) -> MediaSettings {
        let duration_ms = self.rules.service_level_ms.ms(queue, media);
        MediaSettings {
            enable_auto_answer: false,
            alerting_timeout_seconds: 30,
            service_level: ServiceLevel { percentage: 0.8, duration_ms },
        }
    }
}

/// Whether agents of a group serve a queue.
fn serves(group: usize, queue: usize) -> bool {
    GROUPS[group].lanes.iter().any(|lane| LANES[*lane].queue.0 == queue)
}

impl MemberView {
    fn new(queue: &str, index: usize, agent: &Agent) -> Self {
        Self {
            id: agent.user,
            name: staff_name(index),
            user: UserView::new(index, agent),
            ring_number: 1,
            joined: true,
            member_by: "user",
            self_uri: format!("/api/v2/routing/queues/{queue}/members/{}", agent.user),
        }
    }
}

impl UserView {
    fn new(index: usize, agent: &Agent) -> Self {
        let email = format!("agent{index}@headroom.example");
        Self {
            id: agent.user,
            name: staff_name(index),
            division: Division::new(),
            username: email.clone(),
            email,
            state: "active",
            version: 1,
            self_uri: format!("/api/v2/users/{}", agent.user),
        }
    }
}

impl Division {
    fn new() -> Self {
        let self_uri = format!("/api/v2/authorization/divisions/{DIVISION}");
        Self { id: DIVISION, name: "Home", self_uri }
    }
}

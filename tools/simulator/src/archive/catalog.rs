//! Queues, members and users, as the Platform API lists them.

use crate::Rules;
use crate::events::conversation::DIVISION;
use crate::id::Id;
use crate::json::Object;
use crate::world::lanes::{GROUPS, LANES, QUEUES};
use crate::world::party::staff_name;

/// An agent.
pub(super) struct Person {
    pub(super) user: Id,
    pub(super) group: usize,
    /// From when on there is such an agent, in ms.
    pub(super) hired: i64,
}

/// Who and what there is at a time.
pub(crate) struct Catalog<'a> {
    pub(super) rules: &'a Rules,
    pub(super) people: &'a [Person],
    pub(super) at: i64,
}

/// A page of a list, and how long the list is.
pub(crate) struct Page {
    pub(crate) entities: Vec<Object>,
    pub(crate) total: usize,
}

/// Media types by their names in a queue's settings.
const MEDIA: [(&str, &str); 5] = [
    ("call", "voice"),
    ("callback", "callback"),
    ("chat", "chat"),
    ("email", "email"),
    ("message", "message"),
];
/// The target of every service level.
const PER_CENT: i64 = 80;

impl Catalog<'_> {
    /// The queues from the nth on, so many of them.
    pub(crate) fn queues(&self, from: usize, count: usize) -> Page {
        let all = 0..QUEUES.len();
        let entities = all.clone().skip(from).take(count).map(|at| self.queue(at)).collect();
        Page { entities, total: all.len() }
    }

    /// The members of a queue; nothing if there is no such queue.
    pub(crate) fn members(&self, queue: &str, from: usize, count: usize) -> Option<Page> {
        let at = QUEUES.iter().position(|it| it.id == queue)?;
        let all: Vec<_> = self.people().filter(|(_, it)| serves(it.group, at)).collect();
        let some = all.iter().skip(from).take(count);
        let entities = some.map(|(nth, it)| member(queue, *nth, it)).collect();
        Some(Page { entities, total: all.len() })
    }

    pub(crate) fn users(&self, from: usize, count: usize) -> Page {
        let some = self.people().skip(from).take(count);
        Page {
            entities: some.map(|(nth, it)| user(nth, it)).collect(),
            total: self.people().count(),
        }
    }

    fn people(&self) -> impl Iterator<Item = (usize, &Person)> {
        self.people.iter().enumerate().filter(|(_, it)| it.hired <= self.at)
    }

    fn queue(&self, at: usize) -> Object {
        let info = &QUEUES[at];
        let members = self.people().filter(|(_, it)| serves(it.group, at)).count();
        let members = i64::try_from(members).unwrap_or(i64::MAX);
        let mut settings = Object::new();
        for (name, media) in MEDIA {
            settings.object(name, self.media_settings(info.id, media));
        }
        let mut queue = Object::new();
        queue.text("id", info.id).text("name", info.name).object("division", division());
        queue.text("dateCreated", "2025-01-15T08:00:00.000Z");
        queue.int("memberCount", members).int("userMemberCount", members);
        queue.int("joinedMemberCount", members).object("mediaSettings", settings);
        queue.text("scoringMethod", "TimestampAndPriority").text("skillEvaluationMethod", "BEST");
        queue.flag("autoAnswerOnly", true).flag("enableTranscription", false);
        queue.text("selfUri", &format!("/api/v2/routing/queues/{}", info.id));
        queue
    }

    fn media_settings(&self, queue: &str, media: &str) -> Object {
        let mut level = Object::new();
        level.hundredths("percentage", PER_CENT);
        level.int("durationMs", self.rules.service_level_ms.ms(queue, media));
        let mut settings = Object::new();
        settings.flag("enableAutoAnswer", false).int("alertingTimeoutSeconds", 30);
        settings.object("serviceLevel", level);
        settings
    }
}

/// Whether agents of a group take what waits in a queue.
fn serves(group: usize, queue: usize) -> bool {
    GROUPS[group].lanes.iter().any(|lane| LANES[*lane].queue.0 == queue)
}

fn member(queue: &str, nth: usize, it: &Person) -> Object {
    let mut member = Object::new();
    member.id("id", it.user).text("name", &staff_name(nth)).object("user", user(nth, it));
    member.int("ringNumber", 1).flag("joined", true).text("memberBy", "user");
    member.text("selfUri", &format!("/api/v2/routing/queues/{queue}/members/{}", it.user));
    member
}

fn user(nth: usize, it: &Person) -> Object {
    let mut user = Object::new();
    user.id("id", it.user).text("name", &staff_name(nth)).object("division", division());
    user.text("email", &format!("agent{nth}@headroom.example"));
    user.text("username", &format!("agent{nth}@headroom.example"));
    user.text("state", "active").int("version", 1);
    user.text("selfUri", &format!("/api/v2/users/{}", it.user));
    user
}

fn division() -> Object {
    let mut division = Object::new();
    division.id("id", DIVISION).text("name", "Home");
    division.text("selfUri", &format!("/api/v2/authorization/divisions/{DIVISION}"));
    division
}

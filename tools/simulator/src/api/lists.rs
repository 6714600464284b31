//! Lists of queues, members and users, page by page.

use super::message::ApiRequest;
use super::refusal::Refusal;
use crate::archive::{Agent, Contents};
use crate::events::detail::DIVISION;
use crate::json::Object;
use crate::world::lanes::{GROUPS, LANES, QUEUES, QueueInfo};
use crate::world::party::staff_name;

const PAGE_SIZE: usize = 25;
const MEMBERS_PAGE_SIZE_MAX: usize = 100;
/// Of queues and users. An assumption: Genesys documents no limit.
const PAGE_SIZE_MAX: usize = 500;

/// Parameters that would not change a response of the stand-in. All others are refused.
const IGNORED_PARAMETERS: [&str; 5] = ["expand", "joined", "sortBy", "sortOrder", "state"];

/// Names of media types in a queue's settings, with ours.
const MEDIA: [(&str, &str); 5] = [
    ("call", "voice"),
    ("callback", "callback"),
    ("chat", "chat"),
    ("email", "email"),
    ("message", "message"),
];

/// An agent with the index that the name follows from.
type IndexedAgent<'a> = (usize, &'a Agent);

/// The lists as of a time.
pub(super) struct Lists<'a> {
    pub(super) contents: &'a Contents,
    pub(super) as_of: i64,
}

impl Lists<'_> {
    pub(super) fn queues(&self, request: &ApiRequest) -> Result<Object, Refusal> {
        let range = PageRange::parse(request, PAGE_SIZE_MAX)?;
        Ok(range.with_count(request, &QUEUES, |queue| self.queue(queue)))
    }

    /// Genesys does not count members: the last page is the one without a next one.
    pub(super) fn members(&self, queue: &str, request: &ApiRequest) -> Result<Object, Refusal> {
        let range = PageRange::parse(request, MEMBERS_PAGE_SIZE_MAX)?;
        if !QUEUES.iter().any(|info| info.id == queue) {
            return Err(Refusal::not_found("The queue"));
        }
        Ok(range.page(request, &self.members_of(queue), |agent| member(queue, *agent)))
    }

    pub(super) fn users(&self, request: &ApiRequest) -> Result<Object, Refusal> {
        let range = PageRange::parse(request, PAGE_SIZE_MAX)?;
        let agents: Vec<_> = self.agents().collect();
        Ok(range.with_count(request, &agents, |agent| user(*agent)))
    }

    fn agents(&self) -> impl Iterator<Item = IndexedAgent<'_>> {
        self.contents.agents.iter().enumerate().filter(|(_, agent)| agent.hired <= self.as_of)
    }

    fn members_of(&self, queue: &str) -> Vec<IndexedAgent<'_>> {
        let serves = |lane: &usize| LANES[*lane].queue.id() == queue;
        self.agents().filter(|(_, agent)| GROUPS[agent.group].lanes.iter().any(serves)).collect()
    }

    fn queue(&self, queue: &QueueInfo) -> Object {
        let members = self.members_of(queue.id).len();
        let settings = MEDIA.iter().fold(Object::default(), |settings, (name, media)| {
            settings.with_object(name, self.media_settings(queue.id, media))
        });
        Object::default()
            .with("id", queue.id)
            .with("name", queue.name)
            .with_object("division", division())
            .with("dateCreated", "2025-01-15T08:00:00.000Z")
            .with("memberCount", members)
            .with("userMemberCount", members)
            .with("joinedMemberCount", members)
            .with_object("mediaSettings", settings)
            .with("scoringMethod", "TimestampAndPriority")
            .with("skillEvaluationMethod", "BEST")
            .with("autoAnswerOnly", true)
            .with("enableTranscription", false)
            .with("selfUri", format!("/api/v2/routing/queues/{}", queue.id))
    }

    fn media_settings(&self, queue: &str, media: &str) -> Object {
        let duration_ms = self.contents.rules.service_level_ms.ms(queue, media);
        let level = Object::default().with("percentage", 0.8).with("durationMs", duration_ms);
        Object::default()
            .with("enableAutoAnswer", false)
            .with("alertingTimeoutSeconds", 30)
            .with_object("serviceLevel", level)
    }
}

fn member(queue: &str, (index, agent): IndexedAgent<'_>) -> Object {
    Object::default()
        .with("id", agent.user)
        .with("name", staff_name(index))
        .with_object("user", user((index, agent)))
        .with("ringNumber", 1)
        .with("joined", true)
        .with("memberBy", "user")
        .with("selfUri", format!("/api/v2/routing/queues/{queue}/members/{}", agent.user))
}

fn user((index, agent): IndexedAgent<'_>) -> Object {
    let email = format!("agent{index}@headroom.example");
    Object::default()
        .with("id", agent.user)
        .with("name", staff_name(index))
        .with_object("division", division())
        .with("email", &email)
        .with("username", &email)
        .with("state", "active")
        .with("version", 1)
        .with("selfUri", format!("/api/v2/users/{}", agent.user))
}

fn division() -> Object {
    Object::default()
        .with("id", DIVISION)
        .with("name", "Home")
        .with("selfUri", format!("/api/v2/authorization/divisions/{DIVISION}"))
}

/// A page by its size and its number, from 1.
struct PageRange {
    size: usize,
    number: usize,
}

impl PageRange {
    fn parse(request: &ApiRequest, size_max: usize) -> Result<Self, Refusal> {
        let mut range = Self { size: PAGE_SIZE, number: 1 };
        for (name, value) in request.parameters() {
            let number = value.parse().ok().filter(|number| *number > 0);
            let invalid = || Refusal::bad_request(format_args!("{value} is no {name}"));
            match name.as_ref() {
                "pageSize" => {
                    range.size = number.filter(|size| *size <= size_max).ok_or_else(invalid)?;
                }
                "pageNumber" => range.number = number.ok_or_else(invalid)?,
                name if IGNORED_PARAMETERS.contains(&name) => {}
                name => {
                    let message = format_args!("The stand-in has no {name}");
                    return Err(Refusal::bad_request(message));
                }
            }
        }
        Ok(range)
    }

    fn uri(&self, request: &ApiRequest, number: usize) -> String {
        format!("{}?pageSize={}&pageNumber={number}", request.path(), self.size)
    }

    /// A page of a list of all entities.
    fn page<T>(&self, request: &ApiRequest, list: &[T], view: impl Fn(&T) -> Object) -> Object {
        let Self { size, number } = *self;
        let entities = list.iter().skip((number - 1).saturating_mul(size)).take(size).map(view);
        let has_next = number < list.len().div_ceil(size);
        Object::default()
            .with_list("entities", entities)
            .with("pageSize", size)
            .with("pageNumber", number)
            .with("firstUri", self.uri(request, 1))
            .with("selfUri", self.uri(request, number))
            .with("nextUri", has_next.then(|| self.uri(request, number + 1)))
            .with("previousUri", (number > 1).then(|| self.uri(request, number - 1)))
    }

    /// A page with the length of the whole list.
    fn with_count<T>(
        &self,
        request: &ApiRequest,
        list: &[T],
        view: impl Fn(&T) -> Object,
    ) -> Object {
        let page_count = list.len().div_ceil(self.size);
        self.page(request, list, view)
            .with("total", list.len())
            .with("pageCount", page_count)
            .with("lastUri", self.uri(request, page_count.max(1)))
    }
}

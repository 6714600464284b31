//! Lists of queues, members and users, page by page.

use super::conversations::Lookup;
use super::message::ApiRequest;
use super::refusal::Refusal;
use super::statuses::Status;
use crate::archive::Agent;
use crate::events::detail::DIVISION;
use crate::json::Object;
use crate::world::lanes::{GROUPS, LANES, QUEUES, Queue};
use crate::world::party::staff_name;

const PAGE_SIZE: usize = 25;
const MEMBERS_PAGE_SIZE_MAX: usize = 100;
/// Of queues and users. An assumption: Genesys documents no limit.
const PAGE_SIZE_MAX: usize = 500;

/// Ids of users in one request. An assumption: Genesys documents no limit.
const IDS_MAX: usize = 100;

/// Parameters that would not change a page of the stand-in. All others are refused.
const OTHER_PARAMETERS: [&str; 6] = ["expand", "id", "joined", "sortBy", "sortOrder", "state"];

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

impl Lookup<'_> {
    pub(super) fn queues(&self, request: &ApiRequest) -> Result<Object, Refusal> {
        let range = PageRange::parse(request, PAGE_SIZE_MAX)?;
        let queues: Vec<_> = (0..QUEUES.len()).map(Queue).collect();
        Ok(range.with_count(request, &queues, |queue| self.queue(*queue)))
    }

    /// Genesys does not count members: the last page is the one without a next one.
    pub(super) fn members(&self, queue: &str, request: &ApiRequest) -> Result<Object, Refusal> {
        let range = PageRange::parse(request, MEMBERS_PAGE_SIZE_MAX)?;
        let index = QUEUES.iter().position(|info| info.id == queue);
        let queue = Queue(index.ok_or_else(|| Refusal::not_found("The queue"))?);
        let joined = request.parameters().find(|(name, _)| name == "joined");
        let is_wanted = |agent: &&IndexedAgent<'_>| match &joined {
            Some((_, text)) => (text == "true") == self.has_joined(agent.1, queue),
            None => true,
        };
        let members: Vec<_> = self.members_of(queue).iter().filter(is_wanted).copied().collect();
        Ok(range.page(request, &members, |agent| self.member(queue, *agent, request)))
    }

    /// All users, or those of the ids.
    pub(super) fn users(&self, ids: &[String], request: &ApiRequest) -> Result<Object, Refusal> {
        let range = PageRange::parse(request, PAGE_SIZE_MAX)?;
        if ids.len() > IDS_MAX {
            return Err(Refusal::bad_request(format_args!("Give up to {IDS_MAX} user ids")));
        }
        let is_wanted =
            |(_, agent): &IndexedAgent<'_>| ids.is_empty() || ids.contains(&agent.user.to_string());
        let agents: Vec<_> = self.indexed_agents().filter(is_wanted).collect();
        Ok(range.with_count(request, &agents, |agent| self.user(*agent, request)))
    }

    fn indexed_agents(&self) -> impl Iterator<Item = IndexedAgent<'_>> {
        self.contents.agents.iter().enumerate().filter(|(_, agent)| agent.hired <= self.as_of)
    }

    fn members_of(&self, queue: Queue) -> Vec<IndexedAgent<'_>> {
        let serves = |lane: &usize| LANES[*lane].queue == queue;
        let is_member = |(_, agent): &IndexedAgent<'_>| match self.status(agent) {
            Some(status) => status.members.has(queue),
            None => GROUPS[agent.group].lanes.iter().any(serves),
        };
        self.indexed_agents().filter(is_member).collect()
    }

    /// Without lives of agents, members have always joined.
    fn has_joined(&self, agent: &Agent, queue: Queue) -> bool {
        self.status(agent).is_none_or(|status| status.joined.has(queue))
    }

    fn status(&self, agent: &Agent) -> Option<Status> {
        Status::new(agent, self.as_of)
    }

    fn member(
        &self,
        queue: Queue,
        (index, agent): IndexedAgent<'_>,
        request: &ApiRequest,
    ) -> Object {
        let status = self.expanded(agent, request, "routingStatus");
        let path = format!("/api/v2/routing/queues/{}/members/{}", queue.id(), agent.user);
        Object::default()
            .with("id", agent.user)
            .with("name", staff_name(index))
            .with_object("user", self.user((index, agent), request))
            .with("ringNumber", 1)
            .with("joined", self.has_joined(agent, queue))
            .with("memberBy", "user")
            .with_object("routingStatus", status.as_ref().map(Status::routing_status))
            .with("selfUri", path)
    }

    fn user(&self, (index, agent): IndexedAgent<'_>, request: &ApiRequest) -> Object {
        let email = format!("agent{index}@headroom.example");
        let part = |name, view: fn(&Status) -> Object| {
            self.expanded(agent, request, name).map(|status| view(&status))
        };
        Object::default()
            .with("id", agent.user)
            .with("name", staff_name(index))
            .with_object("division", division())
            .with("email", &email)
            .with("username", &email)
            .with("state", "active")
            .with("version", 1)
            .with_object("routingStatus", part("routingStatus", Status::routing_status))
            .with_object("presence", part("presence", Status::presence))
            .with_object("outOfOffice", part("outOfOffice", Status::out_of_office))
            .with("selfUri", format!("/api/v2/users/{}", agent.user))
    }

    /// The status of an agent, if the request wants to see this part of it.
    fn expanded(&self, agent: &Agent, request: &ApiRequest, part: &str) -> Option<Status> {
        let expansions = request.parameters().filter(|(name, _)| name == "expand");
        let is_wanted =
            expansions.into_iter().any(|(_, parts)| parts.split(',').any(|p| p == part));
        let is_there = is_wanted && !self.faults.leaves_unexpanded(agent.user, self.as_of);
        is_there.then(|| self.status(agent))?
    }

    fn queue(&self, queue: Queue) -> Object {
        let members = self.members_of(queue);
        let joined = members.iter().filter(|(_, agent)| self.has_joined(agent, queue)).count();
        let members = members.len();
        let settings = MEDIA.iter().fold(Object::default(), |settings, (name, media)| {
            settings.with_object(name, self.media_settings(queue.id(), media))
        });
        Object::default()
            .with("id", queue.id())
            .with("name", QUEUES[queue.0].name)
            .with_object("division", division())
            .with("dateCreated", "2025-01-15T08:00:00.000Z")
            .with("memberCount", members)
            .with("userMemberCount", members)
            .with("joinedMemberCount", joined)
            .with_object("mediaSettings", settings)
            .with("scoringMethod", "TimestampAndPriority")
            .with("skillEvaluationMethod", "BEST")
            .with("autoAnswerOnly", true)
            .with("enableTranscription", false)
            .with("selfUri", format!("/api/v2/routing/queues/{}", queue.id()))
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
                name if OTHER_PARAMETERS.contains(&name) => {}
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

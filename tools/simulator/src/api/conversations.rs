//! Bodies of responses.

use super::details_query::DetailsQuery;
use super::faults::ApiFaults;
use super::message::ApiRequest;
use super::presences::{definitions, presences};
use super::refusal::Refusal;
use super::route::{RequestKind, Route};
use super::routing_activity::RoutingActivityQuery;
use super::statuses::Status;
use super::user_details::UserDetailsQuery;
use super::view::{Detail, conversation};
use crate::archive::{Agent, Contents, Record};
use crate::id::parse_id;
use crate::json::Object;

/// Ids in one request. An assumption: Genesys documents no limit.
const IDS_MAX: usize = 100;

/// The archive as of a time, without the conversations that the faults hide.
pub(super) struct Lookup<'a> {
    pub(super) contents: &'a Contents,
    pub(super) faults: &'a ApiFaults,
    pub(super) as_of: i64,
}

impl<'a> Lookup<'a> {
    pub(super) fn body(&self, route: &Route, request: &ApiRequest) -> Result<Vec<u8>, Refusal> {
        match route.kind {
            RequestKind::Presences => presences(&route.ids, &self.statuses()),
            _ => self.object(route, request).map(Object::into_bytes),
        }
    }

    fn object(&self, route: &Route, request: &ApiRequest) -> Result<Object, Refusal> {
        match (route.kind, route.ids.as_slice()) {
            (RequestKind::Conversations, ids) => self.conversations(ids),
            (RequestKind::Conversation, [id]) => {
                let record = self.find(id).ok_or_else(|| Refusal::not_found("The conversation"))?;
                Ok(conversation(record, self.as_of, Detail::WithAttributes))
            }
            (RequestKind::Query, _) => self.query(&request.body),
            (RequestKind::Queues, _) => self.queues(request),
            (RequestKind::Members, [queue]) => self.members(queue, request),
            (RequestKind::Users, ids) => self.users(ids, request),
            (RequestKind::PresenceDefinitions, _) => Ok(definitions()),
            (RequestKind::RoutingActivity, _) => {
                let query = RoutingActivityQuery::parse(&request.body)?;
                Ok(query.response(&self.statuses(), self.faults.entities_max))
            }
            (RequestKind::UserDetails, _) => {
                let query = UserDetailsQuery::parse(&request.body)?;
                Ok(query.response(self.agents(), self.as_of))
            }
            _ => Err(Refusal::not_found("The resource")),
        }
    }

    fn agents(&self) -> impl Iterator<Item = &'a Agent> {
        self.contents.agents.iter().filter(|agent| agent.hired <= self.as_of)
    }

    fn statuses(&self) -> Vec<Status> {
        self.agents().filter_map(|agent| Status::new(agent, self.as_of)).collect()
    }

    /// The conversations that exist, in the order of the ids.
    fn conversations(&self, ids: &[String]) -> Result<Object, Refusal> {
        if ids.is_empty() || ids.len() > IDS_MAX {
            return Err(Refusal::bad_request(format_args!("Give 1 to {IDS_MAX} conversation ids")));
        }
        let records = ids.iter().filter_map(|id| self.find(id));
        Ok(Object::default().with_list("conversations", records.map(|record| self.view(record))))
    }

    fn find(&self, id: &str) -> Option<&'a Record> {
        let id = parse_id(id).filter(|id| !self.faults.hides(*id))?;
        self.contents.find(id, self.as_of)
    }

    fn view(&self, record: &Record) -> Object {
        conversation(record, self.as_of, Detail::WithoutAttributes)
    }

    fn query(&self, body: &[u8]) -> Result<Object, Refusal> {
        let query = DetailsQuery::parse(body)?;
        let (from, to) = query.days();
        let started = self.contents.started_between(from, to.min(self.as_of.saturating_add(1)));
        let matches =
            |record: &&Record| !self.faults.hides(record.id) && query.overlaps(record, self.as_of);
        let hits = query.ordered(started.filter(matches).collect(), self.as_of);
        Ok(query.paging().response("conversations", hits, |record| self.view(record)))
    }
}

//! Bodies of answers.

use super::details_query::DetailsQuery;
use super::faults::ApiFaults;
use super::lists;
use super::message::{ApiRequest, to_json};
use super::refusal::Refusal;
use super::route::Route;
use crate::archive::{Contents, ConversationView, Detail, Record};
use crate::id::parse_id;
use serde::Serialize;

/// Ids in one request. An assumption: Genesys documents no limit.
const IDS_MAX: usize = 100;

/// The archive as of a time, without the conversations that the faults hide.
pub(super) struct Lookup<'a> {
    pub(super) contents: &'a Contents,
    pub(super) faults: &'a ApiFaults,
    pub(super) as_of: i64,
}

#[derive(Serialize)]
struct Conversations<'a> {
    conversations: Vec<ConversationView<'a>>,
}

/// An answer without hits has no field `conversations`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct QueryPage<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conversations: Vec<ConversationView<'a>>,
    total_hits: usize,
}

impl<'a> Lookup<'a> {
    pub(super) fn body(&self, route: &Route, request: &ApiRequest) -> Result<Vec<u8>, Refusal> {
        let catalog = self.contents.catalog(self.as_of);
        match route {
            Route::Conversations { ids } => self.conversations(ids),
            Route::Conversation { id } => {
                let record = self.find(id).ok_or_else(|| Refusal::not_found("The conversation"))?;
                Ok(to_json(&ConversationView::new(record, self.as_of, Detail::WithAttributes)))
            }
            Route::Query => self.query(&request.body),
            Route::Queues => lists::queues(&catalog, request),
            Route::Members { queue } => lists::members(&catalog, queue, request),
            Route::Users => lists::users(&catalog, request),
            Route::Token | Route::Other => Err(Refusal::not_found("The resource")),
        }
    }

    /// The conversations that exist, in the order of the ids.
    fn conversations(&self, ids: &[String]) -> Result<Vec<u8>, Refusal> {
        if ids.is_empty() || ids.len() > IDS_MAX {
            return Err(Refusal::bad_request(format_args!("Give 1 to {IDS_MAX} conversation ids")));
        }
        let records = ids.iter().filter_map(|id| self.find(id));
        let conversations = records.map(|record| self.view(record)).collect();
        Ok(to_json(&Conversations { conversations }))
    }

    fn find(&self, id: &str) -> Option<&'a Record> {
        let id = parse_id(id).filter(|id| !self.faults.hides(*id))?;
        self.contents.find(id, self.as_of)
    }

    fn view(&self, record: &'a Record) -> ConversationView<'a> {
        ConversationView::new(record, self.as_of, Detail::WithoutAttributes)
    }

    fn query(&self, body: &[u8]) -> Result<Vec<u8>, Refusal> {
        let query = DetailsQuery::parse(body)?;
        let (from, to) = query.days();
        let started = self.contents.started_between(from, to.min(self.as_of.saturating_add(1)));
        let matches =
            |record: &&Record| !self.faults.hides(record.id) && query.overlaps(record, self.as_of);
        let hits = query.ordered(started.filter(matches).collect(), self.as_of);
        let (skip, take) = query.page();
        let page = hits.iter().skip(skip).take(take);
        Ok(to_json(&QueryPage {
            conversations: page.map(|record| self.view(record)).collect(),
            total_hits: hits.len(),
        }))
    }
}

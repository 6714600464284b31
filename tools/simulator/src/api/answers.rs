//! Answers about conversations.

use super::details_query::DetailsQuery;
use super::refusal::Refusal;
use super::route::Route;
use super::{Api, ApiRequest, lists};
use crate::archive::{Books, Detail, Record, conversation};
use crate::id::Id;
use crate::json::Object;

/// Ids in one request. An assumption: Genesys names no number.
const IDS_MAX: usize = 100;

impl Api {
    pub(super) fn look_up(
        &self,
        route: &Route,
        request: &ApiRequest,
        now: i64,
    ) -> Result<Vec<u8>, Refusal> {
        let at = self.as_of(now);
        let books = self.archive.books();
        let catalog = books.catalog(at);
        match route {
            Route::Conversations { ids } => self.conversations(&books, ids, at),
            Route::Conversation { id } => {
                let found = self.find(&books, id, at);
                let found = found.ok_or_else(|| Refusal::not_found("The conversation"))?;
                Ok(conversation(found, at, Detail::WithAttributes).close())
            }
            Route::Query => self.query(&books, &request.body, at),
            Route::Queues => lists::queues(&catalog, request),
            Route::Members { queue } => lists::members(&catalog, queue, request),
            Route::Users => lists::users(&catalog, request),
            Route::Token | Route::Other => Err(Refusal::not_found("The resource")),
        }
    }

    /// Those that are known, in the order of the ids.
    fn conversations(&self, books: &Books, ids: &[String], at: i64) -> Result<Vec<u8>, Refusal> {
        if ids.is_empty() || ids.len() > IDS_MAX {
            return Err(Refusal::bad(format_args!("Give 1 to {IDS_MAX} conversation ids")));
        }
        let found = ids.iter().filter_map(|id| self.find(books, id, at));
        let mut body = Object::new();
        body.objects("conversations", found.map(|it| conversation(it, at, Detail::Usual)));
        Ok(body.close())
    }

    fn find<'a>(&self, books: &'a Books, id: &str, at: i64) -> Option<&'a Record> {
        let id = Id::parse(id).filter(|id| !self.options.faults.hides(*id))?;
        books.find(id, at)
    }

    /// A page of those that match. One without any has no field `conversations`.
    fn query(&self, books: &Books, body: &[u8], at: i64) -> Result<Vec<u8>, Refusal> {
        let query = DetailsQuery::read(body)?;
        let (from, to) = query.days();
        let begun = books.begun(from, to.min(at.saturating_add(1)));
        let known = begun.filter(|it| !self.options.faults.hides(it.id));
        let hits = query.ordered(known.filter(|it| query.touches(it, at)).collect(), at);
        let (skip, take) = query.page();
        let mut body = Object::new();
        let mut page = hits.iter().skip(skip).take(take).peekable();
        if page.peek().is_some() {
            body.objects("conversations", page.map(|it| conversation(it, at, Detail::Usual)));
        }
        body.int("totalHits", i64::try_from(hits.len()).unwrap_or(i64::MAX));
        Ok(body.close())
    }
}

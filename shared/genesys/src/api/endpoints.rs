//! What can be asked (`shared/genesys/platform-api.md`, section 2).

use super::call::{Tries, now};
use super::client::Calls;
use super::entities::{Conversations, Found, Member, Page, Queue, User};
use super::error::{AttemptError, CallError};
use super::transport::{ContentType, Host, Method, Request, Transport};
use crate::api::details::ConversationDetails;
use crate::budget::Purpose;
use crate::budget::RateLimiter;
use headroom_kpi::{Id, Millis};
use serde::de::DeserializeOwned;
use serde_json::json;
use std::fmt::Write;

/// Entities of a page: the most that Genesys gives.
pub const PAGE_SIZE: u32 = 100;

/// The longest path, with its query: no server on the way has to take a longer line.
const PATH_BYTES_MAX: usize = 8_000;

impl<T: Transport, M: RateLimiter> Calls<'_, T, M> {
    /// Conversations by id, in no order. One that Genesys does not know, or does not let the
    /// client see, is not in the answer. Who answered is resolved.
    pub async fn conversations(&self, ids: &[Id]) -> Result<Vec<ConversationDetails>, CallError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let list: Vec<_> = ids.iter().map(|id| encode(&id.to_string())).collect();
        let path = format!("/api/v2/analytics/conversations/details?id={}", list.join(","));
        if path.len() > PATH_BYTES_MAX {
            return Err(CallError::RequestTooLarge(AttemptError::TooManyIds));
        }
        let asked = now();
        let found: Found = self.get(Purpose::Gap, path).await?;
        Ok(found.at(asked).conversations)
    }

    /// A page of the conversations that began on a day (UTC) that an interval touches, the newest
    /// first. The first page is 1; 1000 are the most that Genesys gives.
    pub async fn conversations_between(
        &self,
        from: Millis,
        to: Millis,
        page_number: u32,
    ) -> Result<Conversations, CallError> {
        let query = json!({
            "interval": format!("{}/{}", iso(from), iso(to)),
            "order": "desc",
            "orderBy": "conversationStart",
            "paging": {"pageSize": PAGE_SIZE, "pageNumber": page_number},
        });
        let path = "/api/v2/analytics/conversations/details/query".to_owned();
        let body = Some((ContentType::Json, query.to_string().into_bytes()));
        let asked = now();
        let found: Found = self.ask(Purpose::ReadBack, Method::Post, path, body).await?;
        Ok(found.at(asked))
    }

    /// A page of the queues, the first being 1.
    pub async fn queues(&self, page_number: u32) -> Result<Page<Queue>, CallError> {
        self.page("/api/v2/routing/queues", page_number).await
    }

    /// A page of the members of a queue, the first being 1.
    pub async fn members(&self, queue: &Id, page_number: u32) -> Result<Page<Member>, CallError> {
        let queue = encode(&queue.to_string());
        self.page(&format!("/api/v2/routing/queues/{queue}/members"), page_number).await
    }

    /// A page of the users, the first being 1.
    pub async fn users(&self, page_number: u32) -> Result<Page<User>, CallError> {
        self.page("/api/v2/users", page_number).await
    }

    async fn page<A: DeserializeOwned>(&self, path: &str, page: u32) -> Result<A, CallError> {
        let path = format!("{path}?pageSize={PAGE_SIZE}&pageNumber={page}");
        self.get(Purpose::Reference, path).await
    }

    async fn get<A: DeserializeOwned>(
        &self,
        purpose: Purpose,
        path: String,
    ) -> Result<A, CallError> {
        self.ask(purpose, Method::Get, path, None).await
    }

    /// Asks with a token, and once more with a new one if it is refused.
    async fn ask<A: DeserializeOwned>(
        &self,
        purpose: Purpose,
        method: Method,
        path: String,
        body: Option<(ContentType, Vec<u8>)>,
    ) -> Result<A, CallError> {
        let mut token = self.token(None).await?;
        let authorization = format!("Bearer {token}");
        let mut request = Request { host: Host::Api, method, path, authorization, body };
        let mut tries = Tries::new();
        let read = |body: &[u8], _| serde_json::from_slice(body).ok();
        match self.exchange(purpose, &request, &mut tries, read).await {
            Err(CallError::NotAllowed(said)) if said.status == 401 => {
                token = self.token(Some(&token)).await?;
                request.authorization = format!("Bearer {token}");
                tries.allow_one_more();
                self.exchange(purpose, &request, &mut tries, read).await
            }
            answer => answer,
        }
    }
}

/// Percent-encoding of all but what no part of an address gives a meaning (RFC 3986, 2.3).
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// A time as queries have it.
fn iso(at: Millis) -> String {
    let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    format!("{at:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_changes_the_address() {
        assert_eq!(encode("3bd57569-0c3e_.~"), "3bd57569-0c3e_.~");
        assert_eq!(encode("a,b&c=/../é?#%"), "a%2Cb%26c%3D%2F..%2F%C3%A9%3F%23%25");
    }

    #[test]
    fn times_have_milliseconds() {
        assert_eq!(iso(Millis(1_778_594_400_000)), "2026-05-12T14:00:00.000Z");
    }
}

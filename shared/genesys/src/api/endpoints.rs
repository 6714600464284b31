//! The endpoints of the Platform API that are used, one function for each.

use super::client::Calls;
use super::entities::{Conversations, ConversationsBody, Page, Queue};
use super::error::{AttemptError, CallError};
use super::transport::Transport;
use crate::budget::{Purpose, RateLimiter};
use crate::details::ConversationDetails;
use headroom_kpi::{Id, Millis};
use headroom_requests::now;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

/// Entities on a page: the most that Genesys gives.
pub const PAGE_SIZE: u32 = 100;

/// The longest path, with its query: no server on the way has to accept a longer line.
const PATH_BYTES_MAX: usize = 8_000;

/// All characters but those that have no meaning in any part of an address (RFC 3986, 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl<T: Transport, L: RateLimiter> Calls<'_, T, L> {
    /// Conversations by id, in no order. One that Genesys does not know, or that the client may
    /// not read, is missing in the response. The users who answered are resolved.
    pub async fn conversations(&self, ids: &[Id]) -> Result<Vec<ConversationDetails>, CallError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let list: Vec<_> = ids.iter().map(|id| encode(&id.to_string())).collect();
        let path = format!("/api/v2/analytics/conversations/details?id={}", list.join(","));
        if path.len() > PATH_BYTES_MAX {
            return Err(CallError::RequestTooLarge(AttemptError::TooManyIds));
        }
        let requested_at = now();
        let body: ConversationsBody = self.call(Purpose::Gap, path, None).await?;
        Ok(body.read_at(requested_at).conversations)
    }

    /// A page of the conversations that started on a day (UTC) that an interval touches, the
    /// newest first. The first page is 1; Genesys gives no page beyond 1000.
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
        let query = query.to_string().into_bytes();
        let requested_at = now();
        let body: ConversationsBody = self.call(Purpose::Backfill, path, Some(query)).await?;
        Ok(body.read_at(requested_at))
    }

    /// A page of the queues, the first being 1.
    pub async fn queues(&self, page_number: u32) -> Result<Page<Queue>, CallError> {
        let path = format!("/api/v2/routing/queues?pageSize={PAGE_SIZE}&pageNumber={page_number}");
        self.call(Purpose::Catalog, path, None).await
    }
}

/// A text as a part of an address.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A time in the form of queries.
pub(super) fn iso(at: Millis) -> String {
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

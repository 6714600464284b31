//! The log of requests.

use super::route::RequestKind;
use crate::time::MINUTE_MS;
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};

/// Limit of logged requests and ids: the oldest request is dropped, a new id is not counted.
const ENTRIES_MAX: usize = 100_000;

/// The requests so far.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestLog {
    /// The number of requests by kind.
    pub by_kind: BTreeMap<RequestKind, u64>,
    /// The number of requests by the status of the response.
    pub by_status: BTreeMap<u16, u64>,
    /// The last 100,000 requests.
    pub requests: VecDeque<LoggedRequest>,
    /// The greatest number of requests within any 60 s, requests for tokens included.
    pub most_in_a_minute: usize,
    /// The number of requests by the id of the conversation.
    pub ids: BTreeMap<String, u64>,
    #[serde(skip)]
    last_minute: VecDeque<i64>,
}

/// A request in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoggedRequest {
    /// Time of arrival in ms since 1970.
    pub at_ms: i64,
    /// Its kind.
    pub kind: RequestKind,
    /// The status of the response.
    pub status: u16,
}

impl RequestLog {
    pub(super) fn add(&mut self, kind: RequestKind, ids: &[String], at_ms: i64, status: u16) {
        *self.by_kind.entry(kind).or_default() += 1;
        *self.by_status.entry(status).or_default() += 1;
        self.requests.push_back(LoggedRequest { at_ms, kind, status });
        if self.requests.len() > ENTRIES_MAX {
            self.requests.pop_front();
        }
        self.add_to_minute(at_ms);
        for id in ids {
            if self.ids.len() < ENTRIES_MAX || self.ids.contains_key(id) {
                *self.ids.entry(id.clone()).or_default() += 1;
            }
        }
    }

    /// The busiest minute ends with a request, so it is enough to look back from each one.
    fn add_to_minute(&mut self, at_ms: i64) {
        self.last_minute.push_back(at_ms);
        while self.last_minute.front().is_some_and(|first| *first <= at_ms - MINUTE_MS) {
            self.last_minute.pop_front();
        }
        self.most_in_a_minute = self.most_in_a_minute.max(self.last_minute.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_minute_may_begin_anywhere() {
        let mut log = RequestLog::default();
        for at_ms in [0, 30_000, 59_000, 60_000, 61_000, 89_999, 90_000, 200_000] {
            log.add(RequestKind::Users, &[], at_ms, 200);
        }
        // From 30 s to just below 90 s.
        assert_eq!(log.most_in_a_minute, 5);
        assert_eq!(log.requests.len(), 8);
    }
}

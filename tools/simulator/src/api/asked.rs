//! What was asked of the stand-in.

use super::RequestKind;
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};

/// Requests, and ids, that are kept at most: the oldest requests go, new ids are not counted.
const KEPT_MAX: usize = 100_000;
const MINUTE_MS: i64 = 60_000;

/// What was asked so far.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// Requests by kind.
    pub by_kind: BTreeMap<RequestKind, u64>,
    /// Requests by the status of their answer.
    pub by_status: BTreeMap<u16, u64>,
    /// The last 100,000 requests.
    pub requests: VecDeque<AskedRequest>,
    /// The greatest number of requests within any 60 s, those for tokens included.
    pub most_in_a_minute: usize,
    /// How often each conversation was asked for by its id.
    pub ids: BTreeMap<String, u64>,
    #[serde(skip)]
    last_minute: VecDeque<i64>,
}

/// A request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AskedRequest {
    /// When it came, in ms since 1970.
    pub at_ms: i64,
    /// What it was about.
    pub kind: RequestKind,
    /// The status of the answer.
    pub status: u16,
}

impl Asked {
    pub(super) fn note(&mut self, kind: RequestKind, ids: &[String], at_ms: i64, status: u16) {
        *self.by_kind.entry(kind).or_default() += 1;
        *self.by_status.entry(status).or_default() += 1;
        self.requests.push_back(AskedRequest { at_ms, kind, status });
        if self.requests.len() > KEPT_MAX {
            self.requests.pop_front();
        }
        self.note_minute(at_ms);
        for id in ids {
            if self.ids.len() < KEPT_MAX || self.ids.contains_key(id) {
                *self.ids.entry(id.clone()).or_default() += 1;
            }
        }
    }

    /// Any window of a minute that has most requests ends with one of them.
    fn note_minute(&mut self, at_ms: i64) {
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
    fn the_minute_with_most_requests_may_begin_anywhere() {
        let mut asked = Asked::default();
        for at in [0, 30_000, 59_000, 60_000, 61_000, 89_999, 90_000, 200_000] {
            asked.note(RequestKind::Users, &[], at, 200);
        }
        // From 30 s to just below 90 s.
        assert_eq!(asked.most_in_a_minute, 5);
        assert_eq!(asked.requests.len(), 8);
    }
}

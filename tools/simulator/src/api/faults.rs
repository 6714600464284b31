//! What goes wrong with requests, on demand.

use super::{Answer, ApiResponse, RequestKind};
use crate::chance::Chance;
use crate::id::Id;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};

/// What goes wrong with requests. The default is nothing. As JSON, every field may be left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ApiFaults {
    /// Decides which requests the shares hit.
    pub seed: u64,
    /// What happens to the next requests, in this order; then the shares hold.
    pub next: VecDeque<Planned>,
    /// Share of the requests that are answered with `error_status`.
    pub error_share: f64,
    /// The status of these answers; 0 stands for 503.
    pub error_status: u16,
    /// Share of the answers that break off.
    pub truncated_share: f64,
    /// How long every answer takes, in ms.
    pub latency_ms: i64,
    /// When every request with a token is refused with 429.
    pub throttled: Vec<Throttled>,
    /// Share of the conversations that the API does not know; by their ids, so always the same.
    pub unknown_share: f64,
    /// Conversations that the API does not know.
    pub unknown_ids: BTreeSet<String>,
}

/// What happens to one of the next requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Planned {
    /// The kind of request that is meant; others pass by. Any, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<RequestKind>,
    /// What happens.
    pub fault: Fault,
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", deny_unknown_fields)]
pub enum Fault {
    /// Nothing.
    None,
    /// It is refused with a status.
    Status {
        /// The status.
        status: u16,
    },
    /// It is refused with 429.
    Throttled {
        /// The seconds of `Retry-After`.
        seconds: u32,
    },
    /// Its answer breaks off.
    Truncated,
    /// Every token is useless from now on.
    TokenExpired,
    /// Its answer takes its time.
    Slow {
        /// How long, in ms.
        ms: i64,
    },
}

/// A stretch of time in which requests are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Throttled {
    /// Its start, in ms since 1970.
    pub from_ms: i64,
    /// Its end.
    pub until_ms: i64,
}

impl ApiFaults {
    /// What happens to this request.
    pub(super) fn next(&mut self, kind: RequestKind, chance: &mut Chance) -> Option<Fault> {
        let meant = |planned: &Planned| planned.of.is_none_or(|of| of == kind);
        if let Some(at) = self.next.iter().position(meant) {
            return self.next.remove(at).map(|planned| planned.fault);
        }
        if chance.happens(self.error_share) {
            let status = if self.error_status == 0 { 503 } else { self.error_status };
            return Some(Fault::Status { status });
        }
        chance.happens(self.truncated_share).then_some(Fault::Truncated)
    }

    /// If requests are refused at a time: seconds to wait.
    pub(super) fn throttled_for(&self, now: i64) -> Option<u32> {
        let going_on = self.throttled.iter().filter(|it| it.from_ms <= now && now < it.until_ms);
        let end = going_on.map(|it| it.until_ms).max()?;
        Some(u32::try_from(end - now).unwrap_or(u32::MAX).div_ceil(1_000))
    }

    /// Whether the API does not know a conversation.
    pub(super) fn hides(&self, id: Id) -> bool {
        id.share() < self.unknown_share
            || !self.unknown_ids.is_empty() && self.unknown_ids.contains(&id.to_string())
    }

    /// Sends an answer on its way.
    pub(super) fn deliver(
        &self,
        answer: Answer,
        fault: Option<&Fault>,
        chance: &mut Chance,
    ) -> ApiResponse {
        let breaks = fault == Some(&Fault::Truncated) && !answer.body.is_empty();
        let slow_ms = if let Some(Fault::Slow { ms }) = fault { *ms } else { 0 };
        ApiResponse {
            status: answer.status,
            truncated_at: breaks.then(|| chance.index(answer.body.len())),
            headers: answer.headers,
            body: answer.body,
            latency_ms: self.latency_ms.saturating_add(slow_ms),
        }
    }
}

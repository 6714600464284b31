//! Faults of requests.

use super::message::ApiResponse;
use super::route::RequestKind;
use crate::chance::Chance;
use crate::id::Id;
use crate::time::MINUTE_MS;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};

/// Faults of requests. The default has none. In JSON, every field may be absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ApiFaults {
    /// Seed of the draws that the shares need.
    pub seed: u64,
    /// Faults of the next requests, in this order. The shares apply to all other requests.
    pub next: VecDeque<PlannedFault>,
    /// Share of requests, 0 to 1, that are refused with `error_status`.
    pub error_share: f64,
    /// The status of these responses; 0 stands for 503.
    pub error_status: u16,
    /// Share of responses, 0 to 1, whose body is cut off.
    pub truncated_share: f64,
    /// Latency of every response in ms.
    pub latency_ms: i64,
    /// Times in which every request with a token is refused with 429.
    pub throttled: Vec<ThrottleWindow>,
    /// Share of conversations, 0 to 1, that the API does not know; decided by the id.
    pub unknown_share: f64,
    /// Ids of conversations that the API does not know.
    pub unknown_ids: BTreeSet<String>,
    /// Entities of a queue in a response about routing activity, beyond which it is truncated; 0
    /// stands for 1,000.
    pub entities_max: usize,
    /// Share of users, 0 to 1, whose status a list of users leaves out, although it is to be
    /// expanded; decided by the id and the minute.
    pub unexpanded_share: f64,
}

/// A fault of one of the next requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlannedFault {
    /// The kind of request that it waits for; absent for any kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<RequestKind>,
    /// The fault.
    pub fault: ApiFault,
}

/// A fault of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", deny_unknown_fields)]
pub enum ApiFault {
    /// No fault.
    None,
    /// Refused with a status.
    Status {
        /// The status.
        status: u16,
    },
    /// Refused with 429.
    Throttled {
        /// The seconds of `Retry-After`.
        seconds: u32,
    },
    /// The body of the response is cut off.
    Truncated,
    /// All tokens become invalid before the request is handled.
    TokenExpired,
    /// The response is slow.
    Slow {
        /// Additional latency in ms.
        ms: i64,
    },
}

/// A time in which requests are refused with 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ThrottleWindow {
    /// Its start in ms since 1970.
    pub from_ms: i64,
    /// Its end in ms since 1970, excluded.
    pub until_ms: i64,
}

impl ApiFaults {
    /// The fault of this request.
    pub(super) fn next(&mut self, kind: RequestKind, chance: &mut Chance) -> Option<ApiFault> {
        let matches = |planned: &PlannedFault| planned.of.is_none_or(|of| of == kind);
        if let Some(index) = self.next.iter().position(matches) {
            return self.next.remove(index).map(|planned| planned.fault);
        }
        if chance.happens(self.error_share) {
            let status = if self.error_status == 0 { 503 } else { self.error_status };
            return Some(ApiFault::Status { status });
        }
        chance.happens(self.truncated_share).then_some(ApiFault::Truncated)
    }

    /// The seconds until the end of a throttle window, if the time is in one.
    pub(super) fn throttled_for(&self, now: i64) -> Option<u32> {
        let current = |window: &&ThrottleWindow| window.from_ms <= now && now < window.until_ms;
        let end = self.throttled.iter().filter(current).map(|window| window.until_ms).max()?;
        Some(u32::try_from(end - now).unwrap_or(u32::MAX).div_ceil(1_000))
    }

    /// Whether the API does not know a conversation.
    pub(super) fn hides(&self, id: Id) -> bool {
        // The first 32 bits of an id are random.
        let (position, ..) = id.as_fields();
        f64::from(position) / f64::from(u32::MAX) < self.unknown_share
            || !self.unknown_ids.is_empty() && self.unknown_ids.contains(&id.to_string())
    }

    /// Whether a list of users lacks the status of one. Genesys expands as well as it can.
    pub(super) fn leaves_unexpanded(&self, id: Id, now: i64) -> bool {
        let (position, ..) = id.as_fields();
        let minute = u32::try_from(now.div_euclid(MINUTE_MS)).unwrap_or_default();
        let position = position.wrapping_add(minute.wrapping_mul(0x9e37_79b9));
        f64::from(position) / f64::from(u32::MAX) < self.unexpanded_share
    }

    /// Applies latency and truncation to a response.
    pub(super) fn apply(
        &self,
        fault: Option<&ApiFault>,
        response: &mut ApiResponse,
        chance: &mut Chance,
    ) {
        let slow_ms = if let Some(ApiFault::Slow { ms }) = fault { *ms } else { 0 };
        response.latency_ms = self.latency_ms.saturating_add(slow_ms);
        if fault == Some(&ApiFault::Truncated) && !response.body.is_empty() {
            response.truncated_at = Some(chance.index(response.body.len()));
        }
    }
}

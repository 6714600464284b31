//! What is booked and kept of agents, and `agents` in the settings document
//! (`kpis.md#agent-settings`).

use super::error::{SettingsError, duration_ms};
use crate::id::Id;
use crate::time::{HOUR_MS, Millis};
use serde::Deserialize;
use std::collections::BTreeSet;

/// What is booked and kept of agents.
#[derive(Clone, Debug, PartialEq, Eq)]
// Each is a switch of its own in the settings document.
#[allow(clippy::struct_excessive_bools)]
pub struct AgentSettings {
    /// Whether anything is taken in about agents.
    pub enabled: bool,
    /// Whether single agents have rows. Without them the staffing of queues stays.
    pub rows: bool,
    /// The queues whose staffing is wanted; all if none are named.
    pub queues: Option<BTreeSet<Id>>,
    /// Changes that are older are refused, and forgotten some days later.
    pub window: Millis,
    /// Whether the organisation's own presences are booked and shown.
    pub organization_presence: bool,
    /// Whether `OFF_QUEUE` and `OFFLINE` are booked.
    pub absence: bool,
    /// Whether a routing status that begins again without another one in between is a gap.
    pub repeated_status_is_gap: bool,
}

impl Default for AgentSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            rows: true,
            queues: None,
            window: Millis(48 * HOUR_MS),
            organization_presence: true,
            absence: false,
            repeated_status_is_gap: true,
        }
    }
}

impl AgentSettings {
    /// Whether the staffing of a queue is wanted.
    pub fn is_wanted(&self, queue: &Id) -> bool {
        self.queues.as_ref().is_none_or(|queues| queues.contains(queue))
    }
}

/// `agents` in the settings document.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase", expecting = "an object")]
pub(super) struct AgentsDocument {
    enabled: Option<bool>,
    rows: Option<bool>,
    queues: Option<BTreeSet<String>>,
    window_hours: Option<u32>,
    organization_presence: Option<bool>,
    absence: Option<bool>,
    repeated_status_is_gap: Option<bool>,
}

impl AgentsDocument {
    pub(super) fn check(self) -> Result<AgentSettings, SettingsError> {
        let default = AgentSettings::default();
        let window = |hours| duration_ms("agents.windowHours", i64::from(hours) * HOUR_MS);
        Ok(AgentSettings {
            window: self.window_hours.map_or(Ok(default.window), window)?,
            queues: self.queues.map(queues).transpose()?,
            enabled: self.enabled.unwrap_or(default.enabled),
            rows: self.rows.unwrap_or(default.rows),
            organization_presence: self
                .organization_presence
                .unwrap_or(default.organization_presence),
            absence: self.absence.unwrap_or(default.absence),
            repeated_status_is_gap: self
                .repeated_status_is_gap
                .unwrap_or(default.repeated_status_is_gap),
        })
    }
}

fn queues(ids: BTreeSet<String>) -> Result<BTreeSet<Id>, SettingsError> {
    let queue = |text: String| {
        Id::parse(&text).map_err(|error| SettingsError::Queue("agents.queues", text, error))
    };
    ids.into_iter().map(queue).collect()
}

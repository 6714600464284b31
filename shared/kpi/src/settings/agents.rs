//! What is booked and kept of agents, and `agents` in the settings document
//! (`kpis.md#agent-settings`).

use super::error::{SettingsError, duration_ms};
use crate::id::Id;
use crate::time::Millis;
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

const HOUR_MS: i64 = 3_600_000;

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
        let mut settings = AgentSettings::default();
        if let Some(hours) = self.window_hours {
            settings.window = duration_ms("agents.windowHours", i64::from(hours) * HOUR_MS)?;
        }
        settings.queues = self.queues.map(queues).transpose()?;
        let switches = [
            (&mut settings.enabled, self.enabled),
            (&mut settings.rows, self.rows),
            (&mut settings.organization_presence, self.organization_presence),
            (&mut settings.absence, self.absence),
            (&mut settings.repeated_status_is_gap, self.repeated_status_is_gap),
        ];
        for (switch, value) in switches {
            *switch = value.unwrap_or(*switch);
        }
        Ok(settings)
    }
}

fn queues(ids: BTreeSet<String>) -> Result<BTreeSet<Id>, SettingsError> {
    let queue = |text: String| {
        Id::parse(&text).map_err(|error| SettingsError::Queue("agents.queues", text, error))
    };
    ids.into_iter().map(queue).collect()
}

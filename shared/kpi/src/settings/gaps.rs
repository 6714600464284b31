//! When a conversation is due for a gap read, and `gaps` in the settings document
//! (`kpis.md#gap-settings`).

use super::error::{SettingsError, duration_seconds, media_type};
use crate::names::Media;
use crate::time::{HOUR_MS, MINUTE_MS, Millis};
use serde::Deserialize;
use std::collections::BTreeMap;

/// When a conversation is due for a gap read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GapSettings {
    /// How long after the newest fact a gap may still be closed by an event that is late.
    pub grace_period: Millis,
    /// Due times are rounded up to whole multiples of this, at least 1 ms, so that they seldom
    /// change.
    pub rounding_step: Millis,
    /// How long a wait may be open, of media types that have another limit than the default.
    pub waiting_limits: BTreeMap<Media, Millis>,
    /// How long a session of an agent may be open, of media types that have another limit than the
    /// default.
    pub talking_limits: BTreeMap<Media, Millis>,
    /// Which of the optional rules count.
    pub rules: OptionalRules,
}

/// Rules that no captured data confirms: each is off unless it is switched on
/// (`kpis.md#optional-rules`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase", expecting = "an object")]
pub struct OptionalRules {
    /// Whether an outbound session without `nOutbound` is a gap.
    pub missing_outbound: bool,
    /// Whether a consultation without `nConsult` is a gap.
    pub missing_consult: bool,
    /// Whether an unanswered alert without `tNotResponding` is a gap.
    pub missing_unanswered_alert: bool,
}

impl Default for GapSettings {
    fn default() -> Self {
        Self {
            grace_period: Millis(5 * MINUTE_MS),
            rounding_step: Millis(5 * MINUTE_MS),
            waiting_limits: BTreeMap::new(),
            talking_limits: BTreeMap::new(),
            rules: OptionalRules::default(),
        }
    }
}

impl GapSettings {
    /// How long a wait of a media type may be open before it is read. A media type without a
    /// default has that of voice.
    pub fn waiting_limit(&self, media: &Media) -> Millis {
        self.waiting_limits.get(media).copied().unwrap_or(match media.as_str() {
            "message" => Millis(2 * HOUR_MS),
            "callback" | "email" => Millis(24 * HOUR_MS),
            _ => Millis(30 * MINUTE_MS),
        })
    }

    /// How long a session of an agent may be open before it is read, and how long after-call work
    /// may take. A media type without a default has that of voice.
    pub fn talking_limit(&self, media: &Media) -> Millis {
        self.talking_limits.get(media).copied().unwrap_or(match media.as_str() {
            "message" | "callback" | "email" => Millis(24 * HOUR_MS),
            _ => Millis(2 * HOUR_MS),
        })
    }

    /// Whether a rule counts.
    pub(crate) fn is_enabled(&self, rule: &str) -> bool {
        match rule {
            "missing_outbound" => self.rules.missing_outbound,
            "missing_consult" => self.rules.missing_consult,
            "missing_unanswered_alert" => self.rules.missing_unanswered_alert,
            _ => true,
        }
    }

    /// A time rounded up to a whole step.
    pub(crate) fn rounded_up(&self, time: Millis) -> Millis {
        let step = self.rounding_step.0.max(1);
        let steps = time.0.div_euclid(step) + i64::from(time.0.rem_euclid(step) > 0);
        Millis(steps * step)
    }
}

/// `gaps` in the settings document, with every key optional.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "an object")]
pub(super) struct GapsDocument {
    #[serde(rename = "settleSeconds")]
    grace_period: Option<i64>,
    #[serde(rename = "stepSeconds")]
    rounding_step: Option<i64>,
    #[serde(rename = "waitingSeconds")]
    waiting_limits: BTreeMap<String, i64>,
    #[serde(rename = "talkingSeconds")]
    talking_limits: BTreeMap<String, i64>,
    rules: OptionalRules,
}

impl GapsDocument {
    pub(super) fn check(self) -> Result<GapSettings, SettingsError> {
        let mut settings = GapSettings {
            waiting_limits: limits("gaps.waitingSeconds", self.waiting_limits)?,
            talking_limits: limits("gaps.talkingSeconds", self.talking_limits)?,
            rules: self.rules,
            ..GapSettings::default()
        };
        if let Some(seconds) = self.grace_period {
            settings.grace_period = duration_seconds("gaps.settleSeconds", seconds)?;
        }
        if let Some(seconds) = self.rounding_step {
            settings.rounding_step = duration_seconds("gaps.stepSeconds", seconds)?;
        }
        Ok(settings)
    }
}

fn limits(
    path: &str,
    seconds_by_media: BTreeMap<String, i64>,
) -> Result<BTreeMap<Media, Millis>, SettingsError> {
    let mut limits = BTreeMap::new();
    for (name, seconds) in seconds_by_media {
        let path = format!("{path}.{name}");
        let limit = duration_seconds(&path, seconds)?;
        if limits.insert(media_type(&path, &name)?, limit).is_some() {
            return Err(SettingsError::Twice(path));
        }
    }
    Ok(limits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<GapSettings, String> {
        let document: GapsDocument = serde_json::from_str(json).map_err(|e| e.to_string())?;
        document.check().map_err(|e| e.to_string())
    }

    #[test]
    fn an_empty_document_means_the_defaults() {
        let gaps = parse("{}").unwrap();
        assert_eq!(gaps, GapSettings::default());
        let media = ["voice", "chat", "message", "email", "callback", "video"].map(Media::new);
        let waiting = media.each_ref().map(|media| gaps.waiting_limit(media).seconds());
        assert_eq!(waiting, [1_800, 1_800, 7_200, 86_400, 86_400, 1_800]);
        let talking = media.each_ref().map(|media| gaps.talking_limit(media).seconds());
        assert_eq!(talking, [7_200, 7_200, 86_400, 86_400, 86_400, 7_200]);
    }

    #[test]
    fn every_key_of_the_document_sets_its_value() {
        let gaps = parse(
            r#"{"settleSeconds":60,"stepSeconds":1,"waitingSeconds":{"call":600,"email":2},
                "talkingSeconds":{"voice":900}}"#,
        )
        .unwrap();
        assert_eq!((gaps.grace_period, gaps.rounding_step), (Millis(60_000), Millis(1_000)));
        assert_eq!(gaps.waiting_limit(&Media::new("voice")), Millis(600_000));
        assert_eq!(gaps.waiting_limit(&Media::new("email")), Millis(2_000));
        assert_eq!(gaps.talking_limit(&Media::new("voice")), Millis(900_000));
    }

    #[test]
    fn a_bad_value_is_an_error_with_its_path_and_what_to_use() {
        let cases = [
            (r#"{"settle":1}"#, "unknown field `settle`"),
            (r#"{"settleSeconds":0}"#, "gaps.settleSeconds is 0 s; use 1 to 2678400"),
            (r#"{"stepSeconds":-5}"#, "gaps.stepSeconds is -5 s"),
            (r#"{"waitingSeconds":{"voice":2678401}}"#, "gaps.waitingSeconds.voice is 2678401 s"),
            (r#"{"talkingSeconds":{"vioce":1}}"#, "gaps.talkingSeconds.vioce is no media type"),
            (
                r#"{"talkingSeconds":{"call":1,"voice":2}}"#,
                "gaps.talkingSeconds.voice is set twice",
            ),
        ];
        for (json, expected) in cases {
            let message = parse(json).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }
}

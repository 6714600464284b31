//! Media types and metric names: a known one is a small number, a new one is kept as text.

use crate::limits::{MEDIA_CHARS_MAX, METRIC_NAME_CHARS_MAX};
use crate::{AsText, Text};
use std::cmp::Ordering;
use std::fmt;

/// A media type in lower case, as in the analytics API: `voice`, `chat`, `email`, ...
///
/// Genesys adds media types; a new one is accepted as it is.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Media(Label);

/// The name of a metric, as in Genesys' metric stream: `nOffered`, `tAnswered`, ...
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Metric(Label);

/// `Other` never holds a text of the table, so equal labels have equal representations.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Label {
    Known(u8),
    Other(Text),
}

impl Label {
    fn new(text: &str, table: &[&str]) -> Self {
        match table.iter().position(|known| *known == text) {
            Some(at) => Self::Known(u8::try_from(at).unwrap_or(u8::MAX)),
            None => Self::Other(text.into()),
        }
    }

    fn text<'a>(&'a self, table: &[&'a str]) -> &'a str {
        match self {
            Self::Known(at) => table.get(usize::from(*at)).copied().unwrap_or_default(),
            Self::Other(text) => text,
        }
    }

    /// Known before other, known by number, other by text: fixed, and fast for the usual case.
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Known(a), Self::Known(b)) => a.cmp(b),
            (Self::Known(_), Self::Other(_)) => Ordering::Less,
            (Self::Other(_), Self::Known(_)) => Ordering::Greater,
            (Self::Other(a), Self::Other(b)) => a.cmp(b),
        }
    }
}

/// The numbers are part of the stored encoding: append, never reorder. Source: `mediaType` of the
/// conversation metrics topic.
const MEDIA: [&str; 11] = [
    "unknown",
    "voice",
    "chat",
    "email",
    "callback",
    "message",
    "cobrowse",
    "video",
    "screenshare",
    "internalmessage",
    "screenmonitoring",
];

/// The numbers are part of the stored encoding: append, never reorder. First what the rules
/// derive, then the other counters and timers of the conversation metrics topic.
const METRICS: [&str; 72] = [
    "nOffered",
    "tAcd",
    "tAnswered",
    "nOverSla",
    "tAbandon",
    "tShortAbandon",
    "tFlowOut",
    "tAlert",
    "tTalkComplete",
    "tHeldComplete",
    "tContacting",
    "tDialing",
    "tAcw",
    "tHandle",
    "nTransferred",
    "nBlindTransferred",
    "nConsultTransferred",
    "nAgentDeclined",
    "nAlertExpired",
    "nBotInteractions",
    "nCallbackAttempts",
    "nCallbackScheduled",
    "nCfcOffered",
    "nCobrowseSessions",
    "nConnected",
    "nConsult",
    "nConversations",
    "nError",
    "nOutbound",
    "nOutboundAbandoned",
    "nOutboundAttempted",
    "nOutboundConnected",
    "nTakeover",
    "tActiveCallback",
    "tActiveCallbackComplete",
    "tAgentResponseTime",
    "tAgentVideoConnected",
    "tAverageAgentResponseTime",
    "tAverageCustomerResponseTime",
    "tBarging",
    "tCallbackAbandon",
    "tCallbackConnect",
    "tCallbackNotReached",
    "tCallbackVirtualWait",
    "tCfcAbandon",
    "tCfcAcd",
    "tCfcAnswered",
    "tCfcFlowOut",
    "tCoaching",
    "tCoachingComplete",
    "tConnected",
    "tFirstConnect",
    "tFirstDial",
    "tFirstEngagement",
    "tFirstResponse",
    "tHeld",
    "tIvr",
    "tMonitoring",
    "tMonitoringComplete",
    "tNotResponding",
    "tPark",
    "tParkComplete",
    "tScreenMonitoring",
    "tSnippetRecord",
    "tTalk",
    "tTransmitting",
    "tUserResponseTime",
    "tVoicemail",
    "tWait",
    "nStateTransitionError",
    "nCallbackOverSla",
    "tFlow",
];

/// How the values of a metric add up, by the first letter of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// `n...`: the values are summed.
    Counter,
    /// `t...`: facts are counted, and their milliseconds summed.
    Timer,
}

impl Media {
    /// What a session has whose events name no media type.
    pub const UNKNOWN: Self = Self(Label::Known(0));

    /// The media type of a text in any case. A text that could not be part of a row's subject
    /// (1 to 32 ASCII letters, digits, `_` or `-`) names no media type: unknown.
    pub fn new(text: &str) -> Self {
        let known = MEDIA.iter().position(|known| known.eq_ignore_ascii_case(text));
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        match known {
            Some(at) => Self(Label::Known(u8::try_from(at).unwrap_or(u8::MAX))),
            None if (1..=MEDIA_CHARS_MAX).contains(&text.len()) && text.bytes().all(allowed) => {
                Self(Label::Other(text.to_ascii_lowercase().into()))
            }
            None => Self::UNKNOWN,
        }
    }

    /// The text, in lower case.
    pub fn as_str(&self) -> &str {
        self.0.text(&MEDIA)
    }

    /// Whether Genesys' documentation has it.
    pub fn is_known(&self) -> bool {
        self.code().is_some()
    }

    pub(crate) fn code(&self) -> Option<u8> {
        match self.0 {
            Label::Known(code) => Some(code),
            Label::Other(_) => None,
        }
    }

    pub(crate) fn from_code(code: u8) -> Option<Self> {
        (usize::from(code) < MEDIA.len()).then_some(Self(Label::Known(code)))
    }
}

macro_rules! known_metrics {
    ($($name:ident = $code:literal),* $(,)?) => {
        impl Metric {
            $(pub(crate) const $name: Self = Self(Label::Known($code));)*
        }
        #[cfg(test)]
        const NAMED: &[(Metric, &str)] = &[$((Metric::$name, stringify!($name))),*];
    };
}

known_metrics! {
    N_OFFERED = 0, T_ACD = 1, T_ANSWERED = 2, N_OVER_SLA = 3, T_ABANDON = 4, T_SHORT_ABANDON = 5,
    T_FLOW_OUT = 6, T_ALERT = 7, T_TALK_COMPLETE = 8, T_HELD_COMPLETE = 9, T_CONTACTING = 10,
    T_DIALING = 11, T_ACW = 12, T_HANDLE = 13, N_TRANSFERRED = 14, N_BLIND_TRANSFERRED = 15,
    N_CONSULT_TRANSFERRED = 16, N_AGENT_DECLINED = 17, N_ALERT_EXPIRED = 18, N_CONNECTED = 24,
    N_CONSULT = 25, N_OUTBOUND = 28, T_HELD = 55, T_NOT_RESPONDING = 59, T_TALK = 64,
}

impl Metric {
    /// How many names are known.
    pub const KNOWN: usize = METRICS.len();

    /// Whether Genesys' documentation has it.
    pub fn is_known(&self) -> bool {
        self.code().is_some()
    }

    /// Reads a name of 1 to 64 ASCII letters, digits or `_`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let length = (1..=METRIC_NAME_CHARS_MAX).contains(&text.len());
        (length && text.bytes().all(allowed)).then(|| Self(Label::new(text, &METRICS)))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        self.0.text(&METRICS)
    }

    /// How its values add up; `None` for names that start with neither `n` nor `t`.
    pub fn kind(&self) -> Option<MetricKind> {
        match self.as_str().as_bytes().first() {
            Some(b'n') => Some(MetricKind::Counter),
            Some(b't') => Some(MetricKind::Timer),
            _ => None,
        }
    }

    pub(crate) fn code(&self) -> Option<u8> {
        match self.0 {
            Label::Known(code) => Some(code),
            Label::Other(_) => None,
        }
    }

    pub(crate) fn from_code(code: u8) -> Option<Self> {
        (usize::from(code) < METRICS.len()).then_some(Self(Label::Known(code)))
    }
}

macro_rules! label_traits {
    ($($type:ident),*) => {$(
        impl AsText for $type {
            fn as_text(&self) -> Option<&Text> {
                match &self.0 {
                    Label::Known(_) => None,
                    Label::Other(text) => Some(text),
                }
            }
        }
        impl Ord for $type {
            fn cmp(&self, other: &Self) -> Ordering {
                self.0.order(&other.0)
            }
        }
        impl PartialOrd for $type {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )*};
}

label_traits!(Media, Metric);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::ROW_METRIC_NAMES_MAX;

    #[test]
    fn media_types_are_read_in_any_case_and_kept_in_lower_case() {
        assert_eq!(Media::new("VOICE"), Media::new("voice"));
        assert_eq!(Media::new("Hologram").as_str(), "hologram");
        for unknown in ["UNKNOWN", "", "a#b", &"x".repeat(33)] {
            assert_eq!(Media::new(unknown), Media::UNKNOWN);
        }
    }

    #[test]
    fn constants_carry_the_number_of_their_name() {
        for (metric, constant) in NAMED {
            let spelled = metric.as_str().to_ascii_uppercase();
            assert_eq!(spelled, constant.replace('_', ""));
        }
    }

    #[test]
    fn the_table_has_no_name_twice_and_fits_into_a_row() {
        for name in METRICS {
            assert_eq!(Metric::parse(name).unwrap().as_str(), name);
            assert_eq!(METRICS.iter().filter(|other| **other == name).count(), 1);
        }
        assert!(METRICS.len() < ROW_METRIC_NAMES_MAX);
    }

    #[test]
    fn a_name_outside_the_alphabet_or_too_long_is_none() {
        for bad in ["", "n-x", "tÜ", "n x", &"t".repeat(65)] {
            assert_eq!(Metric::parse(bad), None, "{bad}");
        }
        assert_eq!(Metric::parse("tNew_1").unwrap().kind(), Some(MetricKind::Timer));
        assert_eq!(Metric::parse("oWaiting").unwrap().kind(), None);
    }
}

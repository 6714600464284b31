//! Media types and metric names. One that is in the tables of known names is stored as its number,
//! any other as text.

use crate::limits::{MEDIA_CHARS_MAX, METRIC_NAME_CHARS_MAX};
use std::sync::Arc;

/// A media type in lower case, as in the analytics API: `voice`, `chat`, `email`, ...
///
/// Genesys adds media types; a new one is accepted as it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Media(Name);

/// The name of a metric, as in Genesys' metric stream: `nOffered`, `tAnswered`, ...
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Metric(Name);

/// `Other` never holds a name of the table, so equal names have equal representations. Known names
/// order before others; known names by number, others by text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Name {
    Known(u8),
    Other(Arc<str>),
}

impl Name {
    pub(crate) fn from_position(position: usize) -> Self {
        Self::Known(u8::try_from(position).unwrap_or(u8::MAX))
    }

    pub(crate) fn text<'a>(&'a self, table: &[&'a str]) -> &'a str {
        match self {
            Self::Known(code) => table.get(usize::from(*code)).copied().unwrap_or_default(),
            Self::Other(text) => text,
        }
    }

    pub(crate) fn code(&self) -> Option<u8> {
        match self {
            Self::Known(code) => Some(*code),
            Self::Other(_) => None,
        }
    }

    pub(crate) fn from_code(code: u8, table: &[&str]) -> Option<Self> {
        (usize::from(code) < table.len()).then_some(Self::Known(code))
    }
}

/// A name's position is its number in the stored form: append, never reorder. Source: `mediaType`
/// of the conversation metrics topic.
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

/// A name's position is its number in the stored form: append, never reorder. First the metrics
/// that the rules derive, then the other counters and timers of the conversation metrics topic.
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
    /// `n...` and `o...`: the values are summed.
    Counter,
    /// `t...`: facts are counted, and their milliseconds summed.
    Timer,
}

impl Media {
    /// The media type of a session whose events name none.
    pub const UNKNOWN: Self = Self(Name::Known(0));

    /// The media type of a text in any case. A text that could not be part of a row's subject
    /// (1 to 32 ASCII letters, digits, `_` or `-`) gives [`Media::UNKNOWN`]; so does `agents`, which
    /// stands in the subject of a queue's staffing.
    pub fn new(text: &str) -> Self {
        if let Some(position) = MEDIA.iter().position(|name| name.eq_ignore_ascii_case(text)) {
            return Self(Name::from_position(position));
        }
        let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        let is_name = (1..=MEDIA_CHARS_MAX).contains(&text.len())
            && text.bytes().all(is_allowed)
            && !text.eq_ignore_ascii_case("agents");
        if is_name { Self(Name::Other(text.to_ascii_lowercase().into())) } else { Self::UNKNOWN }
    }

    /// Whether the table of names from Genesys' documentation has it.
    pub fn is_known(&self) -> bool {
        self.code().is_some()
    }
}

macro_rules! known_metrics {
    ($($name:ident = $code:literal),* $(,)?) => {
        impl Metric {
            $(pub(crate) const $name: Self = Self(Name::Known($code));)*
        }
        #[cfg(test)]
        const NAMED: &[(Metric, &str)] = &[$((Metric::$name, stringify!($name))),*];
    };
}

known_metrics! {
    N_OFFERED = 0, T_ACD = 1, T_ANSWERED = 2, N_OVER_SLA = 3, T_ABANDON = 4, T_SHORT_ABANDON = 5,
    T_FLOW_OUT = 6, T_ALERT = 7, T_TALK_COMPLETE = 8, T_HELD_COMPLETE = 9, T_CONTACTING = 10,
    T_DIALING = 11, T_ACW = 12, T_HANDLE = 13, N_TRANSFERRED = 14, N_BLIND_TRANSFERRED = 15,
    N_CONSULT_TRANSFERRED = 16, N_CONSULT = 25, N_OUTBOUND = 28, T_HELD = 55, T_NOT_RESPONDING = 59, T_TALK = 64,
}

impl Metric {
    /// The number of the last one of those that the rules have derived from the beginning.
    const LAST_DERIVED: u8 = 16;

    /// How many names the table has.
    pub const KNOWN: usize = METRICS.len();

    /// Parses a name of 1 to 64 ASCII letters, digits or `_`; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(position) = METRICS.iter().position(|name| *name == text) {
            return Some(Self(Name::from_position(position)));
        }
        let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let is_name =
            (1..=METRIC_NAME_CHARS_MAX).contains(&text.len()) && text.bytes().all(is_allowed);
        is_name.then(|| Self(Name::Other(text.into())))
    }

    /// Whether the table of names from Genesys' documentation has it.
    pub fn is_known(&self) -> bool {
        self.code().is_some()
    }

    /// Whether the rules derive it from sessions (`kpis.md#derived-metrics`).
    pub fn is_derived(&self) -> bool {
        let is_first = self.code().is_some_and(|code| code <= Self::LAST_DERIVED);
        is_first || *self == Self::T_NOT_RESPONDING
    }

    /// How its values add up; `None` for names that start with none of `n`, `o` and `t`, and for
    /// those of the gauges (`kpis.md#official-metrics`).
    pub fn kind(&self) -> Option<MetricKind> {
        match self.as_str() {
            "oWaiting" | "oAlerting" | "oInteracting" => None,
            name if name.starts_with(['n', 'o']) => Some(MetricKind::Counter),
            name if name.starts_with('t') => Some(MetricKind::Timer),
            _ => None,
        }
    }
}

/// What the types of names have in common, each with its table.
macro_rules! impl_name {
    ($($type:ident by $table:ident),*) => {$(
        impl $type {
            /// The text, in the letters of the analytics API.
            pub fn as_str(&self) -> &str {
                self.0.text(&$table)
            }

            pub(crate) fn code(&self) -> Option<u8> {
                self.0.code()
            }

            pub(crate) fn from_code(code: u8) -> Option<Self> {
                $crate::names::Name::from_code(code, &$table).map(Self)
            }
        }
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )*};
}
pub(crate) use impl_name;

impl_name!(Media by MEDIA, Metric by METRICS);

/// An enum of which each variant has a name in rows.
macro_rules! names {
    ($(#[$enum_doc:meta])* $type:ident { $($(#[$doc:meta])* $name:ident $text:literal,)* }) => {
        $(#[$enum_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type { $($(#[$doc])* $name,)* }

        impl $type {
            /// All of them. A position is stored: append, never reorder.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name in rows; before a status or an id, if there is one.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}
pub(crate) use names;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::ROW_METRIC_NAMES_MAX;

    #[test]
    fn media_types_are_parsed_in_any_case_and_displayed_in_lower_case() {
        assert_eq!(Media::new("VOICE"), Media::new("voice"));
        assert_eq!(Media::new("Hologram").as_str(), "hologram");
        for unknown in ["UNKNOWN", "", "a#b", &"x".repeat(33)] {
            assert_eq!(Media::new(unknown), Media::UNKNOWN);
        }
    }

    #[test]
    fn every_constant_has_the_number_of_its_name() {
        for (metric, constant) in NAMED {
            assert_eq!(metric.as_str().to_ascii_uppercase(), constant.replace('_', ""));
        }
    }

    #[test]
    fn the_metrics_of_sessions_are_derived_and_what_genesys_alone_knows_is_not() {
        let derived: Vec<_> =
            METRICS.iter().filter(|name| Metric::parse(name).unwrap().is_derived()).collect();
        assert_eq!(derived[..17], METRICS[..17].iter().collect::<Vec<_>>());
        assert_eq!(derived[17..], [&"tNotResponding"]);
        assert!(!Metric::parse("tNew").unwrap().is_derived());
    }

    #[test]
    fn the_table_has_no_name_twice_and_fits_into_a_row() {
        for name in METRICS {
            assert_eq!(Metric::parse(name).unwrap().as_str(), name);
            assert_eq!(METRICS.iter().filter(|other| **other == name).count(), 1);
        }
        assert!(METRICS.len() < ROW_METRIC_NAMES_MAX);
    }

    /// CONTRIBUTING.md, "The way back".
    #[test]
    fn every_number_of_a_name_is_known_to_the_last_release() {
        let lengths = (MEDIA.len(), METRICS.len());
        assert_eq!(
            lengths,
            (11, 72),
            "a new name is stored as text until the last release has it too"
        );
    }

    #[test]
    fn a_text_with_other_characters_or_too_many_is_not_a_metric_name() {
        for bad in ["", "n-x", "tÜ", "n x", &"t".repeat(65)] {
            assert_eq!(Metric::parse(bad), None, "{bad}");
        }
        assert_eq!(Metric::parse("tNew_1").unwrap().kind(), Some(MetricKind::Timer));
        assert_eq!(Metric::parse("oWaiting").unwrap().kind(), None);
    }
}

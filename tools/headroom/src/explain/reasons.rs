//! Provenances and exclusions, as sentences.

use headroom_kpi::{Exclusion, Provenance};

/// Where a metric fact comes from.
pub(super) fn provenance_text(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::Derived => "derived from the session",
        Provenance::Official => "Genesys' metric event",
        Provenance::Confirmed => "Genesys' API and metric event",
        Provenance::Repaired => "Genesys' API",
    }
}

/// Why a metric fact does not count, as a clause about it.
pub(super) fn exclusion_text(exclusion: Exclusion, metric: &str) -> String {
    let text = match exclusion {
        Exclusion::ApiSetCounts => {
            "the Platform API has as many values of this session and metric, or more: those count"
        }
        Exclusion::EventSetCounts => {
            "there are more metric events of this session and metric than the Platform API has: \
             those count"
        }
        Exclusion::ReportedUnderSession => {
            "the event names no session, and the Platform API has the same under a session"
        }
        Exclusion::SameSession => "Genesys' own of the same session counts",
        Exclusion::SameQueue => {
            "Genesys' own of the same queue counts, which is on another session"
        }
        Exclusion::AnsweredOfficially => {
            "Genesys says how the wait ended, and reports a miss only if there was one"
        }
        Exclusion::Complete => {
            "the Platform API was read after the end and does not have it: it did not happen"
        }
    };
    let is_replaced = matches!(exclusion, Exclusion::SameSession | Exclusion::SameQueue);
    match family(metric).filter(|_| is_replaced) {
        Some(family) => format!("{text} ({family} stand for each other)"),
        None => text.to_owned(),
    }
}

/// The metrics of which a session has one, or one and their total (`kpis.md#families`).
fn family(metric: &str) -> Option<&'static str> {
    match metric {
        "tAnswered" | "tAbandon" | "tFlowOut" => Some("tAnswered, tAbandon and tFlowOut"),
        "nTransferred" | "nBlindTransferred" | "nConsultTransferred" => {
            Some("nTransferred, nBlindTransferred and nConsultTransferred")
        }
        _ => None,
    }
}

//! The sessions of a conversation, fact by fact.

use crate::time::utc;
use headroom_kpi::facts::{
    AcdEnd, AcdStart, Durations, FactKind, Outcome, Source, Transfer, UserEnd, Work,
};
use headroom_kpi::{Fact, Id, Media, Millis};
use serde::Serialize;
use std::collections::BTreeMap;

/// A session: a wait in a queue, an agent's part, or the customer's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedSession {
    /// `sessionId`
    pub session: String,
    /// `acd`, `user` or `customer`.
    pub kind: &'static str,
    /// What is known of it, in the order start, end, acw.
    pub facts: Vec<SessionFact>,
}

/// What an event or API response says about a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionFact {
    /// The kind of event: `acd.start`, `acd.end`, `user.start`, `user.end`, `acw`, `customer.start` or
    /// `customer.end`.
    pub event: &'static str,
    /// Its time.
    pub at: String,
    /// `event` or `api`.
    pub source: &'static str,
    /// `queueId`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// `userId`, or `answeredUserId` of a wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// `mediaType`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<String>,
    /// `OUTBOUND`, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<&'static str>,
    /// `acdOutcome`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acd_outcome: Option<&'static str>,
    /// `disconnectType`, if it is a transfer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disconnect_type: Option<&'static str>,
    /// The `*DurationMs` fields that are not 0.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub durations: BTreeMap<&'static str, i64>,
}

/// The sessions of facts that are in order of session. The session that began first comes first.
pub(super) fn sessions(facts: &[Fact]) -> Vec<ExplainedSession> {
    let facts: Vec<_> = facts.iter().filter_map(session_fact).collect();
    let groups = facts.chunk_by(|(a, _), (b, _)| a == b);
    let mut sessions: Vec<_> = groups
        .map(|group| ExplainedSession {
            session: group[0].0.1.to_string(),
            kind: group[0].0.0,
            facts: group.iter().map(|(_, fact)| fact.clone()).collect(),
        })
        .collect();
    sessions.sort_by(|a, b| a.facts[0].at.cmp(&b.facts[0].at));
    sessions
}

type SessionKey<'a> = (&'static str, &'a Id);

fn session_fact(fact: &Fact) -> Option<(SessionKey<'_>, SessionFact)> {
    let (key, event) = match &fact.kind {
        FactKind::CustomerStart(id, time) => (("customer", id), customer("customer.start", *time)),
        FactKind::CustomerEnd(id, time) => (("customer", id), customer("customer.end", *time)),
        FactKind::AcdStart(id, start) => (("acd", id), acd_start(start)),
        FactKind::AcdEnd(id, end) => (("acd", id), acd_end(end)),
        FactKind::UserStart(id, start) => {
            (("user", id), work("user.start", start.time, &start.work))
        }
        FactKind::UserEnd(id, end) => (("user", id), user_end(end)),
        FactKind::Acw(id, acw) => {
            let mut event = work("acw", acw.time, &acw.work);
            event.durations = durations([("wrapupDurationMs", acw.wrapup.unwrap_or_default())]);
            (("user", id), event)
        }
        _ => return None,
    };
    let source = match fact.source {
        Source::Api => "api",
        Source::Event => "event",
    };
    Some((key, SessionFact { source, ..event }))
}

fn customer(event: &'static str, time: Millis) -> SessionFact {
    SessionFact { event, at: utc(time), ..SessionFact::default() }
}

fn acd_start(start: &AcdStart) -> SessionFact {
    SessionFact {
        queue: Some(start.queue.to_string()),
        media: start.media.as_ref().map(Media::to_string),
        ..customer("acd.start", start.time)
    }
}

fn acd_end(end: &AcdEnd) -> SessionFact {
    let connected = end.connected.map(|connected| ("connectedDurationMs", connected.0));
    SessionFact {
        queue: Some(end.queue.to_string()),
        media: end.media.as_ref().map(Media::to_string),
        user: end.answered_user.as_ref().map(Id::to_string),
        acd_outcome: Some(match end.outcome {
            Some(Outcome::Answered) => "ANSWERED",
            Some(Outcome::Abandon) => "ABANDON",
            Some(Outcome::FlowOut) => "FLOW_OUT",
            None => "UNKNOWN",
        }),
        durations: connected.into_iter().collect(),
        ..customer("acd.end", end.time)
    }
}

fn user_end(end: &UserEnd) -> SessionFact {
    let Durations { alerting, interacting, hold, contacting, dialing } = end.durations;
    SessionFact {
        durations: durations([
            ("alertingDurationMs", alerting),
            ("interactingDurationMs", interacting),
            ("heldDurationMs", hold),
            ("contactingDurationMs", contacting),
            ("dialingDurationMs", dialing),
        ]),
        disconnect_type: end.transfer.map(|transfer| match transfer {
            Transfer::Blind => "TRANSFER",
            Transfer::Consult => "CONSULT_TRANSFER",
        }),
        ..work("user.end", end.time, &end.work)
    }
}

fn work(event: &'static str, time: Millis, work: &Work) -> SessionFact {
    SessionFact {
        queue: work.queue.as_ref().map(Id::to_string),
        user: Some(work.user.to_string()),
        media: work.media.as_ref().map(Media::to_string),
        direction: work.outbound.then_some("OUTBOUND"),
        ..customer(event, time)
    }
}

fn durations<const N: usize>(list: [(&'static str, Millis); N]) -> BTreeMap<&'static str, i64> {
    list.into_iter().map(|(name, time)| (name, time.0)).filter(|(_, ms)| *ms != 0).collect()
}

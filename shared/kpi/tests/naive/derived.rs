//! The table of derived metric facts, line by line (`kpis.md#derived-metrics`).

use super::conversation::{Acd, Holder, NaiveConversation, Number, User};
use super::in_force;
use headroom_kpi::facts::{AcdEnd, Durations, Outcome, Transfer, UserEnd};
use headroom_kpi::{Id, Media, Millis, Settings};

/// All of the table but `tShortAbandon`, which is derived from what counts.
pub(super) fn derived(conversation: &NaiveConversation, settings: &Settings) -> Vec<Number> {
    let mut numbers = Vec::new();
    for (id, session) in &conversation.acd {
        numbers.extend(offered(id, session));
        numbers.extend(outcome(id, session, settings));
    }
    for (id, session) in &conversation.user {
        numbers.extend(worked(id, session));
        numbers.extend(not_responding(id, session, conversation));
        numbers.extend(after_call_work(id, session));
        numbers.extend(handled(id, session));
        numbers.extend(transferred(id, session));
    }
    numbers
}

/// "any effective `tAbandon` fact, official or derived, below the short-abandon time" that is in
/// force at its emit time. "same value", "same", queue "yes", agent "no".
pub(super) fn short_abandons(effective: &[Number], settings: &Settings) -> Vec<Number> {
    let short = |number: &&Number| {
        let time =
            *in_force(settings, number.emitted).short_abandon.value_at(Millis(number.emitted));
        number.metric == "tAbandon" && number.value < time.0
    };
    let derive = |abandon: &Number| Number {
        metric: "tShortAbandon".to_owned(),
        user: None,
        repaired: false,
        ..abandon.clone()
    };
    effective.iter().filter(short).map(derive).collect()
}

/// "ACD session with a start, or with an end": at "start; if only the end is known: end -
/// connectedDurationMs". Without that duration it is withheld.
fn offered(id: &str, session: &Acd) -> Option<Number> {
    let at = match (&session.start, &session.end) {
        (Some(start), _) => start.time,
        (None, Some(end)) => end.time - end.connected?,
        (None, None) => return None,
    };
    Some(queue_number(id, session, "nOffered", 1, at, None))
}

/// The lines "ACD end": "If acdOutcome is UNKNOWN, absent, or a value that is not known, there is no
/// derived outcome metric"; without a wait "the fact is withheld".
fn outcome(id: &str, session: &Acd, settings: &Settings) -> Vec<Number> {
    let Some(end) = &session.end else {
        return Vec::new();
    };
    let (Some(outcome), Some(wait)) = (end.outcome, wait(session, end)) else {
        return Vec::new();
    };
    let timer = |name, user| queue_number(id, session, name, wait.0, end.time, user);
    let mut numbers = vec![timer("tAcd", None)];
    match outcome {
        Outcome::Answered => {
            let user = end.answered_user.as_ref();
            numbers.push(timer("tAnswered", user));
            if wait > service_level(session, end.time, settings) {
                numbers.push(queue_number(id, session, "nOverSla", 1, end.time, user));
            }
        }
        Outcome::Abandon => numbers.push(timer("tAbandon", None)),
        Outcome::FlowOut => numbers.push(timer("tFlowOut", None)),
    }
    numbers
}

/// "connectedDurationMs if that is present; else end - start, if the start is known", at least 0.
fn wait(session: &Acd, end: &AcdEnd) -> Option<Millis> {
    let measured = |start: Millis| Millis((end.time.0 - start.0).max(0));
    let start = session.start.as_ref().map(|start| start.time);
    end.connected.or(start.map(measured))
}

/// By queue and media type; else "voice 20 s, chat 20 s, message 60 s, callback 24 h, email 24 h",
/// and any other media type like voice; in force at the emit time (`kpis.md#settings`).
fn service_level(session: &Acd, at: Millis, settings: &Settings) -> Millis {
    let settings = in_force(settings, at.0);
    let (queue, media) = (session.queue(), session.media());
    let key = (Id::parse(&queue).unwrap(), Media::new(&media));
    let of_queue = settings.queues.get(&key);
    if let Some(timeline) = of_queue.or(settings.media.get(&key.1)) {
        return timeline.value_at(at).duration;
    }
    Millis(match media.as_str() {
        "message" => 60_000,
        "callback" | "email" => 24 * 60 * 60 * 1000,
        _ => 20_000,
    })
}

/// The lines "user end, `...DurationMs` > 0": its value, at the "user end" or at the "end of the part".
fn worked(id: &str, session: &User) -> Vec<Number> {
    let Some(end) = &session.end else {
        return Vec::new();
    };
    let Durations { alerting, interacting, hold, contacting, dialing } = end.durations;
    let began = began(session, end);
    let times = [
        ("tContacting", contacting, began + contacting),
        ("tDialing", dialing, began + contacting + dialing),
        ("tAlert", alerting, began + contacting + dialing + alerting),
        ("tTalkComplete", interacting, end.time),
        ("tHeldComplete", hold, end.time),
    ];
    let positive = times.into_iter().filter(|(_, time, _)| time.0 > 0);
    positive.map(|(name, time, at)| agent_number(id, session, name, time.0, at)).collect()
}

/// "A part ends at the session's start plus its own duration and those of the parts before it. If the
/// start is not known, the session began at its end minus all five durations." (`kpis.md#parts`)
fn began(session: &User, end: &UserEnd) -> Millis {
    let Durations { alerting, interacting, hold, contacting, dialing } = end.durations;
    let whole = contacting + dialing + alerting + interacting + hold;
    session.start.as_ref().map_or(end.time - whole, |start| start.time)
}

/// "An alert got *no response* if a user session with a queue ended with alertingDurationMs > 0, no
/// other duration, and no transfer, unless the wait ended it" (`kpis.md#not-responding`).
/// `tNotResponding`: alertingDurationMs, at the "end of the alerting part".
fn not_responding(id: &str, session: &User, conversation: &NaiveConversation) -> Option<Number> {
    let (end, queue) = (session.end.as_ref()?, session.queue()?);
    let alerting = end.durations.alerting;
    let alert_alone = Durations { alerting, ..Durations::default() };
    let no_response = alerting.0 > 0 && end.durations == alert_alone && end.transfer.is_none();
    if !no_response || went_on(session, end) || wait_ended_it(&queue, end, conversation) {
        return None;
    }
    let at = began(session, end) + alerting;
    Some(agent_number(id, session, "tNotResponding", alerting.0, at))
}

/// "one that lasted more than 2 s longer than its alert got a response, and so did one of media type
/// `callback` whose start is not known"
fn went_on(session: &User, end: &UserEnd) -> bool {
    match &session.start {
        Some(start) => end.time.0 - start.time.0 - end.durations.alerting.0 > 2_000,
        None => session.media() == "callback",
    }
}

/// Not: "no ACD session of that queue ended otherwise than ANSWERED within 2 s of the session's end".
fn wait_ended_it(queue: &str, end: &UserEnd, conversation: &NaiveConversation) -> bool {
    conversation.acd.values().filter(|acd| acd.queue() == queue).any(|acd| {
        acd.end.as_ref().is_some_and(|wait| {
            let distance = (wait.time.0 - end.time.0).abs();
            wait.outcome != Some(Outcome::Answered) && distance <= 2_000
        })
    })
}

/// "acw, wrapupDurationMs > 0": `tAcw`, at "acw eventTime".
fn after_call_work(id: &str, session: &User) -> Option<Number> {
    let acw = session.acw.as_ref()?;
    let wrapup = acw.wrapup.filter(|wrapup| wrapup.0 > 0)?;
    Some(agent_number(id, session, "tAcw", wrapup.0, acw.time))
}

/// "user end, if interacting + held + contacting + dialing + acw's wrapupDurationMs (if known) > 0":
/// "that sum", at "user end; if acw is known: the later of user end and acw eventTime; with after-call
/// work alone: acw eventTime".
fn handled(id: &str, session: &User) -> Option<Number> {
    let end = session.end.as_ref()?;
    let parts = end.durations;
    let work = parts.interacting + parts.hold + parts.contacting + parts.dialing;
    let (wrapup, at) = match &session.acw {
        Some(acw) if work.0 == 0 => (acw.wrapup.unwrap_or_default(), acw.time),
        Some(acw) => (acw.wrapup.unwrap_or_default(), end.time.max(acw.time)),
        None => (Millis(0), end.time),
    };
    let sum = work + wrapup;
    (sum.0 > 0).then(|| agent_number(id, session, "tHandle", sum.0, at))
}

/// "user end, disconnectType TRANSFER" and "`CONSULT_TRANSFER`": two metrics, "1 each".
fn transferred(id: &str, session: &User) -> Vec<Number> {
    let Some(end) = &session.end else {
        return Vec::new();
    };
    let kind = match end.transfer {
        Some(Transfer::Blind) => "nBlindTransferred",
        Some(Transfer::Consult) => "nConsultTransferred",
        None => return Vec::new(),
    };
    let counter = |name| agent_number(id, session, name, 1, end.time);
    vec![counter("nTransferred"), counter(kind)]
}

fn queue_number(
    id: &str,
    session: &Acd,
    metric: &str,
    value: i64,
    at: Millis,
    user: Option<&Id>,
) -> Number {
    Number {
        holder: session_holder(id),
        metric: metric.to_owned(),
        emitted: at.0,
        value,
        queue: Some(session.queue()),
        user: user.map(Id::to_string),
        media: session.media(),
        repaired: false,
    }
}

/// Queue "if present", agent "yes".
fn agent_number(id: &str, session: &User, metric: &str, value: i64, at: Millis) -> Number {
    Number {
        holder: session_holder(id),
        metric: metric.to_owned(),
        emitted: at.0,
        value,
        queue: session.queue(),
        user: Some(session.user()),
        media: session.media(),
        repaired: false,
    }
}

fn session_holder(id: &str) -> Holder {
    Holder { session: Some(id.to_owned()), record: None }
}

//! Section 2: the table of derived metric facts, line by line.

use super::known::{Acd, Holder, Known, Number, User};
use headroom_kpi::facts::{AcdEnd, Outcome, Transfer};
use headroom_kpi::{Id, Media, Millis, Settings};

/// All of the table but `tShortAbandon`, which is derived from what counts.
pub(super) fn derived(known: &Known, settings: &Settings) -> Vec<Number> {
    let mut all = Vec::new();
    for (id, session) in &known.acd {
        all.extend(offered(id, session));
        all.extend(outcome(id, session, settings));
    }
    for (id, session) in &known.user {
        all.extend(worked(id, session));
        all.extend(after_call_work(id, session));
        all.extend(handled(id, session));
        all.extend(transferred(id, session));
    }
    all
}

/// "any counting `tAbandon` fact, official or derived, below the short-abandon time", in force at
/// its emit time (section 7). "same value", "same", queue "yes", agent "no".
pub(super) fn short_abandons(counting: &[Number], settings: &Settings) -> Vec<Number> {
    let short = |number: &&Number| {
        let time = *settings.short_abandon.value_at(Millis(number.emitted));
        number.metric == "tAbandon" && number.value < time.0
    };
    let derive = |abandon: &Number| Number {
        metric: "tShortAbandon".to_owned(),
        user: None,
        repaired: false,
        ..abandon.clone()
    };
    counting.iter().filter(short).map(derive).collect()
}

/// "ACD session with a start, or with an end": at "start; if only the end is known: end -
/// connectedDurationMs". Without that duration it is withheld.
fn offered(id: &str, session: &Acd) -> Option<Number> {
    let at = match (&session.start, &session.end) {
        (Some(start), _) => start.time,
        (None, Some(end)) => end.time - end.connected?,
        (None, None) => return None,
    };
    Some(of_queue(id, session, "nOffered", 1, at, None))
}

/// The lines "ACD end": "acdOutcome UNKNOWN, absent, or a value not known: no derived outcome
/// metric"; without a wait "the fact is withheld".
fn outcome(id: &str, session: &Acd, settings: &Settings) -> Vec<Number> {
    let Some(end) = &session.end else {
        return Vec::new();
    };
    let (Some(outcome), Some(wait)) = (end.outcome, wait(session, end)) else {
        return Vec::new();
    };
    let timer = |name, user| of_queue(id, session, name, wait.0, end.time, user);
    let mut all = vec![timer("tAcd", None)];
    match outcome {
        Outcome::Answered => {
            let user = end.answered_user.as_ref();
            all.push(timer("tAnswered", user));
            if wait > service_level(session, end.time, settings) {
                all.push(of_queue(id, session, "nOverSla", 1, end.time, user));
            }
        }
        Outcome::Abandon => all.push(timer("tAbandon", None)),
        Outcome::FlowOut => all.push(timer("tFlowOut", None)),
    }
    all
}

/// "connectedDurationMs if present, else end - start if the start is known", never below 0.
fn wait(session: &Acd, end: &AcdEnd) -> Option<Millis> {
    let measured = |start: Millis| Millis((end.time.0 - start.0).max(0));
    let start = session.start.as_ref().map(|start| start.time);
    end.connected.or(start.map(measured))
}

/// Section 7: "per queue and media"; "fallback per media: voice 20 s, chat 20 s, message 60 s,
/// callback 24 h, email 24 h". Of others it says nothing: voice's. "Uses the setting in force at
/// its emit time".
fn service_level(session: &Acd, at: Millis, settings: &Settings) -> Millis {
    let (queue, media) = (session.queue(), session.media());
    let key = (Id::parse(&queue).unwrap(), Media::new(&media));
    let own = settings.queues.get(&key);
    if let Some(set) = own.or(settings.media.get(&key.1)) {
        return set.value_at(at).duration;
    }
    Millis(match media.as_str() {
        "message" => 60_000,
        "callback" | "email" => 24 * 60 * 60 * 1000,
        _ => 20_000,
    })
}

/// The lines "user end, `...DurationMs` > 0": its value, at the user end.
fn worked(id: &str, session: &User) -> Vec<Number> {
    let Some(end) = &session.end else {
        return Vec::new();
    };
    let times = [
        ("tAlert", end.durations.alerting),
        ("tTalkComplete", end.durations.interacting),
        ("tHeldComplete", end.durations.hold),
        ("tContacting", end.durations.contacting),
        ("tDialing", end.durations.dialing),
    ];
    let positive = times.into_iter().filter(|(_, time)| time.0 > 0);
    let fact = |(name, time): (_, Millis)| of_agent(id, session, name, time.0, end.time);
    positive.map(fact).collect()
}

/// "acw, wrapupDurationMs > 0": `tAcw`, at "acw eventTime".
fn after_call_work(id: &str, session: &User) -> Option<Number> {
    let acw = session.acw.as_ref()?;
    let wrapup = acw.wrapup.filter(|wrapup| wrapup.0 > 0)?;
    Some(of_agent(id, session, "tAcw", wrapup.0, acw.time))
}

/// "user end with interacting, held, contacting or dialing > 0": their sum "+ acw's
/// wrapupDurationMs if known", at "user end; if acw is known: the later of user end and acw
/// eventTime".
fn handled(id: &str, session: &User) -> Option<Number> {
    let end = session.end.as_ref()?;
    let parts = end.durations;
    let work = parts.interacting + parts.hold + parts.contacting + parts.dialing;
    if work.0 <= 0 {
        return None;
    }
    let (wrapup, at) = match &session.acw {
        Some(acw) => (acw.wrapup.unwrap_or_default(), end.time.max(acw.time)),
        None => (Millis(0), end.time),
    };
    Some(of_agent(id, session, "tHandle", (work + wrapup).0, at))
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
    let counter = |name| of_agent(id, session, name, 1, end.time);
    vec![counter("nTransferred"), counter(kind)]
}

fn of_queue(
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
fn of_agent(id: &str, session: &User, metric: &str, value: i64, at: Millis) -> Number {
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

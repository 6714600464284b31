//! The metric facts that count (`kpis.md#precedence`, `kpis.md#derived-metrics`).

use crate::fold::{Body, Conversation, id};
use headroom_simulator::Rules;

#[derive(Clone, Debug)]
pub(crate) struct Fact {
    pub(crate) metric: String,
    session: String,
    pub(crate) time: i64,
    pub(crate) value: i64,
    pub(crate) media: String,
    pub(crate) queue: Option<String>,
    pub(crate) user: Option<String>,
}

/// All facts of a conversation that count.
pub(crate) fn effective_facts(conversation: &Conversation, rules: &Rules) -> Vec<Fact> {
    let official: Vec<Fact> = conversation.metrics.iter().map(official).collect();
    let mut effective = unreplaced(derived(conversation, rules), &official);
    effective.extend(official);
    let short = effective.iter().filter(|fact| fact.metric == "tAbandon");
    let short: Vec<Fact> =
        short.filter(|fact| fact.value < rules.short_abandon_ms).cloned().collect();
    let name = "tShortAbandon".to_owned();
    effective.extend(short.into_iter().map(|fact| Fact { metric: name.clone(), ..fact }));
    effective
}

fn official(((session, metric, time), body): (&(String, String, i64), &Body)) -> Fact {
    let mut fact = fact(body, metric, session, *time, number(body, "value").unwrap());
    fact.queue = id(body, "queueId");
    fact.user = id(body, "userId");
    fact
}

/// Precedence.
fn unreplaced(derived: Vec<Fact>, official: &[Fact]) -> Vec<Fact> {
    let mut replaced: Vec<bool> = derived.iter().map(|fact| has(official, fact)).collect();
    let mut free: Vec<&Fact> = official.iter().filter(|fact| !has(&derived, fact)).collect();
    free.sort_by_key(|fact| (fact.time, fact.session.clone()));
    for fact in free {
        let near = derived.iter().enumerate().filter(|(at, other)| {
            !replaced[*at]
                && other.metric == fact.metric
                && other.queue.is_some()
                && other.queue == fact.queue
                && (other.time - fact.time).abs() <= 10_000
        });
        let nearest =
            near.min_by_key(|(_, other)| ((other.time - fact.time).abs(), other.session.clone()));
        if let Some((at, _)) = nearest {
            replaced[at] = true;
        }
    }
    let replaced_answers: Vec<_> = derived
        .iter()
        .zip(&replaced)
        .filter(|(fact, replaced)| fact.metric == "tAnswered" && **replaced)
        .map(|(fact, _)| fact.session.clone())
        .collect();
    let counts = |(fact, replaced): &(Fact, bool)| {
        !(*replaced || fact.metric == "nOverSla" && replaced_answers.contains(&fact.session))
    };
    derived.into_iter().zip(replaced).filter(counts).map(|(fact, _)| fact).collect()
}

/// Whether one of the facts is of the same session and family.
fn has(facts: &[Fact], fact: &Fact) -> bool {
    let is_same = |other: &Fact| {
        other.session == fact.session && family(&other.metric) == family(&fact.metric)
    };
    facts.iter().any(is_same)
}

fn family(metric: &str) -> &str {
    match metric {
        "tAbandon" | "tFlowOut" => "tAnswered",
        "nBlindTransferred" | "nConsultTransferred" => "nTransferred",
        other => other,
    }
}

fn derived(conversation: &Conversation, rules: &Rules) -> Vec<Fact> {
    let event = |topic: &str, session: &str| {
        conversation.sessions.get(&(topic.to_owned(), session.to_owned()))
    };
    let mut facts = Vec::new();
    for ((topic, session), body) in &conversation.sessions {
        match topic.as_str() {
            "acd.start" => facts.push(offered(session, body, time(body))),
            "acd.end" => {
                let start = event("acd.start", session).map(time);
                acd_end(session, body, start, rules, &mut facts);
            }
            "user.end" => {
                let start = event("user.start", session).map(time);
                user_end(session, body, (start, event("acw", session)), &mut facts);
                facts.extend(not_responding(session, body, start, conversation));
            }
            "acw" => facts.extend(timer(session, body, "wrapupDurationMs", "tAcw")),
            _ => {}
        }
    }
    facts
}

fn offered(session: &str, body: &Body, time: i64) -> Fact {
    Fact { queue: id(body, "queueId"), ..fact(body, "nOffered", session, time, 1) }
}

fn acd_end(session: &str, body: &Body, start: Option<i64>, rules: &Rules, facts: &mut Vec<Fact>) {
    let end = time(body);
    let connected = number(body, "connectedDurationMs");
    if start.is_none() {
        facts.extend(connected.map(|ms| offered(session, body, end - ms)));
    }
    let Some(wait) = connected.or(start.map(|start| end - start)) else {
        return;
    };
    let queue = id(body, "queueId");
    let fact =
        |metric, value| Fact { queue: queue.clone(), ..fact(body, metric, session, end, value) };
    let user = id(body, "answeredUserId");
    match body.get("acdOutcome").and_then(|value| value.as_str()) {
        Some("ANSWERED") => {
            facts.push(fact("tAcd", wait));
            facts.push(Fact { user: user.clone(), ..fact("tAnswered", wait) });
            let media = fact("", 0).media;
            if wait > rules.service_level_ms.ms(&queue.clone().unwrap(), &media) {
                facts.push(Fact { user, ..fact("nOverSla", 1) });
            }
        }
        Some("ABANDON") => facts.extend([fact("tAcd", wait), fact("tAbandon", wait)]),
        Some("FLOW_OUT") => facts.extend([fact("tAcd", wait), fact("tFlowOut", wait)]),
        _ => {}
    }
}

/// The parts of a session in their order, and the metric of each.
const PARTS: [(&str, &str); 5] = [
    ("contactingDurationMs", "tContacting"),
    ("dialingDurationMs", "tDialing"),
    ("alertingDurationMs", "tAlert"),
    ("interactingDurationMs", "tTalkComplete"),
    ("heldDurationMs", "tHeldComplete"),
];

fn user_end(
    session: &str,
    body: &Body,
    (start, acw): (Option<i64>, Option<&Body>),
    facts: &mut Vec<Fact>,
) {
    let lengths = PARTS.map(|(key, _)| number(body, key).unwrap_or(0));
    let end = time(body);
    let mut part_end = start.unwrap_or(end - lengths.iter().sum::<i64>());
    for ((_, metric), length) in PARTS.into_iter().zip(lengths) {
        part_end += length;
        let is_talk = ["tTalkComplete", "tHeldComplete"].contains(&metric);
        if length > 0 {
            let emitted = if is_talk { end } else { part_end };
            facts.push(of_user(session, body, metric, emitted, length));
        }
    }
    let handling = lengths.iter().sum::<i64>() - lengths[2];
    let acw_ms = acw.and_then(|acw| number(acw, "wrapupDurationMs")).unwrap_or(0);
    if handling + acw_ms > 0 {
        let emitted = match acw.map(time) {
            Some(acw) if handling == 0 => acw,
            Some(acw) => acw.max(end),
            None => end,
        };
        facts.push(of_user(session, body, "tHandle", emitted, handling + acw_ms));
    }
    let transfers: &[&str] = match body.get("disconnectType").and_then(|value| value.as_str()) {
        Some("TRANSFER") => &["nTransferred", "nBlindTransferred"],
        Some("CONSULT_TRANSFER") => &["nTransferred", "nConsultTransferred"],
        _ => &[],
    };
    facts.extend(transfers.iter().map(|metric| of_user(session, body, metric, time(body), 1)));
}

/// An alert that got no response.
fn not_responding(
    session: &str,
    body: &Body,
    start: Option<i64>,
    conversation: &Conversation,
) -> Option<Fact> {
    let (end, queue) = (time(body), id(body, "queueId")?);
    let lengths = PARTS.map(|(key, _)| number(body, key).unwrap_or(0));
    let alerting = lengths[2];
    let is_alert_alone = alerting > 0 && lengths.iter().sum::<i64>() == alerting;
    let disconnect = id(body, "disconnectType");
    let is_transfer = disconnect.is_some_and(|text| text.ends_with("TRANSFER"));
    let went_on = match start {
        Some(start) => end - start - alerting > 2_000,
        None => id(body, "mediaType").is_some_and(|media| media == "CALLBACK"),
    };
    let ended_it = |(key, wait): (&(String, String), &Body)| {
        key.0 == "acd.end"
            && id(wait, "queueId").as_ref() == Some(&queue)
            && id(wait, "acdOutcome").is_none_or(|outcome| outcome != "ANSWERED")
            && (time(wait) - end).abs() <= 2_000
    };
    let is_without_response =
        is_alert_alone && !is_transfer && !went_on && !conversation.sessions.iter().any(ended_it);
    let emitted = start.map_or(end, |start| start + alerting);
    is_without_response.then(|| of_user(session, body, "tNotResponding", emitted, alerting))
}

fn timer(session: &str, body: &Body, key: &str, metric: &str) -> Option<Fact> {
    let value = number(body, key).filter(|value| *value > 0)?;
    Some(of_user(session, body, metric, time(body), value))
}

fn of_user(session: &str, body: &Body, metric: &str, time: i64, value: i64) -> Fact {
    let (queue, user) = (id(body, "queueId"), id(body, "userId"));
    Fact { queue, user, ..fact(body, metric, session, time, value) }
}

fn fact(body: &Body, metric: &str, session: &str, time: i64, value: i64) -> Fact {
    Fact {
        metric: metric.to_owned(),
        session: session.to_owned(),
        time,
        value,
        media: id(body, "mediaType").unwrap().to_lowercase(),
        queue: None,
        user: None,
    }
}

pub(crate) fn time(body: &Body) -> i64 {
    number(body, "eventTime").unwrap()
}

fn number(body: &Body, key: &str) -> Option<i64> {
    body.get(key)?.as_i64()
}

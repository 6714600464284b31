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
pub(crate) fn facts(conversation: &Conversation, rules: &Rules) -> Vec<Fact> {
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

fn has(facts: &[Fact], fact: &Fact) -> bool {
    facts.iter().any(|other| other.session == fact.session && other.metric == fact.metric)
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
            "user.end" => user_end(session, body, event("acw", session), &mut facts),
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

fn user_end(session: &str, body: &Body, acw: Option<&Body>, facts: &mut Vec<Fact>) {
    let parts = [
        ("interactingDurationMs", "tTalkComplete"),
        ("heldDurationMs", "tHeldComplete"),
        ("contactingDurationMs", "tContacting"),
        ("dialingDurationMs", "tDialing"),
    ];
    let handling: i64 = parts.iter().filter_map(|(key, _)| number(body, key)).sum();
    for (key, metric) in parts.into_iter().chain([("alertingDurationMs", "tAlert")]) {
        facts.extend(timer(session, body, key, metric));
    }
    if handling > 0 {
        let acw_ms = acw.and_then(|acw| number(acw, "wrapupDurationMs")).unwrap_or(0);
        let time = acw.map_or(time(body), |acw| time(acw).max(time(body)));
        facts.push(of_user(session, body, "tHandle", time, handling + acw_ms));
    }
    let transfers: &[&str] = match body.get("disconnectType").and_then(|value| value.as_str()) {
        Some("TRANSFER") => &["nTransferred", "nBlindTransferred"],
        Some("CONSULT_TRANSFER") => &["nTransferred", "nConsultTransferred"],
        _ => &[],
    };
    facts.extend(transfers.iter().map(|metric| of_user(session, body, metric, time(body), 1)));
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

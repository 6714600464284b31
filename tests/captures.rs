//! Captured conversations of which nothing is missing (`events/field`), as judges of the gap rules:
//! each of their events is lost once.

#![allow(clippy::unwrap_used, clippy::panic)]

use headroom_genesys::{Parsed, parse};
use headroom_kpi::facts::{FactKind, Source};
use headroom_kpi::gaps::{due, find_gaps};
use headroom_kpi::{
    ContributionBuilder, Conversation, Entity, EntityKey, Fact, Measure, RowKey, Settings,
};
use headroom_tests::events_folder;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What leaves no trace when it is lost (`kpis.md#no-trace`), where, and why.
const WITHOUT_TRACE: [(&str, &[(&str, &str)]); 4] = [
    (
        "no session and no metric of an agent or a queue implies what is emitted of the customer",
        &[
            ("F01", "nConnected"),
            ("F01", "tConnected"),
            ("F04", "nConnected"),
            ("F04", "tConnected"),
            ("F06", "nConnected"),
            ("F06", "tConnected"),
            ("F08", "nConnected"),
            ("F08", "tConnected"),
            ("F11", "nConnected"),
            ("F24", "nConnected"),
            ("F24", "tConnected"),
            ("F41", "nConnected"),
            ("F41", "tConnected"),
            ("F43", "nConnected"),
            ("F43", "tConnected"),
        ],
    ),
    (
        "passed through: no session has anything to compare it with",
        &[
            ("F01", "tVoicemail"),
            ("F04", "nError"),
            ("F06", "nError"),
            ("F08", "oMessageTurn"),
            ("F09", "oMessageTurn"),
            ("F11", "nError"),
            ("F39", "nError"),
            ("F41", "nError"),
            ("F43", "nError"),
            ("F45", "nError"),
            ("F45", "oMessageTurn"),
        ],
    ),
    (
        "its rule is optional and off",
        &[("F04", "nConsult"), ("F39", "nConsult"), ("F41", "nConsult"), ("F43", "nConsult")],
    ),
    (
        "with detail events alone it looks as if there had been no after-call work",
        &[("F07", "Acw"), ("F14", "Acw"), ("F44", "Acw")],
    ),
];

/// A captured conversation.
struct Capture {
    /// `F01`
    case: String,
    /// Its events. Of one that was captured as a response alone, an event for each of its facts.
    feed: Vec<Fact>,
    /// What a read finds; empty if that was not captured.
    response: Vec<Fact>,
}

/// The facts of each conversation of a case, each fact once.
type FactsByEntity = BTreeMap<EntityKey, Vec<Fact>>;

fn facts(folder: &Path) -> FactsByEntity {
    let mut facts = FactsByEntity::new();
    let events = fs::read(folder.join("events.ndjson")).unwrap();
    for line in events.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let parsed = match parse(line).unwrap() {
            Parsed::Fact(key, fact) => vec![(key, fact)],
            Parsed::Facts(facts) | Parsed::Partial(facts, _) => facts,
            Parsed::Ignored(_) => Vec::new(),
        };
        for (key, fact) in parsed {
            let facts = facts.entry(key).or_default();
            if !facts.contains(&fact) {
                facts.push(fact);
            }
        }
    }
    facts
}

/// The folders of the cases that are complete, and the conversations in them that are not.
fn complete_cases() -> Vec<(PathBuf, Vec<Value>)> {
    let entries = fs::read_dir(events_folder().join("field")).unwrap();
    let mut folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    let complete = folders.into_iter().filter_map(|folder| {
        let case: Value =
            serde_json::from_slice(&fs::read(folder.join("case.json")).unwrap()).unwrap();
        let incomplete = case["incomplete"].as_array().cloned().unwrap_or_default();
        (case["complete"] == true).then_some((folder, incomplete))
    });
    complete.collect()
}

fn captures() -> Vec<Capture> {
    let mut captures = Vec::new();
    let mut responses = FactsByEntity::new();
    for (folder, incomplete) in complete_cases() {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let case = name.split('-').next().unwrap().to_owned();
        for (key, facts) in facts(&folder) {
            let EntityKey::Conversation(id) = &key else { panic!("{key:?}") };
            if incomplete.contains(&id.to_string().into()) {
                continue;
            }
            let (response, mut feed): (Vec<_>, Vec<_>) =
                facts.into_iter().partition(|fact| fact.source == Source::Api);
            if feed.is_empty() {
                feed = response.iter().filter_map(as_event).collect();
            }
            if !response.is_empty() {
                responses.entry(key.clone()).or_insert(response);
            }
            captures.push((case.clone(), key, feed));
        }
    }
    let with_response = |(case, key, feed)| {
        let response = responses.get(&key).cloned().unwrap_or_default();
        Capture { case, feed, response }
    };
    captures.into_iter().map(with_response).collect()
}

/// The event that says what a response says, if Genesys has one.
fn as_event(fact: &Fact) -> Option<Fact> {
    let is_of_read = matches!(fact.kind, FactKind::Read(_) | FactKind::Closed(_));
    (!is_of_read).then(|| Fact { source: Source::Event, kind: fact.kind.clone() })
}

fn fold<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Conversation {
    let mut conversation = Conversation::default();
    for fact in facts {
        conversation.fold(fact.clone());
    }
    conversation
}

fn is_due(conversation: &Conversation) -> bool {
    due(conversation, &Settings::default()).is_some()
}

fn rules(conversation: &Conversation) -> Vec<&'static str> {
    find_gaps(conversation, &Settings::default()).iter().map(|gap| gap.rule).collect()
}

/// All numbers of a conversation, but for how many of them were repaired.
fn numbers(conversation: &Conversation) -> BTreeMap<(RowKey, Measure), i64> {
    let entity = Entity::Conversation(conversation.clone());
    let contributions = ContributionBuilder::default().build(&entity, &Settings::default());
    let rows = contributions.rows().flat_map(|(row, amounts)| {
        amounts.iter().map(move |(measure, amount)| ((row.clone(), measure.clone()), *amount))
    });
    rows.filter(|((_, measure), _)| *measure != Measure::Repaired).collect()
}

/// The name of a metric, or of the kind of a session's event.
fn name(fact: &Fact) -> String {
    match &fact.kind {
        FactKind::Metric(fact) => fact.metric.to_string(),
        other => format!("{other:?}").split('(').next().unwrap().to_owned(),
    }
}

impl Capture {
    /// Each event of the feed, and the feed without it.
    fn losses(&self) -> impl Iterator<Item = (&Fact, Vec<Fact>)> {
        self.feed.iter().enumerate().map(|(position, lost)| {
            let mut received = self.feed.clone();
            received.remove(position);
            (lost, received)
        })
    }

    /// The names of the feed's metrics.
    fn metrics(&self) -> BTreeSet<String> {
        let metrics = self.feed.iter().filter(|fact| matches!(fact.kind, FactKind::Metric(_)));
        metrics.map(name).collect()
    }
}

#[test]
fn a_conversation_of_which_nothing_is_missing_has_no_gap_and_is_never_due() {
    let captures = captures();
    assert_eq!(captures.len(), 31);
    for Capture { case, feed, response } in captures {
        for facts in [feed.clone(), response.clone(), [feed, response].concat()] {
            let conversation = fold(&facts);
            assert_eq!(rules(&conversation), Vec::<&str>::new(), "{case}");
            assert!(!is_due(&conversation), "{case}");
        }
    }
}

#[test]
fn a_lost_event_that_makes_a_number_wrong_makes_the_conversation_due() {
    let mut without_trace = BTreeSet::new();
    for capture in captures() {
        let complete = numbers(&fold(&capture.feed));
        for (lost, received) in capture.losses() {
            let partial = fold(&received);
            if numbers(&partial) != complete && !is_due(&partial) {
                without_trace.insert((capture.case.clone(), name(lost)));
            }
        }
    }
    let listed = WITHOUT_TRACE.iter().flat_map(|(_, losses)| losses.iter());
    let listed = listed.map(|(case, name)| ((*case).to_owned(), (*name).to_owned()));
    assert_eq!(without_trace, listed.collect());
}

/// Of a lost metric that is derived just as Genesys computed it nobody knows that it is right: it is
/// read all the same.
#[test]
fn a_lost_event_that_changes_no_number_makes_no_conversation_due() {
    for capture in captures() {
        let complete = numbers(&fold(&capture.feed));
        for (lost, received) in capture.losses() {
            let partial = fold(&received);
            let is_metric = matches!(lost.kind, FactKind::Metric(_));
            if numbers(&partial) == complete && !(is_metric && is_derived(lost, &received)) {
                assert!(!is_due(&partial), "{} without {}", capture.case, name(lost));
            }
        }
    }
}

/// Whether the sessions of the other facts give the metric that was lost.
fn is_derived(lost: &Fact, received: &[Fact]) -> bool {
    let sessions = received.iter().filter(|fact| !matches!(fact.kind, FactKind::Metric(_)));
    let derived = numbers(&fold(sessions));
    derived.keys().any(|(_, measure)| match measure {
        Measure::Metric(metric, _) => metric.as_str() == name(lost),
        _ => false,
    })
}

#[test]
fn a_read_brings_back_what_was_lost_and_changes_no_other_number() {
    for capture in captures().into_iter().filter(|capture| !capture.response.is_empty()) {
        let complete = fold(capture.feed.iter().chain(&capture.response));
        let (before, after) = (numbers(&fold(&capture.feed)), numbers(&complete));
        // A metric of which the feed has no event at all is new with the response.
        let metrics = capture.metrics();
        let is_known = |measure: &Measure| match measure {
            Measure::Metric(metric, _) => metrics.contains(metric.as_str()),
            _ => true,
        };
        if !metrics.is_empty() {
            let of_feed = after.iter().filter(|((_, measure), _)| is_known(measure));
            let of_feed: BTreeMap<_, _> = of_feed.map(|(key, sum)| (key.clone(), *sum)).collect();
            assert_eq!(of_feed, before, "{}", capture.case);
        }
        for (lost, received) in capture.losses() {
            let read = fold(received.iter().chain(&capture.response));
            assert_eq!(numbers(&read), after, "{} without {}", capture.case, name(lost));
            assert!(!is_due(&read), "{} without {}", capture.case, name(lost));
        }
    }
}

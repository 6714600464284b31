//! Every field of every event is one that Genesys' schema of the topic has.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use headroom_simulator::{Assumptions, Faults, Feed, Line, Load, Options, Rules, run};
use serde_json::Value;
use std::collections::BTreeMap;
use std::convert::Infallible;

const SESSION: &str = "eventTime conversationId participantId sessionId mediaType provider \
    direction ani dnis addressTo addressFrom subject messageType conversationExternalContactIds \
    conversationExternalOrganizationIds utilizationLabel";
const CALLBACK: &str = "callbackUserName callbackNumbers callbackScheduledTime";
const VOICEMAIL: &str = "eventTime conversationId participantId sessionId mediaType provider \
    direction ani dnis queueId divisionId conversationExternalContactIds \
    conversationExternalOrganizationIds";

/// From the schemas of the topics: names that the simulator may use.
fn allowed(topic: &str) -> Vec<String> {
    let fields = match topic.rsplit_once("{id}.").unwrap().1 {
        "customer.start" => format!("{SESSION} {CALLBACK} divisionId"),
        "customer.end" => {
            format!("{SESSION} {CALLBACK} divisionId disconnectType interactingDurationMs")
        }
        "flow.start" => format!("{SESSION} divisionId flowType flowId flowVersion"),
        "flow.end" => format!(
            "{SESSION} divisionId flowType flowId flowVersion disconnectType connectedDurationMs \
             exitReason transferType"
        ),
        "acd.start" => format!(
            "{SESSION} {CALLBACK} divisionId queueId routingPriority requestedRoutingSkillIds \
             skillExpressionApplied"
        ),
        "acd.end" => format!(
            "{SESSION} {CALLBACK} divisionId queueId routingPriority disconnectType acdOutcome \
             answeredUserId requestedRoutings usedRouting connectedDurationMs flowType"
        ),
        "user.start" => format!("{SESSION} {CALLBACK} divisionId userId queueId"),
        "user.end" => format!(
            "{SESSION} {CALLBACK} divisionId userId queueId disconnectType interactingDurationMs \
             heldDurationMs alertingDurationMs contactingDurationMs dialingDurationMs \
             callbackDurationMs"
        ),
        "acw" => {
            format!("{SESSION} {CALLBACK} userId queueId wrapupCode wrapupNotes wrapupDurationMs")
        }
        "wrapup" => format!("{SESSION} {CALLBACK} queueId wrapupCode wrapupNotes wrapupDurationMs"),
        "attributes" => "eventTime conversationId participantId attributes communications \
             participantStartTime"
            .to_owned(),
        "voicemail.start" => VOICEMAIL.to_owned(),
        "voicemail.end" => format!("{VOICEMAIL} disconnectType voicemailDurationMs"),
        "metrics" => "metric metricDate value recordId conversationId sessionId mediaType \
             originatingDirection queueId userId purpose ani dnis addressFrom addressTo remote \
             provider participantName divisionIds firstQueue usedRouting requestedRoutings \
             wrapUpCode flowOutType"
            .to_owned(),
        "presence" => "source presenceDefinition primary message modifiedDate".to_owned(),
        "routingStatus" => "id routingStatus".to_owned(),
        "observations" => "group data".to_owned(),
        // Of an unknown topic no field is allowed.
        _ => String::new(),
    };
    fields.split_whitespace().map(str::to_owned).collect()
}

fn check(line: &Line, topics: &mut BTreeMap<String, usize>) {
    let event: Value = serde_json::from_slice(&line.bytes).unwrap();
    let mut keys: Vec<_> = event.as_object().unwrap().keys().map(String::as_str).collect();
    // Whether an object keeps the order of its text depends on who else is built with it.
    keys.sort_unstable();
    let expected = [
        "account",
        "detail",
        "detail-type",
        "id",
        "region",
        "resources",
        "source",
        "time",
        "version",
    ];
    assert_eq!(keys, expected);
    let topic = event["detail-type"].as_str().unwrap();
    let name = event["detail"]["topicName"].as_str().unwrap();
    let (before, after) = topic.split_once("{id}").unwrap();
    assert!(name.starts_with(before) && name.ends_with(after));
    let allowed = allowed(topic);
    for (key, value) in event["detail"]["eventBody"].as_object().unwrap() {
        assert!(allowed.contains(key), "{topic} has no {key}");
        let is_whole = value.is_i64() || value.is_u64();
        let wants_whole = key.ends_with("Ms") || key.ends_with("Time") || key == "value";
        assert_eq!(is_whole, wants_whole || key == "routingPriority", "{topic} {key} {value}");
        assert!(!value.is_null());
    }
    *topics.entry(topic.to_owned()).or_default() += 1;
}

#[test]
fn events_have_the_fields_of_their_schemas() {
    let options = Options {
        seed: 6,
        start: "2026-05-12T07:00:00Z".parse().unwrap(),
        load: Load::Conversations(2000),
        feed: Feed::Both,
        faults: Faults::default(),
        rules: Rules::default(),
        assumptions: Assumptions::default(),
        agents: false,
    };
    let mut topics = BTreeMap::new();
    let truth = run(&options, |line| {
        check(&line, &mut topics);
        Ok::<(), Infallible>(())
    });
    assert!(truth.is_ok());
    assert_eq!(topics.len(), 17, "{topics:?}");
}

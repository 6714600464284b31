//! What an answer says.

use crate::story::{READ_AT, answer, details, event, facts, id, ms, segment};
use headroom_genesys::details::ConversationDetails;
use headroom_genesys::{Parsed, RefusalCode, parse};
use headroom_kpi::Fact;
use headroom_kpi::facts::{FactKind, Outcome, Transfer};
use headroom_kpi::{EntityKey, Media, Millis};
use serde_json::{Value, json};

#[test]
fn what_no_number_depends_on_is_dropped_while_it_is_read() {
    let stored = serde_json::to_value(details(&answer())).unwrap();
    let text = stored.to_string();
    for personal in ["Jane", "317555", "conference", "originatingDirection"] {
        assert!(!text.contains(personal), "{personal}");
    }
    assert_eq!(stored["participants"][1]["sessions"][0]["answeredUserId"], "u");
    let again: ConversationDetails = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!(serde_json::to_value(&again).unwrap(), stored);
    assert_eq!(again.facts(), details(&answer()).facts());
}

#[test]
fn an_answer_says_what_events_would_have_said() {
    let facts = facts(&answer());
    let find = |is_match: fn(&FactKind) -> bool| facts.iter().find(|kind| is_match(kind)).unwrap();
    assert_eq!(facts[0], FactKind::Read(Millis(READ_AT)));
    assert_eq!(facts[1], FactKind::Closed(ms("14:06:00.100")));
    let FactKind::AcdStart(session, start) = find(|kind| matches!(kind, FactKind::AcdStart(..)))
    else {
        unreachable!()
    };
    assert_eq!((session, start.time), (&id("s2"), ms("14:02:42.015")));
    let FactKind::AcdEnd(_, end) = find(|kind| matches!(kind, FactKind::AcdEnd(..))) else {
        unreachable!()
    };
    assert_eq!((end.outcome, end.connected), (Some(Outcome::Answered), Some(Millis(43_465))));
    assert_eq!((end.time, end.answered_user.as_ref()), (ms("14:03:25.480"), Some(&id("u"))));
    let FactKind::UserStart(_, start) = find(|kind| matches!(kind, FactKind::UserStart(..))) else {
        unreachable!()
    };
    assert_eq!((start.time, start.work.outbound), (ms("14:03:15"), true));
    let FactKind::UserEnd(_, end) = find(|kind| matches!(kind, FactKind::UserEnd(..))) else {
        unreachable!()
    };
    assert_eq!((end.time, end.transfer), (ms("14:06:00"), Some(Transfer::Consult)));
    let durations = end.durations;
    let measured = [durations.alerting, durations.interacting, durations.hold].map(|item| item.0);
    assert_eq!(measured, [10_500, 154_500, 30_000]);
    let FactKind::Acw(_, acw) = find(|kind| matches!(kind, FactKind::Acw(..))) else {
        unreachable!()
    };
    assert_eq!((acw.time, acw.wrapup), (ms("14:06:20"), Some(Millis(20_000))));
    assert!(facts.contains(&FactKind::CustomerStart(id("s1"), ms("14:02:10"))));
    assert!(facts.contains(&FactKind::CustomerEnd(id("s1"), ms("14:06:00.100"))));
    assert_eq!(facts.len(), 2 + 2 + 2 + 2 + 1 + 7);
}

#[test]
fn a_metric_is_booked_on_queue_and_user_and_what_was_answered_on_who_did() {
    let of = |name: &str| {
        let facts = facts(&answer());
        let metric = facts.into_iter().find_map(|kind| match kind {
            FactKind::Metric(metric) if metric.metric.as_str() == name => Some(metric),
            _ => None,
        });
        let metric = metric.unwrap();
        assert_eq!((metric.queue, metric.media), (Some(id("q")), Media::new("voice")));
        metric.user.map(|user| user.to_string()).unwrap_or_default()
    };
    assert_eq!([of("nOffered"), of("tAcd"), of("nConnected")], ["", "", ""]);
    assert_eq!([of("tAnswered"), of("nOverSla"), of("tTalkComplete")], ["u", "u", "u"]);
}

#[test]
fn a_session_that_lasts_has_a_start_and_no_end() {
    let mut open = answer();
    for participant in open["participants"].as_array_mut().unwrap() {
        let segments = participant["sessions"][0]["segments"].as_array_mut().unwrap();
        segments[0].as_object_mut().unwrap().remove("segmentEnd");
    }
    open.as_object_mut().unwrap().remove("conversationEnd");
    let facts = facts(&open);
    let ends = |kind: &&FactKind| {
        matches!(
            kind,
            FactKind::AcdEnd(..)
                | FactKind::UserEnd(..)
                | FactKind::CustomerEnd(..)
                | FactKind::Closed(_)
        )
    };
    assert_eq!(facts.iter().find(ends), None);
    assert!(facts.iter().any(|kind| matches!(kind, FactKind::Acw(..))));
}

#[test]
fn only_wrap_up_is_no_work_and_without_it_there_is_no_after_call_work() {
    let session = "/participants/2/sessions/0/segments";
    let mut only = answer();
    *only.pointer_mut(session).unwrap() = json!([segment("wrapup", "14:06:00", "14:06:20")]);
    let facts_of = |answer: &Value| {
        let works =
            |kind: &FactKind| matches!(kind, FactKind::UserStart(..) | FactKind::UserEnd(..));
        let facts = facts(answer);
        let acw = facts.iter().any(|kind| matches!(kind, FactKind::Acw(..)));
        (facts.iter().any(works), acw)
    };
    assert_eq!(facts_of(&only), (false, true));
    let mut without = answer();
    without.pointer_mut(session).unwrap().as_array_mut().unwrap().pop();
    assert_eq!(facts_of(&without), (true, false));
}

/// Who answered, if agents began to talk at these times; each with a session, a queue and a media.
fn answered(agents: &[(&str, &str, &str, &str)]) -> Value {
    let mut answer = answer();
    let participants = answer["participants"].as_array_mut().unwrap();
    participants.truncate(2);
    for (session, began, queue, media) in agents {
        let mut talk = segment("interact", began, "14:10:00");
        talk["queueId"] = json!(queue);
        participants.push(json!({"purpose": "agent", "userId": format!("user of {session}"),
            "sessions": [{"sessionId": session, "mediaType": media, "segments": [talk]}]}));
    }
    let details = serde_json::to_value(details(&answer)).unwrap();
    details["participants"][1]["sessions"][0]["answeredUserId"].clone()
}

#[test]
fn who_answered_is_whose_talk_began_nearest_to_the_answer() {
    let voice = |session, began| (session, began, "q", "voice");
    assert_eq!(answered(&[]), Value::Null);
    assert_eq!(answered(&[voice("x", "14:03:35.481")]), Value::Null);
    assert_eq!(answered(&[voice("x", "14:03:35.480")]), "user of x");
    assert_eq!(answered(&[voice("x", "14:03:15.480")]), "user of x");
    assert_eq!(answered(&[voice("x", "14:03:26"), voice("y", "14:03:25")]), "user of y");
    // As near as each other: the smaller session.
    assert_eq!(answered(&[voice("y", "14:03:25.480"), voice("x", "14:03:25.480")]), "user of x");
    assert_eq!(answered(&[voice("y", "14:03:24.480"), voice("x", "14:03:26.480")]), "user of x");
    let elsewhere = [("x", "14:03:25.480", "p", "voice"), ("y", "14:03:25.480", "q", "chat")];
    assert_eq!(answered(&elsewhere), Value::Null);
}

#[test]
fn an_answer_that_is_booked_on_a_user_tells_who_ended_the_wait() {
    let mut answer = answer();
    let participants = answer["participants"].as_array_mut().unwrap();
    let metrics = participants[1]["sessions"][0]["metrics"].as_array_mut().unwrap();
    let booked = metrics.iter().position(|metric| metric["name"] == "tAnswered").unwrap();
    let booked = metrics.remove(booked);
    let user_of = |answer: &Value| {
        let details = serde_json::to_value(details(answer)).unwrap();
        details["participants"][1]["sessions"][0]["answeredUserId"].clone()
    };
    assert_eq!(user_of(&answer), Value::Null);
    let mut agent = answer["participants"].as_array_mut().unwrap().iter_mut();
    let agent = agent.rfind(|item| item["purpose"] == "agent").unwrap();
    agent["sessions"][0]["metrics"].as_array_mut().unwrap().push(booked);
    assert_eq!(user_of(&answer), "u");
    let facts = details(&answer).facts().unwrap().facts;
    let answered = facts.iter().any(|fact| match &fact.kind {
        FactKind::AcdEnd(_, end) => end.outcome == Some(Outcome::Answered),
        _ => false,
    });
    assert!(answered);
}

#[test]
fn an_event_gives_the_facts_of_its_conversation() {
    let Ok(Parsed::Facts(parsed)) =
        parse(&event(&serde_json::to_value(details(&answer())).unwrap()))
    else {
        unreachable!()
    };
    assert!(parsed.iter().all(|(key, _)| *key == EntityKey::Conversation(id("c"))));
    let facts_of_event: Vec<Fact> = parsed.into_iter().map(|(_, fact)| fact).collect();
    assert_eq!(facts_of_event, details(&answer()).facts().unwrap().facts);
    let ahead = json!({"conversationId": "c", "readAt": READ_AT + 3 * 86_400_000});
    assert_eq!(parse(&event(&ahead)).unwrap_err().code, RefusalCode::BadTime);
    assert_eq!(parse(&event(&json!({}))).unwrap_err().code, RefusalCode::MissingId);
    assert_eq!(parse(&event(&json!([1]))).unwrap_err().code, RefusalCode::MissingId);
}

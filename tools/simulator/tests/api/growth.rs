//! An answer has what has happened, and nothing later.

use super::*;

/// Every time in an answer, wherever it stands.
fn times<'a>(value: &'a Value, found: &mut Vec<(&'a str, i64)>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let is_time = ["Start", "End", "emitDate"].iter().any(|end| key.ends_with(end));
                match value.as_str().filter(|_| is_time) {
                    Some(time) => found.push((key, ms(time))),
                    None => times(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| times(value, found)),
        _ => {}
    }
}

/// Whether everything of the first is in the second, which may have more.
fn grows(earlier: &Value, later: &Value) -> bool {
    match (earlier, later) {
        (Value::Object(earlier), Value::Object(later)) => {
            earlier.iter().all(|(key, value)| later.get(key).is_some_and(|it| grows(value, it)))
        }
        (Value::Array(earlier), Value::Array(later)) => {
            earlier.iter().all(|value| later.iter().any(|it| grows(value, it)))
        }
        _ => earlier == later,
    }
}

#[test]
fn answers_only_grow_and_have_nothing_of_the_future() {
    for seed in 0..3 {
        let ran = ran(&options(seed, 60));
        let ids = ran.archive.conversations();
        let (start, end) = (ms(START), ran.archive.end_ms().unwrap());
        let mut before = Vec::new();
        for at in (start..=end).step_by(97_003).chain([end]) {
            let now = Client::at(&ran.archive, at).conversations(&ids);
            let mut found = Vec::new();
            for conversation in &now {
                times(conversation, &mut found);
            }
            let late = found.iter().find(|(_, time)| *time > at);
            assert_eq!(late, None, "seed {seed} at {at}");
            for (earlier, later) in before.iter().zip(&now) {
                assert!(grows(earlier, later), "seed {seed} at {at}: {earlier} and {later}");
            }
            assert!(before.len() <= now.len());
            before = now;
        }
        assert_eq!(before.len(), ids.len());
        assert!(before.iter().all(|it| text(it, "conversationEnd").is_some()));
    }
}

/// Whoever asks while the run goes on gets the answer that would be given of that time later.
#[test]
fn an_answer_in_mid_run_is_the_answer_of_then() {
    let load = Load::Rate { per_second: 0.5, duration_seconds: 1800.0 };
    for seed in 0..3 {
        let (options, archive) = (Options { load, ..options(seed, 0) }, Archive::new());
        let (mut count, mut answers) = (0, Vec::new());
        let truth = run_recorded(&options, &archive, |line| {
            count += 1;
            if count % 149 == 0 {
                // What is due at the same time as a line may come after it.
                let at = line.due_ms - 1;
                let ids = archive.conversations();
                answers.push((at, Client::at(&archive, at).conversations(&ids), ids));
            }
            Ok::<_, Infallible>(())
        });
        assert!(truth.is_ok() && answers.len() > 10);
        for (at, answer, ids) in answers {
            let again = Client::at(&archive, at).conversations(&ids);
            for (then, later) in answer.iter().zip(&again) {
                assert_eq!(then, later, "seed {seed} at {at}");
            }
            assert_eq!(answer.len(), again.len());
        }
    }
}

#[test]
fn a_conversation_ends_before_after_call_work_is_done() {
    let ran = ran(&options(4, 200));
    let all = Client::of(&ran.archive).conversations(&ran.archive.conversations());
    let mut wrapped_up = 0;
    for conversation in &all {
        let end = ms(text(conversation, "conversationEnd").unwrap());
        let mut last = 0;
        for segment in sessions(conversation).flat_map(|(_, session)| each(session, "segments")) {
            let time = ms(text(segment, "segmentEnd").unwrap());
            match text(segment, "segmentType") {
                Some("wrapup") => wrapped_up += usize::from(time > end),
                _ => last = last.max(time),
            }
        }
        assert_eq!(last, end);
    }
    assert!(wrapped_up > 50);
}

#[test]
fn a_live_run_forgets_what_is_long_over() {
    let ran = ran(&options(5, 100));
    let (all, end) = (ran.archive.conversations(), ran.archive.end_ms().unwrap());
    let middle = ms(START) + (end - ms(START)) / 8;
    ran.archive.forget_ended_before(middle);
    let left = ran.archive.conversations();
    assert!(!left.is_empty() && left.len() < all.len());
    assert_eq!(Client::of(&ran.archive).conversations(&all).len(), left.len());
}

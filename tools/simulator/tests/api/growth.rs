//! An answer has what has happened, and nothing later.

use super::*;

/// Every time in an answer, wherever it stands.
fn times<'a>(value: &'a Value, entries: &mut Vec<(&'a str, i64)>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let is_time = ["Start", "End", "emitDate"].iter().any(|end| key.ends_with(end));
                match value.as_str().filter(|_| is_time) {
                    Some(time) => entries.push((key, ms(time))),
                    None => times(value, entries),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| times(value, entries)),
        _ => {}
    }
}

/// Whether everything of the first is in the second, which may have more.
fn grows(earlier: &Value, later: &Value) -> bool {
    match (earlier, later) {
        (Value::Object(earlier), Value::Object(later)) => earlier.iter().all(|(key, value)| {
            later.get(key).is_some_and(|later_value| grows(value, later_value))
        }),
        (Value::Array(earlier), Value::Array(later)) => {
            earlier.iter().all(|value| later.iter().any(|later_value| grows(value, later_value)))
        }
        _ => earlier == later,
    }
}

#[test]
fn answers_only_grow_and_have_nothing_of_the_future() {
    for seed in 0..3 {
        let run = simulate(&options(seed, 60));
        let ids = run.archive.conversations();
        let (start, end) = (ms(START), run.archive.end_ms().unwrap());
        let mut before = Vec::new();
        for at in (start..=end).step_by(97_003).chain([end]) {
            let now = Client::as_of(&run.archive, at).conversations(&ids);
            let mut entries = Vec::new();
            for conversation in &now {
                times(conversation, &mut entries);
            }
            let late = entries.iter().find(|(_, time)| *time > at);
            assert_eq!(late, None, "seed {seed} at {at}");
            for (earlier, later) in before.iter().zip(&now) {
                assert!(grows(earlier, later), "seed {seed} at {at}: {earlier} and {later}");
            }
            assert!(before.len() <= now.len());
            before = now;
        }
        assert_eq!(before.len(), ids.len());
        assert!(before.iter().all(|conversation| text(conversation, "conversationEnd").is_some()));
    }
}

/// Whoever asks while the run goes on gets the answer that would be given of that time later.
#[test]
fn an_answer_in_mid_run_is_the_answer_of_then() {
    let load = Load::Rate { per_second: 0.5, duration_seconds: 1800.0 };
    for seed in 0..3 {
        let (options, archive) = (Options { load, ..options(seed, 0) }, Archive::new());
        let (mut count, mut responses) = (0, Vec::new());
        let truth = run_recorded(&options, &archive, |line| {
            count += 1;
            if count % 149 == 0 {
                // What is due at the same time as a line may come after it.
                let at = line.due_ms - 1;
                let ids = archive.conversations();
                responses.push((at, Client::as_of(&archive, at).conversations(&ids), ids));
            }
            Ok::<_, Infallible>(())
        });
        assert!(truth.is_ok() && responses.len() > 10);
        for (at, response, ids) in responses {
            let again = Client::as_of(&archive, at).conversations(&ids);
            for (then, later) in response.iter().zip(&again) {
                assert_eq!(then, later, "seed {seed} at {at}");
            }
            assert_eq!(response.len(), again.len());
        }
    }
}

#[test]
fn a_conversation_ends_before_after_call_work_is_done() {
    let run = simulate(&options(4, 200));
    let conversations = Client::at_end(&run.archive).conversations(&run.archive.conversations());
    let mut wrapped_up = 0;
    for conversation in &conversations {
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
    let run = simulate(&options(5, 100));
    let ids = run.archive.conversations();
    run.archive.forget_ended_before(ms(START) + 1_800_000);
    let remaining = run.archive.conversations();
    assert!(!remaining.is_empty() && remaining.len() < ids.len());
    assert_eq!(Client::at_end(&run.archive).conversations(&ids).len(), remaining.len());
}

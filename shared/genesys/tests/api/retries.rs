//! What is tried again, and what is not.

use crate::script::{Script, Step, broken, good, in_an_hour, now, status};
use headroom_genesys::api::{ApiErrorInfo, AttemptError, CallError, Response, TransportError};
use headroom_genesys::budget::{Denied, Purpose};
use headroom_kpi::Millis;
use std::time::Duration;

/// What a call of these answers comes to, and how often the API was asked.
async fn call(answers: Vec<Step>) -> (Result<(), CallError>, usize, Script) {
    let script = Script::new(answers);
    let client = script.client();
    let result = client.with_deadline(in_an_hour()).queues(1).await.map(|_| ());
    let request_count = script.counts().0;
    (result, request_count, script)
}

/// Everything that may be different next time.
fn transient() -> Vec<Step> {
    let late = now(Err(TransportError::TimedOut));
    let cut_off = status(200, r#"{"entities":[{"id":"q"#);
    let other = status(200, "<html>");
    let without = status(200, r#"{"pageCount":1}"#);
    let faults = [status(502, ""), status(503, "{}"), status(504, ""), broken(), late];
    faults.into_iter().chain([cut_off, other, without]).collect()
}

#[tokio::test(start_paused = true)]
async fn what_works_is_asked_once() {
    let (result, request_count, script) = call(vec![good()]).await;
    assert_eq!((result, request_count), (Ok(()), 1));
    assert_eq!(script.state().acquired, [Purpose::Token, Purpose::Catalog]);
}

#[tokio::test(start_paused = true)]
async fn what_may_be_different_next_time_is_tried_again() {
    for fault in transient() {
        let (result, request_count, script) = call(vec![fault.clone(), good()]).await;
        assert_eq!((result, request_count), (Ok(()), 2), "{fault:?}");
        assert_eq!(script.state().acquired.len(), 3, "each attempt has a permit of its own");
    }
}

#[tokio::test(start_paused = true)]
async fn four_attempts_are_all_with_pauses_that_grow() {
    for fault in transient() {
        let (result, request_count, script) = call(vec![fault.clone(); 4]).await;
        assert_eq!(request_count, 4, "{fault:?}");
        let times = script.state().sent_at.clone();
        // The first request is the one for a token.
        let pauses = times[1..].windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>();
        assert_eq!(pauses, [1, 2, 4].map(Duration::from_secs));
        let late = match &fault.1 {
            Ok(response) => response.status == 504,
            Err(error) => *error == TransportError::TimedOut,
        };
        let timed_out = result == Err(CallError::TimedOut);
        assert!(matches!(result, Err(CallError::Failed(_) | CallError::TimedOut)));
        assert_eq!(timed_out, late, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn of_500_there_are_two_at_most() {
    let (result, request_count, _) = call(vec![status(500, ""), good()]).await;
    assert_eq!((result, request_count), (Ok(()), 2));
    let (result, request_count, _) =
        call(vec![status(500, ""), status(502, ""), status(500, "")]).await;
    assert!(
        matches!(result, Err(CallError::Failed(AttemptError::Rejected(error_info))) if error_info.status == 500)
    );
    assert_eq!(request_count, 3);
}

#[tokio::test(start_paused = true)]
async fn what_would_be_the_same_is_not_tried_again() {
    for code in [301, 304, 400, 403, 404, 408, 409, 413, 414, 415, 501, 505] {
        let body = r#"{"message":"about Jane","code":"some.code","contextId":"abc-1"}"#;
        let (result, request_count, _) = call(vec![status(code, body)]).await;
        let expected = match code {
            400 | 413 | 414 => CallError::RequestTooLarge(AttemptError::Rejected(error_info(code))),
            403 => CallError::NotAllowed(error_info(code)),
            _ => CallError::Failed(AttemptError::Rejected(error_info(code))),
        };
        assert_eq!((result, request_count), (Err(expected), 1));
    }
    assert_eq!(error_info(409).to_string(), "409 some.code (context abc-1)");
}

fn error_info(status: u16) -> ApiErrorInfo {
    let [code, context] = ["some.code", "abc-1"].map(|word| Some(word.to_owned()));
    ApiErrorInfo { status, code, context }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_cannot_be_trusted_is_not_tried_again() {
    let untrusted = TransportError::Untrusted("bad certificate".to_owned());
    let (result, request_count, _) = call(vec![now(Err(untrusted.clone()))]).await;
    assert_eq!((result, request_count), (Err(CallError::Failed(untrusted.into())), 1));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_too_large_is_asked_for_in_parts() {
    let (result, request_count, _) = call(vec![now(Err(TransportError::TooLarge))]).await;
    assert_eq!(
        (result, request_count),
        (Err(CallError::RequestTooLarge(TransportError::TooLarge.into())), 1)
    );
}

/// The wait of a 429, in whole seconds: what the budget got to know, and what the caller did.
async fn wait(before: Vec<Step>, response: Response) -> i64 {
    let attempts = before.len() + 1;
    let (result, request_count, script) =
        call(before.into_iter().chain([now(Ok(response))]).collect()).await;
    assert_eq!(request_count, attempts);
    let Err(CallError::Throttled { until }) = result else { panic!("{result:?}") };
    let state = script.state();
    let info = state.rate_limits.last().unwrap();
    assert_eq!(info.status, 429);
    // Two readings of a clock.
    let blocked_until = info.blocked_until().unwrap();
    assert!(blocked_until.distance(until) < Millis(60_000));
    (blocked_until - info.at).seconds()
}

#[tokio::test(start_paused = true)]
async fn too_many_requests_are_for_the_ledger_to_wait() {
    let body =
        br#"{"message":"Rate limit exceeded the maximum. Retry the request in [17] seconds"}"#;
    let in_body = Response { status: 429, body: body.to_vec(), ..Response::default() };
    let header = Response { retry_after: Some(42), ..in_body.clone() };
    let nothing = Response { status: 429, ..Response::default() };
    // Two seconds are for clocks that differ.
    assert_eq!(wait(vec![], header.clone()).await, 44);
    assert_eq!(wait(vec![], in_body).await, 19);
    assert_eq!(wait(vec![], nothing).await, 62);
    assert_eq!(wait(vec![broken(), status(503, "")], header).await, 44);
}

#[tokio::test(start_paused = true)]
async fn what_each_answer_allows_is_told_to_the_budget() {
    let allowed = |status| Response { status, allowed: Some(180), ..Response::default() };
    let fault = Response { retry_after: Some(9), ..allowed(503) };
    let (_, _, script) = call(vec![now(Ok(fault)), broken(), now(Ok(allowed(404)))]).await;
    let state = script.state();
    let rate_limits: Vec<_> = state
        .rate_limits
        .iter()
        .map(|info| (info.status, info.allowed, info.retry_after))
        .collect();
    assert_eq!(rate_limits, [(200, None, None), (503, Some(180), None), (404, Some(180), None)]);
}

#[tokio::test(start_paused = true)]
async fn nothing_goes_out_that_the_budget_denies() {
    let until = Denied::RateLimited(Millis(7));
    let permit = (Duration::ZERO, Ok(()));
    for (granted, sent) in [(0, (0, 0)), (1, (0, 1)), (2, (1, 1)), (3, (2, 1))] {
        let denied = (Duration::ZERO, Err(until.clone()));
        let permits = std::iter::repeat_n(permit.clone(), granted).chain([denied]);
        let script = Script::new([broken(), broken()]).permits(permits);
        let result = script.client().with_deadline(in_an_hour()).queues(1).await;
        assert_eq!(result, Err(CallError::Denied(until.clone())));
        assert_eq!(script.counts(), sent, "after {granted} permits");
    }
}

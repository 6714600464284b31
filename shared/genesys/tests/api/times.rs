//! Deadlines, and permits that came too late.

use crate::script::{Script, good, in_an_hour, status};
use headroom_genesys::api::CallError;
use headroom_genesys::budget::Denied;
use std::time::Duration;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_permit_that_comes_too_late_is_not_used() {
    let late = (Duration::from_millis(2_001), Ok(()));
    let in_time = (2 * SECOND, Ok(()));
    let script = Script::new([good()]).permits([late.clone(), late.clone(), in_time]);
    script.client().with_deadline(in_an_hour()).queues(1).await.unwrap();
    assert_eq!(script.state().acquired.len(), 4);
    assert_eq!(script.counts(), (1, 1));

    let script = Script::default().permits([late.clone(), late.clone(), late]);
    let result = script.client().with_deadline(in_an_hour()).queues(1).await;
    assert!(matches!(result, Err(CallError::Denied(Denied::Unavailable(_)))));
    assert_eq!(script.counts(), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_begun_when_the_deadline_is_near() {
    let script = Script::default();
    let deadline = Instant::now() + Duration::from_millis(999);
    let result = script.client().with_deadline(deadline).queues(1).await;
    assert_eq!(result, Err(CallError::DeadlineExceeded));
    assert!(script.state().acquired.is_empty(), "not even a permit is spent");
}

/// What a call comes to that has some seconds, and how many it took.
async fn within(seconds: u32, script: &Script) -> (CallError, u64) {
    let start = Instant::now();
    let client = script.client();
    let result = client.with_deadline(start + seconds * SECOND).queues(1).await;
    assert!(start.elapsed() <= seconds * SECOND, "{:?}", start.elapsed());
    (result.unwrap_err(), start.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn no_attempt_is_waited_for_that_has_no_time() {
    // A pause of up to 1 s, an attempt, one of up to 2 s, and then one of up to 4 s would come.
    let script = Script::new(vec![status(502, ""); 4]);
    assert_eq!(within(7, &script).await, (CallError::DeadlineExceeded, 3));
    assert_eq!(script.counts().0, 3);
    // Then narrowing helps, whatever the reason there is no time for more.
    let script = Script::new([status(502, ""), status(504, "")]);
    assert_eq!(within(3, &script).await, (CallError::TimedOut, 1));
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_waited_for_until_the_deadline() {
    let script = Script::new([(Duration::from_hours(1), good().1)]);
    assert_eq!(within(7, &script).await, (CallError::DeadlineExceeded, 7));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_takes_long_each_time_is_to_be_narrowed() {
    let never = (Duration::from_hours(1), good().1);
    let script = Script::new(vec![never; 4]);
    assert_eq!(within(3600, &script).await, (CallError::TimedOut, 4 * 30 + 7));
}

#[tokio::test(start_paused = true)]
async fn the_ledger_and_other_callers_are_waited_for_until_the_deadline() {
    let script = Script::default().permits([(Duration::from_hours(1), Ok(()))]);
    assert_eq!(within(7, &script).await, (CallError::DeadlineExceeded, 7));

    let script = Script::new([good()]).logins([(20 * SECOND, broken_login())]);
    let client = script.client();
    let patient = client.with_deadline(in_an_hour());
    let hasty = client.with_deadline(Instant::now() + 5 * SECOND);
    let (patient, hasty) = tokio::join!(patient.queues(1), hasty.queues(1));
    assert_eq!(hasty, Err(CallError::DeadlineExceeded));
    assert!(patient.is_ok());
}

fn broken_login() -> Result<headroom_genesys::api::Response, headroom_genesys::api::TransportError>
{
    status(503, "").1
}

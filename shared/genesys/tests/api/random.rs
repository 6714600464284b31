//! Random scripts: nothing is sent without a permit, past the deadline, or without end.

use crate::script::{Script, Step, broken, good, now, status};
use fastrand::Rng;
use headroom_genesys::api::{CallError, Response, TransportError};
use headroom_genesys::budget::Denied;
use headroom_kpi::Millis;
use std::time::Duration;
use tokio::time::Instant;

const SCRIPTS: u64 = 300;

fn step(rng: &mut Rng) -> Step {
    let statuses = [200, 302, 400, 401, 401, 401, 403, 404, 429, 500, 500, 501, 502, 503, 504];
    let answer = match rng.u8(0..10) {
        0..3 => good(),
        3 => broken(),
        4 => now(Err(TransportError::TimedOut)),
        5 => now(Err([TransportError::TooLarge, TransportError::Untrusted(String::new())]
            [rng.usize(0..2)]
        .clone())),
        6 => status(200, r#"{"access_token":"another","expires_in":1}"#),
        _ => now(Ok(Response {
            status: statuses[rng.usize(0..statuses.len())],
            retry_after: rng.bool().then(|| rng.u64(..)),
            allowed: rng.bool().then(|| rng.u32(..)),
            ..Response::default()
        })),
    };
    let slow = if rng.u8(0..8) == 0 { rng.u64(0..60_000) } else { rng.u64(0..500) };
    (Duration::from_millis(slow), answer.1)
}

fn permit(rng: &mut Rng) -> (Duration, Result<(), Denied>) {
    let after = if rng.u8(0..8) == 0 { rng.u64(0..4_000) } else { rng.u64(0..200) };
    let denied = rng.u8(0..20) == 0;
    let answer = if denied { Err(Denied::RateLimited(Millis(rng.i64(..)))) } else { Ok(()) };
    (Duration::from_millis(after), answer)
}

/// The transport of the script asserts a fresh permit for each request.
#[tokio::test(start_paused = true)]
async fn every_request_has_a_permit_and_every_call_ends() {
    let (mut sent, mut good) = (0, 0);
    for seed in 0..SCRIPTS {
        let mut rng = Rng::with_seed(seed);
        let script = Script::new((0..100).map(|_| step(&mut rng)).collect::<Vec<_>>())
            .logins((0..rng.usize(0..5)).map(|_| step(&mut rng)).collect::<Vec<_>>())
            .permits((0..100).map(|_| permit(&mut rng)).collect::<Vec<_>>());
        let client = script.client();
        for _ in 0..3 {
            let (start, before) = (Instant::now(), script.counts());
            let limit = Duration::from_millis(rng.u64(0..120_000));
            let result = client.with_deadline(start + limit).queues(1).await;
            let took = start.elapsed();
            assert!(took <= limit.max(Duration::from_millis(1)), "seed {seed}: {took:?}");
            let after = script.counts();
            assert!(after.0 - before.0 <= 5 && after.1 - before.1 <= 8, "seed {seed}: {after:?}");
            good += usize::from(result.is_ok());
            let throttled = matches!(result, Err(CallError::Throttled { .. }));
            let state = script.state();
            let is_throttled = state.rate_limits.last().is_some_and(|info| info.status == 429);
            assert!(!throttled || is_throttled, "seed {seed}");
            assert!(state.sent.len() <= state.acquired.len(), "seed {seed}");
        }
        sent += script.state().sent.len();
    }
    // They are no scripts in which nothing happens.
    assert!(sent > 1000 && good > 100, "{sent} sent, {good} good");
}

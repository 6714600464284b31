//! Access tokens.

use crate::script::{Script, Step, broken, good, in_an_hour, now, status};
use headroom_genesys::api::{CallError, Host, Response};
use std::time::Duration;

fn login(body: &str) -> Step {
    status(200, body)
}

/// The tokens that the API was asked with.
fn bearers(script: &Script) -> Vec<String> {
    let state = script.state();
    let api = state.sent.iter().filter(|request| request.host == Host::Api);
    api.map(|request| request.authorization.clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_token_is_asked_for_with_the_credentials() {
    let script = Script::new([good()]);
    script.client().with_deadline(in_an_hour()).queues(1).await.unwrap();
    let sent = script.state().sent[0].clone();
    assert_eq!((sent.host, sent.method(), &*sent.path), (Host::Login, "POST", "/oauth/token"));
    // the-client-id:the-client-secret
    assert_eq!(sent.authorization, "Basic dGhlLWNsaWVudC1pZDp0aGUtY2xpZW50LXNlY3JldA==");
    assert_eq!(sent.content_type(), "application/x-www-form-urlencoded");
    assert_eq!(sent.body.unwrap(), b"grant_type=client_credentials");
    assert_eq!(bearers(&script), ["Bearer the-access-token-1"]);
}

#[tokio::test(start_paused = true)]
async fn all_callers_share_one_token() {
    let script = Script::new(vec![good(); 12]);
    let script = script.logins([(Duration::from_secs(1), login(r#"{"access_token":"t"}"#).1)]);
    let client = script.client();
    let calls = client.with_deadline(in_an_hour());
    let (a, b, c) = tokio::join!(calls.queues(1), calls.queues(3), calls.queues(2));
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    // The next invocation has it, too.
    client.with_deadline(in_an_hour()).queues(1).await.unwrap();
    assert_eq!(script.counts(), (4, 1));
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_a_minute_before_it_ends() {
    let script = Script::new(vec![good(); 3]);
    let client = script.client();
    for (after_s, logins) in [(0, 1), (3_539, 1), (1, 2)] {
        tokio::time::advance(Duration::from_secs(after_s)).await;
        client.with_deadline(in_an_hour()).queues(1).await.unwrap();
        assert_eq!(script.counts().1, logins);
    }
}

#[tokio::test(start_paused = true)]
async fn a_short_life_is_used_by_half_and_an_unknown_one_until_it_is_refused() {
    for (lifetime, good_for_s) in
        [(r#","expires_in":60"#, 29), ("", 1_000_000), (r#","expires_in":1e300"#, 172_000)]
    {
        let script = Script::new(vec![good(); 2]);
        let script = script.logins([login(&format!(r#"{{"access_token":"t"{lifetime}}}"#))]);
        let client = script.client();
        client.with_deadline(in_an_hour()).queues(1).await.unwrap();
        tokio::time::advance(Duration::from_secs(good_for_s)).await;
        client.with_deadline(in_an_hour()).queues(1).await.unwrap();
        assert_eq!(script.counts(), (2, 1), "{lifetime}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_replaced_once() {
    let script = Script::new([status(401, ""), good(), good()]);
    let client = script.client();
    client.with_deadline(in_an_hour()).queues(1).await.unwrap();
    client.with_deadline(in_an_hour()).queues(1).await.unwrap();
    let [first, second] = ["Bearer the-access-token-1", "Bearer the-access-token-2"];
    assert_eq!(bearers(&script), [first, second, second]);

    let script = Script::new([status(401, ""), status(401, "")]);
    let result = script.client().with_deadline(in_an_hour()).queues(1).await;
    assert!(matches!(result, Err(CallError::NotAllowed(info)) if info.status == 401));
    assert_eq!(script.counts(), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_token_that_ends_between_attempts_costs_none_of_them() {
    let script = Script::new([broken(), broken(), broken(), status(401, ""), good()]);
    script.client().with_deadline(in_an_hour()).queues(1).await.unwrap();
    assert_eq!(script.counts(), (5, 2));
    // But there are not four more.
    let script = Script::new([broken(), broken(), broken(), status(401, ""), broken()]);
    let result = script.client().with_deadline(in_an_hour()).queues(1).await;
    assert!(matches!(result, Err(CallError::Failed(_))));
    assert_eq!(script.counts(), (5, 2));
}

#[tokio::test(start_paused = true)]
async fn callers_whose_token_is_refused_together_get_one_new_one() {
    let refused = (Duration::from_secs(1), status(401, "").1);
    let script = Script::new([refused.clone(), refused.clone(), refused, good(), good(), good()]);
    let client = script.client();
    let calls = client.with_deadline(in_an_hour());
    let (a, b, c) = tokio::join!(calls.queues(1), calls.queues(1), calls.queues(1));
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert_eq!(script.counts(), (6, 2));
}

#[tokio::test(start_paused = true)]
async fn without_a_token_nothing_else_is_asked() {
    for code in [400, 401, 403, 404] {
        let refused = status(code, r#"{"error":"invalid_client","description":"Jane"}"#);
        let script = Script::default().logins([refused]);
        let result = script.client().with_deadline(in_an_hour()).queues(1).await;
        let Err(CallError::NotAllowed(info)) = result else { panic!("{result:?}") };
        assert_eq!(info.to_string(), format!("{code} invalid_client"));
        assert_eq!(script.counts(), (0, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_is_tried_again_like_everything() {
    let garbled = [
        r#"{"access_token":"the-access-t"#,
        r#"{"access_token":""}"#,
        r#"{"access_token":"a\r\nHost: elsewhere"}"#,
        r#"{"token":"t"}"#,
    ];
    let faults = garbled.map(login).into_iter().chain([status(503, ""), broken()]);
    for fault in faults {
        let script = Script::new([good()]).logins([fault.clone()]);
        script.client().with_deadline(in_an_hour()).queues(1).await.unwrap();
        assert_eq!(script.counts(), (1, 2));
        let script = Script::default().logins(vec![fault; 4]);
        let result = script.client().with_deadline(in_an_hour()).queues(1).await;
        assert!(matches!(result, Err(CallError::Failed(_))));
        assert_eq!(script.counts(), (0, 4));
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_says_nothing_about_what_the_token_may_have_but_blocks_like_all() {
    let limited = Response { status: 429, allowed: Some(1), ..Response::default() };
    let script = Script::default().logins([now(Ok(limited))]);
    let result = script.client().with_deadline(in_an_hour()).queues(1).await;
    assert!(matches!(result, Err(CallError::Throttled { .. })));
    let state = script.state();
    assert_eq!((state.rate_limits[0].status, state.rate_limits[0].allowed), (429, None));
}

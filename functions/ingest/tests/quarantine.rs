//! The quarantine queue, by what SQS answers.

#![allow(clippy::unwrap_used)]

use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::{Client, Config};
use aws_smithy_http_client::test_util::infallible_client_fn;
use headroom_genesys::RefusalCode;
use headroom_ingest::{Quarantine, QuarantineQueue, Refused};
use std::collections::HashSet;

fn queue(status: u16, answer: &'static str) -> QuarantineQueue {
    let http = infallible_client_fn(move |request| {
        let body = String::from_utf8(request.body().bytes().unwrap().to_vec()).unwrap();
        assert!(body.contains(r#""StringValue":"not_json""#), "{body}");
        assert!(body.contains(r#""MessageBody":"{ event 0""#), "{body}");
        http::Response::builder().status(status).body(answer).unwrap()
    });
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .http_client(http)
        .region(Region::new("us-east-1"))
        .retry_config(aws_sdk_sqs::config::retry::RetryConfig::disabled());
    QuarantineQueue::new(Client::from_conf(config.build()), "https://queue.invalid/q".into())
}

async fn lost(status: u16, answer: &'static str) -> HashSet<usize> {
    let refused = |place| Refused {
        index: place,
        event: format!("{{ event {place}"),
        refusal: RefusalCode::NotJson.because("no"),
    };
    queue(status, answer).keep(&[refused(0), refused(7)]).await
}

#[tokio::test]
async fn what_sqs_takes_is_kept() {
    let answer = r#"{"Successful":[{"Id":"0","MessageId":"a","MD5OfMessageBody":"x"},
        {"Id":"7","MessageId":"b","MD5OfMessageBody":"y"}]}"#;
    assert_eq!(lost(200, answer).await, HashSet::new());
}

#[tokio::test]
async fn what_sqs_refuses_is_told_by_its_place() {
    let answer = r#"{"Successful":[],"Failed":[{"Id":"7","SenderFault":true,"Code":"Too"}]}"#;
    assert_eq!(lost(200, answer).await, HashSet::from([7]));
}

#[tokio::test]
async fn without_an_answer_nothing_is_kept() {
    for (status, answer) in [(500, ""), (403, r#"{"__type":"AccessDenied"}"#), (200, "{")] {
        assert_eq!(lost(status, answer).await, HashSet::from([0, 7]), "{status}");
    }
}

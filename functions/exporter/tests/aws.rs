//! The adapter against DynamoDB and S3 as they speak over HTTP: what is sent, and what each answer means.

#![allow(clippy::unwrap_used)]

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use headroom_engine::StoreError;
use headroom_exporter::export::{Export, Route, Table, Window};
use headroom_exporter::plan::Recoverable;
use headroom_exporter::{AwsExports, Exports, Hour, Progress, RequestError, TableState};
use headroom_kpi::Millis;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

const FROM: Hour = Hour(494_520);
const TABLE_ARN: &str = "arn:aws:dynamodb:us-east-1:123456789012:table/rows";
const EXPORT_ARN: &str = "arn:aws:dynamodb:us-east-1:123456789012:table/rows/export/01-a";
const TABLE_ID: &str = "12345678-1234-4123-8123-123456789012";

/// A request as it was sent: the operation or the path, and the body.
type Sent = (String, String);

/// Answers requests one after the other as planned, and keeps them.
#[derive(Clone, Debug, Default)]
struct Service {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    requests: Arc<Mutex<Vec<Sent>>>,
}

#[derive(Clone, Debug)]
enum Answer {
    Response(u16, Value),
    TooLate,
    ConnectionLost,
}

impl Service {
    fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers = answers.into_iter().collect();
        Self { answers: Arc::new(Mutex::new(answers)), ..Self::default() }
    }

    fn exports(&self, key_arn: Option<&str>) -> AwsExports {
        let credentials = Credentials::new("test", "test", None, None, "test");
        let dynamo = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(credentials.clone())
            .http_client(self.clone())
            .region(Region::new("us-east-1"))
            // As in the function: an export is requested once all the same.
            .retry_config(RetryConfig::standard().with_max_attempts(3));
        let s3 = aws_sdk_s3::Config::builder()
            .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
            .credentials_provider(credentials)
            .http_client(self.clone())
            .region(aws_sdk_s3::config::Region::new("us-east-1"))
            .retry_config(RetryConfig::disabled());
        let dynamo = aws_sdk_dynamodb::Client::from_conf(dynamo.build());
        let s3 = aws_sdk_s3::Client::from_conf(s3.build());
        AwsExports::new(dynamo, s3, "exports", key_arn.map(str::to_owned))
    }

    fn requests(&self) -> Vec<Sent> {
        self.requests.lock().unwrap().clone()
    }

    /// The body of the only request.
    fn body(&self) -> Value {
        let requests = self.requests();
        assert_eq!(requests.len(), 1);
        serde_json::from_str(&requests[0].1).unwrap()
    }
}

impl HttpClient for Service {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Service {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target");
        let name = target.map_or_else(|| request.uri().to_owned(), str::to_owned);
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        self.requests.lock().unwrap().push((name, body));
        let answer = self.answers.lock().unwrap().pop_front().unwrap();
        HttpConnectorFuture::ready(match answer {
            Answer::Response(status, body) => Ok(HttpResponse::new(
                StatusCode::try_from(status).unwrap(),
                body.to_string().into(),
            )),
            Answer::TooLate => Err(ConnectorError::timeout("too late".into())),
            Answer::ConnectionLost => Err(ConnectorError::io("reset".into())),
        })
    }
}

fn refused(status: u16, code: &str) -> Answer {
    let kind = format!("com.amazonaws.dynamodb.v20120810#{code}");
    Answer::Response(status, json!({"__type": kind, "message": "because"}))
}

fn export(window: Window) -> Export {
    let route = Route { table_id: TABLE_ID.into(), bucket: "exports".into() };
    Export::new(window, &route, Millis(0))
}

fn acceptance() -> Answer {
    let description = json!({"ExportArn": EXPORT_ARN, "ExportStatus": "IN_PROGRESS"});
    Answer::Response(200, json!({"ExportDescription": description}))
}

/// What becomes of the request of an increment, and how often it was sent.
async fn request(answer: Answer) -> (Result<String, RequestError>, usize) {
    let service = Service::new([answer]);
    let export = export(Window::increment(FROM, FROM.plus(1)));
    let result = service.exports(None).request(Table::Rows, TABLE_ARN, &export).await;
    (result, service.requests().len())
}

#[tokio::test]
async fn an_increment_is_requested_with_its_window_its_token_and_both_images() {
    let service = Service::new([acceptance()]);
    let export = export(Window::increment(FROM, FROM.plus(1)));
    let arn = service.exports(None).request(Table::Rows, TABLE_ARN, &export).await.unwrap();
    assert_eq!(arn, EXPORT_ARN);
    let expected = json!({
        "TableArn": TABLE_ARN,
        "ClientToken": "123456781234-i1780272000000-1-1",
        "S3Bucket": "exports",
        "S3Prefix": "bi/rows/incremental/20260601T000000Z",
        "S3SseAlgorithm": "AES256",
        "ExportFormat": "DYNAMODB_JSON",
        "ExportType": "INCREMENTAL_EXPORT",
        "IncrementalExportSpecification": {
            "ExportFromTime": 1_780_272_000,
            "ExportToTime": 1_780_275_600,
            "ExportViewType": "NEW_AND_OLD_IMAGES",
        },
    });
    assert_eq!(service.body(), expected);
    assert!(service.requests()[0].0.ends_with(".ExportTableToPointInTime"));
}

#[tokio::test]
async fn a_full_export_is_requested_with_its_time_and_the_key_of_the_customer() {
    let service = Service::new([acceptance()]);
    let export = export(Window::full(FROM));
    let exports = service.exports(Some("arn:aws:kms:key"));
    exports.request(Table::Catalog, TABLE_ARN, &export).await.unwrap();
    let expected = json!({
        "TableArn": TABLE_ARN,
        "ClientToken": "123456781234-f1780272000000-0-1",
        "S3Bucket": "exports",
        "S3Prefix": "bi/ledger/full/20260601T000000Z",
        "S3SseAlgorithm": "KMS",
        "S3SseKmsKeyId": "arn:aws:kms:key",
        "ExportFormat": "DYNAMODB_JSON",
        "ExportType": "FULL_EXPORT",
        "ExportTime": 1_780_272_000,
    });
    assert_eq!(service.body(), expected);
}

#[tokio::test]
async fn a_time_that_is_not_there_yet_and_limits_are_for_a_later_run() {
    let codes = [
        "InvalidExportTimeException",
        "LimitExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
    ];
    for code in codes {
        let (result, requests) = request(refused(400, code)).await;
        assert!(matches!(result, Err(RequestError::Later(_))), "{code}: {result:?}");
        assert_eq!(requests, 1, "{code}");
    }
}

#[tokio::test]
async fn what_somebody_has_to_change_is_a_refusal_that_says_why() {
    let codes = [
        "AccessDeniedException",
        "ValidationException",
        "PointInTimeRecoveryUnavailableException",
        "TableNotFoundException",
    ];
    for code in codes {
        let (result, _) = request(refused(400, code)).await;
        assert_eq!(result, Err(RequestError::Refused(format!("{code}: because"))));
    }
}

#[tokio::test]
async fn where_the_export_may_have_begun_it_is_asked_once_and_not_called_a_refusal() {
    let answers = [
        refused(400, "ExportConflictException"),
        refused(500, "InternalServerError"),
        refused(503, "ServiceUnavailable"),
        Answer::TooLate,
        Answer::ConnectionLost,
        Answer::Response(200, json!("no object")),
        Answer::Response(200, json!({})),
    ];
    for answer in answers {
        let (result, requests) = request(answer.clone()).await;
        assert!(matches!(result, Err(RequestError::Unanswered(_))), "{answer:?}: {result:?}");
        assert_eq!(requests, 1, "{answer:?}");
    }
}

#[tokio::test]
async fn an_export_is_running_complete_or_failed_for_a_reason() {
    let description = |fields: Value| Answer::Response(200, json!({"ExportDescription": fields}));
    let failure = json!({
        "ExportStatus": "FAILED",
        "FailureCode": "S3AccessDenied",
        "FailureMessage": "no",
    });
    let answers = [
        (description(json!({"ExportStatus": "IN_PROGRESS"})), Progress::Running),
        (description(json!({"ExportStatus": "SOMETHING_NEW"})), Progress::Running),
        (description(json!({"ExportStatus": "COMPLETED"})), Progress::Complete),
        (description(failure), Progress::Failed("S3AccessDenied: no".into())),
        (
            refused(400, "ExportNotFoundException"),
            Progress::Failed("DynamoDB does not know the export".into()),
        ),
    ];
    for (answer, expected) in answers {
        let service = Service::new([answer]);
        assert_eq!(service.exports(None).progress(EXPORT_ARN).await, Ok(expected));
        assert_eq!(service.body(), json!({"ExportArn": EXPORT_ARN}));
    }
    let denied = Service::new([refused(400, "AccessDeniedException")]);
    let error = denied.exports(None).progress(EXPORT_ARN).await.unwrap_err();
    assert_eq!(error, StoreError::Rejected("AccessDeniedException: because".into()));
}

fn table() -> Answer {
    Answer::Response(200, json!({"Table": {"TableArn": TABLE_ARN, "TableId": TABLE_ID}}))
}

fn backups(recovery: &Value) -> Answer {
    let description = json!({
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": recovery,
    });
    Answer::Response(200, json!({"ContinuousBackupsDescription": description}))
}

#[tokio::test]
async fn a_table_has_an_id_and_the_times_that_it_can_be_exported_of() {
    let recovery = json!({
        "PointInTimeRecoveryStatus": "ENABLED",
        "EarliestRestorableDateTime": 1_780_272_000.5,
        "LatestRestorableDateTime": 1_780_275_600,
    });
    let service = Service::new([table(), backups(&recovery)]);
    let state = service.exports(None).table("rows").await.unwrap();
    let recoverable =
        Recoverable { earliest: Millis(1_780_272_000_500), latest: Millis(1_780_275_600_000) };
    assert_eq!(state, TableState { arn: TABLE_ARN.into(), id: TABLE_ID.into(), recoverable });
    let off = json!({"PointInTimeRecoveryStatus": "DISABLED"});
    let service = Service::new([table(), backups(&off)]);
    let state = service.exports(None).table("rows").await.unwrap();
    assert_eq!(state.recoverable, Recoverable::NEVER);
}

#[tokio::test]
async fn a_table_that_is_not_described_is_an_error() {
    let nameless = Answer::Response(200, json!({"Table": {"TableArn": TABLE_ARN}}));
    let error = Service::new([nameless]).exports(None).table("rows").await.unwrap_err();
    assert_eq!(error, StoreError::BadItem("the description of rows".into()));
    let throttled = Service::new(vec![refused(400, "ThrottlingException"); 3]);
    let error = throttled.exports(None).table("rows").await.unwrap_err();
    assert_eq!((error, throttled.requests().len()), (StoreError::Throttled, 3));
}

#[tokio::test]
async fn the_marker_is_one_object_beside_the_exports() {
    let service = Service::new([Answer::Response(200, Value::Null)]);
    service.exports(None).write_marker("{}").await.unwrap();
    let requests = service.requests();
    assert!(
        requests[0].0.starts_with("https://exports.s3.us-east-1.amazonaws.com/bi/exports.json")
    );
    let lost = Service::new([Answer::ConnectionLost]);
    let error = lost.exports(None).write_marker("{}").await.unwrap_err();
    assert!(matches!(error, StoreError::Unanswered(_)), "{error}");
}

//! HTTP requests to DynamoDB that fail on demand.

use aws_smithy_http_client::Builder;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpFault {
    /// Nothing.
    None,
    /// It never arrives.
    Unreachable,
    /// It is carried out, and no response comes in time.
    ResponseTooLate,
    /// It is carried out, and the connection breaks before the response.
    ResponseLost,
    /// It is carried out, and the response cannot be read.
    InvalidResponse,
    /// It is carried out, and the server says that it failed.
    InternalErrorAfter,
    /// It is not carried out, and the server says that it failed.
    InternalErrorBefore,
    /// The server is overloaded.
    Throttled,
    /// The server is overloaded, and leaves all keys of a `BatchGetItem` for later.
    Unprocessed,
    /// Another transaction writes the same item.
    TransactionConflict,
    /// The same transaction is still under way.
    TransactionInProgress,
    /// The caller lacks a permission.
    AccessDenied,
}

/// An HTTP client whose next requests fail as planned, one after the other. It counts them too.
#[derive(Clone, Debug, Default)]
pub struct HttpFaults {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    is_active: bool,
    requests: usize,
    /// The operations, as the target header ends, and what happens to each.
    planned: VecDeque<(String, HttpFault)>,
}

impl HttpFaults {
    /// Plans what happens to the next request of an operation, such as `TransactWriteItems`.
    pub fn plan(&self, operation: &str, fault: HttpFault) {
        self.state.lock().unwrap().planned.push_back((operation.to_owned(), fault));
    }

    /// The number of requests since the tables were created.
    pub fn requests(&self) -> usize {
        self.state.lock().unwrap().requests
    }

    pub(crate) fn activate(&self) {
        self.state.lock().unwrap().is_active = true;
    }

    fn next(&self, request: &HttpRequest) -> HttpFault {
        let mut state = self.state.lock().unwrap();
        if !state.is_active {
            return HttpFault::None;
        }
        state.requests += 1;
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let planned =
            state.planned.front().is_some_and(|(operation, _)| target.ends_with(operation));
        let fault = if planned { state.planned.pop_front() } else { None };
        fault.map_or(HttpFault::None, |(_, fault)| fault)
    }
}

impl HttpClient for HttpFaults {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = Builder::new().build_http().http_connector(settings, components);
        SharedHttpConnector::new(Connector { inner, faults: self.clone() })
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    faults: HttpFaults,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let fault = self.faults.next(&request);
        if fault == HttpFault::Unprocessed {
            return HttpConnectorFuture::ready(Ok(unprocessed(&request)));
        }
        if let Some(result) = without_server(fault) {
            return HttpConnectorFuture::ready(result);
        }
        let response = self.inner.call(request);
        HttpConnectorFuture::new(async move { after(fault, response.await) })
    }
}

/// What happens without the server.
fn without_server(fault: HttpFault) -> Option<Result<HttpResponse, ConnectorError>> {
    let refused = |code: &str| Ok(error(400, code, ""));
    Some(match fault {
        HttpFault::Unreachable => Err(ConnectorError::io("refused".into())),
        HttpFault::InternalErrorBefore => Ok(error(500, "InternalServerError", "")),
        HttpFault::Throttled => refused("ThrottlingException"),
        HttpFault::TransactionInProgress => refused("TransactionInProgressException"),
        HttpFault::AccessDenied => refused("AccessDeniedException"),
        HttpFault::TransactionConflict => {
            let reasons = r#","CancellationReasons":[{"Code":"TransactionConflict"}]"#;
            Ok(error(400, "TransactionCanceledException", reasons))
        }
        _ => return None,
    })
}

/// What becomes of the server's response.
fn after(
    fault: HttpFault,
    response: Result<HttpResponse, ConnectorError>,
) -> Result<HttpResponse, ConnectorError> {
    match fault {
        HttpFault::ResponseTooLate => Err(ConnectorError::timeout("too late".into())),
        HttpFault::ResponseLost => Err(ConnectorError::io("reset".into())),
        HttpFault::InvalidResponse => Ok(http_response(200, "{\"Item".to_owned())),
        HttpFault::InternalErrorAfter => Ok(error(500, "InternalServerError", "")),
        _ => response,
    }
}

/// The response that nothing of a `BatchGetItem` was read.
fn unprocessed(request: &HttpRequest) -> HttpResponse {
    let body = str::from_utf8(request.body().bytes().unwrap()).unwrap();
    let items = body.strip_prefix(r#"{"RequestItems":"#).and_then(|rest| rest.strip_suffix('}'));
    let keys = items.unwrap();
    http_response(200, format!(r#"{{"Responses":{{}},"UnprocessedKeys":{keys}}}"#))
}

fn error(status: u16, code: &str, fields: &str) -> HttpResponse {
    let body = format!(
        r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"planned"{fields}}}"#
    );
    http_response(status, body)
}

fn http_response(status: u16, body: String) -> HttpResponse {
    HttpResponse::new(StatusCode::try_from(status).unwrap(), body.into())
}

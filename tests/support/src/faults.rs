//! What goes wrong between a client and its server, on demand.

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
pub enum Fault {
    /// Nothing.
    None,
    /// It never arrives.
    Unreachable,
    /// It is carried out, and no answer comes in time.
    AnswerTooLate,
    /// It is carried out, and the connection breaks before the answer.
    AnswerLost,
    /// It is carried out, and what comes back is no answer.
    AnswerGarbled,
    /// It is carried out, and the server says that it failed.
    InternalErrorAfter,
    /// It is not carried out, and the server says that it failed.
    InternalErrorBefore,
    /// The server has too much to do.
    Throttled,
    /// Another transaction is at the same item.
    TransactionConflict,
    /// The same transaction is still under way.
    TransactionInProgress,
    /// The caller may not.
    AccessDenied,
}

/// An HTTP client that lets the next requests go wrong, one after the other. It counts them too.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    begun: bool,
    requests: usize,
    /// For requests whose target ends so: what is to happen.
    planned: VecDeque<(String, Fault)>,
}

impl Faults {
    /// The next request of an operation, such as `TransactWriteItems`, goes wrong so.
    pub fn plan(&self, operation: &str, fault: Fault) {
        self.state.lock().unwrap().planned.push_back((operation.to_owned(), fault));
    }

    /// Requests since the tables were made.
    pub fn requests(&self) -> usize {
        self.state.lock().unwrap().requests
    }

    pub(crate) fn begin(&self) {
        self.state.lock().unwrap().begun = true;
    }

    fn next(&self, request: &HttpRequest) -> Fault {
        let mut state = self.state.lock().unwrap();
        if !state.begun {
            return Fault::None;
        }
        state.requests += 1;
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let planned =
            state.planned.front().is_some_and(|(operation, _)| target.ends_with(operation));
        let fault = if planned { state.planned.pop_front() } else { None };
        fault.map_or(Fault::None, |(_, fault)| fault)
    }
}

impl HttpClient for Faults {
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
    faults: Faults,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let fault = self.faults.next(&request);
        if let Some(instead) = instead(fault) {
            return HttpConnectorFuture::ready(instead);
        }
        let answer = self.inner.call(request);
        HttpConnectorFuture::new(async move { after(fault, answer.await) })
    }
}

/// What happens without the server.
fn instead(fault: Fault) -> Option<Result<HttpResponse, ConnectorError>> {
    let refused = |code: &str| Ok(error(400, code, ""));
    Some(match fault {
        Fault::Unreachable => Err(ConnectorError::io("refused".into())),
        Fault::InternalErrorBefore => Ok(error(500, "InternalServerError", "")),
        Fault::Throttled => refused("ThrottlingException"),
        Fault::TransactionInProgress => refused("TransactionInProgressException"),
        Fault::AccessDenied => refused("AccessDeniedException"),
        Fault::TransactionConflict => {
            let reasons = r#","CancellationReasons":[{"Code":"TransactionConflict"}]"#;
            Ok(error(400, "TransactionCanceledException", reasons))
        }
        _ => return None,
    })
}

/// What becomes of the server's answer.
fn after(
    fault: Fault,
    answer: Result<HttpResponse, ConnectorError>,
) -> Result<HttpResponse, ConnectorError> {
    match fault {
        Fault::AnswerTooLate => Err(ConnectorError::timeout("too late".into())),
        Fault::AnswerLost => Err(ConnectorError::io("reset".into())),
        Fault::AnswerGarbled => Ok(response(200, "{\"Item".to_owned())),
        Fault::InternalErrorAfter => Ok(error(500, "InternalServerError", "")),
        _ => answer,
    }
}

fn error(status: u16, code: &str, more: &str) -> HttpResponse {
    let body = format!(
        r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"planned"{more}}}"#
    );
    response(status, body)
}

fn response(status: u16, body: String) -> HttpResponse {
    HttpResponse::new(StatusCode::try_from(status).unwrap(), body.into())
}

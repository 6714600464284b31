//! The stand-in API as a transport, in this process and in virtual time.

use headroom_genesys::api::{Host, Method, Request, Response, Transport, TransportError};
use headroom_requests::Clock;
use headroom_simulator::{Api, ApiRequest, ApiResponse};
use headroom_test_support::{FaultPlan, Operation};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The way to the stand-in.
pub(crate) struct InProcess {
    pub(crate) api: Arc<Mutex<Api>>,
    pub(crate) clock: Clock,
    pub(crate) plan: FaultPlan,
    pub(crate) secrets: Secrets,
}

/// What requests were authorised with: it may be found nowhere else.
pub(crate) type Secrets = Arc<Mutex<BTreeSet<String>>>;

impl Transport for InProcess {
    async fn send(&self, request: Request, within: Duration) -> Result<Response, TransportError> {
        let asked = ApiRequest {
            method: if request.method == Method::Post { "POST" } else { "GET" }.to_owned(),
            path_and_query: request.path,
            authorization: request.authorization,
            body: request.body.map(|(_, body)| body).unwrap_or_default(),
        };
        let secret = asked.authorization.split_once(' ').unwrap().1.to_owned();
        self.secrets.lock().unwrap().insert(secret);
        assert_eq!(request.host == Host::Login, asked.path_and_query == "/oauth/token");
        let respond = async {
            let answer = self.api.lock().unwrap().respond(&asked, self.clock.now().0);
            let latency = Duration::from_millis(u64::try_from(answer.latency_ms).unwrap());
            tokio::time::sleep(latency.min(within)).await;
            if latency > within { Err(TransportError::TimedOut) } else { Ok(response(answer)) }
        };
        let error = |_| TransportError::Broken("planned".into());
        self.plan.call(Operation::Request, respond, error).await
    }
}

fn response(answer: ApiResponse) -> Response {
    let number = |name: &str| answer.header(name).and_then(|value| value.parse().ok());
    let mut response = Response {
        status: answer.status,
        retry_after: answer.header("Retry-After").and_then(|value| value.parse().ok()),
        allowed: number("inin-ratelimit-allowed"),
        count: number("inin-ratelimit-count"),
        reset: number("inin-ratelimit-reset"),
        correlation: answer.header("inin-correlation-id").map(str::to_owned),
        body: answer.body,
    };
    if let Some(bytes) = answer.truncated_at {
        response.body.truncate(bytes);
    }
    response
}

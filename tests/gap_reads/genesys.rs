//! The stand-in API as a transport, in this process and in virtual time.

use headroom_genesys::api::{Host, PermittedRequest, Response, Transport, TransportError};
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
    async fn send(
        &self,
        request: PermittedRequest,
        within: Duration,
    ) -> Result<Response, TransportError> {
        let request = request.into_request();
        let api_request = ApiRequest {
            method: request.method().to_owned(),
            path_and_query: request.path,
            authorization: request.authorization,
            body: request.body.unwrap_or_default(),
        };
        let secret = api_request.authorization.split_once(' ').unwrap().1.to_owned();
        self.secrets.lock().unwrap().insert(secret);
        assert_eq!(request.host == Host::Login, api_request.path_and_query == "/oauth/token");
        let respond = async {
            let response = self.api.lock().unwrap().respond(&api_request, self.clock.now().0);
            let latency = Duration::from_millis(u64::try_from(response.latency_ms).unwrap());
            tokio::time::sleep(latency.min(within)).await;
            if latency > within { Err(TransportError::TimedOut) } else { Ok(translate(response)) }
        };
        let error = |_| TransportError::Broken("planned".into());
        self.plan.call(Operation::Request, respond, error).await
    }
}

fn translate(response: ApiResponse) -> Response {
    let number = |name: &str| response.header(name).and_then(|value| value.parse().ok());
    let mut translated = Response {
        status: response.status,
        retry_after: response.header("Retry-After").and_then(|value| value.parse().ok()),
        allowed: number("inin-ratelimit-allowed"),
        count: number("inin-ratelimit-count"),
        reset: number("inin-ratelimit-reset"),
        correlation: response.header("inin-correlation-id").map(str::to_owned),
        body: response.body,
    };
    if let Some(bytes) = response.truncated_at {
        translated.body.truncate(bytes);
    }
    translated
}

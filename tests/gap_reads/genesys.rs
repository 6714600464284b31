//! The stand-in API as a transport, in this process and in virtual time.

use crate::script::Script;
use headroom_genesys::api::{Host, PermittedRequest, Response, Transport, TransportError};
use headroom_requests::Clock;
use headroom_simulator::{Api, ApiRequest, ApiResponse};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The way to the stand-in.
pub(crate) struct InProcess {
    pub(crate) api: Arc<Mutex<Api>>,
    pub(crate) clock: Clock,
    pub(crate) script: Script,
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
        let asked = ApiRequest {
            method: request.method().to_owned(),
            path_and_query: request.path,
            authorization: request.authorization,
            body: request.body.unwrap_or_default(),
        };
        let secret = asked.authorization.split_once(' ').unwrap().1.to_owned();
        self.secrets.lock().unwrap().insert(secret);
        assert_eq!(request.host == Host::Login, asked.path_and_query == "/oauth/token");
        let act = async {
            let answer = self.api.lock().unwrap().respond(&asked, self.clock.now().0);
            let latency = Duration::from_millis(u64::try_from(answer.latency_ms).unwrap());
            tokio::time::sleep(latency.min(within)).await;
            if latency > within { Err(TransportError::TimedOut) } else { Ok(response(answer)) }
        };
        self.script.call(act, || TransportError::Broken("planned".into())).await
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

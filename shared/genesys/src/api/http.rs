//! Genesys over HTTP.

use super::error::TransportError;
use super::permit::{PermittedRequest, SEND_TIME_MAX};
use super::request::{BODY_BYTES_MAX, Host, Request, Response};
use super::transport::Transport;
use headroom_requests::is_loopback;
use std::io::ErrorKind;
use std::time::Duration;
use ureq::http::{self, HeaderMap, Uri};
use ureq::{Agent, Body, Error, Timeout};

const RESOLVE_TIME_MAX: Duration = Duration::from_millis(750);
const CONNECT_TIME_MAX: Duration = Duration::from_millis(1_500);
/// For the headers, and again for the body: a few kilobytes into a socket's buffer.
const WRITE_TIME_MAX: Duration = Duration::from_millis(375);

const _: () = {
    let connected = RESOLVE_TIME_MAX.as_millis() + CONNECT_TIME_MAX.as_millis();
    let sent = connected + 2 * WRITE_TIME_MAX.as_millis();
    assert!(sent <= SEND_TIME_MAX.as_millis(), "a permit has to be used soon");
};

/// A connection to the API and the logins of an organisation's region.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    agent: Agent,
    api: String,
    login: String,
}

/// An address that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{address}` {why}; write https:// and the host of the organisation's region")]
pub struct AddressError {
    address: String,
    why: &'static str,
}

impl HttpTransport {
    /// Takes the addresses of the API and of the logins: `https`, without a path. `http` is
    /// accepted for this machine alone.
    pub fn new(api: &str, login: &str) -> Result<Self, AddressError> {
        Ok(Self { agent: agent(), api: address(api)?, login: address(login)? })
    }
}

/// An agent that follows no redirects: a token is for these hosts alone.
fn agent() -> Agent {
    let config = Agent::config_builder()
        .timeout_resolve(Some(RESOLVE_TIME_MAX))
        .timeout_connect(Some(CONNECT_TIME_MAX))
        .timeout_send_request(Some(WRITE_TIME_MAX))
        .timeout_send_body(Some(WRITE_TIME_MAX))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent(concat!("headroom/", env!("CARGO_PKG_VERSION")));
    config.build().new_agent()
}

fn address(text: &str) -> Result<String, AddressError> {
    let wrong = |why| AddressError { address: text.to_owned(), why };
    let uri: Uri = text.parse().map_err(|_| wrong("is not an address"))?;
    let host = uri.host().ok_or_else(|| wrong("has no host"))?;
    match uri.scheme_str() {
        Some("https") => {}
        Some("http") if is_loopback(host) => {}
        _ => return Err(wrong("is not https, and tokens can be read on the way")),
    }
    if uri.path_and_query().is_some_and(|path| path != "/") || text.contains(['@', '#']) {
        return Err(wrong("has more than a host"));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

impl Transport for HttpTransport {
    async fn send(
        &self,
        request: PermittedRequest,
        within: Duration,
    ) -> Result<Response, TransportError> {
        let request = request.into_request();
        let host = match request.host {
            Host::Api => &self.api,
            Host::Login => &self.login,
        };
        let (agent, address) = (self.agent.clone(), format!("{host}{}", request.path));
        let exchange = move || exchange(&agent, &address, request, within);
        let response = tokio::task::spawn_blocking(exchange).await;
        response.map_err(|error| TransportError::Broken(error.to_string()))?
    }
}

fn exchange(
    agent: &Agent,
    address: &str,
    request: Request,
    within: Duration,
) -> Result<Response, TransportError> {
    let content_type = request.content_type();
    let head = http::Request::builder()
        .method(request.method())
        .uri(address)
        .header("authorization", request.authorization)
        .header("accept", "application/json");
    let response = match request.body {
        Some(body) => run(agent, head.header("content-type", content_type).body(body), within),
        None => run(agent, head.body(()), within),
    };
    read(response.map_err(|error| transport_error(&error))?)
}

fn run(
    agent: &Agent,
    request: http::Result<http::Request<impl ureq::AsSendBody>>,
    within: Duration,
) -> Result<http::Response<Body>, Error> {
    let limited = agent.configure_request(request?).timeout_global(Some(within)).build();
    agent.run(limited)
}

fn read(mut response: http::Response<Body>) -> Result<Response, TransportError> {
    let limited = response.body_mut().with_config().limit(BODY_BYTES_MAX as u64);
    let body = limited.read_to_vec().map_err(|error| transport_error(&error))?;
    let headers = response.headers();
    Ok(Response {
        status: response.status().as_u16(),
        retry_after: number(headers, "retry-after"),
        allowed: number(headers, "inin-ratelimit-allowed"),
        count: number(headers, "inin-ratelimit-count"),
        reset: number(headers, "inin-ratelimit-reset"),
        correlation: text(headers, "inin-correlation-id").map(str::to_owned),
        body,
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn number<N: std::str::FromStr>(headers: &HeaderMap, name: &str) -> Option<N> {
    text(headers, name)?.parse().ok()
}

/// The error of the transport. At most, it names the address of the request.
fn transport_error(error: &Error) -> TransportError {
    match error {
        Error::Timeout(phase) if is_slow_response(*phase) => TransportError::TimedOut,
        Error::BodyExceedsLimit(_) => TransportError::TooLarge,
        // An error of rustls about a certificate.
        Error::Io(io) if io.kind() == ErrorKind::InvalidData => {
            TransportError::Untrusted(error.to_string())
        }
        Error::Rustls(_) | Error::Tls(_) | Error::BadUri(_) | Error::Http(_) => {
            TransportError::Untrusted(error.to_string())
        }
        _ => TransportError::Broken(error.to_string()),
    }
}

/// Whether the time was over when Genesys had the request: a smaller one can help.
fn is_slow_response(phase: Timeout) -> bool {
    !matches!(phase, Timeout::Resolve | Timeout::Connect | Timeout::SendRequest | Timeout::SendBody)
}

#[cfg(test)]
mod tests;

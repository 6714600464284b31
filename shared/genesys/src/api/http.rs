//! Genesys over HTTP.

use super::transport::{
    BODY_BYTES_MAX, Host, Method, Request, Response, Transport, TransportError,
};
use headroom_requests::is_loopback;
use std::io::ErrorKind;
use std::time::Duration;
use ureq::http::{self, HeaderMap, Uri};
use ureq::{Agent, Body, Error, Timeout};

const RESOLVE_TIME_MAX: Duration = Duration::from_millis(750);
const CONNECT_TIME_MAX: Duration = Duration::from_millis(1_500);
/// For the headers, and again for the body: a few kilobytes into a socket's buffer.
const WRITE_TIME_MAX: Duration = Duration::from_millis(375);

/// From being handed a request to having sent it: a grant has to be used soon.
pub(super) const SEND_TIME_MAX: Duration = RESOLVE_TIME_MAX
    .saturating_add(CONNECT_TIME_MAX)
    .saturating_add(WRITE_TIME_MAX)
    .saturating_add(WRITE_TIME_MAX);

/// The addresses of an organisation's region.
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
    /// To the addresses of the API and of the logins, `https` without a path; `http` is for
    /// loopback alone, where there is nobody in between.
    pub fn new(api: &str, login: &str) -> Result<Self, AddressError> {
        Ok(Self { agent: agent(), api: address(api)?, login: address(login)? })
    }
}

/// Without redirects: a token is for these hosts alone.
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
    let uri: Uri = text.parse().map_err(|_| wrong("is no address"))?;
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
    async fn send(&self, request: Request, within: Duration) -> Result<Response, TransportError> {
        let host = match request.host {
            Host::Api => &self.api,
            Host::Login => &self.login,
        };
        let (agent, address) = (self.agent.clone(), format!("{host}{}", request.path));
        let sent = tokio::task::spawn_blocking(move || exchange(&agent, &address, request, within));
        let broken = |error: tokio::task::JoinError| TransportError::Broken(error.to_string());
        sent.await.map_err(broken)?
    }
}

fn exchange(
    agent: &Agent,
    address: &str,
    request: Request,
    within: Duration,
) -> Result<Response, TransportError> {
    let method = match request.method {
        Method::Get => http::Method::GET,
        Method::Post => http::Method::POST,
    };
    let mut head = http::Request::builder().method(method).uri(address);
    head = head.header("authorization", request.authorization).header("accept", "application/json");
    let answer = match request.body {
        Some((kind, body)) => {
            run(agent, head.header("content-type", kind.as_str()).body(body), within)
        }
        None => run(agent, head.body(()), within),
    };
    read(answer.map_err(|error| silence(&error))?)
}

fn run(
    agent: &Agent,
    request: http::Result<http::Request<impl ureq::AsSendBody>>,
    within: Duration,
) -> Result<http::Response<Body>, Error> {
    let limited = agent.configure_request(request?).timeout_global(Some(within)).build();
    agent.run(limited)
}

fn read(mut answer: http::Response<Body>) -> Result<Response, TransportError> {
    let limited = answer.body_mut().with_config().limit(BODY_BYTES_MAX as u64);
    let body = limited.read_to_vec().map_err(|error| silence(&error))?;
    let headers = answer.headers();
    Ok(Response {
        status: answer.status().as_u16(),
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

/// Never quotes the request: an error names its address at most.
fn silence(error: &Error) -> TransportError {
    match error {
        Error::Timeout(late) if is_slow_answer(*late) => TransportError::TimedOut,
        Error::BodyExceedsLimit(_) => TransportError::TooLarge,
        // How rustls says that a certificate is not good.
        Error::Io(io) if io.kind() == ErrorKind::InvalidData => {
            TransportError::Untrusted(error.to_string())
        }
        Error::Rustls(_) | Error::Tls(_) | Error::BadUri(_) | Error::Http(_) => {
            TransportError::Untrusted(error.to_string())
        }
        _ => TransportError::Broken(error.to_string()),
    }
}

/// True if Genesys had the request: it takes long, for what it is.
fn is_slow_answer(late: Timeout) -> bool {
    !matches!(late, Timeout::Resolve | Timeout::Connect | Timeout::SendRequest | Timeout::SendBody)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_over_https_or_stays_on_this_machine() {
        for good in
            ["https://api.example", "https://api.example/", "http://127.0.0.1:9", "http://[::1]:9"]
        {
            assert!(HttpTransport::new(good, good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.example",
            "https://api.example/api/v2",
            "https://api.example/?a=b",
            "https://user@api.example",
            "https://api.example#",
            "api.example",
            "file:///etc/passwd",
            "",
        ] {
            assert!(HttpTransport::new("https://api.example", bad).is_err(), "{bad}");
        }
    }
}

//! The way to the server.

use super::ViewerError;
use futures_util::future::BoxFuture;
use headroom_protocol::{MESSAGE_BYTES_MAX, SUBPROTOCOL};
use headroom_requests::is_loopback;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::http::{HeaderValue, Uri};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// From the name of the server to the end of the handshake, an authorizer's cold start included.
const CONNECT_WITHIN: Duration = Duration::from_secs(20);

pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Where a viewer is with its connection.
pub(super) enum Link {
    /// There is none, and the next try is at a time.
    Down {
        again: Instant,
        why: String,
    },
    Connecting(BoxFuture<'static, Result<Socket, Failure>>),
    Up(Box<Socket>),
}

impl Link {
    pub(super) fn down(again: Instant, why: String) -> Self {
        Self::Down { again, why }
    }
}

/// A connection that was not made.
#[derive(Debug)]
pub(super) enum Failure {
    /// 401 or 403: the same token will not do next time either.
    Refused(u16),
    /// Anything else may pass.
    Other(String),
}

/// Whether an address is one of a server, and the token safe on the way.
pub(super) fn check_address(url: &str) -> Result<(), ViewerError> {
    let uri: Uri = url.parse().map_err(|_| ViewerError::Address(url.to_owned()))?;
    let host = uri.host().unwrap_or_default();
    match uri.scheme_str() {
        _ if host.is_empty() => Err(ViewerError::Address(url.to_owned())),
        Some("wss") => Ok(()),
        Some("ws") if is_loopback(host) => Ok(()),
        Some("ws") => Err(ViewerError::InTheClear(url.to_owned())),
        _ => Err(ViewerError::Address(url.to_owned())),
    }
}

/// Begins to connect. The token is one of the subprotocols, so that no log of addresses has it.
pub(super) fn connect(
    url: &str,
    token: &str,
) -> Result<BoxFuture<'static, Result<Socket, Failure>>, ViewerError> {
    let wrong = || ViewerError::Address(url.to_owned());
    let mut request = url.into_client_request().map_err(|_| wrong())?;
    let offers = format!("{SUBPROTOCOL}, bearer.{token}");
    let mut offers = HeaderValue::from_str(&offers).map_err(|_| ViewerError::NoToken)?;
    offers.set_sensitive(true);
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, offers);
    let limits = WebSocketConfig::default()
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX));
    let connecting = connect_async_with_config(request, Some(limits), true);
    Ok(Box::pin(async move {
        match timeout(CONNECT_WITHIN, connecting).await {
            Ok(Ok((socket, _))) => Ok(socket),
            Ok(Err(error)) => Err(failure(&error)),
            Err(_) => Err(Failure::Other("the server does not answer".into())),
        }
    }))
}

fn failure(error: &Error) -> Failure {
    match error {
        Error::Http(response) if matches!(response.status().as_u16(), 401 | 403) => {
            Failure::Refused(response.status().as_u16())
        }
        Error::Http(response) => {
            Failure::Other(format!("the server answers {}", response.status()))
        }
        error => Failure::Other(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_over_tls_or_stays_on_this_machine() {
        for good in
            ["wss://a.example/v1", "ws://127.0.0.1:4566/x", "ws://[::1]:1", "ws://localhost:1"]
        {
            assert!(check_address(good).is_ok(), "{good}");
        }
        let clear = check_address("ws://a.example/v1").unwrap_err();
        assert!(matches!(clear, ViewerError::InTheClear(_)));
        for bad in ["https://a.example", "a.example", "", "wss://", "/v1", "ws://127.0.0.1.example"]
        {
            assert!(check_address(bad).is_err(), "{bad}");
        }
    }
}

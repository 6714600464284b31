//! The WebSocket to the server.

use super::error::ViewerError;
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

/// From the name lookup to the end of the handshake, with a cold start of the authorizer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// An attempt to connect.
pub(super) type Connecting = BoxFuture<'static, Result<Socket, ConnectError>>;

/// The state of a viewer's connection.
pub(super) enum Link {
    /// Not connected, and the next attempt is at `retry_at`.
    Down {
        retry_at: Instant,
        reason: String,
    },
    Connecting(Connecting),
    Up(Box<Socket>),
}

/// Why an attempt to connect failed.
#[derive(Debug)]
pub(super) enum ConnectError {
    /// 401 or 403: another attempt needs another token.
    TokenRefused(u16),
    /// Anything else may pass.
    Other(String),
}

/// Checks that an address is a server's, and that the token is encrypted on the way to it.
pub(super) fn check_address(url: &str) -> Result<(), ViewerError> {
    let uri: Uri = url.parse().map_err(|_| ViewerError::Address(url.to_owned()))?;
    let host = uri.host().unwrap_or_default();
    match uri.scheme_str() {
        _ if host.is_empty() => Err(ViewerError::Address(url.to_owned())),
        Some("wss") => Ok(()),
        Some("ws") if is_loopback(host) => Ok(()),
        Some("ws") => Err(ViewerError::Unencrypted(url.to_owned())),
        _ => Err(ViewerError::Address(url.to_owned())),
    }
}

/// Starts to connect. The token is sent as a subprotocol, since addresses are logged.
pub(super) fn connect(url: &str, token: &str) -> Result<Connecting, ViewerError> {
    let invalid = |_| ViewerError::Address(url.to_owned());
    let mut request = url.into_client_request().map_err(invalid)?;
    let offers = format!("{SUBPROTOCOL}, bearer.{token}");
    let mut offers = HeaderValue::from_str(&offers).map_err(|_| ViewerError::InvalidToken)?;
    offers.set_sensitive(true);
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, offers);
    let limits = WebSocketConfig::default()
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX));
    let connecting = connect_async_with_config(request, Some(limits), true);
    Ok(Box::pin(async move {
        match timeout(CONNECT_TIMEOUT, connecting).await {
            Ok(Ok((socket, _))) => Ok(socket),
            Ok(Err(error)) => Err(connect_error(&error)),
            Err(_) => Err(ConnectError::Other("the server does not answer".into())),
        }
    }))
}

fn connect_error(error: &Error) -> ConnectError {
    match error {
        Error::Http(response) => match response.status().as_u16() {
            status @ (401 | 403) => ConnectError::TokenRefused(status),
            _ => ConnectError::Other(format!("the server answers {}", response.status())),
        },
        error => ConnectError::Other(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_sent_over_tls_or_stays_on_this_machine() {
        for good in
            ["wss://a.example/v1", "ws://127.0.0.1:4566/x", "ws://[::1]:1", "ws://localhost:1"]
        {
            assert!(check_address(good).is_ok(), "{good}");
        }
        let unencrypted = check_address("ws://a.example/v1").unwrap_err();
        assert!(matches!(unencrypted, ViewerError::Unencrypted(_)));
        for bad in ["https://a.example", "a.example", "", "wss://", "/v1", "ws://127.0.0.1.example"]
        {
            assert!(check_address(bad).is_err(), "{bad}");
        }
    }
}

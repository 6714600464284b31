//! A plain WebSocket to the viewers' API, for tests of the frames themselves.

use crate::{Cloud, TIMEOUT};
use futures_util::{SinkExt, StreamExt};
use headroom_protocol::SUBPROTOCOL;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// A WebSocket, and all text frames that it received.
pub struct Socket {
    inner: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The text frames received so far.
    pub frames: Vec<String>,
}

impl Socket {
    /// Connects. If the handshake is refused, returns its HTTP status.
    pub async fn open(cloud: &Cloud, token: &str, origin: Option<&str>) -> Result<Self, u16> {
        let mut request = cloud.deployment.viewer_url.as_str().into_client_request().unwrap();
        let offers = match token {
            "" => SUBPROTOCOL.to_owned(),
            token => format!("{SUBPROTOCOL}, bearer.{token}"),
        };
        let headers = request.headers_mut();
        headers.insert("Sec-WebSocket-Protocol", offers.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert("Origin", origin.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((inner, _)) => Ok(Self { inner, frames: Vec::new() }),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("no handshake at all: {error}"),
        }
    }

    /// Sends a message.
    pub async fn send(&mut self, message: &Value) {
        self.inner.send(Message::text(message.to_string())).await.unwrap();
    }

    /// The next message; none once the server has closed the connection.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            match timeout(TIMEOUT, self.inner.next()).await.expect("no frame comes") {
                Some(Ok(Message::Text(text))) => {
                    self.frames.push(text.to_string());
                    return Some(serde_json::from_str(&text).unwrap());
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// The next message of a type.
    pub async fn next_of_type(&mut self, kind: &str) -> Value {
        loop {
            let next = self.next().await;
            let message = next.unwrap_or_else(|| panic!("closed before {kind}"));
            if message["type"] == kind {
                return message;
            }
        }
    }
}

//! HTTP around the stand-in Platform API.

use crate::CliError;
use crate::terminal::tell;
use futures_util::stream;
use headroom_simulator::{Api, ApiFaults, ApiRequest, ApiResponse};
use http_body_util::{BodyExt, Limited, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_LENGTH};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;

/// Genesys takes no longer bodies (`request.bytes.max`).
const BODY_BYTES_MAX: usize = 512_000;

type Shared = Arc<Mutex<Api>>;
type Parts = stream::Iter<std::vec::IntoIter<io::Result<Frame<Bytes>>>>;
type Body = StreamBody<Parts>;

/// Serves in a thread of its own, as long as the process lives.
pub(super) fn serve(listener: std::net::TcpListener, api: Shared) -> Result<(), CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(CliError::Runtime)?;
    let spawned = std::thread::Builder::new().name("api".to_owned()).spawn(move || {
        if let Err(error) = runtime.block_on(accept(listener, api)) {
            tell(format_args!("note: the Platform API is gone ({error})"));
        }
    });
    spawned.map(|_| ()).map_err(CliError::Runtime)
}

/// Nothing is half done while it is locked, so a panic elsewhere does not matter.
pub(super) fn locked(api: &Mutex<Api>) -> MutexGuard<'_, Api> {
    api.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: std::net::TcpListener, api: Shared) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        let api = Arc::clone(&api);
        tokio::spawn(async move {
            let service = service_fn(|request| answer(request, Arc::clone(&api)));
            // Whoever goes away in mid answer is no concern of ours.
            let http = hyper::server::conn::http1::Builder::new();
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(request: Request<Incoming>, api: Shared) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else {
        return Ok(plain(StatusCode::PAYLOAD_TOO_LARGE, Vec::new()));
    };
    let body = body.to_bytes();
    if let Some(control) = head.uri.path().strip_prefix("/stand-in/") {
        return Ok(steer(&head.method, control, &body, &api));
    }
    let authorization = head.headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok());
    let path_and_query = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let request = ApiRequest {
        method: head.method.to_string(),
        path_and_query: path_and_query.to_owned(),
        authorization: authorization.unwrap_or_default().to_owned(),
        body: body.to_vec(),
    };
    let answer = locked(&api).answer(&request, Timestamp::now().as_millisecond());
    let latency_ms = u64::try_from(answer.latency_ms).unwrap_or(0);
    if latency_ms > 0 {
        tokio::time::sleep(Duration::from_millis(latency_ms)).await;
    }
    Ok(on_the_wire(answer))
}

/// Looks at what was asked, and says what is to go wrong.
fn steer(method: &Method, what: &str, body: &[u8], api: &Shared) -> Response<Body> {
    match (method, what) {
        (&Method::GET, "asked") => match serde_json::to_vec(locked(api).asked()) {
            Ok(asked) => plain(StatusCode::OK, asked),
            Err(error) => said(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        },
        (&Method::PUT, "faults") => match serde_json::from_slice::<ApiFaults>(body) {
            Ok(faults) => {
                locked(api).set_faults(faults);
                plain(StatusCode::NO_CONTENT, Vec::new())
            }
            Err(error) => said(StatusCode::BAD_REQUEST, &error.to_string()),
        },
        _ => said(StatusCode::NOT_FOUND, "there are GET /stand-in/asked and PUT /stand-in/faults"),
    }
}

fn said(status: StatusCode, message: &str) -> Response<Body> {
    plain(status, message.as_bytes().to_vec())
}

fn plain(status: StatusCode, body: Vec<u8>) -> Response<Body> {
    let length = body.len();
    let mut response = Response::new(parts(body, None));
    if length > 0 {
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    *response.status_mut() = status;
    response
}

fn on_the_wire(answer: ApiResponse) -> Response<Body> {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut builder = Response::builder().status(status).header(CONTENT_LENGTH, answer.body.len());
    for (name, value) in &answer.headers {
        builder = builder.header(*name, value);
    }
    let body = parts(answer.body, answer.truncated_at);
    builder
        .body(body)
        .unwrap_or_else(|error| said(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()))
}

/// The whole body, or its beginning and then an error, which breaks the connection.
fn parts(mut body: Vec<u8>, truncated_at: Option<usize>) -> Body {
    let breaks = truncated_at.map(|at| {
        body.truncate(at);
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    });
    let whole = Ok(Frame::data(Bytes::from(body)));
    let parts: Vec<_> = std::iter::once(whole).chain(breaks).collect();
    StreamBody::new(stream::iter(parts))
}

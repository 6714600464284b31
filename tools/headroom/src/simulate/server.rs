//! The HTTP server of the stand-in Platform API.

use crate::CliError;
use crate::terminal::print_message;
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

/// Largest body of a request, in bytes. Genesys' limit, `request.bytes.max`.
const BODY_BYTES_MAX: usize = 512_000;

type Shared = Arc<Mutex<Api>>;
type Frames = stream::Iter<std::vec::IntoIter<io::Result<Frame<Bytes>>>>;
type Body = StreamBody<Frames>;

/// Answers requests in a thread that lives as long as the process.
pub(super) fn serve(listener: std::net::TcpListener, api: Shared) -> Result<(), CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(CliError::Runtime)?;
    let thread = std::thread::Builder::new().name("api".to_owned()).spawn(move || {
        if let Err(error) = runtime.block_on(accept(listener, api)) {
            print_message(format_args!("note: the stand-in Platform API stopped ({error})"));
        }
    });
    thread.map(drop).map_err(CliError::Runtime)
}

/// Locks the API. A poisoned lock is used: no panic can leave the API half changed.
pub(super) fn locked(api: &Mutex<Api>) -> MutexGuard<'_, Api> {
    api.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: std::net::TcpListener, api: Shared) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        let api = Arc::clone(&api);
        tokio::spawn(async move {
            let service = service_fn(|request| respond(request, Arc::clone(&api)));
            // An error means that the client closed the connection.
            let http = hyper::server::conn::http1::Builder::new();
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn respond(request: Request<Incoming>, api: Shared) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else {
        return Ok(to_http(response(413, Vec::new())));
    };
    let body = body.to_bytes();
    if let Some(path) = head.uri.path().strip_prefix("/stand-in/") {
        return Ok(to_http(respond_to_test(&head.method, path, &body, &api)));
    }
    let authorization = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let path_and_query = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let request = ApiRequest {
        method: head.method.to_string(),
        path_and_query: path_and_query.to_owned(),
        authorization: authorization.unwrap_or_default().to_owned(),
        body: body.to_vec(),
    };
    let response = locked(&api).respond(&request, Timestamp::now().as_millisecond());
    let latency_ms = u64::try_from(response.latency_ms).unwrap_or(0);
    if latency_ms > 0 {
        tokio::time::sleep(Duration::from_millis(latency_ms)).await;
    }
    Ok(to_http(response))
}

/// The paths for tests: `asked` reports the requests so far, `faults` sets the faults to inject.
fn respond_to_test(method: &Method, path: &str, body: &[u8], api: &Shared) -> ApiResponse {
    match (method, path) {
        (&Method::GET, "asked") => match serde_json::to_vec(locked(api).log()) {
            Ok(report) => response(200, report),
            Err(error) => response(500, error.to_string().into()),
        },
        (&Method::PUT, "faults") => match serde_json::from_slice::<ApiFaults>(body) {
            Ok(faults) => {
                locked(api).set_faults(faults);
                response(204, Vec::new())
            }
            Err(error) => response(400, error.to_string().into()),
        },
        _ => response(404, "there are GET /stand-in/asked and PUT /stand-in/faults".into()),
    }
}

fn response(status: u16, body: Vec<u8>) -> ApiResponse {
    ApiResponse { status, headers: Vec::new(), body, latency_ms: 0, truncated_at: None }
}

fn to_http(response: ApiResponse) -> Response<Body> {
    let mut builder = Response::builder().status(response.status);
    if !response.body.is_empty() {
        builder = builder.header(CONTENT_LENGTH, response.body.len());
    }
    for (name, value) in &response.headers {
        builder = builder.header(*name, value);
    }
    let built = builder.body(to_stream(response.body, response.truncated_at));
    built.unwrap_or_else(|error| {
        let mut failure = Response::new(to_stream(error.to_string().into(), None));
        *failure.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        failure
    })
}

/// The body as a stream. With `truncated_at`, it breaks the connection after that many bytes.
fn to_stream(mut body: Vec<u8>, truncated_at: Option<usize>) -> Body {
    let abort = truncated_at.map(|at| {
        body.truncate(at);
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    });
    let data = Ok(Frame::data(Bytes::from(body)));
    let frames: Vec<_> = std::iter::once(data).chain(abort).collect();
    StreamBody::new(stream::iter(frames))
}

//! Responses to API Gateway.

use crate::error::ReadError;
use serde::Serialize;
use std::collections::BTreeMap;

/// A response of payload format 2.0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// HTTP status.
    pub status_code: u16,
    /// HTTP headers.
    pub headers: BTreeMap<&'static str, String>,
    /// The body.
    pub body: String,
}

/// Deltas of rows are a second apart at least, and what a token allows is nobody else's.
const CACHE_CONTROL: &str = "private, max-age=1";

impl Response {
    /// A page that may be kept for a second.
    pub(crate) fn page(
        content_type: &str,
        etag: String,
        link: Option<String>,
        body: String,
    ) -> Self {
        let mut response = Self { status_code: 200, headers: cached(etag), body };
        response.headers.insert("Content-Type", content_type.to_owned());
        response.headers.extend(link.map(|link| ("Link", link)));
        response
    }

    /// The client has this page.
    pub(crate) fn not_modified(etag: String) -> Self {
        Self { status_code: 304, headers: cached(etag), body: String::new() }
    }

    /// A problem; the error itself if it is one of the stack.
    pub(crate) fn refused(error: ReadError) -> Result<Self, ReadError> {
        let Some((problem, retry_seconds)) = error.refusal() else { return Err(error) };
        let mut headers = BTreeMap::from([
            ("Content-Type", "application/problem+json".to_owned()),
            ("Cache-Control", "no-store".to_owned()),
        ]);
        headers.extend(retry_seconds.map(|seconds| ("Retry-After", seconds.to_string())));
        if problem.status == 401 {
            headers.insert("WWW-Authenticate", r#"Bearer error="invalid_token""#.to_owned());
        }
        Ok(Self { status_code: problem.status, headers, body: serde_json::to_string(&problem)? })
    }

    /// The same without a body, for `HEAD`.
    pub(crate) fn without_body(self) -> Self {
        Self { body: String::new(), ..self }
    }
}

fn cached(etag: String) -> BTreeMap<&'static str, String> {
    let varies = "Authorization".to_owned();
    [("ETag", etag), ("Cache-Control", CACHE_CONTROL.to_owned()), ("Vary", varies)].into()
}

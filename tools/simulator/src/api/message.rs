//! Requests and responses.

use std::borrow::Cow;

/// An HTTP request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// For example `/api/v2/users?pageSize=100`.
    pub path_and_query: String,
    /// The header `Authorization`, empty if absent.
    pub authorization: String,
    /// The body, empty if absent.
    pub body: Vec<u8>,
}

/// An HTTP response, and how a server must send it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiResponse {
    /// The HTTP status.
    pub status: u16,
    /// Headers by name.
    pub headers: Vec<(&'static str, String)>,
    /// The whole body.
    pub body: Vec<u8>,
    /// The time in ms before it is sent.
    pub latency_ms: i64,
    /// If set, the connection breaks after this many bytes of the body.
    pub truncated_at: Option<usize>,
}

impl ApiRequest {
    /// A `GET` with an access token, which may be empty.
    pub fn get(path_and_query: &str, token: &str) -> Self {
        Self::new("GET", path_and_query, format!("Bearer {token}"), Vec::new())
    }

    /// A `POST` with an access token and a JSON body.
    pub fn post(path_and_query: &str, token: &str, body: Vec<u8>) -> Self {
        Self::new("POST", path_and_query, format!("Bearer {token}"), body)
    }

    /// A request for an access token, with this value of `Authorization`.
    pub fn token(authorization: String) -> Self {
        let body = b"grant_type=client_credentials".to_vec();
        Self::new("POST", "/oauth/token", authorization, body)
    }

    fn new(method: &str, path_and_query: &str, authorization: String, body: Vec<u8>) -> Self {
        Self {
            method: method.to_owned(),
            path_and_query: path_and_query.to_owned(),
            authorization,
            body,
        }
    }

    pub(super) fn path(&self) -> &str {
        self.path_and_query.split('?').next().unwrap_or_default()
    }

    /// The query's parameters, percent-decoded.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        let query = self.path_and_query.split_once('?').map_or("", |(_, query)| query);
        form_urlencoded::parse(query.as_bytes())
    }
}

impl ApiResponse {
    /// A response with a body of JSON, which is sent whole and at once.
    pub(super) fn json(status: u16, body: Vec<u8>) -> Self {
        let headers = vec![("Content-Type", "application/json".to_owned())];
        Self { status, headers, body, latency_ms: 0, truncated_at: None }
    }

    /// The value of a header; case does not matter.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(header, _)| header.eq_ignore_ascii_case(name))?;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded() {
        let request = ApiRequest::get("/a?id=1%2C2,3&x=a+b&flag&", "");
        let expected = [("id", "1,2,3"), ("x", "a b"), ("flag", "")];
        let expected = expected.map(|(name, value)| (name.into(), value.into()));
        assert_eq!(request.path(), "/a");
        assert_eq!(request.parameters().collect::<Vec<_>>(), expected);
    }
}

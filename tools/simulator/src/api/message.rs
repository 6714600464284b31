//! Requests and responses.

/// The header of every answer.
pub(super) fn json() -> (&'static str, String) {
    ("Content-Type", "application/json".to_owned())
}

/// A request, as a server takes it from the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// What follows on the host, such as `/api/v2/users?pageSize=100`.
    pub path_and_query: String,
    /// The header `Authorization`, empty if absent.
    pub authorization: String,
    /// The body, empty if absent.
    pub body: Vec<u8>,
}

/// A response, and how it is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiResponse {
    /// The status of HTTP.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(&'static str, String)>,
    /// The whole body.
    pub body: Vec<u8>,
    /// How long the answer takes, in ms.
    pub latency_ms: i64,
    /// The connection breaks after so many bytes of the body.
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

    /// The request for an access token, with a value for `Authorization`.
    pub fn token(authorization: String) -> Self {
        let body = b"grant_type=client_credentials".to_vec();
        Self::new("POST", "/oauth/token", authorization, body)
    }

    fn new(method: &str, path_and_query: &str, authorization: String, body: Vec<u8>) -> Self {
        let (method, path_and_query) = (method.to_owned(), path_and_query.to_owned());
        Self { method, path_and_query, authorization, body }
    }

    /// The path.
    pub(super) fn path(&self) -> &str {
        self.path_and_query.split('?').next().unwrap_or_default()
    }

    /// The parameters of the query, decoded.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (String, String)> {
        let query = self.path_and_query.split_once('?').map_or("", |(_, query)| query);
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
    }
}

impl ApiResponse {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// What `%2C` and `+` stand for.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits: String = bytes.by_ref().take(2).map(char::from).collect();
                u8::from_str_radix(&digits, 16).unwrap_or(b'%')
            }
            byte => byte,
        });
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded() {
        let request = ApiRequest::get("/a?id=1%2C2,3&x=a+b&flag&", "");
        let expected = [("id", "1,2,3"), ("x", "a b"), ("flag", "")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(request.path(), "/a");
        assert_eq!(request.parameters().collect::<Vec<_>>(), expected);
    }
}

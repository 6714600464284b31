//! Reads of rows by HTTP.

use crate::Cloud;
use std::collections::BTreeMap;

/// An answer of the HTTP API.
#[derive(Clone, Debug)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// The headers, by name in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
}

impl HttpAnswer {
    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Cloud {
    /// Reads rows: sends a request to the address of the rows, with this appended and these headers.
    pub async fn request(
        &self,
        method: &str,
        suffix: &str,
        headers: &[(&str, &str)],
    ) -> HttpAnswer {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{suffix}", self.deployment.rows_url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(()).unwrap();
        let send = move || {
            let mut response = agent.run(request).unwrap();
            let text = |value: &ureq::http::HeaderValue| value.to_str().unwrap().to_owned();
            let headers = response.headers().iter();
            HttpAnswer {
                status: response.status().as_u16(),
                headers: headers.map(|(name, value)| (name.to_string(), text(value))).collect(),
                body: response.body_mut().read_to_string().unwrap(),
            }
        };
        tokio::task::spawn_blocking(send).await.unwrap()
    }

    /// Reads rows with a token.
    pub async fn get(&self, token: &str, query: &str) -> HttpAnswer {
        let bearer = format!("Bearer {token}");
        self.request("GET", &format!("?{query}"), &[("Authorization", &bearer)]).await
    }
}

//! A local cloud of a test's own.

use crate::root;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use headroom_test_support::Faults;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::SystemTime;

/// A local cloud with the deployed template. It ends with this value.
pub struct Cloud {
    process: Child,
    state: tempfile::TempDir,
    /// What was made.
    pub made: Made,
}

/// What the local cloud tells of itself, as far as it is needed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Made {
    /// The address of everything.
    pub endpoint: String,
    /// The address for viewers.
    pub viewer_url: String,
    /// Outputs of the stack.
    pub outputs: BTreeMap<String, String>,
    /// Names of the functions.
    pub functions: BTreeMap<String, String>,
    /// Variables with which AWS' own tools find it.
    pub environment: BTreeMap<String, String>,
    issuer: String,
    audience: String,
    key: String,
}

impl Cloud {
    /// Starts one on a free port, and deploys with these parameters.
    pub fn start(parameters: &[(&str, &str)]) -> Self {
        Self::start_with(parameters, &[])
    }

    /// The same with further options of `cloud.py up`.
    pub fn start_with(parameters: &[(&str, &str)], options: &[&str]) -> Self {
        let state = tempfile::tempdir().unwrap();
        let mut command = Command::new(root().join(".venv/bin/python"));
        command.arg(root().join("infra/local/cloud.py"));
        command.args(["--port", "0", "--state"]).arg(state.path()).arg("up");
        for (name, value) in parameters {
            command.args(["--parameter", &format!("{name}={value}")]);
        }
        command.args(["--origins", "https://wallboard.example"]).args(options);
        let started = command.stdout(Stdio::piped()).spawn();
        let mut process = started.expect("the local cloud does not start: run `make e2e`");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let made = serde_json::from_str(&line).expect("the local cloud does not say what it made");
        Self { process, state, made }
    }

    /// An output of the stack.
    pub fn output(&self, name: &str) -> &str {
        let output = self.made.outputs.get(name);
        output.unwrap_or_else(|| panic!("the stack has no output {name}"))
    }

    /// Claims of a good token.
    pub fn claims(&self, queues: &[&str]) -> Value {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
        json!({"iss": self.made.issuer, "aud": self.made.audience, "sub": "somebody", "iat": now,
            "exp": now + 3_600, "queues": queues, "agents": true})
    }

    /// A token with these claims, signed by the issuer.
    pub fn sign(&self, claims: &Value) -> String {
        let key = std::fs::read(&self.made.key).unwrap();
        let header = Header { kid: Some("local".into()), ..Header::new(Algorithm::RS256) };
        encode(&header, claims, &EncodingKey::from_rsa_pem(&key).unwrap()).unwrap()
    }

    /// A good token for some queues.
    pub fn token(&self, queues: &[&str]) -> String {
        self.sign(&self.claims(queues))
    }

    /// A client of its DynamoDB.
    pub fn dynamo(&self) -> aws_sdk_dynamodb::Client {
        headroom_test_support::client(&self.made.endpoint, Faults::default())
    }

    /// A client of its queues.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url(&self.made.endpoint)
            .http_client(Faults::default())
            .region(Region::new("us-east-1"));
        aws_sdk_sqs::Client::from_conf(config.build())
    }

    /// Invokes a function, and gives its answer; none if it failed or was killed.
    pub async fn invoke(&self, function: &str) -> Option<Value> {
        let function = &self.made.functions[function];
        let address = format!("{}/2015-03-31/functions/{function}/invocations", self.made.endpoint);
        let call = move || {
            let mut answer = ureq::post(address).send("{}").ok()?;
            let failed = answer.headers().contains_key("x-amz-function-error");
            let text = answer.body_mut().read_to_string().ok()?;
            if failed { None } else { serde_json::from_str(&text).ok() }
        };
        tokio::task::spawn_blocking(call).await.unwrap()
    }

    /// Lets a function's next invocations be killed, each so many milliseconds after it began, or
    /// all of them fail while it is `down`.
    pub fn disturb(&self, function: &str, after_ms: &[u32], down: bool) {
        let function = &self.made.functions[function];
        let wish = json!({"function": function, "afterMs": after_ms, "down": down}).to_string();
        ureq::put(self.faults()).send(wish.as_str()).unwrap();
    }

    /// How many invocations of a function were killed or failed on purpose.
    pub fn disturbed(&self, function: &str) -> u64 {
        let text = ureq::get(self.faults()).call().unwrap().body_mut().read_to_string().unwrap();
        let report: Value = serde_json::from_str(&text).unwrap();
        report[&self.made.functions[function]]["killed"].as_u64().unwrap_or(0)
    }

    fn faults(&self) -> String {
        format!("{}/_headroom/faults", self.made.endpoint)
    }

    /// Everything that the functions wrote to their logs, metrics included.
    pub fn logs(&self) -> String {
        let port = self.made.endpoint.rsplit(':').next().unwrap();
        let logs = Command::new(root().join(".venv/bin/python"))
            .arg(root().join("infra/local/cloud.py"))
            .args(["--port", port, "--state"])
            .arg(self.state.path())
            .arg("logs")
            .output();
        String::from_utf8(logs.unwrap().stdout).unwrap()
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        let told = Command::new("kill").arg(self.process.id().to_string()).status();
        if told.is_ok() {
            let _ = self.process.wait();
        }
    }
}

//! The local cloud of one test.

use crate::root;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use headroom_test_support::HttpFaults;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::SystemTime;

/// A running local cloud with the deployed template. Dropping the value ends it.
pub struct Cloud {
    process: Child,
    state: tempfile::TempDir,
    /// What the local cloud says about itself.
    pub deployment: Deployment,
}

/// The line of JSON that the local cloud prints once it has deployed (`infra/local/README.md`).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// URL of the emulated AWS services.
    pub endpoint: String,
    /// URL of the WebSocket API.
    pub viewer_url: String,
    /// URL of the rows by HTTP.
    pub rows_url: String,
    /// Outputs of the stack.
    pub outputs: BTreeMap<String, String>,
    /// Names of the deployed functions, by their names in the code.
    pub functions: BTreeMap<String, String>,
    /// Environment variables that point the AWS CLI and SDKs to the local cloud.
    pub environment: BTreeMap<String, String>,
    issuer: String,
    audience: String,
    key: String,
}

impl Cloud {
    /// Starts a local cloud on a free port, and deploys the template with these parameters.
    pub fn start(parameters: &[(&str, &str)]) -> Self {
        Self::start_with(parameters, &[])
    }

    /// Like [`Self::start`], with further options of `cloud.py up`.
    pub fn start_with(parameters: &[(&str, &str)], options: &[&str]) -> Self {
        let state = tempfile::tempdir().unwrap();
        let mut command = Command::new(root().join(".venv/bin/python"));
        command.arg(root().join("infra/local/cloud.py"));
        command.args(["--port", "0", "--state"]).arg(state.path()).arg("up");
        for (name, value) in parameters {
            command.args(["--parameter", &format!("{name}={value}")]);
        }
        if let Some(functions) = std::env::var_os("HEADROOM_FUNCTIONS") {
            command.arg("--functions").arg(root().join(functions));
        }
        // A queue with few messages makes nobody wait, as AWS may for 20 seconds.
        command.args(["--quiet-seconds", "1"]);
        command.args(["--origins", "https://wallboard.example"]).args(options);
        command.stdout(Stdio::piped());
        let mut process = command.spawn().expect("the local cloud does not start: run `make e2e`");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let deployment = serde_json::from_str(&line).expect("the local cloud did not deploy");
        Self { process, state, deployment }
    }

    /// An output of the stack.
    pub fn output(&self, name: &str) -> &str {
        let output = self.deployment.outputs.get(name);
        output.unwrap_or_else(|| panic!("the stack has no output {name}"))
    }

    /// The claims of a valid token.
    pub fn claims(&self, queues: &[&str]) -> Value {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
        json!({"iss": self.deployment.issuer, "aud": self.deployment.audience, "sub": "somebody", "iat": now,
            "exp": now + 3_600, "queues": queues, "agents": true})
    }

    /// A token with these claims, signed with the issuer's key.
    pub fn sign(&self, claims: &Value) -> String {
        let key = std::fs::read(&self.deployment.key).unwrap();
        let header = Header { kid: Some("local".into()), ..Header::new(Algorithm::RS256) };
        encode(&header, claims, &EncodingKey::from_rsa_pem(&key).unwrap()).unwrap()
    }

    /// A valid token for some queues.
    pub fn token(&self, queues: &[&str]) -> String {
        self.sign(&self.claims(queues))
    }

    /// A DynamoDB client of the local cloud.
    pub fn dynamo(&self) -> aws_sdk_dynamodb::Client {
        headroom_test_support::client(&self.deployment.endpoint, HttpFaults::default())
    }

    /// An SQS client of the local cloud.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url(&self.deployment.endpoint)
            .http_client(HttpFaults::default())
            .region(Region::new("us-east-1"));
        aws_sdk_sqs::Client::from_conf(config.build())
    }

    /// Invokes a function, and returns its response; none if it failed or was killed.
    pub async fn invoke(&self, function: &str) -> Option<Value> {
        let function = &self.deployment.functions[function];
        let address =
            format!("{}/2015-03-31/functions/{function}/invocations", self.deployment.endpoint);
        let call = move || {
            let mut response = ureq::post(address).send("{}").ok()?;
            let failed = response.headers().contains_key("x-amz-function-error");
            let text = response.body_mut().read_to_string().ok()?;
            if failed { None } else { serde_json::from_str(&text).ok() }
        };
        tokio::task::spawn_blocking(call).await.unwrap()
    }

    /// Kills the function's next invocations, one for each of `after_ms`, that many milliseconds
    /// after its start. While `down`, all invocations fail.
    pub fn inject_faults(&self, function: &str, after_ms: &[u32], down: bool) {
        let function = &self.deployment.functions[function];
        let faults = json!({"function": function, "afterMs": after_ms, "down": down}).to_string();
        ureq::put(self.faults_url()).send(faults.as_str()).unwrap();
    }

    /// Number of invocations of a function that [`Self::inject_faults`] killed or let fail.
    pub fn fault_count(&self, function: &str) -> u64 {
        let text =
            ureq::get(self.faults_url()).call().unwrap().body_mut().read_to_string().unwrap();
        let report: Value = serde_json::from_str(&text).unwrap();
        report[&self.deployment.functions[function]]["killed"].as_u64().unwrap_or(0)
    }

    fn faults_url(&self) -> String {
        format!("{}/_headroom/faults", self.deployment.endpoint)
    }

    /// All log lines of the functions, metrics included.
    pub fn logs(&self) -> String {
        let port = self.deployment.endpoint.rsplit(':').next().unwrap();
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
        let signal = Command::new("kill").arg(self.process.id().to_string()).status();
        if signal.is_ok() {
            let _ = self.process.wait();
        }
    }
}

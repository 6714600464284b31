//! `headroom settings`: check, put and show, with a DynamoDB in the test's process.

use super::*;
use headroom_test_support::{HttpFaults, LEDGER, client, create_tables, serve_dynamo};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

const RIGHT: &str = r#"{
  "timeZone": "Europe/Berlin",
  "serviceLevel": {"media": {"voice": {"durationMs": 15000}}}
}"#;

fn with_settings(text: &str) -> TempDir {
    let folder = folder();
    fs::write(folder.path().join("settings.json"), text).unwrap();
    folder
}

/// A `headroom settings` that talks to a DynamoDB with an empty ledger.
struct Stack {
    folder: TempDir,
    endpoint: String,
}

impl Stack {
    async fn new(text: &str) -> Self {
        let endpoint = serve_dynamo().await;
        create_tables(&client(&endpoint, HttpFaults::default()), "").await;
        Self { folder: with_settings(text), endpoint }
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let credentials = [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")];
        self.run_with(&credentials, arguments).await
    }

    /// Runs the command with some variables of the environment.
    async fn run_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_headroom"));
        command.current_dir(&self.folder).env_clear().env("AWS_REGION", "us-east-1");
        command.envs(variables.iter().copied());
        command.arg("settings").args(arguments).args(["--endpoint-url", &self.endpoint]);
        command.stdin(Stdio::null());
        // The test's own thread is busy with being DynamoDB.
        spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    async fn versions(&self) -> Vec<Value> {
        let output = self.run(&["show", "--json", "--ledger", LEDGER]).await;
        assert!(output.status.success(), "{}", stderr(&output));
        let lines = String::from_utf8(output.stdout).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[test]
fn right_settings_are_printed_as_the_parameter_of_the_stack() {
    let folder = with_settings(RIGHT);
    let check = |arguments: &[&str]| {
        let arguments = [&["settings", "check", "settings.json"], arguments].concat();
        let output = headroom(&folder, &arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let json = check(&["--form", "json"]);
    let json = json.trim_end();
    let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!((value(json), json.lines().count()), (value(RIGHT), 1));
    assert_eq!(check(&["--form", "file"]), format!("Settings: |\n  {json}\n"));
    let argument = format!("'Settings=\"{}\"'", json.replace('"', "\\\""));
    assert_eq!(check(&["--form", "argument"]), format!("{argument}\n"));
    let text = check(&[]);
    assert!(
        text.contains(&format!("Settings: |\n  {json}\n")) && text.contains(&argument),
        "{text}"
    );
}

#[test]
fn wrong_settings_are_told_line_by_line_and_exit_with_1() {
    let folder = with_settings("{\n\"timeZone\": \"Mars\",\n\"gaps\": {\"settleSeconds\": 0}}");
    let output = headroom(&folder, &["settings", "check", "settings.json"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let expected = "settings.json:2: timeZone: there is no time zone \"Mars\"; use an IANA name such as \
                    \"America/New_York\"\n\
                    settings.json:3: gaps.settleSeconds is 0 s; use 1 to 2678400\n";
    assert_eq!(stderr(&output), expected);
    fails(&folder, &["settings", "check", "nowhere.json"], "cannot read nowhere.json");
}

#[test]
fn settings_that_are_too_large_for_the_parameter_are_for_the_ledger() {
    let queue = |n: u32| (format!("q{n}"), json!({"voice": {"durationMs": n}}));
    let queues: serde_json::Map<_, _> = (0..3_000).map(queue).collect();
    let folder = with_settings(&json!({"serviceLevel": {"queues": queues}}).to_string());
    let output = headroom(&folder, &["settings", "check", "settings.json"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stderr(&output).contains("use `headroom settings put`"), "{}", stderr(&output));
    fs::write(folder.path().join("settings.json"), " ".repeat(400_000)).unwrap();
    fails(&folder, &["settings", "check", "settings.json"], "more than 390000 bytes");
}

#[tokio::test]
async fn settings_are_put_shown_and_replaced() {
    let stack = Stack::new(RIGHT).await;
    assert_eq!(stack.versions().await, Vec::<Value>::new());
    let at = "2100-01-01T00:00:01Z";
    let put = ["put", "settings.json", "--ledger", LEDGER, "--at", at];
    let output = stack.run(&put).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let message = "In force from 2100-01-01T00:30:00.000Z on.";
    assert!(stderr(&output).contains(message), "{}", stderr(&output));
    fs::write(stack.folder.path().join("settings.json"), "{}").unwrap();
    assert!(stack.run(&put).await.status.success());
    assert!(stack.run(&["put", "settings.json", "--ledger", LEDGER]).await.status.success());
    let versions = stack.versions().await;
    assert_eq!(versions.len(), 2, "{versions:?}");
    assert_eq!(versions[1]["from"], "2100-01-01T00:30:00.000Z");
    assert_eq!((&versions[1]["settings"], &versions[1]["inForce"]), (&json!({}), &json!(false)));
    let text = stack.run(&["show", "--ledger", LEDGER]).await;
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("From 2100-01-01T00:30:00.000Z, to come (put 20"), "{text}");
}

#[tokio::test]
async fn what_cannot_be_put_leaves_the_ledger_as_it_was() {
    let stack = Stack::new("{\"timeZone\": \"Mars\"}").await;
    let put = stack.run(&["put", "settings.json", "--ledger", LEDGER]).await;
    assert_eq!(put.status.code(), Some(1), "{}", stderr(&put));
    fs::write(stack.folder.path().join("settings.json"), RIGHT).unwrap();
    let past = ["put", "settings.json", "--ledger", LEDGER, "--at", "2020-01-01T00:00:00Z"];
    let output = stack.run(&past).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("numbers of then follow the settings of then"));
    let output = stack.run(&["put", "settings.json", "--ledger", "other"]).await;
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("cannot use the ledger table other"), "{}", stderr(&output));
    assert_eq!(stack.versions().await, Vec::<Value>::new());
}

/// Functions have credentials in their environment. People have profiles.
#[tokio::test]
async fn credentials_of_a_process_and_of_a_single_sign_on_are_taken() {
    let stack = Stack::new(RIGHT).await;
    let write = |name: &str, text: &str| fs::write(stack.folder.path().join(name), text).unwrap();
    write("key.json", r#"{"Version":1,"AccessKeyId":"test","SecretAccessKey":"test"}"#);
    write(
        "config",
        "[profile process]\ncredential_process = /bin/cat key.json\n\
         [profile sso]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n\
         [sso-session s]\nsso_region = us-east-1\nsso_start_url = https://example.com/start\n\
         [profile login]\nlogin_session = arn:aws:iam::123456789012:user/u\n",
    );
    let home = stack.folder.path().to_str().unwrap();
    let show = async |profile: &str| {
        let variables = [("AWS_CONFIG_FILE", "config"), ("AWS_PROFILE", profile), ("HOME", home)];
        stack.run_with(&variables, &["show", "--ledger", LEDGER]).await
    };
    let output = show("process").await;
    assert!(output.status.success(), "{}", stderr(&output));
    // Nobody has logged in: the error is about that, and not about how the program was built.
    for profile in ["sso", "login"] {
        let output = show(profile).await;
        assert_eq!(output.status.code(), Some(3), "{profile}");
        assert!(!stderr(&output).contains("cargo feature"), "{}", stderr(&output));
    }
}

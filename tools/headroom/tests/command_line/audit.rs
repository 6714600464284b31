//! `headroom audit`: of exports, and of tables with a DynamoDB in the test's process.

use super::*;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use headroom_kpi::{Bucket, RowKey};
use headroom_tables::{DynamoRows, DynamoStore, Retention, Tables};
use headroom_test_support::contract::{all_rows, apply_all, simulated as simulated_facts};
use headroom_test_support::{ENTITIES, HttpFaults, ROWS, client, create_tables, serve_dynamo};
use serde_json::{Value, json};
use std::collections::HashMap;
use tokio::task::spawn_blocking;

const AT: &str = "2026-05-14T00:00:00Z";

/// A folder with rows and entities of a replay.
fn replayed() -> TempDir {
    let folder = simulated(&["-q", "--agents", "--faults", "dup=0.2,reorder=0.2,late=0.05"]);
    let replay = ["replay", "-q", "--stored-sums", "--out", "rows.ndjson"];
    let files = ["--entities", "entities.ndjson", "events.ndjson"];
    succeeds(&folder, &[&replay[..], &files].concat());
    folder
}

fn succeeds(folder: &TempDir, arguments: &[&str]) {
    let output = headroom(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
}

fn export(folder: &TempDir, at: &str, out: &str) {
    let files = ["rows.ndjson", "--entities", "entities.ndjson"];
    succeeds(folder, &[&["export", "-q", "--at", at, "--out", out], &files[..]].concat());
}

fn audit(folder: &TempDir, entities: &str, rows: &str, arguments: &[&str]) -> Output {
    let (entities, rows) = (format!("{entities}/entities"), format!("{rows}/rows"));
    let audit = ["audit", "--entities", &entities, "--rows", &rows];
    headroom(folder, &[&audit[..], arguments].concat())
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// How many rows were compared, by the summary.
fn rows_compared(output: &Output) -> usize {
    let text = stderr(output);
    let number = text.lines().find_map(|line| line.strip_suffix("  rows compared")).unwrap();
    number.replace(',', "").trim().parse().unwrap()
}

/// Changes the lines of a file.
fn edit(folder: &TempDir, name: &str, change: impl FnOnce(&mut Vec<String>)) {
    let mut lines: Vec<_> = read(folder, name).lines().map(str::to_owned).collect();
    change(&mut lines);
    fs::write(folder.path().join(name), lines.join("\n") + "\n").unwrap();
}

/// All files below a folder with this name's end.
fn find(folder: &Path, end: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let files = files.into_iter().filter(|path| path.to_str().unwrap().ends_with(end));
    files.chain(folders.iter().flat_map(|folder| find(folder, end))).collect()
}

#[test]
fn exports_of_a_replay_agree_in_any_number_of_passes() {
    let folder = replayed();
    export(&folder, AT, "exports");
    for passes in ["1", "5"] {
        let output = audit(&folder, "exports", "exports", &["--passes", passes]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
        assert!(stderr(&output).contains("0  rows that differ"), "{}", stderr(&output));
        let rows = read(&folder, "rows.ndjson").lines().count();
        assert_eq!(rows_compared(&output), rows);
    }
}

#[test]
fn what_is_wrong_is_printed_and_exits_with_1() {
    let folder = replayed();
    let row: Value =
        serde_json::from_str(read(&folder, "rows.ndjson").lines().next().unwrap()).unwrap();
    let (sum, value) = row["metrics"].as_object().unwrap().iter().next().unwrap();
    edit(&folder, "rows.ndjson", |lines| {
        let mut row = row.clone();
        row["metrics"][sum] = json!(value.as_i64().unwrap() + 1);
        lines[0] = row.to_string();
        lines.remove(9);
    });
    export(&folder, AT, "exports");
    let output = audit(&folder, "exports", "exports", &["--format", "json", "-q"]);
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(1), ""));
    let differences = lines(&output);
    assert_eq!(differences.len(), 2, "{differences:?}");
    let of_kind = |kind: &str| differences.iter().find(|line| line["kind"] == kind).unwrap();
    let difference = json!({sum: {"stored": value.as_i64().unwrap() + 1, "right": value}});
    let line = of_kind("sums");
    assert_eq!((&line["subject"], &line["sums"]), (&row["subject"], &difference));
    assert_eq!(of_kind("missingRow")["version"], Value::Null);
    let table = audit(&folder, "exports", "exports", &["-q"]).stdout;
    let table = String::from_utf8(table).unwrap();
    assert!(
        table.contains("missing row") && table.contains(row["bucket"].as_str().unwrap()),
        "{table}"
    );
}

#[test]
fn an_entity_that_is_there_twice_is_named() {
    let folder = replayed();
    edit(&folder, "entities.ndjson", |lines| lines.push(lines[0].clone()));
    export(&folder, AT, "exports");
    let output = audit(&folder, "exports", "exports", &["--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let first: Value =
        serde_json::from_str(read(&folder, "entities.ndjson").lines().next().unwrap()).unwrap();
    let twice = json!({"kind": "entityTwice", "entity": first["entity"]["S"]});
    assert_eq!(lines(&output)[0], twice);
}

#[test]
fn rows_are_left_out_and_counted_when_entities_may_be_gone() {
    let folder = replayed();
    fs::write(folder.path().join("entities.ndjson"), "").unwrap();
    export(&folder, "2026-09-01T00:00:00Z", "exports");
    let output = audit(&folder, "exports", "exports", &["--format", "json"]);
    assert_eq!(output.status.code(), Some(1), "gauges are still compared");
    assert!(lines(&output).iter().all(|line| line["bucket"] == "now"));
    assert!(stderr(&output).contains("rows left out: entities with a part"), "{}", stderr(&output));
}

#[test]
fn exports_that_cannot_be_compared_are_refused() {
    let folder = replayed();
    export(&folder, AT, "exports");
    export(&folder, "2026-05-14T00:00:01Z", "later");
    let output = audit(&folder, "exports", "later", &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("with the same --export-time"), "{}", stderr(&output));

    fails(
        &folder,
        &["audit", "--entities", "exports", "--rows", "exports/rows"],
        "one full export",
    );
    fails(
        &folder,
        &["audit", "--entities", "nowhere", "--rows", "exports/rows"],
        "cannot read nowhere",
    );
    let mixed = ["audit", "--entities", "exports/rows", "--rows", "exports/rows"];
    fails(&folder, &mixed, "line 1 is no item: an item has no usable bytes");
    let data = find(&folder.path().join("exports/rows"), ".json.gz");
    gzip(&data[0], b"");
    let whole = ["audit", "--entities", "exports/entities", "--rows", "exports/rows"];
    fails(&folder, &whole, "by its manifest; copy it again");
    fs::write(&data[0], "no gzip\n").unwrap();
    fails(&folder, &whole, "line 1 is no item");
    for path in find(&folder.path().join("exports/rows"), "manifest-summary.json") {
        fs::remove_file(path).unwrap();
    }
    fails(&folder, &whole, "see whether it is complete");
}

/// Tables with a small centre in them, and a `headroom audit` of them.
struct Stack {
    folder: TempDir,
    endpoint: String,
    client: Client,
    keys: Vec<RowKey>,
}

impl Stack {
    async fn new() -> Self {
        let endpoint = serve_dynamo().await;
        let client = client(&endpoint, HttpFaults::default());
        create_tables(&client, "").await;
        let tables = Tables { entities: ENTITIES.into(), rows: ROWS.into() };
        let store = DynamoStore::new(client.clone(), tables, Retention::default());
        let facts = simulated_facts(1, 30);
        apply_all(&store, &facts, 50).await;
        let rows = all_rows(&DynamoRows::new(client.clone(), ROWS.into()), &facts).await;
        let keys = rows.into_iter().map(|(key, _)| key).collect();
        Self { folder: folder(), endpoint, client, keys }
    }

    async fn audit(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_headroom"));
        command.current_dir(&self.folder).env_clear().env("AWS_REGION", "us-east-1");
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
        command.args(["audit", "--entities-table", ENTITIES, "--format", "json"]);
        // The simulated day is long past by the clock.
        command.args(["--retention-days", "36500", "--interval-rows-days", "36500"]);
        command.args(["--endpoint-url", &self.endpoint]).args(arguments).stdin(Stdio::null());
        spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    async fn audit_rows(&self, arguments: &[&str]) -> Output {
        self.audit(&[&["--rows-table", ROWS], arguments].concat()).await
    }

    /// The key of a day's row, as attributes.
    fn day(&self, number: usize) -> HashMap<String, AttributeValue> {
        let is_day = |key: &&RowKey| matches!(key.bucket, Bucket::Day(_));
        let key = self.keys.iter().filter(is_day).nth(number).unwrap();
        let text = |text: String| AttributeValue::S(text);
        let subject = ("subject".to_owned(), text(key.subject.to_string()));
        [subject, ("bucket".to_owned(), text(key.bucket.to_string()))].into()
    }

    async fn version(&self, key: HashMap<String, AttributeValue>) -> String {
        let get = self.client.get_item().table_name(ROWS).set_key(Some(key));
        let item = get.send().await.unwrap().item.unwrap();
        item["version"].as_n().unwrap().clone()
    }

    /// Adds 1 to a sum of one row, and removes another row.
    async fn damage(&self) {
        let add = self.client.update_item().table_name(ROWS).set_key(Some(self.day(0)));
        let add = add.update_expression("ADD nOverSla :n");
        let number = AttributeValue::N("1".to_owned());
        add.expression_attribute_values(":n", number).send().await.unwrap();
        let delete = self.client.delete_item().table_name(ROWS).set_key(Some(self.day(1)));
        delete.send().await.unwrap();
    }
}

#[tokio::test]
async fn tables_are_audited_and_repaired() {
    let stack = Stack::new().await;
    let clean = stack.audit_rows(&["--repair", "--yes"]).await;
    assert_eq!(clean.status.code(), Some(0), "{}", stderr(&clean));
    // There are rows without sums as well, of queues in which nobody waits any more.
    assert!(rows_compared(&clean) >= stack.keys.len(), "{}", stderr(&clean));

    stack.damage().await;
    let before = stack.version(stack.day(0)).await;
    for _ in 0..2 {
        let output = stack.audit_rows(&["--passes", "2"]).await;
        assert_eq!((output.status.code(), lines(&output).len()), (Some(1), 2));
    }
    assert_eq!(stack.version(stack.day(0)).await, before, "an audit alone writes nothing");

    let repaired = stack.audit_rows(&["--repair", "--yes"]).await;
    assert_eq!(repaired.status.code(), Some(0), "{}", stderr(&repaired));
    assert_eq!(lines(&repaired).len(), 2, "what was wrong is still printed");
    assert!(stderr(&repaired).contains("2 rows repaired"), "{}", stderr(&repaired));
    let version = |text: &str| text.parse::<u64>().unwrap();
    assert_eq!(version(&stack.version(stack.day(0)).await), version(&before) + 1);
    assert_eq!(stack.version(stack.day(1)).await, "1", "the row began anew");
    let after = stack.audit_rows(&[]).await;
    assert_eq!((after.status.code(), lines(&after)), (Some(0), vec![]));
}

#[tokio::test]
async fn a_repair_is_never_made_without_asking() {
    let stack = Stack::new().await;
    stack.damage().await;
    let before = stack.version(stack.day(0)).await;
    let output = stack.audit_rows(&["--repair"]).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("give --yes as well"), "{}", stderr(&output));
    assert_eq!(stack.audit_rows(&["--yes"]).await.status.code(), Some(2));
    assert_eq!(stack.version(stack.day(0)).await, before);
    let of_exports = ["audit", "--entities", "a", "--rows", "b", "--repair", "--yes"];
    is_refused(&stack.folder, &of_exports, "--entities-table");
    let output = stack.audit(&["--rows-table", "other"]).await;
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("cannot use the table other"), "{}", stderr(&output));
}

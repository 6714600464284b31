//! Rows by HTTP: the deployed API, its authorizer and its function.

#![allow(clippy::unwrap_used)]

mod attacks;

use attacks::{refused_tokens, with};
use headroom_e2e::{Cloud, HttpAnswer, acd_start, eventually, root};
use headroom_engine::{EntityStore, RowWrite, Transaction};
use headroom_kpi::{Amounts, Measure, Millis, RowKey};
use headroom_protocol::RowsPage;
use headroom_tables::{DynamoStore, Retention, Tables};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Instant;
use tokio::process::Command;

const GRANTED: &str = "11111111-0000-4000-8000-000000000000";
const DENIED: &str = "22222222-0000-4000-8000-000000000000";

/// Three conversations wait in each of the two queues.
async fn with_waits() -> Cloud {
    let cloud = Cloud::start(&[]);
    let starts =
        (0..6).map(|n| acd_start(if n % 2 == 0 { DENIED } else { GRANTED }, &format!("c{n}")));
    cloud.deliver(&starts.collect::<Vec<_>>()).await;
    let token = cloud.token(&["*"]);
    eventually("the rows of both queues", async || {
        let answer = cloud.get(&token, "subject=queue%23*&bucket=now").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let rows = answer.json()["rows"].as_array().unwrap().clone();
        rows.len() == 2 && rows.iter().all(|row| row["metrics"]["oWaiting"] == 3)
    })
    .await;
    cloud
}

fn page(answer: &HttpAnswer) -> RowsPage {
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test]
async fn rows_are_read_as_json_and_as_csv_and_once_only() {
    let cloud = with_waits().await;
    let token = cloud.token(&["*"]);
    let json = cloud.get(&token, "subject=queue%23*&bucket=now").await;
    assert_eq!(json.headers["content-type"], "application/json");
    assert_eq!(json.headers["cache-control"], "private, max-age=1");
    let page = page(&json);
    assert!(!page.stale && page.lag_seconds.is_some());
    for row in &page.rows {
        let row_in_table = &cloud.rows().await[&format!("{}|now", row.subject)];
        assert_eq!((&row.metrics, &row.computed), (&row_in_table.metrics, &row_in_table.computed));
    }

    let csv = cloud.get(&token, "subject=queue%23*&bucket=now&format=csv").await;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8; header=present");
    let lines: Vec<_> = csv.body.split_terminator("\r\n").collect();
    assert!(lines.len() == 3 && lines[0].starts_with("subject,name,bucket,"), "{}", csv.body);
    assert!(lines[1].starts_with(&format!("queue#{GRANTED}#voice,")), "{}", csv.body);

    let bearer = format!("Bearer {token}");
    let with_tag = [("Authorization", bearer.as_str()), ("If-None-Match", &json.headers["etag"])];
    let unchanged = cloud.request("GET", "?subject=queue%23*&bucket=now", &with_tag).await;
    assert_eq!((unchanged.status, unchanged.body.as_str()), (304, ""));
    let head = cloud.request("HEAD", "?subject=queue%23*&bucket=now", &with_tag[..1]).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(head.headers["etag"], json.headers["etag"]);
}

#[tokio::test]
async fn only_a_token_of_the_issuer_reads_and_only_from_a_page_on_the_list() {
    let cloud = with_waits().await;
    let valid = cloud.token(&["*"]);
    let mut refusals = Vec::new();
    for (description, token) in refused_tokens(&cloud) {
        refusals.push((description, cloud.get(&token, "subject=queue%23*").await));
    }
    refusals.push(("no header", cloud.request("GET", "?subject=queue%23*", &[]).await));
    let bearer = format!("Bearer {valid}");
    let from = |origin| [("Authorization", bearer.as_str()), ("Origin", origin)];
    let foreign = cloud.request("GET", "?subject=queue%23*", &from("https://evil.example")).await;
    refusals.push(("a page of others", foreign));
    let in_url = cloud.request("GET", &format!("?subject=queue%23*&token={valid}"), &[]).await;
    refusals.push(("a token in the URL", in_url));
    for (description, answer) in refusals {
        assert!(matches!(answer.status, 401 | 403), "{description}: {}", answer.status);
        assert!(!answer.body.contains("queue"), "{description}: {}", answer.body);
    }
    let board =
        cloud.request("GET", "?subject=queue%23*", &from("https://wallboard.example")).await;
    assert_eq!(board.headers["access-control-allow-origin"], "https://wallboard.example");
    assert_eq!(page(&board).rows.len(), 6);
    let preflight = |origin| [("Origin", origin), ("Access-Control-Request-Method", "GET")];
    let allowed = cloud.request("OPTIONS", "", &preflight("https://wallboard.example")).await;
    assert_eq!(allowed.headers["access-control-allow-methods"], "GET,HEAD");
    let refused = cloud.request("OPTIONS", "", &preflight("https://evil.example")).await;
    assert!(!refused.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn a_token_for_one_queue_reads_nothing_of_another() {
    let cloud = with_waits().await;
    let claims = with(cloud.claims(&[GRANTED]), "agents", json!(false));
    let token = cloud.sign(&claims);
    let answer = cloud.get(&token, "subject=queue%23*").await;
    assert!(answer.body.contains(GRANTED) && !answer.body.contains(DENIED), "{}", answer.body);
    for subject in [
        format!("queue%23{DENIED}%23voice"),
        format!("queue%23{DENIED}%23*"),
        format!("queue%23{DENIED}%23agents"),
        "agent%23*".to_owned(),
        format!("agent%23{DENIED}"),
    ] {
        let answer = cloud.get(&token, &format!("subject=queue%23*&subject={subject}")).await;
        assert_eq!(answer.status, 403, "{subject}");
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert!(!answer.body.contains(DENIED), "{}", answer.body);
    }
    let wrong = cloud.get(&token, "subject=queue").await;
    assert_eq!((wrong.status, &wrong.json()["status"]), (400, &json!(400)));
    let bearer = format!("Bearer {token}");
    let elsewhere = cloud.request("GET", "/more", &[("Authorization", &bearer)]).await;
    assert_eq!(elsewhere.status, 404);
}

/// One waits in each of so many queues.
async fn fill(cloud: &Cloud, queues: usize) {
    let tables = Tables {
        entities: cloud.output("EntitiesTable").to_owned(),
        rows: cloud.output("RowsTable").to_owned(),
    };
    let store = DynamoStore::new(cloud.dynamo(), tables, Retention::default());
    let row = |number: usize| {
        let subject = format!("queue#{number:08}-0000-4000-8000-000000000000#voice");
        let row = RowKey { subject: subject.parse().unwrap(), bucket: "now".parse().unwrap() };
        let amounts = Amounts::from_iter([(Measure::OWaiting, 1)]);
        RowWrite { row, amounts, at: Millis(1_778_594_562_000) }
    };
    let rows: Vec<_> = (0..queues).map(row).collect();
    for rows in rows.chunks(90) {
        let transaction = Transaction { entities: vec![], rows: rows.to_vec() };
        store.commit(&transaction).await.unwrap();
    }
}

#[tokio::test]
async fn a_thousand_rows_come_in_a_page_and_the_others_in_the_next_one() {
    let cloud = Cloud::start(&[]);
    fill(&cloud, 1_500).await;
    let token = cloud.token(&["*"]);
    let query = "subject=queue%23*&bucket=now";
    let first = cloud.get(&token, query).await;
    let mut times = Vec::new();
    for _ in 0..5 {
        let began = Instant::now();
        cloud.get(&token, query).await;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    println!("1,000 rows, {} bytes: {:?} (median of 5)", first.body.len(), times[2]);
    let (mut rows, mut answer) = (BTreeSet::new(), first);
    for count in [1_000, 500] {
        let page = page(&answer);
        assert_eq!(page.rows.len(), count);
        rows.extend(page.rows.into_iter().map(|row| row.subject));
        let Some(cursor) = page.next else { break };
        let link = answer.headers["link"].clone();
        assert!(link.contains(&cursor), "{link}");
        let (address, _) = link.strip_prefix('<').unwrap().split_once('>').unwrap();
        answer = cloud.get(&token, address.strip_prefix('?').unwrap()).await;
    }
    assert_eq!(rows.len(), 1_500);
    assert!(!answer.headers.contains_key("link"));
}

#[tokio::test]
async fn the_commands_of_the_documentation_work() {
    let cloud = with_waits().await;
    let text = std::fs::read_to_string(root().join("docs/rest.md")).unwrap();
    let blocks = text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let blocks: Vec<_> = blocks.collect();
    assert!(blocks.len() >= 4, "{blocks:?}");
    let mut outputs = Vec::new();
    for block in blocks {
        let mut command = Command::new("bash");
        command.args(["-euo", "pipefail", "-c", block]);
        command.env("URL", &cloud.deployment.rows_url).env("TOKEN", cloud.token(&["*"]));
        let output = command.output().await.unwrap();
        assert!(output.status.success(), "{block}: {output:?}");
        outputs.push(String::from_utf8(output.stdout).unwrap());
    }
    assert!(outputs[0].contains("\"oWaiting\":3"), "{outputs:?}");
    assert!(outputs[1].starts_with("subject,name,"), "{outputs:?}");
    assert_eq!(outputs.last().unwrap(), "304\n");
}

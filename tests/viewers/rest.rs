//! Rows by HTTP: pages, tags, and what goes wrong.

use crate::world::{MINUTE, NOW, World, catalog, key};
use headroom_engine::{EntityStore, RowWrite, Transaction};
use headroom_kpi::{Amounts, Calendar, Measure, Millis};
use headroom_protocol::{AuthorizerContext, Problem, RowsPage};
use headroom_rows::{Headers, Http, Reader, Request, RequestContext, Response, RowsAuthorizer};
use headroom_tables::catalog::QUEUE_KIND;
use headroom_tables::{DocumentKey, Documents, DynamoDocuments, DynamoRows};
use headroom_test_support::{HttpFault, LEDGER, ROWS};
use serde_json::json;
use std::collections::BTreeSet;

/// The function of a world.
pub(crate) fn reader(world: &World) -> Reader<DynamoRows> {
    Reader {
        rows: DynamoRows::new(world.client.clone(), ROWS.into()),
        catalog: catalog(&world.client),
        calendar: Calendar::default(),
        formatter: world.handler.formatter.clone(),
    }
}

/// A request of a token for some queues.
pub(crate) fn request(queues: &[&str], agents: bool, query: &str) -> Request {
    let context = AuthorizerContext {
        sub: "somebody".into(),
        queues: json!(queues).to_string(),
        agents: agents.to_string(),
        until: (NOW.seconds() + 3_600).to_string(),
    };
    Request {
        raw_query_string: query.into(),
        headers: Headers::default(),
        request_context: RequestContext {
            http: Http { method: "GET".into() },
            authorizer: RowsAuthorizer { context },
        },
    }
}

/// The response to a token for all queues and agents.
async fn get(world: &World, query: &str) -> Response {
    reader(world).respond(&request(&["*"], true, query), world.now).await.unwrap()
}

async fn page(world: &World, query: &str) -> RowsPage {
    let response = get(world, query).await;
    assert_eq!(response.status_code, 200, "{}", response.body);
    serde_json::from_str(&response.body).unwrap()
}

async fn problem(world: &World, query: &str) -> Problem {
    let response = get(world, query).await;
    assert_eq!(response.headers["Content-Type"], "application/problem+json");
    let problem: Problem = serde_json::from_str(&response.body).unwrap();
    assert_eq!(problem.status, response.status_code);
    problem
}

fn names(page: &RowsPage) -> Vec<String> {
    page.rows.iter().map(|row| format!("{}|{}", row.subject, row.bucket)).collect()
}

/// One waits in each queue, in each of these buckets.
pub(crate) async fn fill(world: &World, queues: usize, buckets: &[&str]) {
    let mut rows = Vec::new();
    for number in 0..queues {
        for bucket in buckets {
            let row = key(&format!("queue#{number:04}#voice"), bucket);
            let amounts = Amounts::from_iter([(Measure::OWaiting, 1)]);
            rows.push(RowWrite { row, amounts, at: world.now });
        }
    }
    rows.sort_unstable_by(|a, b| a.row.cmp(&b.row));
    for rows in rows.chunks(90) {
        let transaction = Transaction { entities: vec![], rows: rows.to_vec() };
        world.store.commit(&transaction).await.unwrap();
    }
}

#[tokio::test]
async fn a_page_has_the_rows_of_a_snapshot_and_says_how_old_they_are() {
    let mut world = World::new().await;
    for subject in ["queue#a#voice", "queue#b#chat", "queue#a#agents", "agent#u", "api#budget"] {
        for bucket in ["now", "PT30M#2026-05-12T14:00:00Z", "P1D#2026-05-12", "P1D#2026-05-11"] {
            world.change(subject, bucket).await;
        }
    }
    let ledger = DynamoDocuments::new(world.client.clone(), LEDGER);
    let name = json!({"name": "Billing"}).to_string();
    ledger.put(&DocumentKey::new(QUEUE_KIND, "a"), &name, 0, None).await.unwrap();
    world.now = world.now + Millis(7_000);
    let page = page(&world, "subject=queue%23*&subject=agent%23u&bucket=today,now").await;
    let subjects = ["agent#u", "queue#a#agents", "queue#a#voice", "queue#b#chat"];
    let expected: Vec<_> = ["P1D#2026-05-12", "now"]
        .iter()
        .flat_map(|bucket| subjects.map(|subject| format!("{subject}|{bucket}")))
        .collect();
    assert_eq!(names(&page), expected);
    assert_eq!((page.as_of.as_str(), page.lag_seconds), ("2026-05-12T14:02:49Z", Some(7)));
    assert!(!page.stale && page.next.is_none());
    let budget = self::page(&world, "subject=api%23budget&bucket=now").await;
    assert_eq!(names(&budget), ["api#budget|now"]);
    for mut row in page.rows {
        let key = key(&row.subject, &row.bucket);
        let billing = row.subject.starts_with("queue#a#").then(|| "Billing".to_owned());
        assert_eq!(row.name.take(), billing, "{}", row.subject);
        assert_eq!(world.row_states(std::slice::from_ref(&key)).await[&key], row);
    }
}

#[tokio::test]
async fn pages_follow_one_another_until_all_rows_have_come_once() {
    let mut world = World::new().await;
    let buckets = ["PT30M#2026-05-12T13:00:00Z", "PT30M#2026-05-12T13:30:00Z", "now"];
    fill(&world, 750, &buckets).await;
    for query in [
        "subject=queue%23*&bucket=now,PT30M%232026-05-12T13:00:00Z,PT30M%232026-05-12T13:30:00Z",
        "subject=queue%23*&from=2026-05-12T00:00:00Z&to=2026-05-12T14:00:00Z",
    ] {
        let (mut rows, mut next, mut pages) = (Vec::new(), Some(String::new()), 0);
        while let Some(cursor) = next {
            let response = get(&world, &format!("{query}{cursor}")).await;
            let page: RowsPage = serde_json::from_str(&response.body).unwrap();
            next = page.next.as_ref().map(|next| format!("&cursor={next}"));
            assert!(page.rows.len() <= 1_000);
            let link = response.headers.get("Link");
            assert_eq!(link.is_some(), next.is_some());
            assert!(link.is_none_or(|link| {
                link.ends_with(&format!("{}>; rel=\"next\"", next.as_ref().unwrap()))
            }));
            rows.extend(names(&page));
            pages += 1;
            // What is read next is still of the times of the first page.
            world.now = world.now + Millis(5 * MINUTE.0);
        }
        world.now = NOW;
        let unique: BTreeSet<_> = rows.iter().collect();
        let expected = if query.contains("from") { 1_500 } else { 2_250 };
        assert_eq!((rows.len(), unique.len()), (expected, expected), "{query}");
        assert_eq!(pages, expected.div_ceil(1_000), "{query}");
    }
}

#[tokio::test]
async fn a_page_of_many_lists_may_have_no_row_and_not_be_the_last() {
    let world = World::new().await;
    fill(&world, 1, &["PT30M#2026-05-12T23:00:00Z"]).await;
    // Each of eight queues is listed in each of 48 intervals.
    let queues: Vec<_> = (0..8).map(|number| format!("{number:04}")).collect();
    let queues: Vec<_> = queues.iter().map(String::as_str).collect();
    let query = "subject=queue%23*&from=2026-05-12T00:00:00Z&to=2026-05-13T00:00:00Z";
    let read = async |query: &str| -> RowsPage {
        let response = reader(&world).respond(&request(&queues, false, query), world.now).await;
        serde_json::from_str(&response.unwrap().body).unwrap()
    };
    let first = read(query).await;
    assert_eq!((names(&first), first.next.is_some()), (vec![], true));
    let second = read(&format!("{query}&cursor={}", first.next.unwrap())).await;
    assert_eq!(names(&second), ["queue#0000#voice|PT30M#2026-05-12T23:00:00Z"]);
    assert_eq!(second.next, None);
}

#[tokio::test]
async fn a_cursor_is_for_its_query_and_for_a_while() {
    let mut world = World::new().await;
    fill(&world, 1_001, &["now"]).await;
    let next = page(&world, "subject=queue%23*").await.next.unwrap();
    let other = problem(&world, &format!("subject=queue%23*&bucket=now&cursor={next}")).await;
    assert!(other.status == 400 && other.detail.contains("another query"), "{other:?}");
    world.now = world.now + Millis(121 * MINUTE.0);
    let mut late = request(&["*"], true, &format!("subject=queue%23*&cursor={next}"));
    late.request_context.authorizer.context.until = (world.now.seconds() + 60).to_string();
    let late = reader(&world).respond(&late, world.now).await.unwrap();
    assert!(late.status_code == 400 && late.body.contains("too old"), "{}", late.body);
}

#[tokio::test]
async fn who_has_the_page_gets_none_until_a_row_changes() {
    let mut world = World::new().await;
    world.change("queue#a#voice", "now").await;
    let respond = async |world: &World, format: &str, tag: &str| {
        let query = format!("subject=queue%23*&format={format}");
        let mut request = request(&["*"], true, &query);
        request.headers.if_none_match = Some(tag.to_owned());
        reader(world).respond(&request, world.now).await.unwrap()
    };
    for format in ["json", "csv"] {
        world.now = NOW;
        let first = respond(&world, format, "").await;
        let tag = first.headers["ETag"].clone();
        assert_eq!(first.headers["Cache-Control"], "private, max-age=1");
        world.now = world.now + Millis(2_000);
        let unchanged = respond(&world, format, &tag).await;
        assert_eq!((unchanged.status_code, unchanged.body.as_str()), (304, ""));
        assert_eq!(unchanged.headers["ETag"], tag);
        world.now = world.now + Millis(5 * MINUTE.0);
        assert_eq!(respond(&world, format, &tag).await.status_code, 200, "it is stale now");
        world.now = NOW;
        world.change("queue#a#voice", "now").await;
        assert_eq!(respond(&world, format, &tag).await.status_code, 200);
    }
}

#[tokio::test]
async fn head_has_the_headers_of_get_and_no_body() {
    let world = World::new().await;
    world.change("queue#a#voice", "now").await;
    let mut request = request(&["*"], true, "subject=queue%23*");
    let get = reader(&world).respond(&request, world.now).await.unwrap();
    request.request_context.http.method = "HEAD".into();
    let head = reader(&world).respond(&request, world.now).await.unwrap();
    assert_eq!((head.status_code, head.headers, head.body.as_str()), (200, get.headers, ""));
}

#[tokio::test]
async fn csv_has_the_rows_of_json() {
    let world = World::new().await;
    fill(&world, 3, &["now", "P1D#2026-05-12"]).await;
    let json = page(&world, "subject=queue%23*").await;
    let response = get(&world, "subject=queue%23*&format=csv").await;
    assert_eq!(response.headers["Content-Type"], "text/csv; charset=utf-8; header=present");
    let mut lines = response.body.split_terminator("\r\n");
    let header: Vec<_> = lines.next().unwrap().split(',').collect();
    let column = |name: &str| header.iter().position(|other| *other == name).unwrap();
    let (subject, bucket, waiting) = (column("subject"), column("bucket"), column("oWaiting"));
    let lines: Vec<Vec<_>> = lines.map(|line| line.split(',').collect()).collect();
    assert!(lines.iter().all(|cells| cells.len() == header.len() && cells[waiting] == "1"));
    let rows: Vec<_> = lines.iter().map(|c| format!("{}|{}", c[subject], c[bucket])).collect();
    assert_eq!(rows, names(&json));
}

#[tokio::test]
async fn what_is_wrong_is_a_problem_with_a_status() {
    let world = World::new().await;
    for query in ["", "subject=x", "subject=queue%23*&bucket=x", "subject=queue%23*&cursor=x"] {
        assert_eq!(problem(&world, query).await.status, 400, "{query}");
    }
    let query = "subject=queue%23a%23voice";
    for (fault, status, seconds) in
        [(HttpFault::Throttled, 429, "2"), (HttpFault::Unreachable, 503, "5")]
    {
        world.faults.plan("BatchGetItem", fault);
        let response = get(&world, query).await;
        assert_eq!(response.status_code, status);
        assert_eq!(response.headers["Retry-After"], seconds);
        assert_eq!(response.headers["Cache-Control"], "no-store");
    }
    world.faults.plan("BatchGetItem", HttpFault::AccessDenied);
    let failed = reader(&world).respond(&request(&["*"], true, query), world.now).await;
    assert!(failed.is_err(), "the alarm has to tell of it");
    assert_eq!(page(&world, query).await.rows, []);
}

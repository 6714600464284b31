//! The statuses that agents had.

use super::*;
use serde_json::json;
use std::collections::BTreeMap;

const PATH: &str = "/api/v2/analytics/users/details/query";
const DAY: &str = "2026-05-12T00:00:00Z/2026-05-13T00:00:00Z";

fn of_user(user: &str) -> Value {
    let predicate = json!({ "type": "dimension", "dimension": "userId", "operator": "matches",
        "value": user });
    json!([{ "type": "or", "predicates": [predicate] }])
}

fn users(client: &mut Client, body: &Value) -> Vec<Value> {
    let response = client.post(PATH, body);
    assert_eq!(response.status, 200);
    each(&json(&response), "userDetails").cloned().collect()
}

#[test]
fn records_follow_on_each_other_and_the_last_one_is_open() {
    let run = simulate(&lives(3));
    let mut client = Client::at_end(&run.archive);
    let users = users(&mut client, &json!({ "interval": DAY, "paging": { "pageSize": 100 } }));
    assert!(users.len() > 5);
    for user in &users {
        for key in ["primaryPresence", "routingStatus"] {
            let records: Vec<_> = each(user, key).collect();
            for pair in records.windows(2) {
                assert_eq!(pair[0]["endTime"], pair[1]["startTime"]);
                assert!(text(pair[0], "startTime") < text(pair[0], "endTime"));
            }
            assert!(records.last().unwrap().get("endTime").is_none());
        }
    }
}

#[test]
fn an_earlier_time_and_a_shorter_interval_have_less() {
    let run = simulate(&lives(4));
    let count = |as_of: i64, interval: &str| {
        let mut client = Client::as_of(&run.archive, as_of);
        let body = json!({ "interval": interval, "paging": { "pageSize": 100 } });
        let users = users(&mut client, &body);
        users.iter().map(|user| each(user, "routingStatus").count()).sum::<usize>()
    };
    let end = run.archive.end_ms().unwrap();
    let (whole, early) = (count(end, DAY), count(ms(START) + 3_600_000, DAY));
    let short = count(end, "2026-05-12T08:00:00Z/2026-05-12T08:05:00Z");
    assert!(0 < early && early < whole && 0 < short && short < early, "{whole} {early} {short}");
}

#[test]
fn pages_have_every_user_once_and_a_filter_has_its_own() {
    let run = simulate(&lives(5));
    let mut client = Client::at_end(&run.archive);
    let mut pages = BTreeMap::new();
    let mut total = 0;
    for number in 1.. {
        let paging = json!({ "pageSize": 4, "pageNumber": number });
        let body = json!({ "interval": DAY, "paging": paging });
        let page = json(&client.post(PATH, &body));
        total = page["totalHits"].as_u64().unwrap();
        let Some(users) = page.get("userDetails") else { break };
        for user in users.as_array().unwrap() {
            let id = text(user, "userId").unwrap().to_owned();
            assert!(pages.insert(id, user.clone()).is_none());
        }
    }
    assert_eq!(pages.len() as u64, total);
    let (id, user) = pages.first_key_value().unwrap();
    let body = json!({ "interval": DAY, "userFilters": of_user(id) });
    assert_eq!(users(&mut client, &body), std::slice::from_ref(user));
}

#[test]
fn long_intervals_and_filters_by_status_are_refused() {
    let run = simulate(&lives(3));
    let mut client = Client::at_end(&run.archive);
    let interval = |days: i64| {
        let end = ms("2026-05-12T00:00:00Z");
        let start = jiff::Timestamp::from_millisecond(end - days * 86_400_000).unwrap();
        format!("{start}/2026-05-12T00:00:00Z")
    };
    let mut status = |body: Value| client.post(PATH, &body).status;
    assert_eq!(status(json!({ "interval": interval(7) })), 200);
    assert_eq!(status(json!({ "interval": interval(8) })), 400);
    let filters = of_user("x");
    assert_eq!(status(json!({ "interval": interval(31), "userFilters": filters })), 200);
    assert_eq!(status(json!({ "interval": interval(32), "userFilters": filters })), 400);
    assert_eq!(status(json!({ "interval": "x" })), 400);
    assert_eq!(status(json!({ "interval": DAY, "presenceFilters": [] })), 400);
    assert_eq!(status(json!({ "interval": DAY, "paging": { "pageSize": 101 } })), 400);
}

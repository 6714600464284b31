//! The details query: days, overlap, order and pages.

use super::*;
use serde_json::json;
use std::collections::BTreeSet;

const PATH: &str = "/api/v2/analytics/conversations/details/query";

/// A run through midnight UTC.
fn night() -> Simulation {
    let load = Load::Rate { per_second: 0.2, duration_seconds: 10_800.0 };
    let start = "2026-05-12T22:30:00Z".parse().unwrap();
    simulate(&Options { start, load, ..options(8, 0) })
}

fn query_page(client: &mut Client, interval: &str, parameters: &Value) -> Value {
    let mut body = json!({ "interval": interval, "paging": { "pageSize": 100 } });
    for (key, value) in parameters.as_object().unwrap() {
        body[key] = value.clone();
    }
    let response = client.post(PATH, &body);
    assert_eq!(response.status, 200, "{}", json(&response));
    json(&response)
}

fn ids(pages: &[Value]) -> Vec<String> {
    let conversations = pages.iter().flat_map(|page| each(page, "conversations"));
    conversations
        .map(|conversation| text(conversation, "conversationId").unwrap().to_owned())
        .collect()
}

/// All pages.
fn query_all(client: &mut Client, interval: &str, parameters: &Value) -> Vec<Value> {
    let mut pages = Vec::new();
    for number in 1.. {
        let mut parameters = parameters.clone();
        parameters["paging"] = json!({ "pageSize": 40, "pageNumber": number });
        let page = query_page(client, interval, &parameters);
        if page.get("conversations").is_none() {
            break;
        }
        pages.push(page);
    }
    pages
}

#[test]
fn a_conversation_matches_if_it_overlaps_and_began_on_a_day_that_is_touched() {
    let run = night();
    let mut client = Client::at_end(&run.archive);
    let whole = client.conversations(&run.archive.conversations());
    for interval in [
        "2026-05-12T23:00:00.000Z/2026-05-12T23:10:00.000Z",
        "2026-05-12T23:55:00.000Z/2026-05-13T00:00:00.000Z",
        "2026-05-12T23:59:59.999Z/2026-05-13T00:05:00.000Z",
        "2026-05-13T00:00:00.000Z/2026-05-13T00:05:00.000Z",
        "2026-05-13T00:01:00.000Z/2026-05-13T00:02:00.000Z",
        "2026-05-13T01:29:00.000Z/2026-05-14T00:00:00.000Z",
        "2026-05-11T00:00:00.000Z/2026-05-12T00:00:00.000Z",
    ] {
        let (from, to) = interval.split_once('/').unwrap();
        let (first_day, last) = (&from[..10], ms(to) - 1);
        let last_day = &jiff::Timestamp::from_millisecond(last).unwrap().to_string()[..10];
        let expected = whole.iter().filter(|conversation| {
            let start = text(conversation, "conversationStart").unwrap();
            let end = text(conversation, "conversationEnd").map_or(i64::MAX, ms);
            let day = &start[..10];
            first_day <= day && day <= last_day && ms(start) < ms(to) && end >= ms(from)
        });
        let expected: Vec<_> =
            expected.map(|conversation| text(conversation, "conversationId").unwrap()).collect();
        let pages = query_all(&mut client, interval, &json!({}));
        assert_eq!(ids(&pages), expected, "{interval}");
        let hits = query_page(&mut client, interval, &json!({}));
        assert_eq!(hits["totalHits"].as_u64(), Some(expected.len() as u64));
    }
}

/// What began before midnight and goes on is not found by an interval after it.
#[test]
fn a_narrow_interval_after_midnight_misses_who_waits_since_before() {
    let run = night();
    let mut client = Client::at_end(&run.archive);
    let after = "2026-05-13T00:01:00.000Z/2026-05-13T00:02:00.000Z";
    let wide = "2026-05-12T23:59:59.999Z/2026-05-13T00:02:00.000Z";
    let narrow: BTreeSet<_> = ids(&query_all(&mut client, after, &json!({}))).into_iter().collect();
    let wide: BTreeSet<_> = ids(&query_all(&mut client, wide, &json!({}))).into_iter().collect();
    assert!(narrow.is_subset(&wide) && narrow.len() < wide.len());
}

#[test]
fn pages_have_everything_once_in_either_order() {
    let run = night();
    let mut client = Client::at_end(&run.archive);
    let interval = "2026-05-12T00:00:00.000Z/2026-05-14T00:00:00.000Z";
    let up = ids(&query_all(&mut client, interval, &json!({})));
    let mut down = ids(&query_all(
        &mut client,
        interval,
        &json!({ "order": "desc", "orderBy": "conversationStart" }),
    ));
    assert_eq!(up, run.archive.conversations());
    down.reverse();
    assert_eq!(up, down);
    let pages = query_all(&mut client, interval, &json!({ "orderBy": "conversationEnd" }));
    let ends = pages.iter().flat_map(|page| each(page, "conversations"));
    let ends: Vec<_> = ends
        .map(|conversation| text(conversation, "conversationEnd").map_or(i64::MAX, ms))
        .collect();
    assert!(ends.is_sorted() && ends.len() == up.len());
}

#[test]
fn what_cannot_be_answered_is_refused() {
    let run = simulate(&options(8, 1));
    let mut client = Client::at_end(&run.archive);
    let day = "2026-05-12T00:00:00.000Z/2026-05-13T00:00:00.000Z";
    for body in [
        json!({}),
        json!({ "interval": "today" }),
        json!({ "interval": "2026-05-13T00:00:00Z/2026-05-12T00:00:00Z" }),
        json!({ "interval": day, "paging": { "pageSize": 101 } }),
        json!({ "interval": day, "paging": { "pageNumber": 0 } }),
        json!({ "interval": day, "order": "backwards" }),
        json!({ "interval": day, "segmentFilters": [] }),
    ] {
        assert_eq!(client.post(PATH, &body).status, 400, "{body}");
    }
    let paging =
        |number| json!({ "interval": day, "paging": { "pageSize": 100, "pageNumber": number } });
    assert_eq!(client.post(PATH, &paging(1000)).status, 200);
    let deep = client.post(PATH, &paging(1001));
    assert_eq!(deep.status, 400);
    assert!(text(&json(&deep), "message").unwrap().starts_with("Pagination may not exceed 100000"));
}

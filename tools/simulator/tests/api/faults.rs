//! What goes wrong on demand.

use super::*;
use headroom_simulator::{ApiFault, ApiFaults, PlannedFault, RequestKind, ThrottleWindow};

const USERS: &str = "/api/v2/users";

fn client(faults: ApiFaults) -> Client {
    let archive = simulate(&options(9, 40)).archive;
    let options = ApiOptions { limit_per_minute: u32::MAX, faults, ..ApiOptions::default() };
    let end = archive.end_ms().unwrap();
    Client::new(&archive, options, end)
}

fn planned(of: Option<RequestKind>, fault: ApiFault) -> PlannedFault {
    PlannedFault { of, fault }
}

#[test]
fn a_script_happens_in_its_order_and_to_its_kind_of_request() {
    let users = Some(RequestKind::Users);
    let next = [
        planned(users, ApiFault::Status { status: 503 }),
        planned(users, ApiFault::Throttled { seconds: 42 }),
        planned(users, ApiFault::Truncated),
        planned(users, ApiFault::Slow { ms: 9_000 }),
        planned(users, ApiFault::None),
        planned(users, ApiFault::TokenExpired),
    ];
    let mut client = client(ApiFaults { next: next.into(), ..ApiFaults::default() });
    assert_eq!(client.get("/api/v2/routing/queues").status, 200);
    let responses: Vec<_> = (0..6).map(|_| client.get(USERS)).collect();
    let statuses: Vec<_> = responses.iter().map(|response| response.status).collect();
    assert_eq!(statuses, [503, 429, 200, 200, 200, 401]);
    assert_eq!(responses[1].header("retry-after"), Some("42"));
    assert!(responses[2].truncated_at.unwrap() < responses[2].body.len());
    let slow: Vec<_> = responses.iter().map(|response| response.latency_ms).collect();
    assert_eq!(slow, [0, 0, 0, 9_000, 0, 0]);
    client.token = token(&mut client.api, client.now);
    assert_eq!(client.get(USERS).status, 200);
}

#[test]
fn shares_of_the_requests_fail_or_break_off() {
    let faults = ApiFaults { error_share: 0.3, truncated_share: 0.3, ..ApiFaults::default() };
    let mut client = client(ApiFaults::default());
    client.api.set_faults(ApiFaults { error_status: 504, latency_ms: 20, ..faults });
    let responses: Vec<_> = (0..1000).map(|_| client.get(USERS)).collect();
    let failed = responses.iter().filter(|response| response.status == 504).count();
    let broken = responses.iter().filter(|response| response.truncated_at.is_some()).count();
    assert!((250..350).contains(&failed) && (150..270).contains(&broken), "{failed} {broken}");
    assert!(responses.iter().all(|response| response.latency_ms == 20));
}

#[test]
fn a_stretch_of_time_is_throttled() {
    let mut client = client(ApiFaults::default());
    let from_ms = client.now + 1_000;
    let throttled = vec![ThrottleWindow { from_ms, until_ms: from_ms + 90_000 }];
    client.api.set_faults(ApiFaults { throttled, ..ApiFaults::default() });
    let mut ask = |at| {
        client.now = at;
        let response = client.get(USERS);
        (response.status, response.header("retry-after").map(str::to_owned))
    };
    assert_eq!(ask(from_ms - 1), (200, None));
    assert_eq!(ask(from_ms), (429, Some("90".to_owned())));
    assert_eq!(ask(from_ms + 89_001), (429, Some("1".to_owned())));
    assert_eq!(ask(from_ms + 90_000), (200, None));
}

#[test]
fn conversations_can_be_unknown() {
    let mut client = client(ApiFaults::default());
    let ids = simulate(&options(9, 40)).archive.conversations();
    let unknown_ids = [ids[3].clone(), "no id".to_owned()].into();
    client.api.set_faults(ApiFaults { unknown_ids, ..ApiFaults::default() });
    assert_eq!(client.conversations(&ids).len(), 39);
    let path = format!("/api/v2/analytics/conversations/{}/details", ids[3]);
    assert_eq!(client.get(&path).status, 404);
    client.api.set_faults(ApiFaults { unknown_share: 0.5, ..ApiFaults::default() });
    let visible = client.conversations(&ids);
    assert!((10..30).contains(&visible.len()));
    assert_eq!(client.conversations(&ids), visible, "always the same");
    client.api.set_faults(ApiFaults { unknown_share: 1.0, ..ApiFaults::default() });
    assert_eq!(client.conversations(&ids).len(), 0);
}

#[test]
fn ids_and_kinds_of_requests_are_counted() {
    let mut client = client(ApiFaults::default());
    let ids = simulate(&options(9, 40)).archive.conversations();
    client.conversations(&ids);
    client.conversations(&ids[..2]);
    let log = client.api.log();
    assert_eq!(log.by_kind.get(&RequestKind::Conversations), Some(&2));
    assert_eq!((log.ids.get(&ids[0]), log.ids.get(&ids[2])), (Some(&2), Some(&1)));
    let json = serde_json::to_value(log).unwrap();
    assert_eq!(json["byKind"]["token"], 1);
    assert_eq!(json["requests"][1]["kind"], "conversations");
}

#[test]
fn faults_are_read_from_json() {
    let text = r#"{"errorShare":0.1,"next":[{"of":"query","fault":{"kind":"status","status":504}},
        {"fault":{"kind":"tokenExpired"}}],"throttled":[{"fromMs":1,"untilMs":2}]}"#;
    let faults: ApiFaults = serde_json::from_str(text).unwrap();
    assert_eq!(faults.next[0].of, Some(RequestKind::Query));
    assert_eq!(faults.next[1], planned(None, ApiFault::TokenExpired));
    assert!(serde_json::from_str::<ApiFaults>(r#"{"errorshare":0.1}"#).is_err());
}

#[test]
fn too_many_ids_are_refused() {
    let mut client = client(ApiFaults::default());
    let ids = |count: usize| {
        let ids: Vec<_> = (0..count).map(|nth| format!("id-{nth}")).collect();
        format!("/api/v2/analytics/conversations/details?id={}", ids.join("%2C"))
    };
    assert_eq!(client.get(&ids(100)).status, 200);
    assert_eq!(client.get(&ids(101)).status, 400);
}

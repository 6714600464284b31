//! Who is in which queue, and in which status.

use super::*;
use headroom_simulator::{ApiFaults, QUEUES, TruthRow};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

const PATH: &str = "/api/v2/analytics/routing/activity/query";

fn query(metrics: &[&str], filter: Option<Value>) -> Value {
    let metrics: Vec<_> =
        metrics.iter().map(|metric| json!({ "metric": metric, "details": true })).collect();
    let mut body = json!({ "metrics": metrics, "groupBy": ["queueId"] });
    if let Some(filter) = filter {
        body["filter"] = filter;
    }
    body
}

fn entities(client: &mut Client, filter: Option<Value>) -> Vec<Value> {
    let response = client.post(PATH, &query(&["oMemberUsers"], filter));
    assert_eq!(response.status, 200);
    let results = json(&response);
    assert_eq!(results["entityIdDimension"], "userId");
    each(&results, "results").flat_map(|group| each(group, "entities").cloned()).collect()
}

/// All members of a queue, in pages of a hundred.
fn members(client: &mut Client, queue: &str, parameters: &str) -> Vec<Value> {
    let mut members = Vec::new();
    for number in 1.. {
        let path = format!("/api/v2/routing/queues/{queue}/members");
        let path = format!("{path}?pageSize=100&pageNumber={number}{parameters}");
        let page = json(&client.get(&path));
        members.extend(each(&page, "entities").cloned());
        if page.get("nextUri").is_none() {
            break;
        }
    }
    members
}

fn times(run: &Simulation) -> [i64; 3] {
    let (start, end) = (ms(START), run.archive.end_ms().unwrap());
    [start, start + 5_000_123, end]
}

/// The `now` rows of agents and of the staffing of queues.
fn now(archive: &Archive, as_of: i64) -> BTreeMap<String, TruthRow> {
    let truth = archive.truth(as_of);
    let rows = truth.rows().filter(|row| row.bucket == "now");
    rows.map(|row| (row.subject.clone(), row)).collect()
}

#[test]
fn the_numbers_are_those_of_the_truth_at_any_time() {
    let run = simulate(&lives(3));
    for as_of in times(&run) {
        let truth = now(&run.archive, as_of);
        let metrics = ["oMemberUsers", "oActiveUsers", "oOnQueueUsers", "oOffQueueUsers"];
        let response = json(&Client::as_of(&run.archive, as_of).post(PATH, &query(&metrics, None)));
        for group in each(&response, "results") {
            let queue = text(&group["group"], "queueId").unwrap();
            let metrics = &truth[&format!("queue#{queue}#agents")].metrics;
            let mut off_queue = 0;
            for data in each(group, "data") {
                let (name, count) = (text(data, "metric").unwrap(), data["count"].as_i64());
                assert_eq!(i64::try_from(each(data, "entityIds").count()).ok(), count);
                match (name, text(data, "qualifier")) {
                    ("oOnQueueUsers", Some(status)) => {
                        let sum = metrics.get(&format!("{name}.{status}")).copied();
                        assert_eq!(sum, count, "{queue} {status}");
                    }
                    ("oOffQueueUsers", _) => off_queue += count.unwrap(),
                    _ => assert_eq!(metrics.get(name).copied(), count, "{queue} {name}"),
                }
            }
            // Unlike here, who is offline is among those who are off queue.
            let on_queue: i64 = metrics
                .iter()
                .filter(|(name, _)| name.starts_with("oOnQueueUsers"))
                .map(|(_, count)| count)
                .sum();
            assert_eq!(metrics["oActiveUsers"] - on_queue, off_queue);
        }
    }
}

#[test]
fn statuses_of_entities_members_and_users_agree_with_the_truth() {
    let run = simulate(&lives(4));
    for as_of in times(&run) {
        let truth = now(&run.archive, as_of);
        let mut client = Client::as_of(&run.archive, as_of);
        let mut users = BTreeMap::new();
        let expanded = "&expand=routingStatus,presence";
        let members: BTreeMap<_, _> =
            QUEUES.iter().map(|info| (info.id, members(&mut client, info.id, expanded))).collect();
        for entity in entities(&mut client, None) {
            let user = text(&entity, "userId").unwrap();
            let sums = &truth[&format!("agent#{user}")].metrics;
            let since = |name: &str, date: &str| {
                assert_eq!(sums.get(name).copied(), text(&entity, date).map(ms), "{entity}");
            };
            let value = |key: &str| text(&entity, key).unwrap();
            since(&format!("systemPresence.{}", value("systemPresence")), "presenceDate");
            let organization = value("organizationPresenceId");
            since(&format!("organizationPresence.{organization}"), "presenceDate");
            if !sums.contains_key("routingStatus.OFF_QUEUE") {
                since(&format!("routingStatus.{}", value("routingStatus")), "routingStatusDate");
            }
            users.insert(user.to_owned(), entity.clone());
            let queue = value("queueId");
            let mut of_queue = members[queue].iter();
            let member = of_queue.find(|member| text(member, "id") == Some(user)).unwrap();
            assert_eq!(member["joined"], value("queueMembershipStatus") == "active");
            assert_eq!(member["routingStatus"]["status"], entity["routingStatus"]);
            let presence = &member["user"]["presence"];
            assert_eq!(presence["modifiedDate"], entity["presenceDate"]);
        }
        let ids: Vec<_> = users.keys().take(100).cloned().collect();
        let path = format!(
            "/api/v2/users?pageSize=100&expand=presence&expand=routingStatus&id={}",
            ids.join("&id=")
        );
        let page = json(&client.get(&path));
        assert_eq!(each(&page, "entities").count(), ids.len());
        for user in each(&page, "entities") {
            let entity = &users[text(user, "id").unwrap()];
            let definition = &user["presence"]["presenceDefinition"];
            assert_eq!(definition["id"], entity["organizationPresenceId"]);
            assert_eq!(user["routingStatus"]["startTime"], entity["routingStatusDate"]);
            assert!(user.get("outOfOffice").is_none());
        }
    }
}

#[test]
fn filters_choose_queues_users_and_memberships() {
    let run = simulate(&lives(5));
    let mut client = Client::at_end(&run.archive);
    let entities_of_all = entities(&mut client, None);
    let predicate = |dimension: &str, value: &str| {
        json!({ "type": "dimension",
        "dimension": dimension, "operator": "matches", "value": value })
    };
    let queues = [QUEUES[0].id, QUEUES[4].id];
    let clause = json!({ "type": "or", "predicates": queues.map(|id| predicate("queueId", id)) });
    let filter = json!({ "type": "and", "clauses": [clause],
        "predicates": [predicate("queueMembershipStatus", "active")] });
    let some = entities(&mut client, Some(filter));
    let is_hit = |entity: &&Value| {
        let queue = text(entity, "queueId").unwrap();
        queues.contains(&queue) && text(entity, "queueMembershipStatus") == Some("active")
    };
    assert_eq!(some, entities_of_all.iter().filter(is_hit).cloned().collect::<Vec<_>>());
    let statuses: BTreeSet<_> =
        entities_of_all.iter().filter_map(|entity| text(entity, "queueMembershipStatus")).collect();
    assert_eq!(statuses, BTreeSet::from(["active", "inactive"]));
    let user = text(&entities_of_all[0], "userId").unwrap();
    let filter = json!({ "type": "or", "predicates": [predicate("userId", user)] });
    let of_user = entities(&mut client, Some(filter));
    assert!(
        !of_user.is_empty() && of_user.iter().all(|entity| text(entity, "userId") == Some(user))
    );
}

#[test]
fn too_many_entities_are_truncated_and_the_pages_of_members_have_them_all() {
    let run = simulate(&lives(6));
    let faults = ApiFaults { entities_max: 2, ..ApiFaults::default() };
    let options = ApiOptions { faults, limit_per_minute: u32::MAX, ..ApiOptions::default() };
    let mut client = Client::new(&run.archive, options, run.archive.end_ms().unwrap());
    let response = json(&client.post(PATH, &query(&["oMemberUsers"], None)));
    for group in each(&response, "results") {
        assert_eq!(each(group, "entities").count(), 2, "{group}");
        assert_eq!(group["truncated"], true);
        let queue = text(&group["group"], "queueId").unwrap();
        let mut count = |joined: &str| members(&mut client, queue, joined).len();
        let (active, inactive) = (count("&joined=true"), count("&joined=false"));
        assert!(active > 0);
        assert_eq!(group["data"][0]["count"], active + inactive);
        assert_eq!(count(""), active + inactive);
    }
}

#[test]
fn what_the_stand_in_does_not_have_is_refused() {
    let run = simulate(&lives(3));
    let mut client = Client::at_end(&run.archive);
    let metrics = json!([{ "metric": "oMemberUsers" }]);
    let predicate = json!({ "type": "dimension", "dimension": "teamId", "value": "x" });
    for body in [
        json!({}),
        json!({ "metrics": metrics }),
        json!({ "metrics": [], "groupBy": ["queueId"] }),
        json!({ "metrics": metrics, "groupBy": ["userId"] }),
        json!({ "metrics": [{ "metric": "oWaiting" }], "groupBy": ["queueId"] }),
        json!({ "metrics": metrics, "groupBy": ["queueId"], "interval": "x" }),
        json!({ "metrics": metrics, "groupBy": ["queueId"],
            "filter": { "type": "or", "predicates": [predicate] } }),
    ] {
        assert_eq!(client.post(PATH, &body).status, 400, "{body}");
    }
}

#[test]
fn expansions_are_as_good_as_they_can_be() {
    let run = simulate(&lives(3));
    let faults = ApiFaults { unexpanded_share: 0.5, ..ApiFaults::default() };
    let options = ApiOptions { faults, limit_per_minute: u32::MAX, ..ApiOptions::default() };
    let mut client = Client::new(&run.archive, options, run.archive.end_ms().unwrap());
    let mut unexpanded = || {
        client.now += 60_000;
        let page = json(&client.get("/api/v2/users?pageSize=500&expand=presence"));
        let is_bare = |user: &&Value| user.get("presence").is_none();
        let ids = each(&page, "entities").filter(is_bare).filter_map(|user| text(user, "id"));
        (ids.map(str::to_owned).collect::<BTreeSet<_>>(), each(&page, "entities").count())
    };
    let ((first, count), (second, _)) = (unexpanded(), unexpanded());
    assert!(!first.is_empty() && first.len() < count && first != second);
}

//! Queues, members and users.

use super::*;
use headroom_simulator::QUEUES;
use std::collections::BTreeSet;

fn pages(client: &mut Client, path: &str, size: usize) -> Vec<Value> {
    let (mut entities, mut number) = (Vec::new(), 1);
    loop {
        let page = json(&client.get(&format!("{path}?pageSize={size}&pageNumber={number}")));
        entities.extend(each(&page, "entities").cloned());
        assert_eq!(
            (page["pageSize"].as_u64(), page["pageNumber"].as_u64()),
            (Some(size as u64), Some(number))
        );
        if page.get("nextUri").is_none() {
            // Of members there is no count.
            let counted = !path.ends_with("/members");
            let total = counted.then_some(entities.len() as u64);
            assert_eq!(page["total"].as_u64(), total);
            assert_eq!(page["pageCount"].as_u64(), counted.then_some(number));
            return entities;
        }
        number += 1;
    }
}

fn id(value: &Value) -> String {
    text(value, "id").unwrap().to_owned()
}

#[test]
fn queues_have_the_service_levels_of_the_rules() {
    let levels = Rules::default().service_level_ms.with_queue(QUEUES[0].id, "voice", 7_000);
    let rules =
        Rules { service_level_ms: levels.with_media("message", 90_000), ..Rules::default() };
    let run = simulate(&Options { rules: rules.clone(), ..options(2, 50) });
    let queues = pages(&mut Client::at_end(&run.archive), "/api/v2/routing/queues", 3);
    assert_eq!(queues.len(), QUEUES.len());
    for (queue, info) in queues.iter().zip(&QUEUES) {
        assert_eq!((text(queue, "id"), text(queue, "name")), (Some(info.id), Some(info.name)));
        for (setting, media) in [("call", "voice"), ("message", "message"), ("email", "email")] {
            let level = &queue["mediaSettings"][setting]["serviceLevel"];
            let expected = rules.service_level_ms.ms(info.id, media);
            assert_eq!(level["durationMs"].as_i64(), Some(expected));
            assert_eq!(level["percentage"].as_f64(), Some(0.8));
        }
    }
}

#[test]
fn whoever_works_for_a_queue_is_its_member() {
    let run = simulate(&options(2, 400));
    let mut client = Client::at_end(&run.archive);
    let users: BTreeSet<_> = pages(&mut client, "/api/v2/users", 7).iter().map(id).collect();
    let mut members = BTreeSet::new();
    for queue in &QUEUES {
        let path = format!("/api/v2/routing/queues/{}/members", queue.id);
        let of_queue = pages(&mut client, &path, 10);
        assert!(of_queue.iter().all(|member| users.contains(&id(member))));
        members.extend(of_queue.iter().map(|member| (queue.id.to_owned(), id(member))));
    }
    let conversations = client.conversations(&run.archive.conversations());
    for (participant, session) in conversations.iter().flat_map(sessions) {
        let alerted = text(&session["segments"][0], "segmentType") == Some("alert");
        let queue = text(&session["segments"][0], "queueId").filter(|_| alerted);
        if let (Some(queue), Some(user)) = (queue, text(participant, "userId")) {
            assert!(members.contains(&(queue.to_owned(), user.to_owned())), "{participant}");
        }
    }
}

#[test]
fn pages_have_limits_and_unknown_filters_are_refused() {
    let run = simulate(&options(2, 1));
    let mut client = Client::at_end(&run.archive);
    let members = format!("/api/v2/routing/queues/{}/members", QUEUES[0].id);
    let mut status = |path: &str| client.get(path).status;
    assert_eq!(status(&format!("{members}?pageSize=100&expand=presence")), 200);
    assert_eq!(status(&format!("{members}?pageSize=101")), 400);
    assert_eq!(status("/api/v2/users?pageNumber=0"), 400);
    assert_eq!(status("/api/v2/users?jabberId=somebody"), 400);
    assert_eq!(status("/api/v2/routing/queues/nowhere/members"), 404);
}

//! Presences by the ids of users, and their definitions.

use super::*;
use headroom_simulator::PERSONAL_TEXT;
use std::collections::BTreeMap;

const PATH: &str = "/api/v2/users/presences/purecloud/bulk";

fn users(client: &mut Client) -> Vec<String> {
    let page = json(&client.get("/api/v2/users?pageSize=500"));
    each(&page, "entities").filter_map(|user| text(user, "id")).map(str::to_owned).collect()
}

#[test]
fn presences_come_as_a_list_and_are_defined() {
    let run = simulate(&lives(3));
    let mut client = Client::at_end(&run.archive);
    let ids: Vec<_> = users(&mut client).into_iter().take(49).collect();
    let unknown = "00000000-0000-4000-8000-000000000000";
    let presences = json(&client.get(&format!("{PATH}?id={},{unknown}", ids.join(","))));
    let presences = presences.as_array().unwrap();
    let users: Vec<_> = presences.iter().filter_map(|presence| text(presence, "userId")).collect();
    assert_eq!(users, ids);
    let definitions = json(&client.get("/api/v2/presence/definitions"));
    assert_eq!(definitions["total"].as_u64(), Some(each(&definitions, "entities").count() as u64));
    let systems: BTreeMap<_, _> = each(&definitions, "entities")
        .map(|definition| (text(definition, "id"), text(definition, "systemPresence").unwrap()))
        .collect();
    for presence in presences {
        let definition = &presence["presenceDefinition"];
        let system = text(definition, "systemPresence").unwrap().replace(' ', "");
        assert_eq!(systems[&text(definition, "id")], system);
        assert!(text(presence, "message").unwrap().starts_with(PERSONAL_TEXT));
    }
}

#[test]
fn at_most_fifty_users_are_answered() {
    let run = simulate(&lives(3));
    let mut client = Client::at_end(&run.archive);
    let unknown = "00000000-0000-4000-8000-000000000000";
    let nobody = json(&client.get(&format!("{PATH}?id={unknown}")));
    assert_eq!(nobody.as_array().map(Vec::len), Some(0));
    let many: Vec<_> = (0..51).map(|n| n.to_string()).collect();
    assert_eq!(client.get(&format!("{PATH}?id={}", many.join(","))).status, 400);
    assert_eq!(client.get(PATH).status, 400);
}

/// Without lives of agents nothing is known of them but that they are members of queues.
#[test]
fn without_lives_there_are_no_statuses() {
    let run = simulate(&options(2, 50));
    let mut client = Client::at_end(&run.archive);
    let ids: Vec<_> = users(&mut client).into_iter().take(50).collect();
    let presences = json(&client.get(&format!("{PATH}?id={}", ids.join(","))));
    assert_eq!(presences.as_array().map(Vec::len), Some(0));
    let page = json(&client.get("/api/v2/users?expand=presence&expand=routingStatus"));
    assert!(each(&page, "entities").all(|user| user.get("presence").is_none()));
}

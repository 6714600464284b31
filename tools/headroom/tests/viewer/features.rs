//! What a viewer asks a server for that can do more than version 1 had at first.

use crate::server::{Delivery, Server};
use crate::{default_viewer, has_all_rows, text, watch};
use headroom_protocol::{CatalogQueue, ClientMessage, Feature, RowState, TargetLevel};
use std::collections::BTreeMap;

fn server() -> Server {
    let server = Server::start();
    server.state.lock().unwrap().features = Feature::ALL.to_vec();
    server
}

fn requests(server: &Server) -> Vec<ClientMessage> {
    server.state.lock().unwrap().requests.clone()
}

#[tokio::test]
async fn a_lost_last_delta_is_found_by_digests() {
    let server = server();
    let mut viewer = default_viewer(&server);
    for queue in 0..5 {
        server.change(queue, Delivery::Sent);
    }
    has_all_rows(&mut viewer, &server).await;
    server.change(3, Delivery::Lost);
    has_all_rows(&mut viewer, &server).await;
    let by_digests =
        |request: &ClientMessage| matches!(request, ClientMessage::Verify { digests: Some(_), .. });
    assert!(requests(&server).iter().any(by_digests));
    assert_eq!(viewer.counts().subscribes, 1);
}

#[test]
fn a_table_has_the_names_and_targets_of_the_catalog() {
    let server = server();
    server.set_row("queue#q1#voice", "P1D#2026-05-12", &[("nOffered", 4)]);
    let level = TargetLevel { target: 0.85, threshold_ms: 20_000 };
    let queue = CatalogQueue {
        id: "q1".into(),
        name: Some("Billing\u{7}".into()),
        service_levels: BTreeMap::from([("voice".to_owned(), level)]),
    };
    {
        let mut state = server.state.lock().unwrap();
        state.queues = vec![queue];
        let row = state.rows.values_mut().next().unwrap();
        row.computed.service_level = Some(0.5);
    }
    let table = watch(&server, "a.b.c", &["--once"]);
    let shown = text(&table.stdout);
    assert!(shown.contains("│ Billing? ") && shown.contains("50.0 % of 85 %"), "{shown}");
}

#[test]
fn the_past_and_histograms_come_where_they_are_asked_for() {
    let server = server();
    server.change(1, Delivery::Lost);
    let bucket = "PT30M#2026-05-12T08:00:00Z";
    server.set_row("queue#q1#voice", bucket, &[("nOffered", 4), ("w57", 2)]);
    let arguments = ["--once", "--json", "--history", "8", "--waits"];
    let json = watch(&server, "a.b.c", &arguments);
    assert!(json.status.success(), "{}", text(&json.stderr));
    let rows = text(&json.stdout).lines().map(|line| serde_json::from_str(line).unwrap());
    assert_eq!(rows.collect::<Vec<RowState>>(), server.rows());
    let requests = requests(&server);
    assert!(matches!(requests[0], ClientMessage::Subscribe { waits: true, .. }));
    let ClientMessage::Read { subjects, since: Some(_), until: Some(_), .. } = &requests[1] else {
        panic!("{requests:?}")
    };
    assert_eq!(subjects, &["queue#q1#voice"]);
}

#[test]
fn a_server_without_history_is_named_as_the_reason() {
    let server = Server::start();
    server.change(1, Delivery::Lost);
    let output = watch(&server, "a.b.c", &["--once", "--json", "--history", "8"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("this server cannot read the past"));
    let without_json = watch(&server, "a.b.c", &["--once", "--history", "8"]);
    assert_eq!(without_json.status.code(), Some(2));
}

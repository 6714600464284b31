//! A viewer, and the command that shows one, against a server on loopback.

#![allow(clippy::unwrap_used, clippy::panic)]

mod budget;
mod features;
mod server;

use headroom::viewer::{Token, Viewer, ViewerError, ViewerOptions};
use headroom_protocol::{RowState, ServerMessage, SessionOptions};
use server::{Delivery, Server};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

fn viewer(server: &Server, token: Token) -> Viewer {
    let url = server.address.clone();
    Viewer::new(ViewerOptions {
        url,
        token,
        subjects: vec!["queue#*".into()],
        session: SessionOptions::default(),
    })
    .unwrap()
}

fn default_viewer(server: &Server) -> Viewer {
    viewer(server, Token::Text("a.b.c".into()))
}

/// Runs the viewer until it has exactly the server's rows, and none of them is stale.
async fn has_all_rows(viewer: &mut Viewer, server: &Server) {
    let deadline = Instant::now() + Duration::from_mins(1);
    let is_current = |viewer: &Viewer| {
        let fresh: Option<Vec<_>> = viewer
            .session()
            .rows(Instant::now())
            .map(|(row, stale)| if stale { None } else { Some(row.clone()) })
            .collect();
        viewer.session().is_complete() && fresh == Some(server.rows())
    };
    assert!(viewer.until(deadline, is_current).await.unwrap(), "{:?}", viewer.counts());
}

/// Runs the viewer until it stops.
async fn stops(viewer: &mut Viewer) -> ViewerError {
    let deadline = Instant::now() + Duration::from_mins(1);
    while Instant::now() < deadline {
        if let Err(error) = viewer.next(deadline).await {
            return error;
        }
    }
    panic!("it did not stop: {:?}", viewer.counts());
}

#[tokio::test]
async fn the_token_is_sent_as_a_subprotocol_and_not_in_the_address() {
    let server = Server::start();
    server.change(1, Delivery::Lost);
    let mut viewer = default_viewer(&server);
    has_all_rows(&mut viewer, &server).await;
    let handshakes = server.state.lock().unwrap().handshakes.clone();
    assert_eq!(handshakes, [("/v1".to_owned(), "headroom.v1, bearer.a.b.c".to_owned())]);
    assert_eq!((viewer.counts().connects, viewer.counts().subscribes), (1, 1));
}

#[tokio::test]
async fn a_viewer_that_loses_frames_and_connections_ends_with_exactly_the_servers_rows() {
    let server = Server::start();
    let mut viewer = default_viewer(&server);
    for round in 0..3 {
        has_all_rows(&mut viewer, &server).await;
        for change in 0..200 {
            let delivery = if (change + round) % 7 == 0 { Delivery::Lost } else { Delivery::Sent };
            server.change(change % 10, delivery);
            viewer.next(Instant::now()).await.unwrap();
        }
        match round {
            0 | 1 => viewer.disconnect(),
            _ => {
                server.close();
                let deadline = Instant::now() + Duration::from_mins(1);
                let lost = |viewer: &Viewer| viewer.counts().losses == 3;
                assert!(viewer.until(deadline, lost).await.unwrap());
            }
        }
    }
    has_all_rows(&mut viewer, &server).await;
    // The last delta of a row is lost: no later one has another base.
    server.change(3, Delivery::Lost);
    has_all_rows(&mut viewer, &server).await;
    let counts = viewer.counts();
    assert_eq!((counts.connects, counts.losses, counts.unreadable), (4, 3, 0));
    assert!(counts.delta_frames > 0 && counts.verifies > 0, "{counts:?}");
}

#[tokio::test]
async fn a_server_that_selects_no_subprotocol_is_refused() {
    let server = Server::start();
    server.state.lock().unwrap().subprotocol = None;
    let mut viewer = default_viewer(&server);
    let deadline = Instant::now() + Duration::from_mins(1);
    assert!(viewer.until(deadline, |viewer| viewer.counts().losses > 0).await.unwrap());
    assert_eq!(viewer.counts().connects, 0);
}

#[tokio::test]
async fn a_refused_token_stops_a_viewer_and_a_renewed_file_keeps_it_connected() {
    let server = Server::start();
    let mut viewer = default_viewer(&server);
    server.state.lock().unwrap().token = "d.e.f".into();
    assert!(matches!(stops(&mut viewer).await, ViewerError::TokenRefused(403)));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "d.e.f\n").unwrap();
    let mut viewer = self::viewer(&server, Token::File(file.clone()));
    has_all_rows(&mut viewer, &server).await;
    server.state.lock().unwrap().token = "g.h.i".into();
    std::fs::write(&file, "g.h.i").unwrap();
    server.push(&ServerMessage::Expired);
    let deadline = Instant::now() + Duration::from_mins(1);
    assert!(viewer.until(deadline, |viewer| viewer.counts().connects == 2).await.unwrap());
    has_all_rows(&mut viewer, &server).await;
    server.push(&ServerMessage::Expired);
    assert!(matches!(stops(&mut viewer).await, ViewerError::TokenExpired));
}

fn watch(server: &Server, token: &str, arguments: &[&str]) -> Output {
    headroom("watch", server, token, arguments)
}

fn headroom(command: &str, server: &Server, token: &str, arguments: &[&str]) -> Output {
    let mut headroom = Command::new(env!("CARGO_BIN_EXE_headroom"));
    headroom.args([command, &server.address]).args(arguments).env("HEADROOM_TOKEN", token);
    headroom.stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn once_prints_all_rows_as_a_table_or_as_json() {
    let server = Server::start();
    (0..3).for_each(|queue| server.change(queue, Delivery::Lost));
    let table = watch(&server, "a.b.c", &["--once"]);
    assert!(table.status.success(), "{}", text(&table.stderr));
    let shown = text(&table.stdout);
    assert!(shown.contains("│ q2") && !shown.contains("stale"), "{shown}");
    let json = watch(&server, "a.b.c", &["--once", "--json"]);
    let rows = text(&json.stdout).lines().map(|line| serde_json::from_str(line).unwrap());
    assert_eq!(rows.collect::<Vec<RowState>>(), server.rows());
}

#[test]
fn a_queue_has_its_name_where_the_server_knows_it() {
    let server = Server::start();
    (0..2).for_each(|queue| server.change(queue, Delivery::Lost));
    server.set_name("queue#q1#voice|now", "Billing\u{7}");
    let table = watch(&server, "a.b.c", &["--once"]);
    let shown = text(&table.stdout);
    assert!(shown.contains("│ q0") && shown.contains("│ Billing? "), "{shown}");
    let json = watch(&server, "a.b.c", &["--once", "--json"]);
    assert!(text(&json.stdout).contains(r#""name":"Billing\u0007""#));
}

#[test]
fn errors_say_what_to_do() {
    let server = Server::start();
    let refused = watch(&server, "x.y.z", &["--once"]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(text(&refused.stderr).contains("the server refuses the token (status 403)"));
    assert!(!text(&refused.stderr).contains("x.y.z"));
    for (token, arguments, code, message) in [
        ("", &["--once"][..], 2, "no token: give --token-file"),
        ("not a token", &["--once"], 2, "it is a JWT"),
        ("a.b.c", &["--subjects", "queue#q"], 2, "no subject; use queue#*"),
        ("a.b.c", &["--token-file", "nowhere"], 3, "cannot read the token in nowhere"),
    ] {
        let output = watch(&server, token, arguments);
        assert!(text(&output.stderr).contains(message), "{}", text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{message}");
    }
}

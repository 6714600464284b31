//! A viewer, and the command that shows one, against a server on loopback.

#![allow(clippy::unwrap_used, clippy::panic)]

mod budget;
mod server;

use headroom::watch::{Options, Token, Viewer, ViewerError};
use headroom_protocol::{RowState, ServerMessage};
use server::{Fate, Server};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

fn viewer(server: &Server, token: Token) -> Viewer {
    let url = server.address.clone();
    Viewer::new(Options { url, token, subjects: vec!["queue#*".into()] }).unwrap()
}

fn usual(server: &Server) -> Viewer {
    viewer(server, Token::Text("a.b.c".into()))
}

/// Goes on until the viewer holds exactly what the server has.
async fn agrees(viewer: &mut Viewer, server: &Server) {
    let deadline = Instant::now() + Duration::from_mins(1);
    let same = |viewer: &Viewer| {
        viewer.session().is_current(Instant::now()) && held(viewer) == server.rows()
    };
    assert!(viewer.until(deadline, same).await.unwrap(), "{:?}", viewer.counts());
}

fn held(viewer: &Viewer) -> Vec<RowState> {
    viewer.view().rows().map(|(row, _)| row.clone()).collect()
}

/// Goes on until the viewer gives up.
async fn gives_up(viewer: &mut Viewer) -> ViewerError {
    let deadline = Instant::now() + Duration::from_mins(1);
    while Instant::now() < deadline {
        if let Err(error) = viewer.next(deadline).await {
            return error;
        }
    }
    panic!("it went on: {:?}", viewer.counts());
}

#[tokio::test]
async fn the_token_travels_among_the_subprotocols_and_not_in_the_address() {
    let server = Server::start();
    server.change(1, Fate::Lost);
    let mut viewer = usual(&server);
    agrees(&mut viewer, &server).await;
    let handshakes = server.state.lock().unwrap().handshakes.clone();
    assert_eq!(handshakes, [("/v1".to_owned(), "headroom.v1, bearer.a.b.c".to_owned())]);
    assert_eq!((viewer.counts().connects, viewer.counts().subscribes), (1, 1));
}

#[tokio::test]
async fn a_viewer_that_loses_frames_and_connections_ends_with_exactly_the_rows() {
    let server = Server::start();
    let mut viewer = usual(&server);
    for round in 0..3 {
        agrees(&mut viewer, &server).await;
        for change in 0..200 {
            let fate = if (change + round) % 7 == 0 { Fate::Lost } else { Fate::Sent };
            server.change(change % 10, fate);
            viewer.next(Instant::now()).await.unwrap();
        }
        match round {
            0 | 1 => viewer.cut(),
            _ => {
                server.close();
                let deadline = Instant::now() + Duration::from_mins(1);
                let lost = |viewer: &Viewer| viewer.counts().losses == 3;
                assert!(viewer.until(deadline, lost).await.unwrap());
            }
        }
    }
    agrees(&mut viewer, &server).await;
    // The last delta of a row is lost, and no later one shows the hole.
    server.change(3, Fate::Lost);
    agrees(&mut viewer, &server).await;
    let counts = viewer.counts();
    assert_eq!((counts.connects, counts.losses, counts.unreadable), (4, 3, 0));
    assert!(counts.delta_frames > 0 && counts.verifies > 0, "{counts:?}");
}

#[tokio::test]
async fn a_server_that_chooses_no_subprotocol_is_none_of_ours() {
    let server = Server::start();
    server.state.lock().unwrap().subprotocol = None;
    let mut viewer = usual(&server);
    let deadline = Instant::now() + Duration::from_mins(1);
    assert!(viewer.until(deadline, |viewer| viewer.counts().losses > 0).await.unwrap());
    assert_eq!(viewer.counts().connects, 0);
}

#[tokio::test]
async fn a_refused_token_ends_it_and_a_renewed_file_keeps_it_going() {
    let server = Server::start();
    let mut viewer = usual(&server);
    server.state.lock().unwrap().token = "d.e.f".into();
    assert!(matches!(gives_up(&mut viewer).await, ViewerError::TokenRefused(403)));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "d.e.f\n").unwrap();
    let mut viewer = self::viewer(&server, Token::File(file.clone()));
    agrees(&mut viewer, &server).await;
    server.state.lock().unwrap().token = "g.h.i".into();
    std::fs::write(&file, "g.h.i").unwrap();
    server.push(&ServerMessage::Expired);
    let deadline = Instant::now() + Duration::from_mins(1);
    assert!(viewer.until(deadline, |viewer| viewer.counts().connects == 2).await.unwrap());
    agrees(&mut viewer, &server).await;
    server.push(&ServerMessage::Expired);
    assert!(matches!(gives_up(&mut viewer).await, ViewerError::Expired));
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
fn once_shows_what_there_is_as_a_table_or_as_json() {
    let server = Server::start();
    (0..3).for_each(|queue| server.change(queue, Fate::Lost));
    let table = watch(&server, "a.b.c", &["--once"]);
    assert!(table.status.success(), "{}", text(&table.stderr));
    assert!(text(&table.stdout).contains("│ q2") && !text(&table.stdout).contains("stale"));
    let json = watch(&server, "a.b.c", &["--once", "--json"]);
    let rows = text(&json.stdout).lines().map(|line| serde_json::from_str(line).unwrap());
    assert_eq!(rows.collect::<Vec<RowState>>(), server.rows());
}

#[test]
fn what_is_wrong_is_said() {
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

//! The API budget, as a table, as JSON and under the queues.

use super::*;
use std::io::{BufRead, BufReader};
use std::process::ChildStdout;
use std::sync::mpsc::{self, Receiver};

/// A server with a budget, and two queues with bookings from gap reads.
fn server() -> Server {
    let server = Server::start();
    let now = [
        ("minute.used", 12),
        ("minute.allowed", 30),
        ("day.used", 400),
        ("day.allowed", 20_000),
        ("month.used", 9_000),
        ("month.allowed", 400_000),
        ("requests.gap", 380),
        ("requests.readBack", 10),
        ("requests.reference", 8),
        ("requests.token", 2),
        ("throttled", 1),
        ("blockedUntil", 4_000_000_000),
        ("month.fullAt", 1_779_800_000),
        ("due", 37),
    ];
    server.set_row("api#budget", "now", &now);
    server.set_row("api#budget", "P1D#2026-05-12", &[("day.used", 400)]);
    let day = [("nOffered", 60), ("tAcd.count", 40), ("tAcd.sum", 9_999), ("repaired", 5)];
    server.set_row("queue#a#voice", "P1D#2026-05-12", &day);
    server.set_row("queue#b#chat", "P1D#2026-05-12", &[("nOffered", 100)]);
    server.set_row("queue#b#chat", "P1D#2026-05-11", &[("nOffered", 7), ("repaired", 7)]);
    server.set_row("queue#b#chat", "now", &[("oWaiting", 3)]);
    server
}

#[test]
fn the_table_shows_requests_by_purpose_and_the_bookings_of_gap_reads() {
    let shown = headroom("budget", &server(), "a.b.c", &[]);
    let table = text(&shown.stdout);
    assert!(shown.status.success(), "{}", text(&shown.stderr));
    for line in [
        "API budget at 2026-05-12T14:02:42Z\n",
        "│ last minute ┆   12 ┆      30 ┆ 40.0 % ┆                    - │",
        "│ this month  ┆ 9000 ┆  400000 ┆  2.2 % ┆ 2026-05-26T12:53:20Z │",
        "today       380 for gaps, 10 read back, 8 reference, 2 tokens\n",
        "blocked     2096-10-02T07:06:40Z\n",
        "due         37 conversations\n",
        "gap reads   5 of 200 bookings today (2.5 %)\n",
    ] {
        assert!(table.contains(line), "{line} in {table}");
    }
}

#[test]
fn json_has_the_same_numbers_under_stable_names() {
    let shown = headroom("budget", &server(), "a.b.c", &["--json"]);
    let json: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    let expected = serde_json::json!({
        "at": "2026-05-12T14:02:42Z",
        "minute": {"used": 12, "allowed": 30},
        "day": {"used": 400, "allowed": 20_000},
        "month": {"used": 9_000, "allowed": 400_000, "fullAt": 1_779_800_000},
        "requests": {"gap": 380, "readBack": 10, "reference": 8, "token": 2},
        "throttled": 1, "blockedUntil": 4_000_000_000_i64, "due": 37,
        "bookings": {"all": 200, "repaired": 5},
    });
    assert_eq!(json, expected);
}

#[test]
fn the_budget_is_below_the_queues_and_not_among_them() {
    let shown = headroom("watch", &server(), "a.b.c", &["--once"]);
    let table = text(&shown.stdout);
    assert!(table.starts_with("Queues on 2026-05-12\n"), "{table}");
    let line = "\nAPI budget: 12 of 30 requests in a minute, 400 of 20000 today, \
        BLOCKED until 2096-10-02T07:06:40Z; 1 times 429, 37 conversations due\n";
    assert!(table.ends_with(line), "{table}");
}

#[test]
fn a_missing_budget_and_a_wrong_token_are_reported() {
    let without = headroom("budget", &Server::start(), "a.b.c", &[]);
    assert_eq!(without.status.code(), Some(3));
    assert!(text(&without.stderr).contains("there is no API budget yet"));
    let refused = headroom("budget", &server(), "x.y.z", &[]);
    assert_eq!(refused.status.code(), Some(3));
    let nobody = headroom("budget", &server(), "", &[]);
    assert_eq!(nobody.status.code(), Some(2));
    assert!(text(&nobody.stderr).contains("no token: give --token-file"));
}

#[test]
fn watching_prints_every_change_as_a_line() {
    let server = server();
    let mut command = Command::new(env!("CARGO_BIN_EXE_headroom"));
    command.args(["budget", &server.address, "--watch"]).env("HEADROOM_TOKEN", "a.b.c");
    let mut watching = command.stdout(Stdio::piped()).spawn().unwrap();
    let lines = lines_of(watching.stdout.take().unwrap());
    let next = || lines.recv_timeout(Duration::from_mins(1)).unwrap();
    assert!(next().contains("12 of 30 requests in a minute"));
    server.set_row("api#budget", "now", &[("minute.used", 13), ("minute.allowed", 30)]);
    // No delta was sent: the next connection brings the row.
    server.close();
    while !next().contains("13 of 30") {}
    watching.kill().unwrap();
    watching.wait().unwrap();
}

/// Lines as they come, so that one that does not come fails the test.
fn lines_of(output: ChildStdout) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    lines
}

//! The invariants of ARCHITECTURE.md that a test can keep.

#![allow(clippy::unwrap_used)]

mod source;

use source::{crates, root, sources};
use std::fs;

/// The names of a crate's own dependencies, those of its tests apart.
fn dependencies(folder: &str) -> Vec<String> {
    let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
    let (_, rest) = manifest.split_once("[dependencies]\n").unwrap();
    let section = rest.split("\n[").next().unwrap();
    let name = |line: &str| line.split(['.', ' ', '=']).next().unwrap().to_owned();
    section.lines().filter(|line| !line.trim().is_empty()).map(name).collect()
}

#[test]
fn the_core_has_no_clock_randomness_io_or_async() {
    assert_eq!(dependencies("shared/kpi"), ["jiff", "serde", "thiserror"]);
    let outside = [
        "std::time",
        "SystemTime",
        "Instant",
        "Timestamp::now",
        "Zoned::now",
        "std::fs",
        "std::io",
        "std::net",
        "std::env",
        "std::thread",
        "std::process",
        "async fn",
        ".await",
        "rand::",
        "println!",
        "HashMap",
        "HashSet",
    ];
    for (path, text) in sources("shared/kpi/src") {
        for word in outside {
            assert!(!text.contains(word), "{path} has {word}");
        }
    }
}

#[test]
fn the_core_the_wire_and_the_protocol_do_not_know_aws() {
    for folder in [
        "shared/kpi",
        "shared/requests",
        "shared/engine",
        "shared/genesys",
        "shared/protocol",
        "tools/simulator",
    ] {
        let aws = dependencies(folder).into_iter().find(|name| name.starts_with("aws"));
        assert_eq!(aws, None, "{folder}");
    }
}

#[test]
fn knowledge_flows_one_way() {
    let ours = |folder| -> Vec<String> {
        let names = dependencies(folder).into_iter();
        names.filter_map(|name| Some(name.strip_prefix("headroom-")?.to_owned())).collect()
    };
    assert_eq!(ours("shared/kpi"), Vec::<String>::new());
    assert_eq!(ours("shared/requests"), ["kpi"]);
    assert_eq!(ours("shared/genesys"), ["kpi", "requests"]);
    assert_eq!(ours("shared/engine"), ["kpi", "requests"]);
    assert_eq!(ours("shared/tables"), ["engine", "kpi", "requests"]);
    assert_eq!(ours("shared/protocol"), ["kpi", "requests"]);
    assert_eq!(ours("shared/viewers"), ["engine", "kpi", "protocol", "requests", "tables"]);
}

#[test]
fn the_simulator_knows_nothing_of_the_engine() {
    let ours =
        dependencies("tools/simulator").into_iter().find(|name| name.starts_with("headroom"));
    assert_eq!(ours, None, "its truth has to be its own");
}

/// One function can call Genesys, by the one client, which asks the budget first. The authorizer
/// fetches its issuer's keys.
#[test]
fn one_function_can_reach_genesys() {
    let clients = ["ureq", "reqwest", "hyper", "http", "curl"];
    for folder in crates("functions") {
        let names = dependencies(&folder);
        let http_clients = names.iter().filter(|name| clients.contains(&name.as_str()));
        let expected = if folder.ends_with("/authorizer") { vec!["ureq"] } else { vec![] };
        assert_eq!(http_clients.collect::<Vec<_>>(), expected, "{folder}");
    }
    let with_client = |folder: &String| {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        let (_, deployed) = manifest.split_once("[dependencies]\n").unwrap();
        deployed.split("\n[").next().unwrap().contains("features = [\"client\"]")
    };
    let folders = ["functions", "shared", "tools"].map(crates).concat();
    let with: Vec<_> = folders.into_iter().filter(with_client).collect();
    assert_eq!(with, ["functions/gap-reader"]);
}

/// IAM Identity Center and processes are how people log in. They would make each function larger.
#[test]
fn the_command_line_alone_logs_in_as_people_do() {
    let folders = ["functions", "shared", "tools"].map(crates).concat();
    let features = ["credentials-login", "credentials-process", "sso"];
    let has = |folder: &String, feature: &str| {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        manifest.contains(&format!("\"{feature}\""))
    };
    for feature in features {
        let with: Vec<_> = folders.iter().filter(|folder| has(folder, feature)).collect();
        assert_eq!(with, ["tools/headroom"], "{feature}");
        let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap();
        assert!(!workspace.contains(&format!("\"{feature}\"")), "{feature}");
    }
}

/// Regions come and go: where Genesys is, is configuration.
#[test]
fn no_code_names_a_host_of_genesys() {
    for folder in ["functions", "shared", "tools"] {
        for (path, text) in sources(folder) {
            let host = text.contains("pure.cloud") || text.contains("mypurecloud");
            assert!(!host, "{path} names a host of Genesys");
        }
    }
}

/// cargo-lambda takes "abort" where nothing is said, and then a panic takes its batch along.
#[test]
fn functions_unwind_when_they_panic() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, release) = manifest.split_once("[profile.release]\n").unwrap();
    assert!(release.split("\n[").next().unwrap().contains("panic = \"unwind\""));
}

#[test]
fn source_files_stay_readable() {
    for folder in ["functions", "shared", "tools", "tests"] {
        for (path, text) in sources(folder) {
            let lines = text.lines().count();
            assert!(lines <= 400, "{path} has {lines} lines; split it");
        }
    }
}

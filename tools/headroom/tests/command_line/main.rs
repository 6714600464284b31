//! The built binary, as users run it.

#![allow(clippy::unwrap_used)]

mod api;
mod audit;
mod commands;
mod compare;
mod cost;
mod explain;
mod gaps;
mod inputs;
mod live;
mod outputs;
mod put;
mod settings;
mod token;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use headroom_simulator::{Assumptions, Faults, Feed, LineKind, Load, Options, Rules};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::convert::Infallible;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

fn headroom(folder: &TempDir, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headroom"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A folder with some simulated events in it.
fn simulated(arguments: &[&str]) -> TempDir {
    let folder = folder();
    let simulate = ["simulate", "--conversations", "200", "--out", "events.ndjson"];
    let output = headroom(&folder, &[&simulate[..], arguments].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    folder
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

fn names(folder: &TempDir) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Asserts that a command fails with exit code 3 and a message, and leaves no file behind.
fn fails(folder: &TempDir, arguments: &[&str], message: &str) {
    let before = names(folder);
    let output = headroom(folder, arguments);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains(message), "{:?} in {}", message, stderr(&output));
    assert!(output.stdout.is_empty());
    assert_eq!(names(folder), before);
}

fn gzip(path: &Path, bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    let packed = encoder.finish().unwrap();
    fs::write(path, &packed).unwrap();
    packed
}

/// Asserts that a wrong command line is refused with exit code 2 and a message, and writes no file.
fn is_refused(folder: &TempDir, arguments: &[&str], message: &str) {
    let before = names(folder);
    let output = headroom(folder, arguments);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains(message), "{:?} in {}", message, stderr(&output));
    assert_eq!(names(folder), before);
}

/// The original lines in a rejects file, sorted.
fn rejected(rejects: &str) -> Vec<Vec<u8>> {
    let line = |reject: &str| {
        let reject: serde_json::Value = serde_json::from_str(reject).unwrap();
        match reject["eventBase64"].as_str() {
            Some(exact) => STANDARD.decode(exact).unwrap(),
            None => reject["event"].as_str().unwrap().as_bytes().to_vec(),
        }
    };
    let mut lines: Vec<_> = rejects.lines().map(line).collect();
    lines.sort();
    lines
}

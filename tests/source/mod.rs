//! The sources of this repository, and the tokens of Rust that they are made of.

#![allow(dead_code, reason = "not every test needs all of it")]

use std::fs;
use std::path::{Path, PathBuf};

/// The top of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every Rust file below a folder of the repository: its path from the top, and its text.
pub(crate) fn sources(folder: &str) -> Vec<(String, String)> {
    let mut folders = vec![root().join(folder)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root()).unwrap().display().to_string();
                files.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(!files.is_empty(), "{folder} has no sources");
    files.sort();
    files
}

/// The crates below a folder of the repository, such as `shared/kpi`.
pub(crate) fn crates(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap());
    let crates = entries.filter(|entry| entry.path().join("Cargo.toml").exists());
    let mut names: Vec<_> =
        crates.map(|entry| format!("{folder}/{}", entry.file_name().display())).collect();
    names.sort();
    names
}

/// A word or a sign of Rust code.
#[derive(Debug)]
pub(crate) struct Token {
    text: String,
    line: usize,
}

impl Token {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn line(&self) -> usize {
        self.line
    }
}

/// The tokens of a text: words and single signs. Comments, text and character literals are left
/// out.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let length = token_length(rest, first);
        let (token, behind) = rest.split_at(length);
        let is_literal = first == '"' || first == '\'' || token.ends_with(['"', '#']) && length > 1;
        if !(first.is_whitespace() || token.starts_with("//") || is_literal) {
            tokens.push(Token { text: token.to_owned(), line });
        }
        line += token.matches('\n').count();
        rest = behind;
    }
    tokens
}

/// How many bytes the first token of a text has.
fn token_length(text: &str, first: char) -> usize {
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if first == '"' || text.starts_with("b\"") {
        return quoted_length(text, text.find('"').unwrap_or_default());
    }
    if let Some(length) = raw_length(text) {
        return length;
    }
    if first == '\'' {
        return character_length(text);
    }
    if first.is_alphanumeric() || first == '_' {
        let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_'));
        return end.unwrap_or(text.len());
    }
    first.len_utf8()
}

/// The length of a text literal whose quotation mark stands at a place.
fn quoted_length(text: &str, open: usize) -> usize {
    let mut escaped = false;
    for (place, c) in text.char_indices().skip(open + 1) {
        match c {
            '"' if !escaped => return place + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    text.len()
}

/// The length of a raw text literal, such as `r#"..."#`; none if the text begins with something
/// else.
fn raw_length(text: &str) -> Option<usize> {
    let behind = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = behind.len() - behind.trim_start_matches('#').len();
    let body = behind[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let end = body.find(&close)? + close.len();
    Some(text.len() - body.len() + end)
}

/// The length of a character literal, or of the sign that begins a lifetime.
fn character_length(text: &str) -> usize {
    let behind = &text[1..];
    let escaped = behind.starts_with('\\');
    let after = behind.chars().next().map_or(0, char::len_utf8);
    if escaped {
        return behind[2..].find('\'').map_or(1, |end| end + 4);
    }
    if behind[after..].starts_with('\'') { after + 2 } else { 1 }
}

#[test]
fn literals_and_comments_are_no_tokens() {
    let text = r##"let a = "x \" told"; // told
        let c = '\''; let l: &'static str = r#"told "x" "#; b"told"; '"'; f('a')"##;
    let words: Vec<_> = tokens(text).into_iter().map(|token| token.text).collect();
    assert!(!words.contains(&"told".to_owned()), "{words:?}");
    assert_eq!(words.last().unwrap(), ")");
    assert!(words.contains(&"static".to_owned()) && words.contains(&"f".to_owned()));
}

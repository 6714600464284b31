//! `docs/vocabulary.md`, kept by a test: identifiers that say nothing to a stranger, or that name
//! something by another word than the page does.

#![allow(clippy::unwrap_used)]

mod source;

use source::{Token, sources, tokens};

/// Past participles say what was done, and not what a thing is.
const PARTICIPLES: &[&str] = &[
    "asked", "begun", "chosen", "found", "gone", "heard", "held", "judged", "kept", "known",
    "meant", "placed", "said", "seen", "surplus", "told", "untold", "wanted", "written",
];

/// Pronouns and quantifiers could stand for anything.
const PRONOUNS: &[&str] = &[
    "all", "both", "it", "left", "more", "none", "one", "others", "own", "same", "these", "those",
    "them", "which", "who", "whose",
];

/// Words of an earlier dialect; the page says which words stand in their place.
const OLD_NAMES: &[&str] = &[
    "Bookkeeper",
    "Books",
    "Counting",
    "Fate",
    "Folded",
    "Hole",
    "Judged",
    "Ledger",
    "NoPass",
    "NoPause",
    "Outside",
    "Pause",
    "Placed",
    "Said",
    "Seen",
    "Taken",
    "Tally",
    "Teller",
    "Told",
    "Wanted",
    "What",
    "Worth",
];

/// Functions of two letters; the standard library has some of its own.
const SHORT_FUNCTIONS: &[&str] = &["at", "of"];

/// Why an identifier is not to be used; none if it may.
fn fault(previous: &str, name: &str, next: &str) -> Option<&'static str> {
    let is_method = previous == ".";
    let is_call_or_path = previous == ":" || next == "(" || next == "!";
    if PARTICIPLES.contains(&name) && !is_method {
        return Some("a participle is no name of a thing");
    }
    if PRONOUNS.contains(&name) && !is_method && !is_call_or_path {
        return Some("a pronoun is no name of a thing");
    }
    if SHORT_FUNCTIONS.contains(&name) && previous == "fn" {
        return Some("a function's name is a verb, or the noun that it gives");
    }
    OLD_NAMES.contains(&name).then_some("docs/vocabulary.md has another word for it")
}

/// Faults of a text, each with its line.
fn faults(text: &str) -> Vec<String> {
    let tokens = tokens(text);
    let neighbour =
        |index: Option<usize>| index.and_then(|i| tokens.get(i)).map_or("", Token::text);
    let fault_at = |(index, token): (usize, &Token)| {
        let (previous, next) = (neighbour(index.checked_sub(1)), neighbour(Some(index + 1)));
        let why = fault(previous, token.text(), next)?;
        Some(format!("{}: `{}`: {why}", token.line(), token.text()))
    };
    tokens.iter().enumerate().filter_map(fault_at).collect()
}

#[test]
fn no_identifier_is_a_participle_a_pronoun_or_an_old_name() {
    let mut list = Vec::new();
    for folder in ["shared", "functions", "tools", "tests"] {
        for (path, text) in sources(folder) {
            list.extend(faults(&text).iter().map(|fault| format!("{path}:{fault}")));
        }
    }
    assert!(list.is_empty(), "\n{}", list.join("\n"));
}

#[test]
fn a_planted_name_is_noticed_and_what_is_like_one_is_not() {
    let planted = "fn f(told: u8) { let it = 1; }\nstruct Books;\nfn of() {}";
    assert_eq!(faults(planted).len(), 4, "{:?}", faults(planted));
    let allowed = "fn all() -> bool { list.iter().all(|x| x.held()) } // told, it, Books\n\
                   const S: &str = \"what was told\"; fn g(other: &T) { io::Error::other(1) }";
    assert_eq!(faults(allowed), Vec::<String>::new());
}

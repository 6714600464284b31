//! `headroom explain`

use super::{Case, rows};
use headroom::CliError;
use headroom::explain::{Explanation, explain};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn explained(case: &Case, id: &str) -> Result<Explanation, CliError> {
    let result = explain(id, &[case.file()], &case.settings(), true);
    result.map(|(explanation, _)| explanation)
}

fn explanations(case: &Case) -> Vec<Explanation> {
    case.conversations().iter().map(|id| explained(case, id).unwrap()).collect()
}

type Rows = BTreeMap<(String, String), BTreeMap<String, i64>>;

#[test]
fn the_contributions_of_all_conversations_are_the_rows_of_a_replay() {
    for case in Case::all() {
        let mut sums = Rows::new();
        for explanation in explanations(&case) {
            let json = serde_json::to_value(&explanation).unwrap();
            for row in json["contributions"].as_array().unwrap() {
                let text = |name: &str| row[name].as_str().unwrap().to_owned();
                let sums = sums.entry((text("subject"), text("bucket"))).or_default();
                for (name, amount) in row["metrics"].as_object().unwrap() {
                    *sums.entry(name.clone()).or_default() += amount.as_i64().unwrap();
                }
            }
        }
        let replayed = rows(&case.events(), case.settings());
        let replayed = replayed.into_iter().map(|row| ((row.subject, row.bucket), row.metrics));
        assert_eq!(sums, replayed.collect::<Rows>(), "{}", case.name());
    }
}

#[test]
fn every_metric_of_a_row_is_among_those_that_count_and_every_other_one_has_a_reason() {
    for case in Case::all() {
        for explanation in explanations(&case) {
            for row in explanation.contributions.iter().filter(|row| row.bucket != "now") {
                for name in row.metrics.keys().filter(|name| *name != "repaired") {
                    let metric = name.split('.').next().unwrap();
                    let is_named =
                        explanation.metrics.iter().any(|m| m.effective && m.metric == metric);
                    assert!(is_named, "{}: {name}", case.name());
                    assert!(explanation.text().contains(metric), "{}: {name}", case.name());
                }
            }
            for metric in &explanation.metrics {
                assert_eq!(metric.effective, metric.exclusion.is_none(), "{metric:?}");
            }
        }
    }
}

/// Compares a text with the file that has it. `HEADROOM_UPDATE=1` writes the file.
fn is_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/capture/golden").join(name);
    if std::env::var_os("HEADROOM_UPDATE").is_some() {
        fs::write(&path, text).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    assert!(text == expected, "{} is different:\n{text}", path.display());
}

#[test]
fn the_texts_of_some_conversations_are_as_they_were_reviewed() {
    for (id, name) in [
        ("F02", "callback.txt"),
        ("F15", "transfer.txt"),
        ("F18", "open.txt"),
        ("F20", "gap.txt"),
        ("F41", "consult.txt"),
    ] {
        let texts: Vec<_> = explanations(&Case::new(id)).iter().map(Explanation::text).collect();
        is_golden(name, &texts.join("\n"));
    }
}

#[test]
fn a_conversation_that_does_not_occur_is_an_error_that_says_so() {
    let case = Case::new("F02");
    let error = explained(&case, "nowhere").unwrap_err();
    assert!(matches!(error, CliError::NoConversation { .. }), "{error}");
    assert!(error.to_string().contains("lines is about conversation nowhere"), "{error}");
    let error = explained(&case, "a#b").unwrap_err();
    assert_eq!(error.exit_code(), 2);
}

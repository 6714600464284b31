//! Filters of queries about agents.

use super::refusal::Refusal;
use serde::Deserialize;

/// Predicates and clauses, which hold together or one by one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Filter {
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default)]
    predicates: Vec<Predicate>,
    #[serde(default)]
    clauses: Vec<Clause>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Kind {
    And,
    Or,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Clause {
    #[serde(rename = "type")]
    kind: Kind,
    predicates: Vec<Predicate>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Predicate {
    #[serde(default, rename = "type")]
    kind: PredicateKind,
    dimension: String,
    #[serde(default)]
    operator: Operator,
    value: String,
}

/// Others are refused, since the stand-in has none.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
enum PredicateKind {
    #[default]
    Dimension,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Operator {
    #[default]
    Matches,
}

impl Filter {
    /// Refuses a filter that names a dimension which the stand-in does not have.
    pub(super) fn check(&self, dimensions: &[&str]) -> Result<(), Refusal> {
        let predicates = self.clauses.iter().flat_map(|clause| &clause.predicates);
        let mut predicates = predicates.chain(&self.predicates);
        let is_unknown =
            |predicate: &&Predicate| !dimensions.contains(&predicate.dimension.as_str());
        match predicates.find(is_unknown) {
            Some(unknown) => Err(Refusal::bad_request(format_args!(
                "The stand-in does not filter by {}",
                unknown.dimension
            ))),
            None => Ok(()),
        }
    }

    /// Whether it holds where `has` says which value a dimension has.
    pub(super) fn matches(&self, has: impl Fn(&str, &str) -> bool) -> bool {
        let is_true = |predicate: &Predicate| {
            let (PredicateKind::Dimension, Operator::Matches) =
                (&predicate.kind, &predicate.operator);
            has(&predicate.dimension, &predicate.value)
        };
        let of_clause = |clause: &Clause| clause.kind.holds(clause.predicates.iter().map(is_true));
        let predicates = self.predicates.iter().map(is_true);
        self.kind.holds(predicates.chain(self.clauses.iter().map(of_clause)))
    }
}

impl Kind {
    fn holds(self, mut parts: impl Iterator<Item = bool>) -> bool {
        match self {
            Self::And => parts.all(|part| part),
            Self::Or => parts.any(|part| part),
        }
    }
}

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
    clauses: Vec<Self>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Kind {
    And,
    Or,
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
        if self.clauses.iter().any(|clause| !clause.clauses.is_empty()) {
            return Err(Refusal::bad_request("The stand-in has no clauses within clauses"));
        }
        self.clauses.iter().try_for_each(|clause| clause.check(dimensions))?;
        let is_unknown =
            |predicate: &&Predicate| !dimensions.contains(&predicate.dimension.as_str());
        match self.predicates.iter().find(is_unknown) {
            Some(unknown) => Err(Refusal::bad_request(format_args!(
                "The stand-in does not filter by {}",
                unknown.dimension
            ))),
            None => Ok(()),
        }
    }

    /// Whether it holds where `has` says which value a dimension has.
    pub(super) fn matches(&self, has: &impl Fn(&str, &str) -> bool) -> bool {
        let predicates = self.predicates.iter().map(|predicate| {
            let (PredicateKind::Dimension, Operator::Matches) =
                (&predicate.kind, &predicate.operator);
            has(&predicate.dimension, &predicate.value)
        });
        let mut parts = predicates.chain(self.clauses.iter().map(|clause| clause.matches(has)));
        match self.kind {
            Kind::And => parts.all(|part| part),
            Kind::Or => parts.any(|part| part),
        }
    }
}

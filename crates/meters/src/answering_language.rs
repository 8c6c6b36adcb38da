use std::collections::BTreeSet;
use terms::{Clause, Evaluation, LanguageRule};

/// The language in which someone is answered who asked for one, and the clause that decides: the one
/// asked for where it is offered and somebody speaks it, else the one the document falls back to.
///
/// What is offered is unknown while the fact that decides it is: then only who speaks what counts.
#[must_use]
pub fn answering_language(
    rule: &LanguageRule,
    wanted: &str,
    spoken: &BTreeSet<String>,
    evaluation: &Evaluation<'_>,
) -> (String, Clause) {
    let offered = rule.offered.resolve(evaluation, &mut BTreeSet::new());
    let is_offered = offered.is_none_or(|offered| offered.iter().any(|language| language == wanted));
    let fallback = evaluation.terms().key_clause("language", "fallback").unwrap_or(&rule.clause);
    match (is_offered, spoken.contains(wanted)) {
        (true, true) => (wanted.to_owned(), rule.clause.clone()),
        (true, false) => (rule.fallback.clone(), fallback.clone()),
        (false, _) => (rule.fallback.clone(), rule.clause.clone()),
    }
}

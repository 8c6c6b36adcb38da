use crate::agreement_verbs::compiled;
use crate::failure::{Outcome, VerbFailure};
use crate::print::line;
use agreement::{Options, difference};
use std::path::Path;
use words::Language;

/// What differs between two versions of a document, clause by clause, for a customer.
pub fn diff(old: &Path, new: &Path, language: Language, as_data: bool) -> Result<Outcome, VerbFailure> {
    let before = compiled(old, &Options::default(), language)?;
    let after = compiled(new, &Options::default(), language)?;
    let (Some(found), Some(terms)) = (difference(&before, &after, language), &after.terms) else {
        return Ok(Outcome::No);
    };
    if as_data {
        line!("{}", serde_json::to_string(&found).expect("a difference is plain data"));
    } else {
        line!("{}", found.in_words(language, &terms.zone).trim_end());
    }
    Ok(Outcome::Done)
}

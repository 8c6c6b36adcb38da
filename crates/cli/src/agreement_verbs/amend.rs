use crate::agreement_verbs::{read, wrong};
use crate::failure::{Outcome, VerbFailure};
use crate::print::{line, print_text, wants_colour};
use agreement::{Address, AmendError, Diagnostic, NewValue, Options, amendable, compile};
use serde_json::json;
use std::path::Path;
use words::Language;

/// Changes values of a document, each where it stands, and writes the text that results. What the
/// words of a clause now say otherwise than its rule is told, for a person to put right.
pub fn amend(
    file: &Path,
    set: &[String],
    out: Option<&Path>,
    language: Language,
) -> Result<Outcome, VerbFailure> {
    let (path, original) = read(file)?;
    let mut text = original.clone();
    for pair in set {
        let (address, value) =
            pair.split_once('=').ok_or_else(|| wrong("--set", "write RULE.KEY=VALUE".to_owned()))?;
        let address = Address::parse(address).ok_or_else(|| {
            wrong("--set", format!("`{address}` is no address; write RULE.KEY, as promise.response.within"))
        })?;
        match agreement::amend(&text, &path, &address, NewValue::Said(value)) {
            Ok(amended) => text = amended.text,
            Err(AmendError::DoesNotCheck { text, complaints, .. }) => {
                tell(&complaints.iter().collect::<Vec<_>>(), &path, &text, language);
                eprintln!("{path}: unchanged, `{address}` cannot be {value}");
                return Ok(Outcome::No);
            }
            Err(error) => return Err(wrong("--set", error.to_string())),
        }
    }
    let compilation = compile(&text, &path, &Options::default());
    tell(
        &compilation.diagnostics.iter().filter(|found| found.is_error()).collect::<Vec<_>>(),
        &path,
        &text,
        language,
    );
    match out {
        Some(out) => std::fs::write(out, &text).map_err(|source| VerbFailure::File {
            attempt: "writing",
            path: out.display().to_string(),
            source,
        })?,
        None => print_text(&text),
    }
    Ok(Outcome::Done)
}

/// The values of a document that `--set` can name.
pub fn list(file: &Path, as_data: bool) -> Result<Outcome, VerbFailure> {
    let (_, text) = read(file)?;
    let values = amendable(&text);
    if as_data {
        line!("{}", json!(values));
        return Ok(Outcome::Done);
    }
    for one in values {
        line!("{}={} ({})", one.address, one.value.escape_debug(), one.clause);
    }
    Ok(Outcome::Done)
}

fn tell(complaints: &[&Diagnostic], path: &str, text: &str, language: Language) {
    for found in complaints {
        let colour = wants_colour(&std::io::stderr());
        eprintln!("{}", agreement::render(found, path, text, language.tag(), colour));
    }
}

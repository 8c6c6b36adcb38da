use crate::compile::Compilation;
use crate::declared::Declared;
use crate::diagnostic::{Code, Diagnostic};
use crate::example::{Example, read_block_of_examples};
use crate::node::{Entry, find, read_block};
use crate::reader::Reader;
use crate::rehearse::{ExampleOutcome, run};

/// Worked examples kept outside the document: what a requirement demands of it, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Key of the agreement.
    pub agreement: String,
    /// The requirement that it proves.
    pub row: String,
    /// What is required, in one sentence.
    pub summary: String,
    /// The examples, in the vocabulary of the document's own.
    pub examples: Vec<Example>,
    /// What is wrong with the trial itself; places are in its text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a trial for a compiled agreement. Never fails: what cannot be read is complained of.
#[must_use]
pub fn read_trial(compilation: &Compilation, text: &str) -> Trial {
    let declared = Declared::of(&compilation.rules);
    let mut reader = Reader::over(compilation, &declared);
    let mut trial = Trial {
        agreement: String::new(),
        row: String::new(),
        summary: String::new(),
        examples: Vec::new(),
        diagnostics: Vec::new(),
    };
    match read_block(text, 0, 0) {
        Ok(entries) => {
            let word = |key: &str| {
                find(&entries, key).and_then(|entry| entry.node.as_text()).unwrap_or_default().to_owned()
            };
            trial.agreement = word("agreement");
            trial.row = word("row");
            trial.summary = word("summary");
            let examples: Vec<Entry> = entries
                .into_iter()
                .filter(|entry| !["agreement", "row", "summary"].contains(&entry.key.as_str()))
                .collect();
            read_block_of_examples(&mut reader, 0, &examples, &mut trial.examples);
        }
        Err(error) => {
            reader.complain(Diagnostic::new(Code::NotToml, error.place).with("message", error.message));
        }
    }
    trial.diagnostics = reader.diagnostics;
    trial
}

/// Runs a trial on the meters that the desk uses.
#[must_use]
pub fn rehearse_trial(compilation: &Compilation, trial: &Trial) -> Vec<ExampleOutcome> {
    run(compilation, &trial.examples)
}

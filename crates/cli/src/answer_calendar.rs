use crate::failure::{Outcome, VerbFailure};
use calendar::Questions;
use std::io::{BufRead, BufWriter, Write};

/// Answers business-time questions, a JSON object a line, until the input ends.
pub fn run() -> Result<Outcome, VerbFailure> {
    let failed = |attempt, source| VerbFailure::File { attempt, path: "-".to_owned(), source };
    let mut questions = Questions::default();
    let mut out = BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().split(b'\n') {
        let line = line.map_err(|source| failed("reading", source))?;
        let line = String::from_utf8_lossy(&line);
        if line.trim().is_empty() {
            continue;
        }
        writeln!(out, "{}", questions.answer(&line)).map_err(|source| failed("writing", source))?;
    }
    out.flush().map_err(|source| failed("writing", source))?;
    Ok(Outcome::Done)
}

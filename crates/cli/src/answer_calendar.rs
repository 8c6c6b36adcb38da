use crate::failure::{Outcome, VerbFailure};
use crate::print::{is_written, print_text};
use calendar::Questions;
use std::io::{BufRead, BufReader};

/// Bytes that are read, and that answers may take, before answers are written.
const AT_ONCE: usize = 64 * 1024;

/// Answers business-time questions, a JSON object a line, until the input ends or nobody reads the answers.
pub fn run() -> Result<Outcome, VerbFailure> {
    let mut questions = Questions::default();
    let mut input = BufReader::with_capacity(AT_ONCE, std::io::stdin().lock());
    let (mut line, mut answers) = (Vec::new(), String::new());
    while is_written() {
        line.clear();
        let length = input.read_until(b'\n', &mut line).map_err(|source| VerbFailure::File {
            attempt: "reading",
            path: "-".to_owned(),
            source,
        })?;
        let question = String::from_utf8_lossy(&line);
        let question = question.strip_suffix('\n').unwrap_or(&question);
        if !question.trim().is_empty() {
            answers.push_str(&questions.answer(question));
            answers.push('\n');
        }
        // Who asks one question and waits for its answer asks the next one only then.
        if length == 0 || answers.len() >= AT_ONCE || !input.buffer().contains(&b'\n') {
            print_text(&answers);
            answers.clear();
        }
        if length == 0 {
            break;
        }
    }
    Ok(Outcome::Done)
}

use crate::failure::VerbFailure;
use std::io::{Error, ErrorKind, IsTerminal, Write};
use std::sync::OnceLock;

/// Why nothing more can be written on standard output.
static BROKEN: OnceLock<Error> = OnceLock::new();

/// Prints a line of data.
pub fn print_line(text: &str) {
    print_text(&format!("{text}\n"));
}

/// Prints data. Once some could not be written, what follows is left out: a verb ends what it does, whoever reads.
pub fn print_text(text: &str) {
    if !is_written() {
        return;
    }
    let mut out = std::io::stdout().lock();
    if let Err(failure) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // The first reason is the one to tell.
        let _ = BROKEN.set(failure);
    }
}

/// Whether all that was printed so far has been written.
pub fn is_written() -> bool {
    BROKEN.get().is_none()
}

/// That what was printed has arrived, or that its reader has gone away, as `head` does.
///
/// # Errors
/// It could not be written for another reason, such as a full disk.
pub fn arrived() -> Result<(), VerbFailure> {
    match BROKEN.get() {
        Some(failure) if failure.kind() != ErrorKind::BrokenPipe => Err(VerbFailure::File {
            attempt: "writing",
            path: "standard output".to_owned(),
            source: Error::new(failure.kind(), failure.to_string()),
        }),
        _ => Ok(()),
    }
}

/// Whether people read a stream in colour: it is a terminal, and `NO_COLOR` is unset or empty.
///
/// Source: <https://no-color.org>.
pub fn wants_colour(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Prints a formatted line of data on standard output.
macro_rules! line {
    ($($words:tt)*) => { crate::print::print_line(&format!($($words)*)) };
}
pub(crate) use line;

use std::io::{IsTerminal, Write};

/// Prints a line of data. A reader that has gone away, as `head` does, ends the program quietly.
pub fn print_line(text: &str) {
    if writeln!(std::io::stdout().lock(), "{text}").is_err() {
        std::process::exit(0);
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

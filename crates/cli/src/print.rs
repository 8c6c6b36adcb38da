use std::io::Write;

/// Prints a line of data. A reader that has gone away, as `head` does, ends the program quietly.
pub fn print_line(text: &str) {
    if writeln!(std::io::stdout().lock(), "{text}").is_err() {
        std::process::exit(0);
    }
}

/// Prints a formatted line of data on standard output.
macro_rules! line {
    ($($words:tt)*) => { crate::print::print_line(&format!($($words)*)) };
}
pub(crate) use line;

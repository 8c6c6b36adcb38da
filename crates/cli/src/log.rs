//! The log: one line for each event, on standard error, whatever is in it.

use serde::Deserialize;
use std::fmt::Write as _;
use std::io::Write;

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON object a line.
    Json,
}

/// Writes the log to standard error from now on: warnings by default, `ENTENTE_LOG` for more. A panic is an event of it
/// like others.
pub fn start(format: LogFormat) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("ENTENTE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| OneLine { to: std::io::stderr() })
        // Colours are escape sequences, and those of values would pass among them.
        .with_ansi(false);
    let _ = match format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string).unwrap_or_default();
        let said = panic.payload_as_str().unwrap_or_default();
        tracing::error!(at, said, "the program panicked");
    }));
}

/// Writes each event as one line. What others said may stand in it: their line ends, and signs that move a cursor or
/// turn the direction of writing, are written as `\n` and `\u001b`, which JSON reads too.
///
/// Source: ASVS 5.0, 16.4.1.
struct OneLine<W> {
    to: W,
}

impl<W: Write> Write for OneLine<W> {
    /// Takes a whole event, as the formatter gives it.
    fn write(&mut self, event: &[u8]) -> std::io::Result<usize> {
        self.to.write_all(one_line(&String::from_utf8_lossy(event)).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

fn one_line(event: &str) -> String {
    let event = event.strip_suffix('\n').unwrap_or(event);
    let mut line = String::with_capacity(event.len() + 1);
    for letter in event.chars() {
        match letter {
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            // Controls, other line ends, and what turns the direction of writing.
            letter
                if letter.is_control()
                    || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                write!(line, "\\u{:04x}", u32::from(letter)).expect("writing to a string does not fail");
            }
            letter => line.push(letter),
        }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::{LogFormat, OneLine, one_line};
    use std::io::Write;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::fmt::MakeWriter;

    const HOSTILE: &str = "a\u{1b}[2J\r\nERROR lie\u{85}\u{2028}\u{202e}\u{0}\u{9b}31m\té";

    #[test]
    fn an_event_is_one_line_whatever_it_holds() {
        let written = "a\\u001b[2J\\r\\nERROR lie\\u0085\\u2028\\u202e\\u0000\\u009b31m\\té\n";
        assert_eq!(one_line(HOSTILE), written);
        assert_eq!(one_line(&format!("{HOSTILE}\n")), written);
    }

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    struct Making(Kept);

    impl<'a> MakeWriter<'a> for Making {
        type Writer = OneLine<Kept>;
        fn make_writer(&'a self) -> Self::Writer {
            OneLine { to: self.0.clone() }
        }
    }

    fn logged(format: LogFormat) -> String {
        let kept = Kept::default();
        let lines = tracing_subscriber::fmt().with_writer(Making(kept.clone())).with_ansi(false);
        let tell = || {
            let error = std::io::Error::other(HOSTILE);
            let error = &error as &dyn std::error::Error;
            tracing::error!(shown = %HOSTILE, read = ?HOSTILE, plain = HOSTILE, error, "{HOSTILE}");
        };
        match format {
            LogFormat::Text => tracing::subscriber::with_default(lines.finish(), tell),
            LogFormat::Json => tracing::subscriber::with_default(lines.json().finish(), tell),
        }
        String::from_utf8(kept.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn fields_of_every_kind_stay_on_the_line_and_move_no_cursor() {
        let line = logged(LogFormat::Text);
        assert_eq!(line.lines().count(), 1, "{line}");
        assert!(!line.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\r']), "{line:?}");
        assert_eq!(line.matches("ERROR lie").count(), 5, "{line}");
    }

    #[test]
    fn a_line_for_programs_is_one_json_object() {
        let line = logged(LogFormat::Json);
        assert_eq!(line.lines().count(), 1, "{line}");
        let event: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert!(event["fields"]["plain"].as_str().is_some_and(|said| said.contains("ERROR lie")), "{line}");
        assert_eq!(event["level"], "ERROR");
    }
}

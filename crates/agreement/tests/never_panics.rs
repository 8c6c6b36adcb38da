//! No text makes the compiler panic, whatever its bytes: authors type, paste and cut.

#![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use agreement::{
    Compilation, Options, compile, explain, read_trial, rehearse, render, standalone_page, weave,
};
use calendar::LocalDate;
use proptest::prelude::*;
use std::sync::LazyLock;
use words::Language;

static WHOLE: LazyLock<String> = LazyLock::new(|| {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../agreements/solidassist.md")).unwrap()
});

static COMPILED: LazyLock<Compilation> = LazyLock::new(|| compile(&WHOLE, "whole.md", &Options::default()));

/// Everything that is done with a text: compiled, complained of, rehearsed, told and woven.
fn take(text: &str) {
    let compilation = compile(text, "typed.md", &Options::default());
    for diagnostic in &compilation.diagnostics {
        assert!(diagnostic.place.end <= text.len(), "{diagnostic:?}");
        assert!(!render(diagnostic, "typed.md", text, "fr", false).is_empty());
        assert!(!diagnostic.sentence("en").is_empty());
    }
    assert!(compilation.terms.is_none() || !compilation.has_errors());
    let rehearsal = rehearse(&compilation);
    assert!(rehearsal.outcomes.len() <= compilation.examples.len());
    let week = LocalDate::parse("2026-12-23").unwrap();
    let told = explain(&compilation, Language::French, week);
    assert_eq!(told.is_empty(), compilation.terms.is_none());
    let page = standalone_page(&weave(&compilation, Language::English));
    assert!(!page.contains("<script"));
}

/// Pieces that an author might put anywhere.
const PIECES: &[&str] = &[
    "```terms\n",
    "```\n",
    "```examples\n",
    "[promise.response]\n",
    "[[promise.response.case]]\n",
    "when = { ",
    " }",
    "\"",
    "'''",
    "\"\"\"",
    "{#A}",
    "# ",
    "## 5.1 ",
    "[default.promise]\n",
    "by = \"severity\"",
    "$",
    "$holidays",
    "é",
    "\u{0}",
    "\u{feff}",
    "\r\n",
    "-",
    "99999999999999999999 business days",
    "0 business hours",
    "2026-02-30",
    "instead.calendar.office.open = {}",
    "[calendar.office]\n",
    "same_as = \"office\"\n",
    "union_of = [\"office\"]\n",
    "minus = [\"office\"]\n",
    "complement_of = \"office\"\n",
    "includes = [\"base\"]\n",
    "| a | b |\n|---|---|\n",
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "a) ",
    "10 minutes",
    "𝕊",
    "\u{202e}",
    "[[[[",
    "}}}}",
    "every = 0",
    "holidays = [\"$holidays\"]\n",
    "date = \"02-30\"",
    "nth = 9",
    "easter = 2147483647",
    "open = { mon-sun = [\"00:00-24:00\"] }\n",
    "zone = \"+99:99\"\n",
    "type = \"one-of\"\n",
    "values = []\n",
];

/// Where to change a text, how much of it, with which piece, and in which manner.
type Change = (prop::sample::Index, prop::sample::Index, prop::sample::Index, u8);

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let any_place = any::<prop::sample::Index>;
    prop::collection::vec((any_place(), any_place(), any_place(), 0..4_u8), 1..6)
}

/// A text cut, doubled or interrupted somewhere in the middle.
fn mutated(changes: &[Change]) -> String {
    let mut text = WHOLE.clone();
    for (at, length, piece, manner) in changes {
        let from = floor(&text, at.index(text.len() + 1));
        let to = floor(&text, (from + length.index(400)).min(text.len()));
        let piece = PIECES[piece.index(PIECES.len())];
        match manner {
            0 => text.insert_str(from, piece),
            1 => text.replace_range(from..to, ""),
            2 => text.replace_range(from..to, piece),
            _ => {
                let doubled = text[from..to].to_owned();
                text.insert_str(to, &doubled);
            }
        }
    }
    text
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_taken(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        take(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_pieces_are_taken(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60)) {
        take(&pieces.concat());
    }

    #[test]
    fn a_trial_of_any_pieces_is_taken(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..30)) {
        let trial = read_trial(&COMPILED, &pieces.concat());
        assert!(trial.examples.len() <= 1000);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_whole_agreement_cut_and_mended_is_taken(changes in changes()) {
        take(&mutated(&changes));
    }
}

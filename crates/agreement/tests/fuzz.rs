//! Documents that nobody wrote: agreements cut, crossed and garbled from a seed. They are compiled, complained of,
//! rehearsed, told and woven in peace, and in bounded time.

#![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use agreement::{Options, compile, explain, rehearse, render, standalone_page, weave};
use calendar::LocalDate;
use std::path::Path;
use words::Language;

/// The documents that the compiler's own tests read: small, and each wrong in a way of its own.
fn documents() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut files: Vec<_> = ["good", "bad"]
        .iter()
        .flat_map(|name| std::fs::read_dir(folder.join(name)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .collect();
    files.sort();
    assert!(files.len() > 30, "only {} documents", files.len());
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

#[test]
fn garbled_agreements_are_read_in_peace() {
    let documents = documents();
    let seeds: Vec<&[u8]> = documents.iter().map(Vec::as_slice).collect();
    let words = [
        "```terms\n",
        "```\n",
        "```examples\n",
        "[promise.response]\n",
        "[[promise.response.case]]\n",
        "when = { ",
        "\"\"\"",
        "## 5.1 ",
        "by = \"severity\"",
        "$holidays",
        "99999999999999999999 business days",
        "2026-02-30",
        "same_as = \"office\"\n",
        "includes = [\"base\"]\n",
        "| a | b |\n|---|---|\n",
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "open = { mon-sun = [\"00:00-24:00\"] }\n",
        "[[[[",
        "}}}}",
    ];
    let week = LocalDate::parse("2026-12-23").unwrap();
    harness::fuzz("agreements", &seeds, &words, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let compilation = compile(&text, "typed.md", &Options::default());
        for diagnostic in &compilation.diagnostics {
            assert!(diagnostic.place.end <= text.len(), "{diagnostic:?}");
            assert!(!diagnostic.sentence("fr").is_empty());
        }
        if let Some(first) = compilation.diagnostics.first() {
            assert!(!render(first, "typed.md", &text, "fr", false).is_empty());
        }
        assert!(compilation.terms.is_none() || !compilation.has_errors());
        assert!(rehearse(&compilation).outcomes.len() <= compilation.examples.len());
        assert_eq!(explain(&compilation, Language::French, week).is_empty(), compilation.terms.is_none());
        let page = standalone_page(&weave(&compilation, Language::English)).to_lowercase();
        assert!(!page.contains("<script") && !page.contains("href=\"javascript:"), "{page}");
    });
}

//! A page is set whatever its text says, and no text becomes a command of the template.

#![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use paper::{Block, Date, PageWords, PaperSize, Row, Section, SignablePage};
use proptest::prelude::*;
use proptest::test_runner::Config;

fn page(title: &str, markdown: &str, cell: &str) -> SignablePage {
    let row = |differs| Row { cells: vec![cell.to_owned(), cell.to_owned(), String::new()], differs };
    let head = || vec!["A".to_owned(), cell.to_owned(), "C".to_owned()];
    let section = |level, number: &str| Section {
        level,
        number: number.to_owned(),
        heading: cell.to_owned(),
        language: "fr".to_owned(),
        blocks: vec![
            Block::Prose { markdown: markdown.to_owned() },
            Block::Rules { caption: cell.to_owned(), head: head(), rows: vec![row(false)] },
            Block::Example {
                lead: "Exemple".to_owned(),
                title: cell.to_owned(),
                head: head(),
                rows: vec![row(true)],
            },
            Block::Note { lead: cell.to_owned(), text: cell.to_owned(), more: vec![cell.to_owned()] },
        ],
    };
    SignablePage {
        title: title.to_owned(),
        title_language: String::new(),
        edition: "1".to_owned(),
        language: "en".to_owned(),
        text_language: "fr".to_owned(),
        quote_language: Some("ja".to_owned()),
        date: Date { year: 2026, month: 2, day: 28 },
        size: PaperSize::Letter,
        identity: "essai 1".to_owned(),
        keywords: vec![cell.to_owned()],
        // The second heading skips two depths, as documents do.
        sections: vec![section(0, ""), section(1, "1"), section(3, "1.2.3")],
        words: PageWords {
            contents: "Contents".to_owned(),
            parties: vec!["Provider".to_owned(), "Customer".to_owned()],
            party_lines: vec!["Name".to_owned()],
            signatures: "Signatures".to_owned(),
            signature_lines: vec!["Date".to_owned()],
            ..PageWords::default()
        },
    }
}

fn has(bytes: &[u8], words: &str) -> bool {
    bytes.windows(words.len()).any(|part| part == words.as_bytes())
}

#[test]
fn markdown_of_every_kind_is_set() {
    let markdown = "Du *texte* **fort** ~~barré~~ `code` <b>html</b>, [un lien](https://a.example/x) et [un autre](javascript:x).\n\n\
                    > 日本語の引用、契約の条項。\n\n1. un\n2. deux\n   - trois\n\n- [ ] quatre\n\n\
                    | a | b |\n|--:|:-:|\n| 1 | 2 |\n| 3 |\n\n---\n\n```\ncode\n```\n\n![image](x.png) fin  \nligne";
    let set = page("Titre « français » – 契約", markdown, "Prix : 5 € – ÄÖÜß ĳ");
    let pdf = set.to_pdf().unwrap();
    assert!(pdf.starts_with(b"%PDF-1.7"));
    for words in [
        "/Lang(en)",
        "/Marked true",
        "/Outlines",
        "/StructTreeRoot",
        "https://a.example/x",
        "<pdfuaid:part>1",
    ] {
        assert!(has(&pdf, words), "{words}");
    }
    assert!(has(&pdf, "Titre « français » – 契約"), "the title stands in the metadata");
    assert!(pdf == set.to_pdf().unwrap(), "the same page gives the same bytes");
}

#[test]
fn markup_of_the_typesetter_is_text() {
    for text in [
        "#panic(\"x\")",
        "#include \"/etc/passwd\"",
        "$ x^2 $",
        "= not a heading",
        "*bold* _it_ `raw` @ref <label>",
        "\\#{1+1}",
        "//comment",
        "/* c */",
        "#set page(width: 1pt)",
        "#import \"@preview/x:1.0.0\": *",
        "]",
        "\"",
        "~ -- --- ...",
    ] {
        let pdf = page(text, text, text).to_pdf();
        assert!(pdf.is_ok(), "{text}: {:?}", pdf.err());
    }
}

#[test]
fn a_letter_that_no_font_has_does_not_stop_the_page() {
    let pdf = page("", "ౚ", "🀊").to_pdf().unwrap();
    assert!(pdf.starts_with(b"%PDF-1.7") && has(&pdf, "/Marked true"));
    assert!(!has(&pdf, "<pdfuaid:part>1"), "it does not claim what it does not keep");
}

proptest! {
    #![proptest_config(Config { cases: 6, failure_persistence: None, ..Config::default() })]

    #[test]
    fn any_text_is_set(title in "\\PC{0,40}", markdown in "[#$*_`@<>\\[\\](){}\\\\\"~=/|\\-\\n a-z0-9éß日]{0,120}", cell in any::<String>()) {
        let cell: String = cell.chars().take(40).collect();
        let pdf = page(&title, &markdown, &cell).to_pdf();
        prop_assert!(pdf.is_ok(), "{:?}", pdf.err());
    }
}

//! A woven agreement as the values of a printed page.

use agreement::{WovenBlock, WovenRow, WovenText};
use paper::{Block, Date, PageWords, PaperSize, Row, Section, SignablePage};
use words::{Language, text};

use crate::failure::VerbFailure;

/// Sets a woven agreement as a PDF to print and sign.
pub fn pdf_of(woven: &WovenText, language: Language) -> Result<Vec<u8>, VerbFailure> {
    let page = SignablePage {
        title: woven.title.clone(),
        title_language: woven.title_language.clone(),
        edition: woven.edition.clone(),
        language: woven.language.clone(),
        text_language: woven.text_language.clone(),
        quote_language: woven.quote_language.clone(),
        date: Date {
            year: woven.effective.year(),
            month: woven.effective.month(),
            day: woven.effective.day(),
        },
        // The countries that write on North American sheets.
        size: match woven.country.as_str() {
            "CA" | "US" | "MX" => PaperSize::Letter,
            _ => PaperSize::A4,
        },
        identity: format!("{} {} {}", woven.key, woven.version, woven.language),
        keywords: vec![woven.key.clone(), woven.version.clone()],
        sections: woven
            .sections
            .iter()
            .map(|section| Section {
                level: section.level.saturating_sub(1),
                number: section.number.clone(),
                heading: section.heading.clone(),
                language: woven.text_language.clone(),
                blocks: section.blocks.iter().map(block).collect(),
            })
            .collect(),
        words: page_words(language),
    };
    page.to_pdf().map_err(VerbFailure::Paper)
}

fn block(woven: &WovenBlock) -> Block {
    let rows = |rows: &[WovenRow]| {
        rows.iter().map(|row| Row { cells: row.cells.clone(), differs: row.differs }).collect()
    };
    match woven {
        WovenBlock::Prose { markdown } => Block::Prose { markdown: markdown.clone() },
        WovenBlock::Rules { caption, head, rows: told } => {
            Block::Rules { caption: caption.clone(), head: head.clone(), rows: rows(told) }
        }
        WovenBlock::Example { lead, title, head, rows: told } => {
            Block::Example { lead: lead.clone(), title: title.clone(), head: head.clone(), rows: rows(told) }
        }
        WovenBlock::Interpretation { lead, text, more, .. } => {
            Block::Note { lead: lead.clone(), text: text.clone(), more: more.clone() }
        }
    }
}

fn page_words(language: Language) -> PageWords {
    let word = |key: &str| text(language, key).into_owned();
    let list = |keys: &[&str]| keys.iter().map(|key| word(key)).collect();
    PageWords {
        contents: word("woven-contents"),
        of: word("paper-of"),
        page: word("paper-page"),
        between: word("paper-between"),
        parties: list(&["paper-provider", "paper-customer"]),
        party_lines: list(&["paper-name", "paper-address", "paper-represented-by"]),
        signatures: word("paper-signatures"),
        signed_in: word("paper-signed-in"),
        signature_lines: list(&[
            "paper-signatory",
            "paper-capacity",
            "paper-place-and-date",
            "paper-signature",
        ]),
    }
}

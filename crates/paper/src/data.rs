//! A page as the data that the template is given.

use std::borrow::Cow;

use typst::foundations::{Array, Dict, IntoValue, Str, Value};

use crate::prose::prose_data;
use crate::signable_page::{Block, Date, PaperSize, Row, SignablePage};

/// Every text of the page as a value; the template reads them by these names.
pub(crate) fn page_data(page: &SignablePage) -> Dict {
    let words = &page.words;
    let mut depth = 0;
    let sections = page.sections.iter().map(|section| {
        // A heading deeper than its parent by two would leave a hole in the outline.
        let level = section.level.min(depth + 1);
        depth = level;
        record([
            ("level", i64::from(level).into_value()),
            ("number", text(&section.number)),
            ("heading", text(&section.heading)),
            ("language", language(&section.language, &page.text_language)),
            (
                "blocks",
                section.blocks.iter().map(|block| block_data(block, page)).collect::<Array>().into_value(),
            ),
        ])
    });
    let sections: Array = sections.collect();
    let words = record([
        ("contents", text(&words.contents)),
        ("of", text(&words.of)),
        ("page", text(&words.page)),
        ("between", text(&words.between)),
        ("parties", texts(&words.parties)),
        ("party-lines", texts(&words.party_lines)),
        ("signatures", text(&words.signatures)),
        ("signed-in", text(&words.signed_in)),
        ("signature-lines", texts(&words.signature_lines)),
    ]);
    let Date { year, month, day } = page.date;
    let mut data = Dict::new();
    for (key, value) in [
        ("title", text(&page.title)),
        ("edition", text(&page.edition)),
        ("language", language(&page.language, "en")),
        ("text-language", language(&page.text_language, &page.language)),
        ("title-language", language(&page.title_language, &page.language)),
        ("year", i64::from(year).into_value()),
        ("month", i64::from(month).into_value()),
        ("day", i64::from(day).into_value()),
        ("paper", if page.size == PaperSize::Letter { "us-letter" } else { "a4" }.into_value()),
        ("keywords", texts(&page.keywords)),
        ("sections", sections.into_value()),
        ("words", words),
    ] {
        data.insert(key.into(), value);
    }
    data
}

fn block_data(block: &Block, page: &SignablePage) -> Value {
    match block {
        Block::Prose { markdown } => record([
            ("kind", "prose".into_value()),
            ("body", prose_data(markdown, page.quote_language.as_deref()).into_value()),
        ]),
        Block::Rules { caption, head, rows } => table("rules", caption, "", head, rows),
        Block::Example { lead, title, head, rows } => table("example", lead, title, head, rows),
        Block::Note { lead, text: told, more } => record([
            ("kind", "note".into_value()),
            ("lead", text(lead)),
            ("text", text(told)),
            ("more", texts(more)),
        ]),
    }
}

fn table(kind: &'static str, caption: &str, title: &str, head: &[String], rows: &[Row]) -> Value {
    let width = head.len();
    let rows = rows.iter().map(|row| {
        let cells = (0..width).map(|at| text(row.cells.get(at).map_or("", String::as_str)));
        record([("cells", cells.collect::<Array>().into_value()), ("differs", row.differs.into_value())])
    });
    record([
        ("kind", kind.into_value()),
        ("caption", text(caption)),
        ("title", text(title)),
        ("head", texts(head)),
        ("rows", rows.collect::<Array>().into_value()),
    ])
}

pub(crate) fn record<const N: usize>(fields: [(&'static str, Value); N]) -> Value {
    let mut dict = Dict::new();
    for (key, value) in fields {
        dict.insert(Str::from(key), value);
    }
    dict.into_value()
}

/// A text without the control characters that no page can show.
pub(crate) fn text(text: &str) -> Value {
    let forbidden = |character: char| character.is_control() && character != '\n' && character != '\t';
    let text = if text.contains(forbidden) {
        Cow::Owned(text.replace(forbidden, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    };
    Str::from(text.as_ref()).into_value()
}

fn texts(list: &[String]) -> Value {
    list.iter().map(|item| text(item)).collect::<Array>().into_value()
}

/// A language of two or three small letters, which is all the template can take.
pub(crate) fn language(tag: &str, otherwise: &str) -> Value {
    let first = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let sound =
        |tag: &String| (2..=3).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_lowercase());
    let found = Some(first(tag)).filter(sound).or_else(|| Some(first(otherwise)).filter(sound));
    text(&found.unwrap_or_else(|| "en".to_owned()))
}

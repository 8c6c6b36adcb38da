//! Markdown prose as data for the template: a tree of blocks and of runs of text.

use pulldown_cmark::{Alignment, Event, Options, Parser, Tag, TagEnd};
use typst::foundations::{Array, IntoValue, Value};

use crate::data::{language, record, text};

/// Reads Markdown into blocks. HTML is text, images leave their words, and links lead only to the
/// web or to mail.
pub(crate) fn prose_data(markdown: &str, quote_language: Option<&str>) -> Array {
    let mut reader = Reader { open: vec![Open::new(Kind::Root)], quote_language };
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        reader.take(event);
    }
    while reader.open.len() > 1 {
        reader.close();
    }
    reader.open.pop().map(|root| root.children).unwrap_or_default()
}

/// Deepest nesting that is kept apart; what is deeper stands on the last level.
const DEEPEST: usize = 24;

struct Reader<'a> {
    open: Vec<Open>,
    quote_language: Option<&'a str>,
}

struct Open {
    kind: Kind,
    children: Array,
}

enum Kind {
    Root,
    Block(&'static str),
    Quote,
    List {
        start: Option<u64>,
    },
    Table {
        columns: Vec<Alignment>,
    },
    Inline(&'static str),
    Link {
        target: Option<String>,
    },
    /// An element that leaves its content to its parent.
    Through,
}

impl Open {
    fn new(kind: Kind) -> Self {
        Self { kind, children: Array::new() }
    }
}

impl Reader<'_> {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(end) => self.end(end),
            Event::Text(words) | Event::Html(words) | Event::InlineHtml(words) => {
                self.add(record([("kind", "text".into_value()), ("text", text(&words))]));
            }
            Event::Code(words) => self.add(record([("kind", "code".into_value()), ("text", text(&words))])),
            Event::SoftBreak => self.add(record([("kind", "text".into_value()), ("text", text(" "))])),
            Event::HardBreak => self.add(record([("kind", "break".into_value())])),
            Event::Rule => self.add(record([("kind", "rule".into_value())])),
            Event::InlineMath(words) | Event::DisplayMath(words) => {
                self.add(record([("kind", "text".into_value()), ("text", text(&words))]));
            }
            Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        let kind = if self.open.len() >= DEEPEST {
            Kind::Through
        } else {
            match tag {
                Tag::Paragraph | Tag::HtmlBlock => Kind::Block("paragraph"),
                Tag::Heading { .. } => Kind::Block("heading"),
                Tag::BlockQuote(_) => Kind::Quote,
                Tag::CodeBlock(_) => Kind::Block("code-block"),
                Tag::List(start) => Kind::List { start },
                Tag::Item => Kind::Block("item"),
                Tag::Table(columns) => Kind::Table { columns },
                Tag::TableHead | Tag::TableRow => Kind::Block("row"),
                Tag::TableCell => Kind::Block("cell"),
                Tag::Emphasis => Kind::Inline("emphasis"),
                Tag::Strong => Kind::Inline("strong"),
                Tag::Strikethrough => Kind::Inline("struck"),
                Tag::Link { dest_url, .. } => {
                    let safe = ["https://", "http://", "mailto:"];
                    let target = safe.iter().any(|start| dest_url.starts_with(start));
                    Kind::Link { target: target.then(|| dest_url.to_string()) }
                }
                _ => Kind::Through,
            }
        };
        self.open.push(Open::new(kind));
    }

    fn end(&mut self, _end: TagEnd) {
        if self.open.len() > 1 {
            self.close();
        }
    }

    fn close(&mut self) {
        let Some(Open { kind, children }) = self.open.pop() else { return };
        let content = |name: &'static str, children: Array| {
            record([("kind", name.into_value()), ("children", children.into_value())])
        };
        match kind {
            Kind::Root | Kind::Through => {
                for child in children {
                    self.add(child);
                }
            }
            Kind::Block(name) | Kind::Inline(name) => self.add(content(name, children)),
            Kind::Quote => {
                let tongue = self.quote_language.map_or(Value::None, |tongue| language(tongue, tongue));
                self.add(record([
                    ("kind", "quote".into_value()),
                    ("language", tongue),
                    ("children", children.into_value()),
                ]));
            }
            Kind::List { start } => {
                let start = start.map_or(Value::None, |start| {
                    i64::try_from(start).unwrap_or(i64::from(i32::MAX)).min(i64::from(i32::MAX)).into_value()
                });
                self.add(record([
                    ("kind", "list".into_value()),
                    ("start", start),
                    ("children", children.into_value()),
                ]));
            }
            Kind::Table { columns } => {
                let sides = columns.iter().map(|side| match side {
                    Alignment::Right => "end".into_value(),
                    Alignment::Center => "center".into_value(),
                    Alignment::Left | Alignment::None => "start".into_value(),
                });
                self.add(record([
                    ("kind", "table".into_value()),
                    ("sides", sides.collect::<Array>().into_value()),
                    ("children", children.into_value()),
                ]));
            }
            Kind::Link { target: Some(target) } => self.add(record([
                ("kind", "link".into_value()),
                ("target", text(&target)),
                ("children", children.into_value()),
            ])),
            Kind::Link { target: None } => {
                for child in children {
                    self.add(child);
                }
            }
        }
    }

    fn add(&mut self, value: Value) {
        if let Some(open) = self.open.last_mut() {
            open.children.push(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::prose_data;
    use typst::foundations::Repr;

    #[test]
    fn links_lead_to_the_web_or_to_mail_only() {
        let told = |markdown: &str| prose_data(markdown, None).repr().to_string();
        assert!(told("[a](https://a.example/x)").contains("target: \"https://a.example/x\""));
        assert!(told("[a](mailto:a@b.example)").contains("mailto:"));
        for markdown in
            ["[a](javascript:x)", "[a](file:///etc/passwd)", "![a](https://a.example/x.png)", "[a](../x)"]
        {
            let told = told(markdown);
            assert!(told.contains("text: \"a\"") && !told.contains("target"), "{told}");
        }
    }

    #[test]
    fn html_is_text_and_quotes_have_their_language() {
        let told = prose_data("a <b>c</b>\n\n> d", Some("en")).repr().to_string();
        assert!(told.contains("text: \"<b>\""), "{told}");
        assert!(told.contains("language: \"en\""), "{told}");
        let deep = "> ".repeat(200) + "x";
        assert!(prose_data(&deep, None).repr().contains("\"x\""));
    }
}

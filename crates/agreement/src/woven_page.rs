use crate::woven_text::{WovenBlock, WovenRow, WovenSection, WovenText};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write;
use words::Language;

/// An agreement as a page: its prose in order, each clause an anchor, its rules told under it.
///
/// The parts are fragments of HTML, escaped; a frame around them is the caller's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WovenPage {
    /// Title of the document.
    pub title: String,
    /// Language of the title; that of the page when empty.
    #[serde(default)]
    pub title_language: String,
    /// Version and first day in force, in words.
    pub edition: String,
    /// Every numbered heading, in order.
    pub toc: Vec<TocEntry>,
    /// The whole text, heading by heading, without the title.
    pub body_html: String,
    /// Each clause alone, by its number.
    pub clause_fragments: BTreeMap<String, String>,
    /// Language of everything that the document did not write itself.
    pub language: String,
    /// Language of the prose and the headings; that of the page when empty.
    #[serde(default)]
    pub text_language: String,
}

/// A line of the table of contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TocEntry {
    /// Fragment of the page, without `#`.
    pub anchor: String,
    /// Number of the clause.
    pub number: String,
    /// Words of the heading.
    pub heading: String,
    /// Depth, from 1 under the title.
    pub depth: u8,
}

impl WovenPage {
    /// A woven text as fragments of HTML; HTML in the text is shown as text.
    #[must_use]
    pub fn of(text: &WovenText) -> WovenPage {
        let mut page = WovenPage {
            title: text.title.clone(),
            title_language: text.title_language.clone(),
            edition: text.edition.clone(),
            language: text.language.clone(),
            text_language: text.text_language.clone(),
            ..WovenPage::default()
        };
        let mut body = String::new();
        let mut open = false;
        for (at, section) in text.sections.iter().enumerate() {
            let article = article(section, text);
            if section.level < 2 {
                // The title is the page's; what stands under it opens the text.
                body.push_str(&article);
                continue;
            }
            let is_part = section.level == 2 && text.sections.get(at + 1).is_some_and(|next| next.level > 2);
            if is_part || (section.level == 2 && !open) {
                if open {
                    body.push_str("</section>\n");
                }
                body.push_str("<section class=\"part\">\n");
                open = true;
            }
            body.push_str(&article);
            if !section.number.is_empty() {
                page.toc.push(TocEntry {
                    anchor: section.anchor.clone(),
                    number: section.number.clone(),
                    heading: section.heading.clone(),
                    depth: section.level - 1,
                });
                page.clause_fragments.entry(section.number.clone()).or_insert(article);
            }
        }
        if open {
            body.push_str("</section>\n");
        }
        page.body_html = body;
        page
    }
}

/// The page with a frame of its own, to open in any browser or to print.
#[must_use]
pub fn standalone_page(page: &WovenPage) -> String {
    let titled = tongue(&page.title_language, &page.language);
    let tongue = tongue(&page.text_language, &page.language);
    let mut toc = String::new();
    for entry in &page.toc {
        let _ = write!(
            toc,
            "<li><a href=\"#{}\"><span>{}</span>{}</a></li>",
            escaped(&entry.anchor),
            escaped(&entry.number),
            escaped(&entry.heading)
        );
    }
    let language = Language::parse(&page.language).unwrap_or_default();
    let contents = words::text(language, "woven-contents");
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <title{titled}>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1{titled}>{title}</h1>\n\
         <p class=\"lede\">{edition}</p>\n<div class=\"agreement\">\n<nav class=\"toc\" aria-labelledby=\"toc\">\
         <h2 id=\"toc\">{contents}</h2><ol{tongue}>{toc}</ol></nav>\n<div>{body}</div>\n</div>\n</main>\n</body>\n</html>\n",
        language = escaped(&page.language),
        title = escaped(&page.title),
        edition = escaped(&page.edition),
        body = page.body_html,
    )
}

/// The attribute that names the language of the document's own words where the page speaks another.
fn tongue(text_language: &str, page_language: &str) -> String {
    if text_language.is_empty() || text_language == page_language {
        String::new()
    } else {
        format!(" lang=\"{}\"", escaped(text_language))
    }
}

fn article(section: &WovenSection, text: &WovenText) -> String {
    let tongue = tongue(&text.text_language, &text.language);
    let mut out = String::new();
    if section.level >= 2 {
        let depth = if section.level == 2 { 3 } else { 4 };
        let _ = writeln!(out, "<h{depth}{tongue}>{}</h{depth}>", escaped(&section.heading));
    }
    for block in &section.blocks {
        match block {
            WovenBlock::Prose { markdown } => {
                let html = prose(markdown, &section.anchor, text.quote_language.as_deref());
                if tongue.is_empty() || html.is_empty() {
                    out.push_str(&html);
                } else {
                    let _ = writeln!(out, "<div class=\"prose\"{tongue}>\n{html}</div>");
                }
            }
            WovenBlock::Rules { caption, head, rows } => {
                let caption = if caption.is_empty() {
                    String::new()
                } else {
                    format!("<caption>{}</caption>", escaped(caption))
                };
                out.push_str(&table("rules", &caption, head, rows));
            }
            WovenBlock::Interpretation { name, lead, text, more } => {
                let _ = write!(
                    out,
                    "<aside class=\"reading\" id=\"i-{}\"><p><b>{}</b> – {}</p>",
                    escaped(name),
                    escaped(lead),
                    escaped(text)
                );
                for line in more {
                    let _ = write!(out, "<p class=\"muted\">{}</p>", escaped(line));
                }
                out.push_str("</aside>\n");
            }
            WovenBlock::Example { lead, title, head, rows } => {
                // An example that computes otherwise is never folded away.
                let open = if rows.iter().any(|row| row.differs) { " open" } else { "" };
                let _ = writeln!(
                    out,
                    "<details class=\"example\"{open}><summary>{} <span{tongue}>{}</span></summary>\n{}</details>",
                    escaped(lead),
                    escaped(title),
                    table("example", "", head, rows)
                );
            }
        }
    }
    if section.level < 2 || section.number.is_empty() {
        return if out.is_empty() {
            out
        } else {
            format!("<div class=\"preamble article__text\">{out}</div>\n")
        };
    }
    let language = Language::parse(&text.language).unwrap_or_default();
    let named =
        words::text_with(language, "woven-clause", &[("number", words::Value::Text(&section.number))]);
    let anchor = escaped(&section.anchor);
    format!(
        "<div class=\"article article--wide\" id=\"{anchor}\">\n<a class=\"article__no\" href=\"#{anchor}\" \
         aria-label=\"{}\">{}</a>\n<div class=\"article__text\">{out}</div>\n</div>\n",
        escaped(&named),
        escaped(&section.number),
    )
}

fn table(class: &str, caption: &str, head: &[String], rows: &[WovenRow]) -> String {
    let mut body = String::new();
    for row in rows {
        body.push_str(if row.differs { "<tr class=\"differs\">" } else { "<tr>" });
        // Facts and events have nothing computed: their words take the room of both columns.
        let shown = match row.cells.as_slice() {
            [head, words, last] if last.is_empty() => &[head.as_str(), words.as_str()][..],
            cells => &cells.iter().map(String::as_str).collect::<Vec<_>>(),
        };
        for (at, cell) in shown.iter().enumerate() {
            let cell = escaped(cell);
            let _ = match at {
                0 => write!(body, "<th scope=\"row\">{cell}</th>"),
                1 if shown.len() < row.cells.len() => write!(body, "<td colspan=\"2\">{cell}</td>"),
                _ => write!(body, "<td>{cell}</td>"),
            };
        }
        body.push_str("</tr>");
    }
    let head: String = head.iter().map(|name| format!("<th scope=\"col\">{}</th>", escaped(name))).collect();
    format!(
        "<div class=\"table-scroll\"><table class=\"lines {class}\">{caption}<thead><tr>{head}</tr></thead>\
         <tbody>{body}</tbody></table></div>\n"
    )
}

/// A piece of prose as HTML: HTML in it is text, links lead only to the web, to mail or within the
/// page, and each item of a list is an anchor.
fn prose(markdown: &str, anchor: &str, quote_language: Option<&str>) -> String {
    let mut hidden: Vec<bool> = Vec::new();
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::Link { ref dest_url, .. }) => {
            let safe =
                ["https://", "http://", "mailto:", "#"].iter().any(|start| dest_url.starts_with(start));
            hidden.push(!safe);
            safe.then_some(event)
        }
        Event::End(TagEnd::Link) => match hidden.pop() {
            Some(true) => None,
            _ => Some(event),
        },
        // Nothing is fetched from elsewhere: of an image its words stay.
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        Event::Start(Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
        event => Some(event),
    });
    let mut out = String::with_capacity(markdown.len() + 64);
    html::push_html(&mut out, events);
    if let Some(language) = quote_language {
        out = out.replace("<blockquote>", &format!("<blockquote lang=\"{}\">", escaped(language)));
    }
    let anchor = escaped(anchor);
    for item in 'a'..='z' {
        let mark = format!("<p>{item}) ");
        if out.contains(&mark) {
            out =
                out.replacen(&mark, &format!("<p class=\"item\" id=\"{anchor}-{item}\"><b>{item})</b> "), 1);
        }
    }
    out
}

/// The look of the page that stands alone: legible on a screen, in the dark and on paper.
const STYLE: &str = "\
:root{--ink:#1d1b16;--muted:#5d584c;--line:#cfc8b8;--ground:#fbf9f4;--note:#f1ecdf}\
@media(prefers-color-scheme:dark){:root{--ink:#ece7db;--muted:#aba38f;--line:#4a4536;--ground:#191712;--note:#252219}}\
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:1.0625rem/1.6 Georgia,serif}\
main{max-width:68rem;margin:0 auto;padding:2rem 1.25rem 4rem}h1{font-size:2rem;line-height:1.2;margin:0 0 .5rem}\
.lede{color:var(--muted);margin:0 0 2rem}.agreement{display:grid;gap:2rem}\
.toc ol{list-style:none;margin:0;padding:0}.toc h2{font-size:1rem;margin:0 0 .5rem}.toc a{display:flex;gap:.75rem;\
padding:.25rem 0;color:inherit;text-decoration:none}.toc a:hover{text-decoration:underline}\
.toc span{flex:none;width:2.25rem;color:var(--muted)}.part>h2{border-top:3px solid var(--line);padding-top:1rem}\
.article{display:grid;grid-template-columns:3.5rem minmax(0,1fr);gap:1rem;padding:1.5rem 0;border-top:1px solid var(--line)}\
.article:target{outline:2px solid var(--line);outline-offset:.5rem}.article__no{color:var(--muted);font-weight:600;\
text-decoration:none}.article__text>*{margin:0 0 .75rem}.article__text h3{font-size:1.125rem}\
table{border-collapse:collapse;width:100%;font:.9375rem/1.5 system-ui,sans-serif}caption{text-align:start;\
color:var(--muted);padding-bottom:.25rem}th,td{text-align:start;vertical-align:baseline;padding:.4rem .75rem .4rem 0;\
border-bottom:1px solid var(--line)}thead th{color:var(--muted);font-weight:600}.table-scroll{overflow-x:auto}\
.reading{background:var(--note);padding:.75rem 1rem;font:.9375rem/1.5 system-ui,sans-serif}.reading p{margin:.25rem 0}\
.differs{font-weight:700}blockquote{margin:0;padding-inline-start:1rem;border-inline-start:3px solid var(--line)}\
details.example summary{cursor:pointer;padding:.25rem 0;font:.9375rem/1.5 system-ui,sans-serif}\
@media(min-width:60rem){.agreement{grid-template-columns:13rem minmax(0,1fr)}\
.toc{position:sticky;top:1rem;align-self:start}}@media print{.toc{display:none}details.example::details-content{content-visibility:visible;height:auto}\
.article,tr{break-inside:avoid}\
body{background:#fff;color:#000}}";

/// A text with the characters of HTML escaped.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Control characters have no place in a page.
            character if character.is_control() && character != '\n' && character != '\t' => {
                out.push('\u{fffd}')
            }
            character => out.push(character),
        }
    }
    out
}

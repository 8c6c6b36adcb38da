//! HTML of strangers made safe to show, and made into text.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use ammonia::Builder;
use html2text::render::TextDecorator;
use mail_parser::decoders::html::html_to_text;

use crate::problems::Problems;

/// How deep elements may be nested before the HTML is only read as text.
const NESTING_AT_MOST: usize = 256;
/// How many tags are read: each costs a kilobyte or so while it is.
const TAGS_AT_MOST: usize = 40_000;
/// The bound on nesting times elements, which bounds the work of showing them.
const WORK_AT_MOST: usize = 8_000_000;
/// The widest line of text made from HTML, in columns.
const COLUMNS: usize = 2_000;

/// What becomes of an HTML body.
pub(crate) struct CleanHtml {
    /// The sanitised HTML; `None` when it was too tangled to be shown.
    pub(crate) html: Option<String>,
    /// The same as text.
    pub(crate) text: String,
}

/// Sanitises HTML and renders it as text, in bounded time.
pub(crate) fn clean_html(html: &str, problems: &mut Problems) -> CleanHtml {
    if is_tangled(html) {
        problems.name("the HTML is too deeply nested or too long to be shown; only its text was kept");
        return CleanHtml { html: None, text: html_to_text(html) };
    }
    // The two libraries read what strangers wrote; a panic in either costs the
    // HTML of this letter, never the letter.
    let cleaned = catch_unwind(AssertUnwindSafe(|| SANITISER.clean(html).to_string()));
    let Ok(cleaned) = cleaned else {
        problems.name("the HTML could not be read; only its text was kept");
        return CleanHtml { html: None, text: html_to_text(html) };
    };
    // A rule would be drawn over the whole width, so many of them would make a
    // small letter a huge text.
    let for_text = cleaned.replace("<hr>", "<br>---<br>");
    let text = catch_unwind(AssertUnwindSafe(|| {
        html2text::config::with_decorator(PlainText::default())
            .raw_mode(true)
            .no_link_wrapping()
            .string_from_read(for_text.as_bytes(), COLUMNS)
            .ok()
    }))
    .ok()
    .flatten()
    .unwrap_or_else(|| html_to_text(&cleaned));
    let text = text.lines().map(|line| without_doubled_links(line.trim_end())).collect::<Vec<_>>().join("\n");
    CleanHtml { html: Some(cleaned), text }
}

/// Drops the target of a link whose text is the target already.
fn without_doubled_links(line: &str) -> Cow<'_, str> {
    if !line.contains(" <http") {
        return Cow::Borrowed(line);
    }
    let mut words: Vec<&str> = Vec::new();
    for word in line.split(' ') {
        let target = word
            .strip_prefix('<')
            .and_then(|rest| rest.strip_suffix('>'))
            .map(|target| target.trim_end_matches('/'));
        let doubled =
            words.last().is_some_and(|shown| target.is_some() && target == Some(shown.trim_end_matches('/')));
        if !doubled {
            words.push(word);
        }
    }
    Cow::Owned(words.join(" "))
}

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder
        .link_rel(Some("noopener noreferrer nofollow"))
        .add_url_schemes(["cid", "data"])
        .add_clean_content_tags(["title"])
        .rm_tags(["map", "area"])
        .rm_tag_attributes("hr", ["align", "size", "width"])
        .attribute_filter(keep_attribute);
    builder
});

/// Keeps links that a reader may follow and images that came with the letter.
/// An image elsewhere would tell its sender who reads when, so only its
/// alternative text stays.
fn keep_attribute<'v>(element: &str, attribute: &str, value: &'v str) -> Option<Cow<'v, str>> {
    let scheme: String = value
        .chars()
        .filter(|character| !character.is_whitespace() && !character.is_control())
        .take(30)
        .collect::<String>()
        .to_ascii_lowercase();
    let kept = match (element, attribute) {
        (_, "src") => {
            scheme.starts_with("cid:")
                || ["png", "jpeg", "gif", "webp"]
                    .iter()
                    .any(|kind| scheme.starts_with(&format!("data:image/{kind};")))
        }
        (_, "href") => {
            ["http:", "https:", "mailto:", "tel:"].iter().any(|allowed| scheme.starts_with(allowed))
        }
        (_, "cite") => scheme.starts_with("http:") || scheme.starts_with("https:"),
        _ => true,
    };
    kept.then_some(Cow::Borrowed(value))
}

/// Whether HTML is nested so deeply that reading it would cost more than it is
/// worth.
fn is_tangled(html: &str) -> bool {
    let bytes = html.as_bytes();
    let mut depth = 0_usize;
    let mut deepest = 0_usize;
    let mut elements = 0_usize;
    for (at, byte) in bytes.iter().enumerate() {
        if *byte != b'<' {
            continue;
        }
        let rest = &bytes[at + 1..];
        let closing = rest.first() == Some(&b'/');
        let name: Vec<u8> = rest
            .iter()
            .skip(usize::from(closing))
            .take(12)
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .map(u8::to_ascii_lowercase)
            .collect();
        if name.is_empty() {
            continue;
        }
        elements += 1;
        // These close by themselves or hold nothing, and are often left open.
        let counts = !matches!(
            name.as_slice(),
            b"p" | b"li"
                | b"td"
                | b"th"
                | b"tr"
                | b"dd"
                | b"dt"
                | b"tbody"
                | b"thead"
                | b"option"
                | b"br"
                | b"hr"
                | b"img"
                | b"meta"
                | b"link"
                | b"input"
                | b"col"
                | b"area"
                | b"wbr"
                | b"base"
                | b"html"
                | b"body"
                | b"head"
        );
        if !counts {
            continue;
        }
        if closing {
            depth = depth.saturating_sub(1);
        } else {
            depth += 1;
            deepest = deepest.max(depth);
        }
    }
    deepest > NESTING_AT_MOST || elements > TAGS_AT_MOST || deepest.saturating_mul(elements) > WORK_AT_MOST
}

/// Plain text as people write it in mail: `> ` before quotes, `-` before items,
/// and the target behind a link.
#[derive(Debug, Clone, Default)]
struct PlainText {
    open_links: Vec<String>,
}

impl TextDecorator for PlainText {
    type Annotation = ();

    fn decorate_link_start(&mut self, url: &str) -> (String, ()) {
        self.open_links.push(url.to_owned());
        (String::new(), ())
    }
    fn decorate_link_end(&mut self) -> String {
        match self.open_links.pop() {
            Some(url) if url.starts_with("http") => format!(" <{url}>"),
            _ => String::new(),
        }
    }
    fn decorate_em_start(&self) -> (String, ()) {
        (String::new(), ())
    }
    fn decorate_em_end(&self) -> String {
        String::new()
    }
    fn decorate_strong_start(&self) -> (String, ()) {
        (String::new(), ())
    }
    fn decorate_strong_end(&self) -> String {
        String::new()
    }
    fn decorate_strikeout_start(&self) -> (String, ()) {
        (String::new(), ())
    }
    fn decorate_strikeout_end(&self) -> String {
        String::new()
    }
    fn decorate_code_start(&self) -> (String, ()) {
        (String::new(), ())
    }
    fn decorate_code_end(&self) -> String {
        String::new()
    }
    fn decorate_preformat_first(&self) {}
    fn decorate_preformat_cont(&self) {}
    fn decorate_image(&mut self, _source: &str, title: &str) -> (String, ()) {
        (title.to_owned(), ())
    }
    fn header_prefix(&self, _level: usize) -> String {
        String::new()
    }
    fn quote_prefix(&self) -> String {
        "> ".to_owned()
    }
    fn unordered_item_prefix(&self) -> String {
        "- ".to_owned()
    }
    fn ordered_item_prefix(&self, number: i64) -> String {
        format!("{number}. ")
    }
    fn make_subblock_decorator(&self) -> Self {
        PlainText::default()
    }
}

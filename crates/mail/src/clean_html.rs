//! HTML of strangers made safe to show, and made into text.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use ammonia::Builder;
use html2text::render::TextDecorator;
use mail_parser::decoders::html::html_to_text;

use crate::neutral::on_one_line;
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
    let cleaned = catch_unwind(AssertUnwindSafe(|| cleaned_for_good(html)));
    let Ok(Some(cleaned)) = cleaned else {
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

/// How often HTML is cleaned until nothing changes any more.
const CLEANINGS_AT_MOST: usize = 8;

/// HTML that a second reading takes for the same. Elements that are nested as none can be are put in order anew by
/// each reader, so that what a browser shows could be other than what was cleaned; none where that never ends.
fn cleaned_for_good(html: &str) -> Option<String> {
    let mut cleaned = SANITISER.clean(html).to_string();
    for _ in 1..CLEANINGS_AT_MOST {
        if is_tangled(&cleaned) {
            return None;
        }
        let again = SANITISER.clean(&cleaned).to_string();
        if again == cleaned {
            return Some(cleaned);
        }
        cleaned = again;
    }
    None
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
    let mut builder = sanitiser();
    builder.attribute_filter(keep_attribute);
    builder
});

/// What styles a letter may bring: what marks words, and nothing that moves, hides or loads.
const STYLES: [&str; 7] = [
    "background-color",
    "color",
    "font-style",
    "font-weight",
    "text-align",
    "text-decoration",
    "text-decoration-line",
];

fn sanitiser() -> Builder<'static> {
    let mut builder = Builder::default();
    builder
        .link_rel(Some("noopener noreferrer nofollow"))
        .add_url_schemes(["cid", "data"])
        .add_clean_content_tags(["title"])
        .rm_tags(["map", "area"])
        .rm_tag_attributes("hr", ["align", "size", "width"])
        .add_tags(["font"])
        .add_tag_attributes("font", ["color"])
        .add_generic_attributes(["style"])
        .filter_style_properties(STYLES.into_iter().collect());
    builder
}

/// The content id that stands where an image was that the letter wanted loaded from elsewhere.
pub const REMOTE_IMAGE: &str = "image-elsewhere";

/// The same cleaned HTML with every image of the letter put in its place: `place` gives what stands
/// for a content id, and nothing leaves the image out. An image that is nowhere in the letter has
/// [`REMOTE_IMAGE`] for a content id. It is cleaned again on the way, so that nothing else than what
/// `place` gives can be loaded.
///
/// `None` when it cannot be read.
#[must_use]
pub fn place_images(
    html: &str,
    place: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
) -> Option<String> {
    if is_tangled(html) {
        return None;
    }
    let mut builder = sanitiser();
    builder.attribute_filter(move |element, attribute, value| {
        let kept = keep_attribute(element, attribute, value)?;
        if (element, attribute) != ("img", "src") {
            return Some(kept);
        }
        match kept.strip_prefix("cid:") {
            Some(id) => place(id).map(Cow::Owned),
            None => Some(kept),
        }
    });
    catch_unwind(AssertUnwindSafe(|| builder.clean(html).to_string())).ok()
}

/// What stands for a content id in a reference to it.
///
/// Source: RFC 2392 section 2.
fn content_id(reference: &str) -> String {
    let bytes = reference.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut id = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                id.push(u8::try_from(high * 16 + low).expect("two digits make a byte"));
                at += 3;
            }
            (byte, ..) => {
                id.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(id).unwrap_or_else(|_| reference.to_owned())
}

/// Keeps links that a reader may follow and images that came with the letter.
/// An image elsewhere would tell its sender who reads when, so that a mark
/// stands in its place.
fn keep_attribute<'v>(element: &str, attribute: &str, value: &'v str) -> Option<Cow<'v, str>> {
    let scheme: String = value
        .chars()
        .filter(|character| !character.is_whitespace() && !character.is_control())
        .take(30)
        .collect::<String>()
        .to_ascii_lowercase();
    if (element, attribute) == ("img", "src") {
        if scheme.starts_with("cid:") {
            let (_, id) = value.split_once(':')?;
            return Some(Cow::Owned(format!("cid:{}", on_one_line(&content_id(id.trim())))));
        }
        let is_here = ["png", "jpeg", "gif", "webp"]
            .iter()
            .any(|kind| scheme.starts_with(&format!("data:image/{kind};base64,")));
        if is_here {
            return Some(Cow::Borrowed(value));
        }
        let is_elsewhere = ["http:", "https:", "//"].iter().any(|start| scheme.starts_with(start));
        return is_elsewhere.then(|| Cow::Owned(format!("cid:{REMOTE_IMAGE}")));
    }
    let kept = match (element, attribute) {
        (_, "src") => false,
        (_, "href") => {
            ["http:", "https:", "mailto:", "tel:"].iter().any(|allowed| scheme.starts_with(allowed))
        }
        (_, "cite") => scheme.starts_with("http:") || scheme.starts_with("https:"),
        // Nothing that refers to something: neither to a place elsewhere nor to another style.
        (_, "style") => {
            let lower = value.to_ascii_lowercase();
            !["url", "image", "attr(", "var(", "\\"].iter().any(|word| lower.contains(word))
        }
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

#[cfg(test)]
mod tests {
    use super::{REMOTE_IMAGE, clean_html, place_images};
    use crate::problems::Problems;

    fn cleaned(html: &str) -> String {
        clean_html(html, &mut Problems::default()).html.expect("it can be read")
    }

    #[test]
    fn images_stay_where_they_were_and_none_is_fetched() {
        for (html, expected) in [
            ("<img src=\"cid:a%20b@c\">", "<img src=\"cid:a b@c\">".to_owned()),
            (
                "<img src=\"http://t.example/1.png\" width=1>",
                format!("<img src=\"cid:{REMOTE_IMAGE}\" width=\"1\">"),
            ),
            ("<img src=\"//t.example/1.png\" alt=x>", format!("<img src=\"cid:{REMOTE_IMAGE}\" alt=\"x\">")),
            ("<img src=\"1.png\" alt=x>", "<img alt=\"x\">".to_owned()),
            (
                "<img src=\"data:image/png;base64,AAAA\">",
                "<img src=\"data:image/png;base64,AAAA\">".to_owned(),
            ),
            ("<img src=\"data:image/svg+xml;base64,AAAA\">", "<img>".to_owned()),
        ] {
            assert_eq!(cleaned(html), expected);
        }
        let placed = place_images("<img src=\"cid:a\"><img src=\"cid:b\">", |id| {
            (id == "a").then(|| "data:image/png;base64,AAAA".to_owned())
        });
        assert_eq!(placed.as_deref(), Some("<img src=\"data:image/png;base64,AAAA\"><img>"));
    }

    #[test]
    fn marks_of_words_stay_and_what_refers_to_something_goes() {
        for (html, expected) in [
            ("<span style=\"color: red; position: fixed\">x</span>", "<span style=\"color:red\">x</span>"),
            ("<span style=\"color: url(http://t.example)\">x</span>", "<span>x</span>"),
            ("<font color=red size=7>x</font>", "<font color=\"red\">x</font>"),
        ] {
            assert_eq!(cleaned(html), expected);
        }
    }
}

//! Icons: drawn once per page as symbols, and only those that the page uses.

use maud::{Markup, PreEscaped, html};

/// An icon, always beside a word.
pub(crate) fn icon(name: &str) -> Markup {
    html! { svg.icon aria-hidden="true" { use href={ "#i-" (name) } {} } }
}

const SYMBOLS: [(&str, &str); 16] = [
    ("clock", r#"<circle cx="8" cy="8" r="6.2"/><path d="M8 4.6V8l2.4 1.6"/>"#),
    ("pause", r#"<path d="M5.5 3.5v9M10.5 3.5v9" stroke-width="2.4"/>"#),
    ("late", r#"<path d="M8 2.2 14.4 13.4H1.6z"/><path d="M8 6.4v3.2M8 11.4v.1"/>"#),
    ("met", r#"<path d="m3 8.6 3.2 3.2L13 4.8" stroke-width="2"/>"#),
    ("none", r#"<path d="M3.5 8h9"/>"#),
    ("us", r#"<circle class="solid" cx="8" cy="8" r="7"/>"#),
    ("customer", r#"<circle cx="8" cy="8" r="6" stroke-width="2.6"/>"#),
    (
        "third",
        r#"<circle cx="8" cy="8" r="6" stroke-width="2.6"/><path class="solid" d="M8 2a6 6 0 0 1 0 12z"/>"#,
    ),
    ("pen", r#"<path d="m10.6 2.9 2.5 2.5-7.4 7.4-3 .5.5-3z"/>"#),
    ("note", r#"<path d="M3 2.500h10v8l-3 3H3z"/><path d="M5.500 6h5M5.500 9h3"/>"#),
    (
        "reply",
        r#"<path d="M6.500 3.500 2.500 7.500l4 4M2.500 7.500H10a3.500 3.500 0 0 1 3.500 3.500v1.500"/>"#,
    ),
    ("lock", r#"<path d="M3.5 7.200h9v6h-9zM5.3 7V5a2.7 2.7 0 0 1 5.4 0v2"/>"#),
    (
        "clip",
        r#"<path d="m13.2 7.4-5.4 5.4a3.2 3.2 0 0 1-4.6-4.6l5.6-5.5a2.1 2.1 0 0 1 3 3L6.4 11.200a1 1 0 0 1-1.5-1.500l5-4.9"/>"#,
    ),
    ("plus", r#"<path d="M8 3v10M3 8h10" stroke-width="2"/>"#),
    ("key", r#"<circle cx="5" cy="11" r="2.7"/><path d="m7 9 6-6M10.5 5.500l2 2"/>"#),
    (
        "unknown",
        r#"<path d="M5.800 6a2.200 2.200 0 1 1 3.100 2c-.7.3-.9.8-.9 1.500"/><path d="M8 12.300v.1"/>"#,
    ),
];

/// The drawings of the named icons; names that repeat are drawn once.
pub(crate) fn symbols(names: &[&str]) -> Markup {
    html! {
        svg width="0" height="0" aria-hidden="true" {
            @for (name, drawing) in SYMBOLS {
                @if names.contains(&name) {
                    symbol id={ "i-" (name) } viewBox="0 0 16 16" { (PreEscaped(drawing)) }
                }
            }
        }
    }
}

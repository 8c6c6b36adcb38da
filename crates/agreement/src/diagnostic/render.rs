use crate::diagnostic::{Diagnostic, Severity};
use crate::place::Place;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// A complaint as a terminal shows it: the sentence, the lines of the text with both places marked,
/// and what to write instead. `name` is the name of the file.
#[must_use]
pub fn render(diagnostic: &Diagnostic, name: &str, text: &str, language: &str, colour: bool) -> String {
    let sentence = diagnostic.sentence(language);
    let second = diagnostic.second_label(language);
    let help = diagnostic.help(language);
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let level = match (diagnostic.severity, language) {
        (Severity::Error, "fr") => level.with_name("erreur"),
        (Severity::Warning, "fr") => level.with_name("avertissement"),
        _ => level,
    };
    let mut snippet = Snippet::source(text)
        .path(name)
        .annotation(AnnotationKind::Primary.span(within(diagnostic.place, text)));
    if let Some(place) = diagnostic.second {
        snippet =
            snippet.annotation(AnnotationKind::Context.span(within(place, text)).label(second.as_str()));
    }
    let mut group = level.primary_title(sentence.as_str()).id(diagnostic.code.as_str()).element(snippet);
    let helping = if language == "fr" { Level::HELP.with_name("aide") } else { Level::HELP };
    if !help.is_empty() {
        group = group.element(helping.message(help.as_str()));
    }
    let report: [Group<'_>; 1] = [group];
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    format!("{}\n", renderer.render(&report))
}

/// The place, cut to the first line it touches and to whole characters: what a reader needs to find
/// it, whatever the size of the rule.
fn within(place: Place, text: &str) -> std::ops::Range<usize> {
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = floor(place.start);
    let end = floor(place.end).max(start);
    let line = text[start..end].find('\n').map_or(end, |at| start + at);
    if line == start && end > start { start..floor(end) } else { start..line }
}

use crate::place::Place;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::collections::BTreeSet;
use terms::{Clause, ClauseName};

/// The text of an agreement, cut at its headings into prose, rule blocks and example blocks.
///
/// Nothing of the text is lost or rewritten: every part is a stretch of the original.
#[derive(Clone, Debug)]
pub struct Source {
    /// Name of the file, for messages.
    pub name: String,
    /// The whole text.
    pub text: String,
    /// What stands before the first heading, then one section per heading, in order.
    pub sections: Vec<Section>,
}

/// A heading and what stands under it, up to the next heading of any depth.
#[derive(Clone, Debug)]
pub struct Section {
    /// Depth of the heading from 1; 0 for what stands before the first.
    pub level: u8,
    /// Number of the clause (`5.1`, `A`); empty when the heading carries none.
    pub number: String,
    /// Words of the heading, without the number.
    pub heading: String,
    /// The heading in the text.
    pub place: Place,
    /// Prose and blocks, in order.
    pub parts: Vec<Part>,
    /// Items of the lists under the heading (`a`, `b`), as the prose names them.
    pub items: BTreeSet<String>,
}

/// A part of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Words for people.
    Prose(Place),
    /// The inside of a block of rules.
    Terms(Place),
    /// The inside of a block of worked examples.
    Examples(Place),
}

impl Source {
    /// Cuts a text at its headings. Never fails: whatever is not understood is prose.
    #[must_use]
    pub fn read(name: &str, text: &str) -> Self {
        let mut cutter = Cutter::new(text);
        let options = Options::ENABLE_HEADING_ATTRIBUTES | Options::ENABLE_TABLES;
        for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
            cutter.take(event, range.start, range.end);
        }
        Self { name: name.to_owned(), text: text.to_owned(), sections: cutter.finish() }
    }

    /// The text of a place; empty when the place lies outside.
    #[must_use]
    pub fn slice(&self, place: Place) -> &str {
        self.text.get(place.range()).unwrap_or_default()
    }

    /// The title: words of the first heading of depth one.
    #[must_use]
    pub fn title(&self) -> &str {
        self.sections.iter().find(|section| section.level == 1).map_or("", |section| section.heading.as_str())
    }

    /// The section of a clause by its number.
    #[must_use]
    pub fn section(&self, number: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.number == number)
    }

    /// The clause that a section is, with an item of its list.
    #[must_use]
    pub(crate) fn clause(&self, section: usize, item: Option<&str>, key: &str, version: &str) -> Clause {
        let found = self.sections.get(section);
        Clause::from(ClauseName {
            agreement: key.to_owned(),
            version: version.to_owned(),
            number: found.map_or_else(String::new, |section| section.number.clone()),
            item: item.map(str::to_owned),
            heading: found.map_or_else(String::new, |section| section.heading.clone()),
        })
    }
}

impl Section {
    /// The prose of the section, piece by piece.
    pub fn prose(&self) -> impl Iterator<Item = Place> {
        self.parts.iter().filter_map(|part| match part {
            Part::Prose(place) => Some(*place),
            _ => None,
        })
    }

    /// Whether rules stand directly under the heading.
    #[must_use]
    pub fn has_rules(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Terms(_)))
    }
}

/// What the cutter is inside of.
enum Inside {
    Nothing,
    Heading { mark: Option<String>, words: String },
    Block { terms: bool, start: Option<usize>, end: usize, from: usize },
}

struct Cutter<'a> {
    text: &'a str,
    sections: Vec<Section>,
    inside: Inside,
    prose_from: usize,
}

impl<'a> Cutter<'a> {
    fn new(text: &'a str) -> Self {
        let before = Section {
            level: 0,
            number: String::new(),
            heading: String::new(),
            place: Place::default(),
            parts: Vec::new(),
            items: BTreeSet::new(),
        };
        Self { text, sections: vec![before], inside: Inside::Nothing, prose_from: 0 }
    }

    fn take(&mut self, event: Event<'_>, start: usize, end: usize) {
        match (&mut self.inside, event) {
            (Inside::Nothing, Event::Start(Tag::Heading { id, level, .. })) => {
                self.close_prose(start);
                self.sections.push(Section {
                    level: level as u8,
                    number: String::new(),
                    heading: String::new(),
                    place: Place::new(start, self.text[start..end].trim_end().len() + start),
                    parts: Vec::new(),
                    items: BTreeSet::new(),
                });
                self.inside = Inside::Heading { mark: id.map(|id| id.to_string()), words: String::new() };
            }
            (
                Inside::Heading { words, .. },
                Event::Text(text) | Event::Code(text) | Event::InlineHtml(text),
            ) => {
                words.push_str(&text);
            }
            (Inside::Heading { words, .. }, Event::SoftBreak | Event::HardBreak) => words.push(' '),
            (Inside::Heading { mark, words }, Event::End(TagEnd::Heading(_))) => {
                let (number, heading) = number_of(words, mark.as_deref());
                if let Some(section) = self.sections.last_mut() {
                    section.number = number;
                    section.heading = heading;
                }
                self.inside = Inside::Nothing;
                self.prose_from = end;
            }
            (Inside::Nothing, Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language)))) => {
                let terms = match language.trim() {
                    "terms" => true,
                    "examples" => false,
                    _ => return,
                };
                self.close_prose(start);
                self.inside = Inside::Block { terms, start: None, end: start, from: start };
            }
            (Inside::Block { start: first, end: last, .. }, Event::Text(_)) => {
                first.get_or_insert(start);
                *last = end;
            }
            (Inside::Block { terms, start: first, end: last, from }, Event::End(TagEnd::CodeBlock)) => {
                let place = Place::new(first.unwrap_or(*from), if first.is_some() { *last } else { *from });
                let part = if *terms { Part::Terms(place) } else { Part::Examples(place) };
                if let Some(section) = self.sections.last_mut() {
                    section.parts.push(part);
                }
                self.inside = Inside::Nothing;
                self.prose_from = end;
            }
            _ => {}
        }
    }

    fn close_prose(&mut self, end: usize) {
        if end <= self.prose_from {
            return;
        }
        let raw = &self.text[self.prose_from..end];
        let start = self.prose_from + raw.len() - raw.trim_start().len();
        let end = self.prose_from + raw.trim_end().len();
        if start < end
            && let Some(section) = self.sections.last_mut()
        {
            section.items.extend(item_marks(&self.text[start..end]).map(|(_, item)| item));
            section.parts.push(Part::Prose(Place::new(start, end)));
        }
    }

    fn finish(mut self) -> Vec<Section> {
        if matches!(self.inside, Inside::Nothing) {
            self.close_prose(self.text.len());
        }
        self.sections
    }
}

/// Splits a heading into its number and its words. The number is the first word when that holds a
/// digit or a full stop inside, else the mark at the end of the heading.
fn number_of(words: &str, mark: Option<&str>) -> (String, String) {
    let words = words.trim();
    if let Some(mark) = mark {
        return (mark.to_owned(), words.to_owned());
    }
    let (first, rest) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
    let bare = first.trim_end_matches(['.', ')', ':']);
    let is_number = bare.chars().any(|character| character.is_ascii_digit()) || bare.contains('.');
    if is_number && !bare.is_empty() {
        (bare.to_owned(), rest.trim().to_owned())
    } else {
        (String::new(), words.to_owned())
    }
}

/// Where the items of a list begin in a piece of prose: `a) …`, at its beginning or after a space.
pub(crate) fn item_marks(prose: &str) -> impl Iterator<Item = (usize, String)> + '_ {
    let bytes = prose.as_bytes();
    (0..bytes.len()).filter_map(move |at| {
        let is_mark = bytes[at].is_ascii_lowercase()
            && bytes.get(at + 1) == Some(&b')')
            && bytes.get(at + 2).is_some_and(|byte| byte.is_ascii_whitespace() || *byte == 0xC2)
            && (at == 0 || bytes[at - 1].is_ascii_whitespace());
        is_mark.then(|| (at, char::from(bytes[at]).to_string()))
    })
}

#[cfg(test)]
mod tests {
    use super::{Part, Source, number_of};

    #[test]
    fn headings_carry_their_number_or_their_mark() {
        assert_eq!(number_of("5.1 Temps de réponse", None), ("5.1".into(), "Temps de réponse".into()));
        assert_eq!(number_of("3c. Recours", None), ("3c".into(), "Recours".into()));
        assert_eq!(number_of("Annexe A. Logiciels", Some("A")), ("A".into(), "Annexe A. Logiciels".into()));
        assert_eq!(number_of("X.a Divers", None), ("X.a".into(), "Divers".into()));
        assert_eq!(number_of("Divers", None), (String::new(), "Divers".into()));
    }

    #[test]
    fn every_part_is_a_stretch_of_the_text() {
        let text = "# Titre\nAvant.\n\n## 1 Un {#un}\nProse a) premier ; b) second.\n```terms\n[x]\na = 1\n```\nFin.\n```examples\n```\n";
        let source = Source::read("x.md", text);
        assert_eq!(source.title(), "Titre");
        let section = source.section("un").expect("the mark names the section");
        assert_eq!(section.items.iter().collect::<Vec<_>>(), ["a", "b"]);
        let pieces: Vec<&str> = section
            .parts
            .iter()
            .map(|part| match part {
                Part::Prose(place) | Part::Terms(place) | Part::Examples(place) => source.slice(*place),
            })
            .collect();
        assert_eq!(pieces, ["Prose a) premier ; b) second.", "[x]\na = 1\n", "Fin.", ""]);
    }
}

//! A line of a form that is filled from what is kept.

use crate::page::Frame;
use maud::{Markup, Render, html};
use std::collections::BTreeSet;

/// A line to fill, sent under `name`, with the label of that key.
pub(crate) fn line<'a>(frame: &'a Frame, name: &'a str, label: &'static str, value: &'a str) -> Line<'a> {
    Line {
        id: name,
        name,
        label: frame.say(label),
        value,
        kind: None,
        hint: None,
        required: false,
        at_most: None,
        known: None,
    }
}

/// See [`line`].
pub(crate) struct Line<'a> {
    id: &'a str,
    name: &'a str,
    label: &'static str,
    value: &'a str,
    kind: Option<&'static str>,
    hint: Option<&'static str>,
    required: bool,
    at_most: Option<u32>,
    known: Option<&'a BTreeSet<String>>,
}

impl<'a> Line<'a> {
    /// Under another id than its name, where a page has several of that name.
    pub(crate) fn id(self, id: &'a str) -> Self {
        Self { id, ..self }
    }

    /// `date`, `email`, …; else words.
    pub(crate) fn kind(self, kind: &'static str) -> Self {
        Self { kind: Some(kind), ..self }
    }

    /// With words that help.
    pub(crate) fn hint(self, frame: &Frame, key: &'static str) -> Self {
        Self { hint: Some(frame.say(key)), ..self }
    }

    /// It may not be left empty.
    pub(crate) fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// So many characters at most.
    pub(crate) fn at_most(self, characters: u32) -> Self {
        Self { at_most: Some(characters), ..self }
    }

    /// With what is known to be usable, to choose from.
    pub(crate) fn known(self, known: &'a BTreeSet<String>) -> Self {
        Self { known: Some(known), ..self }
    }
}

impl Render for Line<'_> {
    fn render(&self) -> Markup {
        let list = self.known.map(|_| format!("{}-liste", self.id));
        let described = self.hint.map(|_| format!("{}-aide", self.id));
        html! {
            div.field {
                label.label for=(self.id) { (self.label) }
                @if let Some(hint) = self.hint { p.hint id={ (self.id) "-aide" } { (hint) } }
                input.input id=(self.id) name=(self.name) type=[self.kind] value=(self.value) list=[&list]
                    autocomplete="off" maxlength=[self.at_most] required[self.required] aria-describedby=[described];
                @if let (Some(list), Some(known)) = (&list, self.known) {
                    datalist id=(list) { @for known in known { option value=(known) {} } }
                }
            }
        }
    }
}

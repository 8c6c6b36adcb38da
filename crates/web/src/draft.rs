//! What somebody wrote in a form, and what is wrong with it: a form that comes back loses nothing.

use crate::icon::icon;
use crate::page::Frame;
use crate::submission::SHOWN;
use maud::{Markup, html};

/// The fields of a form as they were sent, with what is wrong.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    /// Which form of the page, by its name; empty when nothing was sent.
    pub(crate) form: &'static str,
    pub(crate) values: Vec<(String, String)>,
    pub(crate) wrong: Vec<Wrong>,
}

/// Something wrong with a field.
#[derive(Clone, Debug)]
pub(crate) struct Wrong {
    /// Id of the field on the page.
    pub(crate) field: String,
    /// What is wrong and what to write.
    pub(crate) message: String,
}

impl Draft {
    /// The value that was sent for a field of a form.
    pub(crate) fn value(&self, form: &str, name: &str) -> &str {
        if self.form != form {
            return "";
        }
        self.values.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.as_str())
    }

    /// Whether the form came back.
    pub(crate) fn is_of(&self, form: &str) -> bool {
        self.form == form
    }

    /// What a field of a form shows now, sent along unseen: beside it what was written means a change, or none. A form
    /// that comes back goes on from what it showed first.
    pub(crate) fn shown(&self, form: &str, name: &str, now: &str) -> Markup {
        let hidden = format!("{SHOWN}{name}");
        let value = if self.is_of(form) { self.value(form, &hidden) } else { now };
        html! { input type="hidden" name=(hidden) value=(value); }
    }

    /// What is wrong with a field.
    pub(crate) fn wrong_with(&self, field: &str) -> Option<&str> {
        self.wrong.iter().find(|wrong| wrong.field == field).map(|wrong| wrong.message.as_str())
    }

    /// All that is wrong, on top of the page, leading to the fields.
    pub(crate) fn summary(&self, frame: &Frame) -> Markup {
        if self.wrong.is_empty() {
            return Markup::default();
        }
        html! {
            div.errors.gap-top tabindex="-1" aria-labelledby="probleme" {
                div role="alert" {
                    h2 #probleme { (frame.say("errors-title")) }
                    ul { @for wrong in &self.wrong { li { a href={ "#" (wrong.field) } { (wrong.message) } } } }
                }
            }
        }
    }

    /// What is wrong with a field, at the field.
    pub(crate) fn at(&self, field: &str) -> Markup {
        match self.wrong_with(field) {
            Some(message) => html! { p.error id={ (field) "-erreur" } { (icon("late")) span { (message) } } },
            None => Markup::default(),
        }
    }
}

/// A field of a form with label, hint and message.
pub(crate) struct Field<'a> {
    pub(crate) form: &'static str,
    pub(crate) id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) label: &'a str,
    pub(crate) hint: Option<&'a str>,
    pub(crate) required: bool,
}

impl<'a> Field<'a> {
    /// A field that is sent under its id, without a hint.
    pub(crate) fn of(form: &'static str, id: &'a str, label: &'a str, required: bool) -> Self {
        Self { form, id, name: id, label, hint: None, required }
    }

    fn around(&self, draft: &Draft, control: Markup) -> Markup {
        html! {
            div.field {
                label.label for=(self.id) { (self.label) }
                @if let Some(hint) = self.hint { p.hint id={ (self.id) "-aide" } { (hint) } }
                (draft.at(self.id))
                (control)
            }
        }
    }

    fn described(&self, draft: &Draft) -> Option<String> {
        let hint = self.hint.map(|_| format!("{}-aide", self.id));
        let error = draft.wrong_with(self.id).map(|_| format!("{}-erreur", self.id));
        match (hint, error) {
            (Some(hint), Some(error)) => Some(format!("{hint} {error}")),
            (hint, error) => hint.or(error),
        }
    }

    fn invalid(&self, draft: &Draft) -> Option<&'static str> {
        draft.wrong_with(self.id).map(|_| "true")
    }

    /// One line.
    pub(crate) fn line(&self, draft: &Draft, kind: &str, autocomplete: Option<&str>) -> Markup {
        self.around(
            draft,
            html! {
                input.input id=(self.id) name=(self.name) type=(kind) value=(draft.value(self.form, self.name))
                    autocomplete=[autocomplete] required[self.required] aria-describedby=[self.described(draft)]
                    aria-invalid=[self.invalid(draft)];
            },
        )
    }

    /// One line, with what may be meant.
    pub(crate) fn suggested(&self, draft: &Draft, suggestions: &[&str]) -> Markup {
        if suggestions.is_empty() {
            return self.line(draft, "text", Some("off"));
        }
        let list = format!("{}-liste", self.id);
        self.around(
            draft,
            html! {
                input.input id=(self.id) name=(self.name) type="text" value=(draft.value(self.form, self.name))
                    autocomplete="off" list=(list) aria-describedby=[self.described(draft)]
                    aria-invalid=[self.invalid(draft)];
                datalist id=(list) { @for suggestion in suggestions { option value=(suggestion) {} } }
            },
        )
    }

    /// Several lines.
    pub(crate) fn lines(&self, draft: &Draft, rows: u8) -> Markup {
        self.around(
            draft,
            html! {
                textarea.input id=(self.id) name=(self.name) rows=(rows) required[self.required]
                    aria-describedby=[self.described(draft)] aria-invalid=[self.invalid(draft)] {
                    (draft.value(self.form, self.name))
                }
            },
        )
    }

    /// One of several; `chosen` stands when nothing was sent.
    pub(crate) fn choice(&self, draft: &Draft, choices: &[(String, String)], chosen: &str) -> Markup {
        let chosen = if draft.is_of(self.form) { draft.value(self.form, self.name) } else { chosen };
        self.around(
            draft,
            html! {
                select.input.select id=(self.id) name=(self.name) aria-describedby=[self.described(draft)]
                    aria-invalid=[self.invalid(draft)] {
                    @for (value, label) in choices {
                        option value=(value) selected[value == chosen] { (label) }
                    }
                }
            },
        )
    }
}

//! Who of a customer has which role that the agreement names.

use crate::page::Frame;
use crate::reading::clause;
use maud::{Markup, html};
use operations::{NamedContactsView, NamedRole};

/// What is missing, said where somebody can mend it.
pub(crate) fn faults(frame: &Frame, view: &NamedContactsView) -> Markup {
    let missing: Vec<String> = view
        .roles
        .iter()
        .filter(|role| view.missing.contains(&role.name))
        .map(|role| name_of(frame, role))
        .collect();
    html! {
        @if !missing.is_empty() {
            p.banner {
                (frame.say_with("contacts-missing", &[("roles", &missing.join(", "))]))
                @if let Some(by) = &view.clause { " " (clause(frame, by)) }
            }
        }
        @if !view.combined.is_empty() {
            p.banner {
                (frame.say_with("contacts-combined", &[("people", &view.combined.join(", "))]))
                @if let Some(by) = &view.clause { " " (clause(frame, by)) }
            }
        }
    }
}

/// The roles with who has them, each with a form that names others.
pub(crate) fn section(frame: &Frame, view: &NamedContactsView, action: &str, is_apart: bool) -> Markup {
    if view.roles.is_empty() && is_apart {
        return Markup::default();
    }
    let id = format!("designees-{}", view.account.0);
    html! {
        section.section aria-labelledby=(id) {
            h2 id=(id) { (frame.say("contacts-title")) }
            p.muted { (frame.say(if view.roles.is_empty() { "contacts-none" } else { "contacts-what" })) }
            (faults(frame, view))
            @for role in &view.roles {
                form.stack action=(action) method="post" {
                    input type="hidden" name="client" value=(view.account.0);
                    input type="hidden" name="role" value=(role.name);
                    fieldset.field {
                        legend.label {
                            (name_of(frame, role))
                            @if role.required { " " span.small.muted { (frame.say("contacts-required")) } }
                            " " (clause(frame, &role.clause))
                        }
                        @for (person, name) in &view.people {
                            label.check {
                                input type="checkbox" name="personne" value=(person) checked[role.holders.iter().any(|(known, _)| known == person)];
                                span { (name) }
                            }
                        }
                    }
                    div.actions { button.btn name="faire" value="designer" aria-label={ (frame.say("contacts-keep")) " " (name_of(frame, role)) } { (frame.say("contacts-keep")) } }
                }
            }
        }
    }
}

fn name_of(frame: &Frame, role: &NamedRole) -> String {
    words::role_name(frame.language, &role.name, &role.label)
}

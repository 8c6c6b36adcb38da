//! What the agreement wanted known when a request was opened, asked of whoever takes part in it.

use crate::fact_field::choices;
use crate::happening::fact_label;
use crate::page::Frame;
use crate::reading::clause;
use crate::submission::FACT;
use maud::{Markup, html};
use operations::TicketView;
use terms::FactRule;

/// A form that asks for what is missing and goes to `path`; nothing where nothing is.
pub(crate) fn wanted(frame: &Frame, view: &TicketView, path: &str) -> Markup {
    let at_opening = view.wanted.iter().filter(|(_, step)| step == "open");
    let rules: Vec<&FactRule> = at_opening.filter_map(|(name, _)| view.terms.fact(name.as_str())).collect();
    html! {
        @if !rules.is_empty() && view.state.is_live() {
            section.section aria-labelledby="manque" {
                h2 #manque { (frame.say("wanted-title")) }
                p #manque-aide { (frame.say("wanted-what")) }
                form.stack action=(path) method="post" {
                    @for rule in rules { (field(frame, view, rule)) }
                    div.actions { button.btn.btn--primary { (frame.say("wanted-tell")) } }
                }
            }
        }
    }
}

fn field(frame: &Frame, view: &TicketView, rule: &FactRule) -> Markup {
    let id = format!("manque-{}", rule.name);
    html! {
        div.field {
            label.label for=(id) { (fact_label(frame, &view.terms, rule.name.as_str())) }
            p.hint { (clause(frame, &rule.clause)) }
            @match choices(frame, rule) {
                Some(choices) => {
                    select.input.select id=(id) name={ (FACT) (rule.name) } required aria-describedby="manque-aide" {
                        @for (value, label) in &choices { option value=(value) { (label) } }
                    }
                }
                None => {
                    input.input id=(id) name={ (FACT) (rule.name) } autocomplete="off" required aria-describedby="manque-aide";
                }
            }
        }
    }
}

//! What an agent may do with a request, as forms: the acts beside it, and answer and note under its thread.

use super::Offers;
use crate::draft::{Draft, Field};
use crate::fact_field::{choices, settable, suggestions};
use crate::happening::{fact_label, outcome_name};
use crate::icon::icon;
use crate::page::Frame;
use crate::reading::moment;
use crate::submission::FACT;
use desk::TicketState;
use maud::{Markup, html};
use operations::{DraftForm, PersonView, TicketView};
use terms::{FactRule, FactType, Terms, Verdict};

struct Act<'a> {
    name: &'static str,
    label: &'a str,
}

fn fold(draft: &Draft, act: &Act<'_>, action: &str, body: Markup) -> Markup {
    html! {
        details.act name="agir" open[draft.is_of(act.name)] id={ "agir-" (act.name) } {
            summary.btn { (act.label) }
            form action=(action) method="post" { (body) }
        }
    }
}

pub(super) fn acts(
    frame: &Frame,
    view: &TicketView,
    colleagues: &[PersonView],
    offers: &Offers,
    draft: &Draft,
) -> Markup {
    let to = |act: &str| format!("/agent/demandes/{}/{act}", view.number);
    let live = view.state.is_live();
    let waits = view.state == TicketState::Waiting;
    // What somebody wrote comes back, whatever became of the request meanwhile.
    let stands = |form: &str, may: bool| may || draft.is_of(form);
    let say = |key| frame.say(key);
    let submit = |label: &str| html! { button.btn.btn--primary { (label) } };
    let mine = view.assignee.as_ref().is_some_and(|assignee| {
        frame.person.as_ref().is_some_and(|person| person.id == assignee.id.to_string())
    });
    html! {
        div.acts role="group" aria-label=(say("request-actions-label")) data-live="agir" {
            @if draft.is_of("prise") {
                (fold(draft, &Act { name: "prise", label: say("command-take-up") }, &to("prise-en-charge"), html! {
                    (Field { form: "prise", id: "prise-motif", name: "motif", label: say("command-take-up-reason"), hint: None, required: true }
                        .line(draft, "text", None))
                    (submit(say("command-take-up")))
                }))
            } @else if live && !mine {
                form action=(to("prise-en-charge")) method="post" { button.btn { (say("command-take-up")) } }
            }
            @if stands("assignation", live) {
                (fold(draft, &Act { name: "assignation", label: say("command-assign") }, &to("assignation"), html! {
                    (Field { form: "assignation", id: "assignation-agent", name: "agent", label: say("command-assign-person"), hint: None, required: false }
                        .choice(draft, &people(frame, colleagues), &view.assignee.as_ref().map(|person| person.id.to_string()).unwrap_or_default()))
                    @let teams = teams(frame, view);
                    @if teams.len() > 1 {
                        (Field { form: "assignation", id: "assignation-equipe", name: "equipe", label: say("command-assign-team"), hint: None, required: false }
                            .choice(draft, &teams, view.team.as_deref().unwrap_or_default()))
                    }
                    (submit(say("command-assign")))
                }))
            }
            @if stands("classement", live) {
                (fold(draft, &Act { name: "classement", label: say("command-classify") }, &to("classement"), html! {
                    div.pairs #classement { (fact_fields(frame, view, draft)) }
                    (draft.at("classement"))
                    @if view.severity.is_some() && view.terms.permission("change_severity").is_some_and(asks_customer) {
                        (consent_box(frame))
                    }
                    (submit(say("command-classify")))
                }))
            }
            @if stands("couverture", live) {
                (fold(draft, &Act { name: "couverture", label: say("command-judge-coverage") }, &to("couverture"), html! {
                    @let verdicts = [(Verdict::Covered, "covered"), (Verdict::NotCovered, "not_covered")]
                        .map(|(verdict, name)| (name.to_owned(), words::verdict_in_words(frame.language, verdict)));
                    (Field { form: "couverture", id: "couverture-verdict", name: "verdict", label: say("command-judge-coverage-verdict"), hint: None, required: false }
                        .choice(draft, &verdicts, if view.verdict == Verdict::NotCovered { "not_covered" } else { "covered" }))
                    (Field { form: "couverture", id: "couverture-motif", name: "motif", label: say("command-judge-coverage-reason"), hint: Some(say("command-judge-coverage-reason-hint")), required: true }
                        .lines(draft, 3))
                    (submit(say("command-judge-coverage")))
                }))
            }
            @if live && waits {
                form action=(to("reprise")) method="post" { button.btn { (say("command-resume")) } }
            }
            @if stands("attente", live && !waits) {
                (fold(draft, &Act { name: "attente", label: say("command-wait") }, &to("attente"), html! {
                    @let parties = ["customer", "vendor", "third_party"].map(|party| (party.to_owned(), words::party_name(frame.language, party)));
                    (Field { form: "attente", id: "attente-partie", name: "partie", label: say("command-wait-for"), hint: None, required: false }.choice(draft, &parties, "customer"))
                    (Field { form: "attente", id: "attente-motif", name: "motif", label: say("command-wait-reason"), hint: Some(say("act-wait-what-hint")), required: false }.line(draft, "text", Some("off")))
                    (submit(say("command-wait")))
                }))
            }
            @if stands("editeur", live && view.vendor.is_none()) {
                (fold(draft, &Act { name: "editeur", label: say("command-pass-to-vendor") }, &to("editeur"), html! {
                    (Field { form: "editeur", id: "editeur-nom", name: "editeur", label: say("command-pass-to-vendor-vendor"), hint: None, required: true }.line(draft, "text", Some("off")))
                    (Field { form: "editeur", id: "editeur-reference", name: "reference", label: say("command-pass-to-vendor-reference"), hint: None, required: false }.line(draft, "text", Some("off")))
                    (submit(say("command-pass-to-vendor")))
                }))
            }
            @if stands("retour-editeur", live && view.vendor.is_some()) {
                (fold(draft, &Act { name: "retour-editeur", label: say("command-back-from-vendor") }, &to("retour-editeur"), html! {
                    @let results = ["fix", "answer", "none"].map(|result| (result.to_owned(), words::text(frame.language, &format!("command-back-from-vendor-{result}")).into_owned()));
                    (Field { form: "retour-editeur", id: "retour-resultat", name: "resultat", label: say("command-back-from-vendor-result"), hint: None, required: false }.choice(draft, &results, "fix"))
                    (submit(say("button-save")))
                }))
            }
            @if stands("resolution", live) {
                (fold(draft, &Act { name: "resolution", label: say("command-resolve") }, &to("resolution"), html! {
                    input type="hidden" name="vus" value=(view.messages.len());
                    (Field { form: "resolution", id: "resolution-issue", name: "issue", label: say("command-resolve-outcome"), hint: None, required: false }.choice(draft, &outcomes(frame, view), ""))
                    (Field { form: "resolution", id: "resolution-corps", name: "corps", label: say("command-resolve-body"), hint: Some(say("act-resolve-body-hint")), required: true }.lines(draft, 5))
                    (submit(say("command-resolve")))
                }))
            }
            @if stands("cloture", !matches!(view.state, TicketState::Closed | TicketState::Declined)) {
                (fold(draft, &Act { name: "cloture", label: say("command-close") }, &to("cloture"), html! {
                    (Field { form: "cloture", id: "cloture-motif", name: "motif", label: say("command-close-reason"), hint: None, required: true }.line(draft, "text", Some("off")))
                    @if view.terms.permission("close").is_some_and(asks_customer) { (consent_box(frame)) }
                    (submit(say("command-close")))
                }))
            }
            @if !live {
                form action=(to("reouverture")) method="post" { button.btn { (say("command-reopen")) } }
            }
            @if !offers.macros.is_empty() {
                (fold(draft, &Act { name: "macro", label: say("act-macro") }, &to("macro"), html! {
                    (draft.at("agir-macro"))
                    @for (key, title) in &offers.macros {
                        button.btn name="macro" value=(key) { (title) }
                    }
                }))
            }
            (crate::fields::form(frame, &view.fields, &to("champs"), draft))
            a.btn href=(to("gestes")) { (say("deeds-more")) }
        }
    }
}

fn asks_customer(permission: &terms::Permission) -> bool {
    permission.consent.iter().any(|role| role == "customer")
}

pub(in crate::workspace) fn consent_box(frame: &Frame) -> Markup {
    html! { label.check { input type="checkbox" name="accord" value="client"; span { (frame.say("deed-consent")) } } }
}

fn people(frame: &Frame, colleagues: &[PersonView]) -> Vec<(String, String)> {
    let nobody = (String::new(), frame.say("command-assign-nobody").to_owned());
    std::iter::once(nobody)
        .chain(colleagues.iter().map(|person| (person.id.to_string(), person.name.clone())))
        .collect()
}

fn teams(frame: &Frame, view: &TicketView) -> Vec<(String, String)> {
    let nobody = (String::new(), "–".to_owned());
    let teams = view.terms.roles.iter().filter(|role| role.side == terms::Side::Provider && role.own_queue);
    let named =
        teams.map(|role| (role.name.clone(), words::role_name(frame.language, &role.name, &role.label)));
    std::iter::once(nobody).chain(named).collect()
}

fn outcomes(frame: &Frame, view: &TicketView) -> Vec<(String, String)> {
    let rule = view.terms.facts.iter().find(|rule| rule.name.as_str() == "outcome");
    if let Some(FactType::OneOf(values)) = rule.map(|rule| &rule.kind) {
        return values
            .iter()
            .map(|value| (value.name.clone(), outcome_name(frame, view, &value.name)))
            .collect();
    }
    ["solved", "answered", "not_reproducible"]
        .map(|name| (name.to_owned(), outcome_name(frame, view, name)))
        .to_vec()
}

/// A field for each fact that an agent may set, from the agreement's own vocabulary.
fn fact_fields(frame: &Frame, view: &TicketView, draft: &Draft) -> Markup {
    html! {
        @for rule in view.terms.facts.iter().filter(|rule| settable(rule)) {
            @let id = format!("fait-{}", rule.name);
            @let name = format!("{FACT}{}", rule.name);
            @let label = fact_label(frame, &view.terms, rule.name.as_str());
            @let field = Field { form: "classement", id: &id, name: &name, label: &label, hint: None, required: false };
            @let now = view.facts.get(rule.name.as_str()).and_then(|value| value.as_key()).unwrap_or_default();
            (draft.shown("classement", &name, now))
            @match choices(frame, rule) {
                Some(choices) => { (field.choice(draft, &choices, now)) }
                None => { (text_field(&field, draft, now, rule, &view.terms)) }
            }
        }
    }
}

fn text_field(field: &Field<'_>, draft: &Draft, now: &str, rule: &FactRule, terms: &Terms) -> Markup {
    let known =
        Draft { form: field.form, values: vec![(field.name.to_owned(), now.to_owned())], wrong: Vec::new() };
    let draft = if draft.is_of(field.form) { draft } else { &known };
    match rule.kind {
        FactType::Words => field.lines(draft, 2),
        _ => field.suggested(draft, &suggestions(terms, rule)),
    }
}

/// Where a draft stands, and since when.
fn kept_since(frame: &Frame, view: &TicketView, kept: Option<&(String, calendar::Instant)>) -> Markup {
    html! {
        @if let Some((_, at)) = kept { (frame.say("draft-kept")) " " (moment(frame, &view.terms.zone, *at)) }
    }
}

/// The button that keeps a draft; a page that runs script keeps it by itself.
fn keep_button(frame: &Frame, view: &TicketView, form: DraftForm) -> Markup {
    html! {
        input type="hidden" name="forme" value=(form.as_str());
        button.btn formaction={ "/agent/demandes/" (view.number) "/brouillon" } formnovalidate { (frame.say("draft-keep")) }
    }
}

pub(super) fn composers(frame: &Frame, view: &TicketView, offers: &Offers, draft: &Draft) -> Markup {
    let who = &view.requester;
    let person = frame.person.as_ref().map_or("", |person| person.id.as_str());
    let say = |key| frame.say(key);
    let writable =
        draft.is_of("reponse") || !matches!(view.state, TicketState::Closed | TicketState::Declined);
    let (reply, note) = (offers.drafts.reply.as_ref(), offers.drafts.note.as_ref());
    let reply_text = match (draft.is_of("reponse"), reply) {
        (false, Some((text, _))) => text,
        _ => draft.value("reponse", "corps"),
    };
    let note_text = match (draft.is_of("note"), note) {
        (false, Some((text, _))) => text,
        _ => draft.value("note", "corps"),
    };
    let keep = format!("/agent/demandes/{}/brouillon", view.number);
    html! {
        @if writable {
            details.composer #repondre name="ecrire" open[!draft.is_of("note") && (note.is_none() || reply.is_some() || draft.is_of("reponse"))] {
                summary { (icon("reply")) span { (frame.say_with("reply-heading", &[("person", who)])) } " " kbd.end { "r" } }
                form action={ "/agent/demandes/" (view.number) "/reponses" } method="post" enctype="multipart/form-data"
                    data-draft={ (person) ":" (view.number) ":reponse" } data-keep=(keep) {
                    input type="hidden" name="vus" value=(view.messages.len());
                    @if let Some(contact) = &view.contact { p.hint { (frame.say_with("reply-recipients", &[("to", &contact.email)])) } }
                    @if !offers.replies.is_empty() {
                        details {
                            summary.small { (say("reply-canned")) }
                            ul.small { @for (key, title) in &offers.replies {
                                li { a href={ "?modele=" (key) "#repondre" } data-insert={ "/agent/demandes/" (view.number) "/modeles/" (key) } { (title) } }
                            } }
                        }
                    }
                    (draft.at("reponse"))
                    div {
                        label.sr-only for="reponse" { (say("reply-body")) }
                        textarea.input #reponse name="corps" rows="7" aria-describedby=[draft.wrong_with("reponse").map(|_| "reponse-erreur")]
                            aria-invalid=[draft.wrong_with("reponse").map(|_| "true")] { (reply_text) }
                    }
                    div.composer__row {
                        label { (say("reply-turn")) " "
                            select.input.select name="tour" {
                                @for (value, key) in [("client", "reply-turn-customer"), ("nous", "reply-turn-us"), ("tiers", "reply-turn-vendor")] {
                                    option value=(value) selected[draft.value("reponse", "tour") == value] { (say(key)) }
                                }
                            }
                        }
                        label { input type="checkbox" name="courtoisie" value="oui" checked[draft.value("reponse", "courtoisie") == "oui"]; " " (say("compose-courtesy")) }
                        label { (say("reply-files")) " " input type="file" name="fichiers" multiple; }
                    }
                    div.actions {
                        button.btn.btn--primary { (frame.say_with("reply-send", &[("person", who)])) " " kbd { (say("page-key-send")) } }
                        (keep_button(frame, view, DraftForm::Reply))
                        span.hint.end role="status" data-draft-status=(say("compose-draft-kept")) { (kept_since(frame, view, reply)) }
                    }
                }
            }
        }
        details.composer.composer--note #noter name="ecrire" open[draft.is_of("note") || (note.is_some() && reply.is_none() && !draft.is_of("reponse"))] {
            summary { (icon("note")) span { (say("note-heading")) } " " small { (say("note-audience")) } " " kbd.end { "n" } }
            form action={ "/agent/demandes/" (view.number) "/notes" } method="post" data-draft={ (person) ":" (view.number) ":note" } data-keep=(keep) {
                (draft.at("note"))
                div {
                    label.sr-only for="note" { (say("note-heading")) }
                    textarea.input #note name="corps" rows="4" { (note_text) }
                }
                div.actions {
                    button.btn.btn--note { (icon("lock")) " " (say("note-save")) }
                    (keep_button(frame, view, DraftForm::Note))
                    span.hint.end role="status" data-draft-status=(say("compose-draft-kept")) { (kept_since(frame, view, note)) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::draft::Draft;
    use crate::golden::{frame_in, ticket};
    use crate::workspace::ticket::{Offers, page};
    use desk::TicketState;
    use operations::TicketView;
    use words::Language;

    #[test]
    fn words_come_back_although_the_request_ended_meanwhile() {
        let closed = TicketView { state: TicketState::Closed, ..ticket() };
        for (form, field) in [
            ("reponse", "corps"),
            ("note", "corps"),
            ("resolution", "corps"),
            ("prise", "motif"),
            ("couverture", "motif"),
            ("attente", "motif"),
            ("editeur", "reference"),
            ("cloture", "motif"),
        ] {
            let values = vec![(field.to_owned(), "Mes mots".to_owned())];
            let draft = Draft { form, values, wrong: Vec::new() };
            let page = page(&frame_in(Language::French), &closed, &[], &[], &Offers::default(), &draft);
            assert_eq!(page.into_string().matches("Mes mots").count(), 1, "{form}");
        }
    }

    #[test]
    fn a_form_of_facts_says_what_it_showed_and_goes_on_from_it_when_it_comes_back() {
        let frame = frame_in(Language::French);
        let shown =
            |draft: &Draft| page(&frame, &ticket(), &[], &[], &Offers::default(), draft).into_string();
        let before = |value: &str| format!("name=\"avant-fait-severity\" value=\"{value}\"");
        assert!(shown(&Draft::default()).contains(&before("2")));
        let values = vec![("avant-fait-severity".to_owned(), "1".to_owned())];
        let draft = Draft { form: "classement", values, wrong: Vec::new() };
        assert!(shown(&draft).contains(&before("1")));
    }
}

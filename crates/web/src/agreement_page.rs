//! The page of an agreement, by clause: the text as it was adopted, and the reader's own contract.

use crate::page::{Area, Frame, Head, Place};
use crate::reading::{day, days, moment};
use maud::{Markup, PreEscaped, html};
use operations::{AgreementPage, AgreementView};

/// The page. Its anchors are those that every reference to a clause leads to.
pub(crate) fn page(frame: &Frame, page: &AgreementPage) -> Markup {
    let AgreementPage { agreement: view, woven } = page;
    let language = frame.language.tag();
    let title = view.title.text(language);
    let title_language = view.title.language_of_text(language).filter(|spoken| *spoken != language);
    let zone = &view.terms.zone;
    let head = Head { title, place: Place::Agreements, number: None, wrong: false, icons: &["plus"] };
    let wrap = if frame.area == Area::Workspace { "shell" } else { "wrap" };
    let trail = if frame.area == Area::Workspace { "/agent/contrats" } else { "/portal/contrat" };
    let main = html! {
        main #contenu class=(wrap) tabindex="-1" {
            p.trail.gap-top { a href=(trail) { (frame.say("nav-contracts")) } " " span aria-hidden="true" { "/" } " " span { (view.name.key) } }
            h1 lang=[title_language] { (title) }
            p.lede.muted {
                (frame.say_with("agreement-edition", &[("version", &view.name.version)]))
                @match &view.contract {
                    Some(contract) => {
                        ", " (frame.say("agreement-in-force-for-you")) " " (days(frame, zone, contract.from, contract.to))
                        ". "
                    }
                    None => { ", " (frame.say("agreement-effective")) " " (day(frame, zone, view.effective)) ". " }
                }
                (frame.say("agreement-as-signed"))
            }
            (adopted(frame, view))
            div.agreement.gap-top {
                nav.toc aria-labelledby="sommaire" {
                    h2 #sommaire { (frame.say("portal-agreement-contents")) }
                    ol lang=[Some(&woven.text_language).filter(|language| !language.is_empty())] {
                        @for entry in &woven.toc {
                            @if entry.depth <= 2 {
                                li { a href={ "#" (entry.anchor) } { span { (entry.number) } (entry.heading) } }
                            }
                        }
                    }
                }
                // Woven at adoption with everything escaped; see `agreement::weave`.
                div.woven { (PreEscaped(&woven.body_html)) }
            }
        }
    };
    frame.page(&head, main)
}

/// Who adopted a version and when, for whoever is told.
pub(crate) fn adopted(frame: &Frame, view: &AgreementView) -> Markup {
    let Some(adoption) = &view.adoption else { return html! {} };
    html! {
        p.small.muted {
            (frame.say("agreement-adopted")) " " (moment(frame, &frame.home, adoption.at))
            ", " (words::zone_in_words(&frame.home, frame.language))
            @if let Some(by) = &adoption.by { ", " (frame.say_with("agreement-adopted-by", &[("name", by)])) }
        }
    }
}

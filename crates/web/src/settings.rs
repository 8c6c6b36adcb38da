//! What a desk may set, behind one entry of the bar: a page of doors, each with one plain sentence.

use crate::page::{Frame, Head, Place};
use crate::viewer::Agent;
use desk::Right;
use maud::{Markup, html};

/// A page where something is set.
pub(crate) struct SettingsDoor {
    pub(crate) place: Place,
    /// Who may open it.
    right: Right,
    path: &'static str,
    /// Its name and what it is for, as the catalogues call them.
    name: &'static str,
    what: &'static str,
}

/// Every such page, in the order in which they stand.
pub(crate) const DOORS: [SettingsDoor; 18] = [
    door(Place::People, Right::KeepPeople, "/admin/personnes", "nav-people", "settings-people"),
    door(
        Place::People,
        Right::KeepPeople,
        "/admin/personnes/equipes",
        "settings-teams-name",
        "settings-teams",
    ),
    door(Place::Work, Right::UseWorkspace, "/agent/absence", "work-title", "settings-work"),
    door(
        Place::Assignment,
        Right::KeepRules,
        "/admin/affectation",
        "assignment-title",
        "settings-assignment",
    ),
    door(Place::AgreementChange, Right::KeepAgreements, "/admin/contrats", "change-title", "settings-change"),
    door(Place::Licences, Right::KeepAgreements, "/admin/licences", "licences-title", "settings-licences"),
    door(Place::Releases, Right::KeepTexts, "/admin/versions", "releases-title", "settings-releases"),
    door(Place::Texts, Right::KeepTexts, "/admin/modeles", "nav-texts", "settings-texts"),
    door(Place::Texts, Right::KeepTexts, "/admin/courriels", "mail-templates", "settings-mail-templates"),
    door(Place::Rules, Right::KeepRules, "/admin/regles", "nav-rules", "settings-rules"),
    door(Place::Fields, Right::KeepFields, "/admin/champs", "fields-title", "settings-fields"),
    door(Place::Mail, Right::KeepMail, "/admin/courrier", "nav-mail", "settings-mail"),
    door(Place::Webhooks, Right::KeepWebhooks, "/admin/webhooks", "nav-webhooks", "settings-webhooks"),
    door(Place::Privacy, Right::KeepPrivacy, "/admin/vie-privee", "nav-privacy", "settings-privacy"),
    door(
        Place::Privacy,
        Right::KeepPrivacy,
        "/admin/vie-privee/registre",
        "privacy-register",
        "settings-register",
    ),
    door(Place::Journal, Right::ReadAudit, "/admin/journal", "nav-journal", "settings-journal"),
    door(Place::Journal, Right::ReadAudit, "/admin/historique", "changes-title", "settings-changes"),
    door(Place::Journal, Right::ReadAudit, "/admin/consultations", "looks-title", "settings-looks"),
];

const fn door(
    place: Place,
    right: Right,
    path: &'static str,
    name: &'static str,
    what: &'static str,
) -> SettingsDoor {
    SettingsDoor { place, right, path, name, what }
}

/// Whether somebody has anything to set: the bar offers nothing else.
pub(crate) fn has_any(frame: &Frame) -> bool {
    DOORS.iter().any(|door| frame.may(door.right))
}

/// `GET /admin`.
pub(crate) async fn show(agent: Agent) -> Markup {
    page(&agent.frame)
}

/// The page.
pub(crate) fn page(frame: &Frame) -> Markup {
    let title = frame.say("settings-title");
    let head = Head { title, place: Place::Settings, number: None, wrong: false, icons: &[] };
    frame.page(
        &head,
        html! {
            main.shell #contenu tabindex="-1" {
                div.head { h1 { (title) } }
                @if has_any(frame) {
                    ul.settings {
                        @for door in DOORS.iter().filter(|door| frame.may(door.right)) {
                            li {
                                h2 { a href=(door.path) { (frame.say(door.name)) } }
                                p { (frame.say(door.what)) }
                            }
                        }
                    }
                } @else {
                    p { (frame.say("settings-none")) }
                }
            }
        },
    )
}

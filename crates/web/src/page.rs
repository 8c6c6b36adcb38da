//! The frame that every page stands in: head, bar, footer.

use crate::asset::{icon_path, script_path, style_path};
use crate::icon::{icon, symbols};
use crate::say::{say, say_with};
use crate::settings;
use calendar::{Instant, Zone};
use desk::{Capacity, Right};
use maud::{DOCTYPE, Markup, Render, html};
use words::{Language, Reader};

/// Which part of the product a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Area {
    /// Before somebody has signed in.
    Gate,
    /// Where agents work.
    Workspace,
    /// Where customers look.
    Portal,
}

/// What a page must know of who looks at it, and from where.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) language: Language,
    /// Zone in which times are read; none to read in that of the calendar.
    pub(crate) zone: Option<Zone>,
    /// Zone in which times are read that belong to no calendar: their own, else the provider's.
    pub(crate) home: Zone,
    pub(crate) area: Area,
    /// Name of the provider, or of the product where no provider is known.
    pub(crate) site: String,
    /// Address to write to.
    pub(crate) mailbox: Option<String>,
    /// Who is signed in.
    pub(crate) person: Option<Signed>,
    /// Path and query of the page.
    pub(crate) path: String,
    /// Whether this is the demonstration.
    pub(crate) demo: bool,
    /// The instant of the page, in the product's time.
    pub(crate) now: Instant,
}

/// Who is signed in, as the bar shows them.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) account: Option<String>,
    /// As what they come: a page offers only what the table of rights gives to one of these.
    pub(crate) capacities: Vec<Capacity>,
}

/// Places in the bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Requests,
    Agreements,
    NewRequest,
    Journal,
    Rules,
    Texts,
    Webhooks,
    People,
    Privacy,
    Mail,
    Settings,
    Fields,
    Licences,
    Releases,
    Work,
    Assignment,
    AgreementChange,
    Elsewhere,
}

/// What differs from page to page in the head.
pub(crate) struct Head<'a> {
    pub(crate) title: &'a str,
    pub(crate) place: Place,
    /// The request that the page is about.
    pub(crate) number: Option<&'a str>,
    /// Whether the page says that something is wrong with what was sent.
    pub(crate) wrong: bool,
    pub(crate) icons: &'a [&'a str],
}

impl Frame {
    pub(crate) fn reader(&self) -> Reader {
        Reader { language: self.language, zone: self.zone.clone(), paper: false }
    }

    pub(crate) fn say(&self, key: &'static str) -> &'static str {
        say(self.language, key)
    }

    pub(crate) fn say_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        say_with(self.language, key, values)
    }

    /// The wall on which a page shows and reads the times of what has a zone of its own.
    pub(crate) fn wall<'z>(&'z self, zone: &'z Zone) -> &'z Zone {
        self.zone.as_ref().unwrap_or(zone)
    }

    /// In which zone a page tells times that belong to no calendar.
    pub(crate) fn times(&self) -> Markup {
        let zone = words::zone_in_words(&self.home, self.language);
        html! { p.small.muted { (self.say_with("page-times", &[("zone", &zone)])) } }
    }

    /// The way to the next page of a list, at its end.
    pub(crate) fn next_page(&self, href: impl Render) -> Markup {
        html! {
            nav.pager aria-label=(self.say("page-pages")) {
                a href=(href) rel="next" { (self.say("list-more")) }
            }
        }
    }

    /// Whether a page may offer what asks for a right.
    pub(crate) fn may(&self, right: Right) -> bool {
        let held = self.person.iter().flat_map(|person| &person.capacities);
        held.into_iter().any(|capacity| right.is_given_to(*capacity))
    }

    /// Where this reader finds an agreement.
    pub(crate) fn agreement_path(&self, key: &str, version: &str) -> String {
        match self.area {
            Area::Workspace => ["/agent/contrats/", key, "/", version].concat(),
            Area::Portal | Area::Gate => ["/portal/contrat/", key, "/", version].concat(),
        }
    }

    /// Where this reader finds a request.
    pub(crate) fn ticket_path(&self, number: &str) -> String {
        match self.area {
            Area::Workspace => format!("/agent/demandes/{number}"),
            Area::Portal | Area::Gate => format!("/portal/demandes/{number}"),
        }
    }

    /// The whole page around `main`.
    pub(crate) fn page(&self, head: &Head<'_>, main: Markup) -> Markup {
        let language = self.language;
        let wrap = if self.area == Area::Workspace { "shell" } else { "wrap" };
        let title = self.say_with("app-title", &[("page", head.title), ("place", &self.site)]);
        let title = if head.wrong { self.say_with("app-title-error", &[("page", &title)]) } else { title };
        html! {
            (DOCTYPE)
            html lang=(language.tag()) data-density=[(self.area == Area::Workspace).then_some("comfortable")]
                data-now=(self.now) data-number=[head.number] data-events=[self.person.as_ref().map(|_| "")] {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) }
                    link rel="stylesheet" href=(style_path());
                    link rel="icon" href=(icon_path()) type="image/svg+xml";
                    script src=(script_path()) defer {}
                }
                body {
                    a.skip href="#contenu" { (self.say("app-skip")) }
                    header.bar { div class={ (wrap) " bar__in" } { (self.bar(head.place)) } }
                    (main)
                    footer.foot { div class={ (wrap) " foot__in" } { (self.foot()) } }
                    (symbols(head.icons))
                }
            }
        }
    }

    fn bar(&self, place: Place) -> Markup {
        let current = |this: Place| (this == place).then_some("page");
        let navigation = self.say("nav-main");
        match self.area {
            Area::Gate => html! { a.brand href="/" { (self.site) } },
            Area::Workspace => html! {
                a.brand href="/agent" { "Entente " small { (self.site) } }
                nav.nav aria-label=(navigation) {
                    ul {
                        li { a href="/agent" aria-current=[current(Place::Requests)] { (self.say("nav-queue")) } }
                        li { a href="/agent/contrats" aria-current=[current(Place::Agreements)] { (self.say("nav-contracts")) } }
                        li { a href="/agent/demandes/nouvelle" aria-current=[current(Place::NewRequest)] { (self.say("command-log-call")) } }
                        @if settings::has_any(self) {
                            li { a href="/admin" aria-current=[settings_current(place)] { (self.say("settings-title")) } }
                        }
                    }
                }
                form.find role="search" action="/agent" method="get" {
                    input type="hidden" name="vue" value="toutes";
                    label.sr-only for="chercher" { (self.say("page-find-label")) }
                    input.input #chercher name="q" type="search" placeholder=(self.say("page-find"));
                }
                (self.signed())
            },
            Area::Portal => html! {
                a.brand href="/portal" { (self.site) " " small { (self.say("app-help")) } }
                nav.nav aria-label=(navigation) {
                    ul {
                        li { a href="/portal" aria-current=[current(Place::Requests)] { (self.say("nav-requests")) } }
                        li { a href="/portal/contrat" aria-current=[current(Place::Agreements)] { (self.say("nav-contract")) } }
                        li { a href="/portal/licences" aria-current=[current(Place::Licences)] { (self.say("licences-nav")) } }
                        @if self.may(Right::KeepAccountPeople) {
                            li { a href="/portal/personnes" aria-current=[current(Place::People)] { (self.say("account-people-nav")) } }
                        }
                    }
                }
                (self.signed())
            },
        }
    }

    fn signed(&self) -> Markup {
        let Some(person) = &self.person else { return Markup::default() };
        html! {
            div.bar__end {
                @if self.area == Area::Workspace {
                    a.person href="/compte" { span.face.face--me aria-hidden="true" { (initials(&person.name)) } " " (person.name) }
                } @else {
                    @if self.may(Right::Open) {
                        a.btn href="/portal/demandes/nouvelle" { (icon("plus")) " " (self.say("nav-new-request")) }
                    }
                    span.small.bar__who {
                        a href="/compte" { (person.name) }
                        @if let Some(account) = &person.account { br; span.muted { (account) } }
                    }
                }
                form action="/deconnexion" method="post" {
                    button.btn.btn--quiet { (self.say("app-sign-out")) }
                }
            }
        }
    }

    fn foot(&self) -> Markup {
        let (other, name, label) = match self.language {
            Language::French => ("en", "English", "en"),
            Language::English => ("fr", "Français", "fr"),
        };
        html! {
            @if self.area == Area::Workspace {
                details.keys-help #touches {
                    summary { (self.say("keys-title")) }
                    ul {
                        li { kbd { "j" } " " kbd { "k" } " " (self.say("keys-go")) }
                        li { kbd { "o" } " " (self.say("keys-open")) }
                        li { kbd { "r" } " " (self.say("keys-reply")) }
                        li { kbd { "n" } " " (self.say("keys-note")) }
                        li { kbd { "f" } " " (self.say("keys-search")) }
                        li { kbd { "?" } " " (self.say("keys-help")) }
                        li { kbd { (self.say("page-key-send")) } " " (self.say("page-key-send-what")) }
                    }
                    label.check { input #touches-coupees type="checkbox"; " " span { (self.say("page-keys-off")) } }
                }
            } @else if let Some(mailbox) = &self.mailbox {
                p {
                    (self.say("page-help")) " " a href={ "mailto:" (mailbox) } { (mailbox) }
                    // On a narrow screen the bar has no room for the name that leads there.
                    @if self.area == Area::Portal && self.person.is_some() {
                        " · " a href="/compte" { (self.say("account-title")) }
                    }
                }
            }
            nav.end aria-label=(self.say("footer-label")) {
                @if self.demo { a href="/demo/mail" { (self.say("outbox-title")) } " · " }
                form action="/langue" method="post" {
                    input type="hidden" name="langue" value=(other);
                    input type="hidden" name="retour" value=(self.path);
                    button.plain lang=(label) { (name) }
                }
            }
        }
    }
}

/// How the entry of settings is marked: as this page, or as the way to it.
fn settings_current(place: Place) -> Option<&'static str> {
    match place {
        Place::Settings => Some("page"),
        place if settings::DOORS.iter().any(|door| door.place == place) => Some("true"),
        _ => None,
    }
}

/// Two letters that stand for a person.
fn initials(name: &str) -> String {
    let mut words = name.split([' ', '-']).filter_map(|word| word.chars().next());
    let first = words.next();
    let last = words.next_back();
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

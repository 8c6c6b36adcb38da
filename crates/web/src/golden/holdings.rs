//! Golden pages of what customers hold, and of what they are asked outside the thread of a request.

use super::{admin, at, clause, frame, label, seen, ticket};
use crate::draft::{Draft, Wrong};
use crate::page::Area;
use crate::{licences, portal, rating, releases, unsubscribe, workspace};
use calendar::LocalDate;
use desk::{PersonId, Score, TicketState};
use maud::Markup;
use operations::{
    AccountList, Licence, LicenceKind, LicenceState, LicencesView, NamedContactsView, NamedRole, Release,
    ReleaseKind, TicketView, Topic,
};
use words::Language;
use workspace::ticket::Offers;

fn day(text: &str) -> Option<LocalDate> {
    LocalDate::parse(text).ok()
}

fn held() -> LicencesView {
    let licence = |key: &str, product: &str, until: Option<&str>| Licence {
        key: key.to_owned(),
        product: product.to_owned(),
        kind: if until.is_some() { LicenceKind::Licence } else { LicenceKind::ALL[1] },
        seats: until.map(|_| 12),
        from: day("2025-09-01"),
        until: until.and_then(day),
        reference: "L-2025 <77>".to_owned(),
    };
    LicencesView {
        account: ("bouleaux".to_owned(), "École des <Bouleaux>".to_owned()),
        licences: vec![
            (licence("atelier", "Atelier & Cie", Some("2026-08-31")), LicenceState::Expired),
            (licence("presse", "Presse", Some("2027-08-31")), LicenceState::InForce),
            (licence("reprise", "Reprise", None), LicenceState::ToCome),
        ],
        clause: Some(clause("4", None)),
        download: Some((true, clause("13", Some("a")))),
    }
}

fn named() -> NamedContactsView {
    let maude = (PersonId(3), "Maude <Roy>".to_owned());
    let role = |name: &str, french: &str, english: &str, is_held: bool| NamedRole {
        name: name.to_owned(),
        label: label(french, english),
        required: true,
        holders: if is_held { vec![maude.clone()] } else { Vec::new() },
        clause: clause("5.2", None),
    };
    NamedContactsView {
        account: held().account,
        roles: vec![
            role("technical_contact", "Personne-ressource technique", "Technical contact", true),
            role("commercial_contact", "Personne-ressource commerciale", "Commercial contact", false),
        ],
        people: vec![maude.clone(), (PersonId(5), "Rose Lavoie".to_owned())],
        missing: ["commercial_contact".to_owned()].into(),
        combined: vec!["Maude <Roy>".to_owned()],
        clause: Some(clause("5.2", None)),
    }
}

fn published() -> [Release; 2] {
    let release = |version: &str, kind, link: &str| Release {
        key: format!("atelier-{}", version.replace('.', "-")),
        product: "Atelier & Cie".to_owned(),
        version: version.to_owned(),
        kind,
        released_on: day("2026-11-20"),
        link: link.to_owned(),
        news: [
            ("fr".to_owned(), "L’impression ne s’arrête plus <enfin>.".to_owned()),
            ("en".to_owned(), "Printing goes on <at last>.".to_owned()),
        ]
        .into(),
    };
    [
        release("8.0", ReleaseKind::Upgrade, "https://telechargement.example/atelier-8"),
        release("7.3", ReleaseKind::Update, ""),
    ]
}

fn stored(bytes_at_most: Option<u64>) -> operations::StoredFiles {
    operations::StoredFiles { bytes: 1_234_567_890, bytes_at_most }
}

pub(super) fn pages(language: Language) -> Vec<(&'static str, Markup)> {
    let (agent, customer, gate) =
        (frame(Area::Workspace, language), frame(Area::Portal, language), frame(Area::Gate, language));
    let keeper = admin(language);
    let none = Draft::default();
    let came_back = Draft {
        form: "licence",
        values: vec![("produit".to_owned(), "Atelier <2>".to_owned())],
        wrong: vec![Wrong { field: "jusque".to_owned(), message: agent.say("error-date").to_owned() }],
    };
    let nothing = NamedContactsView {
        roles: Vec::new(),
        missing: Default::default(),
        combined: Vec::new(),
        clause: None,
        ..named()
    };
    let wanted = TicketView { wanted: vec![("severity".into(), "open".to_owned())], ..ticket() };
    let closed = TicketView { state: TicketState::Closed, nearest: None, ..ticket() };
    let given = desk::Rating {
        score: Score::ALL[0],
        answer: None,
        comment: None,
        at: at("2026-11-23T08:41:00-05:00"),
    };
    let rated = TicketView { rating: Some((given, Some("Merci <à vous>.".to_owned()))), ..closed.clone() };
    vec![
        ("licences_accounts", {
            let list = AccountList { items: super::accounts(), cursor: Some("<ici>".to_owned()) };
            licences::accounts_page(&keeper, &list, &licences::Sought::default())
        }),
        ("licences", licences::page(&keeper, &held(), &named(), &stored(Some(20 << 30)), &none)),
        ("licences_wrong", licences::page(&keeper, &held(), &nothing, &stored(None), &came_back)),
        ("releases", releases::page(&keeper, &published(), &none)),
        ("portal_licences", portal::licences::page(&customer, &[held()], &published())),
        ("rating", rating::page(&gate, &closed, "abc", None)),
        ("rating_given", rating::page(&gate, &rated, "abc", None)),
        ("unsubscribe", unsubscribe::page(&gate, "maude@client.example", Topic::Releases, true, "abc")),
        ("unsubscribe_done", unsubscribe::page(&gate, "maude@client.example", Topic::Releases, false, "abc")),
        ("rating_over", rating::page(&gate, &ticket(), "abc", None)),
        (
            "agent_ticket_wanted",
            workspace::ticket::page(&agent, &wanted, &[], &[], &Offers::default(), &none),
        ),
        ("portal_ticket_wanted", portal::ticket::page(&customer, &seen(wanted), &[], &none)),
    ]
}

//! What agreements want shown or exchanged on a request, row by row; on both databases.

use calendar::LocalDate;
use desk::{Refusal, TicketEvent};
use harness::{Postgres, TemporaryFolder};
use mail::{MaildirTransport, Transport};
use operations::{
    Admitted, Failure, Licence, LicenceKind, LicenceState, NewFile, NewPassword, NewRequest, Origin, Release,
    ReleaseKind, Request, TicketView, Topic, command_ticket, enter, enter_by_password, explain_ticket,
    follow_unsubscribe_link, keep_subscription, list_releases, name_contacts, open_ticket, preview_ticket,
    publish_release, put_licence, read_file, remove_licence, request_link, set_password, settle, unsubscribe,
    view_licences, view_ticket,
};
use store::{Database, PostgresConfig, SqliteConfig};
use terms::{FactType, FactValue, Facts};

#[path = "sample/desk.rs"]
mod sample;

use sample::{Desk, desk_under};

const OLCARE: &str = include_str!("../../../agreements/olcare.md");
const APLICIT: &str = include_str!("../../../agreements/aplicit.md");
const NETMATH: &str = include_str!("../../../agreements/netmath.md");
const SOLIDASSIST: &str = include_str!("../../../agreements/solidassist.md");

const NOE: u128 = 1;
const MAUDE: u128 = 3;
const PAUL: u128 = 4;
const IDA: u128 = 6;
const MAX: u128 = 7;

async fn asked(desk: &Desk, person: u128, facts: Facts) -> TicketView {
    let new = NewRequest {
        account: None,
        contact: None,
        channel: "portal".to_owned(),
        subject: "Panne".to_owned(),
        body: "Rien ne s’imprime.".to_owned(),
        facts,
        received_at: None,
        files: Vec::new(),
        fields: Default::default(),
        idempotency_key: None,
    };
    open_ticket(&desk.environment, &desk.viewer(person).await, new).await.expect("opened")
}

/// What is missing is listed to who asks and to who answers, and goes once it is said.
async fn ol_5a_what_is_missing_at_intake_is_listed_to_both_sides(desk: Desk) {
    let number = asked(&desk, MAUDE, Facts::new()).await.number;
    let items = [
        "problem_description",
        "business_consequences",
        "version",
        "serial_number",
        "error_messages",
        "problem_sources",
        "reproduction_steps",
        "problem_contact",
    ];
    for viewer in [MAUDE, NOE] {
        let view = view_ticket(&desk.environment, &desk.viewer(viewer).await, &number).await.expect("seen");
        for item in items {
            assert!(view.wanted.iter().any(|(name, _)| name.as_str() == item), "{item}");
        }
    }
    let facts = Facts::new().with("serial_number", FactValue::text("A-17"));
    let learn = Request::Learn { facts, consent: Default::default() };
    let view = command_ticket(&desk.environment, &desk.viewer(NOE).await, &number, learn, None).await;
    let view = view.expect("said");
    assert!(view.wanted.iter().all(|(name, _)| name.as_str() != "serial_number"));
}

/// Each severity is shown with what it means, in the document's words.
async fn ol_8_a_each_severity_is_shown_with_its_definition(desk: Desk) {
    let number = asked(&desk, MAUDE, Facts::new()).await.number;
    let view = view_ticket(&desk.environment, &desk.viewer(MAUDE).await, &number).await.expect("seen");
    let rule = view.terms.fact("severity").expect("the document has severities");
    let FactType::OneOf(values) = &rule.kind else { panic!("severities are a vocabulary") };
    for name in ["P1", "P2", "P3", "P4"] {
        let value = values.iter().find(|value| value.name == name).expect("each severity");
        for language in ["fr", "en"] {
            assert!(value.meaning.text(language).chars().count() > 20, "{name} {language}");
        }
    }
}

/// Files go both ways as they were given, and to nobody else.
async fn ap_2d_files_go_both_ways_and_to_nobody_else(desk: Desk) {
    let number = asked(&desk, MAUDE, Facts::new()).await.number;
    let environment = &desk.environment;
    for (writer, name, bytes) in
        [(MAUDE, "journal.txt", &b"erreur 12"[..]), (NOE, "correctif.bin", &[0, 159, 3])]
    {
        let file = NewFile {
            name: name.to_owned(),
            media_type: "application/octet-stream".to_owned(),
            bytes: bytes.to_vec(),
        };
        let reply = Request::Reply {
            body: "Voir le fichier.".to_owned(),
            files: vec![file],
            technical: true,
            turn: None,
            undo_seconds: 0,
        };
        let view = command_ticket(environment, &desk.viewer(writer).await, &number, reply, None).await;
        let view = view.expect("written");
        let mut files = view.messages.iter().flat_map(|message| &message.files);
        let file = files.find(|file| file.name.as_deref() == Some(name)).expect("kept").id;
        for reader in [MAUDE, NOE] {
            let read = read_file(environment, &desk.viewer(reader).await, &number, file).await;
            assert_eq!(read.expect("readable").1, bytes);
        }
        let stranger = read_file(environment, &desk.viewer(PAUL).await, &number, file).await;
        assert!(matches!(stranger, Err(Failure::NotFound { .. })));
    }
}

/// What an account holds is shown to its own people, with the days on which it expires, and to no other.
async fn ap_4b_licences_are_shown_with_their_expiry(desk: Desk) {
    let environment = &desk.environment;
    let (noe, max, maude, paul) =
        (desk.viewer(NOE).await, desk.viewer(MAX).await, desk.viewer(MAUDE).await, desk.viewer(PAUL).await);
    let licence = |key: &str, kind, until: Option<&str>| Licence {
        key: key.to_owned(),
        product: "Atelier".to_owned(),
        kind,
        seats: Some(5),
        from: LocalDate::new(2025, 1, 1),
        until: until.map(|day| LocalDate::parse(day).expect("a day")),
        reference: "A-17".to_owned(),
    };
    for held in [
        licence("poste", LicenceKind::Licence, None),
        licence("suivi-2026", LicenceKind::Subscription, Some("2026-12-31")),
        licence("suivi-2025", LicenceKind::Subscription, Some("2025-12-31")),
    ] {
        put_licence(environment, &max, "bouleaux", &held).await.expect("kept");
    }
    let none =
        put_licence(environment, &noe, "bouleaux", &licence("autre", LicenceKind::Licence, None)).await;
    assert!(matches!(none, Err(Failure::NotPermitted)), "{none:?}");
    let wrong = Licence {
        from: LocalDate::new(2027, 1, 1),
        ..licence("x", LicenceKind::Licence, Some("2026-01-01"))
    };
    let wrong = put_licence(environment, &max, "bouleaux", &wrong).await;
    assert!(matches!(wrong, Err(Failure::Invalid { field: "until", .. })), "{wrong:?}");
    for viewer in [&maude, &noe, &max] {
        let view = view_licences(environment, viewer, "bouleaux").await.expect("shown");
        let shown: Vec<(&str, LicenceState)> =
            view.licences.iter().map(|(licence, state)| (licence.key.as_str(), *state)).collect();
        let expected = [
            ("suivi-2025", LicenceState::Expired),
            ("suivi-2026", LicenceState::InForce),
            ("poste", LicenceState::InForce),
        ];
        assert_eq!(shown, expected);
        assert_eq!(view.clause.expect("it is promised").number, "4b");
    }
    let other = view_licences(environment, &paul, "bouleaux").await;
    assert!(matches!(other, Err(Failure::NotFound { .. })), "{other:?}");
    assert!(view_licences(environment, &paul, "montrosier").await.expect("his own").licences.is_empty());
    remove_licence(environment, &max, "bouleaux", "suivi-2025").await.expect("removed");
    assert_eq!(view_licences(environment, &maude, "bouleaux").await.expect("shown").licences.len(), 2);
}

/// Whoever lost a password gets a link by mail that works once, and chooses another; no letter holds one.
async fn ap_4c_a_lost_password_is_set_anew_by_a_link_that_works_once(desk: Desk) {
    let environment = &desk.environment;
    let origin = Origin { network: "192.0.2.7", browser: "essai" };
    let address = "maude@client.example";
    let password = "sept chaises vertes au grenier";
    request_link(environment, address, "", &origin).await.expect("asked");
    // It leaves outside the request, so that a known address takes no longer than an unknown one.
    let mut letters = desk.outgoing_to(address);
    for _ in 0..200 {
        if !letters.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        letters = desk.outgoing_to(address);
    }
    let letter = letters.pop().expect("a letter");
    let place = letter.text.find("/entrer/").expect("a link") + "/entrer/".len();
    let token: String = letter.text[place..].chars().take_while(char::is_ascii_alphanumeric).collect();
    let Admitted::In(entered) = enter(environment, &token, &origin).await.expect("let in") else {
        panic!("nobody set up a second factor")
    };
    let again = enter(environment, &token, &origin).await;
    assert!(matches!(again, Err(Failure::NotSignedIn)), "a link works once");
    let wanted = NewPassword { new: password, ..NewPassword::default() };
    set_password(environment, &entered.viewer, &entered.session, &wanted, &origin).await.expect("chosen");
    let entered = enter_by_password(environment, address, password, "", "", &origin).await.expect("let in");
    assert!(matches!(entered, Admitted::In(_)));
    settle(environment).await.expect("rounds");
    for letter in desk.outgoing_to(address) {
        assert!(!letter.text.contains(password), "no letter holds a password");
    }
}

/// The resource centre is proposed before a request, with its places, and a request is taken without it.
async fn ol_4a_the_resource_centre_is_proposed_and_may_be_skipped(desk: Desk) {
    let new = NewRequest { channel: "portal".to_owned(), ..NewRequest::default() };
    let preview =
        preview_ticket(&desk.environment, &desk.viewer(MAUDE).await, &new).await.expect("a preview");
    let [step] = preview.look_first.as_slice() else { panic!("one step: {:?}", preview.look_first) };
    assert_eq!(step.clause.number, "4a");
    let places: Vec<(&str, &str)> =
        step.places.iter().map(|(label, place)| (label.text("fr"), place.as_str())).collect();
    assert_eq!(
        places,
        [
            ("Documentation des produits", "https://docs.olcare.example/"),
            ("Base de connaissances", "https://aide.olcare.example/"),
        ]
    );
    let view = asked(&desk, MAUDE, Facts::new()).await;
    assert!(view.duties.iter().all(|duty| duty.blocks.is_empty()), "skipping it blocks nothing");
}

/// The telephone is advised, with its number, by its clause.
async fn ol_7d_the_telephone_is_advised(desk: Desk) {
    let new = NewRequest { channel: "portal".to_owned(), ..NewRequest::default() };
    let preview =
        preview_ticket(&desk.environment, &desk.viewer(MAUDE).await, &new).await.expect("a preview");
    let [way] = preview.advised.as_slice() else { panic!("one way: {:?}", preview.advised) };
    assert_eq!((way.channel.as_str(), way.contact.as_deref()), ("phone", Some("+33 1 55 55 01 23")));
    assert_eq!(way.clause.number, "7d");
}

fn release(key: &str, version: &str) -> Release {
    Release {
        key: key.to_owned(),
        product: "Atelier".to_owned(),
        version: version.to_owned(),
        kind: ReleaseKind::Update,
        link: format!("https://telechargement.example/{key}"),
        news: [("fr".to_owned(), "Impression corrigée.".to_owned())].into(),
        ..Release::default()
    }
}

/// Versions are had free of charge by whoever the agreement lets, by its clause.
async fn ol_13a_versions_are_free_for_registered_products(desk: Desk) {
    let environment = &desk.environment;
    publish_release(environment, &desk.viewer(MAX).await, &release("atelier-7-2", "7.2"))
        .await
        .expect("published");
    let maude = desk.viewer(MAUDE).await;
    let view = view_licences(environment, &maude, "bouleaux").await.expect("shown");
    let (is_let, clause) = view.download.expect("the agreement speaks of it");
    assert_eq!((is_let, clause.number.as_str()), (true, "13a"));
    let found = list_releases(environment, &maude).await.expect("listed");
    assert_eq!(found[0].link, "https://telechargement.example/atelier-7-2");
    // One whose products are not registered reads of it and gets none.
    let mut contract =
        environment.store.contracts_of(&desk.provider.id, desk::AccountId(1)).await.expect("read").remove(0);
    contract.parameters.set("product_registered", FactValue::YesNo(false));
    environment.store.put_contract(&desk.provider.id, &contract).await.expect("stored");
    let view = view_licences(environment, &maude, "bouleaux").await.expect("shown");
    assert_eq!(
        view.download.map(|(is_let, clause)| (is_let, clause.number.clone())),
        Some((false, "13a".to_owned()))
    );
    assert_eq!(list_releases(environment, &maude).await.expect("listed")[0].link, "");
}

/// A new version is announced once, to whom it concerns.
async fn ol_13b_new_versions_are_announced_once(desk: Desk) {
    let environment = &desk.environment;
    let max = desk.viewer(MAX).await;
    let refused = publish_release(environment, &desk.viewer(NOE).await, &release("atelier-7-2", "7.2")).await;
    assert!(matches!(refused, Err(Failure::NotPermitted)), "{refused:?}");
    publish_release(environment, &max, &release("atelier-7-2", "7.2")).await.expect("published");
    settle(environment).await.expect("rounds");
    let told = |address: &str| {
        let letters = desk.outgoing_to(address).into_iter();
        letters.filter(|letter| letter.subject.contains("Atelier")).collect::<Vec<_>>()
    };
    for address in ["maude@client.example", "rose@client.example"] {
        let letters = told(address);
        let [letter] = letters.as_slice() else { panic!("{address}: {}", letters.len()) };
        assert!(letter.subject.contains("Atelier 7.2"), "{}", letter.subject);
        assert!(
            letter.text.contains("Impression corrigée.") && letter.text.contains("13b"),
            "{}",
            letter.text
        );
    }
    assert!(told("paul@client.example").is_empty(), "his contract is over");
    // Said anew it is announced no more; and one who holds other products is not told of this one.
    publish_release(environment, &max, &release("atelier-7-2", "7.2")).await.expect("said anew");
    let other = Licence { key: "presse".to_owned(), product: "Presse".to_owned(), ..Licence::default() };
    put_licence(environment, &max, "bouleaux", &other).await.expect("kept");
    publish_release(environment, &max, &release("atelier-7-3", "7.3")).await.expect("published");
    settle(environment).await.expect("rounds");
    assert_eq!(told("maude@client.example").len(), 1);
}

/// The agreement that names a role for the announcement, beside everybody.
fn naming() -> String {
    let place = "on = \"version_released\", tell = [\"contact\"]";
    assert!(OLCARE.contains(place));
    OLCARE.replace(place, "on = \"version_released\", tell = [\"contact\", \"responsible_contact\"]")
}

/// Whoever wants no more announcements says so by the link of the letter or in their settings, and changes it back;
/// whoever is promised them by name gets them all the same, and is offered nothing. Source: RFC 8058.
async fn announcements_stop_for_whoever_wants_none(mut desk: Desk) {
    let of_installation = std::sync::Arc::get_mut(&mut desk.environment).expect("nobody else");
    of_installation.installation.public_url = "https://desk.example".to_owned();
    let environment = &desk.environment;
    let (max, maude) = (desk.viewer(MAX).await, desk.viewer(MAUDE).await);
    let rose = desk::PersonId(5);
    name_contacts(environment, &max, "bouleaux", "responsible_contact", &[rose]).await.expect("named");
    let published = async |version: &str| {
        let key = format!("atelier-{}", version.replace('.', "-"));
        publish_release(environment, &max, &release(&key, version)).await.expect("published");
        settle(environment).await.expect("rounds");
        let letters = mail::list_maildir(&desk.folder.path().join("outgoing"), 1_000).expect("listed");
        let letters =
            letters.into_iter().map(|(_, bytes)| String::from_utf8_lossy(&bytes).replace("\r\n ", " "));
        let of = |address: &str| {
            let to = format!("<{address}>");
            let is_theirs =
                |letter: &String| letter.contains(&to) && letter.contains(&format!("Atelier {version}"));
            letters.clone().find(is_theirs)
        };
        (of("maude@client.example"), of("rose@client.example"))
    };
    let (hers, owed) = published("7.2").await;
    let (hers, owed) = (hers.expect("everybody is told"), owed.expect("and whom it names"));
    assert!(!owed.contains("List-Unsubscribe") && !owed.contains("/desabonnement/"), "{owed}");
    assert!(hers.contains("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"), "{hers}");
    assert!(
        hers.contains("\r\nAuto-Submitted: auto-generated\r\n") && owed.contains("Auto-Submitted: auto-")
    );
    let header = hers.split_once("\r\nList-Unsubscribe:").expect("a link").1;
    let link = header.trim_start().strip_prefix("<https://desk.example/desabonnement/").expect("as it is");
    let link = link.split_once(">\r\n").expect("alone on its line").0;
    // Looking changes nothing; a link that is one letter off is none.
    let seen = follow_unsubscribe_link(environment, link).await.expect("hers");
    assert!(seen.is_wanted && seen.viewer.person.id == desk::PersonId(MAUDE));
    let forged = link.replacen(|letter: char| letter.is_ascii_lowercase(), "Z", 1);
    assert!(matches!(unsubscribe(environment, &forged).await, Err(Failure::NotFound { .. })));
    assert!(published("7.3").await.0.is_some());
    for _ in 0..2 {
        assert!(!unsubscribe(environment, link).await.expect("said").is_wanted);
    }
    let (hers, owed) = published("7.4").await;
    assert!(hers.is_none() && owed.is_some(), "hers alone stops");
    // The promised one comes whatever she wants.
    keep_subscription(environment, &desk.viewer(5).await, Topic::Releases, false).await.expect("said");
    keep_subscription(environment, &maude, Topic::Releases, true).await.expect("changed back");
    let (hers, owed) = published("7.5").await;
    assert!(hers.is_some() && owed.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unsubscribed_sqlite() {
    announcements_stop_for_whoever_wants_none(sqlite_under(&naming(), &parameters()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unsubscribed_postgres() {
    announcements_stop_for_whoever_wants_none(postgres_under(&naming(), &parameters()).await).await;
}

/// A claim is decided by a manager, with figures, once and for good.
async fn sc_5_7c_a_claim_is_decided_with_figures_for_good(desk: Desk) {
    let environment = &desk.environment;
    let number = asked(&desk, MAUDE, Facts::new()).await.number;
    let give = async |viewer: u128, request: Request| {
        command_ticket(environment, &desk.viewer(viewer).await, &number, request, None).await
    };
    let claim = |period: &str, given: &[&str]| Request::Claim {
        consequence: None,
        period: period.to_owned(),
        given: given.iter().map(|name| (*name).to_owned()).collect(),
        body: Some("Le 10, de 9 h à 21 h, rien ne s’ouvrait.".to_owned()),
    };
    let decide = |figures: Option<&str>| Request::DecideClaim {
        granted: true,
        figures: figures.map(str::to_owned),
        body: Some("Votre réclamation est fondée.".to_owned()),
    };
    let all = ["account", "application", "contact"];
    let nothing = give(MAX, decide(Some("98,4 %"))).await;
    assert!(matches!(nothing, Err(Failure::Refused(Refusal::NothingClaimed))), "{nothing:?}");
    match give(MAUDE, claim("2026-07", &["account", "application"])).await {
        Err(Failure::Refused(Refusal::Needs { what, clause: Some(_) })) => assert_eq!(what, "contact"),
        other => panic!("a field is missing: {other:?}"),
    }
    match give(MAUDE, claim("2026-06", &all)).await {
        Err(Failure::Refused(Refusal::ClaimTooLate { last_day, .. })) => {
            assert_eq!(Some(last_day), LocalDate::new(2026, 7, 31));
        }
        other => panic!("the window is over: {other:?}"),
    }
    let view = give(MAUDE, claim("2026-07", &all)).await.expect("claimed");
    let clause = view.claim.expect("it stands").clause;
    assert_eq!(clause.number, "5.8");
    let agent = give(NOE, decide(Some("98,4 %"))).await;
    assert!(matches!(agent, Err(Failure::NotPermitted)), "{agent:?}");
    match give(MAX, decide(None)).await {
        Err(Failure::Refused(Refusal::Needs { what, clause: Some(clause) })) => {
            assert_eq!((what.as_str(), clause.number.as_str()), ("figures", "5.7"));
        }
        other => panic!("the figures are missing: {other:?}"),
    }
    let figures = "98,4 % mesurés ; crédit de 5 %";
    give(MAX, decide(Some(figures))).await.expect("decided");
    for reader in [NOE, MAUDE] {
        let view = view_ticket(environment, &desk.viewer(reader).await, &number).await.expect("shown");
        let decision = view.claim.and_then(|claim| claim.decision).expect("it is decided");
        assert_eq!(
            (decision.granted, decision.figures.as_deref(), decision.by.as_str()),
            (true, Some(figures), "Max")
        );
        assert_eq!(decision.clause.map(|clause| clause.number.clone()), Some("5.7".to_owned()));
    }
    for again in [give(MAX, decide(Some("99 %"))).await, give(MAUDE, claim("2026-07", &all)).await] {
        assert!(matches!(again, Err(Failure::Refused(Refusal::ClaimDecided { .. }))), "{again:?}");
    }
}

/// Requests of a night are taken in the order in which they came; taking a later one first is kept, and shown.
async fn sa_3_0d_a_jump_over_the_order_of_arrival_is_kept_and_shown(desk: Desk) {
    desk.go_to("2026-08-14T22:10:00-04:00").await;
    let first = asked(&desk, MAUDE, Facts::new()).await.number;
    desk.go_to("2026-08-15T03:40:00-04:00").await;
    let second = asked(&desk, MAUDE, Facts::new()).await.number;
    desk.go_to("2026-08-17T09:01:00-04:00").await;
    let jumps = |view: &TicketView| {
        let events = view.timeline.iter().filter_map(|entry| match &entry.event {
            TicketEvent::Jumped { clause, .. } => {
                let clause = clause.as_ref().map(|clause| clause.number.clone());
                Some((entry.by.clone(), entry.reason.clone(), clause))
            }
            _ => None,
        });
        events.collect::<Vec<_>>()
    };
    let reason = "Toute une école est arrêtée.";
    let environment = &desk.environment;
    let silent = Request::TakeUp { reason: None };
    match command_ticket(environment, &desk.viewer(NOE).await, &second, silent, None).await {
        Err(Failure::Refused(Refusal::Needs { what, clause: Some(clause) })) => {
            assert_eq!((what.as_str(), clause.number.as_str()), ("reason", "3.0"));
        }
        other => panic!("a jump needs its reason: {other:?}"),
    }
    let take = Request::TakeUp { reason: Some(reason.to_owned()) };
    command_ticket(environment, &desk.viewer(NOE).await, &second, take, None).await.expect("taken");
    let (view, _) = explain_ticket(environment, &desk.viewer(IDA).await, &second).await.expect("explained");
    assert_eq!(jumps(&view), [(Some("Noé".to_owned()), Some(reason.to_owned()), Some("3.0".to_owned()))]);
    let (view, _) = explain_ticket(environment, &desk.viewer(MAUDE).await, &second).await.expect("explained");
    assert!(jumps(&view).is_empty(), "the order of others is no customer’s to read");
    let take = Request::TakeUp { reason: None };
    let view = command_ticket(environment, &desk.viewer(NOE).await, &first, take, None).await.expect("taken");
    assert!(jumps(&view).is_empty(), "the first of the night jumps over nobody");
}

async fn sqlite_under(document: &str, parameters: &Facts) -> Desk {
    let folder = TemporaryFolder::new("rows");
    let store = Database::open_sqlite(&SqliteConfig::at(folder.join("rows.sqlite"))).await.expect("a store");
    let transport = Transport::Maildir(MaildirTransport::new(folder.join("outgoing")));
    desk_under(store, folder, transport, document, parameters).await
}

async fn postgres_under(document: &str, parameters: &Facts) -> Desk {
    let url = Postgres::shared().fresh_database();
    let store = Database::open_postgres(&PostgresConfig { url, pool_size: 4 }).await.expect("a store");
    let folder = TemporaryFolder::new("rows");
    let transport = Transport::Maildir(MaildirTransport::new(folder.join("outgoing")));
    desk_under(store, folder, transport, document, parameters).await
}

/// What the contracts of the documents say; each reads its own.
fn parameters() -> Facts {
    Facts::new()
        .with("region", FactValue::text("france"))
        .with("documentation", FactValue::text("https://docs.olcare.example/"))
        .with("knowledge_base", FactValue::text("https://aide.olcare.example/"))
        .with("phone", FactValue::text("+33 1 55 55 01 23"))
        .with("licence_valid", FactValue::YesNo(true))
}

macro_rules! rows {
    ($($walk:ident under $document:ident => $sqlite:ident, $postgres:ident;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $sqlite() {
                $walk(sqlite_under($document, &parameters()).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $postgres() {
                $walk(postgres_under($document, &parameters()).await).await;
            }
        )*
    };
}

rows! {
    ol_5a_what_is_missing_at_intake_is_listed_to_both_sides under OLCARE => intake_sqlite, intake_postgres;
    ol_8_a_each_severity_is_shown_with_its_definition under OLCARE => severities_sqlite, severities_postgres;
    ap_2d_files_go_both_ways_and_to_nobody_else under APLICIT => files_sqlite, files_postgres;
    ap_4b_licences_are_shown_with_their_expiry under APLICIT => licences_sqlite, licences_postgres;
    ap_4c_a_lost_password_is_set_anew_by_a_link_that_works_once under APLICIT => password_sqlite, password_postgres;
    ol_4a_the_resource_centre_is_proposed_and_may_be_skipped under OLCARE => centre_sqlite, centre_postgres;
    ol_7d_the_telephone_is_advised under OLCARE => telephone_sqlite, telephone_postgres;
    ol_13a_versions_are_free_for_registered_products under OLCARE => free_sqlite, free_postgres;
    ol_13b_new_versions_are_announced_once under OLCARE => announced_sqlite, announced_postgres;
    sc_5_7c_a_claim_is_decided_with_figures_for_good under NETMATH => claim_sqlite, claim_postgres;
    sa_3_0d_a_jump_over_the_order_of_arrival_is_kept_and_shown under SOLIDASSIST => jump_sqlite, jump_postgres;
}

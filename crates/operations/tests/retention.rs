//! What was kept long enough goes, once, wherever it stood; nothing goes unasked, and the log still verifies.

#[path = "sample/desk.rs"]
mod sample;

use calendar::{Span, Unit};
use desk::{AccountId, Contract, ContractId, PersonId};
use operations::{
    CustomField, DraftForm, Failure, FieldType, Kept, NewFile, NewRequest, QueueFilter, QueueKind, Request,
    Retention, Scope, Via, Viewer, command_ticket, forget_outlived, keep_draft, list_tickets, move_clock,
    open_ticket, put_field, set_retention, settle, view_drafts, view_retention, view_ticket,
};
use sample::{Desk, WITH_WORDS, at, postgres_under, sqlite_under};
use store::{AuditEntry, KeptLetter};
use terms::{FactValue, Facts};

async fn sqlite() -> Desk {
    sqlite_under(WITH_WORDS).await
}

async fn postgres() -> Desk {
    postgres_under(WITH_WORDS).await
}

fn months(of: &[(Kept, u32)]) -> Retention {
    Retention { months: of.iter().copied().collect() }
}

/// Somebody who keeps privacy, by a token, which needs no fresh sign-in.
async fn administrator(desk: &Desk) -> Viewer {
    let via = Via::Token { scopes: vec![Scope::Read, Scope::Write] };
    Viewer { via, ..desk.administrator().await }
}

/// A request of the first account's contact, ended.
async fn ended(desk: &Desk, contact: u128, words: &str) -> String {
    let environment = &desk.environment;
    let serie = CustomField {
        key: "serie".to_owned(),
        labels: std::collections::BTreeMap::from([("fr".to_owned(), "Série".to_owned())]),
        holds: FieldType::Text,
        ..CustomField::default()
    };
    put_field(environment, &administrator(desk).await, &serie).await.expect("kept");
    let file = |name: &str| NewFile {
        name: name.to_owned(),
        media_type: "text/plain".to_owned(),
        bytes: words.as_bytes().to_vec(),
    };
    let new = NewRequest {
        channel: "portal".to_owned(),
        subject: format!("{words} sujet"),
        body: format!("Bonjour {words}"),
        files: vec![file("un.txt")],
        facts: Facts::new().with("steps", FactValue::text(&format!("ouvrir {words}"))),
        ..NewRequest::default()
    };
    let number = open_ticket(environment, &desk.viewer(contact).await, new).await.expect("opened").number;
    let agent = desk.viewer(1).await;
    let note = Request::Note { body: format!("note {words}") };
    command_ticket(environment, &agent, &number, note, None).await.expect("noted");
    let tags = Request::Tag { add: vec![format!("{words}-tag")], remove: Vec::new() };
    command_ticket(environment, &agent, &number, tags, None).await.expect("tagged");
    let fields = serde_json::json!({ "serie": format!("{words}field") }).as_object().cloned().expect("one");
    let filled = Request::SetFields { fields };
    command_ticket(environment, &agent, &number, filled, None).await.expect("filled");
    let decline = Request::Decline { clause: Some("6.2".to_owned()), body: format!("non {words}") };
    command_ticket(environment, &agent, &number, decline, None).await.expect("declined");
    settle(environment).await.expect("rounds");
    number
}

/// How many texts and files of a request still stand.
async fn standing(desk: &Desk, number: &str) -> (usize, usize) {
    let view = view_ticket(&desk.environment, &desk.viewer(1).await, number).await.expect("shown");
    let texts = view.messages.iter().filter(|message| message.body.is_some()).count();
    let files = view.messages.iter().flat_map(|message| &message.files);
    (texts, files.filter(|file| file.name.is_some()).count())
}

/// How many requests a search finds.
async fn found(desk: &Desk, text: &str) -> usize {
    let text = Some(text.to_owned());
    let filter = QueueFilter { view: QueueKind::All, text, limit: 50, ..QueueFilter::default() };
    list_tickets(&desk.environment, &desk.viewer(1).await, &filter).await.expect("sought").rows.len()
}

/// Treats all that is due; how many requests that were.
async fn forget(desk: &Desk) -> usize {
    let mut treated = 0;
    loop {
        match forget_outlived(&desk.environment).await.expect("forgotten") {
            0 => return treated,
            some => treated += some,
        }
    }
}

async fn what_was_kept_long_enough_goes_once(desk: Desk) {
    let environment = &desk.environment;
    let admin = administrator(&desk).await;
    // Paul's account has another period, Rose's contract one of its own.
    let (one, other) = (ended(&desk, 3, "zqmaude").await, ended(&desk, 4, "zqpaul").await);
    let whole = standing(&desk, &one).await;
    let steps = async |number: &str| {
        let view = view_ticket(environment, &desk.viewer(1).await, number).await.expect("shown");
        view.facts.get("steps").cloned()
    };
    assert_eq!(steps(&one).await, Some(FactValue::text("ouvrir zqmaude")));
    assert!(whole.0 >= 2 && whole.1 == 1, "{whole:?}");

    // Nothing is set, nothing goes, however long it lasts.
    desk.go_to("2031-01-01T12:00:00Z").await;
    assert_eq!(forget(&desk).await, 0);
    assert_eq!(standing(&desk, &one).await, whole);
    let view = view_retention(environment, &admin, None).await.expect("seen");
    assert!(view.due.is_empty() && view.own == months(&Retention::BY_DEFAULT), "{view:?}");

    // Tried, it says what would go, and nothing does.
    let wanted = months(&[(Kept::Attachments, 12)]);
    let view = view_retention(environment, &admin, Some((None, &wanted))).await.expect("tried");
    assert_eq!(view.due.get(&Kept::Attachments), Some(&2), "{view:?}");
    assert_eq!(view.numbers, [one.clone(), other.clone()]);
    assert_eq!(forget(&desk).await, 0);

    // Set, it holds a day later.
    set_retention(environment, &admin, None, None, &wanted).await.expect("set");
    let long = months(&[(Kept::Attachments, 120)]);
    set_retention(environment, &admin, None, Some("montrosier"), &long).await.expect("set");
    assert_eq!(forget(&desk).await, 0, "a slip can be taken back for a day");
    desk.go_to("2031-01-02T12:30:00Z").await;
    assert_eq!(forget(&desk).await, 1, "the other's account keeps it longer");
    assert_eq!(standing(&desk, &one).await, (whole.0, 0));
    assert_eq!(standing(&desk, &other).await.1, 1);
    // Once: nothing is left to do, and the log says it once.
    assert_eq!(forget(&desk).await, 0);
    let view = view_retention(environment, &admin, None).await.expect("seen");
    assert_eq!((view.swept.requests, view.swept.files), (1, 1));

    // What people put on a request is found as long as its words are.
    for sought in ["étiquette:zqmaude-tag", "champ.serie:zqmaudefield", "zqmaude"] {
        assert_eq!(found(&desk, sought).await, 1, "{sought}");
    }
    let agent = desk.viewer(1).await;
    keep_draft(environment, &agent, &one, DraftForm::Note, "zqmaude encore").await.expect("kept");

    // Texts as well; two nodes at once do it once.
    set_retention(environment, &admin, None, None, &months(&[(Kept::Attachments, 12), (Kept::Messages, 36)]))
        .await
        .expect("set");
    desk.go_to("2031-01-04T12:30:00Z").await;
    let (left, right) = tokio::join!(forget_outlived(environment), forget_outlived(environment));
    assert!(left.expect("well") + right.expect("well") >= 1);
    forget(&desk).await;
    assert_eq!(standing(&desk, &one).await, (0, 0));
    assert!(matches!(steps(&one).await, Some(FactValue::Words(_))), "that something was said is still known");
    // The other's account names files alone, so that its texts follow the desk.
    assert_eq!(standing(&desk, &other).await, (0, 1));
    let shown = view_ticket(environment, &desk.viewer(1).await, &one).await.expect("shown");
    assert_eq!(shown.subject, words::text(words::Language::French, "outlived-subject"));
    assert!(shown.tags.is_empty(), "{:?}", shown.tags);
    assert!(shown.fields.iter().all(|field| field.json().is_null()), "{:?}", shown.fields);
    for sought in ["étiquette:zqmaude-tag", "champ.serie:zqmaudefield", "zqmaude"] {
        assert_eq!(found(&desk, sought).await, 0, "{sought}");
    }
    let drafts = view_drafts(environment, &agent, &one).await.expect("seen");
    assert!(drafts.note.is_none() && drafts.reply.is_none(), "what was being written says the same words");
    let view = view_retention(environment, &admin, None).await.expect("seen");
    assert_eq!((view.swept.requests, view.swept.files), (2, 1));
    let ticket = environment.store.ticket_by_number(&one).await.expect("read");
    let page =
        environment.store.ticket_page(&desk.provider.id, ticket.expect("stands").1).await.expect("read");
    let page = page.expect("stands");
    let certificates = page.log.iter().flat_map(|entry| &entry.commit);
    let certificates =
        certificates.filter(|recorded| matches!(recorded.event, desk::TicketEvent::Outlived { .. }));
    assert_eq!(certificates.count(), 2, "one for files, one for texts");
    assert!(page.row.updated_at < at("2027-01-01T00:00:00Z"), "nobody changed it");
    let found = environment.store.verify_all(|_| {}).await.expect("read");
    assert!(found.is_empty(), "{found:?}");

    // A request that goes on is kept from then on anew.
    let reopened = Request::Reopen;
    if command_ticket(environment, &desk.viewer(1).await, &one, reopened, None).await.is_ok() {
        assert_eq!(forget(&desk).await, 0);
    }
}

/// What a customer's own rule keeps longer than the desk's does not go while a change of it does not hold yet.
async fn a_change_of_an_accounts_rule_lets_nothing_go_before_it_holds(desk: Desk) {
    let environment = &desk.environment;
    let admin = administrator(&desk).await;
    let number = ended(&desk, 4, "zqpaul").await;
    let set = async |account: Option<&str>, count: Option<u32>| {
        let wanted = Retention { months: count.map(|count| (Kept::Messages, count)).into_iter().collect() };
        set_retention(environment, &admin, None, account, &wanted).await.expect("set");
    };
    let accounts = async || view_retention(environment, &admin, None).await.expect("seen").accounts;
    set(None, Some(12)).await;
    set(Some("montrosier"), Some(36)).await;
    set(Some("bouleaux"), None).await;
    assert_eq!(accounts().await.len(), 1, "what takes nothing back is nothing");
    desk.go_to("2028-02-01T12:00:00Z").await;
    assert_eq!(forget(&desk).await, 0, "the customer's is kept longer");
    set(Some("montrosier"), Some(60)).await;
    assert_eq!(forget(&desk).await, 0, "for a day neither holds");
    desk.go_to("2028-02-02T13:00:00Z").await;
    assert_eq!(forget(&desk).await, 0, "now it is kept longer still");
    set(Some("montrosier"), None).await;
    assert_eq!(forget(&desk).await, 0, "for a day a slip can be taken back");
    assert_eq!(accounts().await[0].retention, Retention::default());
    assert!(standing(&desk, &number).await.0 >= 2);
    desk.go_to("2028-02-03T14:00:00Z").await;
    assert!(accounts().await.is_empty());
    assert_eq!(forget(&desk).await, 1, "then it follows the desk");
    assert_eq!(standing(&desk, &number).await.0, 0);
}

/// What was merged into another is kept as long as that one: not longer, not shorter.
async fn what_was_merged_goes_with_what_goes_on_for_it(desk: Desk) {
    let environment = &desk.environment;
    let admin = administrator(&desk).await;
    let agent = desk.viewer(1).await;
    let open = async |words: &str| {
        let file = NewFile {
            name: "un.txt".to_owned(),
            media_type: "text/plain".to_owned(),
            bytes: words.as_bytes().to_vec(),
        };
        let new = NewRequest {
            channel: "portal".to_owned(),
            subject: format!("{words} sujet"),
            body: format!("Bonjour {words}"),
            files: vec![file],
            facts: Facts::new().with("steps", FactValue::text(&format!("ouvrir {words}"))),
            ..NewRequest::default()
        };
        open_ticket(environment, &desk.viewer(3).await, new).await.expect("opened").number
    };
    let does = async |number: &str, request: Request| {
        command_ticket(environment, &agent, number, request, None).await.expect("done");
    };
    let (live, deep) = (open("zqvive").await, open("zqprofonde").await);
    let (ended_one, ended_other) = (ended(&desk, 3, "zqfinie").await, ended(&desk, 3, "zqautre").await);
    // One that was not ended goes on in one that was, and in it another; one that was ended goes on in a live one.
    let middle = open("zqmilieu").await;
    for (from, into) in [(&deep, &middle), (&middle, &ended_one), (&ended_other, &live)] {
        does(from, Request::Merge { into: into.clone() }).await;
    }
    settle(environment).await.expect("rounds");
    let kept = months(&[(Kept::Messages, 12), (Kept::Attachments, 12)]);
    set_retention(environment, &admin, None, None, &kept).await.expect("set");
    // Of one request alone, without those that are read with it.
    let own = async |number: &str| {
        let view = view_ticket(environment, &agent, number).await.expect("shown");
        let own: Vec<_> = view.messages.iter().filter(|message| message.of.is_none()).collect();
        let texts = own.iter().filter(|message| message.body.is_some()).count();
        (texts, own.iter().flat_map(|message| &message.files).filter(|file| file.name.is_some()).count())
    };
    desk.go_to("2027-08-01T12:00:00Z").await;
    assert_eq!(forget(&desk).await, 0);
    desk.go_to("2028-02-01T12:00:00Z").await;
    let view = view_retention(environment, &admin, None).await.expect("seen");
    assert_eq!(view.due.get(&Kept::Messages), Some(&3), "{view:?}");
    assert_eq!(forget(&desk).await, 3);
    for number in [&ended_one, &middle, &deep] {
        assert_eq!(own(number).await, (0, 0), "{number}");
    }
    assert_eq!(found(&desk, "zqprofonde").await, 0);
    for number in [&live, &ended_other] {
        assert!(own(number).await.1 == 1, "{number} is kept while the work goes on");
    }
    // What is noted on it afterwards goes in its time, too.
    desk.go_to("2028-02-01T12:10:00Z").await;
    does(&deep, Request::Note { body: "zqencore".to_owned() }).await;
    assert_eq!(forget(&desk).await, 0);
    let decline = Request::Decline { clause: Some("6.2".to_owned()), body: "non".to_owned() };
    does(&live, decline).await;
    settle(environment).await.expect("rounds");
    desk.go_to("2029-03-01T12:00:00Z").await;
    assert_eq!(forget(&desk).await, 3);
    for number in [&live, &ended_other, &deep] {
        assert_eq!(own(number).await, (0, 0), "{number}");
    }
    let flaws = environment.store.verify_all(|_| {}).await.expect("read");
    assert!(flaws.is_empty(), "{flaws:?}");
}

/// A request that somebody goes on with while others are destroyed is kept from then on anew, and not for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_went_on_meanwhile_goes_in_its_time_sqlite() {
    let desk = sqlite().await;
    let admin = administrator(&desk).await;
    let (one, other) = (ended(&desk, 3, "zqmaude").await, ended(&desk, 4, "zqpaul").await);
    set_retention(&desk.environment, &admin, None, None, &months(&[(Kept::Messages, 12)]))
        .await
        .expect("set");
    desk.go_to("2028-02-01T12:00:00Z").await;
    let behind = rusqlite::Connection::open(desk.folder.join("walks.sqlite")).expect("opened");
    let goes_on = format!(
        "CREATE TRIGGER goes_on AFTER UPDATE ON ticket WHEN NEW.number = '{one}'
         BEGIN UPDATE ticket SET updated_at = updated_at + 1 WHERE number = '{other}'; END"
    );
    behind.execute_batch(&goes_on).expect("made");
    assert_eq!(forget_outlived(&desk.environment).await.expect("forgotten"), 2, "both were looked at");
    assert_eq!(standing(&desk, &one).await.0, 0);
    assert!(standing(&desk, &other).await.0 >= 2, "it stands, since it went on");
    assert_eq!(forget(&desk).await, 1);
    assert_eq!(standing(&desk, &other).await.0, 0);
}

async fn a_contract_says_how_long_and_rows_go_by_age(desk: Desk) {
    let environment = &desk.environment;
    let store = &environment.store;
    let provider = &desk.provider.id;
    let admin = administrator(&desk).await;
    let known = store.contracts_of(provider, AccountId(1)).await.expect("read").remove(0);
    let ninety = FactValue::Span(Span::Of { count: 90, unit: Unit::Day });
    let said = Contract { parameters: known.parameters.clone().with("content_retention", ninety), ..known };
    assert_eq!(said.id, ContractId(1));
    store.put_contract(provider, &said).await.expect("stored");
    let number = ended(&desk, 3, "zqcontrat").await;
    let now = environment.now();
    for (place, age) in [(1_u8, 0), (2, 1000)] {
        let letter = KeptLetter {
            digest: [place; 32],
            mailbox: "aide@orvane.example".to_owned(),
            why: "loop".to_owned(),
            sender: "machine@ailleurs.example".to_owned(),
            subject: "Boucle".to_owned(),
            received_at: now.plus_seconds(age * 86_400),
        };
        store
            .keep_letter(provider, &letter, b"From: machine@ailleurs.example\r\n\r\nboucle")
            .await
            .expect("kept");
        let entry = AuditEntry {
            provider: provider.clone(),
            id: u128::from(place) << 64,
            at: letter.received_at,
            person: Some(PersonId(1)),
            deed: "open".to_owned(),
            object: format!("POST /portal/demandes/{place}"),
            outcome: "done".to_owned(),
            network: "192.0.2.0/24".to_owned(),
        };
        store.append_audit(&[entry], || [7; 16]).await.expect("written");
    }
    move_clock(environment, now.plus_seconds(80 * 86_400)).await.expect("time passes");
    assert_eq!(forget(&desk).await, 0);
    move_clock(environment, now.plus_seconds(91 * 86_400)).await.expect("time passes");
    let view = view_retention(environment, &admin, None).await.expect("seen");
    assert_eq!(view.due.get(&Kept::Messages), Some(&1), "the contract counts though nothing is set");
    assert_eq!(forget(&desk).await, 1);
    assert_eq!(standing(&desk, &number).await, (0, 0));

    let rows = months(&[(Kept::KeptMail, 12), (Kept::Journal, 12), (Kept::Access, 12)]);
    set_retention(environment, &admin, None, None, &rows).await.expect("set");
    move_clock(environment, now.plus_seconds(1001 * 86_400)).await.expect("time passes");
    let view = view_retention(environment, &admin, None).await.expect("seen");
    assert_eq!((view.due.get(&Kept::KeptMail), view.due.get(&Kept::Journal)), (Some(&1), Some(&1)));
    forget(&desk).await;
    assert_eq!(store.kept_letters(provider, 10).await.expect("read").len(), 1);
    let journal = store.audit(provider, None, 50).await.expect("read");
    assert!(journal.iter().all(|row| row.object != "POST /portal/demandes/1"), "{journal:?}");
    assert!(journal.iter().any(|row| row.object == "POST /portal/demandes/2"));
    let certificates: Vec<&str> = journal
        .iter()
        .filter(|row| row.deed == "outlived")
        .filter_map(|row| row.object.split(" <").next())
        .collect();
    assert_eq!(certificates, ["journal 1", "kept_mail 1"]);
}

async fn whoever_keeps_privacy_alone_sets_it(desk: Desk) {
    let environment = &desk.environment;
    let admin = administrator(&desk).await;
    let wanted = months(&[(Kept::Messages, 12)]);
    for person in [1, 3, 7] {
        let viewer = desk.viewer(person).await;
        let refused = set_retention(environment, &viewer, None, None, &wanted).await;
        assert!(matches!(refused, Err(Failure::NotPermitted)), "{person}");
        assert!(matches!(view_retention(environment, &viewer, None).await, Err(Failure::NotPermitted)));
    }
    // In a browser it takes a fresh sign-in.
    let session = Viewer { via: Via::Session, ..admin.clone() };
    desk.signed_in("old", 40, 7200).await;
    desk.signed_in("fresh", 40, 10).await;
    let old = set_retention(environment, &session, Some("old"), None, &wanted).await;
    assert!(matches!(old, Err(Failure::Invalid { field: "session", .. })));
    set_retention(environment, &session, Some("fresh"), None, &wanted).await.expect("set");
    let of_nobody = set_retention(environment, &admin, None, Some("nobody"), &wanted).await;
    assert!(matches!(of_nobody, Err(Failure::Invalid { field: "account", .. })));
    let journal = months(&[(Kept::Journal, 12)]);
    let of_account = set_retention(environment, &admin, None, Some("bouleaux"), &journal).await;
    assert!(matches!(of_account, Err(Failure::Invalid { field: "months", .. })));
    // Taken back, what goes by default stands.
    set_retention(environment, &admin, None, None, &Retention::default()).await.expect("taken back");
    let view = view_retention(environment, &admin, None).await.expect("seen");
    assert_eq!(view.own, months(&Retention::BY_DEFAULT));
}

/// The journal and who saw what go after twelve months where nothing else is set (CNIL, délibération 2021-122).
async fn the_journal_and_the_looks_are_kept_for_a_year(desk: Desk) {
    let environment = &desk.environment;
    let (store, provider) = (&environment.store, &desk.provider.id);
    let admin = administrator(&desk).await;
    let write = async |place: u128| {
        let now = environment.now();
        let entry = AuditEntry {
            provider: provider.clone(),
            id: place << 64,
            at: now,
            person: Some(PersonId(1)),
            deed: "open".to_owned(),
            object: format!("POST /portal/demandes/{place}"),
            outcome: "done".to_owned(),
            network: "192.0.2.0/24".to_owned(),
        };
        store.append_audit(&[entry], || [7; 16]).await.expect("written");
        let look = store::Look {
            provider: provider.clone(),
            person: PersonId(1),
            what: "request".to_owned(),
            object: format!("ORV-{place}/"),
            at: now,
            way: "session".to_owned(),
            network: "192.0.2.0/24".to_owned(),
        };
        store.append_looks(&[look]).await.expect("written");
    };
    let left = async || {
        forget(&desk).await;
        let rows = store.audit(provider, None, 50).await.expect("read");
        let rows = rows.iter().filter(|row| row.deed == "open").count();
        let query = store::LookQuery { at_most: 50, ..store::LookQuery::default() };
        (rows, store.looks(provider, &query).await.expect("read").len())
    };
    write(1).await;
    assert_eq!(left().await, (1, 1));
    desk.go_to("2027-03-01T12:00:00Z").await;
    write(2).await;
    desk.go_to("2027-08-13T12:00:00Z").await;
    assert_eq!(left().await, (2, 2), "a day less than a year");
    desk.go_to("2027-09-15T12:00:00Z").await;
    assert_eq!(left().await, (1, 1), "thirteen months on");
    // Set otherwise, it is otherwise, and while what was set does not hold yet nothing goes by the default.
    let long = months(&[(Kept::Journal, 36), (Kept::Looks, 36)]);
    desk.go_to("2028-02-28T12:00:00Z").await;
    set_retention(environment, &admin, None, None, &long).await.expect("set");
    desk.go_to("2028-03-02T11:00:00Z").await;
    assert_eq!(left().await, (1, 1), "kept for three years");
    set_retention(environment, &admin, None, None, &Retention::default()).await.expect("taken back");
    assert_eq!(left().await, (1, 1), "for a day a slip can be taken back");
    desk.go_to("2028-03-03T12:00:00Z").await;
    write(3).await;
    assert_eq!(left().await, (1, 1), "what is a year old goes by default");
}

on_both_databases! {
    what_was_kept_long_enough_goes_once => goes_once_sqlite, goes_once_postgres;
    a_change_of_an_accounts_rule_lets_nothing_go_before_it_holds => before_sqlite, before_postgres;
    what_was_merged_goes_with_what_goes_on_for_it => merged_sqlite, merged_postgres;
    a_contract_says_how_long_and_rows_go_by_age => by_contract_sqlite, by_contract_postgres;
    the_journal_and_the_looks_are_kept_for_a_year => a_year_sqlite, a_year_postgres;
    whoever_keeps_privacy_alone_sets_it => alone_sqlite, alone_postgres;
}

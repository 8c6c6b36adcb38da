//! What agreements want shown or exchanged on a request, row by row; on both databases.

use harness::{Postgres, TemporaryFolder};
use mail::{MaildirTransport, Transport};
use operations::{
    Failure, NewFile, NewRequest, Request, TicketView, command_ticket, open_ticket, read_file, view_ticket,
};
use store::{Database, PostgresConfig, SqliteConfig};
use terms::{FactType, FactValue, Facts};

#[path = "sample/desk.rs"]
mod sample;

use sample::{Desk, desk_under};

const OLCARE: &str = include_str!("../../../agreements/olcare.md");
const APLICIT: &str = include_str!("../../../agreements/aplicit.md");

const NOE: u128 = 1;
const MAUDE: u128 = 3;
const PAUL: u128 = 4;

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

async fn sqlite_under(document: &str) -> Desk {
    let folder = TemporaryFolder::new("rows");
    let store = Database::open_sqlite(&SqliteConfig::at(folder.join("rows.sqlite"))).await.expect("a store");
    let transport = Transport::Maildir(MaildirTransport::new(folder.join("outgoing")));
    desk_under(store, folder, transport, document, &france()).await
}

async fn postgres_under(document: &str) -> Desk {
    let url = Postgres::shared().fresh_database();
    let store = Database::open_postgres(&PostgresConfig { url, pool_size: 4 }).await.expect("a store");
    let folder = TemporaryFolder::new("rows");
    let transport = Transport::Maildir(MaildirTransport::new(folder.join("outgoing")));
    desk_under(store, folder, transport, document, &france()).await
}

fn france() -> Facts {
    Facts::new().with("region", FactValue::text("france"))
}

macro_rules! rows {
    ($($walk:ident under $document:ident => $sqlite:ident, $postgres:ident;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $sqlite() {
                $walk(sqlite_under($document).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $postgres() {
                $walk(postgres_under($document).await).await;
            }
        )*
    };
}

rows! {
    ol_5a_what_is_missing_at_intake_is_listed_to_both_sides under OLCARE => intake_sqlite, intake_postgres;
    ol_8_a_each_severity_is_shown_with_its_definition under OLCARE => severities_sqlite, severities_postgres;
    ap_2d_files_go_both_ways_and_to_nobody_else under APLICIT => files_sqlite, files_postgres;
}

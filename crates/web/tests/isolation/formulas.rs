//! Exports as a spreadsheet opens them.

use crate::files::store_on_sqlite;
use crate::journal::read;
use crate::world::World;
use axum::http::StatusCode;
use desk::{Person, PersonId, Role};
use harness::opened_by_spreadsheet;
use store::AuditEntry;

/// What a spreadsheet takes for a formula, for a link to elsewhere, or for the end of a cell.
const HOSTILE: [&str; 24] = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1,1)",
    "＝1+1",
    "＋1+1",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\r\n=1+1",
    " =1+1",
    "  \t =1+1",
    "a\",=1+1,\"",
    "a\";=1+1;\"",
    "a\"\n=1+1\n\"",
    "\"=1+1",
    "\"\"=1+1",
    ",=1+1",
    ";=1+1",
    "|=1+1",
    "a,=1+1;=1+1\t=1+1",
    "=HYPERLINK(\"http://elsewhere.example/\";\"x\")",
    "=DDE(\"soffice\";\"/etc/passwd\";\"A1\")",
    "=cmd|'/C calc'!A0",
];

/// What a document of a spreadsheet has where a cell is more than its text.
const LIVE: [&str; 4] = ["table:formula", "xlink:href=\"http", "dde-link", "cell-range-source"];

fn must_be_text(name: &str, table: &str) {
    for sign in [',', ';', '\t', '|'] {
        let opened = opened_by_spreadsheet(table.as_bytes(), sign);
        assert!(opened.contains("</table:table-row>"), "{name}, parted at {sign:?}: nothing is opened");
        for live in LIVE {
            let found = opened.find(live).map(|place| {
                let end = opened.len().min(place + 200);
                opened[opened.floor_char_boundary(place)..opened.floor_char_boundary(end)].to_owned()
            });
            assert_eq!(found, None, "{name}, parted at {sign:?}");
        }
    }
}

/// Everything that people can write into an export, opened by LibreOffice: with `ENTENTE_LONG=1` alone, which has it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_cell_of_an_export_is_a_formula_in_a_spreadsheet() {
    if std::env::var_os("ENTENTE_LONG").is_none() {
        return;
    }
    let (store, folder) = store_on_sqlite().await;
    let world = World::for_probes(store, folder).await;
    let provider = world.trier("admin").person.as_ref().expect("somebody").provider.clone();
    let mut rows = Vec::new();
    for (place, hostile) in HOSTILE.iter().enumerate() {
        let number = u32::try_from(place).expect("a few");
        let person = Person {
            id: PersonId(0x0195_0000_0000_7000_8000_0000_0003_0000 + u128::from(number)),
            provider: provider.clone(),
            role: Role::Agent,
            name: (*hostile).to_owned(),
            email: format!("hostile{place}@orvane.example"),
            account: None,
            language: "fr".to_owned(),
            zone: None,
        };
        world.environment.store.put_person(&person).await.expect("stored");
        rows.push(AuditEntry {
            provider: provider.clone(),
            id: u128::from(number) + 1,
            at: calendar::Instant::from_milliseconds(1),
            person: Some(person.id),
            deed: (*hostile).to_owned(),
            object: (*hostile).to_owned(),
            outcome: (*hostile).to_owned(),
            network: (*hostile).to_owned(),
        });
    }
    world.environment.store.append_audit(&rows, || [7; 16]).await.expect("written");
    for path in ["/admin/journal.csv", "/admin/personnes/droits.csv"] {
        let (status, table) = read(&world, "admin", path).await;
        assert_eq!(status, StatusCode::OK);
        let written = HOSTILE.iter().filter(|hostile| hostile.contains("1+1")).count();
        assert!(table.matches("1+1").count() >= written, "{path} holds what was written");
        must_be_text(path, &table);
    }
    // The same cells as they are: the spreadsheet would show it.
    let bare = opened_by_spreadsheet(b"\"=1+1\",\"x\"\r\n", ',');
    assert!(bare.contains("table:formula"), "a formula is found where there is one");
}

//! How many durable appends a second the store takes, and what they cost.
//!
//! `cargo run --release -p store --example append_rate -- [TICKETS] [TASKS] [postgres]` opens
//! tickets the way a letter does (one log row, two texts, the ticket's row, counters, a notice, an
//! inbox entry, a thread key) from many tasks at once, then reads pages and lists, and prints rates
//! and CPU time of this process. It uses SQLite in a temporary folder, or a private PostgreSQL.
#![allow(clippy::disallowed_methods, reason = "a measurement reads the real clock")]
#![allow(clippy::unwrap_used, reason = "a measurement may")]

use calendar::Instant;
use desk::{Actor, ContentId, ContentRef, NoticeId, ProviderId, Recorded, TicketEvent, TicketId, Turn};
use harness::{Postgres, TemporaryFolder};
use store::{
    Database, InboxEntry, ListQuery, NewContent, NewNotice, PostgresConfig, Provider, Recipient,
    SqliteConfig, TicketRow, UnitOfWork, content_digest,
};
use terms::{AgreementName, Facts};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let tickets: u128 = arguments.next().map_or(20_000, |text| text.parse().unwrap());
    let tasks: u128 = arguments.next().map_or(16, |text| text.parse().unwrap());
    let folder = TemporaryFolder::new("append-rate");
    let database = match arguments.next() {
        Some(_) => {
            let url = Postgres::shared().fresh_database();
            Database::open_postgres(&PostgresConfig { url, pool_size: 8 }).await.unwrap()
        }
        None => Database::open_sqlite(&SqliteConfig::at(folder.join("desk.db"))).await.unwrap(),
    };
    let provider = Provider {
        id: ProviderId("orvane".into()),
        name: "Orvane".into(),
        prefix: "ORV".into(),
        mailbox: "support@orvane.example".into(),
        from_name: "Orvane".into(),
        language: "fr".into(),
        zone: "Europe/Paris".into(),
        agreement: None,
    };
    database.put_provider(&provider).await.unwrap();
    for step in 1..=3 {
        let span = Span::begin();
        let share = tickets / 3 / tasks;
        let working: Vec<_> = (0..tasks)
            .map(|task| {
                let database = database.clone();
                tokio::spawn(async move {
                    for place in 0..share {
                        let ticket = (step << 64) | (place << 8) | task;
                        database.commit(opening(ticket)).await.unwrap();
                    }
                })
            })
            .collect();
        for task in working {
            task.await.unwrap();
        }
        span.end(&format!("open by {tasks} tasks"), share * tasks);
        read(&database).await;
    }
    println!("PSS {}", pss());
}

async fn read(database: &Database) {
    let list = ListQuery::live(ProviderId("orvane".into()));
    let rows = database.list_tickets(&list).await.unwrap();
    let span = Span::begin();
    for _ in 0..2_000 {
        database.list_tickets(&list).await.unwrap();
    }
    span.end("list of 50, one after the other", 2_000);
    let span = Span::begin();
    for place in 0..2_000 {
        let ticket = rows[place % rows.len()].id;
        database.ticket_page(&list.provider, ticket).await.unwrap().unwrap();
    }
    span.end("ticket page, one after the other", 2_000);
    let span = Span::begin();
    for _ in 0..5_000 {
        database.setting("none").await.unwrap();
    }
    span.end("one empty read", 5_000);
    let span = Span::begin();
    for _ in 0..5_000 {
        database.counts(&list.provider, None, None).await.unwrap();
    }
    span.end("counters", 5_000);
}

fn opening(ticket: u128) -> UnitOfWork {
    let at = Instant::from_seconds(1_772_000_000 + i64::try_from(ticket & 0xffff_ffff).unwrap());
    let body = "Bonjour,\n\nle serveur ne répond plus depuis ce matin.\n".repeat(20);
    let subject = "Serveur en panne";
    let content = |place: u128, text: &str| NewContent {
        id: ContentId(ticket << 2 | place),
        salt: [7; 16],
        text: text.to_owned(),
    };
    let reference = |place: u128, text: &str| ContentRef {
        id: ContentId(ticket << 2 | place),
        digest: content_digest(&[7; 16], text),
    };
    let event = |event| Recorded { at, by: Actor::System, event };
    let agreement = AgreementName { key: "sample".into(), version: "1.0".into() };
    UnitOfWork {
        provider: ProviderId("orvane".into()),
        ticket: TicketId(ticket),
        expected: 0,
        at,
        commit: vec![
            event(TicketEvent::Opened {
                id: TicketId(ticket),
                provider: ProviderId("orvane".into()),
                account: None,
                contact: None,
                channel: "email".into(),
                subject: reference(0, subject),
                received_at: at,
                agreement: agreement.clone(),
                contract: None,
                facts: Facts::new(),
            }),
            event(TicketEvent::Waited { party: "nobody".into(), reason: Some(reference(1, &body)) }),
        ],
        contents: vec![content(0, subject), content(1, &body)],
        files: Vec::new(),
        row: TicketRow {
            id: TicketId(ticket),
            number: String::new(),
            account: None,
            contact: None,
            assignee: None,
            team: None,
            channel: "email".into(),
            state: desk::TicketState::New,
            turn: Turn::Provider,
            severity: Some("high".into()),
            verdict: terms::Verdict::Covered,
            received_at: at,
            opened_at: at,
            agreement,
            contract: None,
            subject: subject.into(),
            requester: "Aude Lenoir".into(),
            next_due_at: Some(at.plus_seconds(14_400)),
            next_step_at: Some(at.plus_seconds(7_200)),
            late: false,
            missed: false,
            snoozed: false,
            merged_into: None,
            summary: r#"{"clocks":[{"name":"response","due":"2026-03-09T09:40:00Z"}]}"#.into(),
            updated_at: at,
            version: 0,
        },
        released: store::Released::default(),
        rewritten: Vec::new(),
        renamed: Vec::new(),
        erased_contents: Vec::new(),
        erased_files: Vec::new(),
        marks: None,
        outbox: vec![NewNotice {
            id: NoticeId(ticket),
            kind: "acknowledgement".into(),
            recipient: Recipient { person: None, address: "aude@client.example".into() },
            payload: serde_json::json!({ "clause": "5.1" }),
            due_at: at,
        }],
        inbox: Some(InboxEntry {
            digest: {
                let mut digest = [0; 32];
                digest[..16].copy_from_slice(&ticket.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c).to_be_bytes());
                digest[16..].copy_from_slice(&ticket.to_be_bytes());
                digest
            },
            mailbox: "support@orvane.example".into(),
        }),
        thread_keys: vec![format!("<{ticket:x}@client.example>")],
        settled: Vec::new(),
        returned: Vec::new(),
        idempotency: None,
    }
}

struct Span {
    began: std::time::Instant,
    cpu_ticks: u64,
}

impl Span {
    fn begin() -> Self {
        Self { began: std::time::Instant::now(), cpu_ticks: cpu_ticks() }
    }

    fn end(&self, what: &str, count: u128) {
        let elapsed = self.began.elapsed().as_secs_f64();
        // A tick of the kernel's accounts is 10 ms.
        let cpu_microseconds = (cpu_ticks() - self.cpu_ticks) as f64 * 10_000.0 / count as f64;
        println!("{what}: {:.0}/s, {cpu_microseconds:.0} µs of CPU each", count as f64 / elapsed);
    }
}

/// User and system time of this process.
fn cpu_ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    after_name.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

fn pss() -> String {
    let rollup = std::fs::read_to_string("/proc/self/smaps_rollup").unwrap();
    rollup.lines().find(|line| line.starts_with("Pss:")).unwrap_or_default().to_owned()
}

//! What a search costs beside a bare look-up in the same index of the same store.
//!
//! 100,000 requests (or as many as the first argument says) with their messages, each tenth with ten
//! and the others with two, of words as frequent as in a language: the n-th word of the vocabulary
//! is drawn in proportion to 1/n. A search gives the first 50 rows, latest first; the bare look-up
//! asks the engine for the same 50 requests, with prepared statements and nothing else. Microseconds
//! from question to answer on one thread, median of the rounds; both in turn, in one run. With
//! `postgres` as second argument the same on a private PostgreSQL.
//!
//! Ends with 1 when a ratio is over 3.
#![allow(clippy::disallowed_methods, reason = "a bench reads the machine's clock")]

use calendar::Instant;
use desk::{
    Actor, Author, ContentId, ContentRef, Message, MessageId, MessageKind, PersonId, ProviderId, Recorded,
    TicketEvent, TicketId, TicketState, Turn,
};
use std::time::{Duration, Instant as Moment};
use store::{
    Database, ListQuery, NewContent, Order, PostgresConfig, Provider, Search, SearchField, SqliteConfig,
    States, TicketRow, UnitOfWork, WordSearch, fold_words,
};
use terms::{AgreementName, Verdict};

const ROUNDS: usize = 41;
const LIMIT: f64 = 3.0;
const VOCABULARY: usize = 30_000;

struct Draw(u64);

impl Draw {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The place of a word, by its frequency.
    fn place(&mut self) -> usize {
        ((VOCABULARY as f64).powf(self.next()) - 1.0) as usize % VOCABULARY
    }
}

/// Words that look like words: syllables, so that many begin alike.
fn vocabulary() -> Vec<String> {
    const SYLLABLES: [&str; 24] = [
        "im", "por", "ter", "li", "cen", "ce", "ser", "veur", "mo", "dè", "le", "fi", "chier", "é", "cran",
        "ac", "ti", "va", "tion", "mi", "se", "à", "jour", "ba",
    ];
    (0..VOCABULARY)
        .map(|place| {
            let mut word = String::new();
            let mut rest = place * 7 + 11;
            while rest > 0 {
                word.push_str(SYLLABLES[rest % SYLLABLES.len()]);
                rest /= SYLLABLES.len();
            }
            word
        })
        .collect()
}

fn text(draw: &mut Draw, words: &[String], count: usize) -> String {
    (0..count).map(|_| words[draw.place()].as_str()).collect::<Vec<_>>().join(" ")
}

fn row(ticket: u128, subject: String, at: Instant) -> TicketRow {
    TicketRow {
        id: TicketId(ticket),
        number: String::new(),
        account: None,
        contact: None,
        assignee: None,
        team: None,
        channel: "email".into(),
        state: if ticket.is_multiple_of(10) { TicketState::Open } else { TicketState::Closed },
        turn: Turn::Provider,
        severity: None,
        verdict: Verdict::Covered,
        received_at: at,
        opened_at: at,
        agreement: AgreementName { key: "sample".into(), version: "1".into() },
        contract: None,
        subject,
        requester: format!("Personne {}", ticket % 997),
        next_due_at: None,
        next_step_at: None,
        late: false,
        missed: false,
        snoozed: false,
        merged_into: None,
        summary: "{}".into(),
        updated_at: at,
        version: 0,
    }
}

fn unit(draw: &mut Draw, words: &[String], ticket: u128, expected: u64, subject: &str) -> UnitOfWork {
    let at = Instant::from_seconds(1_772_000_000 + ticket as i64 * 60 + expected as i64);
    let id = ticket * 100 + u128::from(expected);
    let body = text(draw, words, 60);
    let message = Message {
        id: MessageId(id),
        kind: MessageKind::Incoming,
        by: Author::Person { id: PersonId(1) },
        channel: "email".into(),
        sent_at: at,
        received_at: at,
        body: ContentRef { id: ContentId(id), digest: String::new() },
        history: None,
        html: None,
        files: Vec::new(),
        technical: true,
        may_backscatter: false,
        automatic: false,
        checks: None,
    };
    UnitOfWork {
        provider: ProviderId("bench".into()),
        ticket: TicketId(ticket),
        expected,
        at,
        commit: vec![Recorded { at, by: Actor::Stranger, event: TicketEvent::Wrote { message, turn: None } }],
        contents: vec![NewContent { id: ContentId(id), salt: [0; 16], text: body }],
        rewritten: Vec::new(),
        renamed: Vec::new(),
        erased_contents: Vec::new(),
        erased_files: Vec::new(),
        files: Vec::new(),
        row: row(ticket, subject.to_owned(), at),
        marks: None,
        outbox: Vec::new(),
        inbox: None,
        thread_keys: Vec::new(),
        settled: Vec::new(),
        returned: Vec::new(),
        idempotency: None,
    }
}

/// Stores the requests. The server of the tests clears away rows that were written over every ten minutes only; here a
/// hundred thousand are written in one go, so that it is done in between, as on a server that is in use.
async fn fill(database: &Database, words: &[String], requests: u128, server: Option<&str>) {
    let tidying = match server {
        Some(url) => Some(connect(url).await),
        None => None,
    };
    let mut untidied = 0;

    let provider = Provider {
        id: ProviderId("bench".into()),
        name: "Bench".into(),
        prefix: "BEN".into(),
        mailbox: "support@bench.example".into(),
        from_name: "Bench".into(),
        language: "fr".into(),
        zone: "Europe/Paris".into(),
        agreement: None,
    };
    database.put_provider(&provider).await.expect("a provider");
    let mut draw = Draw(20_261_125);
    let mut units = Vec::new();
    for ticket in 1..=requests {
        let subject = text(&mut draw, words, 6);
        for expected in 0..if ticket % 10 == 0 { 10 } else { 2 } {
            units.push(unit(&mut draw, words, ticket, expected, &subject));
        }
        if units.len() > 200 || ticket == requests {
            untidied += units.len();
            for answer in database.commit_many(std::mem::take(&mut units)).await {
                answer.expect("stored");
            }
            if let Some(client) = tidying.as_ref().filter(|_| untidied > 2_000) {
                client.batch_execute("VACUUM ticket, desk_counter").await.expect("tidied");
                untidied = 0;
            }
        }
    }
}

async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) =
        tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    client
}

fn list(search: Search) -> ListQuery {
    ListQuery {
        search: Some(search),
        states: States::All,
        order: Order::Arrival,
        ..ListQuery::live(ProviderId("bench".into()))
    }
}

fn words_of(sought: &str, open_ended: bool) -> Search {
    let fields = SearchField::ALL.to_vec();
    Search::Words(WordSearch { words: fold_words(sought), open_ended, fields })
}

fn median(mut of: Vec<Duration>) -> f64 {
    of.sort_unstable();
    of[of.len() / 2].as_secs_f64() * 1e6
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let requests: u128 = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(100_000);
    let on_postgres = arguments.next().is_some_and(|engine| engine == "postgres");
    let words = vocabulary();
    let folder = harness::TemporaryFolder::new("search-bench");
    let server = on_postgres.then(|| harness::Postgres::shared().fresh_database());
    let database = match &server {
        Some(url) => Database::open_postgres(&PostgresConfig { url: url.clone(), pool_size: 4 }).await,
        None => {
            Database::open_sqlite(&SqliteConfig {
                cache_kib: 1024,
                ..SqliteConfig::at(folder.join("desk.db"))
            })
            .await
        }
    };
    let database = database.expect("a store");
    let begun = Moment::now();
    fill(&database, &words, requests, server.as_deref()).await;
    println!("{requests} requests stored in {:.0} s", begun.elapsed().as_secs_f64());
    let bare = match &server {
        Some(url) => {
            let client = connect(url).await;
            client.batch_execute("VACUUM ANALYZE").await.expect("analysed");
            Bare::Postgres(client)
        }
        None => {
            let connection = rusqlite::Connection::open(folder.join("desk.db")).expect("the store");
            connection.execute_batch("PRAGMA cache_size = -1024").expect("set");
            Bare::Sqlite(connection)
        }
    };
    println!("{:28} {:>8} {:>10} {:>10} {:>7}", "search", "found", "bare, µs", "ours, µs", "ratio");
    let mut is_over = false;
    let first: Vec<String> = words.iter().map(|word| fold_words(word).concat()).collect();
    let two = |word: &str| word.chars().take(2).collect::<String>();
    for (title, sought) in [
        ("frequent word", vec![(first[1].clone(), false)]),
        ("rare word", vec![(first[20_000].clone(), false)]),
        ("two letters", vec![(two(&first[1]), true)]),
        ("two letters, others", vec![(two(&first[17]), true)]),
        ("two letters, nothing", vec![("zq".to_owned(), true)]),
        ("three letters", vec![(first[9].chars().take(3).collect(), true)]),
        ("four letters", vec![(first[30].chars().take(4).collect(), true)]),
        ("two frequent words", vec![(first[1].clone(), false), (first[3].clone(), false)]),
        ("frequent and rare", vec![(first[1].clone(), false), (first[9_000].clone(), false)]),
        ("word and two letters", vec![(first[40].clone(), false), (two(&first[5]), true)]),
    ] {
        let search = Search::All(sought.iter().map(|(word, open)| words_of(word, *open)).collect());
        let list = list(search);
        let (mut ours, mut theirs, mut found) = (Vec::new(), Vec::new(), 0);
        for _ in 0..ROUNDS {
            let begun = Moment::now();
            found = database.list_tickets(&list).await.expect("found").len();
            ours.push(begun.elapsed());
            let begun = Moment::now();
            bare.look_up(&sought).await;
            theirs.push(begun.elapsed());
        }
        let (ours, theirs) = (median(ours), median(theirs));
        let ratio = ours / theirs;
        is_over |= ratio > LIMIT;
        println!("{title:28} {found:>8} {theirs:>10.0} {ours:>10.0} {ratio:>7.2}");
    }
    let read = long_request(&database, &words).await;
    println!("a request of {LONG} messages is read and folded in {:.1} ms", read / 1000.0);
    std::process::exit(i32::from(is_over));
}

/// Messages of the request that is read whole.
const LONG: u64 = 2_000;

/// Microseconds to read a request of many messages, each with the event of its leaving, and to fold
/// it: what every page of it begins with.
async fn long_request(database: &Database, words: &[String]) -> f64 {
    let mut draw = Draw(7);
    let ticket = 1_000_000_000;
    for expected in 0..LONG {
        let mut unit = unit(&mut draw, words, ticket, expected, "long");
        let at = unit.at;
        let recorded = |event| Recorded { at, by: Actor::System, event };
        if expected == 0 {
            let opened = TicketEvent::Opened {
                id: TicketId(ticket),
                provider: ProviderId("bench".into()),
                account: None,
                contact: None,
                channel: "email".into(),
                subject: ContentRef { id: ContentId(1), digest: String::new() },
                received_at: at,
                agreement: AgreementName { key: "sample".into(), version: "1".into() },
                contract: None,
                facts: terms::Facts::new(),
            };
            unit.commit.insert(0, recorded(opened));
        }
        let sent =
            TicketEvent::NoticeSent { notice: desk::NoticeId(u128::from(expected)), kind: "reply".into() };
        unit.commit.push(recorded(sent));
        database.commit(unit).await.expect("stored");
    }
    let provider = ProviderId("bench".into());
    let mut took = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Moment::now();
        let page = database.ticket_page(&provider, TicketId(ticket)).await.expect("read").expect("it stands");
        let folded =
            desk::Ticket::fold(page.log.iter().map(|entry| entry.commit.as_slice())).expect("folded");
        took.push(begun.elapsed());
        assert_eq!(folded.messages.len() as u64, LONG);
    }
    median(took)
}

enum Bare {
    Sqlite(rusqlite::Connection),
    Postgres(tokio_postgres::Client),
}

impl Bare {
    /// The same first 50 requests, by the index and the rows' own key alone, with number and subject: of one word the
    /// parts that have it, from the latest back until they are of 50 requests; of several what all of them have.
    async fn look_up(&self, sought: &[(String, bool)]) {
        match self {
            Self::Sqlite(connection) => {
                let each = sought.iter().enumerate().map(|(place, _)| {
                    format!(
                        "SELECT (rowid >> 23) & 536870911 FROM search_part WHERE search_part MATCH ?{}",
                        place + 1
                    )
                });
                let mut values =
                    sought.iter().map(|(word, open)| format!("\"{word}\"{}", if *open { " *" } else { "" }));
                if let [_] = sought {
                    return Self::follow(connection, &values.next().expect("one"));
                }
                let text = format!(
                    "SELECT number, subject FROM ticket WHERE provider = 'bench' AND sequence IN ({}) \
                     ORDER BY sequence DESC LIMIT 50",
                    each.collect::<Vec<_>>().join(" INTERSECT ")
                );
                let mut statement = connection.prepare_cached(&text).expect("a statement");
                let mut rows = statement.query(rusqlite::params_from_iter(values)).expect("asked");
                while let Some(row) = rows.next().expect("a row") {
                    let _: (String, String) = (row.get(0).expect("a number"), row.get(1).expect("a subject"));
                }
            }
            Self::Postgres(client) => {
                let each: Vec<String> = sought
                    .iter()
                    .map(|(word, open)| {
                        format!(
                            "SELECT (id >> 23) & 536870911 AS s FROM search_part WHERE lexemes @@ '''{word}''{}'::tsquery",
                            if *open { ":*" } else { "" }
                        )
                    })
                    .collect();
                let text = format!(
                    "SELECT t.number, t.subject FROM ({}) found JOIN ticket t ON t.provider = 'bench' \
                     AND t.sequence = found.s ORDER BY t.sequence DESC LIMIT 50",
                    each.join(" INTERSECT ")
                );
                client.query(&text, &[]).await.expect("asked");
            }
        }
    }

    fn follow(connection: &rusqlite::Connection, word: &str) {
        let parts = "SELECT (rowid >> 23) & 536870911 FROM search_part WHERE search_part MATCH ?1 ORDER BY rowid DESC";
        let row = "SELECT number, subject FROM ticket WHERE provider = 'bench' AND sequence = ?1";
        let mut parts = connection.prepare_cached(parts).expect("a statement");
        let mut row = connection.prepare_cached(row).expect("a statement");
        let mut found = parts.query([word]).expect("asked");
        let (mut latest, mut count) = (-1, 0);
        while count < 50
            && let Some(part) = found.next().expect("a part")
        {
            let sequence: i64 = part.get(0).expect("a number");
            if sequence == latest {
                continue;
            }
            (latest, count) = (sequence, count + 1);
            let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            let _: (String, String) = row.query_row([sequence], read).expect("a row");
        }
    }
}

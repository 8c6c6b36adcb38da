//! What the store promises, on both engines. Each test below runs once for SQLite, in a folder of
//! its own, and once for PostgreSQL, in a database of its own.
#![allow(clippy::unwrap_used, reason = "a test may")]

#[path = "contract/letters.rs"]
mod letters;
#[path = "contract/search.rs"]
mod search;

use calendar::Instant;
use desk::{
    AccountId, AccountRole, Actor, ContentId, ContentRef, Contract, ContractId, FileId, FileRef, Message,
    MessageId, MessageKind, NoticeId, Person, PersonId, ProviderId, Recorded, Role, Standing, TicketEvent,
    TicketId, TicketState, Turn,
};
use harness::{Postgres, TemporaryFolder};
use letters::{
    letters_leave_once_and_what_they_tell_of_stands, what_is_counted_of_mails_is_counted_on_all_nodes,
};
use proptest::prelude::*;
use search::{
    both_engines_find_what_a_reader_of_everything_finds, what_an_older_program_stored_is_found,
    what_is_erased_is_not_found, what_is_rewritten_is_found_and_proven_anew,
    words_of_any_frequency_are_found,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use store::{
    Account, Adoption, AgreementRecord, Assignee, AuditEntry, Ceremony, Counts, Credential, CredentialKind,
    Cursor, Database, Entry, FlawKind, IdempotencyEntry, IdentityLink, InboxEntry, Invitation, ListQuery,
    Mark, MarkTest, NewContent, NewFile, NewNotice, NoticeState, Order, Passkey, PeoplePage, PostgresConfig,
    Provider, Purpose, Recipient, RowTest, Search, SearchField, Session, SignIn, SqliteConfig, States,
    StoreError, Team, TicketRow, UnitOfWork, Uses, VersionQuery, WordSearch, content_digest, file_digest,
    fold_words,
};
use terms::{AgreementName, Clause, ClauseName, Facts, Verdict};

/// A store of its own for one test.
enum World {
    Sqlite { folder: TemporaryFolder },
    Postgres { url: String },
}

impl World {
    fn sqlite() -> Self {
        Self::Sqlite { folder: TemporaryFolder::new("store") }
    }

    fn postgres() -> Self {
        Self::Postgres { url: Postgres::shared().fresh_database() }
    }

    /// One more node over the same store.
    async fn node(&self) -> Database {
        match self {
            Self::Sqlite { folder } => {
                Database::open_sqlite(&SqliteConfig::at(folder.join("desk.db"))).await.unwrap()
            }
            Self::Postgres { url } => {
                let config = PostgresConfig { url: url.clone(), pool_size: 8 };
                Database::open_postgres(&config).await.unwrap()
            }
        }
    }

    /// A node with the providers of all tests.
    async fn desk(&self) -> Database {
        let database = self.node().await;
        for (id, prefix) in [("orvane", "ORV"), ("brume", "BRU")] {
            database.put_provider(&provider(id, prefix)).await.unwrap();
        }
        database
    }

    /// Runs SQL behind the store's back.
    fn tamper(&self, sql: &str) {
        match self {
            Self::Sqlite { folder } => {
                let behind = rusqlite::Connection::open(folder.join("desk.db")).unwrap();
                // Whoever may write to the file may take its guards away as well.
                for guard in ["log_is_not_changed", "log_is_not_removed"] {
                    behind.execute_batch(&format!("DROP TRIGGER IF EXISTS {guard}")).unwrap();
                }
                behind.execute_batch(sql).unwrap();
            }
            Self::Postgres { url } => {
                Postgres::query(url, sql);
            }
        }
    }
}

macro_rules! on_both_engines {
    ($($(#[$meta:meta])* $name:ident),* $(,)?) => {
        mod sqlite {
            $($(#[$meta])* #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                super::$name(super::World::sqlite()).await;
            })*
        }
        mod postgres {
            $($(#[$meta])* #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                super::$name(super::World::postgres()).await;
            })*
        }
    };
}

on_both_engines!(
    a_ticket_is_given_back_as_it_was_written,
    a_stale_version_conflicts_and_writes_nothing,
    two_writers_on_one_ticket_take_turns,
    numbers_and_positions_have_no_gaps_under_concurrency,
    nodes_that_commit_for_the_same_desks_take_turns,
    a_letter_is_taken_in_once,
    an_idempotency_key_is_used_once_until_it_expires,
    an_entry_is_replaced_as_it_was_read,
    units_of_a_batch_stand_or_fall_alone,
    chains_show_what_was_altered_removed_or_moved,
    checkpoints_are_given_however_many_there_are,
    an_earlier_checkpoint_shows_what_is_gone,
    texts_and_files_are_proven_and_erased,
    due_tickets_are_shared_by_nodes_without_doubling,
    what_goes_on_in_another_is_no_work_of_its_own,
    what_destroys_wakes_all_that_goes_on_in_it,
    what_goes_on_in_another_is_kept_as_long_as_that_one,
    what_an_older_program_merged_leaves_the_counts,
    notices_are_shared_by_nodes_without_doubling,
    a_notice_is_retried_given_up_or_settled,
    letters_leave_once_and_what_they_tell_of_stands,
    what_is_counted_of_mails_is_counted_on_all_nodes,
    counters_equal_a_recount_after_any_history,
    pages_are_complete_and_stable,
    filters_hold,
    marks_are_found_and_replaced_whole,
    both_engines_find_what_a_reader_of_everything_finds,
    what_is_erased_is_not_found,
    what_is_rewritten_is_found_and_proven_anew,
    words_of_any_frequency_are_found,
    what_an_older_program_stored_is_found,
    changes_follow_commits,
    providers_accounts_people_and_contracts_are_kept,
    an_agreement_version_is_fixed,
    secrets_and_sessions_end,
    the_journal_is_kept_in_order,
    proofs_are_kept_and_count_once,
    roles_in_accounts_are_kept_and_leaving_ends_everything,
    a_person_is_changed_as_they_were_read,
    teams_and_offered_roles_are_kept,
    passkeys_are_kept_and_count_forward,
    browsers_and_use_of_sessions_are_noted,
    what_is_under_way_ends_once_and_a_subject_is_one_person,
    settings_are_kept,
    what_postgres_cannot_hold_in_a_text_does_no_harm,
    nodes_may_open_a_new_store_at_once,
);

fn orvane() -> ProviderId {
    ProviderId("orvane".into())
}

fn provider(id: &str, prefix: &str) -> Provider {
    Provider {
        id: ProviderId(id.into()),
        name: format!("Maison {id}"),
        prefix: prefix.into(),
        mailbox: format!("support@{id}.example"),
        from_name: format!("{id} support"),
        language: "fr".into(),
        zone: "Europe/Paris".into(),
        agreement: Some(agreement()),
    }
}

fn agreement() -> AgreementName {
    AgreementName { key: "sample".into(), version: "1.0".into() }
}

fn at(seconds: i64) -> Instant {
    Instant::from_seconds(1_772_000_000 + seconds)
}

fn row(ticket: u128) -> TicketRow {
    TicketRow {
        id: TicketId(ticket),
        number: String::new(),
        account: None,
        contact: None,
        assignee: None,
        team: None,
        channel: "email".into(),
        state: TicketState::New,
        turn: Turn::Provider,
        severity: None,
        verdict: Verdict::NeedsJudgement,
        received_at: at(0),
        opened_at: at(0),
        agreement: agreement(),
        contract: None,
        subject: "Panne".into(),
        requester: "Aude Lenoir".into(),
        next_due_at: None,
        next_step_at: None,
        late: false,
        missed: false,
        snoozed: false,
        merged_into: None,
        summary: "{}".into(),
        updated_at: at(0),
        version: 0,
    }
}

/// A commit of one event.
fn unit(ticket: u128, expected: u64) -> UnitOfWork {
    let now = at(i64::try_from(expected).unwrap());
    UnitOfWork {
        provider: orvane(),
        ticket: TicketId(ticket),
        expected,
        at: now,
        commit: vec![Recorded {
            at: now,
            by: Actor::System,
            event: TicketEvent::Learnt { facts: Facts::new() },
        }],
        contents: Vec::new(),
        files: Vec::new(),
        row: row(ticket),
        released: store::Released::default(),
        rewritten: Vec::new(),
        renamed: Vec::new(),
        erased_contents: Vec::new(),
        erased_files: Vec::new(),
        marks: None,
        outbox: Vec::new(),
        inbox: None,
        thread_keys: Vec::new(),
        settled: Vec::new(),
        returned: Vec::new(),
        idempotency: None,
    }
}

fn notice(id: u128, due: Instant) -> NewNotice {
    NewNotice {
        id: NoticeId(id),
        kind: "acknowledgement".into(),
        recipient: Recipient { person: Some(PersonId(7)), address: "aude@client.example".into() },
        payload: serde_json::json!({ "clause": "5.1", "words": "é\u{0}" }),
        due_at: due,
    }
}

/// Waits for a person, for a reason that stands beside the events.
fn waited(content: u128, digest: String) -> TicketEvent {
    TicketEvent::Waited {
        party: "customer".into(),
        reason: Some(ContentRef { id: ContentId(content), digest }),
    }
}

async fn a_ticket_is_given_back_as_it_was_written(world: World) {
    let database = world.desk().await;
    let mut first = unit(1, 0);
    first.row = TicketRow {
        account: Some(AccountId(2)),
        contact: Some(PersonId(3)),
        assignee: Some(PersonId(u128::MAX)),
        team: Some("réseau".into()),
        state: TicketState::Waiting,
        turn: Turn::ThirdParty,
        severity: Some("high".into()),
        verdict: Verdict::NotCovered,
        contract: Some(ContractId(5)),
        subject: "L’accès « admin »".into(),
        next_due_at: Some(at(60)),
        next_step_at: Some(at(50)),
        late: true,
        missed: true,
        summary: r#"{"clocks":[]}"#.into(),
        ..row(1)
    };
    first.thread_keys = vec!["<a@client.example>".into(), "<b@client.example>".into()];
    let opened = database.commit(first.clone()).await.unwrap();
    assert_eq!((opened.number.as_str(), opened.position, opened.version), ("ORV-1", 1, 1));
    let mut second = unit(1, 1);
    second.thread_keys = vec!["<0@desk.example>".into(), "<a@client.example>".into()];
    second.row = TicketRow { state: TicketState::Open, updated_at: at(9), ..first.row.clone() };
    assert_eq!(database.commit(second.clone()).await.unwrap().version, 2);

    let page = database.ticket_page(&orvane(), TicketId(1)).await.unwrap().unwrap();
    assert_eq!(page.row, TicketRow { number: "ORV-1".into(), version: 2, ..second.row });
    assert_eq!(database.ticket_row(&orvane(), TicketId(1)).await.unwrap(), Some(page.row.clone()));
    assert_eq!(page.log, database.load_log(&orvane(), TicketId(1)).await.unwrap());
    assert_eq!(page.log.iter().map(|entry| entry.version).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(page.log[1].commit, second.commit);
    assert_eq!(page.log[1].at, second.at);

    let found = database.ticket_by_number("ORV-1").await.unwrap();
    assert_eq!(found, Some((orvane(), TicketId(1))));
    for number in ["ORV-2", "BRU-1", "ORV-01", "ORV-+1", "ORV", "", "orv-1", "ORV-99999999999999999999"] {
        assert_eq!(database.ticket_by_number(number).await.unwrap(), None, "{number}");
    }
    let keys = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let by_key = async |texts: &[&str]| {
        database.ticket_by_thread_key(&orvane(), &keys(texts)).await.unwrap().map(|id| id.0)
    };
    assert_eq!(by_key(&["<x@other.example>", "<b@client.example>"]).await, Some(1));
    assert_eq!(by_key(&["<x@other.example>"]).await, None);
    assert_eq!(by_key(&[]).await, None);
    // The last one is the one that is answered.
    assert_eq!(
        database.thread_keys_of(&orvane(), TicketId(1), at(1)).await.unwrap(),
        keys(&["<a@client.example>", "<b@client.example>", "<0@desk.example>"])
    );
    let before = database.thread_keys_of(&orvane(), TicketId(1), at(0)).await.unwrap();
    assert_eq!(before, keys(&["<a@client.example>", "<b@client.example>"]));
    let other = ProviderId("brume".into());
    assert_eq!(database.ticket_by_thread_key(&other, &keys(&["<b@client.example>"])).await.unwrap(), None);
    assert_eq!(database.ticket_page(&other, TicketId(1)).await.unwrap(), None);
    assert_eq!(database.verify_all(|_| ()).await.unwrap(), []);
    database.ready().await.unwrap();
}

async fn a_stale_version_conflicts_and_writes_nothing(world: World) {
    let database = world.desk().await;
    database.commit(unit(1, 0)).await.unwrap();
    database.commit(unit(1, 1)).await.unwrap();
    for expected in [0, 1] {
        let mut stale = unit(1, expected);
        stale.contents = vec![NewContent { id: ContentId(9), salt: [1; 16], text: "lost".into() }];
        stale.inbox = Some(InboxEntry { digest: [4; 32], mailbox: "support@orvane.example".into() });
        stale.outbox = vec![notice(5, at(0))];
        stale.row.late = true;
        assert_eq!(database.commit(stale).await, Err(StoreError::Conflict), "{expected}");
    }
    let missing = database.commit(unit(2, 3)).await;
    assert!(matches!(missing, Err(StoreError::NotFound { .. })), "{missing:?}");
    let mut nowhere = unit(2, 0);
    nowhere.provider = ProviderId("nobody".into());
    let missing = database.commit(nowhere).await;
    assert!(matches!(missing, Err(StoreError::NotFound { .. })), "{missing:?}");

    let page = database.ticket_page(&orvane(), TicketId(1)).await.unwrap().unwrap();
    assert_eq!((page.row.version, page.log.len(), page.contents.len()), (2, 2, 0));
    assert_eq!(database.received(&orvane(), &[4; 32]).await.unwrap(), None);
    assert_eq!(database.outbox_of(&orvane(), TicketId(1)).await.unwrap(), []);
    assert_eq!(database.latest_position(&orvane()).await.unwrap(), 2);
    assert_eq!(database.counts(&orvane(), None, None).await.unwrap().late, 0);
    assert_eq!(database.commit(unit(3, 0)).await.unwrap().number, "ORV-2");
}

async fn two_writers_on_one_ticket_take_turns(world: World) {
    let database = world.desk().await;
    let other = world.node().await;
    database.commit(unit(1, 0)).await.unwrap();
    let write = async |database: Database| {
        let (mut written, mut conflicts) = (0, 0);
        while written < 20 {
            let version = database.ticket_row(&orvane(), TicketId(1)).await.unwrap().unwrap().version;
            match database.commit(unit(1, version)).await {
                Ok(committed) => {
                    assert_eq!(committed.version, version + 1);
                    written += 1;
                }
                Err(StoreError::Conflict) => conflicts += 1,
                Err(error) => panic!("{error}"),
            }
        }
        conflicts
    };
    let (first, second) = tokio::join!(write(database.clone()), write(other));
    assert!(first + second > 0, "two writers at once must have met");
    let log = database.load_log(&orvane(), TicketId(1)).await.unwrap();
    assert_eq!(log.iter().map(|entry| entry.version).collect::<Vec<_>>(), (1..=41).collect::<Vec<_>>());
    assert_eq!(database.verify(&orvane(), TicketId(1)).await.unwrap(), []);
}

async fn numbers_and_positions_have_no_gaps_under_concurrency(world: World) {
    let nodes = [world.desk().await, world.node().await];
    let tasks: Vec<_> = (1..=60u128)
        .map(|ticket| {
            let database = nodes[(ticket % 2) as usize].clone();
            tokio::spawn(async move {
                let mut opening = unit(ticket, 0);
                // Every fifth is refused after it took a number.
                if ticket % 5 == 0 {
                    let twin = NewContent { id: ContentId(1), salt: [0; 16], text: String::new() };
                    opening.contents = vec![twin.clone(), twin];
                }
                database.commit(opening).await
            })
        })
        .collect();
    let mut given = Vec::new();
    for task in tasks {
        match task.await.unwrap() {
            Ok(committed) => {
                let number: i64 = committed.number.strip_prefix("ORV-").unwrap().parse().unwrap();
                given.push((committed.position, number));
            }
            Err(error) => assert_eq!(error, StoreError::Conflict),
        }
    }
    given.sort_unstable();
    let expected: Vec<(i64, i64)> = (1..=48).map(|place| (place, place)).collect();
    assert_eq!(given, expected);
}

/// Whoever commits for several desks at once may have to wait for another node, but never while that one waits for them.
async fn nodes_that_commit_for_the_same_desks_take_turns(world: World) {
    if let World::Postgres { url } = &world {
        // Longer than anybody waits for a lock: nodes in a circle are told so, and do not try again unseen.
        Postgres::query(
            url,
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = %L', current_database(), '1min');
             END $$",
        );
    }
    let nodes = [world.desk().await, world.node().await];
    let units = |version: u64| -> Vec<UnitOfWork> {
        let of = |desk: &str, ticket: u128| UnitOfWork {
            provider: ProviderId(desk.into()),
            ..unit(ticket, version)
        };
        let orvane = (1..=20).map(|ticket| of("orvane", ticket));
        orvane.chain((21..=40).map(|ticket| of("brume", ticket))).collect()
    };
    for opened in nodes[0].commit_many(units(0)).await {
        opened.unwrap();
    }
    for version in 1..=5 {
        let there = units(version);
        let back = there.iter().rev().cloned().collect();
        let (first, second) = tokio::join!(nodes[0].commit_many(there), nodes[1].commit_many(back));
        let told: Vec<_> = first.into_iter().chain(second).collect();
        assert_eq!(told.iter().filter(|answer| answer.is_ok()).count(), 40);
        let refused: Vec<_> = told.into_iter().filter_map(Result::err).collect();
        assert!(refused.iter().all(|error| *error == StoreError::Conflict), "{refused:?}");
    }
}

async fn a_letter_is_taken_in_once(world: World) {
    let nodes = [world.desk().await, world.node().await];
    let letter = InboxEntry { digest: [7; 32], mailbox: "support@orvane.example".into() };
    let tasks: Vec<_> = (1..=8u128)
        .map(|ticket| {
            let database = nodes[(ticket % 2) as usize].clone();
            let mut opening = unit(ticket, 0);
            opening.inbox = Some(letter.clone());
            opening.outbox = vec![notice(ticket, at(0))];
            tokio::spawn(async move { (ticket, database.commit(opening).await) })
        })
        .collect();
    let (mut opened, mut refused) = (Vec::new(), BTreeSet::new());
    for task in tasks {
        match task.await.unwrap() {
            (ticket, Ok(_)) => opened.push(TicketId(ticket)),
            (_, Err(StoreError::AlreadyReceived { ticket })) => {
                refused.insert(ticket);
            }
            (_, Err(error)) => panic!("{error}"),
        }
    }
    assert_eq!(opened.len(), 1);
    assert_eq!(refused, BTreeSet::from([opened[0]]));
    assert_eq!(nodes[0].received(&orvane(), &[7; 32]).await.unwrap(), Some(opened[0]));
    let all = ListQuery { states: States::All, ..ListQuery::live(orvane()) };
    assert_eq!(nodes[1].list_tickets(&all).await.unwrap().len(), 1);
    assert_eq!(nodes[1].claim_outbox(at(0), 50, at(60)).await.unwrap().len(), 1);

    // The same letter does not come again as an answer on its own ticket either.
    let mut again = unit(opened[0].0, 1);
    again.inbox = Some(letter.clone());
    let refusal = nodes[0].commit(again).await;
    assert_eq!(refusal, Err(StoreError::AlreadyReceived { ticket: opened[0] }));
    // Another provider's mailbox is another matter.
    let mut elsewhere = unit(100, 0);
    elsewhere.provider = ProviderId("brume".into());
    elsewhere.inbox = Some(letter);
    assert_eq!(nodes[0].commit(elsewhere).await.unwrap().number, "BRU-1");
}

async fn an_idempotency_key_is_used_once_until_it_expires(world: World) {
    let database = world.desk().await;
    let keyed = |ticket: u128, digest: u8, now: i64| {
        let mut opening = unit(ticket, 0);
        opening.at = at(now);
        opening.idempotency = Some(IdempotencyEntry {
            person: PersonId(1),
            key: "k-1".into(),
            request_digest: [digest; 32],
            expires_at: at(now + 100),
        });
        opening
    };
    database.commit(keyed(1, 1, 0)).await.unwrap();
    let again = database.commit(keyed(2, 1, 50)).await;
    assert_eq!(again, Err(StoreError::AlreadyDone { ticket: TicketId(1), request_digest: [1; 32] }));
    let known = database.idempotent(&orvane(), PersonId(1), "k-1", at(99)).await.unwrap();
    assert_eq!(known, Some(([1; 32], TicketId(1))));
    assert_eq!(database.idempotent(&orvane(), PersonId(2), "k-1", at(99)).await.unwrap(), None);
    // From its end on it is forgotten.
    assert_eq!(database.idempotent(&orvane(), PersonId(1), "k-1", at(100)).await.unwrap(), None);
    assert_eq!(database.commit(keyed(3, 2, 100)).await.unwrap().number, "ORV-2");
    let known = async || database.idempotent(&orvane(), PersonId(1), "k-1", at(100)).await.unwrap();
    assert_eq!(known().await, Some(([2; 32], TicketId(3))));
    // Whoever never comes back with it leaves nothing behind.
    database.forget_expired(at(199)).await.unwrap();
    assert_eq!(known().await, Some(([2; 32], TicketId(3))));
    database.forget_expired(at(200)).await.unwrap();
    assert_eq!(known().await, None);
}

async fn units_of_a_batch_stand_or_fall_alone(world: World) {
    let database = world.desk().await;
    let mut broken = unit(2, 0);
    let twin = NewContent { id: ContentId(1), salt: [0; 16], text: String::new() };
    broken.contents = vec![twin.clone(), twin];
    broken.outbox = vec![notice(2, at(0))];
    let answers = database.commit_many(vec![unit(1, 0), broken, unit(3, 0), unit(1, 1), unit(1, 1)]).await;
    let told: Vec<_> = answers
        .into_iter()
        .map(|answer| answer.map(|committed| (committed.number, committed.position, committed.version)))
        .collect();
    assert_eq!(
        told,
        [
            Ok(("ORV-1".to_owned(), 1, 1)),
            Err(StoreError::Conflict),
            Ok(("ORV-2".to_owned(), 2, 1)),
            Ok(("ORV-1".to_owned(), 3, 2)),
            Err(StoreError::Conflict),
        ]
    );
    assert_eq!(database.ticket_page(&orvane(), TicketId(2)).await.unwrap(), None);
    assert_eq!(database.outbox_of(&orvane(), TicketId(2)).await.unwrap(), []);
    assert_eq!(database.counts(&orvane(), None, None).await.unwrap().live, 2);
    assert_eq!(database.verify_all(|_| ()).await.unwrap(), []);
    assert_eq!(database.commit_many(Vec::new()).await, []);
}

async fn chains_show_what_was_altered_removed_or_moved(world: World) {
    let database = world.desk().await;
    for ticket in 1..=8 {
        for version in 0..4 {
            database.commit(unit(ticket, version)).await.unwrap();
        }
    }
    let mut looked_at = 0;
    assert_eq!(database.verify_all(|count| looked_at = count).await.unwrap(), []);
    assert_eq!(looked_at, 8);
    let of = |ticket: u128| match world {
        World::Sqlite { .. } => format!("ticket = x'{ticket:032x}'"),
        World::Postgres { .. } => format!("ticket = '\\x{ticket:032x}'"),
    };
    let row_of = |ticket: u128| of(ticket).replace("ticket", "id");
    let kinds = async |ticket: u128| {
        let flaws = database.verify(&orvane(), TicketId(ticket)).await.unwrap();
        flaws.into_iter().map(|flaw| flaw.kind).collect::<Vec<_>>()
    };

    // One byte of an event.
    world.tamper(&format!(
        "UPDATE log SET body = replace(body, 'system', 'syStem') WHERE {} AND version = 2",
        of(1)
    ));
    assert_eq!(kinds(1).await, [FlawKind::Altered { version: 2 }]);
    // A commit from the middle, and the last one.
    world.tamper(&format!("DELETE FROM log WHERE {} AND version = 2", of(2)));
    assert_eq!(kinds(2).await, [FlawKind::Unlinked { version: 3 }]);
    world.tamper(&format!("DELETE FROM log WHERE {} AND version = 4", of(3)));
    assert_eq!(kinds(3).await, [FlawKind::WrongEnd { found: 3, expected: 4 }]);
    // Two commits changing places.
    world.tamper(&format!(
        "UPDATE log SET version = 99 WHERE {0} AND version = 2;
         UPDATE log SET version = 2 WHERE {0} AND version = 3;
         UPDATE log SET version = 3 WHERE {0} AND version = 99",
        of(4)
    ));
    assert!(kinds(4).await.contains(&FlawKind::Altered { version: 2 }), "{:?}", kinds(4).await);
    assert!(kinds(4).await.contains(&FlawKind::Unlinked { version: 2 }));
    // Another instant, another number, another ticket's commit.
    world.tamper(&format!("UPDATE log SET at = at + 1 WHERE {} AND version = 1", of(5)));
    assert_eq!(kinds(5).await, [FlawKind::Altered { version: 1 }]);
    world.tamper(&format!("UPDATE ticket SET number = 'ORV-9' WHERE {}", row_of(6)));
    assert_eq!(kinds(6).await, [FlawKind::Altered { version: 1 }]);
    // The row gone, the log left.
    world.tamper(&format!("DELETE FROM ticket WHERE {}", row_of(7)));
    assert!(kinds(7).await.contains(&FlawKind::WrongEnd { found: 4, expected: 0 }));
    // What is no JSON any more.
    world.tamper(&format!("UPDATE log SET body = '[' WHERE {} AND version = 4", of(8)));
    assert_eq!(kinds(8).await, [FlawKind::Altered { version: 4 }, FlawKind::Unreadable { version: 4 }]);
    let loaded = database.load_log(&orvane(), TicketId(8)).await;
    assert!(matches!(loaded, Err(StoreError::Corrupt { .. })), "{loaded:?}");

    let damaged: BTreeSet<u128> =
        database.verify_all(|_| ()).await.unwrap().iter().map(|flaw| flaw.ticket.0).collect();
    assert_eq!(damaged, (1..=8).collect());
}

async fn texts_and_files_are_proven_and_erased(world: World) {
    let database = world.desk().await;
    let salt = [9; 16];
    let text = "Bonjour,\0 le serveur ne répond plus.";
    // Three chunks, the last one short.
    let bytes: Vec<u8> = (0..600_000u32).map(|place| (place % 251) as u8).collect();
    let name = "journal d’août.txt";
    let mut opening = unit(1, 0);
    opening.contents = vec![NewContent { id: ContentId(5), salt, text: text.into() }];
    opening.files = vec![NewFile {
        id: FileId(6),
        message: MessageId(4),
        name: name.into(),
        media_type: "text/plain".into(),
        salt,
        bytes: bytes.clone(),
    }];
    let body = ContentRef { id: ContentId(5), digest: content_digest(&salt, text) };
    let message = Message {
        id: MessageId(4),
        kind: MessageKind::Incoming,
        by: desk::Author::Person { id: PersonId(3) },
        channel: "email".into(),
        sent_at: at(0),
        received_at: at(0),
        body: body.clone(),
        history: None,
        html: None,
        files: vec![FileRef {
            id: FileId(6),
            media_type: "text/plain".into(),
            size: bytes.len() as u64,
            digest: file_digest(&salt, name, &bytes),
            inline: false,
        }],
        technical: true,
        automatic: false,
        checks: None,
        may_backscatter: false,
    };
    opening.commit = vec![Recorded {
        at: at(0),
        by: Actor::Stranger,
        event: TicketEvent::Wrote { message, turn: Some(Turn::Provider) },
    }];
    database.commit(opening).await.unwrap();
    let mut waiting = unit(1, 1);
    waiting.contents = vec![NewContent { id: ContentId(8), salt, text: "un accès".into() }];
    waiting.commit[0].event = waited(8, content_digest(&salt, "un accès"));
    database.commit(waiting).await.unwrap();

    let page = database.ticket_page(&orvane(), TicketId(1)).await.unwrap().unwrap();
    assert_eq!(page.contents.get(&ContentId(5)).map(String::as_str), Some(text));
    assert_eq!(page.files.len(), 1);
    assert_eq!((page.files[0].name.as_str(), page.files[0].size), (name, 600_000));
    let (meta, found) = database.file(&orvane(), FileId(6)).await.unwrap().unwrap();
    assert_eq!(meta, page.files[0]);
    assert!(found == bytes);
    assert_eq!(database.file(&ProviderId("brume".into()), FileId(6)).await.unwrap(), None);
    assert_eq!(database.verify(&orvane(), TicketId(1)).await.unwrap(), []);

    // Words put into somebody's mouth, a byte of a file: seen.
    world.tamper("UPDATE content SET salt = text WHERE length(text) = 16");
    let hexadecimal = |byte: &str| match world {
        World::Sqlite { .. } => format!("x'{byte}'"),
        World::Postgres { .. } => format!("'\\x{byte}'::bytea"),
    };
    let (kept, forged) = (hexadecimal("6d"), hexadecimal("756e20616363c3a873"));
    world.tamper(&format!("UPDATE content SET text = {kept} WHERE text = {forged}"));
    world.tamper(&format!("UPDATE file_chunk SET bytes = {kept} WHERE place = 2"));
    let flaws = database.verify(&orvane(), TicketId(1)).await.unwrap();
    let kinds: Vec<FlawKind> = flaws.into_iter().map(|flaw| flaw.kind).collect();
    let altered = [FlawKind::ContentAltered { id: ContentId(8) }, FlawKind::FileAltered { id: FileId(6) }];
    assert_eq!(kinds, altered);
    let damaged = database.file(&orvane(), FileId(6)).await;
    assert!(matches!(damaged, Err(StoreError::Corrupt { .. })));

    for content in [5, 8] {
        assert!(database.erase_content(&orvane(), TicketId(1), ContentId(content)).await.unwrap());
    }
    assert!(!database.erase_content(&orvane(), TicketId(1), ContentId(5)).await.unwrap());
    assert!(!database.erase_file(&orvane(), TicketId(2), FileId(6)).await.unwrap());
    assert!(database.erase_file(&orvane(), TicketId(1), FileId(6)).await.unwrap());
    assert_eq!(database.file(&orvane(), FileId(6)).await.unwrap(), None);
    let page = database.ticket_page(&orvane(), TicketId(1)).await.unwrap().unwrap();
    assert_eq!((page.contents.len(), page.files.len(), page.log.len()), (0, 0, 2));
    assert_eq!(database.verify_all(|_| ()).await.unwrap(), []);
}

async fn due_tickets_are_shared_by_nodes_without_doubling(world: World) {
    let nodes = [world.desk().await, world.node().await];
    let openings = (1..=40u128)
        .map(|ticket| {
            let mut opening = unit(ticket, 0);
            // The last ten are not due yet; ticket 1 is due last of the others.
            let step = if ticket > 30 { 1_000 } else { 100 - i64::try_from(ticket).unwrap() };
            opening.row.next_step_at = Some(at(step));
            opening
        })
        .collect();
    for answer in nodes[0].commit_many(openings).await {
        answer.unwrap();
    }
    nodes[0].commit(unit(99, 0)).await.unwrap();
    assert_eq!(nodes[0].next_due_step().await.unwrap(), Some(at(70)));
    assert_eq!(nodes[0].due_tickets(at(69), 50, at(300)).await.unwrap(), []);
    let first = nodes[0].due_tickets(at(100), 3, at(300)).await.unwrap();
    let order: Vec<u128> = first.iter().map(|(_, ticket)| ticket.0).collect();
    assert_eq!(order, [30, 29, 28]);

    let claim = async |database: Database| {
        let mut claimed = Vec::new();
        loop {
            let some = database.due_tickets(at(100), 4, at(300)).await.unwrap();
            if some.is_empty() {
                return claimed;
            }
            claimed.extend(some.into_iter().map(|(_, ticket)| ticket.0));
        }
    };
    let (mut claimed, others) = tokio::join!(claim(nodes[0].clone()), claim(nodes[1].clone()));
    claimed.extend(others);
    // A node that saw everything locked by the other may have stopped early: whatever is left is
    // nobody's yet.
    claimed.extend(claim(nodes[1].clone()).await);
    claimed.sort_unstable();
    assert_eq!(claimed, (1..=27).collect::<Vec<u128>>());
    assert_eq!(nodes[1].next_due_step().await.unwrap(), Some(at(300)));

    // A commit ends the lease: ticket 1 is due when it says so, the others when their lease ends.
    let mut commit = unit(1, 1);
    commit.row.next_step_at = Some(at(200));
    nodes[0].commit(commit).await.unwrap();
    let due = nodes[1].due_tickets(at(250), 50, at(400)).await.unwrap();
    assert_eq!(due, [(orvane(), TicketId(1))]);
    let lapsed = nodes[1].due_tickets(at(300), 50, at(400)).await.unwrap();
    assert_eq!(lapsed.len(), 29);
    let row = nodes[0].ticket_row(&orvane(), TicketId(30)).await.unwrap().unwrap();
    assert_eq!((row.next_step_at, row.version), (Some(at(70)), 1), "a claim is no change of the ticket");
}

fn clause() -> Clause {
    Clause::from(ClauseName {
        agreement: "sample".into(),
        version: "1.0".into(),
        number: "6.2".into(),
        item: None,
        heading: "Données".into(),
    })
}

/// The next commit of a ticket, which goes on in another from then on.
fn merging(ticket: u128, expected: u64, into: u128) -> UnitOfWork {
    let mut unit = unit(ticket, expected);
    unit.commit[0].event = TicketEvent::MergedInto { ticket: TicketId(into) };
    unit.row.merged_into = Some(TicketId(into));
    unit
}

async fn listed(database: &Database, list: ListQuery) -> Vec<u128> {
    let rows = database.list_tickets(&ListQuery { order: Order::Arrival, ..list }).await.unwrap();
    rows.iter().map(|row| row.id.0).collect()
}

async fn what_goes_on_in_another_is_no_work_of_its_own(world: World) {
    let database = world.desk().await;
    let late = |mut unit: UnitOfWork| {
        unit.row.late = unit.row.merged_into.is_none();
        unit.row.assignee = Some(PersonId(7));
        unit
    };
    for ticket in 1..=3 {
        database.commit(late(unit(ticket, 0))).await.unwrap();
    }
    database.commit(late(merging(2, 1, 1))).await.unwrap();
    database.commit(late(merging(3, 1, 2))).await.unwrap();
    let of = |states| ListQuery { states, ..ListQuery::live(orvane()) };
    let new = || States::Of(vec![TicketState::New]);
    let search = |test| ListQuery { search: Some(Search::Row(test)), ..of(States::All) };
    let counted = async || {
        let counts = database.counts(&orvane(), None, Some(PersonId(7))).await.unwrap();
        (counts.live, counts.ours, counts.late, counts.mine)
    };
    assert_eq!(counted().await, (1, 1, 1, 1));
    assert_eq!(listed(&database, of(States::Live)).await, [1]);
    assert_eq!(listed(&database, of(new())).await, [1]);
    assert_eq!(listed(&database, search(RowTest::Live)).await, [1]);
    assert_eq!(listed(&database, search(RowTest::State(TicketState::New))).await, [1]);
    assert_eq!(listed(&database, of(States::LiveOrMerged)).await, [3, 2, 1]);
    assert_eq!(listed(&database, of(States::All)).await, [3, 2, 1]);
    assert_eq!(listed(&database, search(RowTest::Sequence(3))).await, [3]);
    let row = database.ticket_row(&orvane(), TicketId(3)).await.unwrap().unwrap();
    assert_eq!((row.merged_into, row.state), (Some(TicketId(2)), TicketState::New));

    // Taken apart, it is again what it was.
    let mut apart = late(unit(2, 2));
    apart.commit[0].event = TicketEvent::Unmerged { ticket: TicketId(1) };
    database.commit(apart).await.unwrap();
    assert_eq!(counted().await, (2, 2, 2, 2));
    assert_eq!(listed(&database, of(States::Live)).await, [2, 1]);
}

async fn what_destroys_wakes_all_that_goes_on_in_it(world: World) {
    let database = world.desk().await;
    for ticket in 1..=4 {
        database.commit(unit(ticket, 0)).await.unwrap();
    }
    database.commit(merging(3, 1, 2)).await.unwrap();
    database.commit(merging(2, 1, 1)).await.unwrap();
    let due = async |now, lease_until| {
        let mut due = database.due_tickets(now, 10, lease_until).await.unwrap();
        due.sort();
        due.into_iter().map(|(_, ticket)| ticket.0).collect::<Vec<u128>>()
    };
    let looked_at = async |ticket, lease_until| {
        database.looked_at_merged(&orvane(), TicketId(ticket), lease_until).await.unwrap();
    };
    // What else is written of it takes nothing of that back.
    let mut noted = unit(3, 2);
    noted.row.merged_into = Some(TicketId(2));
    database.commit(noted).await.unwrap();
    assert_eq!(due(at(9), at(300)).await, [2, 3], "what was merged is looked at once");
    looked_at(2, at(300)).await;
    assert_eq!(database.next_due_step().await.unwrap(), Some(at(300)), "the other is still to be looked at");
    looked_at(3, at(300)).await;
    assert_eq!(database.next_due_step().await.unwrap(), None);

    let destroys = |mut unit: UnitOfWork| {
        unit.commit[0].event = TicketEvent::Destroyed {
            duty: "evidence".into(),
            files: Vec::new(),
            contents: Vec::new(),
            backups_gone_at: None,
            clause: clause(),
        };
        unit
    };
    database.commit(destroys(unit(4, 1))).await.unwrap();
    assert_eq!(database.next_due_step().await.unwrap(), None, "nothing goes on in that one");
    database.commit(destroys(unit(1, 1))).await.unwrap();
    assert_eq!(due(at(9), at(400)).await, [2, 3]);
    // It was destroyed once more while a round looked: the round that looks next sees it.
    database.commit(destroys(unit(1, 2))).await.unwrap();
    looked_at(2, at(400)).await;
    looked_at(3, at(400)).await;
    assert_eq!(due(at(9), at(500)).await, [2, 3]);
}

async fn what_goes_on_in_another_is_kept_as_long_as_that_one(world: World) {
    let database = world.desk().await;
    let touched = |mut unit: UnitOfWork, state, second| {
        unit.row.state = state;
        unit.row.updated_at = at(second);
        unit
    };
    for ticket in 1..=3 {
        database.commit(touched(unit(ticket, 0), TicketState::Closed, 0)).await.unwrap();
    }
    database.commit(touched(unit(1, 1), TicketState::Open, 10)).await.unwrap();
    database.commit(touched(merging(2, 1, 1), TicketState::Closed, 20)).await.unwrap();
    database.commit(touched(merging(3, 1, 2), TicketState::New, 30)).await.unwrap();
    let kept_until = async |second, after| {
        let found = database.sweepable(&orvane(), at(second), 1, after, 10).await.unwrap();
        found.into_iter().map(|found| (found.ticket.0, found.root.0, found.ended_at)).collect::<Vec<_>>()
    };
    assert_eq!(kept_until(100, None).await, [], "the one that goes on for them has not ended");
    database.commit(touched(unit(1, 2), TicketState::Closed, 40)).await.unwrap();
    assert_eq!(kept_until(39, None).await, [], "nor is any of them kept shorter");
    let all = [(2, 1, at(40)), (3, 1, at(40)), (1, 1, at(40))];
    assert_eq!(kept_until(40, None).await, all);
    assert_eq!(kept_until(40, Some((at(20), TicketId(2)))).await, all[1..]);
    database.note_sweep(&orvane(), TicketId(3), 1, at(50), 1, 0).await.unwrap();
    assert_eq!(kept_until(100, None).await, [all[0], all[2]]);
    // Opened again and closed again, all of it is kept from then on anew.
    database.commit(touched(unit(1, 3), TicketState::Closed, 60)).await.unwrap();
    assert_eq!(kept_until(59, None).await, []);
    assert_eq!(kept_until(60, None).await, all.map(|(ticket, root, _)| (ticket, root, at(60))));
}

async fn what_an_older_program_merged_leaves_the_counts(world: World) {
    let database = world.desk().await;
    for ticket in 1..=4 {
        let mut opening = unit(ticket, 0);
        opening.row.late = true;
        opening.row.next_due_at = Some(at(-9));
        database.commit(opening).await.unwrap();
    }
    // An older program told it in the log alone.
    let as_before = |mut unit: UnitOfWork| {
        unit.row.merged_into = None;
        unit.row.late = true;
        unit.row.next_due_at = Some(at(-9));
        unit
    };
    for ticket in 2..=3 {
        database.commit(as_before(merging(ticket, 1, 1))).await.unwrap();
    }
    let mut apart = as_before(unit(3, 2));
    apart.commit[0].event = TicketEvent::Unmerged { ticket: TicketId(1) };
    database.commit(apart).await.unwrap();
    database.commit(as_before(unit(2, 2))).await.unwrap();
    assert_eq!(database.counts(&orvane(), None, None).await.unwrap().live, 4);
    drop(database);
    world.tamper(
        "DROP INDEX ticket_by_merging; ALTER TABLE ticket DROP COLUMN merged_into;
         DELETE FROM schema_migrations WHERE name = 'merged'",
    );
    let database = world.node().await;
    let counts = database.counts(&orvane(), None, None).await.unwrap();
    assert_eq!((counts.live, counts.ours, counts.late, counts.unassigned), (3, 3, 3, 3));
    assert_eq!(listed(&database, ListQuery::live(orvane())).await, [4, 3, 1]);
    let row = database.ticket_row(&orvane(), TicketId(2)).await.unwrap().unwrap();
    assert_eq!((row.merged_into, row.late, row.next_due_at), (Some(TicketId(1)), false, None));
    assert_eq!(database.ticket_row(&orvane(), TicketId(3)).await.unwrap().unwrap().merged_into, None);
    let due = database.due_tickets(at(1_000), 10, at(2_000)).await.unwrap();
    assert_eq!(due, [(orvane(), TicketId(2))], "a round looks at it");
    assert_eq!(database.verify_all(|_| ()).await.unwrap(), []);
}

async fn notices_are_shared_by_nodes_without_doubling(world: World) {
    let nodes = [world.desk().await, world.node().await];
    let openings = (1..=30u128)
        .map(|ticket| {
            let mut opening = unit(ticket, 0);
            opening.outbox = vec![notice(ticket, at(5)), notice(ticket + 100, at(500))];
            opening
        })
        .collect();
    for answer in nodes[0].commit_many(openings).await {
        answer.unwrap();
    }
    assert_eq!(nodes[1].next_outbox_due().await.unwrap(), Some(at(5)));
    assert_eq!(nodes[1].claim_outbox(at(4), 10, at(60)).await.unwrap(), []);
    let claim = async |database: Database| {
        let mut claimed = Vec::new();
        loop {
            let some = database.claim_outbox(at(10), 4, at(60)).await.unwrap();
            if some.is_empty() {
                return claimed;
            }
            claimed.extend(some);
        }
    };
    let (mut claimed, others) = tokio::join!(claim(nodes[0].clone()), claim(nodes[1].clone()));
    claimed.extend(others);
    claimed.extend(claim(nodes[0].clone()).await);
    let mut ids: Vec<u128> = claimed.iter().map(|item| item.id.0).collect();
    ids.sort_unstable();
    assert_eq!(ids, (1..=30).collect::<Vec<u128>>());
    let item = claimed.iter().find(|item| item.id == NoticeId(1)).unwrap();
    let given = notice(1, at(5));
    assert_eq!(item.recipient, given.recipient);
    assert_eq!(item.payload, given.payload);
    assert_eq!((item.kind.as_str(), item.version, item.attempts), ("acknowledgement", 1, 1));
    assert_eq!(nodes[0].claim_outbox(at(60), 50, at(90)).await.unwrap().len(), 30, "leases lapse");
}

async fn a_notice_is_retried_given_up_or_settled(world: World) {
    let database = world.desk().await;
    let mut opening = unit(1, 0);
    opening.outbox = vec![notice(1, at(0)), notice(2, at(0)), notice(3, at(0))];
    database.commit(opening).await.unwrap();
    let items = database.claim_outbox(at(0), 10, at(60)).await.unwrap();
    database.fail_notice(&items[0], Some(at(30)), "421 later").await.unwrap();
    database.fail_notice(&items[1], None, "550 unknown").await.unwrap();
    let mut sent = unit(1, 1);
    sent.commit[0].event = TicketEvent::NoticeSent { notice: NoticeId(3), kind: "acknowledgement".into() };
    sent.settled = vec![NoticeId(3)];
    database.commit(sent).await.unwrap();
    // Too late to fail.
    database.fail_notice(&items[2], Some(at(0)), "late").await.unwrap();

    let states: Vec<_> = database
        .outbox_of(&orvane(), TicketId(1))
        .await
        .unwrap()
        .into_iter()
        .map(|entry| (entry.id.0, entry.state, entry.attempts, entry.error))
        .collect();
    assert_eq!(
        states,
        [
            (1, NoticeState::Waiting, 1, Some("421 later".to_owned())),
            (2, NoticeState::Dead, 1, Some("550 unknown".to_owned())),
            (3, NoticeState::Done, 1, None),
        ]
    );
    assert_eq!(database.next_outbox_due().await.unwrap(), Some(at(30)));
    let again = database.claim_outbox(at(1_000), 10, at(2_000)).await.unwrap();
    assert_eq!(again.iter().map(|item| (item.id.0, item.attempts)).collect::<Vec<_>>(), [(1, 2)]);
}

/// One step of a random history: which ticket, and what it then is.
type Step = (u128, usize, usize, bool, bool, Option<u128>, Option<u128>);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (
        1..6u128,
        0..6usize,
        0..4usize,
        any::<bool>(),
        any::<bool>(),
        proptest::option::of(1..3u128),
        proptest::option::of(1..3u128),
    );
    proptest::collection::vec(step, 1..40)
}

async fn counters_equal_a_recount_after_any_history(world: World) {
    use proptest::test_runner::{Config, TestRunner};
    let cases = if matches!(world, World::Sqlite { .. }) { 24 } else { 12 };
    let database = world.desk().await;
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        let case = std::cell::Cell::new(0);
        let config = Config { cases, failure_persistence: None, ..Config::default() };
        TestRunner::new(config)
            .run(&steps(), |history| {
                case.set(case.get() + 1);
                let case = case.get();
                let provider = ProviderId(format!("case-{case}"));
                runtime.block_on(follow(&database, &provider, case, &history));
                Ok(())
            })
            .unwrap();
    })
    .await
    .unwrap();
}

async fn follow(database: &Database, id: &ProviderId, case: u32, history: &[Step]) {
    database.put_provider(&provider(id.as_str(), &format!("C{case}"))).await.unwrap();
    let states = [
        TicketState::New,
        TicketState::Open,
        TicketState::Waiting,
        TicketState::Resolved,
        TicketState::Closed,
        TicketState::Declined,
    ];
    let turns = [Turn::Provider, Turn::Customer, Turn::ThirdParty, Turn::Nobody];
    let mut rows: BTreeMap<u128, TicketRow> = BTreeMap::new();
    for (ticket, state, turn, late, missed, assignee, account) in history {
        let version = rows.get(ticket).map_or(0, |row| row.version);
        let mut next = unit(*ticket, version);
        next.provider = id.clone();
        next.row = TicketRow {
            state: states[*state],
            turn: turns[*turn],
            late: *late,
            missed: *missed,
            // As chance has it, without another column of the history.
            snoozed: *late != *missed,
            merged_into: (*late && *missed && *turn == 1).then_some(TicketId(1)),
            assignee: assignee.map(PersonId),
            account: account.map(AccountId),
            ..row(*ticket)
        };
        let committed = database.commit(next.clone()).await.unwrap();
        let kept = TicketRow { version: committed.version, number: committed.number, ..next.row.clone() };
        rows.insert(*ticket, kept);
        // A commit that fails moves no counter.
        let refused = database.commit(next).await;
        assert_eq!(refused, Err(StoreError::Conflict));
    }
    for account in [None, Some(AccountId(1)), Some(AccountId(2))] {
        for person in [None, Some(PersonId(1)), Some(PersonId(2))] {
            let live: Vec<&TicketRow> = rows
                .values()
                .filter(|row| row.is_live() && (account.is_none() || row.account == account))
                .collect();
            let count = |is: &dyn Fn(&TicketRow) -> bool| live.iter().filter(|row| is(row)).count() as u64;
            let expected = Counts {
                live: count(&|_| true),
                ours: count(&|row| row.turn == Turn::Provider),
                late: count(&|row| row.late),
                missed: count(&|row| row.missed),
                mine: count(&|row| person.is_some() && row.assignee == person && !row.snoozed),
                unassigned: count(&|row| row.assignee.is_none() && !row.snoozed),
                waiting: count(&|row| row.state == TicketState::Waiting),
                snoozed: count(&|row| row.snoozed),
            };
            assert_eq!(database.counts(id, account, person).await.unwrap(), expected);
        }
    }
    let all = ListQuery { states: States::All, order: Order::Arrival, ..ListQuery::live(id.clone()) };
    let mut listed = database.list_tickets(&all).await.unwrap();
    listed.sort_by_key(|row| row.id);
    assert_eq!(listed, rows.into_values().collect::<Vec<_>>());
}

/// Tickets that tie in every order.
async fn many(database: &Database, tickets: std::ops::RangeInclusive<u128>) {
    let openings = tickets
        .map(|ticket| {
            let place = i64::try_from(ticket).unwrap();
            let mut opening = unit(ticket, 0);
            opening.row.next_due_at = (place % 4 != 0).then(|| at(place * 7 % 5));
            opening.row.updated_at = at(place * 3 % 4);
            opening.row.state = if place % 3 == 0 { TicketState::Closed } else { TicketState::Open };
            opening.row.account = (place % 2 == 0).then_some(AccountId(1));
            opening.row.assignee = (place % 5 == 0).then_some(PersonId(1));
            opening
        })
        .collect();
    for answer in database.commit_many(openings).await {
        answer.unwrap();
    }
}

async fn marks_are_found_and_replaced_whole(world: World) {
    let database = world.desk().await;
    let mark = |name: &str, value: &str, rank| Mark { name: name.into(), value: value.into(), rank };
    for (ticket, marks) in [
        (1, vec![mark("tag", "revit", None), mark("field.cost", "120", Some(120))]),
        (2, vec![mark("tag", "a-rappeler", None), mark("field.cost", "80", Some(80))]),
        (3, Vec::new()),
    ] {
        database.commit(UnitOfWork { marks: Some(marks), ..unit(ticket, 0) }).await.unwrap();
    }
    let found = async |search: Search| {
        let list = ListQuery { search: Some(search), order: Order::Arrival, ..ListQuery::live(orvane()) };
        let rows = database.list_tickets(&list).await.unwrap();
        rows.into_iter().map(|row| row.id.0).collect::<Vec<_>>()
    };
    let marked = |name: &str, test| Search::Row(RowTest::Marked { name: name.into(), test });
    assert_eq!(found(marked("tag", MarkTest::Is("revit".into()))).await, [1]);
    assert_eq!(found(marked("tag", MarkTest::Any)).await, [2, 1]);
    assert_eq!(found(Search::Not(Box::new(marked("tag", MarkTest::Any)))).await, [3]);
    assert_eq!(found(marked("field.cost", MarkTest::Ranked(Some(100), None))).await, [1]);
    assert_eq!(found(marked("field.cost", MarkTest::Ranked(Some(80), Some(119)))).await, [2]);
    assert_eq!(found(marked("tag", MarkTest::Ranked(None, None))).await, [] as [u128; 0]);
    // A commit that says nothing of marks leaves them; one that does replaces all of them.
    database.commit(unit(1, 1)).await.unwrap();
    assert_eq!(found(marked("tag", MarkTest::Is("revit".into()))).await, [1]);
    let marks = Some(vec![mark("tag", "vu", None), mark("tag", "vu", None)]);
    let mut next = UnitOfWork { marks, ..unit(1, 2) };
    next.row.snoozed = true;
    database.commit(next).await.unwrap();
    assert_eq!(found(marked("tag", MarkTest::Is("revit".into()))).await, [] as [u128; 0]);
    assert_eq!(found(marked("field.cost", MarkTest::Any)).await, [2]);
    assert_eq!(found(Search::Row(RowTest::Snoozed)).await, [1]);
    for (snoozed, expected) in [(Some(true), 1), (Some(false), 2), (None, 3)] {
        let list = ListQuery { snoozed, ..ListQuery::live(orvane()) };
        assert_eq!(database.list_tickets(&list).await.unwrap().len(), expected, "{snoozed:?}");
    }
}

async fn pages_are_complete_and_stable(world: World) {
    let database = world.desk().await;
    many(&database, 1..=61).await;
    for order in [Order::NextDue, Order::Arrival, Order::Updated] {
        for states in [States::Live, States::All] {
            for account in [None, Some(AccountId(1))] {
                let list = ListQuery {
                    states: states.clone(),
                    account,
                    order,
                    limit: 1_000,
                    ..ListQuery::live(orvane())
                };
                let whole = database.list_tickets(&list).await.unwrap();
                let mut paged = Vec::new();
                let mut after: Option<Cursor> = None;
                loop {
                    let page = ListQuery { after, limit: 7, ..list.clone() };
                    let rows = database.list_tickets(&page).await.unwrap();
                    let Some(last) = rows.last() else { break };
                    // The text of a cursor goes out in a link and comes back.
                    after = Some(Cursor::after(last, order).to_string().parse().unwrap());
                    paged.extend(rows);
                }
                assert_eq!(paged, whole, "{order:?} {states:?} {account:?}");
                check_order(&whole, order);
                let wanted = (1..=61u128)
                    .filter(|ticket| states == States::All || ticket % 3 != 0)
                    .filter(|ticket| account.is_none() || ticket % 2 == 0);
                let ids: BTreeSet<u128> = whole.iter().map(|row| row.id.0).collect();
                assert_eq!(ids, wanted.collect());
            }
        }
    }
    // What arrives meanwhile does not double or hide a row of the pages that follow.
    let list =
        ListQuery { states: States::All, order: Order::Arrival, limit: 30, ..ListQuery::live(orvane()) };
    let first = database.list_tickets(&list).await.unwrap();
    many(&database, 62..=90).await;
    let after = Some(Cursor::after(first.last().unwrap(), Order::Arrival));
    let rest = database.list_tickets(&ListQuery { after, limit: 100, ..list }).await.unwrap();
    let numbers: Vec<String> = first.iter().chain(&rest).map(|row| row.number.clone()).collect();
    assert_eq!(numbers, (1..=61).rev().map(|number| format!("ORV-{number}")).collect::<Vec<_>>());
}

fn check_order(rows: &[TicketRow], order: Order) {
    let arrival = |row: &TicketRow| -> i64 { row.number.strip_prefix("ORV-").unwrap().parse().unwrap() };
    let key = |row: &TicketRow| match order {
        Order::NextDue => {
            let due = row.next_due_at.filter(|_| row.state.is_live());
            (i64::from(!row.state.is_live()), due.map_or(i64::MAX, Instant::milliseconds), arrival(row))
        }
        Order::Arrival => (0, 0, -arrival(row)),
        Order::Updated => (0, -row.updated_at.milliseconds(), -arrival(row)),
    };
    assert!(rows.is_sorted_by_key(key), "{order:?}");
}

async fn filters_hold(world: World) {
    let database = world.desk().await;
    many(&database, 1..=30).await;
    let mut special = unit(200, 0);
    special.row.subject = "Remise de 100 % d_un ÉCRAN".into();
    special.row.requester = "Zoé \\ Client".into();
    special.row.missed = true;
    special.row.turn = Turn::Customer;
    special.row.state = TicketState::Waiting;
    special.row.next_due_at = Some(at(-50));
    database.commit(special).await.unwrap();
    let everything = ListQuery { states: States::All, limit: 100, ..ListQuery::live(orvane()) };
    let count = async |list: ListQuery| database.list_tickets(&list).await.unwrap().len();
    let text = async |text: &str| {
        let words = WordSearch {
            words: fold_words(text),
            open_ended: true,
            fields: vec![SearchField::Subject, SearchField::Requester],
        };
        let list = ListQuery { search: Some(Search::Words(words)), ..everything.clone() };
        database.list_tickets(&list).await.unwrap().iter().map(|row| row.id.0).collect::<Vec<_>>()
    };

    for words in ["100 % d_un", "écran", "orv-31", "zoé \\", "CLIENT", "ecr", "e\u{301}cran"] {
        assert_eq!(text(words).await, [200], "{words}");
    }
    for words in ["100 %x", "dxun", "cran", "", "\" XOR *"] {
        assert_eq!(text(words).await, [] as [u128; 0], "{words}");
    }
    assert_eq!(count(ListQuery { missed_only: true, ..everything.clone() }).await, 1);
    assert_eq!(count(ListQuery { turn: Some(Turn::Customer), ..everything.clone() }).await, 1);
    assert_eq!(count(ListQuery { due_before: Some(at(0)), ..everything.clone() }).await, 1);
    let mine = Some(Assignee::Person(PersonId(1)));
    assert_eq!(count(ListQuery { assignee: mine, ..everything.clone() }).await, 6);
    assert_eq!(count(ListQuery { assignee: mine, ..ListQuery::live(orvane()) }).await, 4);
    let nobody = Some(Assignee::Nobody);
    assert_eq!(count(ListQuery { assignee: nobody, ..everything.clone() }).await, 25);
    let some = States::Of(vec![TicketState::Waiting, TicketState::Closed]);
    assert_eq!(count(ListQuery { states: some, ..everything.clone() }).await, 11);
    let waiting = States::Of(vec![TicketState::Waiting]);
    assert_eq!(count(ListQuery { states: waiting, ..everything.clone() }).await, 1);
    assert_eq!(count(ListQuery { states: States::Of(Vec::new()), ..everything.clone() }).await, 0);
    let elsewhere = ListQuery { provider: ProviderId("brume".into()), ..everything };
    assert_eq!(count(elsewhere).await, 0);
}

async fn changes_follow_commits(world: World) {
    let database = world.desk().await;
    let mut watcher = database.subscribe();
    assert_eq!(database.latest_position(&orvane()).await.unwrap(), 0);
    let mut opening = unit(1, 0);
    opening.row.account = Some(AccountId(4));
    opening.row.assignee = Some(PersonId(5));
    database.commit(opening).await.unwrap();
    let mut elsewhere = unit(2, 0);
    elsewhere.provider = ProviderId("brume".into());
    database.commit(elsewhere).await.unwrap();
    assert_eq!(database.commit(unit(1, 7)).await, Err(StoreError::Conflict));
    world.node().await.commit(unit(3, 0)).await.unwrap();

    let told = watcher.recv().await.unwrap();
    assert_eq!((told.position, told.ticket, told.number.as_str()), (1, TicketId(1), "ORV-1"));
    assert_eq!((told.account, told.assignee), (Some(AccountId(4)), Some(PersonId(5))));
    assert_eq!(watcher.recv().await.unwrap().number, "BRU-1");
    assert!(watcher.try_recv().is_err(), "neither a conflict nor another node's commit is told");
    let changes = database.changes_since(&orvane(), 0, 10).await.unwrap();
    assert_eq!(changes[0], told);
    assert_eq!(changes.iter().map(|change| change.ticket.0).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(database.changes_since(&orvane(), 1, 10).await.unwrap(), changes[1..]);
    assert_eq!(database.changes_since(&orvane(), 0, 1).await.unwrap(), changes[..1]);
    assert_eq!(database.latest_position(&orvane()).await.unwrap(), 2);
}

/// By name without accents, page by page, whoever is sought; nobody twice, nobody left out.
async fn people_come_in_pages(database: &Database, person: &Person, agent: &Person) {
    for (number, name) in [(20, "Éric Zorn"), (21, "eric Abel"), (22, "Ana"), (23, "Ana Bell"), (24, "Ölga")]
    {
        let (id, email) = (PersonId(number), format!("p{number}@ailleurs.example"));
        let account = Some(AccountId(9));
        let someone = Person { id, name: name.into(), email, account, ..person.clone() };
        database.put_person(&someone).await.unwrap();
    }
    database.let_go(&orvane(), PersonId(22), at(5)).await.unwrap();
    let listed = async |page: PeoplePage| {
        let (mut names, mut after) = (Vec::new(), None);
        loop {
            let page = PeoplePage { after, at_most: 2, ..page.clone() };
            let found = database.people_page(&orvane(), &page).await.unwrap();
            let Some(last) = found.last() else { return names };
            after = Some(last.id);
            names.extend(found.into_iter().map(|person| person.name));
        }
    };
    let everybody = ["Ana Bell", "Aude Lenoir", "Bo Lind", "eric Abel", "Éric Zorn", "Ölga"];
    assert_eq!(listed(PeoplePage::default()).await, everybody);
    assert_eq!(listed(PeoplePage { gone: true, ..PeoplePage::default() }).await, ["Ana"]);
    let staff = PeoplePage { staff: Some(true), ..PeoplePage::default() };
    assert_eq!(listed(staff).await, [agent.name.as_str()]);
    let sought = async |words: &[&str], accounts: &[AccountId]| {
        let words = words.iter().map(|word| ((*word).to_owned(), accounts.to_vec())).collect();
        listed(PeoplePage { words, ..PeoplePage::default() }).await
    };
    assert_eq!(sought(&["eric"], &[]).await, ["eric Abel", "Éric Zorn"]);
    assert_eq!(sought(&["eric", "p20"], &[]).await, ["Éric Zorn"], "words of the address as well");
    assert_eq!(sought(&["ric"], &[]).await, Vec::<String>::new(), "words are found by how they begin");
    assert_eq!(sought(&["%"], &[]).await.len(), everybody.len(), "no sign reaches the pattern");
    assert_eq!(sought(&["nothing"], &[AccountId(1)]).await, ["Aude Lenoir"], "by the customer");
}

async fn providers_accounts_people_and_contracts_are_kept(world: World) {
    let database = world.desk().await;
    let mut changed = provider("orvane", "ORV");
    changed.name = "Orvane SA".into();
    changed.agreement = None;
    changed.mailbox = "Aide@Orvane.example".into();
    database.put_provider(&changed).await.unwrap();
    changed.mailbox = "aide@orvane.example".into();
    assert_eq!(database.provider(&orvane()).await.unwrap(), Some(changed.clone()));
    assert_eq!(database.provider_by_mailbox("AIDE@orvane.example").await.unwrap(), Some(changed.clone()));
    assert_eq!(database.provider_by_mailbox("support@orvane.example").await.unwrap(), None);
    let ids: Vec<String> =
        database.providers().await.unwrap().into_iter().map(|provider| provider.id.0).collect();
    assert_eq!(ids, ["brume", "orvane"]);
    changed.prefix = "NEW".into();
    let refused = database.put_provider(&changed).await;
    assert!(matches!(refused, Err(StoreError::Taken { .. })), "numbers keep their prefix: {refused:?}");
    let refused = database.put_provider(&provider("third", "ORV")).await;
    assert!(matches!(refused, Err(StoreError::Taken { .. })), "{refused:?}");
    assert_eq!(database.provider(&ProviderId("third".into())).await.unwrap(), None, "and left nothing");

    let account =
        Account { id: AccountId(1), provider: orvane(), name: "Client SARL".into(), key: "client".into() };
    database.put_account(&account).await.unwrap();
    assert_eq!(database.account(&orvane(), AccountId(1)).await.unwrap(), Some(account.clone()));
    assert_eq!(database.account_by_key(&orvane(), "client").await.unwrap(), Some(account.clone()));
    assert_eq!(database.accounts(&orvane()).await.unwrap(), [account]);

    let person = Person {
        id: PersonId(1),
        provider: orvane(),
        role: Role::Contact,
        name: "Aude Lenoir".into(),
        email: "aude@client.example".into(),
        account: Some(AccountId(1)),
        language: "fr".into(),
        zone: Some("America/Montreal".into()),
    };
    let agent = Person {
        id: PersonId(2),
        role: Role::Lead,
        name: "Bo Lind".into(),
        email: "bo@orvane.example".into(),
        account: None,
        zone: None,
        ..person.clone()
    };
    let elsewhere = Person { provider: ProviderId("brume".into()), ..person.clone() };
    for someone in [&person, &agent, &elsewhere] {
        database.put_person(someone).await.unwrap();
    }
    let twin = Person { id: PersonId(3), email: "AUDE@client.example".into(), ..person.clone() };
    let refused = database.put_person(&twin).await;
    assert!(matches!(refused, Err(StoreError::Taken { .. })), "{refused:?}");
    assert_eq!(database.person(&orvane(), PersonId(1)).await.unwrap(), Some(person.clone()));
    let found = database.person_by_email(&orvane(), "Aude@Client.example").await.unwrap();
    assert_eq!(found, Some(person.clone()));
    let everywhere = database.people_by_email("aude@client.example").await.unwrap();
    assert_eq!(everywhere, [elsewhere, person.clone()]);
    assert_eq!(database.staff(&orvane(), Some(Role::Lead)).await.unwrap(), std::slice::from_ref(&agent));
    assert_eq!(database.staff(&orvane(), None).await.unwrap(), std::slice::from_ref(&agent));
    assert_eq!(database.people(&orvane()).await.unwrap(), [person.clone(), agent.clone()]);
    people_come_in_pages(&database, &person, &agent).await;

    let contract = Contract {
        id: ContractId(1),
        account: AccountId(1),
        agreement: agreement(),
        parameters: Facts::new().with("tier", terms::FactValue::text("gold")),
        from: "2026-01-01".parse().unwrap(),
        to: None,
    };
    database.put_contract(&orvane(), &contract).await.unwrap();
    let ended = Contract { to: Some("2026-06-30".parse().unwrap()), ..contract };
    database.put_contract(&orvane(), &ended).await.unwrap();
    assert_eq!(database.contract(&orvane(), ContractId(1)).await.unwrap(), Some(ended.clone()));
    assert_eq!(database.contracts_of(&orvane(), AccountId(1)).await.unwrap(), [ended]);
    assert_eq!(database.contracts_of(&orvane(), AccountId(2)).await.unwrap(), []);
}

async fn an_agreement_version_is_fixed(world: World) {
    let database = world.desk().await;
    let record = AgreementRecord {
        name: agreement(),
        text: "# Accord".into(),
        terms: "{}".into(),
        page: "{}".into(),
        adoption: Adoption { at: at(0), by: Some(PersonId(4)) },
    };
    database.adopt(&orvane(), record.clone()).await.unwrap();
    let later = AgreementRecord { adoption: Adoption { at: at(9), by: None }, ..record.clone() };
    database.adopt(&orvane(), later).await.unwrap();
    let other = AgreementRecord { text: "# Autre accord".into(), ..record.clone() };
    let refused = database.adopt(&orvane(), other.clone()).await;
    assert!(matches!(refused, Err(StoreError::Taken { .. })), "{refused:?}");
    let name = AgreementName { version: "2.0".into(), ..agreement() };
    database
        .adopt(
            &orvane(),
            AgreementRecord { name: name.clone(), adoption: Adoption { at: at(5), by: None }, ..other },
        )
        .await
        .unwrap();
    assert_eq!(database.adoption(&orvane(), &agreement()).await.unwrap(), Some(record.adoption));
    assert_eq!(database.adoption(&orvane(), &name).await.unwrap(), Some(Adoption { at: at(5), by: None }));
    assert_eq!(database.agreement(&orvane(), &agreement()).await.unwrap(), Some(record));
    assert_eq!(database.agreement(&ProviderId("brume".into()), &agreement()).await.unwrap(), None);
    let names: Vec<AgreementName> =
        database.agreements(&orvane()).await.unwrap().into_iter().map(|adopted| adopted.name).collect();
    assert_eq!(names, [name, agreement()]);
}

async fn secrets_and_sessions_end(world: World) {
    let database = world.desk().await;
    let link = SignIn {
        hash: [1; 32],
        provider: orvane(),
        person: PersonId(1),
        purpose: Purpose::Link,
        label: String::new(),
        scopes: Vec::new(),
        created_at: at(0),
        expires_at: Some(at(100)),
        uses: Uses::Once,
    };
    let token = SignIn {
        hash: [2; 32],
        purpose: Purpose::ApiToken,
        label: "script".into(),
        scopes: vec!["tickets:read".into()],
        created_at: at(1),
        expires_at: None,
        uses: Uses::Many,
        ..link.clone()
    };
    for secret in [&link, &token] {
        database.put_sign_in(secret).await.unwrap();
    }
    assert_eq!(database.sign_ins_of(&orvane(), PersonId(1)).await.unwrap(), [link.clone(), token.clone()]);
    assert_eq!(database.use_sign_in(&[1; 32], at(100)).await.unwrap(), None, "expired");
    assert_eq!(database.peek_sign_in(&[1; 32], at(99)).await.unwrap(), Some(link.clone()));
    let uses = (0..6).map(|_| {
        let database = database.clone();
        tokio::spawn(async move { database.use_sign_in(&[1; 32], at(99)).await.unwrap() })
    });
    let mut let_in = 0;
    for used in uses.collect::<Vec<_>>() {
        let_in += usize::from(used.await.unwrap().is_some());
    }
    assert_eq!(let_in, 1);
    for _ in 0..2 {
        assert_eq!(database.use_sign_in(&[2; 32], at(1_000_000)).await.unwrap(), Some(token.clone()));
    }
    assert_eq!(database.use_sign_in(&[3; 32], at(0)).await.unwrap(), None);
    assert!(!database.remove_sign_in(&orvane(), PersonId(9), &[2; 32]).await.unwrap(), "not theirs");
    assert!(database.remove_sign_in(&orvane(), PersonId(1), &[2; 32]).await.unwrap());
    assert_eq!(database.use_sign_in(&[2; 32], at(0)).await.unwrap(), None);

    let session = Session {
        hash: [5; 32],
        provider: orvane(),
        person: PersonId(1),
        label: "Firefox".into(),
        created_at: at(0),
        expires_at: at(50),
        seen_at: at(0),
        proofs: "password application".into(),
        proved_at: Some(at(0)),
    };
    database.put_session(&session).await.unwrap();
    database.put_session(&Session { hash: [6; 32], ..session.clone() }).await.unwrap();
    assert_eq!(database.session(&[5; 32], at(49)).await.unwrap(), Some(session.clone()));
    assert_eq!(database.session(&[5; 32], at(50)).await.unwrap(), None);
    database.put_session(&Session { expires_at: at(90), ..session.clone() }).await.unwrap();
    assert_eq!(database.sessions_of(&orvane(), PersonId(1), at(60)).await.unwrap().len(), 1);
    database.end_session(&[5; 32]).await.unwrap();
    assert_eq!(database.session(&[5; 32], at(0)).await.unwrap(), None);
    database.forget_expired(at(50)).await.unwrap();
    assert_eq!(database.session(&[6; 32], at(0)).await.unwrap(), None);
}

async fn settings_are_kept(world: World) {
    let database = world.desk().await;
    assert_eq!(database.setting("secret").await.unwrap(), None);
    assert_eq!(database.setting_or_put("secret", "one").await.unwrap(), "one");
    assert_eq!(world.node().await.setting_or_put("secret", "two").await.unwrap(), "one");
    database.put_setting("secret", "three").await.unwrap();
    assert_eq!(database.setting("secret").await.unwrap().as_deref(), Some("three"));
}

async fn an_entry_is_replaced_as_it_was_read(world: World) {
    let database = world.desk().await;
    let entry = |body: &str, by: u128| Entry {
        provider: orvane(),
        kind: "named_contacts".into(),
        key: "1".into(),
        body: body.into(),
        changed_at: at(by as i64),
        changed_by: PersonId(by),
    };
    let stored = async || database.entry(&orvane(), "named_contacts", "1").await.unwrap();
    let (first, second, third) = (entry("{}", 1), entry("[1]", 2), entry("[2]", 3));
    assert!(database.replace_entry(None, &first).await.unwrap());
    assert!(!database.replace_entry(None, &second).await.unwrap(), "another was there first");
    assert_eq!(stored().await, Some(first.clone()));
    assert!(database.replace_entry(Some(&first), &second).await.unwrap());
    assert!(!database.replace_entry(Some(&first), &third).await.unwrap(), "it says something else by now");
    assert_eq!(stored().await, Some(second.clone()));
    let all = VersionQuery { at_most: 10, ..VersionQuery::default() };
    let versions = database.entry_versions(&orvane(), &all).await.unwrap();
    let said: Vec<_> = versions.into_iter().map(|version| (version.body, version.by)).collect();
    let expected = [second, first].map(|entry| (Some(entry.body), Some(entry.changed_by)));
    assert_eq!(said, expected, "what was not put is no version");
}

async fn what_postgres_cannot_hold_in_a_text_does_no_harm(world: World) {
    let database = world.desk().await;
    let mut odd = unit(1, 0);
    odd.row.subject = "a\0b".into();
    odd.row.requester = "😀 \u{7f}\u{1}".into();
    odd.thread_keys = vec!["<nul\0@client.example>".into()];
    odd.contents = vec![NewContent { id: ContentId(1), salt: [0; 16], text: "\0\0".into() }];
    database.commit(odd).await.unwrap();
    let page = database.ticket_page(&orvane(), TicketId(1)).await.unwrap().unwrap();
    assert_eq!((page.row.subject.as_str(), page.row.requester.as_str()), ("a b", "😀 \u{7f}\u{1}"));
    assert_eq!(page.contents.get(&ContentId(1)).map(String::as_str), Some("\0\0"));
    let found = database.ticket_by_thread_key(&orvane(), &["<nul\0@client.example>".to_owned()]).await;
    assert_eq!(found, Ok(Some(TicketId(1))));
}

async fn nodes_may_open_a_new_store_at_once(world: World) {
    let (first, second, third) = tokio::join!(world.node(), world.node(), world.node());
    for database in [first, second, third] {
        database.ready().await.unwrap();
    }
    // And again over tables that are there.
    world.desk().await.commit(unit(1, 0)).await.unwrap();
}

/// A disk without room, by a limit on the file: what does not fit is refused whole, the rest stands.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_what_does_not_fit_and_nothing_else() {
    let folder = TemporaryFolder::new("store");
    let config = SqliteConfig { max_pages: Some(300), ..SqliteConfig::at(folder.join("desk.db")) };
    let database = Database::open_sqlite(&config).await.unwrap();
    database.put_provider(&provider("orvane", "ORV")).await.unwrap();
    let heavy = |ticket: u128, kibibytes: usize| {
        let mut opening = unit(ticket, 0);
        opening.contents =
            vec![NewContent { id: ContentId(ticket), salt: [0; 16], text: "x".repeat(kibibytes * 1024) }];
        opening.inbox = Some(InboxEntry { digest: [ticket as u8; 32], mailbox: "m".into() });
        opening.outbox = vec![notice(ticket, at(0))];
        opening
    };
    let answers =
        database.commit_many(vec![heavy(1, 1), heavy(2, 5_000), heavy(3, 1), heavy(4, 5_000)]).await;
    let told: Vec<_> = answers.into_iter().map(|answer| answer.map(|committed| committed.number)).collect();
    let full = Err(StoreError::Full);
    assert_eq!(told, [Ok("ORV-1".to_owned()), full.clone(), Ok("ORV-2".to_owned()), full]);

    // Many at once until nothing fits: each is whole or absent.
    let tasks: Vec<_> = (10..90u128)
        .map(|ticket| {
            let database = database.clone();
            let opening = heavy(ticket, 30);
            tokio::spawn(async move { (ticket, database.commit(opening).await) })
        })
        .collect();
    let (mut stored, mut refused) = (BTreeSet::from([1, 3]), 0);
    for task in tasks {
        match task.await.unwrap() {
            (ticket, Ok(_)) => {
                stored.insert(ticket);
            }
            (_, Err(StoreError::Full)) => refused += 1,
            (_, Err(error)) => panic!("{error}"),
        }
    }
    assert!(stored.len() > 2 && refused > 0, "{} {refused}", stored.len());
    let check = async |database: &Database, stored: &BTreeSet<u128>| {
        let all = ListQuery {
            states: States::All,
            order: Order::Arrival,
            limit: 1_000,
            ..ListQuery::live(orvane())
        };
        let rows = database.list_tickets(&all).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.id.0).collect::<BTreeSet<_>>(), *stored);
        let numbers: BTreeSet<String> = rows.iter().map(|row| row.number.clone()).collect();
        assert_eq!(numbers, (1..=stored.len()).map(|number| format!("ORV-{number}")).collect());
        assert_eq!(database.verify_all(|_| ()).await.unwrap(), []);
        for ticket in (1..90).filter(|ticket| !stored.contains(ticket)) {
            assert_eq!(database.received(&orvane(), &[ticket as u8; 32]).await.unwrap(), None);
            assert_eq!(database.outbox_of(&orvane(), TicketId(ticket)).await.unwrap(), []);
        }
        assert_eq!(database.counts(&orvane(), None, None).await.unwrap().live, stored.len() as u64);
    };
    check(&database, &stored).await;
    drop(database);

    // With room again, what was refused is taken.
    let config = SqliteConfig { max_pages: None, ..config };
    let database = Database::open_sqlite(&config).await.unwrap();
    database.commit(heavy(2, 5_000)).await.unwrap();
    stored.insert(2);
    check(&database, &stored).await;
}

/// What is answered is on the disk: another process opening the file sees all of it.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_is_there_after_opening_again() {
    let world = World::sqlite();
    let database = world.desk().await;
    let tasks: Vec<_> = (1..=50u128)
        .map(|ticket| {
            let database = database.clone();
            tokio::spawn(async move { database.commit(unit(ticket, 0)).await.unwrap() })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    drop(database);
    let database = world.node().await;
    assert_eq!(database.counts(&orvane(), None, None).await.unwrap().live, 50);
    assert_eq!(database.verify_all(|_| ()).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_database_is_refused() {
    let folder = TemporaryFolder::new("store");
    let path = folder.join("desk.db");
    std::fs::write(&path, "not a database, but a letter that is long enough to be looked at").unwrap();
    let opened = Database::open_sqlite(&SqliteConfig::at(&path)).await;
    assert!(matches!(opened, Err(StoreError::Corrupt { .. })), "{opened:?}");
    let opened = Database::open_sqlite(&SqliteConfig::at(folder.join("none/desk.db"))).await;
    assert!(matches!(opened, Err(StoreError::Unavailable { .. })), "{opened:?}");
}

/// The server goes down and comes back: callers are told, and nothing has to be restarted.
/// A step of the tables' history may take as long as it needs, and no other node begins one meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_step_on_postgres_has_the_time_it_needs() {
    let url = Postgres::shared().fresh_database();
    let config = PostgresConfig { url: url.clone(), pool_size: 2 };
    drop(Database::open_postgres(&config).await.unwrap());
    // The step is taken back, and next time it notes how long it may take, and whether it holds the lease itself.
    Postgres::query(
        &url,
        "DROP INDEX idempotency_by_end;
         DELETE FROM schema_migrations WHERE name = 'idempotency_by_end';
         CREATE TABLE noted (said TEXT NOT NULL);
         CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
             INSERT INTO noted SELECT concat_ws(' ', current_setting('statement_timeout'),
                 current_setting('lock_timeout'), xmin::text = pg_current_xact_id()::text) FROM schema_lease;
         END $$;
         CREATE EVENT TRIGGER noting ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION note();",
    );
    drop(Database::open_postgres(&config).await.unwrap());
    assert_eq!(Postgres::query(&url, "SELECT said FROM noted"), "0 0 t");
    assert_eq!(Postgres::query(&url, "SELECT count(*) FROM schema_lease"), "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_down_is_told_and_recovers_by_itself() {
    let server = Postgres::start();
    let config = PostgresConfig { url: server.fresh_database(), pool_size: 4 };
    let database = Database::open_postgres(&config).await.unwrap();
    database.put_provider(&provider("orvane", "ORV")).await.unwrap();
    database.commit(unit(1, 0)).await.unwrap();
    server.halt();
    for _ in 0..3 {
        let committed = database.commit(unit(2, 0)).await;
        assert!(matches!(committed, Err(StoreError::Unavailable { .. })), "{committed:?}");
        let read = database.ticket_row(&orvane(), TicketId(1)).await;
        assert!(matches!(read, Err(StoreError::Unavailable { .. })), "{read:?}");
        assert!(database.ready().await.is_err());
        let written = database.put_setting("a", "b").await;
        assert!(matches!(written, Err(StoreError::Unavailable { .. })), "{written:?}");
    }
    let opened = Database::open_postgres(&config).await;
    assert!(matches!(opened, Err(StoreError::Unavailable { .. })), "{opened:?}");
    server.resume();
    let mut tries = 0;
    while let Err(error) = database.commit(unit(2, 0)).await {
        assert!(error.is_temporary(), "{error:?}");
        tries += 1;
        assert!(tries < 100, "still {error}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(database.ticket_by_number("ORV-2").await.unwrap(), Some((orvane(), TicketId(2))));
    assert_eq!(database.verify_all(|_| ()).await.unwrap(), []);
    drop(database);
}

/// An authority (PEM), and a certificate with its key that it made for a name.
fn certified(name: &str, by: &str) -> (String, String, String) {
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    authority.distinguished_name.push(rcgen::DnType::CommonName, by);
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let own = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    (pem, own.pem(), key.serialize_pem())
}

/// Over the network nothing is said but to the right server: encrypted, with a certificate for its name that a trusted
/// authority made.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_is_spoken_to_encrypted_and_to_the_right_server_alone() {
    let server = Postgres::start();
    let folder = TemporaryFolder::new("store");
    let (authority, certificate, key) = certified("db.example", "the authority");
    let (other, ..) = certified("db.example", "another");
    let file = |name: &str, pem: &str| {
        std::fs::write(folder.path().join(name), pem).unwrap();
        folder.path().join(name).display().to_string()
    };
    let (trusted, untrusted) = (file("authority.pem", &authority), file("other.pem", &other));
    let plain = server.fresh_database();
    let (address, name) = plain.rsplit_once('/').unwrap();
    let port = address.rsplit_once(':').unwrap().1;
    // The name is asked of no name server: the address stands beside it.
    let at = async |host: &str, more: &str| {
        let url = format!("host={host} hostaddr=127.0.0.1 port={port} user=postgres dbname={name} {more}");
        Database::open_postgres(&PostgresConfig { url: url.trim().to_owned(), pool_size: 2 }).await
    };
    let refused = async |host: &str, more: &str| match at(host, more).await {
        Err(StoreError::Unavailable { reason }) => reason,
        other => panic!("{host} {more}: {other:?}"),
    };

    // A server that offers no encryption gets nothing said to it.
    let told = refused("db.example", "sslmode=require").await;
    assert!(told.contains("does not support TLS") && told.contains("sslmode=disable"), "{told}");

    server.present(&certificate, &key);
    let database = at("db.example", &format!("sslmode=require sslrootcert={trusted}")).await.unwrap();
    database.put_setting("a", "b").await.unwrap();
    let encrypted = "SELECT count(*) > 0 AND bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
        WHERE application_name = 'entente'";
    assert_eq!(Postgres::query(&plain, encrypted), "t");
    drop(database);

    let told = refused("other.example", &format!("sslmode=require sslrootcert={trusted}")).await;
    assert!(told.contains("the certificate of `other.example` is not accepted"), "{told}");
    for more in ["sslmode=require".to_owned(), format!("sslmode=verify-full sslrootcert={untrusted}")] {
        let told = refused("db.example", &more).await;
        assert!(told.contains("an authority that is not trusted"), "{told}");
    }
    // Whoever prefers encryption is not content with any either, once the server has it.
    let told = refused("db.example", &format!("sslmode=prefer sslrootcert={untrusted}")).await;
    assert!(told.contains("an authority that is not trusted"), "{told}");

    let database = at("db.example", "sslmode=disable").await.unwrap();
    database.put_setting("a", "c").await.unwrap();
    assert_eq!(Postgres::query(&plain, encrypted), "f");
}

async fn roles_in_accounts_are_kept_and_leaving_ends_everything(world: World) {
    let database = world.desk().await;
    let (own, other) = (AccountId(1), AccountId(2));
    let contact = Person {
        id: PersonId(9),
        provider: orvane(),
        role: Role::Contact,
        name: "Maude".into(),
        email: "maude@client.example".into(),
        account: Some(own),
        language: "fr".into(),
        zone: None,
    };
    let agent = Person {
        id: PersonId(10),
        role: Role::Agent,
        email: "noe@orvane.example".into(),
        account: None,
        ..contact.clone()
    };
    database.put_person(&contact).await.unwrap();
    database.put_person(&agent).await.unwrap();
    let standings = async |id| {
        database.person_with_standings(&orvane(), id).await.unwrap().map(|(_, standings)| standings)
    };
    let presumed = Standing { account: own, role: AccountRole::Requester };
    assert_eq!(standings(contact.id).await, Some(vec![presumed]));
    assert_eq!(standings(agent.id).await, Some(Vec::new()));
    let given = [
        Standing { account: own, role: AccountRole::Manager },
        Standing { account: other, role: AccountRole::Reader },
    ];
    for standing in given {
        database.put_standing(&orvane(), contact.id, standing).await.unwrap();
    }
    assert_eq!(standings(contact.id).await, Some(given.to_vec()));
    assert!(database.remove_standing(&orvane(), contact.id, own).await.unwrap());
    assert!(!database.remove_standing(&orvane(), contact.id, own).await.unwrap());
    assert_eq!(standings(contact.id).await, Some(given[1..].to_vec()));
    // Leaving ends what lets in; the name stays, and who comes back has to sign in anew.
    let session = session_of([7; 32], contact.id);
    database.put_session(&session).await.unwrap();
    database.let_go(&orvane(), contact.id, at(5)).await.unwrap();
    database.let_go(&orvane(), contact.id, at(6)).await.unwrap();
    assert_eq!(standings(contact.id).await, None);
    assert_eq!(database.session(&[7; 32], at(5)).await.unwrap(), None);
    assert_eq!(database.person(&orvane(), contact.id).await.unwrap(), Some(contact.clone()));
    assert!(database.take_back(&orvane(), contact.id).await.unwrap());
    assert!(!database.take_back(&orvane(), contact.id).await.unwrap());
    assert_eq!(standings(contact.id).await, Some(given[1..].to_vec()));
}

/// A session of somebody, long enough for what is tried.
fn session_of(hash: [u8; 32], person: PersonId) -> Session {
    Session {
        hash,
        provider: orvane(),
        person,
        label: String::new(),
        created_at: at(0),
        expires_at: at(1_000_000),
        seen_at: at(0),
        proofs: String::new(),
        proved_at: None,
    }
}

/// Two nodes change one person at once: the one that read what no longer stands changes nothing. With another address
/// end the ways in by the old one, in the same piece.
async fn a_person_is_changed_as_they_were_read(world: World) {
    let database = world.desk().await;
    let read = Person {
        id: PersonId(41),
        provider: orvane(),
        role: Role::Admin,
        name: "Aude".into(),
        email: "aude@orvane.example".into(),
        account: None,
        language: "fr".into(),
        zone: None,
    };
    let twin = Person { id: PersonId(42), email: "bo@orvane.example".into(), ..read.clone() };
    for person in [&read, &twin] {
        database.put_person(person).await.unwrap();
    }
    let session = session_of([41; 32], read.id);
    database.put_session(&session).await.unwrap();
    let link = IdentityLink {
        provider: orvane(),
        issuer: "https://id.example".into(),
        subject: "aude".into(),
        person: read.id,
        linked_at: at(0),
    };
    assert!(database.link_identity(&link).await.unwrap());
    let token = SignIn {
        hash: [42; 32],
        provider: orvane(),
        person: read.id,
        purpose: Purpose::ApiToken,
        label: String::new(),
        scopes: Vec::new(),
        created_at: at(0),
        expires_at: None,
        uses: Uses::Many,
    };
    database.put_sign_in(&token).await.unwrap();
    let ways_in = async || {
        let session = database.session(&[41; 32], at(5)).await.unwrap().is_some();
        let token = database.peek_sign_in(&[42; 32], at(5)).await.unwrap().is_some();
        let link = database.linked_person(&orvane(), "https://id.example", "aude").await.unwrap().is_some();
        [session, token, link]
    };
    let stands = async || database.person(&orvane(), read.id).await.unwrap().unwrap();
    let zone = Some("America/Toronto".to_owned());
    let demoted = Person { role: Role::Agent, zone, ..read.clone() };
    assert!(database.change_person(&read, &demoted).await.unwrap());
    // The other node read an administrator.
    let renamed = Person { name: "Aude Roy".into(), email: "roy@orvane.example".into(), ..read.clone() };
    assert!(!database.change_person(&read, &renamed).await.unwrap());
    assert_eq!(stands().await, demoted);
    let of_another = Person { email: twin.email.clone(), ..demoted.clone() };
    let refused = database.change_person(&demoted, &of_another).await;
    assert!(matches!(refused, Err(StoreError::Taken { .. })), "{refused:?}");
    assert_eq!((stands().await, ways_in().await), (demoted.clone(), [true; 3]));
    let moved = Person { email: "Roy@orvane.example".into(), ..demoted.clone() };
    assert!(database.change_person(&demoted, &moved).await.unwrap());
    assert_eq!(stands().await.email, "roy@orvane.example");
    assert_eq!(ways_in().await, [false; 3]);
}

async fn teams_and_offered_roles_are_kept(world: World) {
    let database = world.desk().await;
    let (provider, account, other) = (orvane(), AccountId(50), AccountId(51));
    let person = |id, role, account| Person {
        id: PersonId(id),
        provider: orvane(),
        role,
        name: format!("Person {id}"),
        email: format!("{id}@client.example"),
        account,
        language: "fr".into(),
        zone: None,
    };
    let (own, reseller, gone, admin) = (
        person(1, Role::Contact, Some(account)),
        person(2, Role::Contact, Some(other)),
        person(3, Role::Contact, Some(account)),
        person(4, Role::Admin, None),
    );
    for person in [&own, &reseller, &gone, &admin] {
        database.put_person(person).await.unwrap();
    }
    let both = [
        Standing { account, role: AccountRole::Reader },
        Standing { account: other, role: AccountRole::Requester },
    ];
    database.put_standings(&provider, PersonId(2), &both).await.unwrap();
    database.let_go(&provider, PersonId(3), at(1)).await.unwrap();
    assert_eq!(
        database.people_of_account(&provider, account).await.unwrap(),
        [(own, AccountRole::Requester), (reseller.clone(), AccountRole::Reader)]
    );
    assert_eq!(
        database.people_of_account(&provider, other).await.unwrap(),
        [(reseller, AccountRole::Requester)]
    );
    assert_eq!(database.standings(&provider).await.unwrap(), both.map(|given| (PersonId(2), given)));
    assert_eq!(database.departed(&provider).await.unwrap(), [PersonId(3)]);
    database.put_standings(&provider, PersonId(2), &both[1..]).await.unwrap();
    assert_eq!(database.standings(&provider).await.unwrap(), [(PersonId(2), both[1])]);
    // Two nodes read the same and write: the second is told that it was overtaken, and nothing of it stands.
    let read = [both[1]];
    let (node, id) = (world.node().await, PersonId(2));
    let more = [both[1], Standing { account, role: AccountRole::Manager }];
    assert!(node.change_standings(&provider, id, &read, &more).await.unwrap());
    assert!(!database.change_standings(&provider, id, &read, &both).await.unwrap());
    let promoted = [both[1], Standing { account, role: AccountRole::Reader }];
    assert!(!database.change_standings(&provider, id, &promoted, &both).await.unwrap(), "another role");
    assert!(!database.change_standings(&provider, id, &[], &both).await.unwrap(), "none at all");
    assert!(!database.let_go_from(&provider, id, &read, at(1)).await.unwrap());
    let stands = database.person_with_standings(&provider, id).await.unwrap().unwrap().1;
    assert_eq!(stands, [more[1], more[0]]);
    assert!(database.change_standings(&provider, id, &more, &read).await.unwrap());
    assert_eq!(database.standings(&provider).await.unwrap(), [(PersonId(2), both[1])]);
    assert_eq!(database.standings(&ProviderId("brume".into())).await.unwrap(), []);
    // Who has left administers nothing.
    assert_eq!(database.administrators(&provider).await.unwrap(), 1);
    database.let_go(&provider, PersonId(4), at(1)).await.unwrap();
    assert_eq!(database.administrators(&provider).await.unwrap(), 0);

    let team = |name: &str, members: &[u128]| Team {
        key: "nuit".into(),
        name: name.into(),
        members: members.iter().map(|id| PersonId(*id)).collect(),
    };
    database.put_team(&provider, &team("Nuit", &[4, 1])).await.unwrap();
    database.put_team(&provider, &Team { key: "jour".into(), ..team("Jour", &[]) }).await.unwrap();
    database.put_team(&provider, &team("De nuit", &[2])).await.unwrap();
    let day = Team { key: "jour".into(), ..team("Jour", &[]) };
    assert_eq!(database.teams(&provider).await.unwrap(), [day, team("De nuit", &[2])]);
    assert_eq!(database.teams(&ProviderId("brume".into())).await.unwrap(), []);

    let offer = Invitation {
        provider: orvane(),
        account,
        person: PersonId(2),
        email: "2@client.example".into(),
        name: "Zoé".into(),
        role: AccountRole::Reader,
        expires_at: at(100),
    };
    database.put_invitation(&offer).await.unwrap();
    let offer = Invitation { role: AccountRole::Manager, ..offer };
    database.put_invitation(&offer).await.unwrap();
    assert_eq!(database.invitations(&provider, account, at(99)).await.unwrap(), std::slice::from_ref(&offer));
    assert_eq!(database.invitations(&provider, account, at(100)).await.unwrap(), []);
    assert_eq!(database.invitations(&provider, other, at(1)).await.unwrap(), []);
    assert!(database.remove_invitation(&provider, account, PersonId(2)).await.unwrap());
    assert!(!database.remove_invitation(&provider, account, PersonId(2)).await.unwrap());
    database.put_invitation(&offer).await.unwrap();
    database.forget_invitations(at(100)).await.unwrap();
    assert!(!database.remove_invitation(&provider, account, PersonId(2)).await.unwrap());
}

async fn what_is_under_way_ends_once_and_a_subject_is_one_person(world: World) {
    let (database, other) = (world.desk().await, world.node().await);
    let begun = |number: u8, ends: i64| Ceremony {
        hash: [number; 32],
        kind: "openid".into(),
        body: format!("{{\"a\":{number}}}"),
        expires_at: at(ends),
    };
    database.put_ceremony(&begun(1, 100), at(1)).await.unwrap();
    database.put_ceremony(&Ceremony { body: "another".into(), ..begun(1, 100) }, at(1)).await.unwrap();
    assert_eq!(database.take_ceremony(&[1; 32], "passkey", at(2)).await.unwrap(), None);
    let (one, two) = tokio::join!(
        database.take_ceremony(&[1; 32], "openid", at(2)),
        other.take_ceremony(&[1; 32], "openid", at(2))
    );
    let taken: Vec<String> = [one.unwrap(), two.unwrap()].into_iter().flatten().collect();
    assert_eq!(taken, ["{\"a\":1}"]);
    database.put_ceremony(&begun(2, 100), at(1)).await.unwrap();
    assert_eq!(database.take_ceremony(&[2; 32], "openid", at(100)).await.unwrap(), None, "too late");

    let link = |subject: &str, person: u128| IdentityLink {
        provider: orvane(),
        issuer: "https://id.example".into(),
        subject: subject.into(),
        person: PersonId(person),
        linked_at: at(5),
    };
    assert!(database.link_identity(&link("s-1", 1)).await.unwrap());
    assert!(!database.link_identity(&link("s-1", 2)).await.unwrap(), "a subject is one person");
    assert!(!database.link_identity(&link("s-2", 1)).await.unwrap(), "a person is one subject");
    let elsewhere = IdentityLink { issuer: "https://other.example".into(), ..link("s-1", 2) };
    assert!(database.link_identity(&elsewhere).await.unwrap());
    let linked =
        async |issuer: &str, subject: &str| database.linked_person(&orvane(), issuer, subject).await.unwrap();
    assert_eq!(linked("https://id.example", "s-1").await, Some(PersonId(1)));
    assert_eq!(linked("https://other.example", "s-1").await, Some(PersonId(2)));
    assert_eq!(linked("https://id.example", "s-2").await, None);
    assert_eq!(
        database.linked_person(&ProviderId("brume".into()), "https://id.example", "s-1").await.unwrap(),
        None
    );
    assert_eq!(database.unlink_person(&orvane(), PersonId(1)).await.unwrap(), 1);
    assert_eq!(linked("https://id.example", "s-1").await, None);
}

async fn passkeys_are_kept_and_count_forward(world: World) {
    let (database, other) = (world.desk().await, world.node().await);
    let key = |id: u8, person: u128, provider: &str| Passkey {
        id: vec![id; 20],
        provider: ProviderId(provider.into()),
        person: PersonId(person),
        label: "Téléphone".into(),
        public_key: vec![1, 2, 3],
        counter: 4,
        created_at: at(id.into()),
        used_at: None,
    };
    assert!(database.put_passkey(&key(1, 7, "orvane")).await.unwrap());
    assert!(database.put_passkey(&key(2, 7, "orvane")).await.unwrap());
    assert!(!database.put_passkey(&key(1, 8, "brume")).await.unwrap(), "a name is nobody's twice");
    assert_eq!(database.passkey(&[1; 20]).await.unwrap(), Some(key(1, 7, "orvane")));
    let (one, two) =
        tokio::join!(database.use_passkey(&[1; 20], 4, 5, at(9)), other.use_passkey(&[1; 20], 4, 5, at(9)));
    assert!(one.unwrap() ^ two.unwrap(), "of two at once one counts");
    let used = Passkey { counter: 5, used_at: Some(at(9)), ..key(1, 7, "orvane") };
    assert_eq!(database.passkeys_of(&orvane(), PersonId(7)).await.unwrap(), [used, key(2, 7, "orvane")]);
    assert!(!database.remove_passkey(&orvane(), PersonId(8), &[1; 20]).await.unwrap());
    assert!(database.remove_passkey(&orvane(), PersonId(7), &[1; 20]).await.unwrap());
    assert_eq!(database.remove_passkeys(&orvane(), PersonId(7)).await.unwrap(), 1);
    assert_eq!(database.passkey(&[2; 20]).await.unwrap(), None);
}

async fn browsers_and_use_of_sessions_are_noted(world: World) {
    let database = world.desk().await;
    let (provider, person) = (orvane(), PersonId(9));
    let note =
        async |browser: u8| database.note_browser(&provider, person, &[browser; 32], at(1)).await.unwrap();
    assert!(!note(1).await, "the first is no other");
    assert!(note(2).await);
    assert!(!note(1).await && !note(2).await);
    assert!(!database.note_browser(&provider, PersonId(8), &[2; 32], at(1)).await.unwrap());
    let session = Session {
        hash: [5; 32],
        provider: orvane(),
        person,
        label: String::new(),
        created_at: at(1),
        expires_at: at(100),
        seen_at: at(1),
        proofs: String::new(),
        proved_at: None,
    };
    database.put_session(&session).await.unwrap();
    database.see_session(&[5; 32], at(7)).await.unwrap();
    database.see_session(&[5; 32], at(6)).await.unwrap();
    let seen = database.session(&[5; 32], at(8)).await.unwrap().map(|known| known.seen_at);
    assert_eq!(seen, Some(at(7)), "never back");
    let kind = CredentialKind::Totp;
    let made = Credential { kind, secret: "KEY".into(), last_step: 0, created_at: at(1), confirmed_at: None };
    database.put_credential(&provider, person, &made).await.unwrap();
    assert_eq!(database.secrets_of_kind(kind).await.unwrap(), [(orvane(), person, "KEY".to_owned())]);
    assert_eq!(database.secrets_of_kind(CredentialKind::Password).await.unwrap(), []);
}

async fn proofs_are_kept_and_count_once(world: World) {
    let database = world.desk().await;
    let other = world.node().await;
    let person = PersonId(9);
    let made = Credential {
        kind: CredentialKind::Totp,
        secret: "KEY".into(),
        last_step: 0,
        created_at: at(1),
        confirmed_at: None,
    };
    database.put_credential(&orvane(), person, &made).await.unwrap();
    let confirmed = Credential { last_step: 5, confirmed_at: Some(at(2)), ..made };
    database.put_credential(&orvane(), person, &confirmed).await.unwrap();
    let paper = Credential { kind: CredentialKind::Recovery, secret: "a b".into(), ..confirmed.clone() };
    database.put_credential(&orvane(), person, &paper).await.unwrap();
    assert_eq!(database.credentials(&orvane(), person).await.unwrap(), [paper.clone(), confirmed]);
    assert_eq!(database.credentials(&orvane(), PersonId(8)).await.unwrap(), []);
    let provider = orvane();
    // A step counts once, on whatever node, and none before it counts any more.
    let (one, two) =
        tokio::join!(database.use_step(&provider, person, 6), other.use_step(&provider, person, 6));
    assert!(one.unwrap() ^ two.unwrap());
    assert!(!database.use_step(&orvane(), person, 5).await.unwrap());
    assert!(database.use_step(&orvane(), person, 7).await.unwrap());
    let exchange = async |database: &Database, new: &str| {
        database.exchange_secret(&orvane(), person, CredentialKind::Recovery, "a b", new).await.unwrap()
    };
    assert!(exchange(&database, "b").await);
    assert!(!exchange(&other, "a").await);
    assert!(database.remove_credential(&orvane(), person, CredentialKind::Totp).await.unwrap());
    assert!(!database.remove_credential(&orvane(), person, CredentialKind::Totp).await.unwrap());
    assert!(!database.has_administrator().await.unwrap());
    database.note_token_use(&[3; 32], at(4)).await.unwrap();
    database.note_token_use(&[3; 32], at(5)).await.unwrap();
    assert_eq!(database.token_uses(&orvane(), person).await.unwrap(), [], "of a token that is theirs alone");
}

async fn the_journal_is_kept_in_order(world: World) {
    let database = world.desk().await;
    let entry = |id: u128, provider: &str, person: Option<u128>| AuditEntry {
        provider: ProviderId(provider.into()),
        id,
        at: at(5),
        person: person.map(PersonId),
        deed: "note".into(),
        object: format!("POST /{id}"),
        outcome: "done".into(),
        network: "192.0.2.0/24".into(),
    };
    let rows: Vec<AuditEntry> = (1..=5).map(|id| entry(id, "orvane", (id > 1).then_some(9))).collect();
    database.append_audit(&rows, || [7; 16]).await.unwrap();
    database.append_audit(&[entry(6, "brume", None)], || [7; 16]).await.unwrap();
    let read = async |before, at_most| database.audit(&orvane(), before, at_most).await.unwrap();
    assert_eq!(read(None, 2).await, [rows[4].clone(), rows[3].clone()]);
    assert_eq!(read(Some(4), 9).await, [rows[2].clone(), rows[1].clone(), rows[0].clone()]);
    // A row that stands is never written over: an answer that was lost makes the same rows come again.
    let again = [AuditEntry { object: "POST /other".into(), ..rows[4].clone() }, entry(7, "orvane", None)];
    database.append_audit(&again, || [8; 16]).await.unwrap();
    assert_eq!(read(None, 2).await, [again[1].clone(), rows[4].clone()]);
}

async fn checkpoints_are_given_however_many_there_are(world: World) {
    let database = world.desk().await;
    for number in 1..=1_001 {
        assert!(database.append_checkpoint(number, &number.to_string()).await.unwrap());
    }
    let all = database.checkpoints(0).await.unwrap();
    assert_eq!((all.len(), all.last().map(String::as_str)), (1_001, Some("1001")));
    assert_eq!(database.checkpoints(999).await.unwrap(), ["1000", "1001"]);
}

async fn an_earlier_checkpoint_shows_what_is_gone(world: World) {
    let database = world.desk().await;
    for ticket in 1..=4 {
        for version in 0..3 {
            database.commit(unit(ticket, version)).await.unwrap();
        }
    }
    let mut heads = Vec::new();
    database.heads(|head| heads.push(head)).await.unwrap();
    assert_eq!(
        heads.iter().map(|head| (head.ticket.0, head.version)).collect::<Vec<_>>(),
        [(1, 3), (2, 3), (3, 3), (4, 3)]
    );
    // A log may grow.
    database.commit(unit(1, 3)).await.unwrap();
    let of = |ticket: u128| match world {
        World::Sqlite { .. } => format!("x'{ticket:032x}'"),
        World::Postgres { .. } => format!("'\\x{ticket:032x}'"),
    };
    // A request that goes with its log, and a tail cut off where the row was made to agree.
    world.tamper(&format!("DELETE FROM log WHERE ticket = {0}", of(2)));
    world.tamper(&format!("DELETE FROM ticket WHERE id = {0}", of(2)));
    world.tamper(&format!("DELETE FROM log WHERE ticket = {0} AND version = 3", of(3)));
    world.tamper(&format!(
        "UPDATE ticket SET version = 2, head = (SELECT hash FROM log WHERE ticket = {0} AND version = 2) WHERE id = {0}",
        of(3)
    ));
    assert_eq!(database.verify_all(|_| ()).await.unwrap(), [], "the chains alone do not show it");
    let mut held = Vec::new();
    for head in &heads {
        held.push(database.still_holds(head).await.unwrap());
    }
    assert_eq!(held, [true, false, false, true]);
}

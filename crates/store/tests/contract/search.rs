//! A search finds what somebody who reads every request would find, on both engines, in every order
//! and page by page.

use crate::{World, at, orvane, unit};
use desk::{
    AccountId, Actor, Author, ContentId, ContentRef, FileId, FileRef, Message, MessageId, MessageKind,
    PersonId, ProviderId, Recorded, TicketEvent, TicketId, TicketState, Turn,
};
use std::time::Duration;
use store::{
    Cursor, Database, FlawKind, ListQuery, NewContent, NewFile, NewName, Order, RowTest, Search, SearchField,
    States, TicketRow, UnitOfWork, Within, WordSearch, content_digest, file_digest, fold_words,
};

/// Numbers that look like chance and are the same each time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

const WORDS: [&str; 24] = [
    "Import",
    "importer",
    "impôt",
    "imprimante",
    "Élève",
    "eleve",
    "œuvre",
    "serveur",
    "SERVEUR",
    "licence",
    "l’écran",
    "12",
    "120",
    "SA-12",
    "x²",
    "日本語",
    "a",
    "à",
    "ne",
    "net",
    "réseau",
    "e\u{301}té",
    "\"OR\"",
    "*",
];

/// A request of the corpus, as a reader knows it.
struct Known {
    row: TicketRow,
    texts: Vec<(SearchField, Vec<String>)>,
}

fn sentence(draw: &mut Draw, most: usize) -> String {
    let count = draw.below(most) + 1;
    (0..count).map(|_| draw.one(&WORDS)).collect::<Vec<_>>().join(draw.one(&[" ", ", ", " – ", "\n"]))
}

fn written(unit: &mut UnitOfWork, id: u128, kind: MessageKind, text: &str, file: Option<&str>) {
    unit.contents.push(NewContent { id: ContentId(id), salt: [1; 16], text: text.into() });
    let files = file.iter().map(|name| {
        unit.files.push(NewFile {
            id: FileId(id + 1),
            message: MessageId(id),
            name: (*name).into(),
            media_type: "text/plain".into(),
            salt: [2; 16],
            bytes: vec![7],
        });
        let digest = String::new();
        FileRef { id: FileId(id + 1), media_type: "text/plain".into(), size: 1, digest, inline: false }
    });
    let message = Message {
        id: MessageId(id),
        kind,
        by: Author::Person { id: PersonId(3) },
        channel: "email".into(),
        sent_at: unit.at,
        received_at: unit.at,
        body: ContentRef { id: ContentId(id), digest: String::new() },
        history: None,
        html: None,
        files: files.collect(),
        technical: true,
        automatic: false,
        checks: None,
        may_backscatter: false,
    };
    let event = TicketEvent::Wrote { message, turn: None };
    unit.commit.push(Recorded { at: unit.at, by: Actor::Stranger, event });
}

/// Stores some requests with messages and notes; gives what a reader knows of them.
async fn corpus(database: &Database, draw: &mut Draw, requests: u128) -> Vec<Known> {
    let mut all = Vec::new();
    for ticket in 1..=requests {
        let mut opening = unit(ticket, 0);
        let states = [TicketState::New, TicketState::Open, TicketState::Waiting, TicketState::Closed];
        opening.row.subject = sentence(draw, 4);
        opening.row.requester = draw.one(&["Aude Lenoir", "zoe@client.example", "Élise Import"]).to_owned();
        opening.row.account = [None, Some(AccountId(1)), Some(AccountId(2))][draw.below(3)];
        opening.row.assignee = [None, Some(PersonId(9))][draw.below(2)];
        opening.row.team = [None, Some("réseau".to_owned())][draw.below(2)].clone();
        opening.row.severity = [None, Some("high".to_owned())][draw.below(2)].clone();
        opening.row.state = states[draw.below(4)];
        opening.row.turn = [Turn::Provider, Turn::Customer][draw.below(2)];
        opening.row.missed = draw.below(4) == 0;
        opening.row.merged_into = ticket.is_multiple_of(11).then_some(TicketId(1));
        opening.row.received_at = at(draw.below(1000) as i64);
        opening.row.updated_at = at(draw.below(1000) as i64);
        opening.row.next_due_at = [None, Some(at(draw.below(1000) as i64))][draw.below(2)];
        let mut texts = vec![(SearchField::Subject, fold_words(&opening.row.subject))];
        let mut units = vec![opening];
        for message in 0..draw.below(5) {
            if message > 0 && draw.below(2) == 0 {
                let expected = units.len() as u64;
                let row = units[0].row.clone();
                units.push(UnitOfWork { row, ..unit(ticket, expected) });
            }
            let kind = [MessageKind::Incoming, MessageKind::Outgoing, MessageKind::Note][draw.below(3)];
            let text = sentence(draw, 8);
            let file = (draw.below(3) == 0).then(|| format!("{}.pdf", draw.one(&WORDS)));
            let id = ticket * 1000 + message as u128 * 2;
            written(units.last_mut().unwrap(), id, kind, &text, file.as_deref());
            let is_note = kind == MessageKind::Note;
            let field = if is_note { SearchField::Note } else { SearchField::Message };
            texts.push((field, fold_words(&text)));
            if let Some(file) = file {
                let field = if is_note { SearchField::NoteFile } else { SearchField::File };
                texts.push((field, fold_words(&file)));
            }
        }
        let mut row = units[0].row.clone();
        for unit in units {
            let committed = database.commit(unit).await.unwrap();
            (row.number, row.version) = (committed.number, committed.version);
        }
        texts.push((SearchField::Requester, fold_words(&format!("{} {}", row.number, row.requester))));
        all.push(Known { row, texts });
    }
    all
}

fn holds(search: &Search, known: &Known) -> bool {
    let within = |within: &Within, at: calendar::Instant| {
        within.from.is_none_or(|from| at >= from) && within.before.is_none_or(|before| at < before)
    };
    let row = &known.row;
    match search {
        Search::All(parts) => parts.iter().all(|part| holds(part, known)),
        Search::Any(parts) => parts.iter().any(|part| holds(part, known)),
        Search::Not(part) => !holds(part, known),
        Search::Words(words) => known.texts.iter().any(|(field, text)| {
            words.fields.contains(field)
                && !words.words.is_empty()
                && text.windows(words.words.len()).any(|run| {
                    run.iter().zip(&words.words).enumerate().all(|(place, (found, sought))| {
                        found == sought
                            || words.open_ended
                                && place + 1 == words.words.len()
                                && found.starts_with(sought.as_str())
                    })
                })
        }),
        Search::Row(test) => match test {
            RowTest::Account(accounts) => row.account.is_some_and(|account| accounts.contains(&account)),
            RowTest::Assignee(people) => row.assignee.is_some_and(|person| people.contains(&person)),
            RowTest::Unassigned => row.assignee.is_none(),
            RowTest::Team(team) => row.team.as_ref() == Some(team),
            RowTest::Severity(severity) => row.severity.as_ref() == Some(severity),
            RowTest::State(state) => row.state == *state && row.merged_into.is_none(),
            RowTest::Live => row.is_live(),
            RowTest::Turn(turn) => row.turn == *turn,
            RowTest::Missed => row.missed,
            RowTest::Sequence(sequence) => row.number == format!("ORV-{sequence}"),
            RowTest::Received(bounds) => within(bounds, row.received_at),
            RowTest::Due(bounds) => row.is_live() && row.next_due_at.is_some_and(|due| within(bounds, due)),
            other => panic!("{other:?} is not drawn"),
        },
    }
}

fn drawn(draw: &mut Draw, depth: usize) -> Search {
    let all = SearchField::ALL.to_vec();
    let public = vec![SearchField::Subject, SearchField::Message, SearchField::File, SearchField::Requester];
    match draw.below(if depth == 0 { 8 } else { 12 }) {
        0..=4 => {
            let mut words = fold_words(&sentence(draw, 2));
            let open_ended = draw.below(2) == 0;
            if let Some(last) = words.last_mut()
                && open_ended
            {
                let letters = draw.below(4) + 1;
                *last = last.chars().take(letters).collect();
            }
            let fields = [all, public, vec![SearchField::Note]][draw.below(3)].clone();
            Search::Words(WordSearch { words, open_ended, fields })
        }
        5 | 6 => Search::Row(match draw.below(9) {
            // One, or more than SQLite takes as conditions joined by OR.
            0 => RowTest::Account((1..=1 + 1500 * draw.below(2) as u128).map(AccountId).collect()),
            1 if draw.below(2) == 0 => RowTest::Unassigned,
            1 => RowTest::Assignee((0..draw.below(4) as u128).map(|place| PersonId(8 + place)).collect()),
            2 => RowTest::Team("réseau".into()),
            3 => RowTest::Severity("high".into()),
            4 => RowTest::State(TicketState::Waiting),
            5 => RowTest::Missed,
            6 => RowTest::Sequence(draw.below(40) as i64),
            7 => RowTest::Received(Within { from: Some(at(300)), before: Some(at(700)) }),
            _ => RowTest::Due(Within { from: None, before: Some(at(500)) }),
        }),
        7 => Search::Row(if draw.below(2) == 0 { RowTest::Live } else { RowTest::Turn(Turn::Customer) }),
        8 => Search::Not(Box::new(drawn(draw, depth - 1))),
        9 => Search::Any((0..=draw.below(3)).map(|_| drawn(draw, depth - 1)).collect()),
        _ => Search::All((0..=draw.below(3)).map(|_| drawn(draw, depth - 1)).collect()),
    }
}

/// Every page of a list.
async fn numbers(database: &Database, list: &ListQuery) -> Vec<String> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = database.list_tickets(&ListQuery { after, ..list.clone() }).await.unwrap();
        assert!(page.len() <= list.limit as usize);
        let is_last = page.len() < list.limit as usize;
        after = page.last().map(|row| Cursor::after(row, list.order));
        found.extend(page.into_iter().map(|row| row.number));
        if is_last {
            return found;
        }
    }
}

pub async fn both_engines_find_what_a_reader_of_everything_finds(world: World) {
    let database = world.desk().await;
    let mut draw = Draw(20_261_125);
    let known = corpus(&database, &mut draw, 300).await;
    let mut found_any = 0;
    for place in 0..400 {
        let search = drawn(&mut draw, 2);
        let order = [Order::Arrival, Order::Arrival, Order::NextDue, Order::Updated][draw.below(4)];
        let account = (draw.below(4) == 0).then_some(AccountId(2));
        let states = if draw.below(3) == 0 { States::Live } else { States::All };
        let list = ListQuery {
            search: Some(search.clone()),
            order,
            account,
            states: states.clone(),
            limit: [7, 50, 500][draw.below(3)],
            ..ListQuery::live(orvane())
        };
        let mut expected: Vec<&Known> = known
            .iter()
            .filter(|known| account.is_none() || known.row.account == account)
            .filter(|known| states == States::All || known.row.is_live())
            .filter(|known| holds(&search, known))
            .collect();
        let arrival = |known: &Known| known.row.number[4..].parse::<i64>().unwrap();
        expected.sort_by_key(|known| match order {
            Order::Arrival => (0, 0, -arrival(known)),
            Order::Updated => (0, -known.row.updated_at.milliseconds(), -arrival(known)),
            Order::NextDue => {
                let due = known.row.next_due_at.filter(|_| known.row.is_live());
                let due = due.map_or(i64::MAX, calendar::Instant::milliseconds);
                (i64::from(!known.row.is_live()), due, arrival(known))
            }
        });
        let expected: Vec<&str> = expected.iter().map(|known| known.row.number.as_str()).collect();
        found_any += usize::from(!expected.is_empty());
        assert_eq!(numbers(&database, &list).await, expected, "{place}: {order:?} {search:?}");
        let elsewhere = ListQuery { provider: ProviderId("brume".into()), ..list };
        assert_eq!(numbers(&database, &elsewhere).await, [] as [&str; 0]);
    }
    assert!(found_any > 150, "most searches must find something: {found_any}");
}

fn words(text: &str) -> ListQuery {
    let words = WordSearch { words: fold_words(text), open_ended: false, fields: SearchField::ALL.to_vec() };
    let search = Some(Search::Words(words));
    ListQuery { search, states: States::All, order: Order::Arrival, ..ListQuery::live(orvane()) }
}

pub async fn what_is_erased_is_not_found(world: World) {
    let database = world.desk().await;
    let mut opening = unit(1, 0);
    opening.row.subject = "Sujet confidentiel".into();
    opening.contents.push(NewContent { id: ContentId(1), salt: [1; 16], text: "Sujet confidentiel".into() });
    opening.commit[0].event = TicketEvent::Opened {
        id: TicketId(1),
        provider: orvane(),
        account: None,
        contact: None,
        channel: "email".into(),
        subject: ContentRef { id: ContentId(1), digest: String::new() },
        received_at: at(0),
        agreement: opening.row.agreement.clone(),
        contract: None,
        facts: terms::Facts::new(),
    };
    written(&mut opening, 10, MessageKind::Incoming, "le motdepassequarante", Some("fichiersecret.txt"));
    written(&mut opening, 20, MessageKind::Incoming, "un message ordinaire", None);
    database.commit(opening.clone()).await.unwrap();
    let mut other = unit(2, 0);
    written(&mut other, 30, MessageKind::Incoming, "encore motdepassequarante", None);
    database.commit(other).await.unwrap();

    let found = async |text: &str| numbers(&database, &words(text)).await;
    assert_eq!(found("motdepassequarante").await, ["ORV-2", "ORV-1"]);
    assert_eq!(found("fichiersecret").await, ["ORV-1"]);
    assert!(database.erase_content(&orvane(), TicketId(1), ContentId(10)).await.unwrap());
    assert!(database.erase_file(&orvane(), TicketId(1), FileId(11)).await.unwrap());
    assert!(database.erase_content(&orvane(), TicketId(1), ContentId(1)).await.unwrap());
    assert!(!database.erase_content(&orvane(), TicketId(1), ContentId(1)).await.unwrap());
    assert_eq!(found("motdepassequarante").await, ["ORV-2"]);
    for text in ["fichiersecret", "confidentiel"] {
        assert_eq!(found(text).await, [] as [&str; 0], "{text}");
    }
    assert_eq!(found("ordinaire").await, ["ORV-1"]);

    // The row is written anew: what it now says is found, what it said is not.
    let mut next = UnitOfWork { row: opening.row.clone(), ..unit(1, 1) };
    next.row.subject = "effacé".into();
    next.row.requester = "anonyme".into();
    database.commit(next).await.unwrap();
    assert_eq!(found("EFFACE").await, ["ORV-1"]);
    assert_eq!(found("anonyme").await, ["ORV-1"]);
    assert_eq!(found("lenoir").await, ["ORV-2"]);

    // What is written and destroyed in one transaction is not found either.
    let mut written_first = unit(2, 1);
    written(&mut written_first, 40, MessageKind::Incoming, "aussitôtdétruit", None);
    let destroyed = UnitOfWork { erased_contents: vec![ContentId(40)], ..unit(2, 2) };
    for outcome in database.commit_many(vec![written_first, destroyed]).await {
        outcome.unwrap();
    }
    assert_eq!(found("aussitotdetruit").await, [] as [&str; 0]);

    if let World::Sqlite { folder } = &world {
        database.erase_content(&orvane(), TicketId(2), ContentId(30)).await.unwrap();
        drop(database);
        world.tamper("PRAGMA wal_checkpoint(TRUNCATE)");
        let bytes = std::fs::read(folder.join("desk.db")).unwrap();
        for secret in ["motdepassequarante", "fichiersecret", "confidentiel"] {
            let is_there = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!is_there, "`{secret}` still stands in the file");
        }
    }
}

/// What is written anew is found by its new words alone, and proven by the event that points to it anew.
pub async fn what_is_rewritten_is_found_and_proven_anew(world: World) {
    let database = world.desk().await;
    let mut opening = unit(1, 0);
    opening.row.subject = "cartesecrète perdue".into();
    written(&mut opening, 10, MessageKind::Incoming, "ma cartesecrète est bloquée", Some("cartesecrète.txt"));
    let mut sealed = Vec::new();
    for recorded in &mut opening.commit {
        if let TicketEvent::Wrote { message, .. } = &mut recorded.event {
            message.body.digest = content_digest(&[1; 16], "ma cartesecrète est bloquée");
            message.files[0].digest = file_digest(&[2; 16], "cartesecrète.txt", &[7]);
            sealed.push(message.clone());
        }
    }
    database.commit(opening.clone()).await.unwrap();
    let mut other = unit(2, 0);
    written(&mut other, 30, MessageKind::Incoming, "une cartesecrète aussi", None);
    database.commit(other).await.unwrap();
    let found = async |text: &str| numbers(&database, &words(text)).await;
    assert_eq!(found("cartesecrete").await, ["ORV-2", "ORV-1"]);

    let salt = [9; 16];
    let mut rewriting = UnitOfWork { row: opening.row.clone(), ..unit(1, 1) };
    rewriting.row.subject = "▮▮▮▮ perdue".into();
    rewriting.rewritten =
        vec![NewContent { id: ContentId(10), salt, text: "ma ▮▮▮▮ est bloquée".to_owned() }];
    rewriting.renamed = vec![NewName { id: FileId(11), name: "masqué.txt".to_owned(), salt }];
    let silent = rewriting.clone();
    let file = FileRef { digest: file_digest(&salt, "masqué.txt", &[7]), ..sealed[0].files[0].clone() };
    rewriting.commit[0].event = TicketEvent::Redacted {
        message: MessageId(10),
        kinds: ["text".to_owned()].into(),
        texts: vec![ContentRef {
            id: ContentId(10), digest: content_digest(&salt, "ma ▮▮▮▮ est bloquée")
        }],
        renamed: vec![file],
        files: Vec::new(),
    };
    database.put_draft(&orvane(), TicketId(1), PersonId(3), "note", "reste", at(1)).await.unwrap();
    database.commit(rewriting).await.unwrap();

    assert_eq!(found("cartesecrete").await, ["ORV-2"]);
    for word in ["bloquee", "perdue", "masque"] {
        assert_eq!(found(word).await, ["ORV-1"], "{word}");
    }
    let page = database.ticket_page(&orvane(), TicketId(1)).await.unwrap().unwrap();
    assert_eq!(page.contents[&ContentId(10)], "ma ▮▮▮▮ est bloquée");
    assert_eq!((page.files[0].name.as_str(), page.files[0].size), ("masqué.txt", 1));
    assert_eq!(database.verify(&orvane(), TicketId(1)).await.unwrap(), []);
    let draft = database.draft(&orvane(), TicketId(1), PersonId(3), "note").await.unwrap();
    assert_eq!(draft.as_deref(), Some("reste"), "what is being written is not lost");
    let draft = (PersonId(3), "note");
    assert!(!database.rewrite_draft(&orvane(), TicketId(1), draft, "autre", "x").await.unwrap());
    assert!(database.rewrite_draft(&orvane(), TicketId(1), draft, "reste", "▮▮▮▮").await.unwrap());

    // Whoever rewrites without an event that says so has altered it.
    database.commit(UnitOfWork { expected: 2, rewritten: altered(&silent), ..silent }).await.unwrap();
    let flaws = database.verify(&orvane(), TicketId(1)).await.unwrap();
    let kinds: Vec<FlawKind> = flaws.into_iter().map(|flaw| flaw.kind).collect();
    assert_eq!(kinds, [FlawKind::ContentAltered { id: ContentId(10) }]);

    if let World::Sqlite { folder } = &world {
        database.erase_content(&orvane(), TicketId(2), ContentId(30)).await.unwrap();
        database.scrub(store::Scrub::Whole, Duration::from_secs(5), at(9)).await.unwrap();
        drop(database);
        let bytes = std::fs::read(folder.join("desk.db")).unwrap();
        for secret in ["cartesecrète", "cartesecrete"] {
            let is_there = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!is_there, "`{secret}` still stands in the file");
        }
    }
}

fn altered(unit: &UnitOfWork) -> Vec<NewContent> {
    unit.rewritten
        .iter()
        .map(|content| NewContent { text: "autre chose".to_owned(), ..content.clone() })
        .collect()
}

pub async fn what_an_older_program_stored_is_found(world: World) {
    let database = world.desk().await;
    let mut draw = Draw(7);
    corpus(&database, &mut draw, 40).await;
    let mut before = Vec::new();
    for word in WORDS {
        before.push(numbers(&database, &words(word)).await);
    }
    assert!(before.iter().filter(|found| !found.is_empty()).count() > 10);
    drop(database);
    world.tamper("DELETE FROM search_part; UPDATE ticket SET parts = 0; DELETE FROM setting WHERE key = 'search_index'");
    let database = world.node().await;
    for (word, before) in WORDS.iter().zip(before) {
        assert_eq!(numbers(&database, &words(word)).await, before, "{word}");
    }
    // What comes afterwards takes places that are free.
    let mut next = unit(1, database.ticket_row(&orvane(), TicketId(1)).await.unwrap().unwrap().version);
    written(&mut next, 90_000, MessageKind::Note, "dernièrement", None);
    database.commit(next).await.unwrap();
    assert_eq!(numbers(&database, &words("dernierement")).await, ["ORV-1"]);
}

/// However rare or frequent words are, and wherever they stand, their requests are found page by page.
pub async fn words_of_any_frequency_are_found(world: World) {
    const REQUESTS: u128 = 700;
    let database = world.desk().await;
    let subject = |ticket: u128| {
        let each = [(1, "partout"), (6, "souvent"), (90, "parfois"), (650, "presque")];
        let words = each.iter().filter(|(every, _)| ticket.is_multiple_of(*every)).map(|(_, word)| *word);
        words.chain((ticket == 3).then_some("unique")).collect::<Vec<_>>().join(" ")
    };
    let openings: Vec<UnitOfWork> = (1..=REQUESTS)
        .map(|ticket| {
            let mut opening = unit(ticket, 0);
            opening.row.subject = subject(ticket);
            opening.row.received_at = at(ticket as i64);
            opening
        })
        .collect();
    for some in openings.chunks(100) {
        for answer in database.commit_many(some.to_vec()).await {
            answer.unwrap();
        }
    }
    for sought in [
        vec!["partout"],
        vec!["souvent"],
        vec!["parfois"],
        vec!["presque"],
        vec!["unique"],
        vec!["nulle"],
        vec!["souvent", "parfois"],
        vec!["partout", "unique"],
        vec!["partout", "souvent", "presque"],
    ] {
        let search = Search::All(sought.iter().map(|word| anywhere(word)).collect());
        let mut list = ListQuery {
            search: Some(search),
            states: States::All,
            order: Order::Arrival,
            limit: 30,
            ..ListQuery::live(orvane())
        };
        let mut found = Vec::new();
        loop {
            let page = database.list_tickets(&list).await.unwrap();
            found.extend(page.iter().map(|row| row.id.0));
            let Some(last) = page.last().filter(|_| page.len() == 30) else { break };
            list.after = Some(Cursor::after(last, Order::Arrival));
        }
        let expected: Vec<u128> = (1..=REQUESTS)
            .rev()
            .filter(|ticket| {
                sought.iter().all(|word| subject(*ticket).split(' ').any(|known| known == *word))
            })
            .collect();
        assert_eq!(found, expected, "{sought:?}");
    }
}

fn anywhere(word: &str) -> Search {
    let fields = SearchField::ALL.to_vec();
    Search::Words(WordSearch { words: fold_words(word), open_ended: false, fields })
}

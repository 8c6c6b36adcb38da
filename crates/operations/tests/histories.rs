//! Random histories through the operations, on both databases: whatever people do, what is stored is what a replay of
//! the log gives – the row of the lists, the clocks, the heads, and what the search finds.
//!
//! `ENTENTE_SEED` chooses the histories; ten thousand of them are lived with `ENTENTE_LONG`, a few otherwise.

use desk::{DutyAnswer, PersonId, Ticket, TicketState};
use harness::Chance;
use meters::Course;
use operations::{
    Failure, NewRequest, QueueFilter, QueueKind, Request, command_ticket, list_tickets, open_ticket, settle,
    view_ticket,
};
use std::collections::{BTreeMap, BTreeSet};
use terms::{FactValue, Facts, Verdict};

#[path = "sample/desk.rs"]
mod sample;

use sample::{Desk, postgres, sqlite};

/// The contact who asks, a colleague of theirs, agents and a manager.
const PEOPLE: [u128; 5] = [3, 5, 1, 6, 7];
/// Deeds of one history, and the requests that they are about.
const DEEDS: usize = 12;
const REQUESTS: usize = 2;

#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says how many there are")]
fn histories_and_seed(usually: usize) -> (usize, u64) {
    let long = std::env::var_os("ENTENTE_LONG").is_some();
    let seed = std::env::var("ENTENTE_SEED").ok().and_then(|seed| seed.parse().ok());
    (if long { 10_000 } else { usually }, seed.unwrap_or(20_261_126))
}

/// Something that somebody may want of a request, sensible or not.
fn request(chance: &mut Chance, others: &[String]) -> Request {
    let body = || "Voici où nous en sommes.".to_owned();
    let consent = || BTreeSet::from(["customer".to_owned()]);
    match chance.below(28) {
        0..=2 => Request::Reply {
            body: body(),
            files: Vec::new(),
            technical: chance.below(3) > 0,
            turn: None,
            undo_seconds: if chance.below(4) == 0 { 60 } else { 0 },
        },
        3 => Request::Undo,
        4 => Request::Note { body: body() },
        5 => Request::Update { body: body() },
        6 => Request::RequestUpdate { body: None },
        7 => Request::LogCall { reached: chance.below(2) == 0, body: body() },
        8 => Request::TakeUp { reason: None },
        9 => Request::Assign { agent: Some(PersonId(*chance.one(&[1, 6]))), team: None },
        10 => Request::Unassign,
        11 => {
            let severity = *chance.one(&["high", "medium", "low"]);
            Request::Learn {
                facts: Facts::new().with("severity", FactValue::text(severity)),
                consent: consent(),
            }
        }
        12 => Request::JudgeCoverage {
            verdict: *chance.one(&[Verdict::Covered, Verdict::NotCovered, Verdict::NeedsJudgement]),
            reason: body(),
        },
        13 => Request::AcceptException { reason: body(), price: None },
        14 => Request::Wait {
            party: (*chance.one(&["customer", "vendor"])).to_owned(),
            task: None,
            reason: None,
        },
        15 => Request::Resume,
        16 => Request::PassToVendor { vendor: "Éditeur".to_owned(), reference: "E-7".to_owned() },
        17 => Request::BackFromVendor { result: "fix".to_owned() },
        18 => Request::AnswerDuty {
            task: "evidence".to_owned(),
            answer: DutyAnswer::Done,
            given: BTreeSet::new(),
            body: None,
        },
        19 => Request::Snooze { until: None },
        20 => Request::LogTime { minutes: 1 + chance.below(90) as u32, at: None, kind: None },
        21 => Request::Tag { add: vec!["urgent".to_owned()], remove: vec!["ancien".to_owned()] },
        22 => Request::Resolve {
            outcome: (*chance.one(&["solution", "alternative", "plan"])).to_owned(),
            body: body(),
        },
        23 => Request::Confirm,
        24 => Request::Close { reason: "réglé".to_owned(), consent: consent() },
        25 => Request::Reopen,
        26 => match others.is_empty() {
            true => Request::Unmerge,
            false => Request::Merge { into: chance.one(others).clone() },
        },
        _ => Request::Unmerge,
    }
}

/// What may be answered to somebody who wants what cannot be. Anything else is a fault.
fn is_an_answer(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Refused(_) | Failure::Invalid { .. } | Failure::NotPermitted | Failure::NotFound { .. }
    )
}

async fn lived(desk: &Desk, seed: u64, clock: &mut calendar::Instant) -> Vec<String> {
    let environment = &desk.environment;
    let mut chance = Chance(seed);
    let mut numbers: Vec<String> = Vec::new();
    for _ in 0..REQUESTS {
        let new = NewRequest {
            channel: "portal".to_owned(),
            subject: format!("Histoire {seed}"),
            body: "Cela ne va pas.".to_owned(),
            ..NewRequest::default()
        };
        let view = open_ticket(environment, &desk.viewer(PEOPLE[0]).await, new).await.expect("opened");
        numbers.push(view.number);
    }
    for _ in 0..DEEDS {
        if chance.below(3) == 0 {
            *clock = clock.plus_seconds(60 * (1 + chance.below(3_000) as i64));
            environment.clock.move_to(*clock);
            settle(environment).await.expect("rounds");
        }
        let number = chance.one(&numbers).clone();
        let others: Vec<String> = numbers.iter().filter(|other| **other != number).cloned().collect();
        let asked = request(&mut chance, &others);
        let viewer = desk.viewer(*chance.one(&PEOPLE)).await;
        let told = format!("{asked:?}");
        if let Err(failure) = command_ticket(environment, &viewer, &number, asked, None).await {
            assert!(is_an_answer(&failure), "seed {seed}: {told} on {number}: {failure}");
        }
    }
    settle(environment).await.expect("rounds");
    numbers
}

/// What is stored of a request is what its log folds to; gives its state as the log has it.
async fn is_what_a_replay_gives(desk: &Desk, number: &str, seed: u64) -> TicketState {
    let environment = &desk.environment;
    let store = &environment.store;
    let (provider, id) = store.ticket_by_number(number).await.expect("read").expect("it is there");
    let page = store.ticket_page(&provider, id).await.expect("read").expect("it is there");
    let ticket = Ticket::fold(page.log.iter().map(|entry| entry.commit.as_slice())).expect("it was opened");
    let agent = desk.viewer(1).await;
    let view = view_ticket(environment, &agent, number).await.expect("shown");
    let row = &page.row;
    let at = format!("seed {seed}, {number}");
    assert_eq!(row.version, page.log.len() as u64, "{at}");
    assert_eq!(row.version, ticket.version, "{at}");
    assert_eq!((row.state, row.turn, row.verdict), (ticket.state, ticket.turn, ticket.verdict()), "{at}");
    assert_eq!((row.assignee, row.team.as_ref()), (ticket.assignee, ticket.team.as_ref()), "{at}");
    assert_eq!(row.severity.as_deref(), ticket.facts.text("severity"), "{at}");
    assert_eq!(row.next_step_at, ticket.next_step_at(&view.terms), "{at}");
    let missed = ticket.progress.clocks.iter().any(|clock| clock.missed_at.is_some());
    assert_eq!(row.missed, missed, "{at}");
    assert_eq!(row.snoozed, ticket.snoozed_until.is_some() && ticket.is_live(), "{at}");
    let (course, progress) = (Course::new(&view.terms), ticket.progress_read());
    let read = |clock| meters::read(&course, &progress, clock, &ticket.facts, view.now);
    let readings: Vec<_> = progress.clocks.iter().map(read).collect();
    let shown: Vec<_> = view.clocks.iter().map(|clock| clock.reading.clone()).collect();
    assert_eq!(shown, readings, "{at}");
    // The head of the chain is that of the last commit.
    let mut heads = BTreeMap::new();
    store.heads(|head| heads.extend([(head.ticket, head.version)])).await.expect("read");
    assert_eq!(heads.get(&id), Some(&ticket.version), "{at}");
    // And the lists find it under the state that it has, and under no other.
    for state in ["new", "open", "waiting", "resolved", "closed", "declined"] {
        let filter = QueueFilter {
            view: QueueKind::All,
            text: Some(format!("state:{state} number:{number}")),
            limit: 5,
            ..QueueFilter::default()
        };
        let found = list_tickets(environment, &agent, &filter).await.expect("listed");
        let is_found = found.rows.iter().any(|row| row.number == number);
        // What goes on in another is in no state of its own.
        let is_in_it = state == ticket.state.as_str() && ticket.merged_into.is_none();
        assert_eq!(is_found, is_in_it, "{at}: {state}");
    }
    ticket.state
}

async fn what_is_stored_is_what_a_replay_gives(desk: Desk, usually: usize) {
    let (count, seed) = histories_and_seed(usually);
    let mut clock = desk.environment.now();
    let mut ended: BTreeMap<&str, usize> = BTreeMap::new();
    for place in 0..count as u64 {
        let seed = seed.wrapping_add(place.wrapping_mul(7_919));
        for number in lived(&desk, seed, &mut clock).await {
            *ended.entry(is_what_a_replay_gives(&desk, &number, seed).await.as_str()).or_default() += 1;
        }
    }
    println!("{count} histories from seed {seed}: {ended:?}");
    assert!(ended.len() > 2, "histories that all end alike prove little: {ended:?}");
}

#[tokio::test]
async fn histories_sqlite() {
    what_is_stored_is_what_a_replay_gives(sqlite().await, 12).await;
}

#[tokio::test]
async fn histories_postgres() {
    what_is_stored_is_what_a_replay_gives(postgres().await, 6).await;
}

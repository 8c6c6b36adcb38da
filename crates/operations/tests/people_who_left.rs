//! Who was let go, or lost their role, neither acts by mail nor is told by it; on both databases.

#[path = "sample/desk.rs"]
mod sample;

use desk::{AccountId, AccountRole, Person, PersonId, Role, Standing, TicketState};
use harness::process_cpu_time;
use operations::{
    AssignmentRule, Failure, MacroStep, NewRequest, Received, Request, Rule, Scope, TicketView,
    WebhookChange, WebhookStanding, change_webhook, command_ticket, issue_token_here, list_assignment_rules,
    list_deliveries, list_kept_mail, list_rules, make_round, make_webhook, open_ticket, put_assignment_rule,
    put_rule, read_journal, remove_webhook, settle, view_ticket, view_webhook,
};
use sample::{Desk, LETTER, postgres, sqlite};
use store::Purpose;

const NOE: u128 = 1;
const LEA: u128 = 2;
const MAUDE: u128 = 3;
const ROSE: u128 = 5;
const IDA: u128 = 6;

impl Desk {
    async fn let_go(&self, person: u128) {
        let store = &self.environment.store;
        store.let_go(&self.provider.id, PersonId(person), self.environment.now()).await.expect("gone");
    }

    async fn give_roles(&self, person: u128, roles: &[(u128, AccountRole)]) {
        let standings: Vec<Standing> = roles
            .iter()
            .map(|(account, role)| Standing { account: AccountId(*account), role: *role })
            .collect();
        let store = &self.environment.store;
        store.put_standings(&self.provider.id, PersonId(person), &standings).await.expect("given");
    }

    async fn seen(&self, number: &str) -> TicketView {
        view_ticket(&self.environment, &self.viewer(LEA).await, number).await.expect("seen")
    }

    async fn does(&self, person: u128, number: &str, request: Request) -> Result<TicketView, Failure> {
        command_ticket(&self.environment, &self.viewer(person).await, number, request, None).await
    }

    /// Which letters went to an address, by what they hold.
    fn told(&self, address: &str, words: &str) -> Vec<mail::Letter> {
        let mut letters = self.outgoing_to(address);
        letters.retain(|letter| letter.text.contains(words) || letter.subject.contains(words));
        letters
    }
}

fn reply(body: &str) -> Request {
    Request::Reply { body: body.to_owned(), files: Vec::new(), technical: true, turn: None, undo_seconds: 0 }
}

fn answer(from: &str, id: &str, answers: &str, text: &str) -> String {
    format!(
        "From: {from}\nTo: aide@orvane.example\nSubject: Re: [ORV-1] suite\nMessage-ID: <{id}@client.example>\n\
         In-Reply-To: <{answers}>\n\n{text}\n"
    )
}

async fn who_was_let_go_neither_acts_nor_is_told(desk: Desk) {
    let number = "ORV-1";
    // While its clocks run nothing waits for the morning.
    desk.go_to("2026-08-17T10:00:00-04:00").await;
    assert_eq!(desk.receive(LETTER, true).await, Received::Opened(number.to_owned()));
    let take = Request::Assign { agent: Some(PersonId(NOE)), team: None };
    desk.does(LEA, number, take).await.expect("given");
    desk.does(LEA, number, reply("Essayez ceci.")).await.expect("answered");
    settle(&desk.environment).await.expect("rounds");
    let to_maude = desk.told("maude@client.example", "Essayez ceci").pop().expect("an answer");
    let to_maude = to_maude.message_id.expect("an identity");
    desk.receive(&answer("maude@client.example", "m1", &to_maude, "Rien n’y fait."), true).await;
    settle(&desk.environment).await.expect("rounds");
    let to_noe = desk.told("noe@orvane.example", "a écrit").pop().expect("he is told");
    let to_noe = to_noe.message_id.expect("an identity");

    desk.let_go(NOE).await;
    desk.let_go(MAUDE).await;
    let before = desk.seen(number).await.messages.len();
    // In: with their old tokens, proven or not, they are strangers who open something of their own.
    for (from, token) in [("noe@orvane.example", &to_noe), ("maude@client.example", &to_maude)] {
        for proven in [false, true] {
            let letter = answer(from, &format!("late-{proven}-{}", from.len()), token, "Encore moi.");
            let Received::Opened(other) = desk.receive(&letter, proven).await else { panic!("{from} acts") };
            let view = desk.seen(&other).await;
            assert!(view.account.is_none() && view.contact.is_none(), "{from} is nobody of anybody");
        }
    }
    assert_eq!(desk.seen(number).await.messages.len(), before, "nobody wrote into it");
    // Out: what its owner should know goes to those who are here, and its asker is told nothing.
    let letter = answer("rose@client.example", "r1", &to_maude, "Et chez moi ?");
    assert_eq!(desk.receive(&letter, true).await, Received::Joined(number.to_owned()));
    desk.does(LEA, number, reply("Voici le correctif.")).await.expect("answered");
    settle(&desk.environment).await.expect("rounds");
    assert_eq!(desk.told("ida@orvane.example", "a écrit").len(), 1, "for its owner, who left");
    // While nobody has it, those who answer are told, and no more.
    desk.does(LEA, number, Request::Unassign).await.expect("given back");
    desk.receive(&answer("rose@client.example", "r2", &to_maude, "Toujours rien."), true).await;
    settle(&desk.environment).await.expect("rounds");
    assert_eq!(desk.told("ida@orvane.example", "a écrit").len(), 2);
    assert_eq!(desk.told("noe@orvane.example", "a écrit").len(), 1, "before he left");
    assert!(desk.told("maude@client.example", "correctif").is_empty());
    // Nor is anything given to them, or asked for them.
    let given = desk.does(LEA, number, Request::Assign { agent: Some(PersonId(NOE)), team: None }).await;
    assert!(matches!(given, Err(Failure::Invalid { field: "agent", .. })), "{given:?}");
    let new = NewRequest {
        contact: Some("maude@client.example".to_owned()),
        channel: "phone".to_owned(),
        subject: "Rappel".to_owned(),
        body: "Elle appelle.".to_owned(),
        ..NewRequest::default()
    };
    let opened = open_ticket(&desk.environment, &desk.viewer(IDA).await, new).await;
    assert!(matches!(opened, Err(Failure::Invalid { field: "contact", .. })), "{opened:?}");
}

/// What was to be told when they were still here is not when they are not.
async fn a_notice_that_waits_is_not_told_to_who_left_meanwhile(desk: Desk) {
    let number = "ORV-1";
    // While its clocks run nothing waits for the morning.
    desk.go_to("2026-08-17T10:00:00-04:00").await;
    desk.receive(LETTER, true).await;
    settle(&desk.environment).await.expect("rounds");
    desk.does(LEA, number, Request::Follow { person: Some("rose@client.example".to_owned()) })
        .await
        .expect("followed");
    desk.does(LEA, number, reply("Le mot de passe est sésame.")).await.expect("answered");
    desk.let_go(MAUDE).await;
    desk.give_roles(ROSE, &[(2, AccountRole::Manager)]).await;
    make_round(&desk.environment).await.expect("a round");
    settle(&desk.environment).await.expect("rounds");
    for address in ["maude@client.example", "rose@client.example"] {
        assert!(desk.told(address, "sésame").is_empty(), "{address}");
    }
    let kept = list_kept_mail(&desk.environment, &desk.viewer(7).await).await.expect("listed");
    let held: Vec<&str> =
        kept.undelivered.iter().filter(|row| row.state == "held").map(|row| row.address.as_str()).collect();
    assert_eq!(held.len(), 2, "whoever keeps the mail sees it: {held:?}");
}

/// A letter does what the same person may do on a page: who only reads an account writes nothing there.
async fn a_letter_is_worth_the_role_of_its_sender(desk: Desk) {
    let number = "ORV-1";
    // While its clocks run nothing waits for the morning.
    desk.go_to("2026-08-17T10:00:00-04:00").await;
    desk.receive(LETTER, true).await;
    desk.does(LEA, number, reply("Essayez ceci.")).await.expect("answered");
    settle(&desk.environment).await.expect("rounds");
    let to_maude = desk.told("maude@client.example", "Essayez ceci").pop().expect("an answer");
    let to_maude = to_maude.message_id.expect("an identity");
    let solved = Request::Resolve { outcome: "new_fix".to_owned(), body: "C’est réglé.".to_owned() };
    desk.does(LEA, number, solved).await.expect("resolved");
    let before = desk.seen(number).await;

    desk.give_roles(MAUDE, &[(1, AccountRole::Reader)]).await;
    desk.give_roles(ROSE, &[(2, AccountRole::Requester)]).await;
    let letters = [
        answer("maude@client.example", "m1", &to_maude, "Non."),
        answer("maude@client.example", "m2", "one@client.example", "Non, vraiment."),
        answer("rose@client.example", "r1", &to_maude, "Chez moi non plus."),
    ];
    let mut accounts = Vec::new();
    for letter in &letters {
        let Received::Opened(other) = desk.receive(letter, true).await else { panic!("it joined: {letter}") };
        accounts.push(desk.seen(&other).await.account.map(|(_, name)| name));
    }
    assert_eq!(accounts, [None, None, Some("MONTROSIER".to_owned())], "each where they may ask");
    let view = desk.seen(number).await;
    assert_eq!((view.state, view.messages.len()), (TicketState::Resolved, before.messages.len()));
    // A reader reads what is answered; who has no role there any more does not.
    desk.does(LEA, number, reply("Dernier mot.")).await.expect("answered");
    settle(&desk.environment).await.expect("rounds");
    assert_eq!(desk.told("maude@client.example", "Dernier mot").len(), 1);
    desk.give_roles(MAUDE, &[(2, AccountRole::Manager)]).await;
    desk.does(LEA, number, reply("Un autre mot.")).await.expect("answered");
    settle(&desk.environment).await.expect("rounds");
    assert!(desk.told("maude@client.example", "Un autre mot").is_empty());
}

/// Rules and webhooks act for whoever keeps them: with a keeper who has left, or may keep none any more, they
/// stop, once and told, until somebody else keeps them.
async fn what_acts_for_who_may_not_stops(desk: Desk) {
    let (environment, provider) = (&desk.environment, &desk.provider.id);
    desk.go_to("2026-08-17T10:00:00-04:00").await;
    let admin = desk.administrator().await;
    for (round, gone) in [(1, true), (2, false)] {
        let keeper = Person {
            id: PersonId(50 + round),
            provider: provider.clone(),
            role: Role::Manager,
            name: "Iris".to_owned(),
            email: format!("iris{round}@orvane.example"),
            account: None,
            language: "fr".to_owned(),
            zone: None,
        };
        environment.store.put_person(&keeper).await.expect("stored");
        let viewer = desk.viewer(50 + round).await;
        let rule = Rule {
            key: "classer".to_owned(),
            title: "Classer".to_owned(),
            enabled: true,
            on: vec!["ticket.opened".to_owned()],
            then: vec![MacroStep {
                command: "tag".to_owned(),
                with: serde_json::json!({ "add": ["vu"] }).as_object().cloned().expect("an object"),
            }],
            ..Rule::default()
        };
        put_rule(environment, &viewer, &rule).await.expect("kept");
        let giving = AssignmentRule {
            key: "tour".to_owned(),
            title: "Tour".to_owned(),
            enabled: true,
            ..AssignmentRule::default()
        };
        put_assignment_rule(environment, &viewer, &giving).await.expect("kept");
        let all = ["*".to_owned()];
        let made = make_webhook(environment, &viewer, "http://127.0.0.1:8443/in", &all).await.expect("made");
        let hook = made.id.to_string();
        let opened = async |id: &str| {
            let letter = LETTER.replace("one@", &format!("{id}-{round}@"));
            let Received::Opened(number) = desk.receive(&letter, true).await else { panic!("it opens") };
            settle(environment).await.expect("rounds");
            let view = desk.seen(&number).await;
            (!view.tags.is_empty(), view.assignee.is_some())
        };
        assert_eq!(opened("a").await, (true, true), "they act");
        let queued = async || {
            let listed = list_deliveries(environment, &admin, &hook, None, 200).await.expect("listed");
            listed.rows.len()
        };
        let before = queued().await;
        assert!(before > 0);

        match gone {
            true => desk.let_go(50 + round).await,
            false => {
                let agent = Person { role: Role::Agent, ..keeper.clone() };
                environment.store.put_person(&agent).await.expect("stored");
            }
        }
        for id in ["b", "c"] {
            assert_eq!(opened(id).await, (false, false), "nobody's rules act");
        }
        assert_eq!(queued().await, before, "and nothing more is told");
        let rules = list_rules(environment, &admin).await.expect("listed");
        assert!(rules.iter().all(|rule| !rule.enabled) && rules.len() == 1);
        let rules = list_assignment_rules(environment, &admin).await.expect("listed");
        assert!(rules.iter().all(|rule| !rule.enabled) && rules.len() == 1);
        let hook_now = view_webhook(environment, &admin, &hook).await.expect("seen");
        assert_eq!(hook_now.state, WebhookStanding::Off);
        let journal = read_journal(environment, &admin, None, 200).await.expect("read");
        let noted = |deed: &str| journal.iter().filter(|row| row.deed == deed).count();
        let so_often = usize::try_from(round).expect("few");
        assert_eq!((noted("rule_unkept"), noted("webhook_unkept")), (2 * so_often, so_often));
        let told = |words: &str| desk.told("ada@orvane.example", words).len();
        assert_eq!((told("« Classer »"), told("« Tour »")), (so_often, so_often));
        assert_eq!(told(&hook), 1, "administrators are told, once");
        // Whoever keeps it again has it act for them.
        put_rule(environment, &admin, &rule).await.expect("kept");
        let on = WebhookChange { is_on: Some(true), ..WebhookChange::default() };
        change_webhook(environment, &admin, &hook, &on).await.expect("changed");
        assert_eq!(opened("d").await, (true, false));
        assert!(queued().await > before);
        remove_webhook(environment, &admin, &hook).await.expect("removed");
    }
}

/// Whoever runs the installation makes ways in from the command line: it is told as elsewhere, and nothing is made for
/// somebody who left.
async fn the_command_line_makes_a_way_in_that_is_told(desk: Desk) {
    let environment = &desk.environment;
    let noe = (*desk.viewer(NOE).await.person).clone();
    let expires_at = Some(environment.now().plus_seconds(3600));
    let before = desk.outgoing_to(&noe.email).len();
    for (purpose, letters) in [(Purpose::Link, 0), (Purpose::ApiToken, 1)] {
        let made = issue_token_here(environment, &noe, purpose, &[Scope::Read], expires_at).await;
        assert!(made.expect("made").is_some());
        settle(environment).await.expect("rounds");
        assert_eq!(desk.outgoing_to(&noe.email).len() - before, letters, "{purpose:?}");
    }
    let journal = read_journal(environment, &desk.administrator().await, None, 50).await.expect("read");
    let noted = |way: &str| {
        let object = format!("command line, {way} for person {}", noe.id);
        journal.iter().filter(|row| row.object == object && row.person_id.is_none()).count()
    };
    assert_eq!((noted("link"), noted("api_token")), (1, 1));
    desk.let_go(NOE).await;
    for purpose in [Purpose::Link, Purpose::ApiToken] {
        let made = issue_token_here(environment, &noe, purpose, &[Scope::Read], expires_at).await;
        assert!(made.expect("asked").is_none());
    }
}

on_both_databases! {
    the_command_line_makes_a_way_in_that_is_told => command_line_sqlite, command_line_postgres;
    what_acts_for_who_may_not_stops => acts_for_sqlite, acts_for_postgres;
    who_was_let_go_neither_acts_nor_is_told => let_go_sqlite, let_go_postgres;
    a_notice_that_waits_is_not_told_to_who_left_meanwhile => waiting_sqlite, waiting_postgres;
    a_letter_is_worth_the_role_of_its_sender => role_sqlite, role_postgres;
}

/// A request of another customer costs what none costs: how long it is, or that it is there, shows in no time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_number_costs_what_none_costs() {
    let desk = sqlite().await;
    desk.receive(LETTER, true).await;
    for place in 0..100 {
        let note = Request::Note { body: format!("Note {place}.") };
        desk.does(LEA, "ORV-1", note).await.expect("noted");
    }
    let paul = desk.viewer(4).await;
    let mut spent = [std::time::Duration::ZERO; 2];
    for turn in 0..80 {
        let place = turn % 2;
        let number = ["ORV-1", "ORV-9"][place];
        let before = process_cpu_time();
        for _ in 0..5 {
            let seen = view_ticket(&desk.environment, &paul, number).await;
            assert!(matches!(seen, Err(Failure::NotFound { what: "request" })));
            let done = command_ticket(&desk.environment, &paul, number, reply("Oui."), None).await;
            assert!(matches!(done, Err(Failure::NotFound { what: "request" })));
        }
        spent[place] += process_cpu_time() - before;
    }
    assert!(spent[0] < spent[1] * 3, "another's, none: {spent:?}");
}

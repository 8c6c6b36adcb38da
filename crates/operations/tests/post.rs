//! Letters that are not what they seem: answers, forged answers, reports of mail servers, machines
//! that answer machines.

#[path = "sample/desk.rs"]
mod sample;

use desk::{MessageKind, TicketEvent, TicketState, Turn};
use mail::{Envelope, Intake, Mailbox, TakeAnswer, parse};
use meters::ClockState;
use operations::{
    Failure, Post, PostRoom, Received, Request, command_ticket, distrust_mail_key, follow_file_link,
    list_kept_mail, list_mail_keys, read_file, read_kept_letter, receive_letter, settle, show_letter,
    sign_file_link, take_in_again, trust_mail_keys, view_ticket,
};
use sample::{AGREEMENT, Desk, LETTER, postgres, postgres_under, sqlite, sqlite_under};
use std::collections::BTreeSet;
use std::sync::Arc;
use terms::{FactValue, Facts, Verdict};

/// An agreement that wants a region known before it promises anything.
const BY_REGION: &str = include_str!("../../../agreements/olcare.md");

/// An agreement that wants files destroyed once a request is resolved.
const SOLIDASSIST: &str = include_str!("../../../agreements/solidassist.md");

/// The sample's agreement with a promise to call back.
fn calling_back() -> String {
    let channel = "voicemail = { opens = \"by agent\", contact = \"$phone\" }\n";
    let promise = "\n[promise.callback]\nfr = \"Rappel\"\nen = \"Callback\"\nwhen = { channel = \"voicemail\" }\n\
        start = \"received\"\nstop = [\"called_back\"]\npause = []\nwithin = \"2 business hours\"\n\
        calendar = \"office\"\nstrength = \"binding\"\n";
    AGREEMENT.replacen(channel, &format!("{channel}{promise}"), 1)
}

/// The sample's agreement, which tells whoever asked of more than that it was received.
fn telling() -> String {
    let receipt = "says = [\"number\"] }\n";
    let more = "late = { on = \"promise.response.missed\", tell = [\"requester\"], by = [\"email\"] }\n\
        taken = { on = \"assigned\", tell = [\"requester\"], by = [\"email\"] }\n\
        status = { on = \"status_changed\", tell = [\"requester\"], by = [\"email\"] }\n";
    AGREEMENT.replacen(receipt, &format!("{receipt}{more}"), 1)
}

impl Desk {
    /// The rules of its mail, before anybody else holds what it stands on.
    fn post_rules(&mut self) -> &mut operations::PostRules {
        &mut Arc::get_mut(&mut self.environment).expect("nobody else").installation.post
    }

    /// Takes each of some requests up.
    async fn take_up(&self, numbers: std::ops::RangeInclusive<usize>) {
        for number in numbers {
            let taken = Request::TakeUp { reason: None };
            let agent = self.viewer(1).await;
            command_ticket(&self.environment, &agent, &format!("ORV-{number}"), taken, None)
                .await
                .expect("taken");
        }
        settle(&self.environment).await.expect("rounds");
    }

    /// A letter to an address of the desk.
    async fn take(&self, to: &str, bytes: &str, is_authentic: bool) -> Received {
        let bytes = bytes.replace('\n', "\r\n");
        let letter = parse(bytes.as_bytes());
        let post = Post {
            is_refusable: false,
            provider: &self.provider,
            letter,
            bytes: bytes.as_bytes(),
            recipient: to,
            received_at: self.environment.now(),
            is_authentic,
            checks: None,
        };
        receive_letter(&self.environment, post).await.expect("taken in")
    }

    async fn take_bytes(&self, bytes: &[u8], is_authentic: bool) -> Received {
        let letter = parse(bytes);
        let post = Post {
            is_refusable: false,
            provider: &self.provider,
            letter,
            bytes,
            recipient: &self.provider.mailbox,
            received_at: self.environment.now(),
            is_authentic,
            checks: None,
        };
        receive_letter(&self.environment, post).await.expect("taken in")
    }

    async fn open(&self) -> String {
        match self.receive(LETTER, true).await {
            Received::Opened(number) => number,
            other => panic!("it opens a request, not {other:?}"),
        }
    }

    /// Answers as the agent, and gives the letter that left.
    async fn answer(&self, number: &str, to: &str) -> mail::Letter {
        let reply = Request::Reply {
            body: "Essayez en mode sans échec.".to_owned(),
            files: Vec::new(),
            technical: true,
            turn: None,
            undo_seconds: 0,
        };
        let agent = self.viewer(1).await;
        command_ticket(&self.environment, &agent, number, reply, None).await.expect("answered");
        settle(&self.environment).await.expect("rounds");
        let mut letters = self.outgoing_to(to);
        letters.retain(|letter| letter.text.contains("mode sans échec"));
        letters.pop().expect("the answer left")
    }
}

fn reply(from: &str, id: &str, answers: &str, subject: &str, text: &str) -> String {
    format!(
        "From: {from}\nTo: aide@orvane.example\nSubject: {subject}\nMessage-ID: <{id}@client.example>\n\
         In-Reply-To: <{answers}>\nReferences: <one@client.example> <{answers}>\n\n{text}\n"
    )
}

async fn only_the_token_or_a_proven_participant_joins(desk: Desk) {
    let number = desk.open().await;
    let answer = desk.answer(&number, "maude@client.example").await;
    let id = answer.message_id.clone().expect("an identity");
    let joined = Received::Joined(number.clone());

    // The token comes back from the address it was sent to: that is proof enough.
    let back = reply("maude@client.example", "r1", &id, "Re: sans numéro", "Merci, ça marche.");
    assert_eq!(desk.receive(&back, false).await, joined);
    // The same token from another address, or a token that is one letter off, proves nothing.
    let stolen = reply("x@ailleurs.example", "r2", &id, "Re: sans numéro", "Et moi ?");
    assert!(matches!(desk.receive(&stolen, true).await, Received::Opened(_)));
    let flipped = id.replacen(|letter: char| letter.is_ascii_digit(), "f", 1);
    let forged = reply("maude@client.example", "r3", &flipped, "Re: sans numéro", "Faux.");
    assert!(matches!(desk.receive(&forged, false).await, Received::Opened(_)));
    // References of the customer's own and numbers need a From that can be believed.
    let known = reply("maude@client.example", "r4", "one@client.example", "Re: x", "Encore.");
    assert_eq!(desk.receive(&known, true).await, joined);
    let claimed = reply("maude@client.example", "r5", "one@client.example", "Re: x", "Encore un.");
    let Received::Opened(other) = desk.receive(&claimed, false).await else { panic!("not believed") };
    let view = view_ticket(&desk.environment, &desk.viewer(1).await, &other).await.expect("seen");
    let shown = view.timeline.iter().any(|entry| entry.reason.as_deref() == Some(number.as_str()));
    assert!(shown, "the new request shows the one it seems to belong to");
    assert!(view.account.is_none(), "and is nobody's");
    // A contact of another account does not join either, whatever it names.
    let mut foreign = reply("paul@client.example", "r6", "one@client.example", "Re: [ORV-1] x", "Moi aussi.");
    foreign = foreign.replace("paul@client", "autre@ailleurs");
    assert!(matches!(desk.receive(&foreign, true).await, Received::Opened(_)));
    // Two letters that share only an outside reference are two requests.
    for one in ["o1", "o2"] {
        let outside = reply("maude@client.example", one, "liste@dehors.example", "Re: liste", one)
            .replace("<one@client.example> ", "");
        assert!(matches!(desk.receive(&outside, true).await, Received::Opened(_)));
    }
    // A colleague is never taken from a From, however well it is proven: by their own token alone.
    let staff = reply("noe@orvane.example", "r7", &id, "Re: [ORV-1]", "Fermez-la.");
    assert!(matches!(desk.receive(&staff, false).await, Received::Opened(_)));
    let staff = staff.replace("r7@", "r7b@");
    assert!(matches!(desk.receive(&staff, true).await, Received::Opened(_)), "it was Maude's letter");
    desk.go_to("2026-08-17T10:00:00-04:00").await;
    let told = desk.outgoing_to("noe@orvane.example");
    let told = told.iter().find(|letter| letter.subject.contains("Maude")).expect("he is told of answers");
    let own = told.message_id.clone().expect("an identity");
    let note = reply("noe@orvane.example", "n1", &own, "Re: x", "Vu.");
    assert!(matches!(desk.receive(&note, false).await, Received::Opened(_)), "nor by the token alone");
    assert_eq!(desk.receive(&note.replace("n1@", "n2@"), true).await, joined);
    // A number in a subject is anybody's to write: it says what a request seems to belong to, and no more.
    let numbered = format!(
        "From: maude@client.example\nTo: aide@orvane.example\nSubject: [{number}] suite\n\
         Message-ID: <n3@client.example>\n\nEncore.\n"
    );
    let Received::Opened(other) = desk.receive(&numbered, true).await else {
        panic!("a number joins nothing")
    };
    let view = view_ticket(&desk.environment, &desk.viewer(1).await, &other).await.expect("seen");
    let shown = view.timeline.iter().any(|entry| entry.reason.as_deref() == Some(number.as_str()));
    assert!(shown && view.account.is_some(), "it is Maude's, and shows the other");
    // A forward asks something new, and shows where it comes from.
    let forward = reply("maude@client.example", "r8", &id, "Fwd: votre réponse", "Voyez ci-dessous.");
    assert!(matches!(desk.receive(&forward, true).await, Received::Opened(_)));
    // The same letter twice is one.
    assert!(matches!(desk.receive(&back, false).await, Received::Before(_)));
}

/// What a mail server writes of a letter of ours that it could not deliver to somebody.
fn report_of(id: &str, name: &str, recipient: &str) -> String {
    format!(
        "Return-Path: <>\nFrom: Mail Delivery System <MAILER-DAEMON@mx.client.example>\nTo: aide@orvane.example\n\
         Subject: Undelivered Mail Returned to Sender\nMessage-ID: <{name}@mx.client.example>\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
         --b\n\nI could not deliver it.\n--b\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; mx.client.example\n\nFinal-Recipient: rfc822; {recipient}\n\
         Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 unknown user\n\
         --b\nContent-Type: message/rfc822-headers\n\nMessage-ID: <{id}>\n--b--\n"
    )
    .replace("message/rfc822-headers", "text/rfc822-headers")
}

async fn a_report_becomes_the_state_of_the_letter(desk: Desk) {
    let number = desk.open().await;
    let answer = desk.answer(&number, "maude@client.example").await;
    let id = answer.message_id.expect("an identity");
    let report = |id: &str, name: &str| report_of(id, name, "maude@client.example");
    // A report without our token, or with one of another letter, is kept and says nothing.
    assert_eq!(desk.receive(&report("one@client.example", "b0"), true).await, Received::Kept);
    let forged = id.replacen('-', "-0", 1);
    assert_eq!(desk.receive(&report(&forged, "b1"), true).await, Received::Kept);
    let agent = desk.viewer(1).await;
    let before = view_ticket(&desk.environment, &agent, &number).await.expect("seen");
    assert_eq!(before.turn, Turn::Customer);

    let told = report(&id, "b2");
    assert_eq!(desk.receive(&told, false).await, Received::Returned(number.clone()));
    assert!(matches!(desk.receive(&told, false).await, Received::Before(_)));
    settle(&desk.environment).await.expect("rounds");
    let view = view_ticket(&desk.environment, &agent, &number).await.expect("seen");
    assert_eq!(view.messages.len(), before.messages.len(), "it is no message");
    assert_eq!(view.turn, Turn::Provider, "whom an answer did not reach owes nothing");
    let delivery = view.deliveries.iter().find(|delivery| delivery.kind == "reply").expect("listed");
    assert_eq!(delivery.state, "returned");
    assert_eq!(delivery.error.as_deref(), Some("550 5.1.1 unknown user"));
    let mine = desk.outgoing_to("noe@orvane.example");
    assert!(
        mine.iter().any(|letter| letter.text.contains("unknown user")),
        "the agent is told: {:?}",
        mine.iter().map(|letter| &letter.subject).collect::<Vec<_>>()
    );
    let standing = desk
        .environment
        .store
        .address_standing(&desk.provider.id, "Maude@client.example")
        .await
        .expect("read")
        .expect("known");
    assert_eq!(standing.class, desk::Return::Hard);
    let kept = desk.environment.store.kept_letters(&desk.provider.id, 10).await.expect("read");
    assert_eq!(kept.len(), 2);
    assert!(kept.iter().all(|letter| letter.why == "bounce"));
    let bytes =
        desk.environment.store.kept_letter_bytes(&desk.provider.id, &kept[0].digest).await.expect("read");
    assert!(bytes.is_some_and(|bytes| bytes.starts_with(b"Return-Path")));
    // An address that refuses is not written to by itself.
    let again = LETTER.replace("one@", "again@");
    assert!(matches!(desk.receive(&again, true).await, Received::Opened(_)));
    let acknowledged = desk.outgoing_to("maude@client.example").len();
    settle(&desk.environment).await.expect("rounds");
    assert_eq!(desk.outgoing_to("maude@client.example").len(), acknowledged);
}

/// Where the copy of somebody who follows comes back, it is their name that is told.
async fn a_report_names_whom_the_letter_went_to(desk: Desk) {
    let number = desk.open().await;
    let agent = desk.viewer(1).await;
    let taken = Request::TakeUp { reason: None };
    command_ticket(&desk.environment, &agent, &number, taken, None).await.expect("taken");
    let follow = Request::Follow { person: Some("ida@orvane.example".to_owned()) };
    command_ticket(&desk.environment, &agent, &number, follow, None).await.expect("followed");
    let copy = desk.answer(&number, "ida@orvane.example").await.message_id.expect("an identity");
    let report = report_of(&copy, "b3", "ida@orvane.example");
    assert_eq!(desk.receive(&report, false).await, Received::Returned(number));
    settle(&desk.environment).await.expect("rounds");
    let told = desk.outgoing_to("noe@orvane.example");
    let told = told.iter().find(|letter| letter.text.contains("unknown user")).expect("he is told");
    assert!(told.subject.contains("Ida") && !told.text.contains("Maude"), "{} {}", told.subject, told.text);
}

async fn machines_move_nothing(desk: Desk) {
    let number = desk.open().await;
    let answer = desk.answer(&number, "maude@client.example").await;
    let id = answer.message_id.expect("an identity");
    let told = desk.outgoing_to("noe@orvane.example").len();
    for (place, header) in
        ["Auto-Submitted: auto-replied", "X-Autoreply: yes", "Precedence: auto_reply", "X-Nothing: said"]
            .iter()
            .enumerate()
    {
        let away = reply(
            "maude@client.example",
            &format!("away{place}"),
            &id,
            "Re: votre demande",
            "Bonjour,\n\nJe suis absente du bureau jusqu'au 24 août.",
        )
        .replace("To: aide", &format!("{header}\nTo: aide"));
        assert_eq!(desk.receive(&away, true).await, Received::Joined(number.clone()), "{header}");
    }
    settle(&desk.environment).await.expect("rounds");
    let view = view_ticket(&desk.environment, &desk.viewer(1).await, &number).await.expect("seen");
    assert_eq!((view.state, view.turn), (TicketState::Open, Turn::Customer), "nothing moved");
    assert_eq!(view.messages.iter().filter(|message| message.automatic).count(), 4);
    assert_eq!(desk.outgoing_to("noe@orvane.example").len(), told, "and nobody was called");
    // Our own acknowledgement, sent round, opens nothing.
    let own = desk.outgoing_to("maude@client.example");
    let own = own.iter().find(|letter| letter.automatic.is_some()).expect("an acknowledgement");
    let text = format!(
        "From: aide@orvane.example\nTo: aide@orvane.example\nSubject: {}\nMessage-ID: <{}>\n{}: desk.example\n\nx\n",
        own.subject,
        own.message_id.as_deref().unwrap_or_default(),
        mail::LOOP_HEADER
    );
    assert_eq!(desk.receive(&text, true).await, Received::Kept);
}

/// The other desk breaks every rule: no header says that a machine wrote, the subject changes, nothing
/// refers to anything.
async fn two_desks_stop_at_three_messages(desk: Desk) {
    let other = "aide@autre-bureau.example";
    let mut exchanged = 0;
    for round in 0..10 {
        let letter = format!(
            "From: {other}\nTo: aide@orvane.example\nSubject: Dossier {round} ouvert\n\
             Message-ID: <d{round}@autre-bureau.example>\n\nVotre message a ouvert le dossier {round}.\n"
        );
        desk.receive(&letter, true).await;
        exchanged += 1;
        let before = desk.outgoing_to(other).len();
        settle(&desk.environment).await.expect("rounds");
        let after = desk.outgoing_to(other).len();
        exchanged += after - before;
        if after == before {
            break;
        }
    }
    assert_eq!(exchanged, 3, "a letter, our receipt, their receipt");
}

/// Whoever writes under others' addresses makes us write to each of them once at most, in our words.
async fn nobody_is_flooded_by_forged_letters(desk: Desk) {
    for number in 0..130 {
        let victim = number % 120;
        let letter = format!(
            "From: Gagnez <v{victim}@victime.example>\nTo: aide@orvane.example\nSubject: http://piege.example {number}\n\
             Message-ID: <f{number}@piege.example>\n\nhttp://piege.example {number}\n"
        );
        desk.receive(&letter, false).await;
    }
    settle(&desk.environment).await.expect("rounds");
    let letters = desk.outgoing();
    let mut reached: Vec<&Mailbox> = Vec::new();
    for letter in letters.iter().filter(|letter| letter.to[0].address.contains("victime")) {
        assert!(!letter.text.contains("piege") && !letter.subject.contains("piege"), "{}", letter.text);
        assert!(!reached.contains(&&letter.to[0]), "each once");
        reached.push(&letter.to[0]);
    }
    assert_eq!(reached.len(), 100, "and no more than the domain may get in a day");
}

/// What the agreement tells of a request goes no oftener to somebody whose address was typed by another, in our words
/// alone; and never where a machine, a list or a mail server wrote.
async fn nobody_is_flooded_by_what_the_agreement_tells(desk: Desk) {
    let machines = [
        ("owner-liste@liste.example", ""),
        ("liste-request@liste.example", ""),
        ("mailer-daemon@mx.example", ""),
        ("liste@liste.example", "List-Id: <liste.liste.example>\n"),
        ("robot@machine.example", "Auto-Submitted: auto-generated\n"),
        ("absent@machine.example", "X-Autoreply: yes\n"),
    ];
    let victims: Vec<String> = (0..20).map(|victim| format!("v{victim}@victime{victim}.example")).collect();
    let all = victims.iter().map(|victim| (victim.as_str(), "")).chain(machines);
    for (place, (from, header)) in all.enumerate() {
        let letter = format!(
            "From: Gagnez <{from}>\nTo: aide@orvane.example\nSubject: http://piege.example {place}\n{header}\
             Message-ID: <t{place}@piege.example>\n\nhttp://piege.example {place}\n"
        );
        desk.receive(&letter, false).await;
    }
    settle(&desk.environment).await.expect("rounds");
    let sent_to = |address: &str| desk.outgoing_to(address).len();
    assert!(victims.iter().all(|victim| sent_to(victim) == 1), "each has its receipt");
    let requests = 1..=victims.len();
    desk.take_up(requests).await;
    assert!(victims.iter().all(|victim| sent_to(victim) == 1), "and nothing more that day");
    let view = view_ticket(&desk.environment, &desk.viewer(1).await, "ORV-1").await.expect("seen");
    let told: Vec<_> = view.deliveries.iter().filter(|delivery| delivery.kind == "told").collect();
    assert!(
        !told.is_empty() && told.iter().all(|told| told.state == "held"),
        "the request says so: {told:?}"
    );
    desk.go_to("2026-08-18T12:00:00-04:00").await;
    assert!(victims.iter().all(|victim| sent_to(victim) == 2), "one more on another day");
    let late = desk.outgoing_to(&victims[0]);
    let late = late.iter().find(|letter| letter.subject == "[ORV-1] Du nouveau").expect("in our words");
    assert!(late.text.contains("Le délai annoncé pour la demande ORV-1 est dépassé"), "{}", late.text);
    for letter in desk.outgoing() {
        let to = &letter.to[0].address;
        if !to.ends_with("@orvane.example") {
            assert!(!letter.text.contains("piege") && !letter.subject.contains("piege"), "{}", letter.text);
            assert!(letter.automatic.is_some(), "{to}: {}", letter.subject);
        }
        assert!(machines.iter().all(|(machine, _)| machine != to), "{to}: {}", letter.subject);
    }
    // What a person of the desk writes leaves all the same.
    desk.answer("ORV-1", &victims[0]).await;
}

/// What a rule answers and tells goes no oftener to strangers than receipts do, and with nothing that they chose; to a
/// machine it does not go.
async fn rules_hand_nothing_of_a_stranger_on(desk: Desk) {
    let body = "Au sujet de : {{subject}}. Merci {{contact}}.";
    let reply = serde_json::json!({ "body": body });
    let rule = operations::Rule {
        key: "repondre".to_owned(),
        title: "Répondre".to_owned(),
        enabled: true,
        on: vec!["ticket.opened".to_owned()],
        then: vec![operations::MacroStep {
            command: "reply".to_owned(),
            with: reply.as_object().cloned().expect("an object"),
        }],
        tell: ["requester", "lead"]
            .map(|to| operations::Tell { to: to.to_owned(), body: format!("Dit à {to}. {body}") })
            .to_vec(),
        ..operations::Rule::default()
    };
    operations::put_rule(&desk.environment, &desk.viewer(7).await, &rule).await.expect("kept");
    let victims: Vec<String> = (0..4).map(|victim| format!("v{victim}@victime{victim}.example")).collect();
    let machine = "absent@machine.example";
    for (place, from) in victims.iter().map(String::as_str).chain([machine]).enumerate() {
        let header = if from == machine { "Auto-Submitted: auto-replied\n" } else { "" };
        let letter = format!(
            "From: Gagnez <{from}>\nTo: aide@orvane.example\nSubject: http://piege.example {place}\n{header}\
             Message-ID: <r{place}@piege.example>\n\nhttp://piege.example {place}\n"
        );
        desk.receive(&letter, false).await;
    }
    settle(&desk.environment).await.expect("rounds");
    assert!(desk.outgoing_to(machine).is_empty());
    let view = view_ticket(&desk.environment, &desk.viewer(1).await, "ORV-5").await.expect("seen");
    let held = view.deliveries.iter().find(|delivery| delivery.kind == "reply").expect("an answer");
    assert_eq!((held.state.as_str(), held.error.as_deref()), ("held", Some("only machines wrote")));
    for victim in &victims {
        let letters = desk.outgoing_to(victim);
        assert_eq!(letters.len(), 1, "{victim}");
    }
    let view = view_ticket(&desk.environment, &desk.viewer(1).await, "ORV-1").await.expect("seen");
    let answer = view.messages.last().expect("the answer");
    assert_eq!(answer.body.as_deref(), Some("Au sujet de : votre message. Merci ."));
    let told = desk.outgoing_to("lea@orvane.example");
    assert!(told.iter().any(|letter| letter.text.contains("piege")), "colleagues read what it is about");
    // Where more may go to one address, those are in our words too.
    desk.go_to("2026-08-16T18:00:00-04:00").await;
    assert!(matches!(desk.receive(LETTER, true).await, Received::Opened(_)));
    settle(&desk.environment).await.expect("rounds");
    let known = desk.outgoing_to("maude@client.example");
    assert!(
        known.iter().any(|letter| letter.text.contains("Revit ne s'ouvre plus. Merci Maude")),
        "a contact's own"
    );
    assert!(known.iter().all(|letter| letter.automatic.is_some()), "and each says that no person wrote it");
}

/// A rule's answer to a stranger says nothing that they chose, in its subject neither.
async fn a_rules_answer_to_a_stranger_is_neutral(mut desk: Desk) {
    desk.post_rules().strangers_per_address = 10;
    rules_answer(&desk).await;
    let letters = desk.outgoing_to("v@victime.example");
    assert_eq!(letters.len(), 3, "receipt, answer, telling");
    for letter in letters {
        assert!(!letter.text.contains("piege") && !letter.subject.contains("piege"), "{}", letter.subject);
        assert!(letter.automatic.is_some(), "{}", letter.subject);
    }
}

async fn rules_answer(desk: &Desk) {
    let rule = operations::Rule {
        key: "repondre".to_owned(),
        title: "Répondre".to_owned(),
        enabled: true,
        on: vec!["ticket.opened".to_owned()],
        then: vec![operations::MacroStep {
            command: "reply".to_owned(),
            with: serde_json::json!({ "body": "Reçu : {{subject}}." })
                .as_object()
                .cloned()
                .expect("an object"),
        }],
        tell: vec![operations::Tell { to: "requester".to_owned(), body: "Reçu : {{objet}}.".to_owned() }],
        ..operations::Rule::default()
    };
    operations::put_rule(&desk.environment, &desk.viewer(7).await, &rule).await.expect("kept");
    let letter = "From: Gagnez <v@victime.example>\nTo: aide@orvane.example\nSubject: http://piege.example\n\
        Message-ID: <rn@piege.example>\n\nhttp://piege.example\n";
    desk.receive(letter, false).await;
    settle(&desk.environment).await.expect("rounds");
}

/// However many domains are written under, no more leave within a day than the installation may send, and managers are
/// told once.
async fn a_ceiling_holds_for_all_strangers(mut desk: Desk) {
    desk.post_rules().strangers_in_all = 20;
    let mut written = 0;
    let mut write = async |letters: usize| {
        for _ in 0..letters {
            written += 1;
            let letter = format!(
                "From: v@victime{written}.example\nTo: aide@orvane.example\nSubject: x\n\
                 Message-ID: <c{written}@piege.example>\n\nx {written}\n"
            );
            desk.receive(&letter, false).await;
        }
        settle(&desk.environment).await.expect("rounds");
        let letters = desk.outgoing();
        letters.iter().filter(|letter| letter.to[0].address.contains("victime")).count()
    };
    assert_eq!(write(15).await, 15);
    assert_eq!(operations::letters_to_strangers(&desk.environment).await.expect("counted"), 15);
    assert_eq!(write(15).await, 20);
    assert_eq!(write(15).await, 20);
    let alarms = || {
        let letters = desk.outgoing_to("max@orvane.example");
        letters.iter().filter(|letter| letter.subject.contains("plafond")).count()
    };
    assert_eq!(alarms(), 1, "the manager is told once");
    // A contact is no stranger.
    assert!(matches!(desk.receive(LETTER, true).await, Received::Opened(_)));
    settle(&desk.environment).await.expect("rounds");
    assert_eq!(desk.outgoing_to("maude@client.example").len(), 1);
    desk.go_to("2026-08-15T18:30:00-04:00").await;
    assert_eq!(operations::letters_to_strangers(&desk.environment).await.expect("counted"), 0);
    assert_eq!((write(25).await, alarms()), (40, 2), "another day");
}

/// A contact's machine that says nothing of itself answers each letter of ours by a request of its own: no word of it
/// is known, nothing is referred to. A quick one is stopped by the measure of the hour, a slow one by that of the day:
/// then nothing leaves by itself, and it falls silent.
async fn a_contacts_machine_runs_out(desk: Desk) {
    let (quick, slow) = (60, 420);
    assert_eq!(answered_by_machine(&desk, "rose@client.example", quick).await, 10);
    desk.go_to("2026-08-16T18:00:00-04:00").await;
    assert_eq!(answered_by_machine(&desk, "maude@client.example", slow).await, 30);
}

/// How many automatic letters a contact's machine gets within a day that answers each after so many seconds.
async fn answered_by_machine(desk: &Desk, contact: &str, delay: i64) -> usize {
    let mut answered = 0;
    let mut last = String::new();
    let mut now = desk.environment.now();
    let end = now.plus_seconds(24 * 3600);
    let mut heard = usize::MAX;
    while now < end {
        let letters = desk.outgoing_to(contact).len();
        if letters != heard {
            heard = letters;
            answered += 1;
            let letter = format!(
                "From: {contact}\nTo: aide@orvane.example\nSubject: Dossier n° {answered}\n\
                 Message-ID: <m{delay}-{answered}@client.example>\n\nDossier n° {answered} chez nous, {delay}.\n"
            );
            let Received::Opened(number) = desk.receive(&letter, true).await else { panic!("it opens") };
            last = number;
            settle(&desk.environment).await.expect("rounds");
        }
        now = now.plus_seconds(delay);
        operations::move_clock(&desk.environment, now).await.expect("time passes");
    }
    let letters = desk.outgoing_to(contact);
    let within_a_day = letters.len();
    let subjects: BTreeSet<&str> = letters.iter().map(|letter| letter.subject.as_str()).collect();
    assert_eq!(subjects.len(), letters.len(), "one for each request");
    let view = view_ticket(&desk.environment, &desk.viewer(1).await, &last).await.expect("seen");
    let held = view.deliveries.iter().find(|delivery| delivery.state == "held").expect("the request says so");
    assert!(held.error.as_deref().is_some_and(|why| why.contains("too many requests")), "{held:?}");
    let told = desk.outgoing_to("lea@orvane.example");
    let name = if contact.starts_with("rose") { "Rose" } else { "Maude" };
    let told = told
        .iter()
        .filter(|letter| letter.subject.contains("rafale") && letter.subject.contains(name))
        .count();
    assert_eq!(told, 1, "a lead is told once");
    // What a person of the desk writes leaves all the same, and so does the receipt of what comes later.
    desk.answer(&last, contact).await;
    let before = desk.outgoing_to(contact).len();
    let later = desk.environment.now().plus_seconds(24 * 3600);
    operations::move_clock(&desk.environment, later).await.expect("time passes");
    let letter =
        LETTER.replace("Maude <maude@client.example>", contact).replace("<one@", &format!("<one{delay}@"));
    desk.receive(&letter, true).await;
    settle(&desk.environment).await.expect("rounds");
    assert_eq!(desk.outgoing_to(contact).len(), before + 1);
    within_a_day
}

/// A machine that writes every three minutes whatever happens gets no more than the measure in any hour, and nothing
/// on a request whose receipt was held.
async fn a_machine_that_never_rests_is_written_to_by_measure(desk: Desk) {
    let contact = "maude@client.example";
    let start = desk.environment.now();
    let mut sent_at = Vec::new();
    for round in 0..60 {
        let letter = format!(
            "From: {contact}\nTo: aide@orvane.example\nSubject: Sonde {round}\n\
             Message-ID: <s{round}@client.example>\n\nValeur {round}.\n"
        );
        desk.receive(&letter, true).await;
        settle(&desk.environment).await.expect("rounds");
        while sent_at.len() < desk.outgoing_to(contact).len() {
            sent_at.push(round * 3);
        }
        let then = start.plus_seconds((round + 1) * 180);
        operations::move_clock(&desk.environment, then).await.expect("time passes");
    }
    for begin in 0..180 {
        let within = sent_at.iter().filter(|minute| (begin..begin + 60).contains(*minute)).count();
        assert!(within <= 10, "{within} in the hour from minute {begin}");
    }
    assert!(sent_at.len() >= 20, "it is written to again in the next hour: {sent_at:?}");
    let held = async || {
        let agent = desk.viewer(1).await;
        let mut held = Vec::new();
        for number in 1..=60 {
            let number = format!("ORV-{number}");
            let view = view_ticket(&desk.environment, &agent, &number).await.expect("seen");
            if view.deliveries.iter().any(|delivery| delivery.state == "held") {
                held.push(number);
            }
        }
        held
    };
    let held = held().await;
    let before = desk.outgoing_to(contact).len();
    desk.go_to("2026-08-18T12:00:00-04:00").await;
    let letters = desk.outgoing_to(contact);
    assert!(letters.len() > before, "what the agreement owes of the others is told");
    for letter in &letters[before..] {
        assert!(
            held.iter().all(|number| !letter.subject.contains(&format!("[{number}]"))),
            "{}",
            letter.subject
        );
    }
}

/// Autoresponders that say nothing of themselves, late, and reports without a null sender that bear our number: one
/// automatic letter each at most, and none to a mail server.
async fn late_and_broken_machines_are_written_to_once(desk: Desk) {
    let stranger = "absent@ailleurs.example";
    let write = |from: &str, id: &str, subject: &str, answers: &str, text: &str| {
        let answers = match answers {
            "" => String::new(),
            answers => format!("In-Reply-To: <{answers}>\nReferences: <{answers}>\n"),
        };
        format!(
            "From: {from}\nTo: aide@orvane.example\nSubject: {subject}\nMessage-ID: <{id}@ailleurs.example>\n{answers}\n{text}\n"
        )
    };
    for (place, (from, is_known)) in
        [(stranger, false), ("maude@client.example", true)].into_iter().enumerate()
    {
        desk.receive(&write(from, &format!("q{place}"), "Une panne", "", "Bonjour."), is_known).await;
        settle(&desk.environment).await.expect("rounds");
        let receipt = desk.outgoing_to(from).pop().expect("a receipt");
        let receipt_id = receipt.message_id.clone().expect("an identity");
        // Six minutes late, for a day, each time anew.
        for round in 0..6 {
            let then = desk.environment.now().plus_seconds(360);
            operations::move_clock(&desk.environment, then).await.expect("time passes");
            let (id, subject) = (format!("l{place}-{round}"), format!("Re: {}", receipt.subject));
            desk.receive(
                &write(from, &id, &subject, &receipt_id, &format!("Je rentre le {round}.")),
                is_known,
            )
            .await;
            settle(&desk.environment).await.expect("rounds");
        }
        desk.environment.clock.move_to(desk.environment.now().plus_seconds(1));
        let letters = desk.outgoing_to(from);
        let of_first = letters.iter().filter(|letter| letter.subject == receipt.subject).count();
        assert_eq!((letters.len(), of_first), (1, 1), "{from}");
        // A mail server that does not know what a null sender is.
        for (round, subject) in
            [format!("Undeliverable: {}", receipt.subject), format!("Returned mail: {}", receipt.subject)]
                .iter()
                .enumerate()
        {
            for from in ["MAILER-DAEMON@mx.ailleurs.example", "postmaster@mx.ailleurs.example"] {
                let id = format!("n{place}-{round}-{}", from.len());
                desk.receive(&write(from, &id, subject, "", "550 no such user"), true).await;
                settle(&desk.environment).await.expect("rounds");
                assert!(desk.outgoing_to(from).is_empty(), "{from}: {subject}");
            }
        }
        assert_eq!(desk.outgoing_to(from).len(), 1);
    }
}

/// What was said to the telephone system opens a request that came by voicemail, which nobody answers
/// by mail.
async fn what_was_said_to_the_telephone_opens_a_request(desk: Desk) {
    let said = "From: Standard <pbx@telephone.example>\nTo: aide@orvane.example\nSubject: Message vocal de +33199000142\n\
        Message-ID: <v1@telephone.example>\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nNouveau message (0:12)\n--b\n\
        Content-Type: audio/wav; name=\"msg.wav\"\nContent-Transfer-Encoding: base64\n\nUklGRg==\n--b--\n";
    let Received::Opened(number) = desk.receive(said, true).await else { panic!("it opens a request") };
    assert!(matches!(desk.receive(said, true).await, Received::Before(_)));
    settle(&desk.environment).await.expect("rounds");
    let view = view_ticket(&desk.environment, &desk.viewer(1).await, &number).await.expect("seen");
    assert_eq!(view.channel, "voicemail");
    assert_eq!(view.messages[0].files.len(), 1);
    assert!(desk.outgoing_to("pbx@telephone.example").is_empty());
    // Anybody can attach a sound, and can write another's address.
    let other = said.replace("pbx@telephone", "ana@ailleurs").replace("<v1@", "<v2@");
    let forged = said.replace("<v1@", "<v3@");
    for (letter, is_authentic) in [(other, true), (forged, false)] {
        let Received::Opened(number) = desk.receive(&letter, is_authentic).await else { panic!("it opens") };
        let view = view_ticket(&desk.environment, &desk.viewer(1).await, &number).await.expect("seen");
        assert_eq!(view.channel, "email");
    }
}

/// A call left with the telephone system starts the callback that the agreement promises, in its business hours;
/// a call that finds nobody keeps it running, one that reaches somebody keeps the promise. The transcript is
/// kept whole, whether it stands in the letter or comes as a file.
async fn a_call_left_with_the_telephone_system_is_called_back(desk: Desk) {
    let letter = |id: &str| {
        format!(
            "From: Standard <pbx@telephone.example>\nTo: aide@orvane.example\nSubject: Message vocal\n\
             Message-ID: <{id}@telephone.example>\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n\
             Appel de +33 1 99 00 01 42, 0:12\n--\nTranscription : le poste {id} ne démarre plus.\n--b\n\
             Content-Type: text/plain; name=transcription.txt\n\nRappelez avant midi {id}.\n--b\n\
             Content-Type: audio/wav; name=\"msg.wav\"\nContent-Transfer-Encoding: base64\n\nUklGRg==\n--b--\n"
        )
    };
    let lead = desk.viewer(2).await;
    let clock = async |number: &str| {
        let view = view_ticket(&desk.environment, &lead, number).await.expect("seen");
        let found = view.clocks.iter().find(|clock| clock.reading.promise == "callback").cloned();
        found.map(|clock| {
            (
                clock.reading.due_at.map(|due| due.to_string()),
                clock.reading.state,
                clock.reading.clause.to_string(),
            )
        })
    };
    let Received::Opened(number) = desk.receive(&letter("7"), true).await else {
        panic!("it opens a request")
    };
    let view = view_ticket(&desk.environment, &lead, &number).await.expect("seen");
    let body = view.messages[0].body.clone().unwrap_or_default();
    for words in ["+33 1 99 00 01 42", "le poste 7 ne démarre plus", "Rappelez avant midi 7."] {
        assert!(body.contains(words), "{body}");
    }
    assert_eq!(view.messages[0].files.len(), 2);
    let running = clock(&number).await.expect("a callback is promised");
    assert_eq!(running.1, ClockState::Running);
    // The office is open until eight: two business hours from six.
    assert!(running.0.as_deref().is_some_and(|due| due.starts_with("2026-08-14T23:59")), "{running:?}");
    assert!(running.2.ends_with(" 4.0"), "{}", running.2);
    let call = |reached| Request::LogCall { reached, body: "Appel.".to_owned() };
    command_ticket(&desk.environment, &lead, &number, call(false), None).await.expect("noted");
    assert_eq!(clock(&number).await.expect("it stands").1, ClockState::Running);
    command_ticket(&desk.environment, &lead, &number, call(true), None).await.expect("noted");
    assert_eq!(clock(&number).await.expect("it stands").1, ClockState::Met);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callback_sqlite() {
    a_call_left_with_the_telephone_system_is_called_back(sqlite_under(&calling_back()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callback_postgres() {
    a_call_left_with_the_telephone_system_is_called_back(postgres_under(&calling_back()).await).await;
}

fn told(name: &str, value: &str) -> Request {
    Request::Learn { facts: Facts::new().with(name, FactValue::text(value)), consent: BTreeSet::new() }
}

/// What the agreement wants known and nobody has told yet: the request opens, asks for it, and once it is told its
/// clocks run from when it came.
async fn what_is_not_known_yet_is_asked(desk: Desk) {
    let stranger = LETTER.replace("maude@client", "ana@ailleurs");
    let Received::Opened(number) = desk.receive(&stranger, true).await else { panic!("it opens") };
    settle(&desk.environment).await.expect("rounds");
    let (agent, contact) = (desk.viewer(1).await, desk.viewer(3).await);
    let view = async |number: &str| view_ticket(&desk.environment, &agent, number).await.expect("seen");
    let shown = view(&number).await;
    assert!(shown.wanted.iter().any(|(name, step)| name.as_str() == "region" && step == "open"));
    assert_eq!(shown.verdict, Verdict::NeedsJudgement);
    let has_response =
        |shown: &operations::TicketView| shown.clocks.iter().any(|clock| clock.reading.promise == "response");
    assert!(!has_response(&shown), "no hours, no deadline");
    let receipt = desk.outgoing_to("ana@ailleurs.example").pop().expect("a receipt");
    assert!(receipt.text.contains("Région") && receipt.text.contains("France"), "{}", receipt.text);
    // Nobody but whoever takes part tells it, and a customer nothing else.
    let nowhere = command_ticket(&desk.environment, &agent, &number, told("region", "atlantide"), None).await;
    assert!(matches!(nowhere, Err(Failure::Refused(_))), "{nowhere:?}");
    // It is told by an answer, three days later: what is missed by then is missed, and told once.
    desk.go_to("2026-08-20T10:00:00-04:00").await;
    let id = receipt.message_id.expect("an identity");
    let back = reply("ana@ailleurs.example", "w1", &id, "Re: x", "Bonjour,\nRégion : France");
    assert_eq!(desk.receive(&back, true).await, Received::Joined(number.clone()));
    settle(&desk.environment).await.expect("rounds");
    let shown = view(&number).await;
    assert_eq!(shown.facts.text("region"), Some("france"));
    assert!(!shown.wanted.iter().any(|(name, _)| name.as_str() == "region"));
    let response = shown.clocks.iter().find(|clock| clock.reading.promise == "response").expect("a clock");
    assert_eq!(response.reading.started_at, shown.received_at, "as of when it came");
    assert_eq!(response.reading.state, ClockState::Missed, "{:?}", response.reading);
    let missed = |shown: &operations::TicketView| {
        let is_missed = |event: &TicketEvent| {
            matches!(event, TicketEvent::Metered { change: meters::ClockChange::Missed { key, .. } }
                if key.promise == "response")
        };
        shown.timeline.iter().filter(|entry| is_missed(&entry.event)).count()
    };
    assert_eq!(missed(&shown), 1);
    let warned = shown.deliveries.iter().any(|delivery| delivery.kind == "warning");
    assert!(!warned, "nobody is warned of what is past: {:?}", shown.deliveries);
    // Answered before it was told: the answer counts when it was given.
    let other = stranger.replace("ana@", "leo@").replace("one@client", "other@client");
    let Received::Opened(number) = desk.receive(&other, true).await else { panic!("it opens") };
    desk.go_to("2026-08-20T10:05:00-04:00").await;
    desk.answer(&number, "leo@ailleurs.example").await;
    desk.go_to("2026-08-24T10:00:00-04:00").await;
    command_ticket(&desk.environment, &agent, &number, told("region", "americas"), None).await.expect("told");
    settle(&desk.environment).await.expect("rounds");
    let shown = view(&number).await;
    let response = shown.clocks.iter().find(|clock| clock.reading.promise == "response").expect("a clock");
    assert_eq!((response.reading.started_at, response.reading.state), (shown.received_at, ClockState::Met));
    // A contact whose contract does not say it tells it, by page or program, and nothing else of the kind.
    let store = &desk.environment.store;
    let mut contracts = store.contracts_of(&desk.provider.id, desk::AccountId(1)).await.expect("read");
    let mut contract = contracts.pop().expect("a contract");
    contract.parameters.forget("region");
    store.put_contract(&desk.provider.id, &contract).await.expect("written");
    let Received::Opened(number) = desk.receive(LETTER, true).await else { panic!("it opens") };
    let refused =
        command_ticket(&desk.environment, &contact, &number, told("business_impact", "x"), None).await;
    assert!(matches!(refused, Err(Failure::Refused(_) | Failure::NotPermitted)), "{refused:?}");
    let shown = command_ticket(&desk.environment, &contact, &number, told("region", "france"), None).await;
    let shown = shown.expect("told");
    assert_eq!(shown.facts.text("region"), Some("france"));
    assert!(has_response(&shown));
    let changed = command_ticket(&desk.environment, &contact, &number, told("region", "uk"), None).await;
    assert!(matches!(changed, Err(Failure::Refused(_) | Failure::NotPermitted)), "{changed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wants_more_sqlite() {
    what_is_not_known_yet_is_asked(sqlite_under(BY_REGION).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wants_more_postgres() {
    what_is_not_known_yet_is_asked(postgres_under(BY_REGION).await).await;
}

/// A value that stands alone answers the receipt, and nothing that somebody of the desk asked since.
async fn a_bare_value_answers_the_receipt_alone(desk: Desk) {
    let agent = desk.viewer(1).await;
    for (name, is_answered) in [("zoe", false), ("eli", true)] {
        let other = LETTER
            .replace("maude@client", &format!("{name}@ailleurs"))
            .replace("one@client", &format!("{name}@client"));
        let Received::Opened(number) = desk.receive(&other, true).await else { panic!("it opens") };
        settle(&desk.environment).await.expect("rounds");
        let address = format!("{name}@ailleurs.example");
        let asked = match is_answered {
            true => desk.answer(&number, &address).await,
            false => desk.outgoing_to(&address).pop().expect("a receipt"),
        };
        let id = asked.message_id.expect("an identity");
        let back = reply(&address, &format!("b-{name}"), &id, "Re: x", "France\n\nMerci.");
        assert_eq!(desk.receive(&back, true).await, Received::Joined(number.clone()));
        let expected = (!is_answered).then_some("france");
        assert_eq!(
            view_ticket(&desk.environment, &agent, &number).await.expect("seen").facts.text("region"),
            expected,
            "{name}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bare_value_sqlite() {
    a_bare_value_answers_the_receipt_alone(sqlite_under(BY_REGION).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bare_value_postgres() {
    a_bare_value_answers_the_receipt_alone(postgres_under(BY_REGION).await).await;
}

/// What was kept is taken in again by whoever keeps the mail, once; nobody else sees it.
async fn kept_letters_are_looked_at_and_taken_in(desk: Desk) {
    let report = "From: mailer-daemon@ailleurs.example\nTo: aide@orvane.example\nSubject: Undelivered\n\
        Message-ID: <k1@ailleurs.example>\nAuto-Submitted: auto-replied\nContent-Type: multipart/report; \
        report-type=delivery-status; boundary=b\n\n--b\n\nGone.\n--b\nContent-Type: message/delivery-status\n\n\
        Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; x@y.example\nAction: failed\nStatus: 5.1.1\n\n--b--\n";
    assert_eq!(desk.receive(report, true).await, Received::Kept);
    let number = desk.open().await;
    settle(&desk.environment).await.expect("rounds");
    let manager = desk.viewer(7).await;
    for (person, may) in [(1, false), (2, false), (7, true), (3, false)] {
        let viewer = desk.viewer(person).await;
        assert_eq!(list_kept_mail(&desk.environment, &viewer).await.is_ok(), may, "{person}");
    }
    let kept = list_kept_mail(&desk.environment, &manager).await.expect("listed");
    assert_eq!(kept.letters.len(), 1, "{kept:?}");
    assert_eq!((kept.letters[0].why.as_str(), kept.undelivered.len()), ("bounce", 0));
    let digest = &kept.letters[0].digest;
    let raw = read_kept_letter(&desk.environment, &manager, digest).await.expect("read");
    assert!(raw.starts_with(b"From: mailer-daemon"));
    let agent = desk.viewer(1).await;
    assert!(matches!(
        take_in_again(&desk.environment, &agent, digest, &Facts::new()).await,
        Err(Failure::NotPermitted)
    ));
    let opened = take_in_again(&desk.environment, &manager, digest, &Facts::new()).await.expect("taken in");
    assert_ne!(opened, number);
    settle(&desk.environment).await.expect("rounds");
    let view = view_ticket(&desk.environment, &agent, &opened).await.expect("seen");
    assert!(view.messages[0].automatic, "a machine wrote it: nobody is told");
    assert!(desk.outgoing_to("mailer-daemon@ailleurs.example").is_empty());
    assert!(list_kept_mail(&desk.environment, &manager).await.expect("listed").letters.is_empty());
    assert!(matches!(
        take_in_again(&desk.environment, &manager, digest, &Facts::new()).await,
        Err(Failure::NotFound { .. })
    ));
    // A letter of ours that comes back for good is shown with what was said of it.
    let receipt =
        desk.outgoing_to("maude@client.example").pop().expect("a receipt").message_id.expect("an identity");
    let bounce = report
        .replace("<k1@", "<k2@")
        .replace("rfc822; x@y.example", "rfc822; maude@client.example")
        .replace(
            "\n\n--b--",
            &format!("\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{receipt}>\n--b--"),
        );
    assert_eq!(desk.receive(&bounce, true).await, Received::Returned(number.clone()));
    let kept = list_kept_mail(&desk.environment, &manager).await.expect("listed");
    assert_eq!(kept.undelivered.len(), 1, "{kept:?}");
    assert_eq!(
        (kept.undelivered[0].number.as_deref(), kept.undelivered[0].state.as_str()),
        (Some(number.as_str()), "returned")
    );
    assert!(kept.undelivered[0].error.as_deref().is_some_and(|said| said.contains("5.1.1")), "{kept:?}");
}

/// A site that sends a code to the mailbox of a desk would prove to whoever reads it that the mailbox is theirs
/// (“ticket trick”). Such letters are no request, and nobody but those who keep the mail reads them.
async fn letters_that_prove_a_mailbox_are_kept_aside(desk: Desk) {
    let code = "From: Discute <no-reply@discute.example>\nTo: aide@orvane.example\nSubject: Bienvenue\n\
        Message-ID: <d1@discute.example>\n\nVotre code : 482913\n";
    assert_eq!(desk.receive(code, true).await, Received::Kept, "however well it is proven");
    let link = "From: Discute <bonjour@discute.example>\nTo: aide@orvane.example\nSubject: Verify your email\n\
        Message-ID: <d2@discute.example>\n\nhttps://discute.example/v/x\n";
    assert_eq!(desk.receive(link, false).await, Received::Kept);
    // Nor does it join what it claims to belong to, or say that it came.
    let number = desk.open().await;
    let named = code.replace("<d1@", "<d3@").replace("Bienvenue", &format!("[{number}] Bienvenue"));
    assert_eq!(desk.receive(&named, true).await, Received::Kept);
    settle(&desk.environment).await.expect("rounds");
    assert!(desk.outgoing_to("no-reply@discute.example").is_empty());
    let manager = desk.viewer(7).await;
    let kept = list_kept_mail(&desk.environment, &manager).await.expect("listed").letters;
    assert_eq!(kept.iter().map(|letter| letter.why.as_str()).collect::<Vec<_>>(), ["no_reply"; 3]);
    assert!(list_kept_mail(&desk.environment, &desk.viewer(1).await).await.is_err());
    // Nothing is lost: it becomes a request where somebody who keeps the mail says so.
    let taken = take_in_again(&desk.environment, &manager, &kept[0].digest, &Facts::new()).await;
    assert!(view_ticket(&desk.environment, &manager, &taken.expect("taken in")).await.is_ok());
    // A contact's machine that is known and proven asks as ever, and a person who speaks of codes is one.
    let mut robot = desk.viewer(5).await.person.as_ref().clone();
    robot.id = desk::PersonId(60);
    robot.email = "no-reply@client.example".to_owned();
    desk.environment.store.put_person(&robot).await.expect("stored");
    let known = code.replace("Discute <no-reply@discute.example>", "no-reply@client.example");
    let forged = known.replace("<d1@", "<d4@");
    assert_eq!(desk.receive(&forged, false).await, Received::Kept);
    assert!(matches!(desk.receive(&known.replace("<d1@", "<d5@"), true).await, Received::Opened(_)));
    let person =
        LETTER.replace("<one@", "<d6@").replace("Revit ne s'ouvre plus", "Aucun code de vérification");
    assert!(matches!(desk.receive(&person, false).await, Received::Opened(_)));
}

/// The form of a letter is kept with its images in place, shown to whoever may see the request, and follows
/// when a message is split off; what is elsewhere is never fetched.
async fn a_letter_is_shown_as_it_was_formatted(desk: Desk) {
    let letter = "From: Maude <maude@client.example>\nTo: aide@orvane.example\nSubject: Capture\n\
        Message-ID: <h@client.example>\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=r\n\n--r\n\
        Content-Type: text/html; charset=utf-8\n\n<p onclick=x()>Voyez <b>ceci</b> : <img src=\"cid:shot@x\">\
        <img src=\"cid:gone@x\"><img src=\"https://t.example/p.gif\"><script>hit()</script></p>\n--r\n\
        Content-Type: image/png; name=shot.png\nContent-ID: <shot@x>\nContent-Transfer-Encoding: base64\n\n\
        iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==\n\
        --r--\n";
    let number = desk.open().await;
    let answer = desk.answer(&number, "maude@client.example").await.message_id.expect("an identity");
    let joining = letter
        .replace("<h@client.example>", "<i@client.example>")
        .replace("\nMIME", &format!("\nIn-Reply-To: <{answer}>\nMIME"));
    assert_eq!(desk.receive(&joining, true).await, Received::Joined(number.clone()));
    let Received::Opened(opened) = desk.receive(letter, true).await else { panic!("it opens a request") };
    let agent = desk.viewer(1).await;
    let split = Request::Split { message: None, subject: None };
    command_ticket(&desk.environment, &agent, &number, split, None).await.expect("split");
    for number in [opened.as_str(), number.as_str(), "ORV-3"] {
        let view = view_ticket(&desk.environment, &agent, number).await.expect("seen");
        let Some(message) = view.messages.iter().rfind(|message| message.has_form) else {
            panic!("{number} has a letter with a form")
        };
        assert_eq!(message.files.len(), 1, "the form is no file of the message");
        let shown = show_letter(&desk.environment, &agent, number, message.id).await.expect("shown");
        assert!(shown.html.contains("<b>ceci</b>"), "{}", shown.html);
        assert!(
            shown.html.contains("data:image/png;base64,iVBORw0KGgoAAAANSUhEUg"),
            "{number}: {}",
            shown.html
        );
        assert!(!shown.html.contains("t.example") && !shown.html.contains("hit"), "{}", shown.html);
        assert_eq!((shown.images_elsewhere, shown.images_left_out), (1, 1));
    }
    let view = view_ticket(&desk.environment, &agent, &opened).await.expect("seen");
    let id = view.messages[0].id;
    let colleague = desk.viewer(5).await;
    show_letter(&desk.environment, &colleague, &opened, id).await.expect("of the same account");
    let other = desk.viewer(4).await;
    assert!(matches!(
        show_letter(&desk.environment, &other, &opened, id).await,
        Err(Failure::NotFound { .. })
    ));
    assert!(matches!(
        show_letter(&desk.environment, &agent, &number, id).await,
        Err(Failure::NotFound { .. })
    ));
}

/// A letter that was taken in before forms were kept is read again from its bytes, where they stand beside
/// it; a letter that its sender attached is another one.
async fn an_older_letter_is_shown_from_its_bytes(desk: Desk) {
    let whole = "From: Maude <maude@client.example>\nTo: aide@orvane.example\nSubject: Ancien\n\
        Message-ID: <o@client.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=r\n\n--r\n\
        Content-Type: text/html; charset=x-unknown\n\n<p>Un <i>vieux</i> message</p>\n";
    let attached = "From: Maude <maude@client.example>\nTo: aide@orvane.example\nSubject: Joint\n\
        Message-ID: <p@client.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=r\n\n--r\n\n\
        Voici.\n--r\nContent-Type: message/rfc822; name=message.eml\n\nContent-Type: text/html\n\n<p>Autre</p>\n--r--\n";
    let agent = desk.viewer(1).await;
    let mut shown = Vec::new();
    for letter in [whole, attached] {
        let Received::Opened(number) = desk.receive(letter, true).await else { panic!("it opens a request") };
        let message = view_ticket(&desk.environment, &agent, &number).await.expect("seen").messages.remove(0);
        if let Some(form) = message.html {
            let store = &desk.environment.store;
            let (_, id) = store.ticket_by_number(&number).await.expect("read").expect("stored");
            assert!(store.erase_file(&desk.provider.id, id, form).await.expect("erased"));
        }
        shown.push(show_letter(&desk.environment, &agent, &number, message.id).await);
    }
    assert!(shown[0].as_ref().is_ok_and(|letter| letter.html.contains("<i>vieux</i>")), "{shown:?}");
    assert!(shown[1].is_err(), "what somebody attached is not the letter: {shown:?}");
}

/// A letter as it came tells which servers it passed, ours among them: it is the desk's alone, whatever way is
/// tried, and its form is shown to its writer all the same.
async fn a_letter_as_it_came_is_for_the_desk_alone(desk: Desk) {
    let letter = "Received: from interne.orvane.example ([10.3.0.7]) by mx.orvane.example\n\
        Authentication-Results: mx.orvane.example; dmarc=pass\n\
        From: Maude <maude@client.example>\nTo: aide@orvane.example\nSubject: Plan\n\
        Message-ID: <t@client.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=r\n\n--r\n\
        Content-Type: text/html; charset=x-unknown\n\n<p>Voici le <i>plan</i></p>\n--r\n\
        Content-Type: message/rfc822; name=message.eml\n\nSubject: Joint\n\nAutre\n";
    let Received::Opened(number) = desk.receive(letter, true).await else { panic!("it opens a request") };
    let files = async |person: u128| {
        let view = view_ticket(&desk.environment, &desk.viewer(person).await, &number).await.expect("seen");
        let message = &view.messages[0];
        assert!(message.has_form);
        let form = show_letter(&desk.environment, &desk.viewer(person).await, &number, message.id).await;
        assert!(form.expect("shown").html.contains("<i>plan</i>"));
        message.files.iter().map(|file| (file.id, file.name.clone().unwrap_or_default())).collect::<Vec<_>>()
    };
    let (desks, hers) = (files(1).await, files(3).await);
    let named =
        |files: &[(desk::FileId, String)]| files.iter().map(|(_, name)| name.clone()).collect::<Vec<_>>();
    assert_eq!(named(&desks), ["attached-message.eml", "message.eml"]);
    assert_eq!(named(&hers), ["attached-message.eml"], "what she attached is hers");
    let whole = desks[1].0;
    let agent = desk.viewer(1).await;
    let (_, bytes) = read_file(&desk.environment, &agent, &number, whole).await.expect("the desk reads it");
    assert!(String::from_utf8_lossy(&bytes).contains("interne.orvane.example"));
    let maude = desk.viewer(3).await;
    let refused = read_file(&desk.environment, &maude, &number, whole).await;
    assert!(matches!(refused, Err(Failure::NotFound { .. })), "{refused:?}");
    let link = sign_file_link(&desk.environment, &maude, &number, whole).await.expect("a link");
    let refused = follow_file_link(&desk.environment, &link).await;
    assert!(matches!(refused, Err(Failure::NotFound { .. })), "{refused:?}");
    // Nor is it handed over with what is kept of her; her words and files are.
    let export =
        operations::export_person_here(&desk.environment, &desk.provider.id, desk::PersonId(3)).await;
    let mut export = export.expect("begun");
    let mut bytes = Vec::new();
    while let Some(piece) = export.pieces.recv().await {
        bytes.extend(piece.expect("no piece failed"));
    }
    let zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("an archive");
    let names: Vec<String> = zip.file_names().map(|name| name.expect("a name").into_owned()).collect();
    let handed = |id: desk::FileId| names.iter().any(|name| name.contains(&id.to_string()));
    assert!(handed(desks[0].0) && !handed(whole), "{names:?}");
}

/// What a colleague answers by mail is a note with all that came with it: nothing of it stands where no event points to
/// it, and no customer sees any of it.
async fn a_colleagues_letter_is_a_note_with_its_files(desk: Desk) {
    let number = desk.open().await;
    let answer = desk.answer(&number, "maude@client.example").await.message_id.expect("an identity");
    let back = reply("maude@client.example", "w1", &answer, "Re: x", "Merci, mais rien n’y fait.");
    assert_eq!(desk.receive(&back, true).await, Received::Joined(number.clone()));
    desk.go_to("2026-08-17T10:00:00-04:00").await;
    let told = desk.outgoing_to("noe@orvane.example");
    let told = told.iter().find(|letter| letter.subject.contains("Maude")).expect("he is told of answers");
    let own = told.message_id.clone().expect("an identity");
    let letter = format!(
        "From: noe@orvane.example\nTo: aide@orvane.example\nSubject: Re: x\nMessage-ID: <w2@orvane.example>\n\
         In-Reply-To: <{own}>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=m\n\n--m\n\
         Content-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/plain; charset=utf-8\n\n\
         Voyez le journal.\n\nLe 17 août 2026 à 09:00, Orvane a écrit :\n> Maude a écrit.\n--a\n\
         Content-Type: text/html; charset=utf-8\n\n<p>Voyez le <b>journal</b>.</p>\n--a--\n--m\n\
         Content-Type: text/plain; name=journal.txt\nContent-Disposition: attachment; filename=journal.txt\n\n\
         ligne\n--m--\n"
    );
    assert_eq!(desk.receive(&letter, true).await, Received::Joined(number.clone()));
    let (agent, maude) = (desk.viewer(1).await, desk.viewer(3).await);
    let view = view_ticket(&desk.environment, &agent, &number).await.expect("seen");
    let note = view.messages.iter().rfind(|message| message.kind == MessageKind::Note).expect("a note");
    assert_eq!(note.body.as_deref(), Some("Voyez le journal."));
    assert!(note.history.as_deref().is_some_and(|history| history.contains("Maude a écrit.")), "{note:?}");
    assert_eq!(note.files.iter().map(|file| file.name.as_deref()).collect::<Vec<_>>(), [Some("journal.txt")]);
    let shown = show_letter(&desk.environment, &agent, &number, note.id).await.expect("shown");
    assert!(shown.html.contains("<b>journal</b>"), "{}", shown.html);
    let file = note.files[0].id;
    read_file(&desk.environment, &agent, &number, file).await.expect("the desk reads it");
    let refused = read_file(&desk.environment, &maude, &number, file).await;
    assert!(matches!(refused, Err(Failure::NotFound { .. })), "{refused:?}");
    // What an event points to is what erasing finds.
    let store = &desk.environment.store;
    let (_, id) = store.ticket_by_number(&number).await.expect("read").expect("stored");
    let page = store.ticket_page(&desk.provider.id, id).await.expect("read").expect("stored");
    let events: Vec<_> =
        page.log.iter().flat_map(|entry| &entry.commit).map(|recorded| &recorded.event).collect();
    let said = serde_json::to_string(&events).expect("events are plain data");
    for id in
        page.contents.keys().map(ToString::to_string).chain(page.files.iter().map(|file| file.id.to_string()))
    {
        assert!(said.contains(&id), "no event points to {id}");
    }
}

/// Letters name those before them, the last one as the one they answer; and no token that went to somebody else, for
/// whoever brings it back may write as they may.
async fn nobody_is_told_anothers_token(desk: Desk) {
    let number = desk.open().await;
    let first = desk.answer(&number, "maude@client.example").await.message_id.expect("an identity");
    desk.go_to("2026-08-17T09:30:00-04:00").await;
    let back = reply("maude@client.example", "0w", &first, "Re: x", "Rien n’y fait.");
    assert_eq!(desk.receive(&back, true).await, Received::Joined(number.clone()));
    desk.go_to("2026-08-17T10:00:00-04:00").await;
    desk.answer(&number, "maude@client.example").await;
    let letters = desk.outgoing();
    let is_to = |letter: &mail::Letter, address: &str| letter.to.iter().any(|to| to.address == address);
    assert!(letters.iter().any(|letter| is_to(letter, "noe@orvane.example")), "he is told of answers");
    for letter in &letters {
        let address = &letter.to[0].address;
        let tokens = letter
            .references
            .iter()
            .chain(&letter.in_reply_to)
            .filter(|key| mail::ReplyToken::in_message_id(key).is_some());
        for token in tokens {
            let named = letters.iter().find(|other| other.message_id.as_ref() == Some(token));
            assert!(named.is_none_or(|named| is_to(named, address)), "{address} is told {token}");
        }
    }
    let is_second =
        |letter: &&mail::Letter| letter.references.contains(&first) && letter.text.contains("sans échec");
    let second = letters.iter().find(is_second);
    let second = second.expect("the second answer names the first");
    assert!(second.references.contains(&"one@client.example".to_owned()), "{:?}", second.references);
    let answered: Vec<&str> = second.in_reply_to.iter().map(String::as_str).collect();
    assert_eq!(answered, ["0w@client.example"]);
}

/// Answers to an address of the letter's own: the token in it is the proof.
async fn a_reply_address_joins_and_nothing_like_it_does(desk: Desk) {
    let number = desk.open().await;
    let answer = desk.answer(&number, "maude@client.example").await;
    let token = answer.message_id.expect("an identity").split_once('@').expect("a host").0.to_owned();
    let plain =
        "From: maude@client.example\nTo: x@y.example\nSubject: Re\nMessage-ID: <p@client.example>\n\nOui.\n";
    let to = format!("aide+{token}@orvane.example");
    assert_eq!(desk.take(&to, plain, false).await, Received::Joined(number));
    let stranger = plain.replace("maude@", "x@").replace("<p@", "<q@");
    assert!(matches!(desk.take(&to, &stranger, true).await, Received::Opened(_)));
}

/// Six hundred answers of ten mail programs in six languages find their request among forty of two
/// accounts; and not one of them does when it comes from the other account.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_of_every_program_find_their_request() {
    let mut desk = sqlite().await;
    desk.post_rules().requests_per_person = 100;
    let mut asked = Vec::new();
    for number in 0..40 {
        let contact = if number % 2 == 0 { "maude@client.example" } else { "paul@client.example" };
        let letter = LETTER
            .replace("Maude <maude@client.example>", contact)
            .replace("<one@", &format!("<ask{number}@"))
            .replace("Bonjour, Revit", &format!("Bonjour, poste {number}, Revit"));
        let Received::Opened(opened) = desk.receive(&letter, true).await else { panic!("it opens") };
        asked.push((contact, opened));
    }
    settle(&desk.environment).await.expect("rounds");
    let receipts = desk.outgoing();
    let (mut right, mut all) = (0, 0);
    for (place, (contact, number)) in asked.iter().enumerate() {
        let receipt = receipts.iter().find(|letter| {
            letter.to[0].address == *contact && letter.subject.contains(&format!("[{number}]"))
        });
        let receipt = receipt.expect("each was acknowledged");
        let original = harness::Original {
            name: "Orvane, assistance".to_owned(),
            address: "aide@orvane.example".to_owned(),
            subject: receipt.subject.clone(),
            message_id: receipt.message_id.clone().expect("an identity"),
            text: receipt.text.clone(),
        };
        let answers = harness::replies(&original, contact, "aide@orvane.example", mail::REPLY_MARKER);
        for (turn, fixture) in answers.iter().enumerate().filter(|(turn, _)| turn % asked.len() == place) {
            // Every third server did not check the sender; the token speaks for them.
            let is_authentic = turn % 3 != 0;
            let received = desk.take_bytes(&fixture.bytes, is_authentic).await;
            all += 1;
            right += usize::from(received == Received::Joined(number.clone()));
            if turn % 6 == 0 {
                let other = if *contact == "maude@client.example" { "paul@client" } else { "maude@client" };
                let text = String::from_utf8_lossy(&fixture.bytes).into_owned();
                let hostile = text
                    .replace(&format!("<{contact}>"), &format!("<{other}.example>"))
                    .replace("Message-ID: <", "Message-ID: <hostile-");
                let received = desk.take_bytes(hostile.as_bytes(), true).await;
                assert!(matches!(received, Received::Opened(_)), "{}: {received:?}", fixture.name);
            }
        }
    }
    println!("{right} of {all} answers joined their request");
    assert!(all >= 500 && right * 100 >= all * 99, "{right} of {all}");
}

/// The token of a letter in every form but its own: each bit flipped, cut, lengthened, of another request, for
/// another recipient, at another host, of a stranger. None of them joins; the exact one does, after the request
/// was closed too.
async fn no_token_but_the_exact_one_joins(desk: Desk) {
    let number = desk.open().await;
    let exact = desk.answer(&number, "maude@client.example").await.message_id.expect("an identity");
    let (token, host) = exact.split_once('@').expect("a host");
    let other_letter = LETTER.replace("<one@", "<two@").replace("Maude <maude", "Paul <paul");
    let Received::Opened(other) = desk.receive(&other_letter, true).await else { panic!("it opens") };
    let foreign = desk.answer(&other, "paul@client.example").await.message_id.expect("an identity");
    let mut forged: Vec<String> = Vec::new();
    let letters: Vec<char> = token.chars().collect();
    for (place, letter) in letters.iter().enumerate() {
        let mut changed = letters.clone();
        changed[place] = if *letter == 'a' { 'b' } else { 'a' };
        forged.push(format!("{}@{host}", changed.iter().collect::<String>()));
    }
    for cut in 1..letters.len() {
        forged.push(format!("{}@{host}", &token[..cut]));
    }
    forged.extend([
        format!("{token}x@{host}"),
        format!("x{token}@{host}"),
        format!("{token}@ailleurs.example"),
        format!("{token}.{host}"),
        format!("{token}@{host}.ailleurs.example"),
        foreign,
        format!("entente-{number}@{host}"),
        format!("{number}@{host}"),
        "1@desk.example".to_owned(),
    ]);
    let mut tried = 0;
    for (place, id) in forged.iter().enumerate() {
        // The way of a stranger's server: nothing vouches for the From. References of the customer's own letters
        // and a number in the subject authorise nothing either.
        let letter =
            reply("maude@client.example", &format!("f{place}"), id, &format!("Re: [{number}] x"), "Moi.");
        let received = desk.receive(&letter, false).await;
        assert!(matches!(received, Received::Opened(_)), "{id}: {received:?}");
        tried += 1;
    }
    println!("{tried} forged tokens, none joined");
    for (place, from) in ["x@ailleurs.example", "maude@client.example.ailleurs.example", "noe@orvane.example"]
        .iter()
        .enumerate()
    {
        let letter = reply(from, &format!("s{place}"), &exact, "Re", "Moi.");
        let received = desk.receive(&letter, false).await;
        assert!(matches!(received, Received::Opened(_)), "{from}: {received:?}");
    }
    let close = Request::Resolve { outcome: "solution".to_owned(), body: "Réglé.".to_owned() };
    let _ = command_ticket(&desk.environment, &desk.viewer(2).await, &number, close, None).await;
    let letter = reply("maude@client.example", "last", &exact, "Re", "Encore moi.");
    assert_eq!(desk.receive(&letter, false).await, Received::Joined(number));
}

/// A From that looks like somebody else's: in two headers, in a group, in a comment, in a display name, in an
/// encoded word, with letters that look alike, with results of checks that the sender wrote. Nobody becomes the
/// contact by it, nothing joins their request, and the request that opens belongs to nobody.
async fn nobody_becomes_somebody_else_by_their_from(desk: Desk) {
    let number = desk.open().await;
    let answer = desk.answer(&number, "maude@client.example").await.message_id.expect("an identity");
    let before =
        view_ticket(&desk.environment, &desk.viewer(1).await, &number).await.expect("seen").messages.len();
    let froms = [
        "From: x@ailleurs.example\nFrom: maude@client.example",
        "From: maude@client.example\nFrom: x@ailleurs.example",
        "From: x@ailleurs.example, maude@client.example",
        "From: Amis: maude@client.example, x@ailleurs.example;",
        "From: x@ailleurs.example (maude@client.example)",
        "From: (maude@client.example) x@ailleurs.example",
        "From: \"maude@client.example\" <x@ailleurs.example>",
        "From: =?utf-8?q?maude=40client=2Eexample?= <x@ailleurs.example>",
        "From: =?utf-8?b?TWF1ZGUgPG1hdWRlQGNsaWVudC5leGFtcGxlPg==?= <x@ailleurs.example>",
        "From: <maude@client.example> <x@ailleurs.example>",
        "From: \"x\\\" <maude@client.example>\" <x@ailleurs.example>",
        "From: maude@client.example\u{0}@ailleurs.example",
        "From: maude%client.example@ailleurs.example",
        "From: @client.example,@x.example:x@ailleurs.example",
        "From: maude@cl\u{456}ent.example",
        "From: maude@client.example.",
        "Sender: maude@client.example\nFrom: x@ailleurs.example",
        "Reply-To: maude@client.example\nFrom: x@ailleurs.example",
        "Authentication-Results: desk.example; spf=pass smtp.mailfrom=client.example; dmarc=pass\nFrom: maude@client.example",
        "X-Entente-Loop: no\nX-Entente-Sender: maude@client.example\nFrom: maude@client.example",
        "Resent-From: maude@client.example\nFrom: x@ailleurs.example",
        "From: \nFrom: maude@client.example",
    ];
    for (place, from) in froms.iter().enumerate() {
        let letter = format!(
            "{from}\nTo: aide@orvane.example\nSubject: [{number}] Changez mon adresse\nMessage-ID: <z{place}@ailleurs.example>\n\
             In-Reply-To: <one@client.example>\nReferences: <one@client.example>\n\nFaites-le pour {place}.\n"
        );
        let received = desk.receive(&letter, false).await;
        // With our own mark it is one of ours come back, and kept.
        if received == Received::Kept && from.starts_with("X-Entente-Loop") {
            continue;
        }
        let Received::Opened(opened) = &received else { panic!("{from}: {received:?}") };
        let view = view_ticket(&desk.environment, &desk.viewer(1).await, opened).await.expect("seen");
        assert!(view.contact.is_none() && view.account.is_none(), "{from} opens nothing for anybody");
    }
    settle(&desk.environment).await.expect("rounds");
    let view = view_ticket(&desk.environment, &desk.viewer(1).await, &number).await.expect("seen");
    assert_eq!(view.messages.len(), before, "nothing joined");
    // Nothing of what stands on the request went out with what they caused.
    for letter in desk.outgoing_to("x@ailleurs.example") {
        assert!(
            !letter.text.contains("Revit") && !letter.text.contains("mode sans échec"),
            "{}",
            letter.text
        );
        assert!(!letter.subject.contains("Changez"), "{}", letter.subject);
    }
    let _ = answer;
}

/// Where several authors are named, nothing tells which of them was checked: none of them is believed, however it came.
async fn nobody_is_believed_beside_another_author(desk: Desk) {
    let number = desk.open().await;
    let froms = [
        "From: maude@client.example, x@ailleurs.example",
        "From: x@ailleurs.example, maude@client.example",
        "From: maude@client.example\nFrom: x@ailleurs.example",
        "From: x@ailleurs.example\nFrom: maude@client.example",
    ];
    for (place, from) in froms.iter().enumerate() {
        let letter = format!(
            "{from}\nTo: aide@orvane.example\nSubject: Changez mon adresse\nMessage-ID: <y{place}@ailleurs.example>\n\
             In-Reply-To: <one@client.example>\n\nFaites-le pour {place}.\n"
        );
        let received = desk.receive(&letter, true).await;
        let Received::Opened(opened) = &received else { panic!("{from}: {received:?} beside {number}") };
        let view = view_ticket(&desk.environment, &desk.viewer(1).await, opened).await.expect("seen");
        assert!(view.contact.is_none() && view.account.is_none(), "{from} opens nothing for anybody");
    }
}

/// What a trusted server states of a sender decides where it is named, is shown to the desk and to no contact; what
/// anybody else writes there is nothing.
async fn the_named_server_says_whose_from_is_believed(desk: Desk) {
    const TRUSTED: &str = "192.0.2.25";
    let room = || PostRoom::new(Arc::clone(&desk.environment), vec![TRUSTED.parse().expect("an address")]);
    let marked = || room().checked_by(Some("mx.orvane.example".to_owned()));
    let (good, bad) = ("spf=none dkim=none dmarc=pass", "spf=fail dkim=none dmarc=fail");
    let loopback = "127.0.0.1";
    for (place, (room, peer, stated, is_believed, shown)) in [
        (marked(), TRUSTED, "mx.orvane.example; dmarc=pass header.from=client.example", true, Some(good)),
        (marked(), loopback, "mx.orvane.example; dmarc=pass header.from=client.example", true, Some(good)),
        (marked(), TRUSTED, "mx.orvane.example; spf=fail; dmarc=fail", false, Some(bad)),
        (marked(), loopback, "mx.orvane.example; spf=fail; dmarc=fail", false, Some(bad)),
        (marked(), TRUSTED, "mx.ailleurs.example; dmarc=pass", false, None),
        (marked(), TRUSTED, "", false, None),
        (marked(), TRUSTED, "mx.orvane.example; dmarc=pass header.from=ailleurs.example", false, Some(good)),
        // From a server that nobody trusts it is what the sender wrote.
        (marked(), "198.51.100.1", "mx.orvane.example; dmarc=pass", false, None),
        // Where none is named, the way it came is enough, and nothing was found.
        (room(), TRUSTED, "mx.orvane.example; dmarc=fail", true, None),
    ]
    .into_iter()
    .enumerate()
    {
        let field = if stated.is_empty() {
            "X-None: x".to_owned()
        } else {
            format!("Authentication-Results: {stated}")
        };
        let bytes = format!("Return-Path: <maude@client.example>\n{field}\n{LETTER}")
            .replace("<one@", &format!("<un{place}@"));
        let envelope = Envelope {
            from: Some("maude@client.example".to_owned()),
            recipients: vec![desk.provider.mailbox.clone()],
            peer_ip: peer.parse().expect("an address"),
            loopback: peer == loopback,
            helo: "mx.orvane.example".to_owned(),
            is_encrypted: false,
        };
        let answers = room
            .take(
                envelope,
                bytes.replace('\n', "\r\n").replace("s'ouvre", &format!("s'ouvre {place}")).into_bytes(),
            )
            .await;
        assert_eq!(answers, [TakeAnswer::Durable]);
        let number = format!("ORV-{}", place + 1);
        let view = view_ticket(&desk.environment, &desk.viewer(1).await, &number).await.expect("it opened");
        assert_eq!(view.contact.is_some(), is_believed, "{peer} {stated}");
        assert_eq!(view.messages[0].checks.as_deref(), shown, "{peer} {stated}");
        if is_believed {
            let view =
                view_ticket(&desk.environment, &desk.viewer(3).await, &number).await.expect("it is hers");
            assert_eq!(view.messages[0].checks, None, "{peer} {stated}");
        }
    }
}

/// A receipt goes to the From. Where nothing proves that and the return path is another's, none leaves until somebody of
/// the desk has answered: whoever is named there may never have written. Source: RFC 3834 section 4.
async fn nothing_is_answered_by_itself_where_the_return_path_is_anothers(desk: Desk) {
    let sent = |name: &str, path: &str| {
        format!(
            "{path}From: {name}@ailleurs.example\nTo: aide@orvane.example\nSubject: Panne de {name}\n\
             Message-ID: <{name}@ailleurs.example>\nDate: Fri, 14 Aug 2026 17:59:00 -0400\n\nBonjour, {name}.\n"
        )
    };
    let cases = [
        ("ana", "Return-Path: <ana@ailleurs.example>\n", false, true),
        ("bob", "Return-Path: <bounces+7@envois.ailleurs.example>\n", false, true),
        ("cyd", "Return-Path: <x@evil.example>\n", false, false),
        ("dan", "Return-Path: <x@evil.example>\n", true, true),
        ("eve", "", false, true),
        ("fay", "Return-Path: <>\n", false, false),
        ("gus", "Return-Path: <x@evil.example>\nReturn-Path: <gus@ailleurs.example>\n", false, false),
    ];
    for (name, path, is_authentic, _) in cases {
        let received = desk.receive(&sent(name, path), is_authentic).await;
        assert!(matches!(received, Received::Opened(_)), "{name}: {received:?}");
    }
    settle(&desk.environment).await.expect("rounds");
    for (name, _, _, is_answered) in cases {
        let letters = desk.outgoing_to(&format!("{name}@ailleurs.example"));
        assert_eq!(letters.len(), usize::from(is_answered), "{name}");
    }
    // The desk sees that it was held, and an answer by a person leaves.
    let agent = desk.viewer(1).await;
    let view = view_ticket(&desk.environment, &agent, "ORV-3").await.expect("cyd's");
    let held: Vec<(&str, &str)> =
        view.deliveries.iter().map(|one| (one.kind.as_str(), one.state.as_str())).collect();
    assert_eq!(held, [("acknowledgement", "held")]);
    let reply = Request::Reply {
        body: "Redémarrez.".to_owned(),
        files: Vec::new(),
        technical: true,
        turn: None,
        undo_seconds: 0,
    };
    command_ticket(&desk.environment, &agent, "ORV-3", reply, None).await.expect("answered");
    settle(&desk.environment).await.expect("rounds");
    assert_eq!(desk.outgoing_to("cyd@ailleurs.example").len(), 1);
}

/// What went through fifty servers goes in circles, and is not answered. Source: RFC 5321 section 6.3.
async fn what_went_through_fifty_servers_gets_no_receipt(desk: Desk) {
    for (name, hops, is_answered) in [("ana", 49, true), ("bob", 50, false), ("cyd", 200, false)] {
        let trace = "Received: from a.example by b.example; Fri, 14 Aug 2026 17:58:00 -0400\n".repeat(hops);
        let received = desk
            .receive(
                &format!(
                    "{trace}From: {name}@ailleurs.example\nTo: aide@orvane.example\nSubject: Panne de {name}\n\
                     Message-ID: <{name}@ailleurs.example>\n\nBonjour, {name}.\n"
                ),
                false,
            )
            .await;
        assert!(matches!(received, Received::Opened(_)), "{name}: {received:?}");
        settle(&desk.environment).await.expect("rounds");
        let letters = desk.outgoing_to(&format!("{name}@ailleurs.example"));
        assert_eq!(letters.len(), usize::from(is_answered), "{name} after {hops} servers");
    }
}

/// A contact whose desk answers ours without saying so is stopped at three messages where its answer reads like a
/// receipt; a person who asks twice is answered twice.
async fn a_known_desk_stops_too(desk: Desk) {
    let contact = "maude@client.example";
    let write = |round: usize, subject: &str, text: &str| {
        format!(
            "From: {contact}\nTo: aide@orvane.example\nSubject: {subject}\nMessage-ID: <k{round}@client.example>\n\n{text}\n"
        )
    };
    let exchange = async |rounds: std::ops::Range<usize>, text: &str| {
        let before = desk.outgoing_to(contact).len();
        for round in rounds {
            desk.receive(&write(round, &format!("Dossier {round}"), &format!("{text} {round}")), true).await;
            settle(&desk.environment).await.expect("rounds");
        }
        desk.outgoing_to(contact).len() - before
    };
    assert_eq!(exchange(0..1, "Bonjour, Revit se ferme").await, 1, "a request is acknowledged");
    let receipt = "Votre message a bien été reçu, dossier";
    assert_eq!(exchange(1..6, receipt).await, 0, "their receipt is not: three messages in all");
    assert_eq!(
        exchange(6..9, "L’imprimante ne répond pas au poste").await,
        3,
        "a person who asks again is answered"
    );
    desk.go_to("2026-08-16T12:00:00-04:00").await;
    assert_eq!(exchange(9..10, receipt).await, 1, "the first one, long after, may be a person's");
}

/// What a signature says is shown with the letter, by the certificates and keys that this desk trusts; nothing of it
/// makes anybody a participant.
async fn signatures_are_shown_as_they_are_found(desk: Desk) {
    // When the certificates hold.
    desk.go_to("2026-12-01T12:00:00-05:00").await;
    let manager = desk.viewer(7).await;
    let agent = desk.viewer(1).await;
    let signed = include_bytes!("../../mail/tests/signed/smime-detached.eml").as_slice();
    let shown = async |bytes: &[u8], believed: bool| {
        let Received::Opened(number) = desk.take_bytes(bytes, believed).await else { panic!("opens") };
        let view = view_ticket(&desk.environment, &agent, &number).await.expect("seen");
        let message = &view.messages[0];
        let signature = message.signature.clone().expect("a signature");
        (signature.verdict, signature.signer, message.files.len())
    };
    let ana = Some("ana@client.example".to_owned());
    assert_eq!(shown(signed, true).await, ("neutral", ana.clone(), 1), "nobody is trusted yet");
    let authority = include_bytes!("../../mail/tests/signed/ca.pem");
    let key = include_bytes!("../../mail/tests/signed/ana.asc");
    for (person, may) in [(1, false), (2, false), (3, false), (7, true)] {
        let viewer = desk.viewer(person).await;
        let done = trust_mail_keys(&desk.environment, &viewer, authority, None).await;
        assert_eq!(done.is_ok(), may, "{person}: {done:?}");
    }
    assert!(trust_mail_keys(&desk.environment, &manager, b"nothing", None).await.is_err());
    assert!(trust_mail_keys(&desk.environment, &manager, key, Some("nobody")).await.is_err());
    let trusted = trust_mail_keys(&desk.environment, &manager, key, None).await.expect("trusted");
    assert_eq!(
        (trusted[0].scheme, &trusted[0].addresses[..]),
        ("pgp", &["ana@client.example".to_owned()][..])
    );
    // Another letter each time: the same one would be known.
    let again =
        |bytes: &[u8], id: &str| [format!("Message-ID: <{id}@c.example>\r\n").as_bytes(), bytes].concat();
    assert_eq!(shown(&again(signed, "s1"), false).await, ("pass", ana.clone(), 1));
    let changed = include_bytes!("../../mail/tests/signed/smime-detached-tampered.eml").as_slice();
    assert_eq!(shown(&again(changed, "s2"), true).await, ("fail", ana.clone(), 1));
    let other = include_bytes!("../../mail/tests/signed/pgp-mime-other.eml").as_slice();
    assert_eq!(shown(&again(other, "s3"), true).await, ("other", ana.clone(), 1));
    let inside = include_bytes!("../../mail/tests/signed/pgp-mime.eml").as_slice();
    assert_eq!(shown(&again(inside, "s4"), true).await, ("pass", ana.clone(), 1));
    // Encrypted content is said to be so, and the letter is a file as it came.
    let encrypted = include_bytes!("../../mail/tests/signed/pgp-encrypted.eml").as_slice();
    let (verdict, _, files) = shown(&again(encrypted, "s5"), true).await;
    assert_eq!((verdict, files), ("encrypted", 3));
    // A signature with a good key makes nobody a participant, and a forged result in a header is no result.
    let claimed = reply("maude@client.example", "s6", "one@client.example", "Re: x", "smime=pass");
    let claimed =
        claimed.replacen("Subject:", "Authentication-Results: desk.example; smime=pass\nSubject:", 1);
    let Received::Opened(number) = desk.receive(&claimed, false).await else { panic!("a stranger's") };
    let view = view_ticket(&desk.environment, &agent, &number).await.expect("seen");
    assert!(view.messages[0].signature.is_none());
    let name = list_mail_keys(&desk.environment, &manager).await.expect("listed");
    let name = &name.iter().find(|key| key.is_authority).expect("the authority").key;
    distrust_mail_key(&desk.environment, &manager, name).await.expect("removed");
    assert_eq!(shown(&again(signed, "s7"), true).await, ("neutral", ana, 1));
}

/// Letters are found again by what their senders chose, however long: whoever cannot be answered is nobody, and nothing
/// is refused.
async fn a_letter_with_endless_names_is_taken_in(desk: Desk) {
    // Nothing that packing would make shorter.
    let signs = (0..2_000_u64).map(|place| 0x4e00 + place * place * 7_919 % 20_000);
    let endless: String = signs.filter_map(|sign| char::from_u32(u32::try_from(sign).ok()?)).collect();
    let identity = format!(
        "From: ana@ailleurs.example\nTo: aide@orvane.example\nSubject: Un\nMessage-ID: <{endless}>\n\
         References: <{endless}>\n\nBonjour.\n"
    );
    assert!(matches!(desk.receive(&identity, false).await, Received::Opened(_)));
    let address = format!(
        "From: {endless}@ailleurs.example\nTo: aide@orvane.example\nSubject: Deux\n\
         Message-ID: <deux@ailleurs.example>\n\nBonjour.\n"
    );
    let Received::Opened(number) = desk.receive(&address, false).await else { panic!("it opens a request") };
    let view = view_ticket(&desk.environment, &desk.viewer(1).await, &number).await.expect("seen");
    assert_eq!(view.requester, "", "an address that is none is nobody's");
}

on_both_databases! {
    a_letter_with_endless_names_is_taken_in => endless_names_sqlite, endless_names_postgres;
    signatures_are_shown_as_they_are_found => signatures_sqlite, signatures_postgres;
    only_the_token_or_a_proven_participant_joins => token_sqlite, token_postgres;
    a_report_becomes_the_state_of_the_letter => report_sqlite, report_postgres;
    machines_move_nothing => machines_sqlite, machines_postgres;
    a_known_desk_stops_too => known_desk_sqlite, known_desk_postgres;
    no_token_but_the_exact_one_joins => forged_token_sqlite, forged_token_postgres;
    nothing_is_answered_by_itself_where_the_return_path_is_anothers => backscatter_sqlite, backscatter_postgres;
    what_went_through_fifty_servers_gets_no_receipt => fifty_sqlite, fifty_postgres;
    the_named_server_says_whose_from_is_believed => named_server_sqlite, named_server_postgres;
    nobody_is_believed_beside_another_author => two_authors_sqlite, two_authors_postgres;
    nobody_becomes_somebody_else_by_their_from => forged_from_sqlite, forged_from_postgres;
    two_desks_stop_at_three_messages => two_desks_sqlite, two_desks_postgres;
    nobody_is_flooded_by_forged_letters => flood_sqlite, flood_postgres;
    rules_hand_nothing_of_a_stranger_on => rule_flood_sqlite, rule_flood_postgres;
    a_rules_answer_to_a_stranger_is_neutral => neutral_rule_sqlite, neutral_rule_postgres;
    a_ceiling_holds_for_all_strangers => ceiling_sqlite, ceiling_postgres;
    a_contacts_machine_runs_out => contacts_machine_sqlite, contacts_machine_postgres;
    late_and_broken_machines_are_written_to_once => late_machines_sqlite, late_machines_postgres;
    what_was_said_to_the_telephone_opens_a_request => voicemail_sqlite, voicemail_postgres;
    letters_that_prove_a_mailbox_are_kept_aside => no_reply_sqlite, no_reply_postgres;
    kept_letters_are_looked_at_and_taken_in => kept_sqlite, kept_postgres;
    a_letter_is_shown_as_it_was_formatted => formatted_sqlite, formatted_postgres;
    a_letter_as_it_came_is_for_the_desk_alone => as_it_came_sqlite, as_it_came_postgres;
    an_older_letter_is_shown_from_its_bytes => older_letter_sqlite, older_letter_postgres;
    a_report_names_whom_the_letter_went_to => followers_report_sqlite, followers_report_postgres;
    a_kept_letter_goes_where_it_came_from => kept_source_sqlite, kept_source_postgres;
    nobody_is_told_anothers_token => others_token_sqlite, others_token_postgres;
    a_colleagues_letter_is_a_note_with_its_files => colleagues_note_sqlite, colleagues_note_postgres;
    a_reply_address_joins_and_nothing_like_it_does => reply_address_sqlite, reply_address_postgres;
}

/// What the agreement destroys goes from the mailbox that it came from too, and the certificate says what became of it.
async fn what_is_destroyed_goes_where_it_came_from(desk: Desk) {
    let place = "aide@mail.example/INBOX";
    let room = operations::PostRoom::new(std::sync::Arc::clone(&desk.environment), Vec::new());
    let source = |uid| store::LetterSource { place: place.to_owned(), uid_validity: 7, uid };
    let with_file = LETTER.replace("Content-Type: text/plain; charset=utf-8", "X-Plain: yes").replacen(
        "\n\n",
        "\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=f\n\n--f\nContent-Type: text/plain\n\n\
         Voici.\n--f\nContent-Type: text/plain; name=journal.txt\nContent-Disposition: attachment; \
         filename=journal.txt\n\nligne\n--f--\n",
        1,
    );
    let mailbox = desk.provider.mailbox.clone();
    let take = async |bytes: &str, uid| {
        let bytes = bytes.replace('\n', "\r\n").into_bytes();
        room.take_fetched(&mailbox, bytes, true, None, &source(uid)).await
    };
    assert!(matches!(take(&with_file, 1).await, mail::TakeAnswer::Durable));
    assert!(matches!(take(&with_file, 1).await, mail::TakeAnswer::Durable), "a second copy changes nothing");
    let agent = desk.viewer(1).await;
    let number = "ORV-1";
    let view = view_ticket(&desk.environment, &agent, number).await.expect("it opened");
    assert_eq!(view.messages[0].files.len(), 1);
    let leaving = async || operations::leaving_letters(&desk.environment, place).await.expect("asked");
    assert!(leaving().await.is_empty(), "nothing was destroyed yet");
    let resolve = Request::Resolve { outcome: "new_fix".to_owned(), body: "C’est réglé.".to_owned() };
    command_ticket(&desk.environment, &agent, number, resolve, None).await.expect("resolved");
    let found = leaving().await;
    assert_eq!(found.len(), 1, "the letter whose file went");
    assert_eq!((found[0].letter.uid_validity, found[0].letter.uid), (7, 1));
    assert!(leaving().await.is_empty(), "somebody has it in hand");
    // Its server does not answer: it is tried again, and what became of it is said once.
    operations::note_removal(&desk.environment, &found[0], None).await.expect("noted");
    desk.go_to("2026-08-21T10:00:00-04:00").await;
    let again = leaving().await;
    assert_eq!((again.len(), again[0].attempts), (1, 2));
    let updated_at = async || {
        let store = &desk.environment.store;
        let (provider, id) = store.ticket_by_number(number).await.expect("read").expect("stands");
        store.ticket_row(&provider, id).await.expect("read").expect("stands").updated_at
    };
    let before = updated_at().await;
    for _ in 0..2 {
        let done = operations::note_removal(&desk.environment, &again[0], Some(desk::Removal::Done));
        done.await.expect("noted");
    }
    let view = view_ticket(&desk.environment, &agent, number).await.expect("seen");
    let said = view.timeline.iter().filter(|entry| {
        matches!(entry.event, TicketEvent::SourceRemoved { uid: 1, removal: desk::Removal::Done, .. })
    });
    assert_eq!(said.count(), 1);
    assert_eq!(updated_at().await, before, "nobody did anything on it: it is kept no longer for it");
    assert!(leaving().await.is_empty());
    // What somebody wrote who asks to be forgotten goes there too.
    let other =
        LETTER.replace("<one@", "<two@").replace("Bonjour, Revit se ferme", "Bonjour, Civil se ferme");
    assert!(matches!(take(&other, 2).await, mail::TakeAnswer::Durable));
    assert!(leaving().await.is_empty());
    let of = &desk.provider.id;
    operations::erase_person_here(&desk.environment, of, desk::PersonId(3), true).await.expect("erased");
    let found = leaving().await;
    assert_eq!(found.iter().map(|leaving| leaving.letter.uid).collect::<Vec<_>>(), [2]);
    // Nobody fetches from that mailbox any more: it is said once it is too late, not before.
    let failed = async || {
        operations::give_up_abandoned_letters(&desk.environment).await.expect("looked");
        let view = view_ticket(&desk.environment, &agent, "ORV-2").await.expect("seen");
        let failed = view.timeline.iter().filter(|entry| {
            matches!(entry.event, TicketEvent::SourceRemoved { removal: desk::Removal::Failed, .. })
        });
        failed.count()
    };
    desk.go_to("2026-08-23T10:00:00-04:00").await;
    assert_eq!(failed().await, 0);
    desk.go_to("2026-08-26T10:00:00-04:00").await;
    assert_eq!((failed().await, failed().await), (1, 1));
}

/// A letter that was kept and taken in later stands in the mailbox that it was fetched from too: what is destroyed of its
/// request goes there as well.
async fn a_kept_letter_goes_where_it_came_from(desk: Desk) {
    let place = "aide@mail.example/INBOX";
    let room = PostRoom::new(Arc::clone(&desk.environment), Vec::new());
    let source = store::LetterSource { place: place.to_owned(), uid_validity: 7, uid: 3 };
    let bytes =
        LETTER.replacen("Message-ID", "X-Entente-Loop: desk.example\nMessage-ID", 1).replace('\n', "\r\n");
    for _ in 0..2 {
        let taken =
            room.take_fetched(&desk.provider.mailbox, bytes.clone().into_bytes(), true, None, &source).await;
        assert_eq!(taken, TakeAnswer::Durable);
    }
    let manager = desk.viewer(7).await;
    let kept = list_kept_mail(&desk.environment, &manager).await.expect("listed").letters;
    assert_eq!(kept.iter().map(|letter| letter.why.as_str()).collect::<Vec<_>>(), ["loop"]);
    let number =
        take_in_again(&desk.environment, &manager, &kept[0].digest, &Facts::new()).await.expect("taken in");
    let leaving = async || operations::leaving_letters(&desk.environment, place).await.expect("asked");
    assert!(leaving().await.is_empty(), "nothing was destroyed yet");
    let view = view_ticket(&desk.environment, &manager, &number).await.expect("seen");
    let redaction = operations::Redaction {
        message: view.messages[0].id,
        passage: Some("se ferme au lancement".to_owned()),
        found: false,
        file: None,
    };
    let lead = operations::Viewer {
        via: operations::Via::Token { scopes: vec![operations::Scope::Read, operations::Scope::Write] },
        ..desk.viewer(2).await
    };
    operations::redact(&desk.environment, &lead, None, &number, &redaction, None).await.expect("blacked out");
    let found = leaving().await;
    assert_eq!(found.len(), 1);
    let letter = &found[0].letter;
    assert_eq!((letter.uid_validity, letter.uid, letter.message_id.as_str()), (7, 3, "one@client.example"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn told_flood_sqlite() {
    nobody_is_flooded_by_what_the_agreement_tells(sqlite_under(&telling()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn told_flood_postgres() {
    nobody_is_flooded_by_what_the_agreement_tells(postgres_under(&telling()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn never_resting_sqlite() {
    a_machine_that_never_rests_is_written_to_by_measure(sqlite_under(&telling()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn never_resting_postgres() {
    a_machine_that_never_rests_is_written_to_by_measure(postgres_under(&telling()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn destroyed_at_the_source_sqlite() {
    what_is_destroyed_goes_where_it_came_from(sqlite_under(SOLIDASSIST).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn destroyed_at_the_source_postgres() {
    what_is_destroyed_goes_where_it_came_from(postgres_under(SOLIDASSIST).await).await;
}

/// The most that this process ever held, in bytes.
fn held_at_most() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse::<usize>().ok()).unwrap_or(0) * 1024
}

/// The files of a letter are moved into its request, never copied on the way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_letter_is_not_held_once_more() {
    let desk = sqlite().await;
    let room = PostRoom::new(Arc::clone(&desk.environment), Vec::new());
    let file_bytes = 24 * 1024 * 1024;
    let letter = |name: &str, bytes: usize| {
        let lines = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\r\n"
            .repeat(bytes / 57);
        format!(
            "From: {name}@ailleurs.example\r\nTo: aide@orvane.example\r\nSubject: Un fichier\r\nMessage-ID: <{name}@ailleurs.example>\r\n\
             Content-Type: application/octet-stream; name=a.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n{lines}"
        )
        .into_bytes()
    };
    let take = async |message| {
        let answer = room.take_message(&desk.provider.mailbox, message, false, None).await;
        assert_eq!(answer, TakeAnswer::Durable);
    };
    // What a first letter brings about is there by then.
    take(letter("ana", 1024)).await;
    let message = letter("bob", file_bytes);
    // What making it cost is not meant. Source: proc(5).
    std::fs::write("/proc/self/clear_refs", "5").expect("a process may say so of itself");
    let before = held_at_most();
    take(message).await;
    let grew = held_at_most().saturating_sub(before);
    println!("{} MB of a file cost {} MB", file_bytes >> 20, grew >> 20);
    assert!(grew < file_bytes * 3 / 2, "{grew} bytes for a file of {file_bytes}");
}

//! What is blacked out is gone: out of every text, letter and draft of the request, the index, the files of the
//! database; and the chain of the request verifies.

#[path = "sample/disk.rs"]
mod disk;
#[path = "sample/desk.rs"]
mod sample;

use desk::{AccountId, FileId, MessageId, SecretKind, TicketEvent};
use disk::Disk;
use operations::{
    DraftForm, Failure, PageScrub, QueueFilter, QueueKind, Redaction, Request, Scope, TicketView, Via,
    Viewer, command_ticket, keep_draft, list_tickets, read_command, redact, scrub, settle, show_letter,
    view_drafts, view_ticket,
};
use sample::{Desk, desk};
use store::SourceLetter;

const AGENT: u128 = 1;
const LEAD: u128 = 2;
const MAUDE: u128 = 3;

/// The card as the letter writes it; the texts around it repeat it in other groups.
const CARD: &str = "4111 1111 1111 1111";

/// A letter with its form, a file and the card in its subject; its date cannot be read, so that it is kept as it came.
const WITH_FORM: &str = "From: Maude <maude@client.example>\nTo: aide@orvane.example\n\
    Subject: Carte 4111-1111-1111-1111 avalée\nMessage-ID: <card@client.example>\n\
    Date: hier soir\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n\
    --b\nContent-Type: multipart/alternative; boundary=c\n\n\
    --c\nContent-Type: text/plain\n\nMa carte est 4111 1111\n1111 1111, mot de passe : Hunter2!x\n\
    --c\nContent-Type: text/html\n\n<p>Ma carte est <b>4111</b> 1111 1111 1111, mot de passe : Hunter2!x</p>\n--c--\n\
    --b\nContent-Type: text/plain; name=\"4111111111111111.txt\"\n\
    Content-Disposition: attachment; filename=\"4111111111111111.txt\"\n\nzqjournal\n--b--\n";

impl Disk {
    /// Which of these stand anywhere in the files, as they are or in hexadecimal.
    fn holds<'a>(&self, sought: &[&'a str]) -> Vec<&'a str> {
        let bytes = self.bytes();
        let stands = |form: &[u8]| bytes.windows(form.len()).any(|window| window == form);
        let hexadecimal = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        sought
            .iter()
            .copied()
            .filter(|text| stands(text.as_bytes()) || stands(hexadecimal(text).as_bytes()))
            .collect()
    }
}

async fn sqlite() -> (Desk, Disk) {
    let (store, folder, disk) = Disk::sqlite("redaction").await;
    (desk(store, folder).await, disk)
}

async fn postgres() -> (Desk, Disk) {
    let (store, folder, disk) = Disk::postgres("redaction").await;
    (desk(store, folder).await, disk)
}

fn by_token(viewer: Viewer) -> Viewer {
    Viewer { via: Via::Token { scopes: vec![Scope::Read, Scope::Write] }, ..viewer }
}

fn passage(message: MessageId, words: &str) -> Redaction {
    Redaction { message, passage: Some(words.to_owned()), found: false, file: None }
}

fn reply(body: &str) -> Request {
    Request::Reply { body: body.to_owned(), files: Vec::new(), technical: true, turn: None, undo_seconds: 0 }
}

async fn seen(desk: &Desk, viewer: &Viewer) -> TicketView {
    view_ticket(&desk.environment, viewer, "ORV-1").await.expect("shown")
}

async fn is_found(desk: &Desk, viewer: &Viewer, text: &str) -> bool {
    let filter = QueueFilter {
        view: QueueKind::All,
        text: Some(text.to_owned()),
        limit: 50,
        ..QueueFilter::default()
    };
    !list_tickets(&desk.environment, viewer, &filter).await.expect("searched").rows.is_empty()
}

async fn a_card_is_gone_from_everywhere((desk, disk): (Desk, Disk)) {
    let environment = &desk.environment;
    let (store, provider) = (&environment.store, &desk.provider.id);
    let (agent, lead, maude) =
        (desk.viewer(AGENT).await, by_token(desk.viewer(LEAD).await), desk.viewer(MAUDE).await);
    desk.receive(WITH_FORM, true).await;
    let first = seen(&desk, &agent).await;
    let message = first.messages[0].clone();
    assert_eq!(message.seems_to_hold, [SecretKind::Card, SecretKind::Password], "agents are told");
    assert_eq!(seen(&desk, &maude).await.messages[0].seems_to_hold, [], "customers are not");
    assert!(message.html.is_some() && message.kept_letter.is_some(), "{message:?}");
    let ticket = store.ticket_by_number("ORV-1").await.expect("read").expect("stands").1;
    let source = SourceLetter {
        provider: provider.clone(),
        ticket,
        place: "imap.example/INBOX".to_owned(),
        uid_validity: 1,
        uid: 2,
        message_id: "card@client.example".to_owned(),
        has_files: false,
    };
    store.note_source_letter(&source).await.expect("noted");
    keep_draft(environment, &agent, "ORV-1", DraftForm::Note, "la 4111111111111111 ?").await.expect("kept");
    keep_draft(environment, &lead, "ORV-1", DraftForm::Reply, "Bonjour Maude").await.expect("kept");
    let note = Request::Note { body: "Carte 4111.1111.1111.1111 à bloquer".to_owned() };
    command_ticket(environment, &agent, "ORV-1", note, None).await.expect("noted");
    // It waits in the outbox, and is worded when it leaves.
    command_ticket(environment, &agent, "ORV-1", reply("Votre carte 4111 1111 1111 1111 est bloquée."), None)
        .await
        .expect("answered");
    let split = Request::Split { message: Some(message.id), subject: None };
    command_ticket(environment, &agent, "ORV-1", split, None).await.expect("split");
    let secrets = [
        "4111 1111 1111 1111",
        "4111111111111111",
        "4111-1111-1111-1111",
        "4111.1111",
        "1111\n1111",
        "1111\r\n1111",
    ];
    assert!(disk.holds(&secrets).len() >= 4, "it stands there before");
    assert!(is_found(&desk, &agent, "4111").await);

    let before = seen(&desk, &agent).await;
    let done = redact(environment, &lead, None, "ORV-1", &passage(message.id, CARD), None).await;
    assert_eq!(done.expect("blacked out").version, before.version + 1);

    let view = seen(&desk, &agent).await;
    assert_eq!(view.subject.matches("▮▮▮▮").count(), 1, "{}", view.subject);
    let body = view.messages[0].body.as_deref().expect("it stands");
    assert!(body.starts_with("Ma carte est ▮▮▮▮, mot de passe : Hunter2!x"), "{body}");
    assert_eq!(view.messages[0].seems_to_hold, [SecretKind::Password], "what was not asked for stays");
    assert_eq!(view.messages[1].body.as_deref(), Some("Carte ▮▮▮▮ à bloquer"));
    assert_eq!(view.messages[2].body.as_deref(), Some("Votre carte ▮▮▮▮ est bloquée."));
    assert_eq!((view.messages[0].html, view.messages[0].kept_letter), (None, None), "as it came it is gone");
    assert!(show_letter(environment, &agent, "ORV-1", message.id).await.is_err());
    let files: Vec<Option<&str>> = view.messages[0].files.iter().map(|file| file.name.as_deref()).collect();
    assert_eq!(files, [Some("▮▮▮▮.txt"), None], "the file stays, under another name");
    let drafts = view_drafts(environment, &agent, "ORV-1").await.expect("seen");
    assert_eq!(drafts.note.map(|(body, _)| body).as_deref(), Some("la ▮▮▮▮ ?"));
    let drafts = view_drafts(environment, &lead, "ORV-1").await.expect("seen");
    assert_eq!(drafts.reply.map(|(body, _)| body).as_deref(), Some("Bonjour Maude"), "others go on writing");
    let other = view_ticket(environment, &agent, "ORV-2").await.expect("shown");
    assert!(other.messages[0].body.as_deref().is_some_and(|body| body.contains("▮▮▮▮")), "and its copy");
    assert!(!is_found(&desk, &agent, "4111").await && !is_found(&desk, &agent, "4111111111111111").await);
    assert!(is_found(&desk, &agent, "bloquer").await, "what stands is found");

    // The log says who, when and what kind of thing, and never the words; customers read it as well.
    for viewer in [&agent, &maude] {
        let view = seen(&desk, viewer).await;
        let entry = view.timeline.iter().find(|entry| matches!(entry.event, TicketEvent::Redacted { .. }));
        let entry = entry.expect("it is told");
        assert_eq!(entry.by.as_deref(), Some("Léa"));
        let TicketEvent::Redacted { kinds, .. } = &entry.event else { unreachable!() };
        assert_eq!(kinds.iter().map(String::as_str).collect::<Vec<_>>(), ["card"]);
    }
    assert!(store.verify_all(|_| {}).await.expect("read").is_empty(), "the chains verify");
    let now = environment.now();
    let leaving =
        store.claim_leaving_letters(&source.place, now, now.plus_seconds(60), 10).await.expect("read");
    assert_eq!(leaving.len(), 1, "the letter goes from the mailbox that it came from");

    settle(environment).await.expect("rounds");
    let sent: Vec<String> = desk
        .outgoing_to("maude@client.example")
        .iter()
        .filter(|letter| letter.text.contains("est bloquée"))
        .map(|letter| letter.text.clone())
        .collect();
    assert!(sent.len() == 1 && sent[0].contains("▮▮▮▮") && !sent[0].contains("1111"), "{sent:?}");

    assert!(store.is_left_to_clean().await.expect("read"));
    scrub(environment, PageScrub::Whole).await.expect("clean");
    assert!(!store.is_left_to_clean().await.expect("read"));
    assert_eq!(disk.holds(&secrets), [] as [&str; 0]);
    assert!(!disk.holds(&["Hunter2!x"]).is_empty(), "what was not asked for stays");
    let again = redact(environment, &lead, None, "ORV-1", &passage(message.id, CARD), None).await;
    assert!(matches!(again, Err(Failure::Invalid { field: "passage", .. })), "{again:?}");
    // Whoever is erased takes what they wrote, marks included; whoever blacked out took nothing of theirs.
    let found =
        operations::erase_person_here(environment, provider, lead.person.id, true).await.expect("erased");
    assert_eq!(found.texts, 0, "{found:?}");
    let found =
        operations::erase_person_here(environment, provider, maude.person.id, true).await.expect("erased");
    assert!(found.texts > 3, "{found:?}");
    assert!(store.verify_all(|_| {}).await.expect("read").is_empty());
}

async fn what_is_recognised_goes_at_once_and_a_file_whole((desk, disk): (Desk, Disk)) {
    let environment = &desk.environment;
    let (agent, lead) = (desk.viewer(AGENT).await, by_token(desk.viewer(LEAD).await));
    desk.receive(WITH_FORM, true).await;
    let message = seen(&desk, &agent).await.messages[0].clone();
    // A copy, and a copy of the copy, under ids of their own.
    let mut copied = ("ORV-1", message.id);
    for copy in ["ORV-2", "ORV-3"] {
        let split = Request::Split { message: Some(copied.1), subject: None };
        command_ticket(environment, &agent, copied.0, split, None).await.expect("split");
        let view = view_ticket(environment, &agent, copy).await.expect("shown");
        copied = (copy, view.messages[0].id);
    }
    let fields = |json: serde_json::Value| json.as_object().expect("an object").clone();
    let asked = fields(serde_json::json!({ "message": message.id.to_string(), "found": true }));
    let request = read_command(environment, &lead, "ORV-1", "redact", asked).await.expect("read");
    let view = command_ticket(environment, &lead, "ORV-1", request, None).await.expect("blacked out");
    let body = view.messages[0].body.as_deref().expect("it stands");
    assert!(body.starts_with("Ma carte est ▮▮▮▮, mot de passe : ▮▮▮▮"), "{body}");
    assert_eq!(view.messages[0].seems_to_hold, []);
    let nothing = Redaction { message: message.id, passage: None, found: true, file: None };
    let again = redact(environment, &lead, None, "ORV-1", &nothing, None).await;
    assert!(matches!(again, Err(Failure::Invalid { field: "found", .. })), "{again:?}");

    // A later letter may quote it in its form alone.
    let quoting = WITH_FORM
        .replace(
            "Subject: Carte 4111-1111-1111-1111 avalée",
            "Subject: Re: [ORV-1]\nReferences: <card@client.example>",
        )
        .replace("<card@", "<card2@")
        .replace("References: <card2@", "References: <card@")
        .replace("Date: hier soir\n", "")
        .replace("Ma carte est 4111 1111\n1111 1111, mot de passe : Hunter2!x", "Et alors ?")
        .replace("4111111111111111.txt", "trace.txt")
        .replace("zqjournal", "trace");
    desk.receive(&quoting, true).await;
    let view = seen(&desk, &agent).await;
    let second = view.messages.last().expect("one").clone();
    assert_eq!((view.messages.len(), second.body.as_deref()), (2, Some("Et alors ?")));
    assert!(second.html.is_some(), "its form quotes the card");
    redact(environment, &lead, None, "ORV-1", &passage(second.id, CARD), None).await.expect("blacked out");
    let view = seen(&desk, &agent).await;
    assert_eq!((view.messages[1].html, view.messages[1].body.as_deref()), (None, Some("Et alors ?")));

    let named = seen(&desk, &agent).await.messages[0].files[0].clone();
    let whole = Redaction { message: message.id, passage: None, found: false, file: Some(named.id) };
    redact(environment, &lead, None, "ORV-1", &whole, None).await.expect("destroyed");
    assert_eq!(seen(&desk, &agent).await.messages[0].files[0].name, None);
    let store = &environment.store;
    assert!(store.file(&desk.provider.id, named.id).await.expect("read").is_none());
    for copy in ["ORV-2", "ORV-3"] {
        let view = view_ticket(environment, &agent, copy).await.expect("shown");
        assert_eq!(view.messages[0].files[0].name, None, "{copy}");
    }
    assert!(matches!(
        redact(environment, &lead, None, "ORV-1", &whole, None).await,
        Err(Failure::NotFound { what: "file" })
    ));
    assert!(store.verify_all(|_| {}).await.expect("read").is_empty());
    scrub(environment, PageScrub::Whole).await.expect("clean");
    assert_eq!(disk.holds(&["Hunter2!x", "zqjournal"]), [] as [&str; 0]);
}

async fn only_those_who_may_and_nothing_that_is_not_there((desk, _): (Desk, Disk)) {
    let environment = &desk.environment;
    let (agent, maude) = (desk.viewer(AGENT).await, by_token(desk.viewer(MAUDE).await));
    let lead = desk.viewer(LEAD).await;
    desk.receive(WITH_FORM, true).await;
    let message = seen(&desk, &agent).await.messages[0].clone();
    let card = passage(message.id, CARD);
    let stranger = by_token(desk.viewer(4).await);
    assert_ne!(stranger.person.account, Some(AccountId(1)));
    for (viewer, hidden) in [(by_token(agent.clone()), false), (maude.clone(), false), (stranger, true)] {
        let asked = Request::Redact { redaction: card.clone() };
        for refused in [
            redact(environment, &viewer, None, "ORV-1", &card, None).await.map(drop),
            command_ticket(environment, &viewer, "ORV-1", asked, None).await.map(drop),
        ] {
            match hidden {
                true => assert!(matches!(refused, Err(Failure::NotFound { .. })), "{refused:?}"),
                false => assert!(matches!(refused, Err(Failure::NotPermitted)), "{refused:?}"),
            }
        }
    }
    // In a browser it takes a fresh sign-in, whichever way it is asked.
    desk.signed_in("old", LEAD, 7200).await;
    desk.signed_in("fresh", LEAD, 10).await;
    let asked = Request::Redact { redaction: card.clone() };
    for refused in [
        redact(environment, &lead, Some("old"), "ORV-1", &card, None).await.map(drop),
        redact(environment, &lead, None, "ORV-1", &card, None).await.map(drop),
        command_ticket(environment, &lead, "ORV-1", asked, None).await.map(drop),
    ] {
        assert!(matches!(refused, Err(Failure::Invalid { field: "session", .. })), "{refused:?}");
    }
    let lead = by_token(lead);
    let version = seen(&desk, &agent).await.version;
    let of = |words: &str| passage(message.id, words);
    for (redaction, field) in [
        (of("4242 4242 4242 4242"), "passage"),
        (of("a-b c"), "passage"),
        (of(&"x".repeat(2_001)), "passage"),
        (of("   "), "passage"),
        (Redaction { message: message.id, passage: None, found: false, file: None }, "passage"),
    ] {
        let refused = redact(environment, &lead, None, "ORV-1", &redaction, None).await;
        assert!(
            matches!(&refused, Err(Failure::Invalid { field: known, .. }) if *known == field),
            "{redaction:?}: {refused:?}"
        );
    }
    let elsewhere = Redaction { message: MessageId(9), ..card.clone() };
    let file = Redaction { file: Some(FileId(9)), ..card.clone() };
    for redaction in [elsewhere, file] {
        let refused = redact(environment, &lead, None, "ORV-1", &redaction, None).await;
        assert!(matches!(refused, Err(Failure::NotFound { .. })), "{refused:?}");
    }
    let stale = redact(environment, &lead, None, "ORV-1", &card, Some(version - 1)).await;
    assert!(matches!(stale, Err(Failure::Changed { .. })), "{stale:?}");
    let view = seen(&desk, &agent).await;
    assert_eq!(view.version, version, "nothing was recorded");
    assert!(view.messages[0].body.as_deref().is_some_and(|body| body.contains("1111")));
    // A macro does no such thing.
    let step = operations::MacroStep { command: "redact".to_owned(), with: serde_json::Map::new() };
    let kept = operations::Macro { key: "m".to_owned(), title: "M".to_owned(), steps: vec![step] };
    assert!(operations::put_macro(environment, &lead, &kept).await.is_err());
    // A closed request is blacked out like any other.
    let close = Request::Close { reason: "fini".to_owned(), consent: Default::default() };
    let agent = desk.viewer(AGENT).await;
    command_ticket(environment, &agent, "ORV-1", close, None).await.expect("closed");
    redact(environment, &lead, None, "ORV-1", &card, None).await.expect("blacked out");
}

on_both_databases! {
    a_card_is_gone_from_everywhere => gone_sqlite, gone_postgres;
    what_is_recognised_goes_at_once_and_a_file_whole => at_once_sqlite, at_once_postgres;
    only_those_who_may_and_nothing_that_is_not_there => who_may_sqlite, who_may_postgres;
}

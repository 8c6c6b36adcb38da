//! Canned replies and macros, on both databases.

use desk::{PersonId, Refusal, TicketState};
use operations::{
    CannedReply, Failure, Macro, MacroStep, Once, WordedMail, command_ticket, fill_reply, list_macros,
    list_mail_wordings, list_replies, preview_mail_wording, put_macro, put_mail_wording, put_reply,
    remove_macro, remove_reply, run_macro, settle, view_ticket,
};
use std::collections::BTreeMap;

#[path = "sample/desk.rs"]
mod sample;

use sample::{Desk, LETTER, postgres, sqlite};

const AGENT: u128 = 1;
const LEAD: u128 = 2;
const MAUDE: u128 = 3;

fn reply(key: &str, french: &str) -> CannedReply {
    let texts = BTreeMap::from([("fr".to_owned(), french.to_owned())]);
    CannedReply { key: key.to_owned(), title: "Relance".to_owned(), texts }
}

fn step(command: &str, with: serde_json::Value) -> MacroStep {
    let with = with.as_object().cloned().expect("an object");
    MacroStep { command: command.to_owned(), with }
}

fn macro_of(key: &str, steps: Vec<MacroStep>) -> Macro {
    Macro { key: key.to_owned(), title: "Classer".to_owned(), steps }
}

async fn a_reply_is_filled_for_a_request(desk: Desk) {
    let environment = &desk.environment;
    let (agent, lead, maude) = (desk.viewer(AGENT).await, desk.viewer(LEAD).await, desk.viewer(MAUDE).await);
    desk.receive(LETTER, true).await;
    let wrong = put_reply(environment, &lead, &reply("relance", "Bonjour {{prénom}}")).await;
    let Err(Failure::Refused(Refusal::UnknownValue { value, allowed, .. })) = wrong else {
        panic!("{wrong:?}")
    };
    assert_eq!(value, "prénom");
    assert!(allowed.contains(&"contact".to_owned()));
    let text = "Bonjour {{personne}},\n\nvotre demande {{number}} ({{objet}}) : {{turn}}\n{{échéance}}\n{{agent}}, {{lien}}";
    assert!(matches!(
        put_reply(environment, &agent, &reply("relance", text)).await,
        Err(Failure::NotPermitted)
    ));
    for key in ["", "Relance", "a b", "é", "x".repeat(61).as_str()] {
        let refused = put_reply(environment, &lead, &reply(key, text)).await;
        assert!(matches!(refused, Err(Failure::Invalid { field: "key", .. })), "{key}");
    }
    put_reply(environment, &lead, &reply("relance", text)).await.expect("kept");
    assert_eq!(list_replies(environment, &agent).await.expect("listed").len(), 1);
    assert!(matches!(list_replies(environment, &maude).await, Err(Failure::NotPermitted)));
    let filled = fill_reply(environment, &agent, "ORV-1", "relance").await.expect("filled");
    assert!(
        filled.starts_with("Bonjour Maude,\n\nvotre demande ORV-1 (Revit ne s'ouvre plus) : "),
        "{filled}"
    );
    assert!(filled.contains("Noé, http://desk.example/portal/demandes/ORV-1"), "{filled}");
    assert!(!filled.contains("{{") && filled.contains("lundi"), "the deadline in words: {filled}");
    assert!(matches!(
        fill_reply(environment, &agent, "ORV-2", "relance").await,
        Err(Failure::NotFound { .. })
    ));
    assert!(fill_reply(environment, &maude, "ORV-1", "relance").await.is_err());
    remove_reply(environment, &lead, "relance").await.expect("removed");
    assert!(matches!(remove_reply(environment, &lead, "relance").await, Err(Failure::NotFound { .. })));
}

async fn a_macro_is_done_whole_or_not_at_all(desk: Desk) {
    let environment = &desk.environment;
    let (agent, lead) = (desk.viewer(AGENT).await, desk.viewer(LEAD).await);
    desk.receive(LETTER, true).await;
    for steps in [
        Vec::new(),
        vec![step("sing", serde_json::json!({}))],
        vec![step("merge", serde_json::json!({ "into": "ORV-2" }))],
        vec![step("tag", serde_json::json!({ "adds": ["x"] }))],
        vec![step("note", serde_json::json!({ "body": "{{who}}" }))],
        vec![step("log-time", serde_json::json!({}))],
    ] {
        let told = format!("{steps:?}");
        assert!(put_macro(environment, &lead, &macro_of("classer", steps)).await.is_err(), "{told}");
    }
    let steps = vec![
        step("take-up", serde_json::json!({})),
        step("tag", serde_json::json!({ "add": ["Revit"] })),
        step("reply", serde_json::json!({ "body": "Bonjour {{contact}}, nous regardons {{number}}." })),
        step("wait", serde_json::json!({ "for": "customer", "reason": "journal" })),
    ];
    put_macro(environment, &lead, &macro_of("classer", steps)).await.expect("kept");
    assert_eq!(list_macros(environment, &agent).await.expect("listed")[0].steps.len(), 4);
    let before = view_ticket(environment, &agent, "ORV-1").await.expect("seen").version;
    let done = run_macro(environment, &agent, "ORV-1", "classer", None, None).await.expect("done");
    let view = done.show(environment, &agent).await.expect("seen");
    assert_eq!(view.version, before + 1, "one commit for all of it");
    assert_eq!(view.state, TicketState::Waiting);
    assert_eq!(view.assignee.as_ref().map(|person| person.id), Some(PersonId(AGENT)));
    assert_eq!(view.tags, ["revit"]);
    let said = view.messages.last().expect("a message");
    assert_eq!(said.body.as_deref(), Some("Bonjour Maude, nous regardons ORV-1."));
    settle(environment).await.expect("rounds");
    assert!(
        desk.outgoing_to("maude@client.example").iter().any(|letter| letter.text.contains("nous regardons"))
    );

    // The last step is refused: nothing of it is done, and the refusal tells which.
    let steps = vec![
        step("note", serde_json::json!({ "body": "Vu." })),
        step("resume", serde_json::json!({})),
        step("resume", serde_json::json!({})),
    ];
    put_macro(environment, &lead, &macro_of("reprendre", steps)).await.expect("kept");
    let before = view_ticket(environment, &agent, "ORV-1").await.expect("seen");
    let refused = run_macro(environment, &agent, "ORV-1", "reprendre", None, None).await;
    let Err(Failure::Step { place: 2, why }) = refused else { panic!("{refused:?}") };
    assert!(matches!(*why, Failure::Refused(Refusal::NotWaiting)));
    let after = view_ticket(environment, &agent, "ORV-1").await.expect("seen");
    assert_eq!((after.version, after.messages.len()), (before.version, before.messages.len()));
    assert!(run_macro(environment, &desk.viewer(MAUDE).await, "ORV-1", "classer", None, None).await.is_err());

    // Sent again under its key it is done once; and only upon what was read, where that is said.
    let once = |key: &str, asked: &str| Some(Once { key: key.to_owned(), asked: asked.to_owned() });
    let run =
        async |expected, once| run_macro(environment, &agent, "ORV-1", "relancer", expected, once).await;
    let steps = vec![step("reply", serde_json::json!({ "body": "Avez-vous le journal ?" }))];
    put_macro(environment, &lead, &macro_of("relancer", steps)).await.expect("kept");
    let stale = run(Some(before.version - 1), None).await;
    assert!(matches!(stale, Err(Failure::Changed { .. })), "{stale:?}");
    let now = view_ticket(environment, &agent, "ORV-1").await.expect("seen").version;
    let first = run(Some(now), once("clé-1", "macros/relancer")).await.expect("done");
    assert_eq!(first.version, now + 1);
    remove_macro(environment, &lead, "relancer").await.expect("removed");
    let again = run(Some(now), once("clé-1", "macros/relancer")).await.expect("done before");
    let said = view_ticket(environment, &agent, "ORV-1").await.expect("seen").messages;
    assert_eq!((again.version, said.len()), (now + 1, 3), "the customer is answered once");
    let reused = run(None, once("clé-1", "macros/autre")).await;
    assert!(matches!(reused, Err(Failure::KeyReused)), "{reused:?}");
    let still = operations::Request::Note { body: "Encore.".to_owned() };
    command_ticket(environment, &agent, "ORV-1", still, None).await.expect("the log goes on");
}

/// The provider's words take the place of the product's own, in its language, for those whom the desk knows; what was
/// before stays among the versions, and one can go back.
async fn letters_leave_in_the_words_of_the_desk(desk: Desk) {
    let environment = &desk.environment;
    let (agent, lead, maude) = (desk.viewer(AGENT).await, desk.viewer(LEAD).await, desk.viewer(MAUDE).await);
    let words =
        |subject: &str, body: &str| Some(WordedMail { subject: subject.to_owned(), body: body.to_owned() });
    let ours =
        words("[{{numéro}}] C’est noté", "Bonjour {{requester|à vous}},\n\n{{turn}}\n\nHotline {{severity}}");
    let wrong = put_mail_wording(environment, &lead, "acknowledgement", "fr", ours).await;
    let Err(Failure::Refused(Refusal::UnknownValue { value, .. })) = wrong else { panic!("{wrong:?}") };
    assert_eq!(value, "severity");
    let ours = words("[{{numéro}}] C’est noté", "Bonjour {{requester|à vous}},\n\n{{turn}}\n\nLa hotline");
    for viewer in [&agent, &maude] {
        let refused = put_mail_wording(environment, viewer, "acknowledgement", "fr", ours.clone()).await;
        assert!(matches!(refused, Err(Failure::NotPermitted)));
        assert!(list_mail_wordings(environment, viewer).await.is_err());
    }
    let unheard = put_mail_wording(environment, &lead, "facture", "fr", ours.clone()).await;
    assert!(matches!(unheard, Err(Failure::NotFound { .. })));
    put_mail_wording(environment, &lead, "acknowledgement", "fr", ours.clone()).await.expect("kept");
    let preview = preview_mail_wording(environment, &lead, "acknowledgement", "fr", &ours.expect("words"));
    assert!(preview.expect("shown").text.starts_with("Bonjour Maude Arsenault,"));
    desk.receive(LETTER, true).await;
    desk.receive(&LETTER.replace("maude@client", "ana@ailleurs").replace("one@", "two@"), true).await;
    settle(environment).await.expect("rounds");
    let receipt = desk.outgoing_to("maude@client.example").pop().expect("a receipt");
    assert_eq!(receipt.subject, "[ORV-1] C’est noté");
    assert!(
        receipt.text.contains("La hotline") && receipt.text.contains("Bonjour Maude,"),
        "{}",
        receipt.text
    );
    assert!(receipt.text.starts_with("=== 8<"), "answers are still written above a line: {}", receipt.text);
    let stranger = desk.outgoing_to("ana@ailleurs.example").pop().expect("a receipt");
    assert!(!stranger.text.contains("hotline"), "a stranger gets nothing but the product's own words");
    put_mail_wording(environment, &lead, "acknowledgement", "fr", None).await.expect("back");
    desk.receive(&LETTER.replace("one@", "three@").replace("Revit", "Autocad"), true).await;
    settle(environment).await.expect("rounds");
    let receipts = desk.outgoing_to("maude@client.example");
    assert!(receipts.iter().any(|receipt| !receipt.text.contains("La hotline")), "{receipts:?}");
    let listed = list_mail_wordings(environment, &lead).await.expect("listed");
    let listed =
        listed.iter().find(|one| (one.kind, one.language) == ("acknowledgement", "fr")).expect("there");
    assert!(listed.words.is_none() && listed.earlier.len() == 1 && listed.earlier[0].1.is_some());
}

on_both_databases! {
    letters_leave_in_the_words_of_the_desk => wordings_sqlite, wordings_postgres;
    a_reply_is_filled_for_a_request => a_reply_is_filled_sqlite, a_reply_is_filled_postgres;
    a_macro_is_done_whole_or_not_at_all => a_macro_is_done_whole_sqlite, a_macro_is_done_whole_postgres;
}

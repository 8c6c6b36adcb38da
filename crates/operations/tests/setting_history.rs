//! What settings said before, who changed them and when; on both databases.

#[path = "sample/desk.rs"]
mod sample;

use desk::PersonId;
use operations::{
    CannedReply, ChangeKind, ChangesWanted, Failure, Rule, SettingChange, WebhookChange, change_webhook,
    erase_person_here, list_changes, make_round, make_webhook, put_reply, put_rule, remove_reply,
    remove_webhook,
};
use sample::{Desk, postgres, sqlite};
use store::{AgedRows, VersionQuery};

const NOE: u128 = 1;
const LEA: u128 = 2;
const MAUDE: u128 = 3;
const MAX: u128 = 7;

impl Desk {
    async fn changes(&self, wanted: &ChangesWanted<'_>) -> Vec<SettingChange> {
        let wanted = ChangesWanted { at_most: 100, ..*wanted };
        list_changes(&self.environment, &self.administrator().await, &wanted).await.expect("listed")
    }

    async fn says(&self, person: u128, text: &str) {
        let reply = CannedReply {
            key: "bonjour".to_owned(),
            title: "Bonjour".to_owned(),
            texts: [("fr".to_owned(), text.to_owned())].into(),
        };
        put_reply(&self.environment, &self.viewer(person).await, &reply).await.expect("kept");
    }
}

fn told(changes: &[SettingChange]) -> Vec<(ChangeKind, u64, Option<PersonId>)> {
    changes.iter().map(|change| (change.what, change.version, change.person_id)).collect()
}

async fn each_change_of_a_setting_is_told(desk: Desk) {
    let environment = &desk.environment;
    desk.says(LEA, "Bonjour.").await;
    desk.says(LEA, "Bonjour.").await;
    desk.says(MAX, "Bonsoir.").await;
    remove_reply(environment, &desk.viewer(LEA).await, "bonjour").await.expect("removed");
    assert!(remove_reply(environment, &desk.viewer(LEA).await, "bonjour").await.is_err());
    desk.says(LEA, "Encore.").await;
    let rule = Rule {
        key: "classer".to_owned(),
        title: "Classer".to_owned(),
        enabled: true,
        on: vec!["ticket.opened".to_owned()],
        ..Rule::default()
    };
    let steps = serde_json::from_str(r#"[{"command":"tag","with":{"add":["vu"]}}]"#).expect("steps");
    put_rule(environment, &desk.viewer(MAX).await, &Rule { then: steps, ..rule }).await.expect("kept");
    // What says the same again is no change.
    let replies = desk.changes(&ChangesWanted { kind: "reply", ..ChangesWanted::default() }).await;
    let (lea, max) = (Some(PersonId(LEA)), Some(PersonId(MAX)));
    assert_eq!(
        told(&replies),
        [
            (ChangeKind::Made, 4, lea),
            (ChangeKind::Removed, 3, lea),
            (ChangeKind::Changed, 2, max),
            (ChangeKind::Made, 1, lea)
        ]
    );
    let changed = &replies[2];
    assert_eq!(changed.key, "bonjour");
    assert!(changed.person.is_some());
    let said = |it: &operations::SettingDifference| (it.part.clone(), it.before.clone(), it.after.clone());
    let text = ("texts.fr".to_owned(), Some("Bonjour.".to_owned()), Some("Bonsoir.".to_owned()));
    assert_eq!(changed.differences.iter().map(said).collect::<Vec<_>>(), [text]);
    // All of them, page by page, each once.
    let mut cursor = String::new();
    let mut seen = Vec::new();
    loop {
        let wanted = ChangesWanted { cursor: &cursor, at_most: 1, ..ChangesWanted::default() };
        let page = list_changes(environment, &desk.administrator().await, &wanted).await.expect("listed");
        let Some(last) = page.last() else { break };
        cursor.clone_from(&last.cursor);
        seen.extend(page.into_iter().map(|change| (change.kind, change.version)));
    }
    assert_eq!(seen.len(), 5, "{seen:?}");
    assert!(seen.contains(&("rule".to_owned(), 1)));
    // Who does not read the journal reads none of it, and a kind that is none is named.
    let viewer = desk.viewer(NOE).await;
    let refused = list_changes(environment, &viewer, &ChangesWanted::default()).await.expect_err("refused");
    assert!(matches!(refused, Failure::NotPermitted));
    let wanted = ChangesWanted { kind: "weather", ..ChangesWanted::default() };
    let refused = list_changes(environment, &desk.administrator().await, &wanted).await.expect_err("refused");
    assert!(matches!(refused, Failure::Invalid { field: "kind", .. }));
}

async fn what_the_desk_switched_off_is_told_as_its_own(desk: Desk) {
    let environment = &desk.environment;
    let steps = serde_json::from_str(r#"[{"command":"tag","with":{"add":["vu"]}}]"#).expect("steps");
    let rule = Rule {
        key: "classer".to_owned(),
        title: "Classer".to_owned(),
        enabled: true,
        on: vec!["ticket.opened".to_owned()],
        then: steps,
        ..Rule::default()
    };
    put_rule(environment, &desk.viewer(MAX).await, &rule).await.expect("kept");
    environment.store.let_go(&desk.provider.id, PersonId(MAX), environment.now()).await.expect("gone");
    desk.receive(sample::LETTER, true).await;
    make_round(environment).await.expect("a round");
    let changes = desk.changes(&ChangesWanted { kind: "rule", ..ChangesWanted::default() }).await;
    assert_eq!(told(&changes)[0], (ChangeKind::Changed, 2, None));
    let switched = &changes[0].differences;
    assert_eq!(switched.len(), 1, "{switched:?}");
    assert_eq!((switched[0].part.as_str(), switched[0].after.as_deref()), ("enabled", Some("false")));
}

async fn a_webhook_is_told_without_its_secret(desk: Desk) {
    let environment = &desk.environment;
    let viewer = desk.viewer(MAX).await;
    let all = ["*".to_owned()];
    let made = make_webhook(environment, &viewer, "http://127.0.0.1:8443/in", &all).await.expect("made");
    let hook = made.id.to_string();
    let off = WebhookChange { is_on: Some(false), ..WebhookChange::default() };
    change_webhook(environment, &viewer, &hook, &off).await.expect("changed");
    change_webhook(environment, &viewer, &hook, &off).await.expect("the same again");
    remove_webhook(environment, &viewer, &hook).await.expect("removed");
    let changes =
        desk.changes(&ChangesWanted { kind: "webhook", key: &hook, ..ChangesWanted::default() }).await;
    let max = Some(PersonId(MAX));
    assert_eq!(
        told(&changes),
        [(ChangeKind::Removed, 3, max), (ChangeKind::Changed, 2, max), (ChangeKind::Made, 1, max)]
    );
    let [state] = &changes[1].differences[..] else { panic!("{changes:?}") };
    assert_eq!((state.part.as_str(), state.after.as_deref()), ("state", Some("off")));
    let said = format!("{:?}", changes[2].differences);
    assert!(said.contains("127.0.0.1") && said.contains("Max") && !said.contains("whsec_"), "{said}");
}

async fn what_settings_said_of_somebody_goes_with_them(desk: Desk) {
    let environment = &desk.environment;
    let maude =
        environment.store.person(&desk.provider.id, PersonId(MAUDE)).await.expect("read").expect("known");
    desk.says(LEA, &format!("Écrire à {}.", maude.email.to_uppercase())).await;
    desk.says(LEA, &format!("Demander à {}.", maude.name)).await;
    desk.says(LEA, &format!("Voir {}euse.", maude.name)).await;
    desk.says(LEA, "Écrire à l’accueil.").await;
    erase_person_here(environment, &desk.provider.id, PersonId(MAUDE), false).await.expect("erased");
    let replies = desk.changes(&ChangesWanted::default()).await;
    let kinds: Vec<ChangeKind> = replies.iter().map(|change| change.what).collect();
    use ChangeKind::{Changed, Erased};
    assert_eq!(kinds, [Changed, Changed, Erased, Erased]);
    let all = format!("{replies:?}").to_lowercase();
    assert!(!all.contains(&maude.email) && all.contains("euse."), "{all}");
}

async fn what_is_old_goes_and_what_holds_stays(desk: Desk) {
    let environment = &desk.environment;
    let (provider, store) = (&desk.provider.id, &environment.store);
    for (minute, text) in [(1, "Un."), (2, "Deux."), (3, "Trois.")] {
        desk.go_to(&format!("2026-08-17T10:0{minute}:00-04:00")).await;
        desk.says(LEA, text).await;
    }
    desk.go_to("2026-08-17T10:09:00-04:00").await;
    let later = environment.now();
    store.forget_aged(provider, AgedRows::Journal, later).await.expect("forgotten");
    let query = VersionQuery { at_most: 9, ..VersionQuery::default() };
    let left = store.entry_versions(provider, &query).await.expect("read");
    assert_eq!(left.iter().map(|version| version.number).collect::<Vec<_>>(), [3]);
    // A number is given once, whatever went before.
    desk.says(MAX, "Quatre.").await;
    let left = store.entry_versions(provider, &query).await.expect("read");
    assert_eq!(left.iter().map(|version| version.number).collect::<Vec<_>>(), [4, 3]);
}

on_both_databases! {
    each_change_of_a_setting_is_told => told_sqlite, told_postgres;
    what_the_desk_switched_off_is_told_as_its_own => itself_sqlite, itself_postgres;
    a_webhook_is_told_without_its_secret => webhook_sqlite, webhook_postgres;
    what_settings_said_of_somebody_goes_with_them => erased_sqlite, erased_postgres;
    what_is_old_goes_and_what_holds_stays => old_sqlite, old_postgres;
}

//! Drafts of answers and notes, on both databases.

use desk::PersonId;
use operations::{
    DraftForm, Failure, Request, command_ticket, erase_person_here, forget_draft, keep_draft, move_clock,
    view_drafts,
};

#[path = "sample/desk.rs"]
mod sample;

use sample::{Desk, LETTER, postgres, sqlite};

const AGENT: u128 = 1;
const LEAD: u128 = 2;
const MAUDE: u128 = 3;

async fn a_draft_is_ones_own_and_others_see_that_it_is_there(desk: Desk) {
    let environment = &desk.environment;
    let (agent, lead, maude) = (desk.viewer(AGENT).await, desk.viewer(LEAD).await, desk.viewer(MAUDE).await);
    desk.receive(LETTER, true).await;
    let mut told = environment.changes();
    keep_draft(environment, &agent, "ORV-1", DraftForm::Reply, "Bonjour Maude,").await.expect("kept");
    let change = told.try_recv().expect("others are told that somebody writes");
    assert_eq!((change.number.as_str(), change.account), ("ORV-1", None), "the desk, and no customer");
    keep_draft(environment, &agent, "ORV-1", DraftForm::Reply, "Bonjour Maude,\nvoici").await.expect("kept");
    assert!(told.try_recv().is_err(), "not of each letter");

    let own = view_drafts(environment, &agent, "ORV-1").await.expect("seen");
    assert_eq!(own.reply.map(|(body, _)| body).as_deref(), Some("Bonjour Maude,\nvoici"));
    assert!(own.others.is_empty() && own.note.is_none());
    let seen = view_drafts(environment, &lead, "ORV-1").await.expect("seen");
    assert_eq!((seen.reply, seen.others), (None, vec![("Noé".to_owned(), true)]), "that, and not what");
    for done in [
        view_drafts(environment, &maude, "ORV-1").await.map(drop),
        keep_draft(environment, &maude, "ORV-1", DraftForm::Note, "x").await,
        forget_draft(environment, &maude, "ORV-1", DraftForm::Reply).await,
    ] {
        assert!(matches!(done, Err(Failure::NotPermitted)), "{done:?}");
    }
    assert!(keep_draft(environment, &agent, "AUTRE-1", DraftForm::Note, "x").await.is_err());

    keep_draft(environment, &agent, "ORV-1", DraftForm::Note, "À vérifier").await.expect("kept");
    forget_draft(environment, &agent, "ORV-1", DraftForm::Reply).await.expect("sent");
    let own = view_drafts(environment, &agent, "ORV-1").await.expect("seen");
    assert_eq!((own.reply, own.note.map(|(body, _)| body).as_deref()), (None, Some("À vérifier")));
    let later = environment.now().plus_seconds(3600);
    move_clock(environment, later).await.expect("moved");
    keep_draft(environment, &lead, "ORV-1", DraftForm::Note, "Vu").await.expect("kept");
    let seen = view_drafts(environment, &lead, "ORV-1").await.expect("seen");
    assert_eq!(
        seen.others,
        [("Noé".to_owned(), false)],
        "an hour later somebody has a draft and writes no more"
    );
    keep_draft(environment, &lead, "ORV-1", DraftForm::Note, "  ").await.expect("emptied");
    assert_eq!(view_drafts(environment, &lead, "ORV-1").await.expect("seen").note, None);
}

async fn drafts_go_with_what_they_may_quote(desk: Desk) {
    let environment = &desk.environment;
    let (agent, lead) = (desk.viewer(AGENT).await, desk.viewer(LEAD).await);
    desk.receive(LETTER, true).await;
    keep_draft(environment, &agent, "ORV-1", DraftForm::Reply, "Vous écriviez : Revit").await.expect("kept");
    command_ticket(environment, &agent, "ORV-1", Request::TakeUp { reason: None }, None)
        .await
        .expect("taken");
    erase_person_here(environment, &desk.provider.id, PersonId(MAUDE), true).await.expect("erased");
    let marks = environment_marks(&desk).await;
    assert_eq!(marks, 0, "a draft may quote whoever was erased");
    keep_draft(environment, &lead, "ORV-1", DraftForm::Note, "À moi").await.expect("kept");
    erase_person_here(environment, &desk.provider.id, PersonId(LEAD), false).await.expect("erased");
    assert_eq!(environment_marks(&desk).await, 0, "and its writer takes it along");
}

async fn environment_marks(desk: &Desk) -> usize {
    desk.environment.store.draft_marks(&desk.provider.id).await.expect("read").len()
}

#[tokio::test]
async fn a_draft_is_ones_own_sqlite() {
    a_draft_is_ones_own_and_others_see_that_it_is_there(sqlite().await).await;
}

#[tokio::test]
async fn a_draft_is_ones_own_postgres() {
    a_draft_is_ones_own_and_others_see_that_it_is_there(postgres().await).await;
}

#[tokio::test]
async fn drafts_go_with_what_they_may_quote_sqlite() {
    drafts_go_with_what_they_may_quote(sqlite().await).await;
}

#[tokio::test]
async fn drafts_go_with_what_they_may_quote_postgres() {
    drafts_go_with_what_they_may_quote(postgres().await).await;
}

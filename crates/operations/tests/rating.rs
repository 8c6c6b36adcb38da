//! How customers say that they were helped, on both databases.

use desk::{Refusal, Score};
use operations::{Failure, QueueFilter, QueueKind, Request, command_ticket, list_tickets, view_ticket};

#[path = "sample/desk.rs"]
mod sample;

use sample::{Desk, LETTER, postgres, sqlite};

const AGENT: u128 = 1;
const MAUDE: u128 = 3;

async fn it_is_told_once_and_after_closing(desk: Desk) {
    let environment = &desk.environment;
    let (agent, maude) = (desk.viewer(AGENT).await, desk.viewer(MAUDE).await);
    desk.receive(LETTER, true).await;
    let rate = |score| Request::Rate { score, comment: Some("Merci, c’était vite fait.".to_owned()) };
    let early = command_ticket(environment, &maude, "ORV-1", rate(Score::Good), None).await;
    assert!(matches!(early, Err(Failure::Refused(Refusal::NotClosed))), "{early:?}");
    command_ticket(environment, &maude, "ORV-1", Request::Confirm, None).await.expect("closed");
    let of_desk = command_ticket(environment, &agent, "ORV-1", rate(Score::Good), None).await;
    assert!(matches!(of_desk, Err(Failure::NotPermitted)), "{of_desk:?}");
    command_ticket(environment, &maude, "ORV-1", rate(Score::Fair), None).await.expect("told");
    let again = command_ticket(environment, &maude, "ORV-1", rate(Score::Bad), None).await;
    assert!(matches!(again, Err(Failure::Refused(Refusal::AlreadyRated))), "{again:?}");
    let view = view_ticket(environment, &agent, "ORV-1").await.expect("shown");
    let (rating, said) = view.rating.expect("there is one");
    assert_eq!((rating.score, said.as_deref()), (Score::Fair, Some("Merci, c’était vite fait.")));
    for (text, count) in [
        ("satisfaction:moyenne", 1),
        ("satisfaction:fair", 1),
        ("satisfaction:bad", 0),
        ("satisfaction:any", 1),
    ] {
        let filter = QueueFilter {
            view: QueueKind::All,
            text: Some(text.to_owned()),
            order: None,
            cursor: None,
            limit: 10,
            account: None,
        };
        let found = list_tickets(environment, &agent, &filter).await.expect(text);
        assert_eq!(found.rows.len(), count, "{text}");
    }
    // Reopened and closed again, it is not asked again.
    command_ticket(environment, &maude, "ORV-1", Request::Reopen, None).await.expect("open");
    command_ticket(environment, &maude, "ORV-1", Request::Confirm, None).await.expect("closed");
    let again = command_ticket(environment, &maude, "ORV-1", rate(Score::Bad), None).await;
    assert!(matches!(again, Err(Failure::Refused(Refusal::AlreadyRated))), "{again:?}");
}

#[tokio::test]
async fn it_is_told_once_and_after_closing_sqlite() {
    it_is_told_once_and_after_closing(sqlite().await).await;
}

#[tokio::test]
async fn it_is_told_once_and_after_closing_postgres() {
    it_is_told_once_and_after_closing(postgres().await).await;
}

//! An agreement that changes under requests that run: what moves is shown first, time used is kept, once, and
//! told to those concerned; on both databases.

use calendar::Instant;
use desk::AccountId;
use operations::{
    AdoptError, AgreementChange, ChangeReport, Failure, NewTerms, Origin, Request, change_agreement,
    change_agreement_as, command_ticket, list_agreements, settle, view_agreement, view_ticket,
};
use terms::{FactValue, Facts};

#[path = "sample/desk.rs"]
mod sample;

use sample::{AGREEMENT, Desk, LETTER, postgres, sqlite};

const NOE: u128 = 1;
const LEA: u128 = 2;
const MAUDE: u128 = 3;
const MAX: u128 = 7;

/// What the prose says of the target must be what the rules say.
const PROSE: (&str, &str) = ("4 heures ouvrables", "6 heures ouvrables");

/// The sample's next version, with what is put in place of what.
fn next(replaced: &[(&str, &str)]) -> AgreementChange {
    let mut text = AGREEMENT.replacen("\"2026.1\"", "\"2026.2\"", 1);
    for (old, new) in replaced {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    AgreementChange {
        terms: NewTerms::Document { text, file_name: "next.md".to_owned() },
        parameters: Facts::new(),
        account: None,
    }
}

async fn change(desk: &Desk, change: &AgreementChange, preview: bool) -> ChangeReport {
    let done = change_agreement(&desk.environment, &desk.provider.id, change, preview, |_| ()).await;
    match done {
        Ok(report) => report,
        Err(AdoptError::Diagnostics(found)) => {
            panic!("{:?}", found.first().map(|found| found.sentence("en")))
        }
        Err(error) => panic!("{error}"),
    }
}

async fn response(desk: &Desk, number: &str) -> (Option<Instant>, String, u64) {
    let view = view_ticket(&desk.environment, &desk.viewer(NOE).await, number).await.expect("seen");
    let mut clocks = view.clocks.iter().map(|clock| &clock.reading);
    let reading = clocks.find(|reading| reading.promise == "response").expect("a response is owed");
    (reading.due_at, reading.clause.version.clone(), view.version)
}

/// Two requests of Friday evening, due on Monday at eleven; one of them has an owner.
async fn with_requests(desk: &Desk) {
    for (letter, number) in [("one@", "ORV-1"), ("two@", "ORV-2")] {
        desk.receive(&LETTER.replace("one@", letter), true).await;
        settle(&desk.environment).await.expect("rounds");
        let (due, version, _) = response(desk, number).await;
        assert_eq!(
            (due.map(|due| due.to_string()[..16].to_owned()).as_deref(), version.as_str()),
            (Some("2026-08-17T14:59"), "2026.1")
        );
    }
    let take = Request::TakeUp { reason: None };
    command_ticket(&desk.environment, &desk.viewer(NOE).await, "ORV-1", take, None).await.expect("taken");
    desk.go_to("2026-08-14T18:30:00-04:00").await;
}

fn later(due: Instant, hours: i64) -> Instant {
    due.plus_seconds(hours * 3600)
}

async fn a_longer_target_moves_what_runs_once_and_tells(desk: Desk) {
    with_requests(&desk).await;
    let longer = next(&[("within   = \"4 business hours\"", "within   = \"6 business hours\""), PROSE]);
    let (due, _, version) = response(&desk, "ORV-1").await;
    let due = due.expect("a deadline");
    let letters = desk.outgoing().len();
    let seen = change(&desk, &longer, true).await;
    assert_eq!((seen.looked_at, seen.changed, seen.moved.len(), seen.contracts), (2, 2, 2, 2));
    assert_eq!((seen.moved[0].was, seen.moved[0].due_at), (Some(due), Some(later(due, 2))));
    assert_eq!(seen.moved[0].clause.version, "2026.2");
    let differing = seen.differing.first().expect("its examples still say four hours");
    assert_eq!(differing.code, agreement::Code::ExampleDiffers);
    settle(&desk.environment).await.expect("rounds");
    assert_eq!(response(&desk, "ORV-1").await, (Some(due), "2026.1".to_owned(), version), "nothing is done");
    assert_eq!(desk.outgoing().len(), letters);

    let done = change(&desk, &longer, false).await;
    assert_eq!((done.moved, done.changed), (seen.moved, 2));
    settle(&desk.environment).await.expect("rounds");
    let (moved, version, _) = response(&desk, "ORV-1").await;
    assert_eq!((moved, version.as_str()), (Some(later(due, 2)), "2026.2"));
    let told = |address: &str| {
        let letters = desk.outgoing_to(address);
        letters.iter().filter(|letter| letter.subject.contains("Échéances modifiées")).count()
    };
    assert_eq!(
        (told("maude@client.example"), told("noe@orvane.example")),
        (2, 2),
        "who asked, and who has it"
    );
    let contracts = desk.environment.store.contracts_of(&desk.provider.id, AccountId(1)).await.expect("read");
    assert!(contracts.iter().all(|contract| contract.agreement.version == "2026.2"));

    // Done again, as after it was broken off, it does nothing, whatever ended its lines on the way.
    let before = response(&desk, "ORV-1").await;
    let NewTerms::Document { text, .. } = &longer.terms else { panic!("a document") };
    let text = text.trim_end().replace('\n', "\r\n");
    let again = AgreementChange {
        terms: NewTerms::Document { text, file_name: "next.md".to_owned() },
        parameters: Facts::new(),
        account: None,
    };
    let again = change(&desk, &again, false).await;
    assert_eq!((again.changed, again.moved.len(), again.contracts), (0, 0, 0));
    assert_eq!(response(&desk, "ORV-1").await, before);
    desk.receive(&LETTER.replace("one@", "three@"), true).await;
    settle(&desk.environment).await.expect("rounds");
    assert_eq!(response(&desk, "ORV-3").await.1, "2026.2", "what comes now runs under it");
}

async fn other_hours_keep_the_time_that_was_used(desk: Desk) {
    with_requests(&desk).await;
    let later_opening = next(&[
        ("mon-fri = [\"09:00-20:00\"]", "mon-fri = [\"10:00-20:00\"]"),
        ("de 9 h à 20 h", "de 10 h à 20 h"),
    ]);
    let (due, ..) = response(&desk, "ORV-2").await;
    let done = change(&desk, &later_opening, false).await;
    assert_eq!(done.moved.len(), 2);
    // Half an hour was used on Friday; what is left goes on in the new hours, an hour later on Monday.
    let (moved, ..) = response(&desk, "ORV-2").await;
    let wanted = later(due.expect("a deadline"), 1);
    assert!((moved.expect("a deadline").seconds_since(wanted)).abs() <= 1, "{moved:?} {wanted}");
}

async fn the_document_says_what_a_change_does(desk: Desk) {
    with_requests(&desk).await;
    let (due, ..) = response(&desk, "ORV-1").await;
    let fixed = next(&[
        (
            "within   = \"4 business hours\"\n",
            "within   = \"6 business hours\"\non_change = { agreement = \"fixed\" }\n",
        ),
        PROSE,
    ]);
    let done = change(&desk, &fixed, false).await;
    assert_eq!((done.changed, done.moved.len()), (2, 0));
    assert_eq!(response(&desk, "ORV-1").await.0, due);
    let restart = next(&[
        ("\"2026.2\"", "\"2026.3\""),
        (
            "within   = \"4 business hours\"\n",
            "within   = \"4 business hours\"\non_change = { agreement = \"restart\" }\n",
        ),
    ]);
    let done = change(&desk, &restart, false).await;
    assert_eq!(done.moved.len(), 2);
    let (moved, ..) = response(&desk, "ORV-1").await;
    assert!(moved > due, "it counts from the change");
}

async fn a_version_in_force_keeps_its_text(desk: Desk) {
    let name = desk.provider.agreement.clone().expect("adopted");
    let text = AGREEMENT.replacen("Formule", "Formules", 1);
    assert_ne!(text, AGREEMENT);
    let other = AgreementChange {
        terms: NewTerms::Document { text, file_name: "other.md".to_owned() },
        parameters: Facts::new(),
        account: None,
    };
    for preview in [true, false] {
        let refused = change_agreement(&desk.environment, &desk.provider.id, &other, preview, |_| ()).await;
        assert!(matches!(refused, Err(AdoptError::InForce(standing)) if standing == name), "{preview}");
    }
    let kept = desk.environment.store.agreement(&desk.provider.id, &name).await.expect("read");
    assert_eq!(kept.map(|kept| kept.text).as_deref(), Some(AGREEMENT));
}

async fn values_of_contracts_change_for_one_account_by_who_may(desk: Desk) {
    with_requests(&desk).await;
    let name = desk.provider.agreement.clone().expect("adopted");
    let mut values = AgreementChange {
        terms: NewTerms::Adopted(name),
        parameters: Facts::new().with("region", FactValue::text("ontario")),
        account: Some("bouleaux".to_owned()),
    };
    let origin = Origin { network: "", browser: "" };
    let refused =
        change_agreement_as(&desk.environment, &desk.viewer(LEA).await, &values, true, &origin).await;
    assert!(matches!(refused, Err(AdoptError::Failure(Failure::NotPermitted))));
    let manager = desk.viewer(MAX).await;
    let done = change_agreement_as(&desk.environment, &manager, &values, false, &origin).await.expect("done");
    assert_eq!((done.contracts, done.changed), (1, 2));
    let view = view_ticket(&desk.environment, &manager, "ORV-1").await.expect("seen");
    assert_eq!(view.facts.text("region"), Some("ontario"));
    values.account = Some("personne".to_owned());
    let missing = change_agreement_as(&desk.environment, &manager, &values, true, &origin).await;
    assert!(matches!(missing, Err(AdoptError::Failure(Failure::NotFound { .. }))));
}

async fn who_adopted_a_version_stands_beside_it(desk: Desk) {
    let first = desk.provider.agreement.clone().expect("adopted");
    let origin = Origin { network: "", browser: "" };
    let manager = desk.viewer(MAX).await;
    let now = desk.environment.now();
    change_agreement_as(&desk.environment, &manager, &next(&[]), false, &origin).await.expect("done");
    let told = list_agreements(&desk.environment, &manager).await.expect("listed");
    let adoption = |version: &str| {
        let view = told.iter().find(|view| view.name.version == version).expect("listed");
        view.adoption.clone().expect("told to the provider's people")
    };
    let second = adoption("2026.2");
    assert_eq!(second.by.as_deref(), Some(manager.person.name.as_str()));
    assert!(second.at >= now);
    assert_eq!(adoption(&first.version).by, None, "the configuration did");
    // A customer is told nothing of who works there.
    let customer = desk.viewer(MAUDE).await;
    let page = view_agreement(&desk.environment, &customer, &first.key, "2026.2").await.expect("read");
    assert_eq!(page.agreement.adoption, None);
}

on_both_databases! {
    who_adopted_a_version_stands_beside_it => adopted_sqlite, adopted_postgres;
    a_version_in_force_keeps_its_text => text_kept_sqlite, text_kept_postgres;
    a_longer_target_moves_what_runs_once_and_tells => longer_sqlite, longer_postgres;
    other_hours_keep_the_time_that_was_used => hours_sqlite, hours_postgres;
    the_document_says_what_a_change_does => policy_sqlite, policy_postgres;
    values_of_contracts_change_for_one_account_by_who_may => values_sqlite, values_postgres;
}

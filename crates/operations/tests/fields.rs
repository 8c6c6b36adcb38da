//! Fields that a provider adds to requests, on both databases.

use desk::{FieldValue, Refusal};
use operations::{
    CustomField, Failure, FieldChoice, FieldType, NewRequest, QueueFilter, QueueKind, Request, RequiredBy,
    TicketView, Viewer, command_ticket, erase_person_here, list_fields, list_tickets, open_ticket, put_field,
    remove_field, view_ticket,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

#[path = "sample/desk.rs"]
mod sample;

use sample::{Desk, postgres, sqlite};

const AGENT: u128 = 1;
const LEAD: u128 = 2;
const MAUDE: u128 = 3;

fn field(key: &str, holds: FieldType) -> CustomField {
    let labels = BTreeMap::from([("fr".to_owned(), format!("Le champ {key}"))]);
    CustomField { key: key.to_owned(), labels, holds, ..CustomField::default() }
}

fn values(given: Value) -> Map<String, Value> {
    given.as_object().cloned().expect("an object")
}

/// Whoever keeps fields: the lead with a manager's role.
async fn manager(desk: &Desk) -> Viewer {
    let store = &desk.environment.store;
    let id = desk::PersonId(LEAD);
    let mut person = store.person(&desk.provider.id, id).await.expect("read").expect("the lead");
    person.role = desk::Role::Manager;
    store.put_person(&person).await.expect("stored");
    desk.viewer(LEAD).await
}

async fn found(desk: &Desk, viewer: &Viewer, text: &str) -> usize {
    let filter = QueueFilter {
        view: QueueKind::All,
        text: Some(text.to_owned()),
        order: None,
        cursor: None,
        limit: 50,
        account: None,
    };
    list_tickets(&desk.environment, viewer, &filter).await.expect(text).rows.len()
}

fn json_of(view: &TicketView, key: &str) -> Value {
    view.fields.iter().find(|known| known.field.key == key).map_or(Value::Null, operations::FieldView::json)
}

async fn values_are_typed_kept_found_and_erased(desk: Desk) {
    let environment = &desk.environment;
    let (agent, manager, maude) = (desk.viewer(AGENT).await, manager(&desk).await, desk.viewer(MAUDE).await);
    let shown = |key: &str, holds| CustomField {
        is_shown_to_customers: true,
        is_set_by_customers: true,
        ..field(key, holds)
    };
    let site = CustomField {
        choices: vec![
            FieldChoice {
                key: "laval".to_owned(),
                labels: BTreeMap::from([("fr".to_owned(), "À Laval".to_owned())]),
            },
            FieldChoice { key: "gatineau".to_owned(), labels: BTreeMap::new() },
        ],
        required: Some(RequiredBy::Opening),
        ..shown("site", FieldType::Choice)
    };
    let cause = CustomField { required: Some(RequiredBy::Resolving), ..field("cause", FieldType::Text) };
    assert!(matches!(put_field(environment, &agent, &site).await, Err(Failure::NotPermitted)));
    for kept in [
        &site,
        &cause,
        &shown("serie", FieldType::Text),
        &field("postes", FieldType::Number),
        &field("livraison", FieldType::Date),
        &field("garantie", FieldType::YesNo),
    ] {
        put_field(environment, &manager, kept).await.expect("kept");
    }
    let other = field("postes", FieldType::Date);
    assert!(put_field(environment, &manager, &other).await.is_err(), "what a field holds stays");
    let seen: Vec<String> =
        list_fields(environment, &maude).await.expect("listed").into_iter().map(|field| field.key).collect();
    assert_eq!(seen, ["serie", "site"], "customers read what they are shown");

    let new = |fields: Value| NewRequest {
        channel: "portal".to_owned(),
        subject: "Une panne".to_owned(),
        body: "Rien ne s’affiche.".to_owned(),
        fields: values(fields),
        ..NewRequest::default()
    };
    let refused = open_ticket(environment, &maude, new(json!({}))).await;
    assert!(matches!(refused, Err(Failure::Refused(Refusal::Needs { .. }))), "{refused:?}");
    let refused = open_ticket(environment, &maude, new(json!({"site": "paris"}))).await;
    let Err(Failure::Refused(Refusal::UnknownValue { allowed, .. })) = refused else { panic!("{refused:?}") };
    assert_eq!(allowed, ["laval", "gatineau"]);
    let hidden = open_ticket(environment, &maude, new(json!({"site": "laval", "postes": 3}))).await;
    assert!(matches!(hidden, Err(Failure::Refused(Refusal::UnknownValue { .. }))), "{hidden:?}");
    let view = open_ticket(environment, &maude, new(json!({"site": "laval", "serie": "Maude-042"})))
        .await
        .expect("opened");
    let number = view.number.clone();
    assert_eq!((json_of(&view, "site"), json_of(&view, "serie")), (json!("laval"), json!("Maude-042")));

    let set = async |viewer: &Viewer, given: Value| {
        command_ticket(environment, viewer, &number, Request::SetFields { fields: values(given) }, None).await
    };
    for wrong in [
        json!({"postes": "beaucoup"}),
        json!({"livraison": "demain"}),
        json!({"garantie": "peut-être"}),
        json!({"x": 1}),
    ] {
        assert!(set(&agent, wrong.clone()).await.is_err(), "{wrong}");
    }
    let view = set(&agent, json!({"postes": 12.5, "livraison": "2026-09-01", "garantie": true}))
        .await
        .expect("filled");
    assert_eq!(json_of(&view, "postes"), json!(12.5));
    assert!(set(&maude, json!({"postes": 1})).await.is_err(), "not hers to fill");
    set(&maude, json!({"serie": "Maude 043"})).await.expect("hers to fill");

    for (text, count) in [
        ("champ.site:laval", 1),
        ("field.site:\"à laval\"", 1),
        ("champ.site:gatineau", 0),
        ("champ.serie:maude-043", 1),
        ("champ.serie:maude-042", 0),
        ("champ.postes:>12", 1),
        ("champ.postes:12,5", 0),
        ("champ.postes:12.5", 1),
        ("champ.postes:..12", 0),
        ("champ.livraison:2026-08-01..2026-09-01", 1),
        ("champ.livraison:>2026-09-01", 0),
        ("champ.garantie:oui", 1),
        ("champ.garantie:non", 0),
        ("champ:garantie", 1),
        ("-champ.garantie:oui", 0),
    ] {
        // A comma parts two values: none of `12` and `5`.
        assert_eq!(found(&desk, &agent, text).await, count, "{text}");
    }
    assert_eq!(found(&desk, &maude, "champ.site:laval").await, 1);
    let filter = QueueFilter {
        view: QueueKind::All,
        text: Some("champ.postes:12.5".to_owned()),
        order: None,
        cursor: None,
        limit: 50,
        account: None,
    };
    assert!(
        list_tickets(environment, &maude, &filter).await.is_err(),
        "there is no such field for a customer"
    );

    let resolve = || Request::Resolve { outcome: "fix".to_owned(), body: "C’est réparé.".to_owned() };
    let refused = command_ticket(environment, &agent, &number, resolve(), None).await;
    let Err(Failure::Refused(Refusal::Needs { what, .. })) = refused else { panic!("{refused:?}") };
    assert_eq!(what, "Le champ cause");
    set(&agent, json!({"cause": "un câble", "postes": null})).await.expect("filled");
    assert_eq!(found(&desk, &agent, "champ:postes").await, 0, "emptied");

    // Words of hers go with her; what the desk chose stays.
    erase_person_here(environment, &desk.provider.id, desk::PersonId(MAUDE), true).await.expect("erased");
    let view = view_ticket(environment, &agent, &number).await.expect("shown");
    assert_eq!((json_of(&view, "serie"), json_of(&view, "site")), (Value::Null, json!("laval")));
    assert_eq!(found(&desk, &agent, "champ.serie:maude-043").await, 0, "nothing of it is found");
    let kept =
        view.fields.iter().find(|known| known.field.key == "garantie").and_then(|known| known.value.clone());
    assert_eq!(kept, Some(FieldValue::YesNo(true)));

    remove_field(environment, &desk.viewer(LEAD).await, "garantie").await.expect("removed");
    assert_eq!(
        json_of(&view_ticket(environment, &agent, &number).await.expect("shown"), "garantie"),
        Value::Null
    );
}

#[tokio::test]
async fn values_are_typed_kept_found_and_erased_sqlite() {
    values_are_typed_kept_found_and_erased(sqlite().await).await;
}

#[tokio::test]
async fn values_are_typed_kept_found_and_erased_postgres() {
    values_are_typed_kept_found_and_erased(postgres().await).await;
}

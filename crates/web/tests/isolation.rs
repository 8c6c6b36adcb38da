//! Nobody sees or changes what is not theirs: whatever the door, the role, the identifier and the
//! place where it is put.
//!
//! The doors come from the router, the parameters from the OpenAPI document and from the pages'
//! own forms, the rights from the table in `desk`. So whatever is added is tried the day it appears.
//! Every text, name and file of each customer holds a canary: a word that nobody else may receive.

#[path = "isolation/accounts.rs"]
mod accounts;
#[path = "isolation/doors.rs"]
mod doors;
#[path = "isolation/files.rs"]
mod files;
#[path = "isolation/forms.rs"]
mod forms;
#[path = "isolation/formulas.rs"]
mod formulas;
#[path = "isolation/journal.rs"]
mod journal;
#[path = "isolation/keys.rs"]
mod keys;
#[path = "isolation/laws.rs"]
mod laws;
#[path = "isolation/mail.rs"]
mod mail;
#[path = "isolation/openid.rs"]
mod openid;
#[path = "isolation/passkeys.rs"]
mod passkeys;
#[path = "isolation/people.rs"]
mod people;
#[path = "isolation/probe.rs"]
mod probe;
#[path = "isolation/redaction.rs"]
mod redaction;
#[path = "isolation/scim.rs"]
mod scim;
#[path = "isolation/search.rs"]
mod search;
#[path = "isolation/stream.rs"]
mod stream;
#[path = "isolation/timing.rs"]
mod timing;
#[path = "isolation/watch.rs"]
mod watch;
#[path = "isolation/world.rs"]
mod world;

use axum::http::Method;
use probe::{Harvest, Plan, run};
use std::collections::BTreeSet;
use std::sync::Arc;
use web::Way;
use world::World;

/// Requests that one world takes at most before the next begins: what a request opens makes every list longer, so that
/// one world for all would take ever longer.
const PROBES_OF_A_WORLD: usize = 25_000;

/// How many requests a run sends, and the seed they are made from.
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says how long they may take")]
fn probes_and_seed() -> (usize, u64) {
    let set = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let long = std::env::var("ENTENTE_LONG").is_ok_and(|set| set == "1");
    let probes = set("ENTENTE_PROBES").and_then(|probes| usize::try_from(probes).ok());
    let seed = set("ENTENTE_SEED").unwrap_or(20_261_125);
    (probes.unwrap_or(if long { 250_000 } else { 20_000 }), seed)
}

async fn nothing_leaks(make: impl AsyncFn() -> World) {
    let (probes, seed) = probes_and_seed();
    let mut sent = 0;
    let worlds = probes.div_ceil(PROBES_OF_A_WORLD);
    for number in 0..worlds {
        let seed = seed + u64::try_from(number).expect("a few worlds");
        println!("world {} of {worlds}, seed {seed}", number + 1);
        sent += nothing_leaks_in(make().await, seed, probes.div_ceil(worlds)).await;
    }
    println!("{sent} requests in {worlds} worlds");
    assert!(sent >= probes, "only {sent} requests were sent");
}

/// Sends so many requests into one world, and gives how many it were.
async fn nothing_leaks_in(world: World, seed: u64, probes: usize) -> usize {
    let world = Arc::new(world);
    let harvest = Arc::new(Harvest::of(&world).await);
    let plan = Plan::new(&world, seed, probes);
    let outcome = run(&world, &harvest, plan).await;
    println!("{outcome}");
    assert!(outcome.failures.is_empty(), "seed {seed}:\n{}", outcome.failures.join("\n\n"));
    let tried: BTreeSet<(String, String, &str)> = outcome.tried;
    for door in &world.doors {
        for viewer in &world.viewers {
            let key = (door.method.to_string(), door.path.to_owned(), viewer.name);
            assert!(tried.contains(&key), "{} {} was not tried as {}", door.method, door.path, viewer.name);
        }
    }
    world.nobody_was_changed().await;
    world.nobody_wrote_where_they_may_not().await;
    world.letters_went_to_whom_they_concern().await;
    outcome.sent
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_leaks_sqlite() {
    nothing_leaks(async || {
        let (store, folder) = files::store_on_sqlite().await;
        World::for_probes(store, folder).await
    })
    .await;
}

/// Whatever those of one provider ask for, by whatever names, not one byte of what is kept for another changes.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_of_another_provider_is_changed() {
    let (probes, seed) = probes_and_seed();
    let (store, folder) = files::store_on_sqlite().await;
    let world = Arc::new(World::for_probes(store, folder).await);
    let harvest = Arc::new(Harvest::of(&world).await);
    // What was looked at for the harvest is written beside its requests.
    world.has_written().await;
    let before = world.rows_of("brume");
    let own = world.rows_of("orvane");
    assert!(
        before.values().map(Vec::len).sum::<usize>() > 50 && before.len() > 30,
        "{} tables",
        before.len()
    );
    let of_orvane =
        |viewer: &world::Trier| viewer.person.as_ref().is_some_and(|person| person.provider.0 == "orvane");
    let outcome = run(&world, &harvest, Plan::new(&world, seed + 77, probes / 8).of(of_orvane)).await;
    println!("{outcome}");
    assert!(outcome.failures.is_empty(), "{}", outcome.failures.join("\n\n"));
    world.has_written().await;
    assert_ne!(own, world.rows_of("orvane"), "what they may change has changed");
    for (table, rows) in world.rows_of("brume") {
        let known = &before[&table];
        let changed: Vec<&String> = rows.iter().filter(|row| !known.contains(row)).collect();
        assert!(changed.is_empty() && rows.len() == known.len(), "{table}: {changed:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_leaks_postgres() {
    nothing_leaks(async || {
        let (store, folder) = files::store_on_postgres().await;
        World::for_probes(store, folder).await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn deeds_and_refusals_are_told_sqlite() {
    journal::deeds_and_refusals_are_told(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn deeds_and_refusals_are_told_postgres() {
    journal::deeds_and_refusals_are_told(World::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn files_come_from_their_own_host_sqlite() {
    files::files_come_from_their_own_host(files::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn files_come_from_their_own_host_postgres() {
    files::files_come_from_their_own_host(files::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_account_fills_its_own_room_alone_sqlite() {
    let (store, folder) = files::store_on_sqlite().await;
    files::an_account_fills_its_own_room_alone(World::with_storage(store, folder, 3 << 20).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_account_fills_its_own_room_alone_postgres() {
    let (store, folder) = files::store_on_postgres().await;
    files::an_account_fills_its_own_room_alone(World::with_storage(store, folder, 3 << 20).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn too_much_is_refused_and_what_is_kept_is_neutral() {
    files::too_much_is_refused_and_what_is_kept_is_neutral(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_form_undoes_nothing_of_others_sqlite() {
    forms::a_form_undoes_nothing_of_others(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_form_undoes_nothing_of_others_postgres() {
    forms::a_form_undoes_nothing_of_others(World::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn refused_words_come_back_sqlite() {
    forms::refused_words_come_back(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn refused_words_come_back_postgres() {
    forms::refused_words_come_back(World::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn forms_come_back_as_they_were_filled_sqlite() {
    forms::forms_come_back_as_they_were_filled(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn forms_come_back_as_they_were_filled_postgres() {
    forms::forms_come_back_as_they_were_filled(World::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_customer_is_reached_sqlite() {
    forms::every_customer_is_reached(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_customer_is_reached_postgres() {
    forms::every_customer_is_reached(World::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn too_much_is_told_with_its_bounds() {
    forms::too_much_is_told_with_its_bounds(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn reports_of_browsers_are_bounded() {
    files::reports_of_browsers_are_bounded(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_saw_what_is_told_sqlite() {
    journal::who_saw_what_is_told(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_saw_what_is_told_postgres() {
    journal::who_saw_what_is_told(World::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn those_who_lead_black_out_sqlite() {
    redaction::those_who_lead_black_out(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn those_who_lead_black_out_postgres() {
    redaction::those_who_lead_black_out(World::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn kept_mail_is_kept_by_programs_too_sqlite() {
    mail::kept_mail_is_kept_by_programs_too(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn kept_mail_is_kept_by_programs_too_postgres() {
    mail::kept_mail_is_kept_by_programs_too(World::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn unsubscribing_is_one_persons_and_one_topics_sqlite() {
    mail::unsubscribing_is_one_persons_and_one_topics(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn unsubscribing_is_one_persons_and_one_topics_postgres() {
    mail::unsubscribing_is_one_persons_and_one_topics(World::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_search_finds_what_its_asker_may_read_sqlite() {
    search::a_search_finds_what_its_asker_may_read(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_search_finds_what_its_asker_may_read_postgres() {
    search::a_search_finds_what_its_asker_may_read(World::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_requests_of_all_accounts_are_listed_sqlite() {
    search::the_requests_of_all_accounts_are_listed(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_requests_of_all_accounts_are_listed_postgres() {
    search::the_requests_of_all_accounts_are_listed(World::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_wrong_search_is_told_and_never_fails_sqlite() {
    search::a_wrong_search_is_told_and_never_fails(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_wrong_search_is_told_and_never_fails_postgres() {
    search::a_wrong_search_is_told_and_never_fails(World::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn criteria_hold_in_both_languages_sqlite() {
    search::criteria_hold_in_both_languages(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn criteria_hold_in_both_languages_postgres() {
    search::criteria_hold_in_both_languages(World::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rights_are_reported_sqlite() {
    people::rights_are_reported(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rights_are_reported_postgres() {
    people::rights_are_reported(World::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn people_are_kept_and_told_sqlite() {
    people::people_are_kept_and_told(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn people_are_kept_and_told_postgres() {
    people::people_are_kept_and_told(World::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn managers_of_accounts_ask_colleagues_in_sqlite() {
    people::managers_of_accounts_ask_colleagues_in(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn managers_of_accounts_ask_colleagues_in_postgres() {
    people::managers_of_accounts_ask_colleagues_in(World::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn managers_of_accounts_prove_who_they_are_sqlite() {
    people::managers_of_accounts_prove_who_they_are(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn managers_of_accounts_prove_who_they_are_postgres() {
    people::managers_of_accounts_prove_who_they_are(World::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_form_changes_what_its_writer_changed_sqlite() {
    people::a_form_changes_what_its_writer_changed(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_form_changes_what_its_writer_changed_postgres() {
    people::a_form_changes_what_its_writer_changed(World::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn directories_keep_their_own_people_sqlite() {
    scim::directories_keep_their_own_people(World::sqlite_with(scim::directories()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn directories_keep_their_own_people_postgres() {
    scim::directories_keep_their_own_people(World::postgres_with(scim::directories()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn directories_give_addresses_of_their_domains_sqlite() {
    scim::directories_give_addresses_of_their_domains(World::sqlite_with(scim::directories()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn directories_give_addresses_of_their_domains_postgres() {
    scim::directories_give_addresses_of_their_domains(World::postgres_with(scim::directories()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whom_others_let_go_a_directory_does_not_take_back_sqlite() {
    scim::whom_others_let_go_a_directory_does_not_take_back(World::sqlite_with(scim::directories()).await)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whom_others_let_go_a_directory_does_not_take_back_postgres() {
    scim::whom_others_let_go_a_directory_does_not_take_back(World::postgres_with(scim::directories()).await)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_was_asked_in_and_has_not_come_is_added_sqlite() {
    scim::who_was_asked_in_and_has_not_come_is_added(World::sqlite_with(scim::directories()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_was_asked_in_and_has_not_come_is_added_postgres() {
    scim::who_was_asked_in_and_has_not_come_is_added(World::postgres_with(scim::directories()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn streams_tell_of_what_may_be_seen_alone() {
    stream::each_hears_their_own(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_right_that_is_taken_is_gone_at_once_on_open_streams_too() {
    stream::a_taken_right_is_gone(World::sqlite().await).await;
}

/// A route for programs that the document does not name, or a documented one that is not served,
/// fails here.
#[tokio::test]
async fn the_document_and_the_doors_of_programs_are_the_same() {
    let world = World::sqlite().await;
    let document = world.document().await;
    let mut documented = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            documented.insert((method.to_uppercase(), path.clone()));
        }
    }
    let served: BTreeSet<(String, String)> = world
        .doors
        .iter()
        .filter(|door| door.path.starts_with("/api/") && !door.path.ends_with("openapi.json"))
        .map(|door| (door.method.to_string(), door.path.to_owned()))
        .collect();
    assert_eq!(documented, served);
    for door in &world.doors {
        let is_program = door.path.starts_with("/api/") && !door.path.ends_with("openapi.json");
        assert_eq!(
            door.way == Way::Program,
            is_program,
            "{} is entered by a token, or is no door of programs",
            door.path
        );
        assert!(door.way != Way::Open || door.method == Method::GET, "{} changes nothing unasked", door.path);
    }
}

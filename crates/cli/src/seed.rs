use crate::failure::VerbFailure;
use crate::load::Loaded;
use calendar::Instant;
use desk::{Person, Role};
use operations::{Environment, History, PastMessage, store_histories};
use std::fmt::Write;
use std::path::Path;
use terms::{FactValue, Facts};

/// How many requests one transaction stores.
const BATCH: u32 = 200;

const SUBJECTS: [&str; 6] = [
    "Licence refusée à l’ouverture",
    "Le fichier partagé se fige",
    "Installation interrompue à 80 %",
    "Activation impossible après la mise à jour",
    "Message d’erreur au démarrage",
    "Impression vide depuis lundi",
];
const WORDS: &str = "Bonjour, depuis la dernière mise à jour le programme se ferme sans message lorsque nous \
     ouvrons le modèle du chantier. Trois postes sont touchés, les autres fonctionnent. Nous avons relancé \
     le serveur de licences et vidé le cache, sans effet. Le journal est joint. Merci de votre aide.";

/// Stores invented requests for measurements, once: every tenth with ten messages, the others with
/// two; every tenth open. The numbers of those with ten messages are written to `seeded.txt`.
pub async fn seed(
    environment: &Environment,
    loaded: &[Loaded],
    provider: Option<&str>,
    requests: u32,
    data: &Path,
) -> Result<(), VerbFailure> {
    let path = data.join("seeded.txt");
    if path.exists() {
        return Ok(());
    }
    let wanted = |of: &&Loaded| provider.is_none_or(|key| of.provider.id.as_str() == key);
    let Some(of) = loaded.iter().find(wanted) else { return Ok(()) };
    let contacts: Vec<&Person> =
        of.people.iter().filter(|person| person.role == Role::Contact && person.account.is_some()).collect();
    let agents: Vec<&Person> = of.people.iter().filter(|person| person.role == Role::Agent).collect();
    let now = environment.now();
    let mut long = String::new();
    let mut next = 0;
    while next < requests {
        let until = (next + BATCH).min(requests);
        let histories: Vec<History> =
            (next..until).map(|place| history(place, requests, now, &contacts, &agents)).collect();
        let numbers = store_histories(environment, &of.provider, &histories).await?;
        for (history, number) in histories.iter().zip(numbers) {
            if history.messages.len() == 10 {
                let _ = writeln!(long, "{number}");
            }
        }
        next = until;
    }
    std::fs::write(&path, long).map_err(|source| VerbFailure::File {
        attempt: "writing",
        path: path.display().to_string(),
        source,
    })
}

fn history(place: u32, requests: u32, now: Instant, contacts: &[&Person], agents: &[&Person]) -> History {
    let contact = contacts[place as usize % contacts.len()];
    let agent = agents[place as usize % agents.len()];
    let is_long = place.is_multiple_of(10);
    let is_open = place % 10 == 5 || place.is_multiple_of(20);
    // The oldest lies a year back; open ones arrived within the last three days.
    let age_seconds = if is_open {
        i64::from(requests - place) * 259_200 / i64::from(requests) + 1_200
    } else {
        i64::from(requests - place) * 31_000_000 / i64::from(requests) + 400_000
    };
    let received_at = now.plus_seconds(-age_seconds);
    let count = if is_long {
        10
    } else if is_open {
        1
    } else {
        2
    };
    let step_seconds = if is_open { 60 } else { 1_800 };
    let messages = (0..count)
        .map(|turn| PastMessage {
            by: if turn % 2 == 0 { contact.clone() } else { agent.clone() },
            at: received_at.plus_seconds(turn * step_seconds),
            text: WORDS.to_owned(),
        })
        .collect();
    let subject = format!("{} ({place})", SUBJECTS[place as usize % SUBJECTS.len()]);
    let facts = Facts::new()
        .with("product", FactValue::text("Autodesk Revit"))
        .with("version", FactValue::text("2026"))
        .with("problem", FactValue::text("operation"));
    let closed = (!is_open).then(|| (received_at.plus_seconds(40_000), "confirmed".to_owned()));
    History { contact: contact.clone(), channel: "portal".to_owned(), subject, facts, messages, closed }
}

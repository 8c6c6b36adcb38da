//! Whose turn it is, as one sentence.

use crate::sample::{late, mail_reader, now, paused, reader, running, spaced, zone};
use meters::Reading;
use words::Language::{English, French};
use words::{Audience, Reader, TurnWord, WhoseTurn, turn_in_words};

fn said(
    reader: &Reader,
    audience: Audience,
    turn: TurnWord,
    ask: Option<&str>,
    reading: Option<&Reading>,
) -> String {
    let zone = zone("America/Montreal");
    let whose = WhoseTurn { turn, ask, nearest: reading.map(|reading| (reading, &zone)) };
    let sentence = turn_in_words(reader, audience, &whose, now());
    format!("{} | {}", sentence.data_turn, spaced(&sentence.plain()))
}

#[test]
fn the_sentence_says_whose_turn_what_and_by_when() {
    use Audience::{Customer, Staff};
    let (screen, mail) = (reader(French), mail_reader(French));
    let third = |party: &str| TurnWord::ThirdParty(party.to_owned());
    for (found, expected) in [
        (
            said(&mail, Customer, TurnWord::Us, None, Some(&running())),
            "us | C’est à nous : réponse avant demain 16:10, heure de Montréal.",
        ),
        (
            said(&screen, Staff, TurnWord::Us, None, Some(&running())),
            "us | C’est à nous : réponse avant demain 16:10.",
        ),
        (
            said(&screen, Staff, TurnWord::Us, None, Some(&late())),
            "late | C’est à nous, en retard depuis 2 h 20 d’ouverture (réponse : lundi 20:00).",
        ),
        (
            said(&screen, Staff, TurnWord::Us, None, Some(&Reading { left_seconds: Some(0), ..late() })),
            "late | C’est à nous, en retard depuis lundi 20:00 (réponse).",
        ),
        (
            said(&screen, Customer, TurnWord::Us, None, Some(&Reading { due_at: None, ..running() })),
            "us | C’est à nous : pas de délai garanti pour cette demande.",
        ),
        (
            said(&screen, Customer, TurnWord::Us, None, None),
            "us | C’est à nous : nous nous en occupons, aucune échéance ne court.",
        ),
        (
            said(&screen, Customer, TurnWord::Customer, Some("joignez le journal"), Some(&paused())),
            "customer | C’est à vous : joignez le journal ; le délai est en pause depuis lundi 16:05.",
        ),
        (
            said(&screen, Customer, TurnWord::Customer, None, None),
            "customer | C’est à vous : nous attendons votre réponse.",
        ),
        (
            said(&screen, Customer, TurnWord::Customer, None, Some(&running())),
            "customer | C’est à vous : nous attendons votre réponse ; notre échéance court toujours, réponse avant \
             demain 16:10.",
        ),
        (
            said(&screen, Staff, TurnWord::Customer, Some("joignez le journal"), Some(&paused())),
            "customer | C’est au client : nous attendons ; le délai est en pause depuis lundi 16:05.",
        ),
        (
            said(&screen, Customer, third("vendor"), None, Some(&paused())),
            "third-party | C’est à l’éditeur : nous suivons pour vous ; le délai est en pause depuis lundi 16:05.",
        ),
        (
            said(&screen, Staff, third("Modulaire"), None, None),
            "third-party | C’est à Modulaire : nous attendons.",
        ),
        (
            said(&screen, Customer, TurnWord::Nobody, None, None),
            "nobody | Rien à faire : la demande est terminée.",
        ),
    ] {
        assert_eq!(found, expected);
    }
    assert_eq!(
        said(&mail_reader(English), Customer, TurnWord::Us, None, Some(&running())),
        "us | It is our turn: response by tomorrow 16:10, Montréal time."
    );
}

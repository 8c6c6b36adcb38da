//! Texts that nobody wrote: what looks like a card, an account or a password is found in peace, however it is cut, and
//! nothing of it is left once it is blacked out.

use desk::{MARK, Passage, black_out, recognise};

#[test]
fn garbled_texts_are_blacked_out_in_peace() {
    let seeds: [&[u8]; 5] = [
        "Ma carte\u{a0}: 4111 1111 1111 1111, ou 5555-5555-5555-4444.\r\n> 3782 822463 10005".as_bytes(),
        b"iban FR76 3000 6000 0112 3456 7890 189 et gb82 west 1234 5698 7654 32",
        "Mon mot de passe est\u{a0}: \u{ab}\u{a0}Tr0ub4dor&3x\u{a0}\u{bb}\nmdp=S3cret!!&x=1".as_bytes(),
        b"The password is hunter2\n> code secret de mon compte admin (2026) :\n> A1b2C3d4",
        "passwort ist Gr\u{fc}n-77, pwd: ".as_bytes(),
    ];
    let words =
        ["4111", " ", "-", "\u{202f}", "\r\n> ", ":", "=", " est ", "mdp", "passe", "FR76", "DE89", "\u{ad}"];
    harness::fuzz("secrets", &seeds, &words, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let found = recognise(&text);
        assert!(found.is_sorted_by(|one, next| one.place.end <= next.place.start), "{found:?}");
        let passages: Vec<Passage> =
            found.iter().filter_map(|likely| Passage::of(&text[likely.place.clone()])).collect();
        for whole in [true, false] {
            let blacked = black_out(&text, &passages, whole);
            assert_eq!(blacked.is_some(), !passages.is_empty(), "{whole}, {found:?}");
            let left = blacked.as_deref().unwrap_or_default();
            let stands = |part: &str| passages.iter().any(|passage| !passage.places(part, whole).is_empty());
            assert!(!left.split(MARK).any(stands), "{whole}: {left}");
        }
    });
}

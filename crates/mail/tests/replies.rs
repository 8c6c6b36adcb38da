//! Six hundred answers of ten mail programs in six languages: what is new is told from what is quoted,
//! and nothing is lost.

use harness::{Original, replies};
use mail::{REPLY_MARKER, parse};

#[test]
fn what_is_new_is_told_from_what_is_quoted() {
    let original = Original {
        name: "Éole Support".to_owned(),
        address: "support@eole.example".to_owned(),
        subject: "[EOL-12] Démarrage impossible".to_owned(),
        message_id: "note-12@eole.example".to_owned(),
        text:
            "Bonjour,\n\nEssayez en mode sans échec : tout devrait aller mieux ensuite.\n\n-- \nÉole Support"
                .to_owned(),
    };
    let fixtures = replies(&original, "ana@client.example", "support@eole.example", REPLY_MARKER);
    assert!(fixtures.len() >= 500, "{}", fixtures.len());
    let mut wrong = Vec::new();
    for fixture in &fixtures {
        let letter = parse(&fixture.bytes);
        assert_eq!(letter.problems, Vec::<String>::new(), "{}", fixture.name);
        assert_eq!(letter.automatic, None, "{}", fixture.name);
        assert!(letter.references.contains(&original.message_id), "{}", fixture.name);
        assert!(!letter.is_forward, "{}", fixture.name);
        assert!(letter.text.contains("mode sans échec"), "{}: nothing is lost", fixture.name);
        if letter.new_text != fixture.new_text {
            wrong.push(format!("{}:\n{}\n", fixture.name, letter.new_text));
        }
    }
    println!("{} of {} folded right", fixtures.len() - wrong.len(), fixtures.len());
    assert!(wrong.len() * 100 <= fixtures.len(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

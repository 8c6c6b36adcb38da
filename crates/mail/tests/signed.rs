//! Signed letters as openssl and gpg make them (`signed/make.sh`), and what each says with which certificates and
//! keys known: good, changed on the way, by a key that ended, of another address, or only over a part.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use mail::{SignatureFinding, SignatureVerdict, TrustedKey, judge_signature, parse};
use mail_parser::DateTime;
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/signed")
}

fn trusted(said: &str) -> Vec<TrustedKey> {
    let (name, address) = match said.split_once(" as ") {
        Some((name, address)) => (name, Some(address)),
        None => (said, None),
    };
    let keys = TrustedKey::read(&fs::read(folder().join(name)).expect("a key"), address);
    assert_eq!(keys.len(), 1, "{name} holds one key");
    keys
}

fn judged(letter: &[u8], keys: &[TrustedKey], at: &str) -> Option<SignatureFinding> {
    let at_seconds = DateTime::parse_rfc3339(at).expect("an instant").to_timestamp();
    judge_signature(&parse(letter), keys, at_seconds)
}

#[test]
fn every_signature_says_what_is_expected() {
    let listed = fs::read_to_string(folder().join("expected.jsonl")).expect("what is expected");
    let (mut wrong, mut files) = (Vec::new(), BTreeSet::new());
    for line in listed.lines() {
        let expected: Value = serde_json::from_str(line).expect("one object a line");
        let text = |key: &str| expected[key].as_str().unwrap_or_default().to_owned();
        let keys = expected["trusted"].as_array().expect("a list");
        let keys: Vec<TrustedKey> =
            keys.iter().flat_map(|said| trusted(said.as_str().expect("a name"))).collect();
        let letter = fs::read(folder().join(format!("{}.eml", text("file")))).expect("a letter");
        let found = judged(&letter, &keys, &text("at")).map(|found| found.to_string()).unwrap_or_default();
        let scheme = if text("file").starts_with("pgp") { "pgp" } else { "smime" };
        let mut wanted = format!("{scheme}={}", text("verdict"));
        if let Some(signer) = expected["signer"].as_str() {
            wanted.push_str(&format!(" {scheme}.signer={signer}"));
        }
        if found != wanted {
            wrong.push(format!("{line}\n  gives {found:?}"));
        }
        files.insert(text("file"));
    }
    let there = fs::read_dir(folder())
        .expect("the folder")
        .filter(|entry| entry.as_ref().expect("an entry").path().extension().is_some_and(|end| end == "eml"));
    assert_eq!(files.len(), there.count(), "each letter is expected something of");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// No byte of what is signed can change: whatever is flipped, the letter is verified no more, or reads the same.
#[test]
fn no_change_passes_as_signed() {
    for (name, key) in [
        ("smime-detached", "ca.pem"),
        ("smime-opaque", "ca.pem"),
        ("smime-curve", "ca.pem"),
        ("pgp-mime", "ana.asc"),
        ("pgp-mime-text", "rsa.asc"),
        ("pgp-inline", "ana.asc"),
    ] {
        let bytes = fs::read(folder().join(format!("{name}.eml"))).expect("a letter");
        let keys = trusted(key);
        let original = parse(&bytes);
        let start = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a body");
        for at in (start..bytes.len()).step_by(7) {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 7);
            let letter = parse(&changed);
            let found = judge_signature(&letter, &keys, 1_796_083_200);
            if found.is_some_and(|found| found.verdict == SignatureVerdict::Verified) {
                let same = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
                assert_eq!(same(&letter.new_text), same(&original.new_text), "{name}: byte {at} may change");
                assert_eq!(letter.attachments.len(), original.attachments.len(), "{name}: byte {at}");
            }
        }
    }
}

#[test]
fn a_text_that_is_signed_as_it_stands_is_read_without_its_marks() {
    let letter = parse(&fs::read(folder().join("pgp-inline.eml")).expect("a letter"));
    assert_eq!(letter.new_text, "Bonjour,\n- une liste\n-----\nla porte 12 est bloquée.");
    assert!(letter.text.contains("-----BEGIN PGP SIGNATURE-----"), "and nothing is lost");
}

#[test]
fn a_key_says_whose_it_is() {
    for (name, address, fingerprint, is_authority) in [
        ("ana.pem", Some("ana@client.example"), 64, false),
        ("ca.pem", None, 64, true),
        ("ana.asc", Some("ana@client.example"), 40, false),
    ] {
        let key = trusted(name).remove(0);
        assert_eq!(key.addresses().first().map(String::as_str), address, "{name}");
        assert_eq!(key.fingerprint().len(), fingerprint, "{name}");
        assert_eq!(key.is_authority(), is_authority, "{name}");
    }
    assert!(trusted("bref.asc")[0].until().is_some());
    assert!(trusted("ana.asc")[0].until().is_none());
    for nothing in
        [&b""[..], b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", b"\x30\x03\x02\x01\x01"]
    {
        assert!(TrustedKey::read(nothing, None).is_empty());
    }
}

/// What is kept of a file with several keys is one of them, and nothing of the others.
#[test]
fn a_key_stands_alone_without_the_file_it_came_in() {
    let read = |name: &str| fs::read(folder().join(name)).expect("a key");
    let certificates = [read("ca.pem"), read("ana.pem"), read("alone.pem")].concat();
    let ring: Vec<u8> = ["ana.asc", "bref.asc", "curve.asc", "parts.asc", "rsa.asc"]
        .into_iter()
        .flat_map(|name| TrustedKey::read(&read(name), None)[0].bytes().to_vec())
        .collect();
    for (file, count) in [(certificates, 3), (ring, 5)] {
        let all = TrustedKey::read(&file, None);
        assert_eq!(all.len(), count);
        for key in &all {
            assert_eq!(TrustedKey::read(key.bytes(), None), std::slice::from_ref(key), "the same key");
            assert!(key.bytes().len() < file.len());
        }
    }
}

#[test]
fn what_was_found_is_written_beside_other_results_and_read_again() {
    for line in ["smime=pass smime.signer=ana@client.example", "pgp=fail", "smime=encrypted", "pgp=partial"] {
        let (found, rest) = SignatureFinding::read(&format!("spf=pass {line} dmarc=fail"));
        assert_eq!(found.expect("found").to_string(), line);
        assert_eq!(rest, "spf=pass dmarc=fail");
    }
    assert_eq!(SignatureFinding::read("spf=pass"), (None, "spf=pass".to_owned()));
}

/// Broken certificates, keys and signatures are read in peace.
#[test]
fn broken_copies_prove_nothing_and_harm_nothing() {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder()).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let mut seed = 7_u64;
    for path in files {
        let bytes = fs::read(&path).expect("a file");
        for _ in 0..40 {
            let mut changed = bytes.clone();
            for _ in 0..3 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = usize::try_from(seed >> 33).unwrap_or(0) % changed.len().max(1);
                changed[at] = (seed >> 24) as u8;
            }
            let keys = TrustedKey::read(&changed, None);
            let _ = judge_signature(&parse(&changed), &keys, 0);
        }
    }
}

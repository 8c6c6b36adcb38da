//! Letters that nobody wrote: the corpus, cut, crossed and garbled from a seed. Reading them never panics, takes
//! bounded time, gives the same twice, and leaves HTML that is clean.
//!
//! `ENTENTE_FUZZ_SECONDS` says for how many seconds of a processor (an hour with `ENTENTE_LONG`), `ENTENTE_SEED` where
//! to begin. A letter that fails is kept in `tests/found`, and belongs into the corpus then.
#![allow(
    clippy::disallowed_methods,
    reason = "a test that runs for a time reads the clock and the environment"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use harness::{fuzz_seconds, garbled, letters_in, thread_cpu_time};
use mail::{TrustedKey, bounce_class, parse, place_images, stated_checks};

/// What is wrong with how a letter is read, if something is.
fn trouble(bytes: &[u8]) -> Option<String> {
    let begun = thread_cpu_time();
    let letter = match catch_unwind(AssertUnwindSafe(|| parse(bytes))) {
        Ok(letter) => letter,
        Err(_) => return Some("reading panics".to_owned()),
    };
    // An unoptimised build; what grows faster than the letter takes minutes.
    let took = thread_cpu_time() - begun;
    if took > Duration::from_secs(5) {
        return Some(format!("reading takes {took:?}"));
    }
    if parse(bytes) != letter {
        return Some("a second reading gives something else".to_owned());
    }
    let written = serde_json::to_string(&letter).expect("a letter is plain data");
    if written.contains('\0') {
        return Some("NUL is left".to_owned());
    }
    if let Some(html) = &letter.html {
        let again = |html: &str| place_images(html, |id| Some(format!("cid:{id}"))).unwrap_or_default();
        let once = again(html);
        if again(&once) != once {
            return Some(format!("HTML is not clean: {html}\n{once}"));
        }
    }
    None
}

#[test]
fn garbled_letters_are_read_in_peace() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let corpus = letters_in(&folder.join("corpus"));
    let number = |name: &str| std::env::var(name).ok().and_then(|said| said.parse::<u64>().ok());
    let within = Duration::from_secs(fuzz_seconds(5));
    let seed = number("ENTENTE_SEED").unwrap_or(20_261_125);
    let (begun, mut tried) = (thread_cpu_time(), 0_u64);
    while thread_cpu_time() - begun < within {
        let bytes = garbled(&corpus, seed, tried);
        if let Some(trouble) = trouble(&bytes) {
            let found = folder.join("found");
            std::fs::create_dir_all(&found).expect("a folder");
            std::fs::write(found.join(format!("{seed}-{tried}.eml")), &bytes).expect("kept");
            panic!("seed {seed}, letter {tried}: {trouble}");
        }
        tried += 1;
    }
    let worked = (thread_cpu_time() - begun).as_secs_f64();
    eprintln!("letters: {tried} inputs of {} in {worked:.1} seconds of a processor", corpus.len());
    assert!(tried > 50 || within < Duration::from_secs(5), "only {tried} in {worked:.1} s");
}

/// The letters of the corpus whose names begin so.
fn of_corpus(beginning: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the corpus")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(beginning)))
        .collect();
    files.sort();
    files.iter().map(|file| std::fs::read(file).expect("a letter")).collect()
}

#[test]
fn garbled_bounces_are_read_in_peace() {
    let letters = of_corpus("bounce-");
    let seeds: Vec<&[u8]> = letters.iter().map(Vec::as_slice).collect();
    let words = [
        "Final-Recipient: rfc822; ",
        "Original-Recipient: ",
        "Action: failed",
        "Status: 5.1.1",
        "Diagnostic-Code: smtp; 550 ",
        "\n\n",
        "Message-ID: <",
        "X-Failed-Recipients: ",
        "<ana@client.example>:",
        "--",
    ];
    harness::fuzz("bounces", &seeds, &words, |bytes| {
        let letter = parse(bytes);
        if let Some(bounce) = &letter.bounce {
            for one in &bounce.recipients {
                assert!(!one.reason.contains(['\n', '\r', '\0']), "{:?}", one.reason);
                assert!(!one.address.contains(char::is_control), "{:?}", one.address);
            }
        }
        let _ = bounce_class(&String::from_utf8_lossy(bytes));
    });
}

#[test]
fn garbled_html_is_clean_for_good() {
    let mut documents: Vec<String> = harness::hostile_html(20_261_125, 60, "https://elsewhere.example/");
    documents
        .push("<p style=\"color:red\">a <a href=\"https://a.example\">b</a> <img src=cid:x></p>".to_owned());
    let seeds: Vec<&[u8]> = documents.iter().map(String::as_bytes).collect();
    let words = [
        "<svg>",
        "</svg>",
        "<math>",
        "<style>",
        "<!--",
        "-->",
        "<template>",
        "<noscript>",
        "javascript:",
        "\" onerror=",
        "<table>",
        "<form>",
        "&#x",
        "]]>",
        "src=cid:",
        "<a href=",
        "<p ",
        "</p>",
    ];
    harness::fuzz("html", &seeds, &words, |bytes| {
        let html = String::from_utf8_lossy(bytes);
        let letter = parse(format!("Content-Type: text/html; charset=utf-8\r\n\r\n{html}").as_bytes());
        let again = |html: &str| place_images(html, |id| Some(format!("cid:{id}"))).unwrap_or_default();
        let Some(kept) = letter.html else { return };
        let once = again(&kept);
        assert_eq!(again(&once), once, "not clean for good: {kept}");
        let low = once.to_lowercase();
        for element in
            ["<script", "<svg", "<math", "<style", "<iframe", "<form", "<template", "<base", "<meta"]
        {
            assert!(!low.contains(element), "{element} is left: {once}");
        }
    });
}

#[test]
fn garbled_certificates_and_keys_are_read_in_peace() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/signed");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            path.extension().is_some_and(|end| ["pem", "asc", "pgp"].iter().any(|known| end == *known))
        })
        .collect();
    files.sort();
    let files: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).expect("a key")).collect();
    let seeds: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
    let words = ["-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n", "\u{30}\u{1}", "=", "\n\n"];
    harness::fuzz("certificates", &seeds, &words, |bytes| {
        for key in TrustedKey::read(bytes, Some("ana@client.example")) {
            let _ = (key.scheme(), key.fingerprint(), key.addresses().len(), key.is_authority(), key.until());
        }
    });
}

#[test]
fn garbled_findings_about_senders_are_read_in_peace() {
    let seeds: [&[u8]; 3] = [
        b"Authentication-Results: mx.eole.example; spf=pass smtp.mailfrom=a@b.example; dkim=pass; dmarc=pass\r\n\r\n",
        b"authentication-results: mx.eole.example 1;\r\n\tdkim=fail (x;y) header.d=b.example\r\nSubject: x\r\n\r\n",
        b"Authentication-Results:;;==;\n\n",
    ];
    let words = [";", "=", "spf=", "dkim=pass", "dmarc=fail", "mx.eole.example", "\r\n ", "(", ")", "\""];
    harness::fuzz("sender_checks", &seeds, &words, |bytes| {
        // Whatever stands there, only the named server is believed.
        assert_eq!(stated_checks(bytes, ""), None);
        if stated_checks(bytes, "mx.eole.example").is_some() {
            assert!(String::from_utf8_lossy(bytes).to_lowercase().contains("mx.eole.example"));
        }
    });
}

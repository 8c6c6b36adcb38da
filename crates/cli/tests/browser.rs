//! The walks through a real browser: with script and without, by keyboard alone, on three widths and
//! in the dark. One demonstration serves each walk; the browser is the system's own.

use data_encoding::BASE64;
use harness::{
    Browser, Demo, Program, Scheme, Scripting, TemporaryFolder, WatchedSite, deliver, free_port, hostile_html,
};
use std::path::{Path, PathBuf};
use std::time::Duration;

const PROVIDER: &str = "solidassist";
const FRIDAY: &str = "2026-08-14T17:25:00-04:00";

/// A demonstration with one letter in it, and the number that the letter got.
fn demo_with_a_letter() -> (Demo, String) {
    let demo = Demo::start_at(FRIDAY);
    let (contact, mailbox) = (demo.person(PROVIDER, "contact").email, demo.mailbox(PROVIDER));
    let letter = format!(
        "From: {contact}\r\nTo: {mailbox}\r\nSubject: Le modele ne s'ouvre plus\r\nMessage-ID: <un@client.example>\r\n\r\n\
         Bonjour, le programme se ferme au lancement.\r\n"
    );
    let reply = deliver(demo.smtp(), &contact, &[&mailbox], letter.as_bytes()).expect("answered");
    assert_eq!(reply.code, 250);
    demo.advance("PT1S");
    (demo, "BOR-1".to_owned())
}

/// Keeps a picture where somebody asked for pictures (`ENTENTE_SCREENSHOTS=folder`).
fn picture(browser: &Browser, name: &str) {
    if let Some(folder) = std::env::var_os("ENTENTE_SCREENSHOTS") {
        browser.screenshot_of_page(PathBuf::from(folder).join(format!("{name}.png")));
    }
}

/// No page may be wider than its window, and every page has one main heading and a title.
fn must_fit(browser: &Browser, page: &str) {
    let wider = browser.run("return document.documentElement.scrollWidth - window.innerWidth", &[]);
    assert!(wider.as_i64().unwrap_or_default() <= 0, "{page} is wider than its window by {wider} pixels");
    assert_eq!(browser.find_all("h1").len(), 1, "{page} has one main heading");
    assert!(!browser.title().is_empty(), "{page} has a title");
    let unnamed = browser.run(
        "return [...document.querySelectorAll('input:not([type=hidden]),select,textarea,button')].filter(e => \
         !e.labels?.length && !e.getAttribute('aria-label') && !e.textContent.trim() && !e.title).map(e => e.outerHTML)",
        &[],
    );
    assert_eq!(unnamed.as_array().map(Vec::len), Some(0), "{page} has controls without a name: {unnamed}");
    let elsewhere = browser.run(
        "return performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith(location.origin + '/'))",
        &[],
    );
    assert_eq!(elsewhere.as_array().map(Vec::len), Some(0), "{page} loads from elsewhere: {elsewhere}");
}

#[test]
fn an_agent_answers_a_letter() {
    let (demo, number) = demo_with_a_letter();
    let agent = demo.person(PROVIDER, "agent");
    let browser = Browser::open();
    browser.go(&agent.sign_in);
    browser.wait_for_url("/agent");
    browser.wait_for_text("Le modele ne s'ouvre plus");
    must_fit(&browser, "the queue");
    picture(&browser, "queue");
    let weight = browser.weigh();
    assert!(weight.bytes < 60_000 && weight.requests <= 8, "first view: {weight:?}");

    browser.link("Le modele ne s'ouvre plus").click();
    browser.wait_for_url(&number);
    let text = browser.text();
    for expected in ["Accusé de réception", "Réponse", "clause 5.1", "Maude Arsenault"] {
        assert!(text.contains(expected), "the request page says {expected}");
    }
    must_fit(&browser, "the request");
    picture(&browser, "request");

    browser.find("form[action$='/prise-en-charge'] button").click();
    browser.wait_for_text("Noé Tremblay");
    browser.find("#reponse").type_in("Essayez le mode sans échec.");
    browser.find("form[action$='/reponses'] button.btn--primary").click();
    browser.wait_for_text("Essayez le mode sans échec.");
    browser.wait_for_text("répondu");
    demo.advance("PT1S");
    let left = demo.outgoing().iter().any(|letter| String::from_utf8_lossy(letter).contains("mode sans"));
    assert!(left, "the answer left by mail");
}

#[test]
fn a_note_never_reaches_the_customer() {
    let (demo, number) = demo_with_a_letter();
    let browser = Browser::open();
    browser.go(&demo.person(PROVIDER, "agent").sign_in);
    browser.go(&demo.url(&format!("/agent/demandes/{number}")));
    browser.find(".composer--note summary").click();
    browser.find(".composer--note textarea").type_in("Client important, prudence.");
    browser.find(".composer--note button").click();
    browser.wait_for_text("Client important, prudence.");
    demo.advance("PT1S");
    assert!(demo.outgoing().iter().all(|letter| !String::from_utf8_lossy(letter).contains("prudence")));
    let contact = demo.signed_in(&demo.person(PROVIDER, "contact"));
    let page = contact.get(&format!("/portal/demandes/{number}")).expect(200).text();
    assert!(!page.contains("prudence"));
}

#[test]
fn a_closed_request_is_rated_by_the_link_of_its_letter() {
    let (demo, number) = demo_with_a_letter();
    let agent = demo.api(&demo.person(PROVIDER, "agent"));
    let close = serde_json::json!({ "reason": "confirmed", "consent": ["customer"] });
    agent.post_json(&format!("/api/v1/tickets/{number}/close"), &close).expect(200);
    demo.advance("PT1M");
    // Quoted-printable breaks long lines by a sign at their end.
    let plain = |letter: &Vec<u8>| String::from_utf8_lossy(letter).replace("=\r\n", "").replace("=\n", "");
    let letter = demo.outgoing().iter().map(plain).find(|letter| letter.contains("/avis/"));
    let letter = letter.expect("a letter asks how the customer was helped");
    let link = letter.split_whitespace().find(|word| word.contains("/avis/")).expect("a link");
    let browser = Browser::open();
    browser.set_scripting(Scripting::Off);
    browser.go(link);
    must_fit(&browser, "the question");
    let rating =
        || agent.get(&format!("/api/v1/tickets/{number}")).expect(200).json()["satisfaction"].clone();
    assert!(rating().is_null(), "looking answers nothing");
    browser.find("#avis-corps").type_in("Merci.");
    browser.find("button[name=avis][value=good]").click();
    browser.wait_for_text("C’est noté");
    assert_eq!(rating()["score"], "good");
    picture(&browser, "rating");
}

#[test]
fn a_customer_sees_the_deadline_before_sending_without_script() {
    let demo = Demo::start_at(FRIDAY);
    let contact = demo.person(PROVIDER, "contact");
    let browser = Browser::open();
    browser.set_scripting(Scripting::Off);
    browser.go(&contact.sign_in);
    browser.wait_for_url("/portal");
    browser.go(&demo.url("/portal/demandes/nouvelle"));
    must_have_no_script_need(&browser);
    browser.find("#objet").type_in("Licence refusee");
    browser.find("#corps").type_in("La licence est refusée depuis ce matin.");
    browser.find("main form button").click();
    browser.wait_for_text("Ce que votre contrat vous promet");
    let promised = browser.find(".pledge time").attribute("datetime").expect("an instant");
    assert!(browser.text().contains("clause 5.1"));
    picture(&browser, "pledge");
    browser.find("main form[action='/portal/demandes'] button.btn--primary").click();
    // The page before says these words too.
    browser.wait_for_url("/portal/demandes/BOR-");
    browser.wait_for_text("Licence refusee");
    let shown = browser.find_all("time").iter().any(|time| {
        // The clock starts at the sending, so the promise may have moved by the seconds of reading.
        time.attribute("datetime").is_some_and(|datetime| datetime[..16] == promised[..16])
    });
    assert!(shown, "the request shows the promised instant {promised}");
    browser.link("clause 5.1").click();
    browser.wait_for_url("#c-5.1");
    picture(&browser, "agreement");
}

fn must_have_no_script_need(browser: &Browser) {
    let source = browser.source();
    assert!(!source.contains("onclick=") && !source.contains("javascript:"), "no inline script");
}

/// Nothing in an address reaches what all objects of a page are made of.
fn must_keep_its_prototypes(browser: &Browser, page: &str) {
    browser.go(&format!("{page}?__proto__[polluted]=1&__proto__.polluted=1&constructor[prototype][polluted]=1#__proto__[polluted]=1"));
    let polluted = browser
        .run("return [({}).polluted, [].polluted, (() => 0).polluted].some(one => one !== undefined)", &[]);
    assert_eq!(polluted, false, "{page}");
}

#[test]
fn every_page_fits_three_widths_in_the_light_and_in_the_dark() {
    let (demo, number) = demo_with_a_letter();
    let browser = Browser::open();
    let pages = [
        (
            "agent",
            vec!["/agent".to_owned(), format!("/agent/demandes/{number}"), "/agent/contrats".to_owned()],
        ),
        (
            "contact",
            vec![
                "/portal".to_owned(),
                format!("/portal/demandes/{number}"),
                "/portal/demandes/nouvelle".to_owned(),
                "/portal/contrat".to_owned(),
            ],
        ),
    ];
    for (role, paths) in pages {
        browser.go(&demo.person(PROVIDER, role).sign_in);
        for path in paths {
            for width in [360, 768, 1440] {
                for scheme in [Scheme::Light, Scheme::Dark] {
                    browser.resize(width, 900);
                    browser.prefer(scheme);
                    browser.go(&demo.url(&path));
                    must_fit(&browser, &format!("{path} at {width}"));
                    if (width, scheme) == (1440, Scheme::Light) {
                        must_keep_its_prototypes(&browser, &demo.url(&path));
                    }
                    let dark = if scheme == Scheme::Dark { "dark" } else { "light" };
                    picture(&browser, &format!("{role}{}-{width}-{dark}", path.replace('/', "-")));
                }
            }
        }
    }
}

#[test]
fn the_keyboard_alone_is_enough() {
    let (demo, number) = demo_with_a_letter();
    let browser = Browser::open();
    browser.go(&demo.person(PROVIDER, "contact").sign_in);
    browser.wait_for_url("/portal");
    // The first stop skips to the content; from there Tab reaches the request.
    browser.press(Browser::TAB);
    assert_eq!(browser.focused().attribute("href").as_deref(), Some("#contenu"));
    browser.press(Browser::ENTER);
    let reached = (0..20).any(|_| {
        browser.press(Browser::TAB);
        browser.focused().attribute("href").is_some_and(|href| href.ends_with(&number))
    });
    assert!(reached, "Tab reaches the request");
    browser.press(Browser::ENTER);
    browser.wait_for_url(&number);
    let tree = browser.accessibility_tree();
    for expected in ["heading", "Échéances", "Échanges", "button"] {
        assert!(tree.contains(expected), "a screen reader meets {expected}");
    }
}

#[test]
fn what_happens_elsewhere_appears_by_itself() {
    let (demo, number) = demo_with_a_letter();
    let browser = Browser::open();
    browser.go(&demo.person(PROVIDER, "contact").sign_in);
    browser.go(&demo.url(&format!("/portal/demandes/{number}")));
    browser.find("#message").type_in("Un brouillon commencé");
    let agent = demo.api(&demo.person(PROVIDER, "agent"));
    let body = serde_json::json!({ "body": "Nous avons trouvé la cause." });
    agent.post_json(&format!("/api/v1/tickets/{number}/reply"), &body).expect(200);
    browser.wait_for_text("Nous avons trouvé la cause.");
    let draft = browser.find("#message").property("value");
    assert_eq!(draft.as_str(), Some("Un brouillon commencé"), "what was being written stays");
}

/// How many hostile letters are shown, by how long the tests may take.
fn how_many(usually: usize, long: usize) -> usize {
    if std::env::var_os("ENTENTE_LONG").is_some() { long } else { usually }
}

/// Cleaned HTML is harmless by itself: in a page without any protection nothing of it runs or loads. The same
/// letters uncleaned show that the net would catch it.
#[test]
fn cleaned_letters_run_nothing_and_load_nothing_even_without_protection() {
    let count = how_many(3_000, 20_000);
    let page = |letters: &[String]| {
        format!(
            "<!doctype html><meta charset=utf-8><title>x</title><script>window.hits=[];window.hit=n=>hits.push(n)</script>\
             <body>{}",
            letters.join("<hr>")
        )
    };
    let clean = |html: &String| {
        let head = "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n";
        mail::parse(format!("{head}{html}").as_bytes()).html.unwrap_or_default()
    };
    let cleaned = WatchedSite::serving(|address| {
        let letters: Vec<String> = hostile_html(7, count, address).iter().map(clean).collect();
        letters.chunks(100).map(page).collect()
    });
    let raw = WatchedSite::serving(|address| {
        hostile_html(7, 62, address).iter().map(|one| page(std::slice::from_ref(one))).collect()
    });
    for browser in Browser::each() {
        must_run_and_load_nothing(&browser, &cleaned, count.div_ceil(100));
        must_run_and_load(&browser, &raw, 62);
    }
}

/// None of the pages runs, loads or leads anywhere.
fn must_run_and_load_nothing(browser: &Browser, cleaned: &WatchedSite, pages: usize) {
    for number in 0..pages {
        let address = format!("{}/page/{number}", cleaned.address());
        browser.go(&address);
        let hits = browser.run("return window.hits", &[]);
        assert_eq!(hits.as_array().map(Vec::len), Some(0), "page {number}: {hits}");
        assert_eq!(browser.url(), address, "nothing leads away");
        assert_eq!(browser.title(), "x");
    }
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(cleaned.asked().is_empty(), "{:?}", cleaned.asked());
}

/// What is not cleaned is seen to run and to load.
fn must_run_and_load(browser: &Browser, raw: &WatchedSite, pages: usize) {
    let before = raw.asked().len();
    let mut caught = 0;
    for number in 0..pages {
        browser.go(&format!("{}/page/{number}", raw.address()));
        let hits = browser.run("return window.hits", &[]);
        caught += usize::from(hits.as_array().is_none_or(|hits| !hits.is_empty()));
    }
    let loaded: std::collections::BTreeSet<String> = raw.asked().into_iter().skip(before).collect();
    assert!(caught >= 5 && loaded.len() >= 10, "uncleaned, {caught} run and {} load", loaded.len());
}

/// A hostile letter in the pages that show it: words first, its form in a frame of its own on demand, where the
/// browser finds nothing to refuse.
#[test]
fn hostile_letters_are_shown_in_a_frame_where_nothing_happens() {
    let count = how_many(8, 400);
    let demo = Demo::start_at(FRIDAY);
    let (contact, mailbox) = (demo.person(PROVIDER, "contact"), demo.mailbox(PROVIDER));
    let site = WatchedSite::serving(|_| Vec::new());
    for (place, html) in hostile_html(11, count, site.address()).iter().enumerate() {
        let letter = format!(
            "From: {0}\r\nTo: {mailbox}\r\nSubject: Lettre {place}\r\nMessage-ID: <h{place}@client.example>\r\n\
             MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Bonjour <b>tous</b>.</p>{html}\r\n\
             <img src=\"{1}/spy-{place}\">\r\n",
            contact.email,
            site.address()
        );
        let reply = deliver(demo.smtp(), &contact.email, &[&mailbox], letter.as_bytes()).expect("answered");
        assert_eq!(reply.code, 250, "{html}");
    }
    for browser in Browser::each() {
        letters_are_safe_in(&browser, &demo, count);
        assert!(site.asked().is_empty(), "{:?}", site.asked());
        frames_need_no_script_in(&browser, &demo);
    }
}

/// Each letter in its form, in the page that holds it and alone.
fn letters_are_safe_in(browser: &Browser, demo: &Demo, count: usize) {
    for (role, area) in [("agent", "agent"), ("contact", "portal")] {
        browser.go(&demo.person(PROVIDER, role).sign_in);
        for number in 1..=count {
            let path = demo.url(&format!("/{area}/demandes/BOR-{number}"));
            browser.go(&path);
            let Some(fold) = browser.find_all("details:has(> iframe.letter) > summary").into_iter().next()
            else {
                continue;
            };
            fold.click();
            browser.wait_for("show the letter", || {
                // A frame in a sandbox cannot be looked into, which is the point; that it has loaded can be seen.
                let loaded = browser.run(
                    "return performance.getEntriesByType('resource').some(e => e.name.endsWith('/forme') && e.responseEnd > 0)",
                    &[],
                );
                (loaded == true).then_some(())
            });
            if number == 1 {
                must_fit(browser, "a letter in its form");
                picture(browser, &format!("letter-{area}"));
            }
            let alone = browser.find("iframe.letter").attribute("src").expect("an address");
            browser.go(&demo.url(&alone));
            assert_eq!(
                browser.run("return document.querySelectorAll('script,form,iframe,object,link').length", &[]),
                0
            );
            assert!(browser.url().ends_with("/forme"), "nothing leads away: {}", browser.url());
            let said = browser.complaints();
            let refused: Vec<&String> = said.iter().filter(|said| !said.contains("favicon")).collect();
            assert!(refused.is_empty(), "BOR-{number}: {refused:?}");
        }
    }
}

/// Without script the frame is there as well, and so is the way to see it alone.
fn frames_need_no_script_in(browser: &Browser, demo: &Demo) {
    browser.set_scripting(Scripting::Off);
    browser.go(&demo.url("/portal/demandes/BOR-1"));
    browser.find("details:has(> iframe.letter) > summary").click();
    assert!(browser.find("iframe.letter").is_shown());
    let shown = demo
        .signed_in(&demo.person(PROVIDER, "contact"))
        .get(&browser.find("iframe.letter").attribute("src").expect("an address"));
    let policy = shown.header("content-security-policy").expect("a policy").to_owned();
    assert!(
        policy.starts_with("sandbox")
            && !policy.contains("allow-scripts")
            && !policy.contains("allow-same-origin")
    );
    assert!(shown.text().contains("<b>tous</b>"));
}

/// Names of senders and files, subjects and plain words are only text, on every page that shows them: nothing runs, loads, leads
/// away or becomes an element, and the browser finds nothing to refuse.
#[test]
fn whatever_people_write_is_only_text() {
    let count = how_many(31, 248);
    let demo = Demo::start_at(FRIDAY);
    let (contact, mailbox) = (demo.person(PROVIDER, "contact"), demo.mailbox(PROVIDER));
    let site = WatchedSite::serving(|_| Vec::new());
    let word = |text: &str| format!("=?utf-8?B?{}?=", BASE64.encode(text.as_bytes()));
    for (place, hostile) in hostile_html(17, count, site.address()).iter().enumerate() {
        let line: String = hostile.chars().filter(|letter| !letter.is_control()).take(400).collect();
        // A stranger names themselves as they like; a contact's name is the desk's own.
        let from = if place % 4 == 3 {
            format!("<inconnu{place}@ailleurs.example>")
        } else {
            format!("<{}>", contact.email)
        };
        let letter = format!(
            "From: {} {from}\r\nTo: {mailbox}\r\nSubject: {}\r\nMessage-ID: <n{place}@client.example>\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/mixed; boundary=part\r\n\r\n--part\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{}\r\n--part\r\nContent-Type: image/svg+xml\r\n\
             Content-Disposition: attachment; filename=\"{}\"\r\n\r\n<svg onload=hit(1)></svg>\r\n--part--\r\n",
            word(&line),
            word(&line),
            BASE64.encode(hostile.as_bytes()),
            word(&line)
        );
        let envelope = from.trim_matches(['<', '>']);
        let reply = deliver(demo.smtp(), envelope, &[&mailbox], letter.as_bytes()).expect("answered");
        assert_eq!(reply.code, 250, "{line}");
    }
    demo.advance("PT1S");
    for browser in Browser::each() {
        words_are_only_text_in(&browser, &demo, count);
        assert!(site.asked().is_empty(), "{:?}", site.asked());
    }
}

/// Every page that shows what people wrote.
fn words_are_only_text_in(browser: &Browser, demo: &Demo, count: usize) {
    let mut looked_at = 0;
    for (role, lists) in [
        ("agent", &["/agent", "/agent?q=hit", "/agent?q=%3Cscript%3Ehit(1)%3C/script%3E"][..]),
        ("contact", &["/portal", "/portal?q=hit"]),
        ("admin", &["/agent", "/admin/journal", "/admin/courrier", "/admin/consultations", "/demo/mail"]),
    ] {
        browser.go(&demo.person(PROVIDER, role).sign_in);
        let area = if role == "contact" { "portal" } else { "agent" };
        let requests =
            (1..=count).filter(|_| role != "admin").map(|number| format!("/{area}/demandes/BOR-{number}"));
        for path in lists.iter().map(|list| (*list).to_owned()).chain(requests) {
            let address = demo.url(&path);
            browser.go(&address);
            let planted = browser.run(
                "return [...document.querySelectorAll('script:not([src^=\"/assets/\"]),iframe:not(.letter),object,embed,base,form[action^=http],\
                 [onerror],[onload],[onclick],[onfocus],[ontoggle],[style],math,marquee,video,audio,img,meta[http-equiv]')].map(e => e.outerHTML)",
                &[],
            );
            assert_eq!(planted.as_array().map(Vec::len), Some(0), "{path}: {planted}");
            assert_eq!(browser.url(), address, "nothing leads away");
            let said = browser.complaints();
            let refused: Vec<&String> =
                said.iter().filter(|said| !said.contains("favicon") && !said.contains("404")).collect();
            assert!(refused.is_empty(), "{path}: {refused:?}");
            looked_at += usize::from(browser.source().contains("hit("));
        }
    }
    assert!(looked_at > count, "hostile words stand on {looked_at} pages only");
}

/// What was said to a telephone plays in the page, in parts as a player asks for them.
#[test]
fn a_sound_plays_in_the_page() {
    let demo = Demo::start_at(FRIDAY);
    let (contact, mailbox) = (demo.person(PROVIDER, "contact"), demo.mailbox(PROVIDER));
    // A second of silence: 8,000 samples of 8 bits.
    let mut wave =
        b"RIFF\x64\x1f\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\x40\x1f\0\0"
            .to_vec();
    wave.resize(44 + 8_000, 0x80);
    let mut letter = format!(
        "From: {}\r\nTo: {mailbox}\r\nSubject: Message vocal\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nUn message.\r\n--b\r\n\
         Content-Type: audio/wav; name=msg.wav\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
        contact.email
    );
    for line in wave.chunks(24) {
        letter.extend(line.iter().map(|byte| format!("={byte:02X}")));
        letter.push_str("=\r\n");
    }
    letter.push_str("\r\n--b--\r\n");
    assert_eq!(
        deliver(demo.smtp(), &contact.email, &[&mailbox], letter.as_bytes()).expect("answered").code,
        250
    );
    let browser = Browser::open();
    browser.go(&contact.sign_in);
    browser.go(&demo.url("/portal/demandes/BOR-1"));
    let source = browser.find("audio").attribute("src").expect("an address");
    must_fit(&browser, "a request with a sound");
    browser.wait_for("play the sound", || {
        // What happens meanwhile may bring the thread anew.
        // Nobody has touched the page, so that it may load the sound and not play it aloud.
        let script = "const sound = document.querySelector('audio'); \
                      if (sound.preload == 'none') { sound.preload = 'auto'; sound.load() } \
                      return sound.duration || (sound.error && sound.error.message)";
        let seconds = browser.run(script, &[]);
        (seconds.as_f64().is_some_and(|seconds| (0.9..1.1).contains(&seconds))).then_some(())
    });
    let client = demo.signed_in(&contact).with_header("range", "bytes=8-11");
    let part = client.get(&source).expect(206);
    assert_eq!(part.text(), "WAVE");
    assert_eq!(part.header("content-type"), Some("audio/wav"));
    assert_eq!(part.header("content-range"), Some("bytes 8-11/8044"));
    assert_eq!(part.header("x-content-type-options"), Some("nosniff"));
    demo.visitor().get(&source).expect(303);
}

/// A program of its own, since passkeys want a name and not an address.
#[test]
fn a_passkey_is_made_and_lets_in() {
    let folder = TemporaryFolder::new("passkeys");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace").display();
    let port = free_port();
    let config = folder.join("entente.toml");
    let written = format!(
        "agreements = [\"{root}/agreements/solidassist.md\"]\nload = [\"{root}/demo/solidassist.toml\"]\n\
         [http]\nlisten = \"127.0.0.1:{port}\"\npublic_url = \"http://localhost:{port}\"\n\
         [database]\nurl = \"sqlite:{}\"\n[mail]\nhost_name = \"desk.example\"\n[mail.outbound]\nmaildir = \"{}\"\n",
        folder.join("desk.sqlite"),
        folder.join("outgoing"),
    );
    std::fs::write(&config, written).expect("written");
    let mut program = Program::start(&["serve", "--config", &config]);
    program.wait_ready(&format!("127.0.0.1:{port}"), Duration::from_secs(60));
    let link = Program::run(&["user", "link", "--config", &config, "maude.arsenault@kervinel.example"], b"");
    let link = String::from_utf8(link.stdout).expect("UTF-8");
    let link = link.trim().lines().last().expect("a link").to_owned();

    let browser = Browser::open();
    browser.add_authenticator();
    browser.go(&link);
    if !browser.url().contains("/portal") {
        browser.find("main form button").click();
    }
    browser.wait_for_url("/portal");
    browser.go(&format!("http://localhost:{port}/compte"));
    browser.find("#cle-libelle").type_in("Clé d’essai");
    browser.find("form[data-passkey=create] button").click();
    browser.wait_for_text("Clé d’essai");
    assert_eq!(browser.find_all("form[action='/compte/cle-fin']").len(), 1, "it is listed");

    browser.run("document.querySelector(\"form[action='/deconnexion']\").requestSubmit()", &[]);
    browser.wait_for("leave", || (!browser.url().contains("/compte")).then_some(()));
    browser.go(&format!("http://localhost:{port}/"));
    browser.wait_for("offer passkeys", || {
        browser.find_all("form[data-passkey=get]").first().filter(|form| form.is_shown()).map(|_| ())
    });
    browser.find("form[data-passkey=get] button").click();
    browser.wait_for_url("/portal");
    assert!(browser.text().contains("Maude") || browser.source().contains("Maude"), "it is her");
    program.stop(Duration::from_secs(30));
}

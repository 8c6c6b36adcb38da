//! Files from a host of their own: signed links, for one person and one file, for a minute; nothing else answers there.

use crate::world::World;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use harness::{Postgres, TemporaryFolder};
use operations::move_clock;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use store::{Database, PostgresConfig, SqliteConfig};
use web::Way;

pub async fn store_on_sqlite() -> (Database, TemporaryFolder) {
    let folder = TemporaryFolder::new("files");
    let store = Database::open_sqlite(&SqliteConfig::at(folder.join("desk.sqlite"))).await.expect("a store");
    (store, folder)
}

pub async fn store_on_postgres() -> (Database, TemporaryFolder) {
    let url = Postgres::shared().fresh_database();
    let store = Database::open_postgres(&PostgresConfig { url, pool_size: 6 }).await.expect("a store");
    (store, TemporaryFolder::new("files"))
}

pub async fn sqlite() -> World {
    let (store, folder) = store_on_sqlite().await;
    World::with_files_host(store, folder).await
}

pub async fn postgres() -> World {
    let (store, folder) = store_on_postgres().await;
    World::with_files_host(store, folder).await
}

struct Answer {
    status: StatusCode,
    location: String,
    has_cookie: bool,
    policy: String,
    bytes: Vec<u8>,
}

async fn get(world: &World, host: &str, path: &str, cookie: Option<&str>) -> Answer {
    let mut request = Request::get(path).header("host", host);
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    let answer = world.send(request.body(Body::empty()).expect("a request")).await;
    let value = |name: header::HeaderName| {
        let value = answer.headers().get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    Answer {
        status: answer.status(),
        location: value(header::LOCATION),
        has_cookie: answer.headers().contains_key(header::SET_COOKIE),
        policy: value(header::CONTENT_SECURITY_POLICY),
        bytes: to_bytes(answer.into_body(), 1 << 24).await.expect("a body").to_vec(),
    }
}

pub async fn files_come_from_their_own_host(world: World) {
    let cookie = |name: &str| world.trier(name).cookie.lock().expect("sound").clone();
    let of = |owner| world.asked.iter().find(|asked| asked.owner == owner).expect("one");
    let (a, b) = (of('A'), of('B'));
    let path = format!("/portal/demandes/{}/fichiers/{}", a.number, a.files[0]);
    let own = get(&world, "desk.example", &path, Some(&cookie("reader of A"))).await;
    assert_eq!(own.status, StatusCode::SEE_OTHER);
    let link = own.location.strip_prefix("https://files.example").expect("the other host").to_owned();
    assert!(link.starts_with("/f/"));
    // What is somebody else's gets no link, and what nobody is signed in for neither.
    let foreign = format!("/portal/demandes/{}/fichiers/{}", b.number, b.files[0]);
    let refused = get(&world, "desk.example", &foreign, Some(&cookie("reader of A"))).await;
    assert_eq!((refused.status, refused.location.as_str()), (StatusCode::NOT_FOUND, ""));

    // Followed without any cookie, it gives the file, in a sandbox, and sets none.
    let file = get(&world, "files.example", &link, None).await;
    assert_eq!(file.status, StatusCode::OK);
    assert!(!file.bytes.is_empty() && !file.has_cookie && file.policy.contains("sandbox"));
    assert_eq!(get(&world, "FILES.EXAMPLE", &link, None).await.status, StatusCode::OK);
    // On the host of the pages it leads nowhere.
    assert_eq!(
        get(&world, "desk.example", &link, Some(&cookie("agent"))).await.status,
        StatusCode::NOT_FOUND
    );

    // Each letter of it counts.
    let letters: Vec<char> = link.chars().collect();
    for place in (3..letters.len()).step_by(7) {
        let mut changed = letters.clone();
        changed[place] = if changed[place] == 'A' { 'B' } else { 'A' };
        let changed: String = changed.into_iter().collect();
        let answer = get(&world, "files.example", &changed, None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{place}");
    }
    for wrong in ["/f/", "/f/x", &format!("{link}x"), &link[..link.len() - 1]] {
        assert_eq!(get(&world, "files.example", wrong, None).await.status, StatusCode::NOT_FOUND, "{wrong}");
    }

    // Nothing else answers there, whoever comes.
    for door in world.doors.iter().filter(|door| door.path != "/f/{link}") {
        for name in ["agent", "admin"] {
            let mut request = Request::builder()
                .method(door.method.clone())
                .uri(door.path.replace(['{', '}'], ""))
                .header("host", "files.example")
                .header("cookie", cookie(name))
                .header("origin", "https://files.example");
            if door.way == Way::Program {
                request = request.header("authorization", format!("Bearer {}", world.trier(name).token));
            }
            let answer = world.send(request.body(Body::empty()).expect("a request")).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{} {}", door.method, door.path);
            assert!(!answer.headers().contains_key(header::SET_COOKIE));
        }
    }

    // It is over after a minute, and once the person is gone.
    let fresh = get(&world, "desk.example", &path, Some(&cookie("reader of A"))).await.location;
    let fresh = fresh.strip_prefix("https://files.example").expect("the other host");
    let person = world.trier("reader of A").person.clone().expect("somebody");
    assert_eq!(get(&world, "files.example", fresh, None).await.status, StatusCode::OK);
    let now = world.environment.now();
    world.environment.store.let_go(&person.provider, person.id, now).await.expect("gone");
    assert_eq!(get(&world, "files.example", fresh, None).await.status, StatusCode::NOT_FOUND);
    let path = path.replace("/portal/", "/agent/");
    let last = get(&world, "desk.example", &path, Some(&cookie("agent"))).await.location;
    let last = last.strip_prefix("https://files.example").expect("the other host");
    assert_eq!(get(&world, "files.example", last, None).await.status, StatusCode::OK);
    move_clock(&world.environment, now.plus_seconds(120)).await.expect("time passes");
    assert_eq!(get(&world, "files.example", last, None).await.status, StatusCode::NOT_FOUND);
}

/// The parts of a form with files, as browsers send them (RFC 7578).
fn form(parts: &[(&str, Option<&str>, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, bytes) in parts {
        let file =
            file.map(|file| format!("; filename=\"{file}\"\r\nContent-Type: text/html")).unwrap_or_default();
        body.extend(
            format!("--part\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--part--\r\n");
    body
}

async fn sent(world: &World, cookie: &str, kind: &str, body: Vec<u8>) -> (StatusCode, String) {
    let request = Request::post("/portal/demandes")
        .header("host", "desk.example")
        .header("sec-fetch-site", "same-origin")
        .header("cookie", cookie)
        .header("content-type", kind)
        .body(Body::from(body))
        .expect("a request");
    let answer = world.send(request).await;
    let location = answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    (answer.status(), location.unwrap_or_default().to_owned())
}

/// Whoever brings more than their account has room for is told: before a byte of it is read where the request says how
/// long it is, and after that for the rest; words, another account and whoever works here are not held up.
pub async fn an_account_fills_its_own_room_alone(world: World) {
    let cookie = |name: &str| world.trier(name).cookie.lock().expect("sound").clone();
    let person = world.trier("requester of A").person.clone().expect("somebody");
    let account = person.account.expect("one");
    let used = async || world.environment.store.stored_bytes(&person.provider, account).await.expect("read");
    let before = used().await;
    assert!(before > 0, "what stood there before counts");
    let tell = async |name: &str, path: &str, bytes: usize, stated: Option<usize>| {
        let file = vec![b'x'; bytes];
        let mut parts: Vec<(&str, Option<&str>, &[u8])> =
            vec![("objet", None, b"Un objet"), ("corps", None, b"Des mots")];
        if bytes > 0 {
            parts.push(("fichiers", Some("a.bin"), &file));
        }
        let body = form(&parts);
        let is_read = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&is_read);
        let stated = stated.unwrap_or(body.len());
        let stream = futures_util::stream::once(async move {
            noted.store(true, Ordering::SeqCst);
            Ok::<_, std::io::Error>(body)
        });
        #[expect(clippy::disallowed_methods, reason = "a request, which nothing compresses")]
        let body = Body::from_stream(stream);
        let request = Request::post(path)
            .header("host", "desk.example")
            .header("sec-fetch-site", "same-origin")
            .header("cookie", cookie(name))
            .header("content-length", stated)
            .header("content-type", "multipart/form-data; boundary=part")
            .body(body)
            .expect("a request");
        let answer = world.send(request).await;
        let status = answer.status();
        let page = to_bytes(answer.into_body(), 1 << 24).await.expect("a body");
        let page = String::from_utf8_lossy(&page).into_owned();
        let says = [words::Language::French, words::Language::English]
            .into_iter()
            .any(|language| page.contains(words::text(language, "error-storage-full").as_ref()));
        (status, is_read.load(Ordering::SeqCst), says)
    };
    const NEW: &str = "/portal/demandes";
    let of = |owner| &world.asked.iter().find(|asked| asked.owner == owner).expect("one").number;
    let (own, agents) =
        (format!("/portal/demandes/{}/messages", of('A')), format!("/agent/demandes/{}/reponses", of('A')));
    const MIB: usize = 1 << 20;
    for path in [NEW, own.as_str()] {
        let told = tell("requester of A", path, 10, Some(30 * MIB)).await;
        assert_eq!(told, (StatusCode::PAYLOAD_TOO_LARGE, false, true), "{path}: nothing of it is read");
    }
    assert_eq!(tell("requester of A", NEW, 5 * MIB / 2, None).await, (StatusCode::SEE_OTHER, true, false));
    assert_eq!(used().await, before + 5 * MIB as u64 / 2);
    let told = tell("requester of A", NEW, 3 * MIB, None).await;
    assert_eq!(told, (StatusCode::PAYLOAD_TOO_LARGE, false, true));
    for path in [NEW, own.as_str()] {
        let told = tell("requester of A", path, MIB, None).await;
        assert_eq!(told, (StatusCode::UNPROCESSABLE_ENTITY, true, true), "{path}: what may fit is looked at");
        assert_eq!(tell("requester of A", path, 0, None).await.0, StatusCode::SEE_OTHER, "{path}: words");
    }
    assert_eq!(used().await, before + 5 * MIB as u64 / 2);
    assert_eq!(tell("contact of B", NEW, MIB, None).await.0, StatusCode::SEE_OTHER, "another account");
    assert_eq!(tell("agent", &agents, 3 * MIB, None).await.0, StatusCode::SEE_OTHER, "whoever works here");
    let ask = async |name: &str| {
        let token = format!("Bearer {}", world.trier(name).token);
        let request = Request::get("/api/v1/accounts/bouleaux").header("authorization", token);
        let answer = world.send(request.body(Body::empty()).expect("a request")).await;
        let bytes = to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
        serde_json::from_slice::<serde_json::Value>(&bytes).expect("JSON")
    };
    let told = ask("agent").await;
    assert_eq!(told["stored_bytes"], used().await, "{told}");
    assert_eq!(told["stored_bytes_at_most"], 3 * MIB);
    assert!(ask("requester of A").await.get("stored_bytes").is_none(), "customers are not shown");
}

/// What is too large, too long or too many is refused whole; and what is kept has names that lead nowhere, comes back as
/// something to keep, and runs nowhere, whatever it says that it is.
pub async fn too_much_is_refused_and_what_is_kept_is_neutral(world: World) {
    let cookie = world.trier("contact of B").cookie.lock().expect("sound").clone();
    const FILES: &str = "multipart/form-data; boundary=part";
    const PLAIN: &str = "application/x-www-form-urlencoded";
    let words: [(&str, Option<&str>, &[u8]); 2] =
        [("objet", None, b"Un objet"), ("corps", None, b"Des mots")];
    let with = |more: &[(&str, Option<&str>, &[u8])]| form(&[&words[..], more].concat());
    let (large, long) = (vec![b'x'; 41 << 20], vec![b'x'; (1 << 20) + 1]);
    let many: Vec<_> = (0..60).map(|_| ("fichiers", Some("a.txt"), b"a".as_slice())).collect();
    for (what, kind, body) in [
        ("41 MiB of file", FILES, with(&[("fichiers", Some("a.bin"), &large)])),
        ("a megabyte of one field", FILES, with(&[("autre", None, &long)])),
        ("sixty files", FILES, with(&many)),
        ("three megabytes of form", PLAIN, vec![b'x'; 3 << 20]),
        ("a megabyte of one plain field", PLAIN, [b"objet=x&corps=", long.as_slice()].concat()),
    ] {
        let (status, location) = sent(&world, &cookie, kind, body).await;
        assert_eq!((status, location.as_str()), (StatusCode::PAYLOAD_TOO_LARGE, ""), "{what}");
    }
    let subject = format!("objet={}&corps=mots", "x".repeat(1_001));
    assert_eq!(sent(&world, &cookie, PLAIN, subject.into()).await.0, StatusCode::UNPROCESSABLE_ENTITY);

    let script: &[u8] = b"<html><script>alert(1)</script></html>";
    let names = [
        ("../../etc/passwd", "passwd"),
        ("\\\\host\\share\\plan.html", "plan.html"),
        ("facture\u{202e}lmth.exe", "facturelmth.exe"),
        ("a\u{200b}b.svg", "ab.svg"),
        ("con.xml", "_con.xml"),
        ("points. . .", "points"),
        (".htaccess", "htaccess"),
    ];
    let files: Vec<_> = names.iter().map(|(stated, _)| ("fichiers", Some(*stated), script)).collect();
    let (status, location) = sent(&world, &cookie, FILES, with(&files)).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let page = get(&world, "desk.example", &location, Some(&cookie)).await;
    let page = String::from_utf8_lossy(&page.bytes).into_owned();
    let links: BTreeSet<&str> = page
        .split("href=\"")
        .filter_map(|rest| rest.split('"').next())
        .filter(|link| link.contains("/fichiers/"))
        .collect();
    assert_eq!(links.len(), names.len(), "{page}");
    for link in links {
        for place in ["document", "iframe", "script", "image", "style", "object"] {
            let request = Request::get(link)
                .header("host", "desk.example")
                .header("cookie", &cookie)
                .header("sec-fetch-dest", place)
                .header("sec-fetch-site", "same-origin");
            let answer = world.send(request.body(Body::empty()).expect("a request")).await;
            assert_eq!(answer.status(), StatusCode::OK, "{link}");
            let value = |name: header::HeaderName| answer.headers()[name].to_str().expect("text").to_owned();
            assert_eq!(value(header::CONTENT_TYPE), "application/octet-stream");
            assert!(value(header::CONTENT_SECURITY_POLICY).starts_with("sandbox; default-src 'none'"));
            let disposition = value(header::CONTENT_DISPOSITION);
            assert!(disposition.starts_with("attachment; "), "{disposition}");
            let kept = names.iter().any(|(_, kept)| disposition.contains(&format!("filename=\"{kept}\"")));
            assert!(kept && !disposition.contains("%E2%80"), "{disposition}");
        }
    }
}

/// Reports of browsers: whatever comes is answered alike, however much of it.
pub async fn reports_of_browsers_are_bounded(world: World) {
    let page = get(&world, "desk.example", "/", None).await;
    assert!(
        page.policy.contains("report-uri /rapports/politique") && page.policy.contains("report-to politique")
    );
    let report = |body: Vec<u8>, kind: &'static str| {
        Request::builder()
            .method(Method::POST)
            .uri("/rapports/politique")
            .header("host", "desk.example")
            .header("content-type", kind)
            .body(Body::from(body))
            .expect("a request")
    };
    let told = br#"{"csp-report":{"effective-directive":"script-src","blocked-uri":"https://evil.example"}}"#;
    for _ in 0..100 {
        let answer = world.send(report(told.to_vec(), "application/csp-report")).await;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    }
    for (body, status) in [
        (b"[".to_vec(), StatusCode::NO_CONTENT),
        (vec![b'['; 16_000], StatusCode::NO_CONTENT),
        (vec![b' '; 20_000], StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let answer = world.send(report(body, "application/reports+json")).await;
        assert_eq!(answer.status(), status);
    }
}

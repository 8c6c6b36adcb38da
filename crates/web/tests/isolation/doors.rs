//! What holds of every door alike, made from the router and the document: whatever is added is tried the day it appears.

use crate::keys::{get, post, send};
use crate::world::World;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use harness::process_cpu_time;
use std::collections::BTreeSet;
use std::time::Duration;
use web::Way;

const ELSEWHERE: &str = "elsewhere.example";

/// Paths at which programs that look for weak servers find something elsewhere; none begins with `/`.
const SOUGHT: &str = "
    .DS_Store .aws/config .aws/credentials .bash_history .bashrc .bzr/README .circleci/config.yml .config .cvsignore
    .docker/config.json .dockerenv .dockerignore .editorconfig .env .env.bak .env.dev .env.example .env.local .env.old
    .env.prod .env.production .env.save .env~ .git .git-credentials .git/ .git/HEAD .git/config .git/index
    .git/logs/HEAD .gitattributes .github/workflows/ci.yml .gitignore .gitlab-ci.yml .gitmodules .hg/hgrc .hg/store
    .htaccess .htpasswd .idea/workspace.xml .kube/config .mysql_history .netrc .npmrc .profile .psql_history .pypirc
    .ssh/authorized_keys .ssh/id_ed25519 .ssh/id_rsa .svn/entries .svn/wc.db .swp .terraform/terraform.tfstate
    .travis.yml .vscode/settings.json .well-known/ .well-known/openid-configuration .yarnrc Cargo.lock Cargo.toml
    Dockerfile Gemfile Jenkinsfile Makefile Procfile README.md Vagrantfile WEB-INF/web.xml _debugbar _ignition
    _profiler _profiler/phpinfo access.log account.php acme actuator actuator/beans actuator/configprops actuator/env
    actuator/gateway/routes actuator/health actuator/heapdump actuator/httptrace actuator/info actuator/jolokia
    actuator/loggers actuator/mappings actuator/metrics actuator/prometheus actuator/shutdown actuator/threaddump
    adm admin.php admin/.env admin/backup admin/config admin/config.php admin/console admin/db admin/debug admin/exec
    admin/export admin/health admin/import admin/install admin/jobs admin/login admin/logs admin/metrics admin/phpinfo
    admin/query admin/queues admin/reset admin/restore admin/setup admin/shell admin/sql admin/status admin/tools
    admin/upgrade admin/upload administrator adminer adminer.php api api-docs api/ api/debug api/docs api/health
    api/info api/internal api/swagger.json api/swagger-ui.html api/v1 api/v1/ api/v1/admin api/v1/backup api/v1/config
    api/v1/debug api/v1/demo api/v1/dump api/v1/env api/v1/eval api/v1/health api/v1/internal api/v1/logs
    api/v1/metrics api/v1/sql api/v1/status api/v1/test api/v1/users api/v2 api/v2/tickets apc.php app.js.map app.log
    archive.tar.gz asset-manifest.json assets assets/ assets/.. assets/%2e%2e%2fCargo.toml assets/../../etc/passwd
    assets/.git auth.json autodiscover/autodiscover.xml aws.yml axis2 backup backup.bak backup.db backup.sql
    backup.sql.gz backup.tar backup.tar.gz backup.zip backups bak bin/sh boot.ini build bundle.js.map cache cgi-bin
    cgi-bin/ cgi-bin/luci cgi-bin/test-cgi cgi-bin/x changelog.txt circle.yml clientaccesspolicy.xml cmd composer.json
    composer.lock conf config config.bak config.inc.php config.json config.php config.toml config.yaml config.yml
    config/database.yml config/secrets.yml console consul/v1/kv core cpanel credentials credentials.json cron cron.php
    crossdomain.xml data data.db database database.sql db db.sql db.sqlite debug debug/pprof debug/pprof/goroutine
    debug/pprof/heap debug/requests debug/vars default.aspx demo demo/ demo/clock demo/courriels demo/horloge demo/mail
    demo.json desk.sqlite desk.sqlite-shm desk.sqlite-wal dev dist docker-compose.yml docs druid/index.html dump
    dump.sql elmah.axd entente entente.sqlite entente.toml env env.js erasures.jsonl error.log error_log errors etc
    etc/passwd etc/shadow eval exec export favicon.svg.map files flower fonts/.. ftp gateway git/config global.asa
    graphiql graphql healthcheck heapdump hnap1 home.php host-manager/html hudson id_rsa images/.. import include
    index.asp index.html index.jsp index.php info info.php install install.php installer installer/ installer/x
    invoker/JMXInvokerServlet jenkins jmx-console jolokia jolokia/list js/.. kibana latest/meta-data lib license.txt
    log log.txt logs logs/access.log magento_version mail mailman manage management manager/html manifest.json media
    metrics.json metrics/ metrics/json metrics/prometheus migrate moodle mysql nagios netdata nginx_status node_modules
    old openapi.json opt ords owa package-lock.json package.json pgadmin phpMyAdmin phpinfo phpinfo.php phpmyadmin
    phppgadmin ping pma pprof private prometheus proc/self/environ profiler prometheus/metrics public queue rails/info
    readme.html redis release reports reset restore resque root s3cfg sap scripts secret secrets.yml selenium sentry
    seed server-info server-status server.key servlet settings settings.json settings.py setup setup.cgi setup.php
    shell shell.php sidekiq site.tar.gz sitemap.xml solr solr/admin spec sql sqlite src srv static/.. status stats
    storage storage/logs/laravel.log swagger swagger-resources swagger-ui swagger-ui.html swagger.json swagger.yaml
    sys system telescope temp test test.php testing tmp tomcat tools tools.php trace trace.axd tracer traefik typo3
    update update.php upgrade upgrade.php upload uploads user users usr/local v1/sys/health vendor
    vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php vendor/x.php version version.txt web-console web.config webdav
    webmin wls-wsat/CoordinatorPortType wordpress wp wp-admin wp-admin/ wp-admin/install.php wp-admin/setup-config.php
    wp-config.php wp-config.php.bak wp-content wp-content/debug.log wp-includes wp-json wp-json/wp/v2/users wp-login.php
    wp-signup.php www www.zip xmlrpc.php yarn.lock zabbix
    api/v1/tickets/../../../etc/passwd api/v1/../../.env %2e%2e/%2e%2e/etc/passwd ..%2f..%2fetc%2fpasswd %2eenv %2egit/config
    index.php?-s index.php/admin backup.zip?x=1 ;/admin .;/actuator admin;x=1/console
";

/// A path of a door with names in it that are there.
fn filled(world: &World, path: &str) -> String {
    let (key, version) = &world.agreements[0];
    path.replace("{number}", &world.asked[0].number)
        .replace("{key}", key)
        .replace("{version}", version)
        .replace("{id}", &world.spares[0].id.to_string())
        .replace("{act}", "note")
        .replace("{command}", "note")
        .replace(['{', '}'], "")
}

/// The link by which a letter lets somebody in.
async fn link_in_a_letter_to(world: &World, address: &str) -> String {
    for _ in 0..200 {
        for letter in world.letters_to(address) {
            if let Some(link) = letter.split_whitespace().find(|word| word.contains("/entrer/")) {
                return link.to_owned();
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no letter came to {address}");
}

/// A page of another site makes no door do anything, whoever looks at it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_door_obeys_another_site() {
    let world = World::sqlite().await;
    let cookie = world.trier("admin").cookie.lock().expect("sound").clone();
    let foreign = format!("https://{ELSEWHERE}");
    let ways: [&[(&str, &str)]; 6] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", &foreign)],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site"), ("origin", "https://desk.example")],
        &[],
    ];
    let mut tried = 0;
    for door in &world.doors {
        let is_page = door.way == Way::Page && door.path != "/rapports/politique";
        if door.method == Method::GET || !is_page {
            continue;
        }
        for way in ways {
            let mut request = Request::builder()
                .method(door.method.clone())
                .uri(filled(&world, door.path))
                .header("host", "desk.example")
                .header("cookie", &cookie)
                .header("content-type", "application/x-www-form-urlencoded");
            for (name, value) in way {
                request = request.header(*name, *value);
            }
            let answer = world.send(request.body(Body::from("corps=x")).expect("a request")).await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{} {} {way:?}", door.method, door.path);
            assert!(!answer.headers().contains_key("set-cookie"), "{} {way:?}", door.path);
            tried += 1;
        }
    }
    assert!(tried > 150, "only {tried}");
    // The same session still stands, and the same door does obey its own page.
    let own = post(&world, "/langue", &cookie, &[("langue", "en")]).await;
    assert_eq!(own.status, StatusCode::SEE_OTHER);
}

/// A door that changes something opens by its own method alone, whatever a header or a field calls it; and a stream that is read
/// from another site stays shut.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_door_opens_by_another_method() {
    let world = World::sqlite().await;
    let cookie = world.trier("admin").cookie.lock().expect("sound").clone();
    let mut tried = 0;
    for door in world.doors.iter().filter(|door| door.method != Method::GET && door.way == Way::Page) {
        if world.doors.iter().any(|other| other.path == door.path && other.method == Method::GET) {
            continue;
        }
        let holder = world.viewers.iter().find(|viewer| viewer.person.is_some() && viewer.has(door.right));
        let cookie = holder.expect("somebody has each right").cookie.lock().expect("sound").clone();
        for method in [Method::GET, Method::HEAD] {
            let request = Request::builder()
                .method(method.clone())
                .uri(format!("{}?_method={}", filled(&world, door.path), door.method))
                .header("host", "desk.example")
                .header("cookie", &cookie)
                .header("x-http-method-override", door.method.as_str());
            let answer = world.send(request.body(Body::empty()).expect("a request")).await;
            // Another door may have this path, with a name where this one has a word.
            let status = answer.status();
            assert!(matches!(status.as_u16(), 404 | 405), "{method} {}: {status}", door.path);
            tried += 1;
        }
    }
    assert!(tried > 40, "only {tried}");
    // What a page of another site may send without asking first is no form of ours, and no cookie opens the interface.
    let plain = Request::post("/portal/demandes")
        .header("host", "desk.example")
        .header("sec-fetch-site", "same-origin")
        .header("cookie", world.trier("contact of B").cookie.lock().expect("sound").as_str())
        .header("content-type", "text/plain")
        .body(Body::from(r#"{"objet":"x","texte":"x"}"#))
        .expect("a request");
    assert_eq!(world.send(plain).await.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let program = Request::post("/api/v1/tickets")
        .header("host", "desk.example")
        .header("cookie", &cookie)
        .header("content-type", "application/json")
        .body(Body::from("{}"))
        .expect("a request");
    assert_eq!(world.send(program).await.status(), StatusCode::UNAUTHORIZED);
    for (from, expected) in [
        (&[("sec-fetch-site", "cross-site")][..], StatusCode::FORBIDDEN),
        (&[("sec-fetch-site", "same-site")], StatusCode::FORBIDDEN),
        (&[("origin", "https://elsewhere.example")], StatusCode::FORBIDDEN),
        (&[("origin", "http://desk.example")], StatusCode::FORBIDDEN),
        (&[("sec-fetch-site", "same-origin")], StatusCode::OK),
        (&[], StatusCode::OK),
    ] {
        let mut request =
            Request::get("/evenements").header("host", "desk.example").header("cookie", &cookie);
        for (name, value) in from {
            request = request.header(*name, *value);
        }
        let answer = world.send(request.body(Body::empty()).expect("a request")).await;
        assert_eq!(answer.status(), expected, "{from:?}");
    }
}

/// What stands twice where it may stand once is told, and never taken for one of the two.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_parameter_is_taken_twice() {
    let world = World::sqlite().await;
    let document = world.document().await;
    let token = format!("Bearer {}", world.trier("admin").token);
    let mut tried = 0;
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let is_list = parameter["schema"]["type"] == "array";
                if parameter["in"] != "query" || is_list {
                    continue;
                }
                let name = parameter["name"].as_str().expect("a name");
                let uri = format!("{}?{name}=1&{name}=2", filled(&world, path));
                let request = Request::builder()
                    .method(method.to_uppercase().as_str())
                    .uri(&uri)
                    .header("host", "desk.example")
                    .header("authorization", &token);
                let status = world.send(request.body(Body::empty()).expect("a request")).await.status();
                assert_eq!(status, StatusCode::BAD_REQUEST, "{method} {uri}");
                tried += 1;
            }
        }
    }
    assert!(tried > 10, "only {tried}");
}

/// A field that a program makes up is told to it, and so is one that it names twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_field_is_taken_that_no_shape_names() {
    let world = World::sqlite().await;
    let document = world.document().await;
    let token = format!("Bearer {}", world.trier("admin").token);
    let shapes = document["components"]["schemas"].as_object().expect("shapes");
    let names = shapes.values().filter_map(|shape| shape["properties"].as_object());
    let all: BTreeSet<String> = names.flat_map(|names| names.keys().cloned()).collect();
    let mut typed = 0;
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            if schema.is_null() {
                continue;
            }
            let shape = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next());
            let properties = shape.map(|name| &document["components"]["schemas"][name]["properties"]);
            let first = properties.and_then(|known| known.as_object()).and_then(|known| known.keys().next());
            let mut bodies = vec![r#"{"zq_made_up":1}"#.to_owned()];
            // Whatever another shape of the document names is as made up here.
            let own = properties.and_then(|known| known.as_object());
            let foreign = all.iter().filter(|name| own.is_some_and(|own| !own.contains_key(name.as_str())));
            bodies.extend(foreign.map(|name| format!(r#"{{"{name}":"x"}}"#)));
            // What holds one value holds no list and no object, and a word is no number.
            for (name, schema) in own.into_iter().flatten() {
                let kinds = schema["type"].to_string();
                let is_plain =
                    ["string", "integer", "boolean", "number"].iter().any(|kind| kinds.contains(kind));
                if is_plain && !kinds.contains("array") && !kinds.contains("object") {
                    bodies.extend(["[]", "{}", r#"[1]"#].map(|value| format!(r#"{{"{name}":{value}}}"#)));
                }
            }
            if let Some(name) = first {
                bodies.push(format!(r#"{{"{name}":"x","{name}":"x"}}"#));
                bodies.push(format!(r#"{{"{}":"x"}}"#, name.to_uppercase()));
            }
            for body in bodies {
                let request = Request::builder()
                    .method(method.to_uppercase().as_str())
                    .uri(filled(&world, path))
                    .header("host", "desk.example")
                    .header("authorization", &token)
                    .header("content-type", "application/json")
                    .body(Body::from(body.clone()))
                    .expect("a request");
                let status = world.send(request).await.status();
                assert!(status.is_client_error(), "{method} {path} {body}: {status}");
                typed += usize::from(status == StatusCode::BAD_REQUEST);
            }
        }
    }
    assert!(typed > 40, "only {typed} were refused for their form");
}

/// What a browser asks for in short arrives whole, files among it that are made while they are read.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_is_compressed_arrives_whole() {
    let world = World::sqlite().await;
    let mut compressed = BTreeSet::new();
    for door in world.doors.iter().filter(|door| door.method == Method::GET && door.way != Way::Stream) {
        let holder = world.viewers.iter().find(|viewer| viewer.person.is_some() && viewer.has(door.right));
        // A directory's own token is no right of anybody's.
        let Some(holder) = holder else { continue };
        let cookie = holder.cookie.lock().expect("sound").clone();
        let request = Request::get(filled(&world, door.path))
            .header("host", "desk.example")
            .header("cookie", cookie)
            .header("authorization", format!("Bearer {}", holder.token))
            .header("accept-encoding", "gzip, deflate, br, zstd");
        let answer = world.send(request.body(Body::empty()).expect("a request")).await;
        let header =
            |name: &str| answer.headers().get(name).map(|value| value.to_str().expect("visible").to_owned());
        let (encoding, kind) = (header("content-encoding"), header("content-type").unwrap_or_default());
        let bytes = to_bytes(answer.into_body(), 1 << 24).await.expect("a whole body");
        let Some(encoding) = encoding else { continue };
        assert_eq!(encoding, "br", "{}", door.path);
        let mut plain = Vec::new();
        brotli::BrotliDecompress(&mut &bytes[..], &mut plain).expect("whole");
        let end: &[u8] = match kind.split(';').next() {
            Some("text/html") => b"</html>",
            Some("text/csv") => b"\r\n",
            _ => b"",
        };
        assert!(!plain.is_empty() && plain.ends_with(end), "{} {kind}", door.path);
        compressed.insert(door.path);
    }
    for path in ["/admin/journal.csv", "/admin/personnes/droits.csv", "/agent", "/api/v1/openapi.json"] {
        assert!(compressed.contains(path), "{path} of {compressed:?}");
    }
}

/// A duration that nobody can read is told beside what was written, which stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_duration_that_is_none_loses_nothing() {
    let world = World::sqlite().await;
    let cookie = world.trier("agent").cookie.lock().expect("sound").clone();
    let path = format!("/agent/demandes/{}/rythme", world.asked[0].number);
    let answer = post(&world, &path, &cookie, &[("promesse", "updates"), ("duree", "quelques jours")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    let told = words::text(words::Language::English, "error-duration");
    assert!(answer.body.contains(told.as_ref()), "{}", answer.body);
}

/// A host that somebody claims to have asked for is in no page, no redirect and no letter.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_host_that_is_claimed_enters_anything() {
    let world = World::sqlite().await;
    let claims = |request: axum::http::request::Builder| {
        request
            .header("host", ELSEWHERE)
            .header("x-forwarded-host", ELSEWHERE)
            .header("x-original-host", ELSEWHERE)
            .header("forwarded", format!("host={ELSEWHERE};proto=http"))
            .header("x-forwarded-proto", "http")
    };
    for name in ["stranger", "agent", "contact of B"] {
        let cookie = world.trier(name).cookie.lock().expect("sound").clone();
        for door in world.doors.iter().filter(|door| door.method == Method::GET && door.way == Way::Page) {
            let request = claims(Request::get(filled(&world, door.path))).header("cookie", &cookie);
            let answer = world.send(request.body(Body::empty()).expect("a request")).await;
            let head = format!("{:?}", answer.headers());
            let bytes = to_bytes(answer.into_body(), 1 << 24).await.expect("a body");
            let body = String::from_utf8_lossy(&bytes);
            assert!(!head.contains(ELSEWHERE) && !body.contains(ELSEWHERE), "{name} {}: {head}", door.path);
        }
    }
    let contact = world.trier("contact of B").person.as_ref().expect("somebody").email.clone();
    let asked = claims(Request::post("/connexion"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(format!("courriel={}", contact.replace('@', "%40"))))
        .expect("a request");
    assert_eq!(world.send(asked).await.status(), StatusCode::OK);
    let link = link_in_a_letter_to(&world, &contact).await;
    assert!(link.starts_with("https://desk.example/entrer/"), "{link}");
    assert!(world.letters_to(&contact).iter().all(|letter| !letter.contains(ELSEWHERE)));
}

/// Nothing answers that no door names: no file beside the program, no page of upkeep, no second set-up.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_answers_that_no_door_names() {
    let world = World::sqlite().await;
    let cookie = world.trier("admin").cookie.lock().expect("sound").clone();
    let paths: Vec<String> = SOUGHT.split_whitespace().map(|path| format!("/{path}")).collect();
    assert!(paths.len() > 400, "{} are sought", paths.len());
    for path in &paths {
        for cookie in ["", &cookie] {
            let answer = get(&world, path, cookie).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", answer.body);
            assert!(answer.cookie.is_none(), "{path}");
        }
    }
    // What only a demonstration has answers to no method, with or without what it would take.
    for path in ["/demo/clock", "/demo/mail"] {
        for method in ["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            for cookie in ["", &cookie] {
                for form in [&[][..], &[("to", "2030-01-01T00:00:00Z"), ("a", "2030-01-01T00:00")]] {
                    let answer = send(&world, method, path, cookie, form).await;
                    let is_none = answer.status == StatusCode::NOT_FOUND
                        || method != "GET" && method != "POST" && answer.status == StatusCode::FORBIDDEN;
                    assert!(is_none, "{method} {path}: {}", answer.status);
                }
            }
        }
    }
    // Of a token of set-up that was never given, nothing is told: neither that it is wrong nor that it is late.
    let token = "0".repeat(64);
    let (unknown, wrong) = (format!("/installer/{token}"), "/installer/x".to_owned());
    let plain = |body: &str| body.replace(&token, "T");
    let (unknown, wrong) = (get(&world, &unknown, "").await, get(&world, &wrong, "").await);
    assert_eq!((unknown.status, wrong.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    assert_eq!(plain(&unknown.body).len(), plain(&wrong.body).len());
    for method in ["TRACE", "CONNECT", "PROPFIND", "QUERY"] {
        let request = Request::builder().method(method).uri("/compte").header("host", "desk.example");
        let request = request.header("cookie", &cookie).body(Body::empty()).expect("a request");
        let status = world.send(request).await.status();
        assert!(matches!(status.as_u16(), 403 | 405), "{method}: {status}");
    }
}

/// Links and codes that never were are answered like those that are over, and an address that nobody has costs as much
/// work as a wrong password.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_nowhere_is_answered_like_what_is_wrong() {
    let world = World::sqlite().await;
    let plain = |body: &str, own: &str| {
        let mut body = body.replace(own, "·");
        while let Some(start) = body.find("data-now=\"") {
            let end = body[start + 10..].find('"').map_or(body.len(), |end| start + 10 + end + 1);
            body.replace_range(start..end, "");
        }
        body
    };
    // One link that was used, one that never was, one that is none.
    let contact = world.trier("contact of B").person.clone().expect("somebody");
    post(&world, "/connexion", "", &[("courriel", &contact.email)]).await;
    let used = link_in_a_letter_to(&world, &contact.email).await;
    let used = used.rsplit('/').next().expect("a token").to_owned();
    assert!(post(&world, &format!("/entrer/{used}"), "", &[]).await.cookie.is_some());
    let mut answers = Vec::new();
    for token in [used.clone(), used.chars().rev().collect(), "x".repeat(used.len())] {
        let answer = post(&world, &format!("/entrer/{token}"), "", &[]).await;
        assert!(answer.cookie.is_none());
        answers.push((answer.status, answer.location.clone(), plain(&answer.body, &token)));
    }
    assert!(answers[0].0.is_client_error(), "{:?}", answers[0]);
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    // Signing in through an identity provider that is not there tells nothing either.
    let (one, other) = (
        get(&world, "/connexion/openid/orvane", "").await,
        get(&world, "/connexion/openid/nothing", "").await,
    );
    assert_eq!(
        (one.status, plain(&one.body, "orvane")),
        (other.status, plain(&other.body, "nothing")),
        "which providers there are is nobody's business"
    );

    let cookie = world.trier("contact of B").cookie.lock().expect("sound").clone();
    let set = post(&world, "/compte/mot-de-passe", &cookie, &[("motdepasse", "quatre chevaux lents")]).await;
    assert_eq!(set.status, StatusCode::OK);
    let costs = async |address: &str| {
        let before = process_cpu_time();
        let form = [("courriel", address), ("motdepasse", "autre chose encore")];
        let answer = post(&world, "/connexion", "", &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
        process_cpu_time() - before
    };
    let without = world.trier("reader of A").person.as_ref().expect("somebody").email.clone();
    let mut sums = [Duration::ZERO; 3];
    for turn in 0..5 {
        let nobody = format!("nobody{turn}@unknown.example");
        // In an order that changes, so that what warms up favours none.
        let addresses = [contact.email.as_str(), without.as_str(), nobody.as_str()];
        for place in 0..3 {
            let place = (place + turn) % 3;
            sums[place] += costs(addresses[place]).await;
        }
    }
    let (least, most) = (sums.iter().min().expect("three"), sums.iter().max().expect("three"));
    assert!(*most < *least * 2, "known, without a password, unknown: {sums:?}");
}

/// `docs/configuration.md` lists every door that asks nobody who they are, and none besides (ASVS 5.0, 6.1.3).
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_way_in_is_written_down() {
    let world = World::sqlite().await;
    let open = world.doors.iter().filter(|door| door.right == desk::Right::Enter);
    let open: BTreeSet<String> = open.map(|door| format!("{} {}", door.method, door.path)).collect();
    let text = include_str!("../../../../docs/configuration.md");
    let part =
        text.split("### Ways in\n").nth(1).and_then(|rest| rest.split("\n### ").next()).expect("the part");
    let rows = part.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let mut written = BTreeSet::new();
    for (door, rest) in rows {
        let strength = rest.split(" | ").nth(1).unwrap_or_default();
        assert!(!strength.trim_matches([' ', '|']).is_empty(), "{door} has no strength");
        assert!(written.insert(door.to_owned()), "{door} stands twice");
    }
    assert_eq!(written, open);
}

/// What one customer signed is read by them and the provider's people; to another customer of the same provider it
/// is answered like what was never signed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_another_customer_signed_is_not_there() {
    let world = World::sqlite().await;
    let (key, version) = &world.agreements[2];
    let doors: Vec<&str> = world
        .doors
        .iter()
        .filter(|door| door.method == Method::GET && door.path.contains("{key}/{version}"))
        .map(|door| door.path)
        .collect();
    assert!(doors.len() > 2, "{doors:?}");
    let mut read = 0;
    for door in doors {
        let asked = async |who: &str, key: &str| {
            let trier = world.trier(who);
            let cookie = trier.cookie.lock().expect("sound").clone();
            let path = door.replace("{key}", key).replace("{version}", version);
            let mut request = Request::get(&path);
            request = match door.starts_with("/api") {
                true => request.header("authorization", format!("Bearer {}", trier.token)),
                false => request.header("cookie", cookie),
            };
            world.send(request.body(Body::empty()).expect("a request")).await.status()
        };
        let never = asked("requester of A", "jamais").await;
        assert_eq!(asked("requester of A", key).await, never, "{door}");
        read += usize::from(asked("contact of B", key).await == StatusCode::OK);
    }
    assert!(read > 0, "who signed it reads it");
}

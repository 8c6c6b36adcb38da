//! The browser shows what a reader would see, on a tiny page served here.

use std::io::{Read, Write};
use std::net::TcpListener;

use harness::{Browser, Scheme, Scripting, TemporaryFolder, WatchedSite};

const PAGE: &str = "<!doctype html><html lang=en><link rel=icon href=data:,><title>Tiny</title>\
    <style>body{background:#fff}@media(prefers-color-scheme:dark){body{background:#000}}</style>\
    <h1>Hello</h1><form action=/sent><label>Word <input name=word></label>\
    <button>Send</button></form><p id=live>still</p><a href=/sent>On we go</a>\
    <script>document.getElementById('live').textContent='alive'</script>";

/// Serves the page at `/` and the address asked for at any other; ends with the process.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port can be had");
    let address = listener.local_addr().expect("it has an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || {
                let mut stream = stream.expect("the browser connects");
                let mut request = vec![0; 8192];
                let size = stream.read(&mut request).unwrap_or_default();
                let request = String::from_utf8_lossy(&request[..size]);
                let path = request.split(' ').nth(1).unwrap_or("/");
                let body = if path == "/" { PAGE.to_owned() } else { format!("<p>{path}</p>") };
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\
                     Connection: close\r\n\r\n{body}",
                    body.len()
                );
            });
        }
    });
    format!("http://{address}/")
}

#[test]
fn a_reader_reads_types_clicks_and_uses_the_keyboard() {
    let url = serve();
    for browser in Browser::each() {
        must_read_type_and_click(&browser, &url);
    }
}

fn must_read_type_and_click(browser: &Browser, url: &str) {
    browser.go(url);
    assert_eq!(browser.title(), "Tiny");
    assert_eq!(browser.find("h1").text(), "Hello");
    browser.find("input").type_in("deux mots");
    assert_eq!(browser.find("input").property("value"), "deux mots");
    assert_eq!(browser.find("input").accessible_name(), "Word");
    browser.find("button").click();
    browser.wait_for_url("/sent?word=deux+mots");
    browser.back();
    browser.link("we go").click();
    browser.wait_for_text("/sent");
    browser.go(url);
    browser.press(Browser::TAB);
    browser.press("x");
    assert_eq!(browser.focused().attribute("name").as_deref(), Some("word"));
    browser.press(Browser::ENTER);
    browser.wait_for_url("/sent?word=x");
}

#[test]
fn width_scheme_and_scripting_can_be_set_and_seen() {
    let url = serve();
    let browser = Browser::open();
    browser.resize(390, 844);
    browser.prefer(Scheme::Dark);
    browser.go(&url);
    assert_eq!(browser.run("return innerWidth", &[]), 390);
    assert_eq!(browser.find("#live").text(), "alive");
    assert_eq!(browser.find("body").style("background-color"), "rgba(0, 0, 0, 1)");
    browser.prefer(Scheme::Light);
    assert_eq!(browser.find("body").style("background-color"), "rgba(255, 255, 255, 1)");

    browser.set_scripting(Scripting::Off);
    browser.reload();
    assert_eq!(browser.find("#live").text(), "still");
    browser.wait_for_text("Hello");
    assert!(browser.accessibility_tree().contains("heading \"Hello\""));

    let folder = TemporaryFolder::new("pictures");
    for name in ["view.png", "page.png"] {
        let file = folder.join(name);
        if name == "view.png" {
            browser.screenshot(&file);
        } else {
            browser.screenshot_of_page(&file);
        }
        let picture = std::fs::read(&file).unwrap();
        assert!(picture.starts_with(b"\x89PNG"));
        // Width of a PNG, big endian, after its first header.
        assert_eq!(picture[16..20], 390_u32.to_be_bytes());
    }
    let page = browser.weigh();
    assert_eq!(page.requests, 1);
    assert!(page.bytes as usize > PAGE.len());
}

/// An error of a script is told once; without scripts there is none.
#[test]
fn complaints_are_told_once_and_scripts_can_be_off() {
    let site = WatchedSite::serving(|_| {
        vec!["<!doctype html><title>x</title><script>nowhere()</script>".to_owned()]
    });
    for browser in Browser::each() {
        browser.resize(800, 600);
        assert_eq!(browser.run("return [innerWidth, innerHeight]", &[]), serde_json::json!([800, 600]));
        browser.go(&format!("{}/page/0", site.address()));
        let said = browser.complaints();
        assert!(said.iter().any(|said| said.contains("nowhere is not defined")), "{said:?}");
        assert!(browser.complaints().iter().all(|said| said.contains("favicon")), "told once");
        browser.set_scripting(Scripting::Off);
        browser.reload();
        assert!(browser.complaints().iter().all(|said| said.contains("favicon")), "nothing runs");
    }
}

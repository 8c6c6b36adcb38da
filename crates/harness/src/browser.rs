use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use base64::Engine;
use serde_json::{Value, json};

use crate::firefox::Firefox;
use crate::http::Client;
use crate::ports::free_port;
use crate::temporary_folder::TemporaryFolder;
use crate::watchdog::Watchdog;

/// How long an element is waited for before the test gives up on it.
const PATIENCE: Duration = Duration::from_secs(10);

/// The key under which WebDriver hands out elements. Source: W3C WebDriver section 12.1.
const ELEMENT_KEY: &str = "element-6066-11e4-a52e-4f735466cecf";

/// One window of a browser of Debian's without a head, with a profile of its own.
#[derive(Debug)]
pub struct Browser {
    window: Window,
}

/// Whose window it is.
#[derive(Debug)]
enum Window {
    Chromium(Chromium),
    Firefox(Firefox),
}

/// A window of Chromium.
///
/// All windows of a process share one chromedriver, which ends with the last of them, or with the
/// process.
#[derive(Debug)]
struct Chromium {
    driver: Arc<Driver>,
    session: String,
    // After the driver's session has been closed, the profile can go.
    _profile: TemporaryFolder,
}

/// An element of the page that is shown; stale once the page has been left.
#[derive(Debug)]
pub struct Element<'a> {
    browser: &'a Browser,
    id: String,
}

/// What the reader's system prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// Whether the page's own scripts run. The test's scripts run either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scripting {
    /// They do.
    On,
    /// They do not, as for a reader who has switched them off.
    Off,
}

/// What a first view of a page cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Requests made, the document included.
    pub requests: u64,
    /// Bytes on the wire, heads included.
    pub bytes: u64,
}

impl Browser {
    /// Opens a window of Chromium, of 1280 by 900 CSS pixels.
    pub fn open() -> Browser {
        Browser::of(Window::Chromium(Chromium::open()))
    }

    /// Opens a window of the same size of Firefox, where the commands of DevTools, and what stands on them, are not
    /// understood: a panic says so.
    pub fn open_firefox() -> Browser {
        Browser::of(Window::Firefox(Firefox::open()))
    }

    /// A window of each browser in turn: of Chromium, and with `ENTENTE_LONG=1` of Firefox as well.
    pub fn each() -> impl Iterator<Item = Browser> {
        let is_long = std::env::var("ENTENTE_LONG").is_ok_and(|long| long == "1");
        let firefox = is_long.then_some(Browser::open_firefox as fn() -> Browser);
        [Browser::open as fn() -> Browser].into_iter().chain(firefox).map(|open| open())
    }

    fn of(window: Window) -> Browser {
        let browser = Browser { window };
        browser.resize(1280, 900);
        browser
    }

    /// Goes to a URL and waits until the page has loaded.
    pub fn go(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// Gives the browser a device that keeps passkeys and whose holder is there and proven.
    /// Source: W3C Web Authentication level 3, section 11.3.
    pub fn add_authenticator(&self) {
        let wanted = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": true, "isUserConsenting": true, "isUserVerified": true,
        });
        self.post("/webauthn/authenticator", &wanted);
    }

    /// Goes back, as the reader's button does.
    pub fn back(&self) {
        self.post("/back", &json!({}));
    }

    /// Loads the page again.
    pub fn reload(&self) {
        self.post("/refresh", &json!({}));
    }

    /// The URL that is shown.
    pub fn url(&self) -> String {
        text(&self.get("/url"))
    }

    /// The page's title.
    pub fn title(&self) -> String {
        text(&self.get("/title"))
    }

    /// The page's HTML as it is now.
    pub fn source(&self) -> String {
        text(&self.get("/source"))
    }

    /// The text that a reader sees on the page.
    pub fn text(&self) -> String {
        self.find("body").text()
    }

    /// The first element that matches the CSS selector, waited for up to 10 seconds.
    #[track_caller]
    pub fn find(&self, selector: &str) -> Element<'_> {
        self.wait_for(&format!("show {selector}"), || self.find_all(selector).into_iter().next())
    }

    /// All elements that match the CSS selector now.
    pub fn find_all(&self, selector: &str) -> Vec<Element<'_>> {
        let found = self.post("/elements", &json!({ "using": "css selector", "value": selector }));
        found.as_array().into_iter().flatten().map(|element| self.element(element)).collect()
    }

    /// The first link whose visible text contains `text`, waited for up to 10 seconds.
    #[track_caller]
    pub fn link(&self, text: &str) -> Element<'_> {
        self.wait_for(&format!("show a link {text:?}"), || {
            let using = json!({ "using": "partial link text", "value": text });
            let found = self.post("/elements", &using);
            found.as_array().and_then(|found| found.first()).map(|element| self.element(element))
        })
    }

    /// The element that has the keyboard's focus.
    pub fn focused(&self) -> Element<'_> {
        self.element(&self.get("/element/active"))
    }

    /// Waits up to 10 seconds until the page's visible text contains `text`.
    #[track_caller]
    pub fn wait_for_text(&self, text: &str) {
        self.wait_for(&format!("show the text {text:?}"), || {
            // The body may be replaced between finding and reading it.
            let script = "return document.body ? document.body.innerText : ''";
            let shown = self.run(script, &[]);
            shown.as_str().unwrap_or_default().contains(text).then_some(())
        });
    }

    /// Waits up to 10 seconds until the URL contains `part`.
    #[track_caller]
    pub fn wait_for_url(&self, part: &str) {
        self.wait_for(&format!("go to {part}"), || self.url().contains(part).then_some(()));
    }

    /// Waits up to 10 seconds until `look` finds something; `deed` ends the sentence "the page did
    /// not …" when it does not.
    #[track_caller]
    pub fn wait_for<T>(&self, deed: &str, look: impl Fn() -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(
                Instant::now() < until,
                "the page did not {deed} within {PATIENCE:?}: {}\n{}",
                self.url(),
                self.source()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Presses keys wherever the focus is: text, or the characters of [`Browser::TAB`] and its
    /// like.
    pub fn press(&self, keys: &str) {
        let actions: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                [json!({ "type": "keyDown", "value": key }), json!({ "type": "keyUp", "value": key })]
            })
            .collect();
        self.post(
            "/actions",
            &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] }),
        );
    }

    /// Runs a script in the page and gives what it returns; `arguments[0]`… are `values`.
    pub fn run(&self, script: &str, values: &[Value]) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": values }))
    }

    /// Sets the size of the view in CSS pixels, a phone's width included.
    pub fn resize(&self, width: u32, height: u32) {
        match &self.window {
            Window::Firefox(firefox) => firefox.resize(width, height),
            Window::Chromium(_) => {
                let size =
                    json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
                self.devtools("Emulation.setDeviceMetricsOverride", &size);
            }
        }
    }

    /// Sets the scheme that the reader's system prefers.
    pub fn prefer(&self, scheme: Scheme) {
        let value = match scheme {
            Scheme::Light => "light",
            Scheme::Dark => "dark",
        };
        self.devtools(
            "Emulation.setEmulatedMedia",
            &json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] }),
        );
    }

    /// Switches the page's own scripts on or off, from the next page on.
    pub fn set_scripting(&self, scripting: Scripting) {
        match &self.window {
            Window::Firefox(firefox) => {
                firefox.set_preference("javascript.enabled", scripting == Scripting::On)
            }
            Window::Chromium(_) => {
                let is_off = json!({ "value": scripting == Scripting::Off });
                self.devtools("Emulation.setScriptExecutionDisabled", &is_off);
            }
        }
    }

    /// Sets a cookie for the site that is shown, such as a session from [`Client::cookie`].
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.post("/cookie", &json!({ "cookie": { "name": name, "value": value, "path": "/" } }));
    }

    /// Runs any command of the DevTools protocol.
    pub fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// What the browser itself had to say since this was asked last: errors, and what a policy refused.
    pub fn complaints(&self) -> Vec<String> {
        match &self.window {
            Window::Firefox(firefox) => {
                firefox.complaints().as_array().into_iter().flatten().map(text).collect()
            }
            Window::Chromium(_) => {
                let said = self.post("/se/log", &json!({ "type": "browser" }));
                said.as_array().into_iter().flatten().map(|entry| text(&entry["message"])).collect()
            }
        }
    }

    /// Writes a picture (PNG) of the view to a file.
    pub fn screenshot(&self, file: impl AsRef<Path>) {
        let picture = self.get("/screenshot");
        write_png(file.as_ref(), &picture);
    }

    /// Writes a picture (PNG) of the whole page, however long, to a file.
    pub fn screenshot_of_page(&self, file: impl AsRef<Path>) {
        let picture = match &self.window {
            Window::Firefox(firefox) => firefox.picture_of_page(),
            Window::Chromium(_) => {
                let whole = json!({ "format": "png", "captureBeyondViewport": true });
                self.devtools("Page.captureScreenshot", &whole)["data"].take()
            }
        };
        write_png(file.as_ref(), &picture);
    }

    /// What the page shown cost to load; of a first view in a fresh [`Browser`], what it costs a
    /// newcomer.
    pub fn weigh(&self) -> Page {
        let script = "const all = [...performance.getEntriesByType('navigation'), \
                      ...performance.getEntriesByType('resource')]; \
                      return [all.length, all.reduce((sum, one) => sum + one.transferSize, 0)]";
        let weight = self.run(script, &[]);
        Page {
            requests: weight[0].as_u64().unwrap_or_default(),
            bytes: weight[1].as_u64().unwrap_or_default(),
        }
    }

    /// The accessibility tree as lines of `role "name"`, as a screen reader walks it; ignored and
    /// purely textual nodes are left out.
    pub fn accessibility_tree(&self) -> String {
        let tree = self.devtools("Accessibility.getFullAXTree", &json!({}));
        let nodes = tree["nodes"].as_array().cloned().unwrap_or_default();
        nodes
            .iter()
            .filter(|node| node["ignored"] != true)
            .filter_map(|node| {
                let role = node["role"]["value"].as_str()?;
                let name = node["name"]["value"].as_str().unwrap_or_default();
                let plain = ["InlineTextBox", "StaticText", "generic", "none"];
                (!plain.contains(&role)).then(|| format!("{role} {name:?}\n"))
            })
            .collect()
    }

    /// The Tab key, for [`Browser::press`] and [`Element::type_in`].
    pub const TAB: &'static str = "\u{e004}";
    /// The Enter key.
    pub const ENTER: &'static str = "\u{e007}";
    /// The Escape key.
    pub const ESCAPE: &'static str = "\u{e00c}";
    /// The down arrow.
    pub const DOWN: &'static str = "\u{e015}";
    /// The up arrow.
    pub const UP: &'static str = "\u{e013}";
    /// The space bar.
    pub const SPACE: &'static str = " ";

    fn element(&self, element: &Value) -> Element<'_> {
        Element { browser: self, id: text(&element[ELEMENT_KEY]) }
    }

    #[track_caller]
    fn get(&self, path: &str) -> Value {
        self.must("GET", path, &Value::Null)
    }

    #[track_caller]
    fn post(&self, path: &str, body: &Value) -> Value {
        self.must("POST", path, body)
    }

    #[track_caller]
    fn must(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = match &self.window {
            Window::Chromium(chromium) => chromium.ask(method, path, body),
            Window::Firefox(firefox) => firefox.ask(method, path, body),
        };
        answer.unwrap_or_else(|trouble| panic!("{method} {path} {body}: {trouble}"))
    }
}

impl Chromium {
    fn open() -> Chromium {
        let driver = Driver::shared();
        let profile = TemporaryFolder::new("chromium");
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--force-color-profile=srgb",
            "--window-size=1280,900",
        ];
        let mut arguments: Vec<String> = arguments.map(str::to_owned).into();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": { "args": arguments },
        }}});
        let session = driver.must("POST", "/session", &wanted);
        Chromium { driver, session: text(&session["sessionId"]), _profile: profile }
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        self.driver.ask(method, &format!("/session/{}{path}", self.session), body)
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // A session that is gone already needs no closing; the watchdog ends what is left.
        let _ = self.ask("DELETE", "", &Value::Null);
    }
}

impl Element<'_> {
    /// Clicks it, scrolling there first.
    pub fn click(&self) {
        self.post("/click", &json!({}));
    }

    /// Types text into it, or keys such as [`Browser::ENTER`].
    pub fn type_in(&self, keys: &str) {
        self.post("/value", &json!({ "text": keys }));
    }

    /// Empties a field.
    pub fn clear(&self) {
        self.post("/clear", &json!({}));
    }

    /// The text that a reader sees in it.
    pub fn text(&self) -> String {
        text(&self.get("/text"))
    }

    /// An attribute as written in the page.
    pub fn attribute(&self, name: &str) -> Option<String> {
        self.get(&format!("/attribute/{name}")).as_str().map(str::to_owned)
    }

    /// A property as it is now, such as `value` or `checked`.
    pub fn property(&self, name: &str) -> Value {
        self.get(&format!("/property/{name}"))
    }

    /// The computed value of a style, such as `background-color`.
    pub fn style(&self, name: &str) -> String {
        text(&self.get(&format!("/css/{name}")))
    }

    /// Whether a reader can see it.
    pub fn is_shown(&self) -> bool {
        self.get("/displayed") == true
    }

    /// Its name for a screen reader.
    pub fn accessible_name(&self) -> String {
        text(&self.get("/computedlabel"))
    }

    /// The first element inside it that matches the CSS selector, if there is one now.
    pub fn find(&self, selector: &str) -> Option<Element<'_>> {
        let using = json!({ "using": "css selector", "value": selector });
        let found = self.post("/elements", &using);
        found.as_array().and_then(|found| found.first()).map(|element| self.browser.element(element))
    }

    fn get(&self, path: &str) -> Value {
        self.browser.get(&format!("/element/{}{path}", self.id))
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.browser.post(&format!("/element/{}{path}", self.id), body)
    }
}

/// A running chromedriver.
#[derive(Debug)]
struct Driver {
    client: Client,
    process: Mutex<Child>,
    _watchdog: Watchdog,
}

impl Driver {
    /// The one that this process runs, started when there is none.
    fn shared() -> Arc<Driver> {
        static SHARED: Mutex<Weak<Driver>> = Mutex::new(Weak::new());
        // A test that panicked while starting it leaves none behind, so the lock is still sound.
        let mut shared = SHARED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(driver) = shared.upgrade() {
            return driver;
        }
        let driver = Arc::new(Driver::start());
        *shared = Arc::downgrade(&driver);
        driver
    }

    fn start() -> Driver {
        let port = free_port();
        let process = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A group of its own, so that the browsers it starts can be ended with it.
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("could not start chromedriver ({error}); ./test installs it"));
        let group = process.id().to_string();
        let driver = Driver {
            client: Client::new(&format!("127.0.0.1:{port}")),
            process: Mutex::new(process),
            _watchdog: Watchdog::over("kill -KILL -- \"-$1\"", &[&group]),
        };
        let until = Instant::now() + PATIENCE;
        while driver.ask("GET", "/status", &Value::Null).is_err() {
            assert!(Instant::now() < until, "chromedriver did not become ready");
            std::thread::sleep(Duration::from_millis(20));
        }
        driver
    }

    #[track_caller]
    fn must(&self, method: &str, path: &str, body: &Value) -> Value {
        self.ask(method, path, body).unwrap_or_else(|trouble| panic!("{method} {path} {body}: {trouble}"))
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let kind = ("Content-Type", "application/json");
        let answer = self.client.send(method, path, &[kind], &body).map_err(|error| error.to_string())?;
        let mut value = answer.json();
        let value = value["value"].take();
        if answer.status == 200 {
            Ok(value)
        } else {
            Err(format!("{}: {}", text(&value["error"]), text(&value["message"])))
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let process = self.process.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Failing means that it has ended already; the watchdog ends its browsers.
        let _ = process.kill();
        let _ = process.wait();
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn write_png(file: &Path, picture: &Value) {
    let bytes =
        base64::engine::general_purpose::STANDARD.decode(text(picture)).expect("the browser sends base64");
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).expect("the picture's folder can be made");
    }
    std::fs::write(file, bytes).expect("the picture can be written");
}

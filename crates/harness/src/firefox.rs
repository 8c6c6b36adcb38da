use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::temporary_folder::TemporaryFolder;
use crate::watchdog::Watchdog;

/// How long Firefox may take to come up, and to answer one command.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the browser noted as an error of a page, and what a policy refused; taken away as it is read.
const COMPLAINTS: &str = "const said = Services.console.getMessageArray(); Services.console.reset(); \
    return said.filter(one => one instanceof Ci.nsIScriptError && !(one.flags & Ci.nsIScriptError.warningFlag) \
    && (one.category.startsWith('CSP') || one.sourceName.startsWith('http'))) \
    .map(one => one.sourceName + ' ' + one.errorMessage)";

/// A Firefox of its own without a head, driven by what it listens for itself (Marionette), since Debian has no driver
/// for it.
///
/// It understands the commands of WebDriver by other names: a length, a colon, and JSON. Source: Firefox, "Marionette
/// protocol", version 3.
#[derive(Debug)]
pub(crate) struct Firefox {
    process: Child,
    line: Mutex<Line>,
    // Its other processes end before its profile goes.
    _watchdog: Watchdog,
    _profile: TemporaryFolder,
}

/// The connection to it.
#[derive(Debug)]
struct Line {
    stream: BufReader<TcpStream>,
    asked: u64,
}

impl Firefox {
    /// Starts one, with a profile of its own.
    pub(crate) fn open() -> Firefox {
        let profile = TemporaryFolder::new("firefox");
        std::fs::write(profile.join("user.js"), "user_pref(\"marionette.port\", 0);\n")
            .expect("a preference can be written");
        let mut process = Command::new("firefox-esr")
            .args(["--headless", "--no-remote", "--marionette", "--profile"])
            .arg(profile.path())
            // Without it a script may not run in the browser itself, which alone knows what it refused.
            .arg("--remote-allow-system-access")
            .env("HOME", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("could not start firefox-esr ({error}); ./test long installs it"));
        let watchdog = Watchdog::over("kill -KILL -- \"-$1\"", &[&process.id().to_string()]);
        let until = Instant::now() + PATIENCE;
        let line = loop {
            if let Some(line) = Line::to(&profile.join("MarionetteActivePort")) {
                break line;
            }
            let ended = process.try_wait().expect("a child can be asked");
            assert!(
                ended.is_none() && Instant::now() < until,
                "firefox-esr did not become ready (ended: {ended:?})"
            );
            std::thread::sleep(Duration::from_millis(20));
        };
        let firefox = Firefox { process, line: Mutex::new(line), _watchdog: watchdog, _profile: profile };
        firefox.must("WebDriver:NewSession", &json!({}));
        firefox
    }

    /// A command of WebDriver for the window, by the path that it has within its session.
    ///
    /// # Errors
    /// What the browser said against it.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let (name, parameters) = command(method, path, body);
        self.call(name, &parameters)
    }

    /// Sets the size of the view in CSS pixels.
    pub(crate) fn resize(&self, width: u32, height: u32) {
        // The window is larger than the view by what stands around it.
        let around = self
            .must(
                "WebDriver:ExecuteScript",
                &json!({ "script": "return [outerWidth - innerWidth, outerHeight - innerHeight]", "args": [] }),
            )
            .as_array()
            .map(|around| around.iter().filter_map(Value::as_u64).collect::<Vec<_>>())
            .unwrap_or_default();
        let [beside, above] = around[..] else { panic!("the window has no size: {around:?}") };
        let size = json!({ "width": u64::from(width) + beside, "height": u64::from(height) + above });
        self.must("WebDriver:SetWindowRect", &size);
    }

    /// Sets a preference that is on or off.
    pub(crate) fn set_preference(&self, name: &str, is_on: bool) {
        self.run_in_the_browser(
            "Services.prefs.setBoolPref(arguments[0], arguments[1])",
            &json!([name, is_on]),
        );
    }

    /// What it noted against pages since this was asked last.
    pub(crate) fn complaints(&self) -> Value {
        self.run_in_the_browser(COMPLAINTS, &json!([]))
    }

    /// A picture (PNG, base64) of the whole page.
    pub(crate) fn picture_of_page(&self) -> Value {
        self.must("WebDriver:TakeScreenshot", &json!({ "full": true }))
    }

    /// Runs a script with the rights of the browser itself.
    fn run_in_the_browser(&self, script: &str, arguments: &Value) -> Value {
        self.must("Marionette:SetContext", &json!({ "value": "chrome" }));
        let given = self.must("WebDriver:ExecuteScript", &json!({ "script": script, "args": arguments }));
        self.must("Marionette:SetContext", &json!({ "value": "content" }));
        given
    }

    #[track_caller]
    fn must(&self, name: &str, parameters: &Value) -> Value {
        self.call(name, parameters).unwrap_or_else(|trouble| panic!("{name} {parameters}: {trouble}"))
    }

    fn call(&self, name: &str, parameters: &Value) -> Result<Value, String> {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        line.asked += 1;
        let asked = line.asked;
        line.say(&json!([0, asked, name, parameters])).map_err(|error| error.to_string())?;
        let mut answer = line.hear().map_err(|error| error.to_string())?;
        if answer[1] != asked {
            return Err(format!("an answer to something else: {answer}"));
        }
        if !answer[2].is_null() {
            return Err(format!("{}: {}", answer[2]["error"], answer[2]["message"]));
        }
        // Some results are wrapped, and some are not.
        let mut result = answer[3].take();
        Ok(result.get_mut("value").map(Value::take).unwrap_or(result))
    }
}

impl Drop for Firefox {
    fn drop(&mut self) {
        // Failing means that it has ended already; the watchdog ends its other processes.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Line {
    /// The line to the port that Firefox wrote into its profile; none while it does not listen.
    fn to(file: &str) -> Option<Line> {
        let port: u16 = std::fs::read_to_string(file).ok()?.trim().parse().ok()?;
        let stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.set_nodelay(true).ok()?;
        let mut line = Line { stream: BufReader::new(stream), asked: 0 };
        // It speaks first, and says who it is.
        line.hear().ok()?;
        Some(line)
    }

    fn say(&mut self, value: &Value) -> io::Result<()> {
        let text = value.to_string();
        self.stream.get_mut().write_all(format!("{}:{text}", text.len()).as_bytes())
    }

    fn hear(&mut self) -> io::Result<Value> {
        let mut length = 0_usize;
        loop {
            let mut byte = [0];
            self.stream.read_exact(&mut byte)?;
            match byte[0] {
                b':' => break,
                digit @ b'0'..=b'9' if length < 1_000_000_000 => {
                    length = length * 10 + usize::from(digit - b'0')
                }
                other => return Err(io::Error::other(format!("{other} is no part of a length"))),
            }
        }
        let mut text = vec![0; length];
        self.stream.read_exact(&mut text)?;
        serde_json::from_slice(&text).map_err(io::Error::other)
    }
}

/// The name that Marionette has for a command of WebDriver, and what it takes.
fn command(method: &str, path: &str, body: &Value) -> (&'static str, Value) {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let with = |more: Value| {
        let mut all = if body.is_object() { body.clone() } else { json!({}) };
        for (name, value) in more.as_object().into_iter().flatten() {
            all[name] = value.clone();
        }
        all
    };
    let plain = || with(json!({}));
    match (method, &parts[..]) {
        ("POST", ["url"]) => ("WebDriver:Navigate", plain()),
        ("GET", ["url"]) => ("WebDriver:GetCurrentURL", plain()),
        ("POST", ["back"]) => ("WebDriver:Back", plain()),
        ("POST", ["refresh"]) => ("WebDriver:Refresh", plain()),
        ("GET", ["title"]) => ("WebDriver:GetTitle", plain()),
        ("GET", ["source"]) => ("WebDriver:GetPageSource", plain()),
        ("POST", ["elements"]) => ("WebDriver:FindElements", plain()),
        ("GET", ["element", "active"]) => ("WebDriver:GetActiveElement", plain()),
        ("POST", ["actions"]) => ("WebDriver:PerformActions", plain()),
        ("POST", ["execute", "sync"]) => ("WebDriver:ExecuteScript", plain()),
        ("POST", ["cookie"]) => ("WebDriver:AddCookie", plain()),
        ("GET", ["screenshot"]) => ("WebDriver:TakeScreenshot", json!({ "full": false })),
        ("POST", ["element", id, "elements"]) => ("WebDriver:FindElements", with(json!({ "element": id }))),
        ("POST", ["element", id, "click"]) => ("WebDriver:ElementClick", with(json!({ "id": id }))),
        ("POST", ["element", id, "value"]) => ("WebDriver:ElementSendKeys", with(json!({ "id": id }))),
        ("POST", ["element", id, "clear"]) => ("WebDriver:ElementClear", with(json!({ "id": id }))),
        ("GET", ["element", id, "text"]) => ("WebDriver:GetElementText", with(json!({ "id": id }))),
        ("GET", ["element", id, "displayed"]) => ("WebDriver:IsElementDisplayed", with(json!({ "id": id }))),
        ("GET", ["element", id, "computedlabel"]) => {
            ("WebDriver:GetComputedLabel", with(json!({ "id": id })))
        }
        ("GET", ["element", id, "attribute", name]) => {
            ("WebDriver:GetElementAttribute", with(json!({ "id": id, "name": name })))
        }
        ("GET", ["element", id, "property", name]) => {
            ("WebDriver:GetElementProperty", with(json!({ "id": id, "name": name })))
        }
        ("GET", ["element", id, "css", name]) => {
            ("WebDriver:GetElementCSSValue", with(json!({ "id": id, "propertyName": name })))
        }
        _ => panic!("Firefox is not asked {method} {path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::command;
    use serde_json::{Value, json};

    #[test]
    fn commands_have_other_names_and_keep_what_they_take() {
        let sought = json!({ "using": "css selector", "value": "h1" });
        assert_eq!(command("POST", "/elements", &sought), ("WebDriver:FindElements", sought.clone()));
        let within = json!({ "using": "css selector", "value": "h1", "element": "7" });
        assert_eq!(command("POST", "/element/7/elements", &sought), ("WebDriver:FindElements", within));
        assert_eq!(
            command("GET", "/element/7/attribute/href", &Value::Null),
            ("WebDriver:GetElementAttribute", json!({ "id": "7", "name": "href" }))
        );
        assert_eq!(command("GET", "/url", &Value::Null), ("WebDriver:GetCurrentURL", json!({})));
    }

    #[test]
    #[should_panic(expected = "Firefox is not asked POST /goog/cdp/execute")]
    fn what_only_chromium_understands_is_not_asked() {
        command("POST", "/goog/cdp/execute", &json!({}));
    }
}

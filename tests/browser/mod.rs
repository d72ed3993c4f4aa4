//! A real browser without a window, over the DevTools protocol: Chromium reads messages from its descriptor 3 and writes them to 4.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Where Chromium is: what the variable names, or one of the usual names on the path. `None` where there is none.
pub(crate) fn chromium() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("MEMREC_TEST_CHROMIUM") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|program| program.is_file())
}

/// A browser with one page.
pub(crate) struct Browser {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    session: Option<String>,
    sent: u64,
    events: Vec<Value>,
    /// Where it keeps its own files.
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts it, with a page of this size, for a reader whose system is dark or not.
    pub(crate) fn start(chromium: &Path, (width, height): (u32, u32), dark: bool) -> Self {
        let profile = tempfile::tempdir().unwrap();
        // The shell gives it its two descriptors; it ends when they are closed, whatever becomes of this process.
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1", "sh"])
            .arg(chromium)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe"])
            .args(["--disable-background-networking", "--disable-component-update", "--force-color-profile=srgb"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut browser = Self { child, to, from, session: None, sent: 0, events: Vec::new(), _profile: profile };
        let target = browser.ask("Target.createTarget", json!({"url": "about:blank"}))["targetId"].clone();
        let attached = browser.ask("Target.attachToTarget", json!({"targetId": target, "flatten": true}));
        browser.session = Some(attached["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.ask(&format!("{domain}.enable"), json!({}));
        }
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        browser.ask("Emulation.setDeviceMetricsOverride", size);
        browser.prefer(dark);
        browser
    }

    /// What the reader's system prefers.
    pub(crate) fn prefer(&mut self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": value}]});
        self.ask("Emulation.setEmulatedMedia", features);
    }

    /// Opens a file and waits until it has been loaded, its scripts with it.
    pub(crate) fn open(&mut self, file: &Path) {
        self.events.clear();
        let url = format!("file://{}", file.canonicalize().unwrap().display());
        self.ask("Page.navigate", json!({"url": url}));
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            self.read();
        }
        self.settle();
    }

    /// Waits until what was asked for is on the screen: the second frame from now is drawn.
    pub(crate) fn settle(&mut self) {
        self.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))");
    }

    /// The value of an expression in the page.
    pub(crate) fn run(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.ask("Runtime.evaluate", asked);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer:#}");
        answer["result"]["value"].clone()
    }

    /// As text.
    pub(crate) fn text(&mut self, expression: &str) -> String {
        self.run(expression).as_str().unwrap_or_else(|| panic!("{expression} is no text")).to_owned()
    }

    /// As a number.
    pub(crate) fn number(&mut self, expression: &str) -> f64 {
        self.run(expression).as_f64().unwrap_or_else(|| panic!("{expression} is no number"))
    }

    /// Clicks the element that this selector finds.
    pub(crate) fn click(&mut self, selector: &str) {
        self.run(&format!("document.querySelector({}).click()", json!(selector)));
        self.settle();
    }

    /// The pointer comes here.
    pub(crate) fn point(&mut self, (x, y): (f64, f64)) {
        self.mouse("mouseMoved", (x, y), 0, 0);
        self.settle();
    }

    /// The pointer is pressed at one place and let go at another.
    pub(crate) fn drag(&mut self, from: (f64, f64), to: (f64, f64)) {
        self.mouse("mouseMoved", from, 0, 0);
        self.mouse("mousePressed", from, 1, 1);
        for part in 1..=4 {
            let way = f64::from(part) / 4.0;
            self.mouse("mouseMoved", (from.0 + (to.0 - from.0) * way, from.1 + (to.1 - from.1) * way), 1, 0);
        }
        self.mouse("mouseReleased", to, 0, 1);
        self.settle();
    }

    /// Clicks twice.
    pub(crate) fn double_click(&mut self, at: (f64, f64)) {
        for count in [1, 2] {
            self.mouse("mousePressed", at, 1, count);
            self.mouse("mouseReleased", at, 0, count);
        }
        self.settle();
    }

    fn mouse(&mut self, kind: &str, (x, y): (f64, f64), buttons: u32, count: u32) {
        let button = if kind == "mouseMoved" && buttons == 0 { "none" } else { "left" };
        let what = json!({"type": kind, "x": x, "y": y, "button": button, "buttons": buttons, "clickCount": count});
        self.ask("Input.dispatchMouseEvent", what);
    }

    /// What went wrong in the page, as far as the browser says.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let kinds = ["Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"];
        let complaint = |event: &&Value| kinds.iter().any(|kind| event["method"] == *kind);
        // It would like to be told beforehand that pixels are looked at; that is the tests' doing, not the page's.
        let own = |complaint: &String| complaint.contains("willReadFrequently");
        self.events.iter().filter(complaint).map(Value::to_string).filter(|complaint| !own(complaint)).collect()
    }

    /// Every address that the page has asked for.
    pub(crate) fn requests(&self) -> Vec<String> {
        let requests = self.events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        requests.map(|event| event["params"]["request"]["url"].as_str().unwrap_or_default().to_owned()).collect()
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.sent += 1;
        let mut message = json!({"id": self.sent, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.to.write_all(format!("{message}\0").as_bytes()).unwrap();
        self.to.flush().unwrap();
        loop {
            let answer = self.read();
            if answer["id"] == json!(self.sent) {
                assert!(answer.get("error").is_none(), "{method}: {answer:#}");
                return answer["result"].clone();
            }
        }
    }

    /// The next message; events are kept.
    fn read(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.from.read_until(0, &mut bytes).unwrap();
        assert_eq!(bytes.pop(), Some(0), "Chromium has ended");
        let message: Value = serde_json::from_slice(&bytes).unwrap();
        if message.get("method").is_some() {
            self.events.push(message.clone());
        }
        message
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.to.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        let _ = self.to.flush();
        let mut rest = Vec::new();
        while matches!(self.from.read_until(0, &mut rest), Ok(1..)) {
            rest.clear();
        }
        let _ = self.child.wait();
    }
}

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A site on the loopback that serves given pages without any protection, and remembers whatever else it is
/// asked for: what a page loads that should load nothing.
#[derive(Debug)]
pub struct WatchedSite {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl WatchedSite {
    /// Serves each page at `/page/N`, counted from 0. `make` gets the site's own address, without a slash at
    /// its end, so that pages can lead back to it.
    #[must_use]
    pub fn serving(make: impl FnOnce(&str) -> Vec<String>) -> WatchedSite {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        let pages = Arc::new(make(&address));
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = Arc::clone(&asked);
        // Ends with the process: it waits for nothing but its next guest.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (pages, noted) = (Arc::clone(&pages), Arc::clone(&noted));
                thread::spawn(move || answer(&stream, &pages, &noted));
            }
        });
        WatchedSite { address, asked }
    }

    /// Its address, without a slash at its end.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The paths that it was asked for and that are no pages of it.
    ///
    /// # Panics
    /// When a guest's thread panicked.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nothing panics while it is held").clone()
    }
}

fn answer(stream: &TcpStream, pages: &[String], noted: &Mutex<Vec<String>>) {
    // Whoever hangs up gets no answer, which is all that could be done.
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let mut line = String::new();
    if BufReader::new(stream).read_line(&mut line).is_err() {
        return;
    }
    let Some(path) = line.split(' ').nth(1) else { return };
    let page = path.strip_prefix("/page/").and_then(|number| pages.get(number.parse::<usize>().ok()?));
    let (status, body) = match page {
        Some(page) => ("200 OK", page.as_str()),
        None => {
            if path != "/favicon.ico" {
                noted.lock().expect("nothing panics while it is held").push(path.to_owned());
            }
            ("404 Not Found", "")
        }
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let mut to = stream;
    let _ = to.write_all(head.as_bytes()).and_then(|()| to.write_all(body.as_bytes()));
}

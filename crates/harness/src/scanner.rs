use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// What scanners find in the harmless file by which they are tried.
/// Source: EICAR, "Anti-Malware Testfile".
pub const EICAR_NAME: &str = "Eicar-Test-Signature";

/// The harmless file by which scanners are tried; put together here, so that no scanner takes this source for one.
#[must_use]
pub fn eicar() -> Vec<u8> {
    ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$", "EICAR-STANDARD-ANTIVIRUS-TEST-FILE", "!$H+H*"].concat().into_bytes()
}

/// A scanner that speaks as clamd does, finds that one file, and can be told to fail.
pub struct FakeScanner {
    address: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    is_down: AtomicBool,
    scans: AtomicUsize,
    said: Mutex<VecDeque<String>>,
}

impl FakeScanner {
    /// One that listens on a port of this machine.
    ///
    /// # Panics
    /// When no port is free.
    #[must_use]
    pub fn on_tcp() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it has an address").to_string();
        let state = Arc::<State>::default();
        let own = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let own = Arc::clone(&own);
                std::thread::spawn(move || serve(stream, &own));
            }
        });
        Self { address, state }
    }

    /// One that listens at a socket of this machine.
    ///
    /// # Panics
    /// When there can be no socket at that place.
    #[must_use]
    pub fn on_unix(path: &Path) -> Self {
        let listener = UnixListener::bind(path).expect("a socket can stand there");
        let state = Arc::<State>::default();
        let own = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let own = Arc::clone(&own);
                std::thread::spawn(move || serve(stream, &own));
            }
        });
        Self { address: path.display().to_string(), state }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Hangs up on whoever comes, until told otherwise.
    pub fn set_down(&self, is_down: bool) {
        self.state.is_down.store(is_down, Ordering::SeqCst);
    }

    /// Answers the next file by these words, whatever it is.
    ///
    /// # Panics
    /// When a thread panicked while it held the words.
    pub fn say(&self, words: &str) {
        self.state.said.lock().expect("sound").push_back(words.to_owned());
    }

    /// How many files it was shown.
    #[must_use]
    pub fn scans(&self) -> usize {
        self.state.scans.load(Ordering::SeqCst)
    }
}

fn serve(mut stream: impl Read + Write, state: &State) {
    if state.is_down.load(Ordering::SeqCst) {
        return;
    }
    let Some(file) = read(&mut stream) else { return };
    state.scans.fetch_add(1, Ordering::SeqCst);
    let said = state.said.lock().expect("sound").pop_front();
    let is_infected = file.windows(eicar().len()).any(|part| part == eicar());
    let answer = said.unwrap_or_else(|| match is_infected {
        true => format!("stream: {EICAR_NAME} FOUND"),
        false => "stream: OK".to_owned(),
    });
    let _ = stream.write_all(format!("{answer}\0").as_bytes());
}

/// The file that is sent; nothing where the protocol is not kept.
fn read(stream: &mut impl Read) -> Option<Vec<u8>> {
    let mut command = [0; 10];
    stream.read_exact(&mut command).ok()?;
    if &command != b"zINSTREAM\0" {
        return None;
    }
    let mut file = Vec::new();
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length).ok()?;
        let length = usize::try_from(u32::from_be_bytes(length)).ok()?;
        if length == 0 {
            return Some(file);
        }
        let start = file.len();
        file.resize(start + length, 0);
        stream.read_exact(&mut file[start..]).ok()?;
    }
}

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// A fresh folder, removed with all it holds when dropped.
#[derive(Debug)]
pub struct TemporaryFolder {
    path: PathBuf,
}

impl TemporaryFolder {
    /// Makes a folder whose name begins with `purpose`.
    pub fn new(purpose: &str) -> TemporaryFolder {
        let path = std::env::temp_dir().join(format!("entente-{purpose}-{}", unique()));
        std::fs::create_dir_all(&path).expect("a temporary folder can be made");
        TemporaryFolder { path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of `name` inside it, as text for a command line.
    pub fn join(&self, name: &str) -> String {
        self.path.join(name).display().to_string()
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // What a failed test leaves behind may be the only proof of its cause.
        if std::thread::panicking() && std::env::var_os("ENTENTE_KEEP").is_some() {
            eprintln!("kept: {}", self.path.display());
            return;
        }
        // A process that was just stopped may still be writing its last file.
        for _ in 0..20 {
            if std::fs::remove_dir_all(&self.path).is_ok() || !self.path.exists() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
}

/// A word that no other call, thread or test process gives: fit for folders and databases.
pub(crate) fn unique() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let nanoseconds =
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.subsec_nanos());
    format!("{}_{count}_{nanoseconds}", std::process::id())
}

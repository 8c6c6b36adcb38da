use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// A small shell that waits for this process to end, then cleans up after it.
///
/// It reads from a pipe whose other end only this process holds: the pipe closes when the watchdog
/// is dropped and also when the process dies in any way, `kill -9` included. Statics that are
/// never dropped are covered too. It runs in a process group of its own, so that a test runner
/// that stops a test's whole group does not stop the cleaning.
#[derive(Debug)]
pub struct Watchdog {
    shell: Child,
}

impl Watchdog {
    /// Runs `script` (POSIX shell; `$1`… are `arguments`) once this process is done.
    pub fn over(script: &str, arguments: &[&str]) -> Watchdog {
        let shell = Command::new("sh")
            .arg("-c")
            .arg(format!("read -r _; {script}"))
            .arg("watchdog")
            .args(arguments)
            .stdin(Stdio::piped())
            // Closed outputs let a test runner see that the test itself is over.
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .current_dir("/")
            .process_group(0)
            .spawn()
            .expect("a shell can be started");
        Watchdog { shell }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // The script is short, and its end means that everything is clean.
        let _ = self.shell.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    const FILE: &str = "HARNESS_WATCHDOG_FILE";

    /// Runs itself in a second process, which is killed while it holds a watchdog.
    #[test]
    fn the_cleaning_is_done_even_after_kill_9() {
        if let Ok(file) = std::env::var(FILE) {
            let _watchdog = Watchdog::over("rm \"$1\"", &[&file]);
            std::fs::write(&file, "held").expect("the file can be written");
            std::thread::sleep(Duration::from_secs(60));
            return;
        }
        let folder = crate::temporary_folder::TemporaryFolder::new("watchdog");
        let file = folder.join("held");
        let mut holder = Command::new(std::env::current_exe().expect("a process knows its own binary"))
            .args(["--exact", "watchdog::tests::the_cleaning_is_done_even_after_kill_9"])
            .env(FILE, &file)
            .stdout(Stdio::null())
            .spawn()
            .expect("a test can run itself");
        let exists = |wanted: bool| {
            let until = Instant::now() + Duration::from_secs(10);
            while std::path::Path::new(&file).exists() != wanted {
                assert!(Instant::now() < until, "expected the file to exist: {wanted}");
                std::thread::sleep(Duration::from_millis(5));
            }
        };
        exists(true);
        holder.kill().expect("a running child can be killed");
        holder.wait().expect("a child can be waited for");
        exists(false);
    }
}

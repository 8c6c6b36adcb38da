use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::http::Client;
use crate::watchdog::Watchdog;

/// The built program as a process of its own, with what it prints kept for the test.
///
/// Killed on drop, and when the test's process dies.
#[derive(Debug)]
pub struct Program {
    child: Child,
    stdout: Collected,
    stderr: Collected,
    _watchdog: Watchdog,
}

impl Program {
    /// Where the built `entente` is: `CARGO_BIN_EXE_entente` or `NEXTEST_BIN_EXE_entente` when the
    /// test runner gives it, else `ENTENTE_BINARY`, else beside the test's own binary.
    ///
    /// A test of the crate that builds it may pass `env!("CARGO_BIN_EXE_entente")` to
    /// [`Program::start_at`] instead.
    pub fn binary() -> PathBuf {
        ["CARGO_BIN_EXE_entente", "NEXTEST_BIN_EXE_entente", "ENTENTE_BINARY"]
            .iter()
            .find_map(std::env::var_os)
            .map(PathBuf::from)
            .unwrap_or_else(|| {
                // target/debug/deps/test-1a2b -> target/debug/entente
                let own = std::env::current_exe().expect("a process knows its own binary");
                own.ancestors()
                    .skip(1)
                    .take(3)
                    .map(|folder| folder.join("entente"))
                    .find(|path| path.is_file())
                    .expect("entente is built (cargo build --package cli)")
            })
    }

    /// Starts `entente` with these arguments, in the folder of the whole workspace, so that
    /// a path such as `agreements/…` names the same file in every crate's tests.
    pub fn start(arguments: &[&str]) -> Program {
        Program::start_at(&Program::binary(), arguments, &[])
    }

    /// Starts the program at `binary` with these arguments and additional environment variables.
    pub fn start_at(binary: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Program {
        let mut child = Command::new(binary)
            .args(arguments)
            .current_dir(workspace())
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("could not start {}: {error}", binary.display()));
        let stdout = Collected::from(child.stdout.take());
        let stderr = Collected::from(child.stderr.take());
        // The pid is ours until we have waited for it, and the watchdog goes before that; should
        // this process be killed instead, the command's name tells a reused pid apart.
        let watchdog = Watchdog::over(
            "if test \"$(readlink /proc/$1/exe)\" = \"$2\"; then kill -KILL \"$1\"; fi",
            &[
                &child.id().to_string(),
                &binary.canonicalize().unwrap_or_else(|_| binary.to_owned()).display().to_string(),
            ],
        );
        Program { child, stdout, stderr, _watchdog: watchdog }
    }

    /// Runs `entente` to its end in the folder of the whole workspace, with `input` on its standard input.
    pub fn run(arguments: &[&str], input: &[u8]) -> Output {
        let mut child = Command::new(Program::binary())
            .args(arguments)
            .current_dir(workspace())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("entente can be started");
        let mut stdin = child.stdin.take().expect("its standard input is a pipe");
        let input = input.to_owned();
        // Written beside the reading, so that neither side waits for the other with a full pipe.
        let writing = std::thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output().expect("the program can be waited for");
        // A program that ends without reading its input has closed the pipe, as it may.
        let _ = writing.join();
        output
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the first line on either output that contains `text`.
    #[track_caller]
    pub fn wait_for_line(&mut self, text: &str, patience: Duration) -> String {
        self.wait_until(&format!("print {text:?}"), patience, |program| {
            let both = program.stdout() + &program.stderr();
            both.lines().find(|line| line.contains(text)).map(str::to_owned)
        })
    }

    /// Waits until `/readyz` at this address answers 200.
    #[track_caller]
    pub fn wait_ready(&mut self, address: &str, patience: Duration) {
        let client = Client::new(address);
        self.wait_until("become ready", patience, |_| {
            let answer = client.send("GET", "/readyz", &[], &[]).ok()?;
            (answer.status == 200).then_some(())
        });
    }

    /// Ends it at once (`kill -9`) and waits until it is gone.
    pub fn kill(&mut self) -> ExitStatus {
        // Failing means that it has ended already.
        let _ = self.child.kill();
        self.child.wait().expect("a child can be waited for")
    }

    /// Asks it to stop (`kill -TERM`) and waits; kills it and panics when that takes longer.
    #[track_caller]
    pub fn stop(&mut self, patience: Duration) -> ExitStatus {
        if let Some(status) = self.status() {
            return status;
        }
        let asked = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status();
        assert!(asked.is_ok_and(|status| status.success()), "kill -TERM reaches a running child");
        let until = Instant::now() + patience;
        while Instant::now() < until {
            if let Some(status) = self.status() {
                return status;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.kill();
        panic!("entente did not stop within {patience:?}; it said:\n{}", self.stderr());
    }

    /// How it ended, or none while it runs.
    pub fn status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be asked")
    }

    /// All it has printed on standard output so far; complete once it has ended.
    pub fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// All it has printed on standard error so far; complete once it has ended.
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }

    #[track_caller]
    fn wait_until<T>(&mut self, deed: &str, patience: Duration, look: impl Fn(&Program) -> Option<T>) -> T {
        let until = Instant::now() + patience;
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            let ended = self.status();
            if ended.is_some() || Instant::now() > until {
                // What it printed last may still be on its way through the pipe.
                std::thread::sleep(Duration::from_millis(50));
                panic!(
                    "entente did not {deed} within {patience:?} (ended: {ended:?}); it said:\n{}{}",
                    self.stdout(),
                    self.stderr()
                );
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The folder of the whole workspace.
fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("crates/harness lies two folders deep")
}

/// What a process prints, gathered by a thread so that its pipe never fills.
#[derive(Debug)]
struct Collected {
    bytes: Arc<Mutex<Vec<u8>>>,
    _reader: JoinHandle<()>,
}

impl Collected {
    fn from(pipe: Option<impl Read + Send + 'static>) -> Collected {
        let mut pipe = BufReader::new(pipe.expect("the output is a pipe"));
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bytes);
        let reader = std::thread::spawn(move || {
            let mut line = Vec::new();
            while pipe.read_until(b'\n', &mut line).is_ok_and(|size| size > 0) {
                kept.lock().expect("no holder of the lock panics").append(&mut line);
            }
        });
        Collected { bytes, _reader: reader }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().expect("no holder of the lock panics")).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    fn shell(script: &str) -> Program {
        Program::start_at(Path::new("/bin/sh"), &["-c", script], &[("WORD", "ready")])
    }

    #[test]
    fn lines_are_waited_for_and_kept() {
        let mut program = shell("echo talk >&2; sleep 0.05; echo \"$WORD at 1\"; sleep 60");
        assert_eq!(program.wait_for_line("ready", PATIENCE), "ready at 1");
        assert_eq!(program.stderr(), "talk\n");
    }

    #[test]
    fn a_polite_stop_lets_the_program_choose_its_end() {
        let mut program = shell("trap 'exit 7' TERM; echo up; while :; do sleep 0.01; done");
        program.wait_for_line("up", PATIENCE);
        assert_eq!(program.stop(PATIENCE).code(), Some(7));
    }

    #[test]
    fn a_kill_leaves_no_choice() {
        let mut program = shell("trap '' TERM; echo up; while :; do sleep 0.01; done");
        program.wait_for_line("up", PATIENCE);
        assert_eq!(program.kill().code(), None);
    }

    #[test]
    #[should_panic(expected = "bad luck")]
    fn a_program_that_ends_early_shows_what_it_said() {
        shell("echo 'bad luck' >&2; exit 3").wait_for_line("up", PATIENCE);
    }
}

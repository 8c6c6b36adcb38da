use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use crate::ports::free_port;
use crate::temporary_folder::unique;
use crate::watchdog::Watchdog;

/// A private PostgreSQL from Debian's packages, on a free loopback port, in a temporary folder.
///
/// It keeps `fsync` and synchronous commit on, as in production; only its buffers are small.
/// Started by root it runs as the user `postgres`, since PostgreSQL refuses root. Connections
/// from loopback are trusted. It stops, and its folder goes, when dropped or when this process
/// ends.
#[derive(Debug)]
pub struct Postgres {
    /// The server without a database name: `postgres://postgres@127.0.0.1:PORT`.
    server_url: String,
    own: Option<Own>,
}

/// What belongs to an instance that this process started itself.
#[derive(Debug)]
struct Own {
    folder: PathBuf,
    port: u16,
    /// Stops the server on drop.
    _watchdog: Watchdog,
}

impl Postgres {
    /// The instance that all tests share, which is never stopped by one of them.
    ///
    /// With `ENTENTE_TEST_POSTGRES` (a URL as [`Postgres::server_url`] gives) it is the one that
    /// the whole test run started; otherwise this process starts one at the first call.
    pub fn shared() -> &'static Postgres {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| match std::env::var("ENTENTE_TEST_POSTGRES") {
            Ok(url) if !url.is_empty() => {
                Postgres { server_url: url.trim_end_matches('/').to_owned(), own: None }
            }
            _ => Postgres::start(),
        })
    }

    /// A new instance of one's own, for a test that stops its database ([`Postgres::halt`]).
    pub fn start() -> Postgres {
        Postgres::start_in(&std::env::temp_dir())
    }

    /// The same with its data below a folder of the caller's, which the user `postgres` may enter.
    pub fn start_in(parent: &Path) -> Postgres {
        let folder = parent.join(format!("entente-postgres-{}", unique()));
        std::fs::create_dir_all(&folder).expect("a folder for PostgreSQL can be made");
        if is_root() {
            std::os::unix::fs::chown(&folder, Some(user_id("-u")), Some(user_id("-g")))
                .expect("root can hand a folder to the user postgres");
        }
        let data = folder.join("data");
        succeed(
            as_database_user(&program("initdb"))
                .args([
                    "--auth=trust",
                    "--username=postgres",
                    "--encoding=UTF8",
                    "--locale=C.UTF-8",
                    "--no-sync",
                    "--no-instructions",
                    "--pgdata",
                ])
                .arg(&data),
            "create a PostgreSQL cluster",
        );
        // Set before the server starts, so that no path leaves one behind.
        let watchdog = Watchdog::over(
            "if test -e \"$3/data/postmaster.pid\"; then $1 \"$2\" stop --pgdata \"$3/data\" \
             --mode=immediate --wait --silent; fi; rm -rf \"$3\"",
            &[switch_user(), &program("pg_ctl").display().to_string(), &folder.display().to_string()],
        );
        // The port was free a moment ago; should another process have taken it, try the next.
        let port = (0..3).map(|_| free_port()).find(|port| start_server(&folder, *port));
        let Some(port) = port else {
            panic!("PostgreSQL did not start: {}", log_of(&folder));
        };
        Postgres {
            server_url: format!("postgres://postgres@127.0.0.1:{port}"),
            own: Some(Own { folder, port, _watchdog: watchdog }),
        }
    }

    /// Address of the server without a database: `postgres://postgres@127.0.0.1:PORT`.
    pub fn server_url(&self) -> &str {
        &self.server_url
    }

    /// Creates an empty database that nobody else knows, and gives its URL.
    pub fn fresh_database(&self) -> String {
        let name = format!("test_{}", unique());
        succeed(
            Command::new(program("psql"))
                .args(["--no-psqlrc", "--quiet", "--dbname"])
                .arg(format!("{}/postgres", self.server_url))
                .arg("--command")
                .arg(format!("CREATE DATABASE {name}")),
            "create a database",
        );
        format!("{}/{name}", self.server_url)
    }

    /// Runs SQL with psql on the database at `url` and gives what it prints, fields separated by
    /// `|`, one row a line.
    pub fn query(url: &str, sql: &str) -> String {
        let output = succeed(
            Command::new(program("psql"))
                .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
                .args(["--set", "ON_ERROR_STOP=1", "--dbname", url, "--command", sql]),
            "run SQL",
        );
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Stops the server at once, as a crash would: connections break, committed work stays.
    ///
    /// Only for an instance from [`Postgres::start`].
    pub fn halt(&self) {
        let own = self.own();
        succeed(
            as_database_user(&program("pg_ctl"))
                .args(["stop", "--mode=immediate", "--wait", "--silent", "--pgdata"])
                .arg(own.folder.join("data")),
            "stop PostgreSQL",
        );
    }

    /// Starts the server again after [`Postgres::halt`], on the same port with the same data.
    pub fn resume(&self) {
        let own = self.own();
        // A lock that came back with a power cut names a process of before; that one was stopped above, and
        // may still be waited for by nobody.
        let _ = std::fs::remove_file(own.folder.join("data/postmaster.pid"));
        assert!(start_server(&own.folder, own.port), "PostgreSQL did not come back: {}", log_of(&own.folder));
    }

    /// Lets the server show this certificate, with this key (both PEM), to whoever asks for encryption from now on.
    ///
    /// Only for an instance from [`Postgres::start`].
    pub fn present(&self, certificate: &str, key: &str) {
        use std::os::unix::fs::{PermissionsExt, chown};
        let data = self.own().folder.join("data");
        for (name, text) in [("server.crt", certificate), ("server.key", key)] {
            let path = data.join(name);
            std::fs::write(&path, text).expect("the folder of PostgreSQL can be written");
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("the file is ours");
            if is_root() {
                chown(&path, Some(user_id("-u")), Some(user_id("-g"))).expect("root can hand a file over");
            }
        }
        let own = std::fs::read_to_string(data.join("postgresql.auto.conf")).unwrap_or_default();
        if !own.contains("ssl = on") {
            std::fs::write(data.join("postgresql.auto.conf"), own + "ssl = on\n").expect("written");
        }
        Self::query(&format!("{}/postgres", self.server_url), "SELECT pg_reload_conf()");
    }

    fn own(&self) -> &Own {
        self.own.as_ref().expect("only an instance from Postgres::start may be stopped, never the shared one")
    }
}

/// Starts the server of the cluster in `folder` and waits: true once it accepts connections.
fn start_server(folder: &Path, port: u16) -> bool {
    as_database_user(&program("pg_ctl"))
        .args(["start", "--wait", "--timeout=60", "--silent", "--pgdata"])
        .arg(folder.join("data"))
        .arg("--log")
        .arg(folder.join("log"))
        .arg("--options")
        .arg(format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' \
             -c shared_buffers=16MB -c max_connections=200 -c wal_level=minimal \
             -c max_wal_senders=0 -c max_wal_size=256MB -c autovacuum_naptime=10min \
             -c log_min_messages=warning"
        ))
        .stdin(Stdio::null())
        // The server inherits its starter's outputs; kept open, they would look like a test that
        // has not ended.
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("pg_ctl can be run")
        .success()
}

fn log_of(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap_or_default()
}

/// A program of Debian's packages: the newest version's, else the one on the path.
fn program(name: &str) -> PathBuf {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            let path = entry.path().join("bin").join(name);
            path.exists().then_some((version, path))
        })
        .collect();
    versions.sort();
    versions.pop().map_or_else(|| PathBuf::from(name), |(_, path)| path)
}

fn as_database_user(program: &Path) -> Command {
    let mut words = switch_user().split_whitespace();
    let mut command = match words.next() {
        Some(first) => {
            let mut command = Command::new(first);
            command.args(words).arg(program);
            command
        }
        None => Command::new(program),
    };
    // The user postgres may not enter the folder that the test runs in.
    command.current_dir("/");
    command
}

fn switch_user() -> &'static str {
    if is_root() { "setpriv --reuid=postgres --regid=postgres --init-groups --" } else { "" }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").map(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0).unwrap_or(false)
}

fn user_id(kind: &str) -> u32 {
    let output = succeed(Command::new("id").args([kind, "postgres"]), "find the user postgres");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("id prints a number")
}

fn succeed(command: &mut Command, attempt: &str) -> Output {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| {
        panic!("could not {attempt}: {error} (is PostgreSQL installed? ./test installs it)")
    });
    assert!(output.status.success(), "could not {attempt}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgres_gives_each_test_an_empty_database_of_its_own() {
        let server = Postgres::shared();
        let (one, other) = (server.fresh_database(), server.fresh_database());
        assert_ne!(one, other);
        Postgres::query(&one, "CREATE TABLE notes (body text)");
        Postgres::query(&one, "INSERT INTO notes VALUES ('é'), ('b')");
        assert_eq!(Postgres::query(&one, "SELECT body FROM notes ORDER BY 1"), "b\né");
        assert_eq!(Postgres::query(&other, "SELECT count(*) FROM pg_tables WHERE tablename = 'notes'"), "0");
        assert_eq!(Postgres::query(&one, "SHOW fsync"), "on");
        assert_eq!(Postgres::query(&one, "SHOW synchronous_commit"), "on");
    }

    #[test]
    fn postgres_comes_back_after_a_halt_with_what_was_committed_and_goes_when_dropped() {
        let server = Postgres::start();
        let folder = server.own().folder.clone();
        let database = server.fresh_database();
        Postgres::query(&database, "CREATE TABLE notes AS SELECT 1 AS number");
        server.halt();
        server.resume();
        assert_eq!(Postgres::query(&database, "SELECT number FROM notes"), "1");
        drop(server);
        assert!(!folder.exists());
    }
}

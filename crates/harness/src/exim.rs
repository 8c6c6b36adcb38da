use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::ports::free_port;
use crate::temporary_folder::unique;
use crate::watchdog::Watchdog;

/// A private Exim that takes mail on a free loopback port and hands it on to loopback ports, domain by
/// domain. Debian's package stands beside Postfix only unpacked: `ENTENTE_EXIM` says where, as `./test` sets
/// it. It stops, and its folder goes, when dropped or when this process ends. It needs root and the user
/// `Debian-exim`.
#[derive(Debug)]
pub struct Exim {
    port: u16,
    folder: PathBuf,
    process: Child,
    _watchdog: Watchdog,
}

impl Exim {
    /// Starts one that hands mail for each domain to a port of 127.0.0.1; none where there is no Exim.
    ///
    /// # Panics
    /// When there is one that does not start.
    #[must_use]
    pub fn start(routes: &[(&str, u16)]) -> Option<Exim> {
        let program = std::env::var("ENTENTE_EXIM").unwrap_or_else(|_| "/usr/sbin/exim4".to_owned());
        if !Path::new(&program).exists() {
            return None;
        }
        let folder = std::env::temp_dir().join(format!("entente-exim-{}", unique()));
        for part in ["spool", "log"] {
            std::fs::create_dir_all(folder.join(part)).expect("a folder for Exim can be made");
        }
        // Exim starts itself again as its own user, who may not be allowed to enter the folder it stands in.
        let copied = folder.join("exim4");
        std::fs::copy(&program, &copied).expect("Exim can be copied");
        let program = copied.display().to_string();
        let shown = folder.display().to_string();
        let port = free_port();
        let settings = folder.join("exim.conf");
        std::fs::write(&settings, main_settings(&program, &shown, port, routes)).expect("written");
        let owned = Command::new("chown").args(["-R", "Debian-exim:Debian-exim"]).arg(&folder).status();
        assert!(owned.is_ok_and(|status| status.success()), "Exim needs root and the user Debian-exim");
        let kept = Command::new("chown").arg("root:root").arg(&settings).status();
        assert!(kept.is_ok_and(|status| status.success()), "its settings are root's");
        let process = Command::new(&program)
            .arg("-C")
            .arg(&settings)
            .args(["-bdf", "-q2s"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.join("said")).expect("a file"))
            .spawn()
            .expect("Exim can be started");
        let watchdog = Watchdog::over("kill \"$2\"; rm -rf \"$1\"", &[&shown, &process.id().to_string()]);
        let exim = Exim { port, folder, process, _watchdog: watchdog };
        let until = Instant::now() + Duration::from_secs(60);
        while Instant::now() < until {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(exim);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("Exim did not start: {}", exim.log());
    }

    /// The port of SMTP on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it noted so far.
    #[must_use]
    pub fn log(&self) -> String {
        let read = |name: &str| std::fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        ["said", "log/mainlog", "log/paniclog", "log/rejectlog"].map(read).concat()
    }
}

impl Drop for Exim {
    fn drop(&mut self) {
        // Failing means that it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn main_settings(program: &str, folder: &str, port: u16, routes: &[(&str, u16)]) -> String {
    let mut text = format!(
        "exim_path = {program}
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/spool/pid
exim_user = Debian-exim
exim_group = Debian-exim
primary_hostname = mx.exim.example
daemon_smtp_ports = {port}
local_interfaces = 127.0.0.1
deliver_drop_privilege = true
acl_smtp_rcpt = accept
acl_smtp_data = accept
tls_advertise_hosts =
host_lookup =
rfc1413_query_timeout = 0s
smtp_enforce_sync = false
keep_environment =
begin routers
"
    );
    for (place, (domain, _)) in routes.iter().enumerate() {
        text.push_str(&format!(
            "route{place}:\n  driver = manualroute\n  domains = {domain}\n  transport = to{place}\n  \
             route_list = * 127.0.0.1\n  self = send\n"
        ));
    }
    text.push_str("begin transports\n");
    for (place, (_, port)) in routes.iter().enumerate() {
        text.push_str(&format!(
            "to{place}:\n  driver = smtp\n  port = {port}\n  allow_localhost\n  hosts_try_fastopen =\n"
        ));
    }
    text.push_str("begin retry\n* * F,1h,1s\n");
    text
}

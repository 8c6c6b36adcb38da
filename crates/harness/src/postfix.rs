use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::ports::free_port;
use crate::temporary_folder::unique;
use crate::watchdog::Watchdog;

/// A private Postfix from Debian's packages: it takes mail on a free loopback port and hands it on to
/// loopback ports, domain by domain. Only CR LF ends a line for it, as `docs/configuration.md` asks of
/// every server in front of the desk; left alone it lets seven of twenty false ends through. It stops, and its folder goes, when dropped or when this process
/// ends. It needs root, as Postfix does.
#[derive(Debug)]
pub struct Postfix {
    port: u16,
    folder: PathBuf,
    _watchdog: Watchdog,
}

impl Postfix {
    /// Starts one that hands mail for each domain to a port of 127.0.0.1.
    pub fn start(routes: &[(&str, u16)]) -> Postfix {
        let folder = std::env::temp_dir().join(format!("entente-postfix-{}", unique()));
        for part in ["conf", "queue", "data"] {
            std::fs::create_dir_all(folder.join(part)).expect("a folder for Postfix can be made");
        }
        let owned = Command::new("chown").arg("postfix").arg(folder.join("data")).status();
        assert!(owned.is_ok_and(|status| status.success()), "Postfix needs root and the user postfix");
        let shown = folder.display().to_string();
        let watchdog = Watchdog::over("postfix -c \"$1/conf\" stop; rm -rf \"$1\"", &[&shown]);
        let port = free_port();
        std::fs::write(folder.join("conf").join("main.cf"), main_settings(&shown, routes)).expect("written");
        std::fs::write(folder.join("conf").join("master.cf"), services(port)).expect("written");
        let started = Command::new("postfix").arg("-c").arg(folder.join("conf")).arg("start").output();
        let started = started.expect("Debian's postfix is installed");
        let until = Instant::now() + Duration::from_secs(60);
        while Instant::now() < until {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Postfix { port, folder, _watchdog: watchdog };
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        panic!("Postfix did not start: {}{log}", String::from_utf8_lossy(&started.stderr));
    }

    /// The port of SMTP on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it noted so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

fn main_settings(folder: &str, routes: &[(&str, u16)]) -> String {
    let domains: Vec<&str> = routes.iter().map(|(domain, _)| *domain).collect();
    let ways: Vec<String> =
        routes.iter().map(|(domain, port)| format!("{{ {domain} = smtp:[127.0.0.1]:{port} }}")).collect();
    format!(
        "compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.relais.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
maillog_file = {folder}/log
maillog_file_prefixes = /
relay_domains = {}
smtpd_relay_restrictions = permit_mynetworks, reject
transport_maps = inline:{{ {} }}
alias_maps =
local_recipient_maps =
smtpd_forbid_bare_newline = normalize
smtpd_forbid_bare_newline_exclusions =
",
        domains.join(" "),
        ways.join(", ")
    )
}

fn services(port: u16) -> String {
    let mut text = format!("127.0.0.1:{port} inet n - n - - smtpd\n");
    for (name, kind, private, wakes, limit, command) in [
        ("pickup", "unix", "n", "60", "1", "pickup"),
        ("cleanup", "unix", "n", "-", "0", "cleanup"),
        ("qmgr", "unix", "n", "300", "1", "qmgr"),
        ("tlsmgr", "unix", "-", "1000?", "1", "tlsmgr"),
        ("rewrite", "unix", "-", "-", "-", "trivial-rewrite"),
        ("bounce", "unix", "-", "-", "0", "bounce"),
        ("defer", "unix", "-", "-", "0", "bounce"),
        ("trace", "unix", "-", "-", "0", "bounce"),
        ("verify", "unix", "-", "-", "1", "verify"),
        ("flush", "unix", "n", "1000?", "0", "flush"),
        ("proxymap", "unix", "-", "-", "-", "proxymap"),
        ("smtp", "unix", "-", "-", "-", "smtp"),
        ("relay", "unix", "-", "-", "-", "smtp"),
        ("showq", "unix", "n", "-", "-", "showq"),
        ("error", "unix", "-", "-", "-", "error"),
        ("retry", "unix", "-", "-", "-", "error"),
        ("discard", "unix", "-", "-", "-", "discard"),
        ("anvil", "unix", "-", "-", "1", "anvil"),
        ("scache", "unix", "-", "-", "1", "scache"),
        ("postlog", "unix-dgram", "n", "-", "1", "postlogd"),
    ] {
        text.push_str(&format!("{name} {kind} {private} - n {wakes} {limit} {command}\n"));
    }
    text
}

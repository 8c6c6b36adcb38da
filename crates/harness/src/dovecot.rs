use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::ports::free_port;
use crate::temporary_folder::unique;
use crate::watchdog::Watchdog;

/// A private Dovecot from Debian's packages: IMAP without encryption on a free loopback port, any user
/// with the password [`Dovecot::PASSWORD`]. It stops, and its folder goes, when dropped or when this
/// process ends. It needs root, as Dovecot does.
#[derive(Debug)]
pub struct Dovecot {
    port: u16,
    folder: PathBuf,
    server: Child,
    _watchdog: Watchdog,
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.server.id().to_string()).status();
        let _ = self.server.wait();
    }
}

impl Dovecot {
    /// The password of every user.
    pub const PASSWORD: &'static str = "essai";

    /// Starts one.
    pub fn start() -> Dovecot {
        Dovecot::started(|_| String::new())
    }

    /// Starts one that speaks TLS alone, under a certificate and key (PEM), and asks for certificates of an
    /// authority: with a password, or with the name in the certificate alone.
    pub fn asking_for_certificates(certificate: &str, key: &str, authority: &str) -> Dovecot {
        Dovecot::started(|folder| {
            for (name, pem) in [("certificate", certificate), ("key", key), ("authority", authority)] {
                std::fs::write(format!("{folder}/{name}"), pem).expect("written");
            }
            format!(
                "ssl = required
ssl_cert = <{folder}/certificate
ssl_key = <{folder}/key
ssl_ca = <{folder}/authority
ssl_verify_client_cert = yes
ssl_require_crl = no
auth_ssl_require_client_cert = yes
auth_ssl_username_from_cert = yes
ssl_cert_username_field = commonName
auth_mechanisms = plain external
passdb {{
  driver = static
  mechanisms = external
  args = nopassword=y
}}
"
            )
        })
    }

    fn started(more: impl Fn(&str) -> String) -> Dovecot {
        let folder = std::env::temp_dir().join(format!("entente-dovecot-{}", unique()));
        for part in ["mail", "run", "state"] {
            std::fs::create_dir_all(folder.join(part)).expect("a folder for Dovecot can be made");
        }
        let owned = Command::new("chown").arg("mail:mail").arg(folder.join("mail")).status();
        assert!(owned.is_ok_and(|status| status.success()), "Dovecot needs root and the user mail");
        let watchdog = Watchdog::over(
            "if test -e \"$1/run/master.pid\"; then kill \"$(cat \"$1/run/master.pid\")\"; sleep 0.3; fi; rm -rf \"$1\"",
            &[&folder.display().to_string()],
        );
        for _ in 0..3 {
            let port = free_port();
            let shown = folder.display().to_string();
            let text = settings(&shown, port, &more(&shown));
            std::fs::write(folder.join("dovecot.conf"), text).expect("the settings can be written");
            let mut server = Command::new("dovecot")
                .args(["-F", "-c"])
                .arg(folder.join("dovecot.conf"))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("Debian's dovecot-imapd is installed");
            let until = Instant::now() + Duration::from_secs(60);
            while Instant::now() < until {
                if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                    return Dovecot { port, folder, server, _watchdog: watchdog };
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            let _ = server.kill();
            let _ = server.wait();
        }
        let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        panic!("Dovecot did not start: {log}");
    }

    /// The port of IMAP on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Puts a message into the inbox of a user, as a delivering server does.
    pub fn put(&self, user: &str, bytes: &[u8]) {
        let inbox = self.folder.join("mail").join(user);
        for part in ["tmp", "new", "cur"] {
            std::fs::create_dir_all(inbox.join(part)).expect("a maildir can be made");
        }
        let name = format!("{}.desk", unique());
        std::fs::write(inbox.join("tmp").join(&name), bytes).expect("a message can be written");
        std::fs::rename(inbox.join("tmp").join(&name), inbox.join("new").join(&name)).expect("and moved");
        let owned = Command::new("chown").args(["-R", "mail:mail"]).arg(&inbox).status();
        assert!(owned.is_ok_and(|status| status.success()), "root can hand files over");
    }

    /// Makes a folder beside the inbox of a user, who has one.
    pub fn make_folder(&self, user: &str, name: &str) {
        let inbox = self.folder.join("mail").join(user);
        // Source: Maildir++, as Dovecot lays folders out.
        for part in ["tmp", "new", "cur"] {
            std::fs::create_dir_all(inbox.join(format!(".{name}")).join(part))
                .expect("a maildir can be made");
        }
        let owned = Command::new("chown").args(["-R", "mail:mail"]).arg(&inbox).status();
        assert!(owned.is_ok_and(|status| status.success()), "root can hand files over");
    }

    /// The file names of the messages in the inbox of a user, whose ends tell the flags.
    pub fn messages(&self, user: &str) -> Vec<String> {
        let names = self.files(user).into_iter();
        names.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect()
    }

    /// The messages in the inbox of a user.
    pub fn contents(&self, user: &str) -> Vec<Vec<u8>> {
        self.files(user).iter().map(|path| std::fs::read(path).expect("a message can be read")).collect()
    }

    fn files(&self, user: &str) -> Vec<PathBuf> {
        let inbox = self.folder.join("mail").join(user);
        ["new", "cur"]
            .iter()
            .filter_map(|part| std::fs::read_dir(inbox.join(part)).ok())
            .flatten()
            .map(|entry| entry.expect("an entry").path())
            .collect()
    }
}

fn settings(folder: &str, port: u16, more: &str) -> String {
    let (encryption, plain, encrypted, mechanisms) = match more {
        "" => ("ssl = no", port, 0, ""),
        _ => ("", 0, port, "  mechanisms = plain login\n"),
    };
    format!(
        "base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
{encryption}
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
passdb {{
  driver = static
{mechanisms}  args = password={}
}}
{more}userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/mail/%u allow_all_users=yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {encrypted}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
",
        Dovecot::PASSWORD
    )
}

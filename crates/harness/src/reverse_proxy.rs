use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::ports::free_port;
use crate::temporary_folder::unique;
use crate::watchdog::Watchdog;

/// A private reverse proxy in front of a loopback port, as operators put one in front of the desk: it keeps connections to what
/// stands behind it and sends requests of many clients over one, and it says whom it speaks for in `X-Forwarded-For`. It stops,
/// and its folder goes, when dropped or when this process ends.
#[derive(Debug)]
pub struct ReverseProxy {
    port: u16,
    folder: PathBuf,
    process: Child,
    _watchdog: Watchdog,
}

impl ReverseProxy {
    /// Debian's nginx; paths that begin with `shut` are answered 403 by itself.
    ///
    /// # Panics
    /// It is not installed, or does not start.
    #[must_use]
    pub fn nginx(upstream: u16, shut: &str) -> ReverseProxy {
        Self::start("nginx", |folder, port| {
            let settings = format!(
                "user root; daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/said;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxied;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  upstream desk {{ server 127.0.0.1:{upstream}; keepalive 4; }}
  server {{
    listen 127.0.0.1:{port};
    location {shut} {{ return 403; }}
    location / {{
      proxy_pass http://desk; proxy_http_version 1.1; proxy_set_header Connection \"\";
      proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }}
  }}
}}
"
            );
            (settings, vec!["-p".to_owned(), folder.to_owned(), "-c".to_owned()])
        })
    }

    /// Debian's HAProxy; paths that begin with `shut` are answered 403 by itself.
    ///
    /// # Panics
    /// It is not installed, or does not start.
    #[must_use]
    pub fn haproxy(upstream: u16, shut: &str) -> ReverseProxy {
        Self::start("haproxy", |_, port| {
            let settings = format!(
                "defaults
  mode http
  timeout connect 5s
  timeout client 20s
  timeout server 20s
  http-reuse always
  option forwardfor
frontend pages
  bind 127.0.0.1:{port}
  http-request deny deny_status 403 if {{ path_beg {shut} }}
  default_backend desk
backend desk
  server one 127.0.0.1:{upstream}
"
            );
            (settings, vec!["-db".to_owned(), "-f".to_owned()])
        })
    }

    fn start(program: &str, settings: impl FnOnce(&str, u16) -> (String, Vec<String>)) -> ReverseProxy {
        let folder = std::env::temp_dir().join(format!("entente-{program}-{}", unique()));
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        let shown = folder.display().to_string();
        let port = free_port();
        let (text, arguments) = settings(&shown, port);
        let file = folder.join("settings");
        std::fs::write(&file, text).expect("written");
        // Servers are kept where only root looks for programs.
        let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
        let process = Command::new("env")
            .args(["-i", &format!("PATH={path}"), program])
            .args(arguments)
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.join("told")).expect("a file"))
            .spawn()
            .unwrap_or_else(|failure| panic!("Debian's {program} is not to be started: {failure}"));
        let watchdog = Watchdog::over("kill \"$2\"; rm -rf \"$1\"", &[&shown, &process.id().to_string()]);
        let proxy = ReverseProxy { port, folder, process, _watchdog: watchdog };
        let until = Instant::now() + Duration::from_secs(30);
        while Instant::now() < until {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return proxy;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{program} did not start: {}", proxy.said());
    }

    /// The port of HTTP on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it complained of so far.
    #[must_use]
    pub fn said(&self) -> String {
        ["told", "said"]
            .map(|name| std::fs::read_to_string(self.folder.join(name)).unwrap_or_default())
            .concat()
    }
}

impl Drop for ReverseProxy {
    fn drop(&mut self) {
        // Asked to end, it takes its workers along; failing means that it has ended already.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

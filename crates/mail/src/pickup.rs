//! Letters picked up from folders and files of this machine: a maildir, or an mbox.

use std::future::Future;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::fs;
use tokio::io::AsyncWriteExt;
use tokio::sync::watch;

use crate::listen::TakeAnswer;

/// How often is looked.
const POLL: Duration = Duration::from_secs(1);
/// How long what could not be taken is left alone.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a lock of ours says, before the number of the process.
const LOCKED_BY: &str = "entente ";

/// Where letters wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pickup {
    /// In `new` of a maildir; what was taken goes to `cur`, marked as seen.
    Maildir(PathBuf),
    /// In a file, one after the other; what was taken is removed from it. Source: RFC 4155.
    Mbox(PathBuf),
}

/// Picks up until `stop` says so. `take` gets each message and says when it is durable.
pub async fn pick_up<F, T>(from: Pickup, take: F, mut stop: watch::Receiver<bool>)
where
    F: Fn(Vec<u8>) -> T + Send + Sync,
    T: Future<Output = TakeAnswer> + Send,
{
    while !*stop.borrow() {
        let wait = match pick_up_once(&from, &take).await {
            Ok(0) => POLL,
            Ok(left) => {
                tracing::warn!(left, ?from, "letters could not be taken; they stay");
                PATIENCE
            }
            Err(failure) => {
                tracing::warn!(%failure, ?from, "letters could not be picked up");
                PATIENCE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Takes what is there now; gives how many letters could not be taken and stay.
///
/// # Errors
/// When the folder or the file cannot be read or changed.
pub async fn pick_up_once<F, T>(from: &Pickup, take: F) -> std::io::Result<usize>
where
    F: Fn(Vec<u8>) -> T + Send + Sync,
    T: Future<Output = TakeAnswer> + Send,
{
    match from {
        Pickup::Maildir(folder) => from_maildir(folder, take).await,
        Pickup::Mbox(file) => from_mbox(file, take).await,
    }
}

async fn from_maildir<F, T>(folder: &Path, take: F) -> std::io::Result<usize>
where
    F: Fn(Vec<u8>) -> T,
    T: Future<Output = TakeAnswer>,
{
    let mut names = Vec::new();
    let mut entries = match fs::read_dir(folder.join("new")).await {
        Ok(entries) => entries,
        Err(missing) if missing.kind() == ErrorKind::NotFound => return Ok(0),
        Err(failure) => return Err(failure),
    };
    while let Some(entry) = entries.next_entry().await? {
        if let Ok(name) = entry.file_name().into_string()
            && !name.starts_with('.')
        {
            names.push(name);
        }
    }
    names.sort();
    let mut left = 0;
    for name in names {
        let place = folder.join("new").join(&name);
        let bytes = match fs::read(&place).await {
            Ok(bytes) => bytes,
            // Somebody else took it, or it cannot be read: the next ones go on.
            Err(failure) => {
                left += usize::from(failure.kind() != ErrorKind::NotFound);
                continue;
            }
        };
        if take(bytes).await == TakeAnswer::Durable {
            fs::create_dir_all(folder.join("cur")).await?;
            fs::rename(&place, folder.join("cur").join(format!("{name}:2,S"))).await?;
        } else {
            left += 1;
        }
    }
    Ok(left)
}

/// The file is set aside first, so that what is delivered meanwhile makes a new one. What is set aside
/// and not yet taken survives a crash; what was taken before it is recognised by its taker.
async fn from_mbox<F, T>(file: &Path, take: F) -> std::io::Result<usize>
where
    F: Fn(Vec<u8>) -> T,
    T: Future<Output = TakeAnswer>,
{
    let mut aside = file.as_os_str().to_owned();
    aside.push(".taking");
    let aside = PathBuf::from(aside);
    if !fs::try_exists(&aside).await? {
        match fs::metadata(file).await {
            Ok(there) if there.len() > 0 => {}
            Ok(_) => return Ok(0),
            Err(missing) if missing.kind() == ErrorKind::NotFound => return Ok(0),
            Err(failure) => return Err(failure),
        }
        let mut lock = file.as_os_str().to_owned();
        lock.push(".lock");
        if !take_lock(Path::new(&lock)).await? {
            return Ok(0);
        }
        let moved = fs::rename(file, &aside).await;
        fs::remove_file(&lock).await?;
        moved?;
    }
    let bytes = fs::read(&aside).await?;
    let mut left = Vec::new();
    for (line, message) in split_mbox(&bytes) {
        if take(message.clone()).await != TakeAnswer::Durable {
            left.push((line, message));
        }
    }
    if left.is_empty() {
        fs::remove_file(&aside).await?;
        return Ok(0);
    }
    let mut rest = Vec::new();
    for (line, message) in &left {
        rest.extend_from_slice(line);
        rest.push(b'\n');
        for written in message.split_inclusive(|byte| *byte == b'\n') {
            if quotes_postmark(written) {
                rest.push(b'>');
            }
            rest.extend_from_slice(written);
        }
        if !rest.ends_with(b"\n") {
            rest.push(b'\n');
        }
        rest.push(b'\n');
    }
    let mut draft = aside.as_os_str().to_owned();
    draft.push(".new");
    fs::write(&draft, &rest).await?;
    fs::rename(&draft, &aside).await?;
    Ok(left.len())
}

/// Takes the lock of a file of letters, unless a delivery is under way or another of us takes letters. One of ours that a
/// crash left behind is removed, and taken the next time.
async fn take_lock(lock: &Path) -> std::io::Result<bool> {
    match fs::OpenOptions::new().write(true).create_new(true).open(lock).await {
        Ok(mut file) => {
            file.write_all(format!("{LOCKED_BY}{}\n", std::process::id()).as_bytes()).await?;
            file.flush().await?;
            Ok(true)
        }
        Err(taken) if taken.kind() == ErrorKind::AlreadyExists => {
            let holder = fs::read_to_string(lock).await.unwrap_or_default();
            if let Some(process) = holder.strip_prefix(LOCKED_BY).map(str::trim)
                && (process == std::process::id().to_string()
                    || !fs::try_exists(Path::new("/proc").join(process)).await?)
            {
                tracing::warn!(?lock, "a lock that a crash left behind is removed");
                fs::remove_file(lock).await?;
            }
            Ok(false)
        }
        Err(failure) => Err(failure),
    }
}

/// The messages of an mbox, each with the line in front of it.
fn split_mbox(bytes: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut messages: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let mut after_blank = true;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if after_blank && line.starts_with(b"From ") {
            messages.push((line.trim_ascii_end().to_vec(), Vec::new()));
            after_blank = false;
            continue;
        }
        if messages.is_empty() {
            // What stands before the first line of that kind is a message all the same.
            messages.push((b"From unknown Thu Jan  1 00:00:00 1970".to_vec(), Vec::new()));
        }
        after_blank = line.trim_ascii().is_empty();
        if let Some((_, message)) = messages.last_mut() {
            let line = if line.starts_with(b">") && quotes_postmark(line) { &line[1..] } else { line };
            message.extend_from_slice(line);
        }
    }
    for (_, message) in &mut messages {
        // The blank line between two messages belongs to neither.
        if message.ends_with(b"\n\n") {
            message.pop();
        } else if message.ends_with(b"\r\n\r\n") {
            message.truncate(message.len() - 2);
        }
    }
    messages
}

/// Whether a line is `From `, behind any number of `>`.
fn quotes_postmark(line: &[u8]) -> bool {
    let start = line.iter().position(|byte| *byte != b'>').unwrap_or(line.len());
    line[start..].starts_with(b"From ")
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use harness::TemporaryFolder;

    use super::*;
    use crate::parse::parse;

    const BOX: &[u8] =
        b"From ana@client.example Tue Mar  3 10:00:00 2026\nSubject: un\n\nBonjour\n>From ici\n\n\
        From bob@client.example Tue Mar  3 10:01:00 2026\nSubject: mauvais\n\nx\n\n\
        From bob@client.example Tue Mar  3 10:02:00 2026\nSubject: deux\n\ny\n";

    #[tokio::test]
    async fn an_mbox_keeps_only_what_could_not_be_taken() {
        let folder = TemporaryFolder::new("pickup");
        let file = folder.path().join("box");
        std::fs::write(&file, BOX).unwrap();
        let seen = Mutex::new(Vec::new());
        let refuses = Mutex::new(true);
        let take = |bytes: Vec<u8>| {
            let letter = parse(&bytes);
            seen.lock().unwrap().push((letter.subject.clone(), letter.text));
            let refused = *refuses.lock().unwrap() && letter.subject == "mauvais";
            async move { if refused { TakeAnswer::Temporary } else { TakeAnswer::Durable } }
        };
        let from = Pickup::Mbox(file.clone());
        assert_eq!(pick_up_once(&from, take).await.unwrap(), 1);
        assert_eq!(seen.lock().unwrap()[0], ("un".to_owned(), "Bonjour\nFrom ici".to_owned()));
        assert_eq!(seen.lock().unwrap().len(), 3);
        assert!(!file.exists());
        // What comes meanwhile waits its turn; what was left comes first, and alone.
        std::fs::write(&file, b"From x Tue Mar  3 10:00:00 2026\nSubject: trois\n\nz\n").unwrap();
        seen.lock().unwrap().clear();
        *refuses.lock().unwrap() = false;
        assert_eq!(pick_up_once(&from, take).await.unwrap(), 0);
        assert_eq!(pick_up_once(&from, take).await.unwrap(), 0);
        let subjects: Vec<String> = seen.lock().unwrap().iter().map(|(subject, _)| subject.clone()).collect();
        assert_eq!(subjects, ["mauvais", "trois"]);
        assert_eq!(pick_up_once(&from, take).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_lock_is_heeded_unless_a_crash_of_ours_left_it() {
        let folder = TemporaryFolder::new("pickup");
        let (file, lock) = (folder.path().join("box"), folder.path().join("box.lock"));
        std::fs::write(&file, BOX).unwrap();
        let from = Pickup::Mbox(file.clone());
        let pick_up = async || pick_up_once(&from, |_| async { TakeAnswer::Durable }).await.unwrap();
        // A delivery is under way; another of us takes letters.
        let mut other = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        for held in [String::new(), "12345\n".to_owned(), format!("entente {}\n", other.id())] {
            std::fs::write(&lock, held).unwrap();
            pick_up().await;
            assert!(file.exists() && lock.exists());
        }
        other.kill().unwrap();
        other.wait().unwrap();
        for left in [other.id(), std::process::id()] {
            std::fs::write(&file, BOX).unwrap();
            std::fs::write(&lock, format!("entente {left}\n")).unwrap();
            pick_up().await;
            assert!(file.exists() && !lock.exists());
            pick_up().await;
            assert!(!file.exists() && !lock.exists());
        }
    }

    #[tokio::test]
    async fn a_maildir_is_read_in_order_and_marked_afterwards() {
        let folder = TemporaryFolder::new("pickup");
        std::fs::create_dir_all(folder.path().join("new")).unwrap();
        for (name, subject) in [("2", "deux"), ("1", "un"), ("3", "mauvais")] {
            std::fs::write(folder.path().join("new").join(name), format!("Subject: {subject}\n\nx\n"))
                .unwrap();
        }
        let seen = Mutex::new(Vec::new());
        let take = |bytes: Vec<u8>| {
            let subject = parse(&bytes).subject;
            seen.lock().unwrap().push(subject.clone());
            async move { if subject == "mauvais" { TakeAnswer::Full } else { TakeAnswer::Durable } }
        };
        let from = Pickup::Maildir(folder.path().to_owned());
        assert_eq!(pick_up_once(&from, take).await.unwrap(), 1);
        assert_eq!(*seen.lock().unwrap(), ["un", "deux", "mauvais"]);
        assert!(
            folder.path().join("cur").join("1:2,S").exists() && folder.path().join("new").join("3").exists()
        );
        let nowhere = Pickup::Maildir(folder.path().join("nowhere"));
        assert_eq!(pick_up_once(&nowhere, take).await.unwrap(), 0);
    }
}

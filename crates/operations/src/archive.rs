//! An archive of files, made while it is handed over.

use crate::error::Failure;
use serde_json::Value;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use store::StoreError;
use tokio::sync::mpsc;
use zip::write::{SimpleFileOptions, StreamWriter, ZipWriter};

/// An archive on its way.
#[derive(Debug)]
pub struct Export {
    /// A name for it.
    pub name: String,
    /// Its bytes in pieces; one that failed is the last.
    pub pieces: mpsc::Receiver<Result<Vec<u8>, Failure>>,
}

impl Export {
    /// Begins one, which `write` goes on with beside whoever takes it.
    pub(crate) fn begin<F: Future<Output = Result<(), Failure>> + Send + 'static>(
        name: String,
        write: impl FnOnce(Archive) -> F,
    ) -> Self {
        let (sender, pieces) = mpsc::channel(PIECES_AT_MOST);
        let written = write(Archive::new(sender.clone()));
        tokio::spawn(async move {
            if let Err(failure) = written.await {
                tracing::warn!(error = %failure, "an export broke off");
                let _ = sender.send(Err(failure)).await;
            }
        });
        Self { name, pieces }
    }
}

/// Pieces that wait for whoever takes them, at most.
const PIECES_AT_MOST: usize = 4;

/// What was written and not yet taken.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// An archive whose bytes leave as they are written: never more of it is held than one entry's piece.
pub(crate) struct Archive {
    zip: ZipWriter<StreamWriter<Written>>,
    written: Written,
    sender: mpsc::Sender<Result<Vec<u8>, Failure>>,
    /// Whether the array that is open has no value yet.
    is_empty: bool,
}

impl Archive {
    fn new(sender: mpsc::Sender<Result<Vec<u8>, Failure>>) -> Self {
        let written = Written::default();
        Self { zip: ZipWriter::new_stream(written.clone()), written, sender, is_empty: true }
    }

    pub(crate) async fn entry(&mut self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        self.begin(name, bytes.len() > 0x7fff_ffff)?;
        self.add(bytes).await
    }

    /// Begins an entry that is written piece by piece.
    pub(crate) fn begin(&mut self, name: &str, is_large: bool) -> Result<(), Failure> {
        let options = SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored)
            .large_file(is_large);
        self.zip.start_file(name, options).map_err(broken)
    }

    pub(crate) async fn add(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.zip.write_all(bytes).map_err(broken)?;
        self.hand_over().await
    }

    /// Begins an entry that is an array, however many values come: [`Archive::end_array`] ends it.
    pub(crate) async fn begin_array(&mut self, name: &str) -> Result<(), Failure> {
        self.begin(name, true)?;
        self.open_array("[").await
    }

    /// Begins an array within an entry, with what stands before it.
    pub(crate) async fn open_array(&mut self, before: &str) -> Result<(), Failure> {
        self.is_empty = true;
        self.add(before.as_bytes()).await
    }

    /// Adds the next of the values of an array, each on a line of its own.
    pub(crate) async fn add_values(&mut self, values: &[Value]) -> Result<(), Failure> {
        let mut text = String::new();
        for value in values {
            text += if std::mem::take(&mut self.is_empty) { "\n  " } else { ",\n  " };
            text += &value.to_string();
        }
        self.add(text.as_bytes()).await
    }

    pub(crate) async fn end_array(&mut self) -> Result<(), Failure> {
        self.add(b"\n]\n").await
    }

    pub(crate) async fn json(&mut self, name: &str, value: &Value) -> Result<(), Failure> {
        let text = serde_json::to_vec_pretty(value).map_err(broken)?;
        self.entry(name, &text).await
    }

    async fn hand_over(&self) -> Result<(), Failure> {
        let piece = std::mem::take(&mut *self.written.0.lock().unwrap_or_else(PoisonError::into_inner));
        if piece.is_empty() {
            return Ok(());
        }
        self.sender.send(Ok(piece)).await.map_err(|_| broken("nobody takes it any more"))
    }

    pub(crate) async fn finish(self) -> Result<(), Failure> {
        let Self { zip, written, sender, .. } = self;
        zip.finish().map_err(broken)?;
        let piece = std::mem::take(&mut *written.0.lock().unwrap_or_else(PoisonError::into_inner));
        sender.send(Ok(piece)).await.map_err(|_| broken("nobody takes it any more"))
    }
}

fn broken(reason: impl ToString) -> Failure {
    StoreError::Failed { attempt: "write an archive".to_owned(), reason: reason.to_string() }.into()
}

/// A name that is one file of a folder, whatever its sender called it.
pub(crate) fn plain(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|letter| if letter.is_control() || "/\\:*?\"<>|".contains(letter) { '_' } else { letter })
        .take(120)
        .collect();
    if name.trim_matches('.').is_empty() { "file".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn no_name_leads_out_of_its_folder() {
        for (name, expected) in [
            ("../../etc/passwd", ".._.._etc_passwd"),
            ("..", "file"),
            ("", "file"),
            ("a\\b\0.txt", "a_b_.txt"),
            ("plan détaillé.pdf", "plan détaillé.pdf"),
        ] {
            assert_eq!(plain(name), expected);
        }
    }
}

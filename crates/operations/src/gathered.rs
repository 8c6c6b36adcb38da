//! Rows that are gathered in memory and written together, so that nobody waits for them.

use crate::error::Failure;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The longest wait between two tries at a store that fails.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Rows that wait to be written.
#[derive(Debug)]
pub(crate) struct Gathered<T>(Mutex<Waiting<T>>);

#[derive(Debug)]
struct Waiting<T> {
    rows: Vec<T>,
    /// Whether a task writes them.
    has_writer: bool,
}

impl<T> Default for Gathered<T> {
    fn default() -> Self {
        Self(Mutex::new(Waiting { rows: Vec::new(), has_writer: false }))
    }
}

/// What became of a row that was added.
pub(crate) enum Added<T> {
    /// It waits, and a task writes it.
    Waits,
    /// It waits, and whoever added it begins [`Gathered::keep_writing`].
    NeedsWriter,
    /// So many wait that this one does not.
    NoRoom(T),
}

/// Rows that somebody writes just now. Whatever happens to them meanwhile, rows that were not written wait on.
pub(crate) struct Taken<'a, T> {
    from: &'a Gathered<T>,
    rows: Vec<T>,
}

impl<T> Gathered<T> {
    fn waiting(&self) -> MutexGuard<'_, Waiting<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a row, where fewer wait than `at_most`.
    pub(crate) fn add(&self, row: T, at_most: usize) -> Added<T> {
        let mut waiting = self.waiting();
        if waiting.rows.len() >= at_most {
            return Added::NoRoom(row);
        }
        waiting.rows.push(row);
        match std::mem::replace(&mut waiting.has_writer, true) {
            true => Added::Waits,
            false => Added::NeedsWriter,
        }
    }

    /// Takes all rows that wait, to be written.
    pub(crate) fn take(&self) -> Taken<'_, T> {
        Taken { from: self, rows: std::mem::take(&mut self.waiting().rows) }
    }

    /// Writes what is gathered until nothing waits. A store that fails is tried again until it takes them.
    pub(crate) async fn keep_writing<W>(&self, gathered_for: Duration, write: impl Fn() -> W)
    where
        W: Future<Output = Result<(), Failure>>,
    {
        tokio::time::sleep(gathered_for).await;
        let mut wait = gathered_for;
        while !self.is_done() {
            match write().await {
                Ok(()) => wait = gathered_for,
                Err(failure) => {
                    tracing::error!(
                        error = &failure as &dyn std::error::Error,
                        "journal or looks could not be written; their rows wait"
                    );
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
            }
        }
    }

    /// Whether nothing waits; the next row then needs another writer.
    fn is_done(&self) -> bool {
        let mut waiting = self.waiting();
        waiting.has_writer = !waiting.rows.is_empty();
        !waiting.has_writer
    }
}

impl<T> Taken<'_, T> {
    /// The rows.
    pub(crate) fn rows(&self) -> &[T] {
        &self.rows
    }

    /// They are written.
    pub(crate) fn written(mut self) {
        self.rows.clear();
    }
}

impl<T> Drop for Taken<'_, T> {
    fn drop(&mut self) {
        let mut waiting = self.from.waiting();
        self.rows.append(&mut waiting.rows);
        waiting.rows = std::mem::take(&mut self.rows);
    }
}

#[cfg(test)]
mod tests {
    use super::{Added, Gathered};
    use crate::error::Failure;
    use std::cell::{Cell, RefCell};
    use std::time::Duration;

    #[test]
    fn rows_that_were_taken_and_not_written_wait_on_in_order() {
        let gathered = Gathered::default();
        assert!(matches!(gathered.add(1, 3), Added::NeedsWriter));
        assert!(matches!(gathered.add(2, 3), Added::Waits));
        let taken = gathered.take();
        assert!(matches!(gathered.add(3, 3), Added::Waits));
        assert_eq!(taken.rows(), [1, 2]);
        drop(taken);
        assert!(matches!(gathered.add(4, 3), Added::NoRoom(4)));
        let taken = gathered.take();
        assert_eq!(taken.rows(), [1, 2, 3]);
        taken.written();
        assert!(gathered.take().rows().is_empty());
    }

    #[tokio::test]
    async fn what_could_not_be_written_is_tried_again_and_later_rows_find_a_writer() {
        let gathered = Gathered::default();
        let (written, tries) = (RefCell::new(Vec::new()), Cell::new(0));
        let write = || async {
            let taken = gathered.take();
            tries.set(tries.get() + 1);
            if tries.get() < 3 {
                return Err(Failure::NotPermitted);
            }
            written.borrow_mut().extend_from_slice(taken.rows());
            taken.written();
            Ok(())
        };
        for row in [1, 2] {
            assert!(matches!(gathered.add(row, 9), Added::NeedsWriter), "{row}");
            gathered.keep_writing(Duration::from_millis(1), write).await;
        }
        assert_eq!((written.into_inner(), tries.get()), (vec![1, 2], 4));
    }
}

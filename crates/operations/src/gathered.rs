//! Rows that are gathered in memory and written together, so that nobody waits for them.

use crate::error::Failure;
use crate::pulse::caught;
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
    /// How many hold rows that they took to write, and may leave here again.
    in_hand: usize,
    /// Whether a task writes them.
    has_writer: bool,
}

impl<T> Default for Gathered<T> {
    fn default() -> Self {
        Self(Mutex::new(Waiting { rows: Vec::new(), in_hand: 0, has_writer: false }))
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
        let mut waiting = self.waiting();
        waiting.in_hand += 1;
        Taken { from: self, rows: std::mem::take(&mut waiting.rows) }
    }

    /// Writes what is gathered until nothing waits. A store that fails is tried again until it takes them.
    pub(crate) async fn keep_writing<W>(&self, gathered_for: Duration, write: impl Fn() -> W)
    where
        W: Future<Output = Result<(), Failure>>,
    {
        tokio::time::sleep(gathered_for).await;
        let mut wait = gathered_for;
        while !self.is_done() {
            match caught(write()).await {
                Ok(()) => {
                    wait = gathered_for;
                    // Others come meanwhile, or wait on after all where somebody else took them.
                    tokio::time::sleep(wait).await;
                }
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

    /// Whether nothing waits, nor may wait again; the next row then needs another writer.
    fn is_done(&self) -> bool {
        let mut waiting = self.waiting();
        waiting.has_writer = !waiting.rows.is_empty() || waiting.in_hand > 0;
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
        waiting.in_hand -= 1;
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
    async fn a_writer_waits_for_rows_that_somebody_else_took_and_for_no_panic() {
        let gathered = Gathered::default();
        assert!(matches!(gathered.add(1, 9), Added::NeedsWriter));
        let taken = gathered.take();
        let written = RefCell::new(Vec::new());
        let tries = Cell::new(0);
        let write = || async {
            let own = gathered.take();
            tries.set(tries.get() + 1);
            assert!(tries.get() > 1, "the first one panics");
            written.borrow_mut().extend_from_slice(own.rows());
            own.written();
            Ok(())
        };
        let gives_up = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            drop(taken);
        };
        tokio::join!(gathered.keep_writing(Duration::from_millis(1), write), gives_up);
        assert_eq!(written.into_inner(), [1]);
        assert!(matches!(gathered.add(2, 9), Added::NeedsWriter));
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

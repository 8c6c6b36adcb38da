use desk::TicketId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::OwnedMutexGuard;

/// Who waits for their turn at a request on this node. Mostly nobody does: whoever writes first decides on what they
/// read, and only once another writer was faster do those who lost, and those who come then, go one after the other.
/// Writers on other nodes are not seen here; the store tells them apart.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    lines: Mutex<HashMap<TicketId, Arc<tokio::sync::Mutex<()>>>>,
}

/// A turn at a request, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    turns: &'a Turns,
    ticket: TicketId,
    held: Option<OwnedMutexGuard<()>>,
}

impl Turns {
    /// Waits behind those who wait already; none where nobody does.
    pub(crate) async fn join(&self, ticket: TicketId) -> Option<Turn<'_>> {
        let line = self.lines().get(&ticket).cloned()?;
        Some(self.turn(ticket, line).await)
    }

    /// Waits for a turn, once another writer was faster. Whoever has one keeps it.
    pub(crate) async fn wait<'a>(&'a self, ticket: TicketId, turn: &mut Option<Turn<'a>>) {
        if turn.is_none() {
            let line = Arc::clone(self.lines().entry(ticket).or_default());
            *turn = Some(self.turn(ticket, line).await);
        }
    }

    async fn turn(&self, ticket: TicketId, line: Arc<tokio::sync::Mutex<()>>) -> Turn<'_> {
        // Whoever is dropped while waiting leaves the line as well.
        let mut turn = Turn { turns: self, ticket, held: None };
        turn.held = Some(line.lock_owned().await);
        turn
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<TicketId, Arc<tokio::sync::Mutex<()>>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.held = None;
        let mut lines = self.turns.lines();
        // Those who wait hold the line too.
        if lines.get(&self.ticket).is_some_and(|line| Arc::strong_count(line) == 1) {
            lines.remove(&self.ticket);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Turns;
    use desk::TicketId;

    #[tokio::test]
    async fn whoever_lost_goes_before_whoever_comes_and_nothing_stays() {
        let turns = Turns::default();
        let ticket = TicketId(1);
        assert!(turns.join(ticket).await.is_none(), "nobody waits");
        let mut first = None;
        turns.wait(ticket, &mut first).await;
        turns.wait(ticket, &mut first).await;
        assert!(turns.join(TicketId(2)).await.is_none(), "another request");
        let second = async { turns.join(ticket).await.is_some() };
        tokio::pin!(second);
        tokio::select! {
            biased;
            _ = &mut second => panic!("it is not their turn"),
            () = tokio::task::yield_now() => {}
        }
        drop(first);
        assert!(second.await);
        assert!(turns.lines().is_empty());
    }
}

use crate::environment::{Environment, ProductClock};
use crate::error::Failure;
use crate::make_rounds::settle;
use calendar::Instant;
use store::Database;

/// Under which name the store keeps how far the product's time is ahead.
const SETTING: &str = "clock_ahead_milliseconds";

/// Moves the product's clock forward, for demonstrations; gives the instant that is now once all
/// work that fell due by then is done, outgoing mail included. Never moves back.
///
/// # Errors
/// When the store fails.
pub async fn move_clock(environment: &Environment, to: Instant) -> Result<Instant, Failure> {
    // What is due already leaves at its time, not at the later one.
    settle(environment).await?;
    environment.clock.move_to(to);
    let ahead = environment.clock.ahead_milliseconds().to_string();
    environment.store.put_setting(SETTING, &ahead).await?;
    settle(environment).await?;
    Ok(environment.now())
}

/// The product's clock as a demonstration left it, so that time never runs back over a restart;
/// later when `at_least` is.
///
/// # Errors
/// When the store fails.
pub async fn restore_clock(store: &Database, at_least: Option<Instant>) -> Result<ProductClock, Failure> {
    let ahead = store.setting(SETTING).await?.and_then(|ahead| ahead.parse().ok()).unwrap_or(0);
    let clock = ProductClock::ahead_by(ahead);
    if let Some(instant) = at_least {
        if ahead == 0 {
            Ok(ProductClock::starting_at(instant))
        } else {
            clock.move_to(instant);
            Ok(clock)
        }
    } else {
        Ok(clock)
    }
}

//! The meters of contracts and of recurring promises, proved figure by figure.

mod availability;
mod credits;
mod laws;
mod notices;
mod populations;
mod prepaid;
mod recurring;
mod sample;

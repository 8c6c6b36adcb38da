//! The operations room.

//! The words room.

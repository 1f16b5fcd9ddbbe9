//! A mutex that outlives a panic.
//!
//! A panic ends the task of one connection. What it held is given back by destructors, and every critical section
//! of this crate leaves its data whole at each step, so that nobody else has to suffer for it: poison is ignored.
//!
//! Lock order: a room, then a peer's outbox or the history's desk. The hub's maps are locked alone. No lock is held across an `await`.

use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Debug, Default)]
pub(crate) struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

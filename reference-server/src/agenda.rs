//! What rooms have to do later: take somebody off a list, tell news that were gathered.
//!
//! One task of the server keeps it, so that no room has a timer of its own. A room that is gone by then is passed over.

use std::collections::BTreeMap;
use std::sync::Weak;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::deadline;
use crate::lock::Lock;

/// When something is due, and which of those that are due then it is.
pub(crate) type Appointment = (Instant, u64);

/// Appointments with `T`s.
#[derive(Debug)]
pub(crate) struct Agenda<T> {
    entries: Lock<Entries<T>>,
    /// Something earlier than all that was known has come in.
    sooner: Notify,
}

#[derive(Debug)]
struct Entries<T> {
    by_time: BTreeMap<Appointment, Weak<T>>,
    /// Keeps apart what is due at the same time.
    next: u64,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        let entries = Entries { by_time: BTreeMap::new(), next: 0 };
        Self { entries: Lock::new(entries), sooner: Notify::new() }
    }
}

impl<T> Agenda<T> {
    /// Makes an appointment. Where it takes the place of another, that one is cancelled.
    pub(crate) fn add(&self, due: Instant, what: Weak<T>, instead_of: Option<Appointment>) -> Appointment {
        let mut entries = self.entries.lock();
        if let Some(other) = instead_of {
            entries.by_time.remove(&other);
        }
        let first = entries.by_time.first_key_value().map(|((time, _), _)| *time);
        let appointment = (due, entries.next);
        entries.next += 1;
        entries.by_time.insert(appointment, what);
        drop(entries);
        if first.is_none_or(|first| due < first) {
            self.sooner.notify_one();
        }
        appointment
    }

    /// Waits until something is due, and returns all that is.
    pub(crate) async fn next(&self) -> Vec<(Appointment, Weak<T>)> {
        loop {
            let first = {
                let mut entries = self.entries.lock();
                let later = entries.by_time.split_off(&(Instant::now(), u64::MAX));
                let due = std::mem::replace(&mut entries.by_time, later);
                if !due.is_empty() {
                    return due.into_iter().collect();
                }
                entries.by_time.first_key_value().map(|((time, _), _)| *time)
            };
            deadline::until(first, self.sooner.notified()).await;
        }
    }
}

#[cfg(test)]
impl<T> Agenda<T> {
    pub(crate) fn len(&self) -> usize {
        self.entries.lock().by_time.len()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;

    async fn next(agenda: &Agenda<u8>, patience: Duration) -> Option<Vec<u8>> {
        let due = deadline::within(patience, agenda.next()).await?;
        Some(due.iter().filter_map(|(_, what)| what.upgrade().map(|value| *value)).collect())
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_due_comes_in_its_time_and_in_order() {
        let agenda = Agenda::default();
        let things: Vec<_> = (0..4).map(Arc::new).collect();
        let begun = Instant::now();
        for (thing, ms) in things.iter().zip([300, 100, 200, 200]) {
            agenda.add(begun + Duration::from_millis(ms), Arc::downgrade(thing), None);
        }
        assert_eq!(next(&agenda, Duration::from_millis(99)).await, None);
        assert_eq!(next(&agenda, Duration::from_secs(1)).await, Some(vec![1]));
        assert_eq!(next(&agenda, Duration::from_secs(1)).await, Some(vec![2, 3]));
        assert_eq!(next(&agenda, Duration::from_secs(1)).await, Some(vec![0]));
        assert!(begun.elapsed() < Duration::from_millis(310));
        assert_eq!(next(&agenda, Duration::from_hours(1)).await, None, "nothing is left");
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_hears_of_something_sooner() {
        let agenda = Arc::new(Agenda::default());
        let (late, soon) = (Arc::new(1), Arc::new(2));
        let begun = Instant::now();
        agenda.add(begun + Duration::from_hours(1), Arc::downgrade(&late), None);
        let waiting = Arc::clone(&agenda);
        let waiting = tokio::spawn(async move { next(&waiting, Duration::from_mins(1)).await });
        tokio::task::yield_now().await;
        agenda.add(begun + Duration::from_secs(1), Arc::downgrade(&soon), None);
        assert_eq!(waiting.await.unwrap(), Some(vec![2]));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_put_off_or_brought_forward_is_there_once() {
        let agenda = Agenda::default();
        let thing = Arc::new(1);
        let begun = Instant::now();
        let mut last = None;
        for ms in [500, 100, 300] {
            last = Some(agenda.add(begun + Duration::from_millis(ms), Arc::downgrade(&thing), last));
        }
        assert_eq!(next(&agenda, Duration::from_secs(1)).await, Some(vec![1]));
        assert!(begun.elapsed() >= Duration::from_millis(300) && agenda.len() == 0);
    }
}

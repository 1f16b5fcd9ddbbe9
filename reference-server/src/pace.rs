//! How fast frames may come: of one connection, and of all connections of one user.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use roomwire_protocol::User;

use crate::bucket::Bucket;
use crate::config::Rate;
use crate::lock::Lock;

/// With fewer users than this it is not worth while to look who has gone.
const SWEEP_MIN: usize = 1024;

/// The limits of a server, and how much of its own each user has used up.
#[derive(Debug)]
pub(crate) struct Pace {
    connection: Option<Rate>,
    user: Option<Rate>,
    began: Instant,
    users: Lock<Users>,
}

#[derive(Debug, Default)]
struct Users {
    buckets: HashMap<User, Shared>,
    /// With so many, those are forgotten that nobody would miss.
    sweep_at: usize,
}

type Shared = Arc<Lock<Bucket>>;

/// What one connection may send. Without limits it costs nothing, not even a look at the clock.
#[derive(Debug, Default)]
pub(crate) struct Allowance {
    own: Option<Bucket>,
    users: Option<Shared>,
}

impl Pace {
    pub(crate) fn new(connection: Option<Rate>, user: Option<Rate>) -> Self {
        Self { connection, user, began: Instant::now(), users: Lock::default() }
    }

    /// For a new connection, of which nobody knows yet whose it is.
    pub(crate) fn allowance(&self) -> Allowance {
        Allowance { own: self.connection.map(Bucket::new), users: None }
    }

    /// Says whose connection it is.
    pub(crate) fn belongs(&self, allowance: &mut Allowance, user: &User) {
        if let Some(rate) = self.user
            && allowance.users.is_none()
        {
            allowance.users = Some(self.users.lock().bucket(user, rate, self.began.elapsed()));
        }
    }

    /// Takes what a request of this user costs that came in by another way than a connection, or says how long to wait.
    pub(crate) fn pay_as(&self, user: &User) -> Result<(), Duration> {
        let mut allowance = Allowance::default();
        self.belongs(&mut allowance, user);
        self.pay(&mut allowance)
    }

    /// Takes what one frame costs, or says how long to wait for it.
    pub(crate) fn pay(&self, allowance: &mut Allowance) -> Result<(), Duration> {
        if allowance.own.is_none() && allowance.users.is_none() {
            return Ok(());
        }
        let now = self.began.elapsed();
        if let Some(own) = &mut allowance.own {
            own.take(now)?;
        }
        match &allowance.users {
            Some(users) => users.lock().take(now),
            None => Ok(()),
        }
    }
}

impl Users {
    fn bucket(&mut self, user: &User, rate: Rate, now: Duration) -> Shared {
        if let Some(bucket) = self.buckets.get(user) {
            return Arc::clone(bucket);
        }
        if self.buckets.len() >= self.sweep_at.max(SWEEP_MIN) {
            // Whoever is connected, or came too fast just now, stays.
            self.buckets.retain(|_, bucket| Arc::strong_count(bucket) > 1 || !bucket.lock().is_full(now));
            self.sweep_at = 2 * self.buckets.len();
        }
        let bucket = Arc::new(Lock::new(Bucket::new(rate)));
        self.buckets.insert(user.clone(), Arc::clone(&bucket));
        bucket
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE_AN_HOUR: Rate = Rate { per_second: 1, burst: 2 };

    fn user(name: &str) -> User {
        User::parse(name).unwrap()
    }

    #[test]
    fn all_connections_of_a_user_share_an_allowance_also_one_after_the_other() {
        let pace = Pace::new(None, Some(ONE_AN_HOUR));
        let mut first = pace.allowance();
        assert!((0..100).all(|_| pace.pay(&mut first).is_ok()), "nobody knows whose it is");
        pace.belongs(&mut first, &user("ann"));
        let mut other = pace.allowance();
        pace.belongs(&mut other, &user("ben"));
        assert!(pace.pay(&mut first).is_ok());
        assert!(pace.pay(&mut first).is_ok());
        drop(first);
        let mut second = pace.allowance();
        pace.belongs(&mut second, &user("ann"));
        assert!(pace.pay(&mut second).is_err());
        assert!(pace.pay(&mut other).is_ok());
    }

    #[test]
    fn users_are_forgotten_when_nobody_would_notice() {
        let rate = ONE_AN_HOUR;
        let mut users = Users::default();
        let kept = users.bucket(&user("kept"), rate, Duration::ZERO);
        users.bucket(&user("busy"), rate, Duration::ZERO).lock().take(Duration::from_hours(1)).unwrap();
        for number in 0..SWEEP_MIN {
            users.bucket(&user(&format!("u{number}")), rate, Duration::ZERO);
        }
        assert!(users.buckets.len() < 10, "{}", users.buckets.len());
        assert!(users.buckets.contains_key("kept") && users.buckets.contains_key("busy"));
        drop(kept);
    }
}

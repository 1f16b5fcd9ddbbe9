//! From where connections come, and how many from each place.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use ipnet::IpNet;

use crate::lock::Lock;

/// Counts connections by their address.
#[derive(Debug)]
pub(crate) struct Visitors {
    /// How many may come from one place; 0 for any number.
    most: usize,
    here: Lock<HashMap<IpAddr, usize>>,
}

/// One connection among those of its address. Dropped, it has gone.
#[derive(Debug)]
pub(crate) struct Visit {
    visitors: Arc<Visitors>,
    place: IpAddr,
}

impl Visitors {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, here: Lock::default() })
    }

    /// Lets one more in, unless there are too many from there.
    pub(crate) fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Visit> {
        let place = place_of(address);
        let mut here = self.here.lock();
        let count = here.entry(place).or_default();
        if self.most > 0 && *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Visit { visitors: Arc::clone(self), place })
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut here = self.visitors.here.lock();
        if let Some(count) = here.get_mut(&self.place) {
            *count -= 1;
            if *count == 0 {
                here.remove(&self.place);
            }
        }
    }
}

/// One household of IPv6 has a whole /64 to choose addresses from.
fn place_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) => {
            let bits = u128::from(ip) & (u128::MAX << 64);
            IpAddr::V6(Ipv6Addr::from(bits))
        }
        ip @ IpAddr::V4(_) => ip,
    }
}

/// Where a request comes from. Behind a proxy that is trusted it is what the proxy says: the last address in
/// `X-Forwarded-For` that is not a trusted one itself. What stands before that, anybody may have written.
pub(crate) fn origin<'a>(
    peer: IpAddr,
    forwarded: impl DoubleEndedIterator<Item = &'a str>,
    trusted: &[IpNet],
) -> IpAddr {
    let trusts = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    let mut origin = peer.to_canonical();
    for word in forwarded.rev() {
        if !trusts(&origin) {
            break;
        }
        // What cannot be read was not written by a proxy to be trusted.
        let Some(address) = address_in(word.trim()) else { break };
        origin = address;
    }
    origin
}

/// `192.0.2.1`, `2001:db8::1`, and both as some proxies write them, with a port.
fn address_in(word: &str) -> Option<IpAddr> {
    let address = word
        .parse::<IpAddr>()
        .or_else(|_| word.parse::<std::net::SocketAddr>().map(|address| address.ip()))
        .or_else(|_| word.trim_start_matches('[').trim_end_matches(']').parse());
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_place_does_not_take_the_room_of_another() {
        let visitors = Visitors::new(2);
        let first = visitors.enter(ip("192.0.2.1")).unwrap();
        let _second = visitors.enter(ip("::ffff:192.0.2.1")).unwrap();
        assert!(visitors.enter(ip("192.0.2.1")).is_none());
        let _other = visitors.enter(ip("192.0.2.2")).unwrap();
        drop(first);
        assert!(visitors.enter(ip("192.0.2.1")).is_some());
        let _v6 = [1, 2].map(|host| visitors.enter(ip(&format!("2001:db8::{host}"))).unwrap());
        assert!(visitors.enter(ip("2001:db8::ffff")).is_none(), "the same /64");
        assert!(visitors.enter(ip("2001:db8:0:1::1")).is_some());
    }

    #[test]
    fn nobody_is_remembered_who_has_gone() {
        let visitors = Visitors::new(0);
        let visits: Vec<_> = (0..10).map(|_| visitors.enter(ip("192.0.2.1")).unwrap()).collect();
        assert_eq!(visitors.here.lock().len(), 1);
        drop(visits);
        assert!(visitors.here.lock().is_empty());
    }

    #[test]
    fn what_is_forwarded_is_believed_as_far_as_those_who_say_it_are_trusted() {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        for (peer, forwarded, expected) in [
            ("192.0.2.9", "198.51.100.1", "192.0.2.9"),
            ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
            ("10.0.0.1", "198.51.100.1, fd00::1", "198.51.100.1"),
            ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
            ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
            ("10.0.0.1", "[2001:db8::1]", "2001:db8::1"),
            ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"),
            ("10.0.0.1", "unknown", "10.0.0.1"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.1", "10.0.0.3", "10.0.0.3"),
        ] {
            assert_eq!(origin(ip(peer), forwarded.split(','), &trusted), ip(expected), "{peer} {forwarded}");
            assert_eq!(origin(ip(peer), forwarded.split(','), &[]), ip(peer).to_canonical());
        }
    }
}

use std::sync::atomic::AtomicUsize;
use std::task::Wake;

use super::*;

/// Counts how often a task would have been woken.
#[derive(Default)]
struct Alarm(AtomicUsize);

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Alarm {
    fn on(peer: &Peer) -> Arc<Self> {
        let alarm = Arc::new(Self::default());
        peer.look(&Waker::from(Arc::clone(&alarm)));
        alarm
    }

    fn rings(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// The outbox of a connection on which a hundred bytes may wait.
fn peer() -> Peer {
    Peer::new(1, 100, Arc::default())
}

/// A frame of so many bytes on the wire.
fn frame(size: usize) -> Frame {
    Frame::text(&"x".repeat(size - 2))
}

fn end(peer: &Peer) -> Option<CloseCode> {
    peer.look(Waker::noop()).end
}

/// Writes, to a client that takes so many bytes and then no more. Says how many frames that were.
fn write(peer: &Peer, mut takes: usize) -> usize {
    peer.deliver_by(|bytes| {
        let taken = bytes.len().min(takes);
        takes -= taken;
        if taken == 0 { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(taken) }
    })
}

#[test]
fn the_bound_is_on_the_bytes_on_the_wire() {
    let peers = [peer(), peer()];
    for (peer, size) in peers.iter().zip([50, 51]) {
        peer.push(frame(50));
        peer.push(frame(size));
    }
    assert_eq!(end(&peers[0]), None, "exactly the bound");
    assert_eq!(peers[0].take().len(), 2);
    assert_eq!(end(&peers[1]), Some(CloseCode::SlowConsumer));
    assert_eq!(peers[1].take().len(), 0);
}

#[test]
fn what_was_written_in_part_counts_with_what_is_left_of_it() {
    let peer = peer();
    peer.push(frame(60));
    assert_eq!(write(&peer, 30), 0);
    peer.push(frame(70));
    assert_eq!(end(&peer), None, "30 + 70 fit");
    peer.push(frame(2));
    assert_eq!(end(&peer), Some(CloseCode::SlowConsumer));
    let rest = peer.take();
    assert_eq!(rest.len(), 1, "the frame that the client has half of is finished");
    assert_eq!(rest[0].bytes().len(), 30);
}

#[test]
fn a_slow_consumer_that_has_whole_frames_is_spared_the_rest() {
    let peer = peer();
    peer.push(frame(20));
    peer.push(frame(20));
    assert_eq!(write(&peer, 20), 1);
    peer.push(frame(81));
    assert_eq!(end(&peer), Some(CloseCode::SlowConsumer));
    assert_eq!(peer.take().len(), 0);
}

#[test]
fn the_courier_is_told_once_a_round() {
    let courier = Arc::new(Courier::default());
    let peer = Peer::new(1, 100, Arc::clone(&courier));
    peer.push(frame(2));
    peer.push(frame(2));
    assert_eq!(courier.expected(), 1);
    let alarm = Alarm::on(&peer);
    assert_eq!(peer.deliver(), 0);
    assert_eq!(alarm.rings(), 1, "the line is the task's own: it has to write");
    assert_eq!(write(&peer, 100), 2);
    peer.push(frame(2));
    assert_eq!(courier.expected(), 2);
}

#[test]
fn a_blocked_connection_is_left_alone_until_its_client_reads_or_it_ends() {
    let courier = Arc::new(Courier::default());
    let peer = Peer::new(1, 100, Arc::clone(&courier));
    peer.push(frame(50));
    peer.deliver();
    write(&peer, 0);
    let alarm = Alarm::on(&peer);
    peer.push(frame(30));
    assert_eq!((alarm.rings(), courier.expected()), (0, 1));
    assert!(peer.look(Waker::noop()).blocked);
    peer.unblock();
    assert_eq!(courier.expected(), 2);
    let alarm = Alarm::on(&peer);
    peer.push(frame(30));
    assert_eq!(alarm.rings(), 1, "too much");
}

#[test]
fn a_peer_is_behind_while_much_waits_for_its_courier_and_not_for_its_client() {
    let peer = peer();
    assert!(!peer.push(frame(50)));
    assert!(peer.push(frame(3)), "more than half");
    assert!(peer.is_behind());
    write(&peer, 0);
    assert!(!peer.is_behind(), "now it is the client that is waited for");
    peer.unblock();
    assert!(peer.is_behind(), "it reads again");
    write(&peer, 100);
    assert!(!peer.is_behind());
}

#[test]
fn who_is_asked_to_end_may_have_last_words_and_when_shut_takes_none_in() {
    let peer = peer();
    peer.end(CloseCode::Draining);
    peer.end(CloseCode::Normal);
    peer.push(frame(50));
    assert!(peer.push(frame(50)));
    peer.shut();
    peer.push(frame(2));
    assert_eq!(end(&peer), Some(CloseCode::Draining), "the first reason stands");
    assert_eq!(peer.take().len(), 2);
    assert!(!peer.is_behind(), "nobody waits for it");
}

#[test]
fn an_empty_outbox_keeps_little_space() {
    let peer = Peer::new(1, 1 << 20, Arc::default());
    for _ in 0..1000 {
        peer.push(frame(2));
    }
    assert_eq!(write(&peer, 2000), 1000);
    assert!(peer.0.outbox.lock().frames.capacity() <= KEPT);
}

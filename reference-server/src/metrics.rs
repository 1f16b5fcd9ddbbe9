//! What an operator counts, in the format of Prometheus.
//!
//! All of it is made when the server begins, and a count is one addition: nothing is looked up while chats go by. What
//! can be asked for (rooms, bytes that wait) is asked for when somebody looks.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use roomwire_protocol::code::{CloseCode, Reason};

use crate::history::Backlog;
use crate::room::recent::Kept;

/// The media type of [`Metrics::text`].
pub(crate) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// From a tenth of a millisecond to ten seconds, in steps that show a slow server as well as a fast one.
const LATENCIES: [f64; 13] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.0, 10.0];

type Labels = [(&'static str, &'static str); 1];

/// The counts of one server.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) opened: Counter,
    pub(crate) chats: Counter,
    pub(crate) deliveries: Counter,
    pub(crate) slow_consumers: Counter,
    connections: Gauge,
    rooms: Gauge,
    empty_rooms: Gauge,
    queue_bytes: Gauge,
    recent_bytes: Gauge,
    id_bytes: Gauge,
    history_waiting: Gauge,
    history_away: Gauge,
    /// In the order of [`Reason::ALL`].
    refusals: Vec<Counter>,
    upgrades: Family<Labels, Counter>,
    closes: Family<[(&'static str, u32); 1], Counter>,
    latency: Histogram,
}

/// What is asked for when somebody looks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Census {
    pub(crate) connections: usize,
    /// Those that somebody is in.
    pub(crate) rooms: usize,
    pub(crate) empty_rooms: usize,
    pub(crate) queue_bytes: usize,
    pub(crate) recent: Kept,
    pub(crate) history: Backlog,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("roomwire");
        let refused = Family::<Labels, Counter>::default();
        let refusals =
            Reason::ALL.iter().map(|reason| refused.get_or_create(&[("reason", reason.name())]).clone());
        let metrics = Self {
            refusals: refusals.collect(),
            opened: Counter::default(),
            chats: Counter::default(),
            deliveries: Counter::default(),
            slow_consumers: Counter::default(),
            connections: Gauge::default(),
            rooms: Gauge::default(),
            empty_rooms: Gauge::default(),
            queue_bytes: Gauge::default(),
            recent_bytes: Gauge::default(),
            id_bytes: Gauge::default(),
            history_waiting: Gauge::default(),
            history_away: Gauge::default(),
            upgrades: Family::default(),
            closes: Family::default(),
            latency: Histogram::new(LATENCIES),
            registry: Registry::default(),
        };
        let mut add =
            |name: &str, help: &str, metric: Box<dyn Register>| metric.register(&mut registry, name, help);
        add("connections", "Connections that are open", Box::new(metrics.connections.clone()));
        add(
            "connections_opened",
            "Connections that came through their opening handshake",
            Box::new(metrics.opened.clone()),
        );
        add(
            "connections_closed",
            "Connections that the server closed, by close code",
            Box::new(metrics.closes.clone()),
        );
        add(
            "slow_consumers_closed",
            "Connections that were closed with 4101, since they did not read",
            Box::new(metrics.slow_consumers.clone()),
        );
        add(
            "upgrades_refused",
            "Opening handshakes that were refused, by reason",
            Box::new(metrics.upgrades.clone()),
        );
        add("rooms", "Rooms that somebody is in", Box::new(metrics.rooms.clone()));
        add(
            "empty_rooms",
            "Rooms that nobody is in, kept for those who come back",
            Box::new(metrics.empty_rooms.clone()),
        );
        add(
            "history_away",
            "1 while the disk refuses what was said, as one does that is full",
            Box::new(metrics.history_away.clone()),
        );
        add("chats", "Chats that were accepted", Box::new(metrics.chats.clone()));
        add(
            "deliveries",
            "Copies of chats that were put into outboxes",
            Box::new(metrics.deliveries.clone()),
        );
        add("refusals", "Frames that were refused, by reason", Box::new(refused));
        for (name, help, gauge) in [
            ("queue", "What waits for clients to read it", &metrics.queue_bytes),
            ("recent", "The last chats of rooms, in memory for those who come back", &metrics.recent_bytes),
            ("ids", "Chats with an id, in memory so that none is said twice", &metrics.id_bytes),
            ("history_waiting", "Chats that wait to be written into the history", &metrics.history_waiting),
        ] {
            registry.register_with_unit(name, help, Unit::Bytes, gauge.clone());
        }
        registry.register_with_unit(
            "delivery_latency",
            "From a chat's being accepted to its being written to a member's socket; one member of each chat is looked at",
            Unit::Seconds,
            metrics.latency.clone(),
        );
        Self { registry, ..metrics }
    }

    pub(crate) fn refused(&self, reason: Reason) {
        if let Some(counter) = self.refusals.get(reason.precedence()) {
            counter.inc();
        }
    }

    /// An opening handshake that came to nothing.
    pub(crate) fn turned_away(&self, why: &'static str) {
        self.upgrades.get_or_create(&[("reason", why)]).inc();
    }

    pub(crate) fn closed(&self, code: CloseCode) {
        self.closes.get_or_create(&[("code", code.number().into())]).inc();
        if code == CloseCode::SlowConsumer {
            self.slow_consumers.inc();
        }
    }

    /// A delivery has left that took so long.
    pub(crate) fn delivered_after(&self, time: Duration) {
        self.latency.observe(time.as_secs_f64());
    }

    /// All of it, as Prometheus reads it.
    pub(crate) fn text(&self, census: Census) -> String {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.connections.set(number(census.connections));
        self.rooms.set(number(census.rooms));
        self.empty_rooms.set(number(census.empty_rooms));
        self.queue_bytes.set(number(census.queue_bytes));
        self.recent_bytes.set(number(census.recent.last_chats));
        self.id_bytes.set(number(census.recent.ids));
        self.history_waiting.set(number(census.history.bytes));
        self.history_away.set(census.history.away.into());
        let mut text = String::new();
        // Nothing can go wrong when a text is written.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// A clock for stopwatches. Only differences between its times mean anything.
pub(crate) fn clock() -> Duration {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGAN.elapsed()
}

trait Register {
    fn register(self: Box<Self>, registry: &mut Registry, name: &str, help: &str);
}

impl<M: prometheus_client::registry::Metric> Register for M {
    fn register(self: Box<Self>, registry: &mut Registry, name: &str, help: &str) {
        registry.register(name, help, *self);
    }
}

/// When the delivery that is looked at was put into an outbox. One at a time: others meanwhile are not measured.
#[derive(Debug, Default)]
pub(crate) struct Stopwatch(AtomicU64);

impl Stopwatch {
    pub(crate) fn start(&self, now: Duration) {
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX).max(1);
        let _ = self.0.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Whether it runs: so that nobody asks for the time where it does not.
    pub(crate) fn runs(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }

    /// How long it ran.
    pub(crate) fn stop(&self, now: Duration) -> Option<Duration> {
        match self.0.swap(0, Ordering::Relaxed) {
            0 => None,
            then => Some(now.saturating_sub(Duration::from_nanos(then))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_has_its_line() {
        let metrics = Metrics::new();
        metrics.refused(Reason::RateLimited);
        metrics.closed(CloseCode::SlowConsumer);
        metrics.turned_away("full");
        metrics.deliveries.inc_by(7);
        metrics.delivered_after(Duration::from_micros(700));
        let text = metrics.text(Census {
            connections: 3,
            rooms: 2,
            empty_rooms: 8,
            queue_bytes: 99,
            recent: Kept { last_chats: 44, ids: 55 },
            history: Backlog { bytes: 66, away: true },
        });
        for line in [
            "roomwire_connections 3",
            "roomwire_rooms 2",
            "roomwire_empty_rooms 8",
            "roomwire_queue_bytes 99",
            "roomwire_recent_bytes 44",
            "roomwire_ids_bytes 55",
            "roomwire_history_waiting_bytes 66",
            "roomwire_history_away 1",
            "roomwire_deliveries_total 7",
            "roomwire_chats_total 0",
            r#"roomwire_refusals_total{reason="rate_limited"} 1"#,
            r#"roomwire_refusals_total{reason="malformed_envelope"} 0"#,
            r#"roomwire_upgrades_refused_total{reason="full"} 1"#,
            "roomwire_slow_consumers_closed_total 1",
            r#"roomwire_delivery_latency_seconds_bucket{le="0.001"} 1"#,
            r#"roomwire_delivery_latency_seconds_bucket{le="0.0005"} 0"#,
            "roomwire_delivery_latency_seconds_count 1",
            "# EOF",
        ] {
            assert!(text.lines().any(|there| there == line), "{line}\n{text}");
        }
    }

    #[test]
    fn a_stopwatch_measures_the_first_that_waits() {
        let watch = Stopwatch::default();
        assert_eq!((watch.runs(), watch.stop(Duration::from_secs(1))), (false, None));
        watch.start(Duration::from_secs(2));
        watch.start(Duration::from_secs(3));
        assert_eq!((watch.runs(), watch.stop(Duration::from_secs(5))), (true, Some(Duration::from_secs(3))));
        assert!(!watch.runs());
    }
}

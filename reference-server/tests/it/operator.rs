//! What an operator sees of a server.

use roomwire_server::{Config, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Client, in_time};
use crate::raw::{Raw, UPGRADE};

/// Asks for a page and returns all of the answer.
async fn get(address: std::net::SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    in_time("the page", stream.read_to_string(&mut answer)).await.unwrap();
    answer
}

fn metric(page: &str, name: &str) -> u64 {
    let line = page.lines().find(|line| line.split(' ').next() == Some(name));
    line.unwrap_or_else(|| panic!("{name} in {page}")).split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn metrics_count_what_went_on() {
    let config = Config { admin: Some(([127, 0, 0, 1], 0).into()), ..Config::on_free_port() };
    let server = Server::bind(config).await.unwrap();
    let admin = server.admin_addr().unwrap();
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    let mut ben = Client::in_topic(&server, "ben", "t").await;
    for words in ["1", "2", "3"] {
        ann.say("t", words).await;
    }
    ben.say("elsewhere", "x").await;
    // A room that nobody is in any more waits for those who may come back; one in which nothing was said does not.
    for (topic, words) in [("left", Some("x")), ("silent", None)] {
        ann.ask(3, serde_json::json!({ "topic": topic })).await;
        if let Some(words) = words {
            ann.say(topic, words).await;
        }
        ann.ask(6, serde_json::json!({ "topic": topic })).await;
    }
    ann.fence().await;
    ben.fence().await;
    let mut binary = Raw::open(&server).await;
    binary.send(&crate::raw::frame(2, b"x")).await;
    assert_eq!(binary.end().await.1, Some(1003));
    let gone = async { while metric(&get(admin, "/metrics").await, "roomwire_connections") > 2 {} };
    in_time("the end of the third connection", gone).await;
    let page = get(admin, "/metrics").await;
    assert!(page.contains("application/openmetrics-text") && page.ends_with("# EOF\n"), "{page}");
    for (name, expected) in [
        ("roomwire_connections", 2),
        ("roomwire_connections_opened_total", 3),
        ("roomwire_rooms", 1),
        ("roomwire_empty_rooms", 1),
        ("roomwire_chats_total", 4),
        ("roomwire_deliveries_total", 7),
        ("roomwire_ids_bytes", 0),
        ("roomwire_history_away", 0),
        ("roomwire_queue_bytes", 0),
        (r#"roomwire_refusals_total{reason="not_joined"}"#, 1),
        (r#"roomwire_refusals_total{reason="rate_limited"}"#, 0),
        (r#"roomwire_connections_closed_total{code="1003"}"#, 1),
        ("roomwire_slow_consumers_closed_total", 0),
    ] {
        assert_eq!(metric(&page, name), expected, "{name}");
    }
    assert!((1..2000).contains(&metric(&page, "roomwire_recent_bytes")), "{page}");
    assert!((1..=4).contains(&metric(&page, "roomwire_delivery_latency_seconds_count")), "{page}");
    assert!(!page.contains("ann") && !page.contains("ben"), "no user, who is a token here: {page}");
}

#[tokio::test]
async fn health_is_told_everywhere_and_numbers_to_the_operator_alone() {
    for public_metrics in [false, true] {
        let admin = Some(([127, 0, 0, 1], 0).into());
        let config = Config { admin, public_metrics, ..Config::on_free_port() };
        let server = Server::bind(config).await.unwrap();
        let (public, admin) = (server.local_addr(), server.admin_addr().unwrap());
        for address in [public, admin] {
            let page = get(address, "/healthz").await;
            assert!(page.starts_with("HTTP/1.1 200 ") && page.ends_with("\r\n\r\nok\n"), "{page}");
        }
        assert!(get(admin, "/metrics").await.starts_with("HTTP/1.1 200 "));
        assert!(get(admin, "/").await.starts_with("HTTP/1.1 404 "));
        let seen = get(public, "/metrics").await.starts_with("HTTP/1.1 200 ");
        assert_eq!(seen, public_metrics);
    }
}

#[tokio::test]
async fn the_paths_of_the_operator_are_upgraded_like_any_other() {
    let server = Server::bind(Config { public_metrics: true, ..Config::on_free_port() }).await.unwrap();
    for path in ["/healthz", "/metrics"] {
        let mut raw = Raw::connect(&server).await;
        raw.send(format!("GET {path} HTTP/1.1\r\n{UPGRADE}\r\n").as_bytes()).await;
        assert!(raw.head().await.starts_with("HTTP/1.1 101 "));
    }
}

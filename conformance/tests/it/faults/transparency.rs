//! The proxy without a fault must not be felt: whoever is on either side of it sees the other one's bytes, its FIN and
//! its reset, and nothing else. Here the test is both the client and the server, so it knows every byte.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use super::{Fault, Proxy, all, start};

const REQUEST: &[u8] = b"GET /any?path HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n";
const ANSWER: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";

/// A server that does what the test does, behind a proxy.
struct Bench {
    proxy: Proxy,
    listener: TcpListener,
}

impl Bench {
    async fn new(fault: Option<&'static Fault>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let proxy = start(fault, listener.local_addr().unwrap()).await.unwrap();
        Self { proxy, listener }
    }

    /// Both ends of a new connection, before its upgrade.
    async fn connect(&self) -> (TcpStream, TcpStream) {
        let url = self.proxy.url();
        let address = url.trim_start_matches("ws://").trim_end_matches('/');
        let client = TcpStream::connect(address).await.unwrap();
        let (server, _) = within(self.listener.accept()).await.unwrap();
        (client, server)
    }

    /// Both ends of a new connection, behind its upgrade.
    async fn upgrade(&self) -> (TcpStream, TcpStream) {
        let (mut client, mut server) = self.connect().await;
        carries(&mut client, &mut server, REQUEST, 1000).await;
        carries(&mut server, &mut client, ANSWER, 1000).await;
        (client, server)
    }
}

async fn within<T>(what: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(10), what).await.expect("it should have happened within 10 s")
}

/// Bytes written at one end, in chunks of that size, come out at the other as they are.
async fn carries(from: &mut TcpStream, to: &mut TcpStream, bytes: &[u8], chunk: usize) {
    let mut got = vec![0; bytes.len()];
    let write = async {
        for chunk in bytes.chunks(chunk) {
            from.write_all(chunk).await.unwrap();
        }
    };
    let ((), read) = within(async { tokio::join!(write, to.read_exact(&mut got)) }).await;
    read.unwrap();
    assert!(got == bytes, "what came out is not what went in, in chunks of {chunk}");
}

/// A frame by hand: nothing here relies on what the proxy relies on.
fn frame(first: u8, mask: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let masked = if mask.is_some() { 0x80 } else { 0 };
    let mut bytes = vec![first];
    match u16::try_from(payload.len()).unwrap() {
        length @ 0..126 => bytes.push(masked | u8::try_from(length).unwrap()),
        length => {
            bytes.push(masked | 0x7e);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes.extend(mask.into_iter().flatten());
    let key = mask.unwrap_or_default();
    bytes.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
    bytes
}

/// Of everything that there is: text, fragments, control frames, what is wrong, and at the end what is no frame.
fn stream(mask: Option<[u8; 4]>) -> Vec<u8> {
    let other = if mask.is_some() { None } else { Some([9, 8, 7, 6]) };
    [
        frame(0x81, mask, "{\"token\":\"u1\",\"type\":1,\"payLoad\":\"😀\"}".as_bytes()),
        frame(0x01, mask, b"{\"tok"),
        frame(0x89, mask, b"ping"),
        frame(0x80, mask, b"en\":1}"),
        frame(0x8a, mask, b""),
        frame(0x82, mask, &[7; 300]),
        frame(0x81, mask, b"\xff\xfe"),
        frame(0x81, mask, &vec![b'a'; 65000]),
        frame(0xc1, mask, b"a reserved bit"),
        frame(0x81, other, b"masked the wrong way"),
        frame(0x89, mask, &[1; 200]),
        frame(0x88, mask, b"\x03\xe8the reason"),
        frame(0x83, mask, b"a reserved opcode"),
        b"no frames any more".to_vec(),
    ]
    .concat()
}

#[tokio::test]
async fn every_byte_passes_both_ways_however_it_is_cut() {
    let bench = Bench::new(None).await;
    for chunk in [1, 2, 7, 100_000] {
        let (mut client, mut server) = bench.connect().await;
        carries(&mut client, &mut server, REQUEST, chunk).await;
        carries(&mut server, &mut client, ANSWER, chunk).await;
        carries(&mut client, &mut server, &stream(Some([1, 2, 3, 4])), chunk * 64).await;
        carries(&mut server, &mut client, &stream(None), chunk * 64).await;
    }
}

#[tokio::test]
async fn half_a_request_passes_before_the_rest_comes() {
    let bench = Bench::new(None).await;
    let (mut client, mut server) = bench.connect().await;
    carries(&mut client, &mut server, b"GARBAGE\r\n", 100).await;
    carries(&mut client, &mut server, b"more of it", 100).await;
}

#[tokio::test]
async fn the_header_of_a_frame_that_is_too_long_passes_before_its_payload() {
    let bench = Bench::new(None).await;
    let (mut client, mut server) = bench.upgrade().await;
    let header = [0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 1, 1, 2, 3, 4];
    carries(&mut client, &mut server, &header, 100).await;
    carries(&mut client, &mut server, &vec![5; 65537], 1000).await;
    carries(&mut client, &mut server, &frame(0x81, Some([1, 2, 3, 4]), b"{}"), 1000).await;
}

#[tokio::test]
async fn http_without_an_upgrade_passes() {
    let bench = Bench::new(None).await;
    let (mut client, mut server) = bench.connect().await;
    for _ in 0..2 {
        carries(&mut client, &mut server, b"POST /x HTTP/1.1\r\nContent-Length: 3\r\n\r\n\x81\x85\x01", 100)
            .await;
        carries(
            &mut server,
            &mut client,
            b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\x83\xff\x01\x02",
            100,
        )
        .await;
    }
}

#[tokio::test]
async fn a_fin_is_passed_on_as_a_fin_and_the_other_way_stays_open() {
    let bench = Bench::new(None).await;
    let (mut client, mut server) = bench.upgrade().await;
    client.write_all(b"\x81\x82\x00").await.unwrap();
    client.shutdown().await.unwrap();
    let mut rest = Vec::new();
    within(server.read_to_end(&mut rest)).await.unwrap();
    assert_eq!(rest, b"\x81\x82\x00", "half a frame passes before the FIN");
    carries(&mut server, &mut client, &frame(0x81, None, b"still here"), 100).await;
    server.shutdown().await.unwrap();
    assert_eq!(within(client.read(&mut [0])).await.unwrap(), 0);
}

#[tokio::test]
async fn a_servers_fin_is_passed_on_without_a_close_frame() {
    let bench = Bench::new(None).await;
    let (mut client, mut server) = bench.upgrade().await;
    server.shutdown().await.unwrap();
    assert_eq!(within(client.read(&mut [0])).await.unwrap(), 0);
    carries(&mut client, &mut server, &frame(0x88, Some([1, 2, 3, 4]), b""), 100).await;
}

#[tokio::test]
async fn a_reset_is_passed_on_as_a_reset() {
    let bench = Bench::new(None).await;
    for server_resets in [false, true] {
        let (client, server) = bench.upgrade().await;
        let (gone, mut left) = if server_resets { (server, client) } else { (client, server) };
        gone.set_zero_linger().unwrap();
        drop(gone);
        let error = within(left.read(&mut [0])).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_holds_up_nobody_else_and_soon_its_server() {
    let bench = Bench::new(None).await;
    let (_deaf, mut flooding) = bench.upgrade().await;
    let (mut client, mut server) = bench.upgrade().await;
    let chat = frame(0x81, None, &vec![b'a'; 60_000]);
    let mut written = 0;
    while timeout(Duration::from_millis(500), flooding.write_all(&chat)).await.is_ok() {
        written += chat.len();
        assert!(written < 64 << 20, "the proxy takes what its client does not");
    }
    carries(&mut server, &mut client, &frame(0x81, None, b"{}"), 100).await;
}

#[tokio::test]
async fn a_client_of_a_server_that_is_away_is_reset() {
    let Bench { proxy, listener } = Bench::new(None).await;
    drop(listener);
    let mut client = TcpStream::connect(&proxy.url()[5..proxy.url().len() - 1]).await.unwrap();
    let error = within(client.read(&mut [0])).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn connections_end_when_the_proxy_is_dropped() {
    let bench = Bench::new(None).await;
    let (mut client, mut server) = bench.upgrade().await;
    drop(bench);
    assert_eq!(within(client.read(&mut [0])).await.unwrap_or_default(), 0);
    assert_eq!(within(server.read(&mut [0])).await.unwrap_or_default(), 0);
}

/// A frame that no fault alters on its way up: so each can be made, and is not in the way.
#[tokio::test]
async fn every_fault_lets_a_frame_of_an_unknown_type_pass_to_the_server() {
    for fault in all() {
        let bench = Bench::new(Some(fault)).await;
        let (mut client, mut server) = bench.connect().await;
        let request = b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\
            Sec-WebSocket-Protocol: roomwire.v1\r\nSec-WebSocket-Version: 13\r\n\r\n";
        carries(&mut client, &mut server, request, 1000).await;
        let unknown = b"{\"token\":\"u1\",\"type\":77,\"payLoad\":\"\"}";
        carries(&mut client, &mut server, &frame(0x81, Some([1, 2, 3, 4]), unknown), 100).await;
    }
}

#[test]
fn names_are_unique_and_every_fault_breaks_something() {
    let mut names = std::collections::HashSet::new();
    for fault in all() {
        let Fault { name, breaks, about, .. } = fault;
        assert!(names.insert(name), "{name} is there twice");
        assert!(name.chars().all(|it| it == '-' || it.is_ascii_lowercase() || it.is_ascii_digit()), "{name}");
        assert!(about.ends_with('.') && !breaks.is_empty(), "{name}");
    }
}

//! Close codes, and what still arrives before the close.

use crate::client::{Client, End, core, server};
use crate::raw::{ACK, HEARTBEAT, Raw, frame, frame_of};
use roomwire_server::Server;
use serde_json::json;

/// Opens a connection, sends a heartbeat and then these bytes, and looks how it ends.
async fn ends_with(server: &Server, bytes: &[u8]) -> Option<u16> {
    let mut raw = Raw::open(server).await;
    raw.send(&[&frame(1, HEARTBEAT.as_bytes()), bytes].concat()).await;
    let (texts, code) = raw.end().await;
    assert_eq!(texts, [ACK], "what came before is answered");
    code
}

#[tokio::test]
async fn breaches_of_the_framing_are_closed_with_1002() {
    let server = server().await;
    let unmasked = b"\x81\x02{}".to_vec();
    let breaches = [
        ("unmasked", unmasked),
        ("reserved data opcode", frame(3, b"x")),
        ("reserved control opcode", frame(11, b"x")),
        ("reserved bit", frame_of(0xc1, HEARTBEAT.as_bytes())),
        ("fragmented control frame", frame_of(9, b"x")),
        ("long control frame", frame(9, &[b'x'; 126])),
        ("continuation of nothing", frame(0, b"x")),
        ("a message within a message", [frame_of(1, b"{"), frame(1, b"{}")].concat()),
        ("close frame of one byte", frame(8, b"\x03")),
    ];
    for (name, bytes) in breaches {
        assert_eq!(ends_with(&server, &bytes).await, Some(1002), "{name}");
    }
}

#[tokio::test]
async fn binary_bad_text_and_long_messages_have_their_codes() {
    let server = server().await;
    assert_eq!(ends_with(&server, &frame(2, b"")).await, Some(1003));
    assert_eq!(ends_with(&server, &frame(1, b"\xff")).await, Some(1007));
    assert_eq!(ends_with(&server, &[frame_of(1, b"\xc3"), frame(0, b"x")].concat()).await, Some(1007));
    assert_eq!(ends_with(&server, &frame(1, &vec![b' '; 65_537])).await, Some(1009));
    let half = vec![b' '; 40_000];
    assert_eq!(ends_with(&server, &[frame_of(1, &half), frame(0, &half)].concat()).await, Some(1009));
    // The length alone is enough.
    assert_eq!(ends_with(&server, &frame(1, &vec![b' '; 1 << 20])[..14]).await, Some(1009));
}

/// A reset would destroy the close frame on its way, so that what is still sent has to be taken.
#[tokio::test]
async fn who_is_still_sending_learns_why_the_connection_was_closed() {
    let server = server().await;
    for start in [vec![0x81, 0xff, 0, 0, 0, 0, 0, 0x20, 0, 0, 1, 2, 3, 4], frame(3, b"x"), frame(2, b"x")] {
        let mut raw = Raw::open(&server).await;
        raw.send(&start).await;
        // More than the system keeps.
        for _ in 0..400 {
            raw.send(&frame(1, &vec![b'x'; 50_000])).await;
        }
        assert!(raw.end().await.1.is_some());
    }
}

#[tokio::test]
async fn a_message_of_exactly_the_limit_is_taken_whole_and_in_pieces() {
    let server = server().await;
    let text = HEARTBEAT.to_owned() + &" ".repeat(65_536 - HEARTBEAT.len());
    let mut raw = Raw::open(&server).await;
    raw.send(&frame(1, text.as_bytes())).await;
    assert_eq!(raw.frame().await, Some((1, ACK.into())));
    let (start, rest) = text.as_bytes().split_at(30_000);
    raw.send(&[frame_of(1, start), frame(9, b"between"), frame_of(0, b""), frame(0, rest)].concat()).await;
    assert_eq!(raw.frame().await, Some((10, b"between".to_vec())));
    assert_eq!(raw.frame().await, Some((1, ACK.into())));
}

#[tokio::test]
async fn each_ping_is_answered_with_its_bytes() {
    let server = server().await;
    let mut raw = Raw::open(&server).await;
    let pings: Vec<_> = (0..50_u8).map(|number| vec![number; usize::from(number)]).collect();
    raw.send(&pings.iter().flat_map(|payload| frame(9, payload)).collect::<Vec<_>>()).await;
    for ping in pings {
        assert_eq!(raw.frame().await, Some((10, ping)));
    }
}

#[tokio::test]
async fn a_close_frame_is_answered_with_its_code() {
    let server = server().await;
    assert_eq!(ends_with(&server, &frame(8, b"\x03\xe8bye")).await, Some(1000));
    assert_eq!(ends_with(&server, &frame(8, b"\x0f\xa5")).await, Some(4005));
    assert_eq!(ends_with(&server, &frame(8, b"")).await, None);
}

#[tokio::test]
async fn many_malformed_frames_in_a_row_are_closed_with_4002_and_never_32() {
    let server = server().await;
    let mut client = Client::connect(&server, "u").await;
    for _ in 0..3 {
        for _ in 0..32 {
            client.buffer("nonsense").await;
        }
        client.flush().await;
        assert_eq!(client.fence().await.len(), 32, "an accepted frame ends the row");
    }
    for _ in 0..200 {
        client.buffer("nonsense").await;
    }
    client.flush().await;
    let (frames, end) = client.end().await;
    assert_eq!(end, End::Closed(4002));
    assert!(frames.len() >= 32, "{}", frames.len());
}

#[tokio::test]
async fn other_refusals_are_borne_without_end() {
    let server = server().await;
    let mut client = Client::connect(&server, "u").await;
    client.fence().await;
    for _ in 0..300 {
        client.buffer(json!({ "token": "", "type": 1, "payLoad": "" }).to_string()).await;
    }
    client.flush().await;
    assert_eq!(client.fence().await.len(), 300);
}

#[tokio::test]
async fn a_server_that_is_dropped_ends_its_connections() {
    let server = Server::bind(core()).await.unwrap();
    let mut client = Client::in_topic(&server, "u", "t").await;
    drop(server);
    assert_eq!(client.end().await.1, End::Cut);
}

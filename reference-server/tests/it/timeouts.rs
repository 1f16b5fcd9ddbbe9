//! Time limits. The times here are those that the server declares; nothing waits for anything else.

use std::time::{Duration, Instant};

use futures_util::SinkExt;
use roomwire_server::Server;
use tokio_tungstenite::tungstenite::Message;

use crate::client::{Client, End, core};
use crate::raw::{HEARTBEAT, Raw, frame, frame_of};

const SILENCE: Duration = Duration::from_millis(1200);
const AUTH: Duration = Duration::from_millis(400);
/// At most so long after its time a limit has to take effect.
const LATE: Duration = Duration::from_secs(5);

async fn impatient() -> Server {
    let mut config = core();
    config.limits.heartbeat_timeout_ms = u64::try_from(SILENCE.as_millis()).unwrap();
    config.limits.auth_timeout_ms = u64::try_from(AUTH.as_millis()).unwrap();
    Server::bind(config).await.unwrap()
}

/// Waits for the end, which has to be this close code and to come this long after `since`.
async fn ends(client: &mut Client, code: u16, since: Instant, limit: Duration) {
    assert_eq!(client.end().await.1, End::Closed(code));
    let took = since.elapsed();
    assert!((limit..limit + LATE).contains(&took), "closed after {took:?}, the limit is {limit:?}");
}

#[tokio::test]
async fn who_does_not_say_who_it_is_is_closed_with_4001() {
    let server = impatient().await;
    let opened = Instant::now();
    let mut client = Client::connect(&server, "u").await;
    ends(&mut client, 4001, opened, AUTH).await;
}

#[tokio::test]
async fn refused_frames_and_pings_do_not_stop_the_clock_of_authentication() {
    let server = impatient().await;
    let opened = Instant::now();
    let mut client = Client::connect(&server, "").await;
    let ended = loop {
        // Each is answered, so that this is paced by the server itself.
        client.text(HEARTBEAT.replace("u1", "")).await;
        client.ws.send(Message::Ping("x".into())).await.unwrap();
        match client.next_or_end().await {
            Ok(frame) => assert_eq!(frame["code"], 401),
            Err(end) => break end,
        }
    };
    assert_eq!(ended, End::Closed(4001));
    assert!((AUTH..AUTH + LATE).contains(&opened.elapsed()));
}

#[tokio::test]
async fn who_falls_silent_is_closed_with_4201() {
    let server = impatient().await;
    let mut client = Client::connect(&server, "u").await;
    client.fence().await;
    let last = Instant::now();
    client.text(HEARTBEAT.replace("u1", "u")).await;
    ends(&mut client, 4201, last, SILENCE).await;
}

/// Any frame counts as life: what is refused, pings, pongs, and pieces of a message.
#[tokio::test]
async fn any_sign_of_life_sets_the_clock_back() {
    let server = impatient().await;
    let mut raw = Raw::open(&server).await;
    raw.send(&frame(1, HEARTBEAT.as_bytes())).await;
    let begun = Instant::now();
    let mut pace = tokio::time::interval(SILENCE / 4);
    let signs = [frame(10, b""), frame_of(1, b"{"), frame(9, b"x"), frame_of(0, b""), frame(0, b"")];
    for sign in signs.iter().cycle().take(10) {
        pace.tick().await;
        raw.send(sign).await;
    }
    assert!(begun.elapsed() > 2 * SILENCE, "it has lived longer than silence allows");
    let last = Instant::now();
    let (texts, code) = raw.end().await;
    assert_eq!((texts.len(), code), (3, Some(4201)));
    assert!((SILENCE..SILENCE + LATE).contains(&last.elapsed()));
}
